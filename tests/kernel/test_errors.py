"""Errors are facts: what they say, that they cannot change, and what `fact` refuses."""

import contextlib
from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest

from commonweal.kernel.errors import ERRORS, UserError, fact


@fact
class TooTallForDoor(UserError):
    says = "{name} is {height} tall; the door is {door.metres:.1f} metres."
    name: str
    height_metres: float
    door: "Door"

    @property
    def height(self) -> str:
        return f"{self.height_metres:.2f} m"


class Door:
    metres = 2


DOOR = Door()
del ERRORS["TOO_TALL_FOR_DOOR"]  # or it would be printed in schema/errors.md


def too_tall() -> TooTallForDoor:
    return TooTallForDoor("Ann", 2.1, door=DOOR)


def test_an_error_has_a_code_a_message_and_its_facts() -> None:
    error = too_tall()
    assert error.code == "TOO_TALL_FOR_DOOR"
    assert str(error) == error.message == "Ann is 2.10 m tall; the door is 2.0 metres."
    assert error.facts() == {"name": "Ann", "height_metres": 2.1, "door": DOOR}
    assert repr(error).startswith("TooTallForDoor(name='Ann', height_metres=2.1, door=<")
    assert error.path == ()


def test_a_run_of_capitals_is_one_word_of_the_code() -> None:
    @fact
    class NoQRCodeV2(UserError):
        says = "There is no code."

    assert NoQRCodeV2().code == "NO_QR_CODE_V2"
    assert ERRORS["NO_QR_CODE_V2"] is NoQRCodeV2


def test_at_names_the_input_field_on_the_same_error() -> None:
    error = too_tall()
    assert error.at("input", "near") is error
    assert error.path == ("input", "near")
    assert UserError.path == ()


def test_errors_are_equal_by_class_and_facts_wherever_they_arose() -> None:
    assert too_tall() == too_tall().at("input")
    assert len({too_tall(), too_tall()}) == 1
    assert too_tall() != TooTallForDoor("Bob", 2.1, DOOR)
    assert too_tall() != "TOO_TALL_FOR_DOOR"

    @fact
    class AlsoTooTall(UserError):
        says = TooTallForDoor.says
        name: str
        height_metres: float
        door: Door
        height = TooTallForDoor.height

    assert AlsoTooTall("Ann", 2.1, DOOR) != too_tall()


def test_an_error_with_a_list_for_a_fact_still_has_a_hash() -> None:
    @fact
    class ManyReasons(UserError):
        says = "First of all, {reasons[0]}."
        reasons: list[str]

    assert ManyReasons(["a", "b"]).message == "First of all, a."
    assert hash(ManyReasons(["a"])) == hash(ManyReasons(["a"]))


def test_facts_and_path_cannot_be_assigned() -> None:
    error = too_tall()
    with pytest.raises(FrozenInstanceError, match="'name' of TooTallForDoor"):
        error.name = "Bob"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="'path' of TooTallForDoor"):
        error.path = ("input",)
    assert (error.name, error.path) == ("Ann", ())


def test_an_error_can_travel_as_any_exception_does() -> None:
    @contextlib.contextmanager
    def transaction() -> Iterator[None]:
        yield

    cause = KeyError("x")
    with pytest.raises(TooTallForDoor) as caught, transaction():  # contextlib sets __traceback__
        raise too_tall() from cause
    error = caught.value
    error.add_note("seen")
    error.add_note("twice")
    error.__notes__ = ["once"]
    assert error.__cause__ is cause
    assert error.__traceback__ is not None
    assert error.with_traceback(None).__traceback__ is None
    assert error == too_tall()


def test_a_fact_of_a_fact_has_the_facts_of_both() -> None:
    @fact
    class TooTallEvenStooping(TooTallForDoor):
        stooping_metres: float = 1.9

    error = TooTallEvenStooping("Ann", 2.1, DOOR)
    assert list(error.facts()) == ["name", "height_metres", "door", "stooping_metres"]
    assert error.message == too_tall().message
    assert error != too_tall()


@pytest.mark.parametrize("name", ["code", "message", "path", "facts", "args"])
def test_a_fact_may_not_hide_a_part_of_the_error(name: str) -> None:
    with pytest.raises(TypeError, match=f"Hiding: a fact may not be called {name}"):
        fact(type("Hiding", (UserError,), {"says": "", "__annotations__": {name: str}}))
    assert "HIDING" not in ERRORS


@pytest.mark.parametrize("template", ["{other}", "{name} {other.real}", "{other[0]}", "{}"])
def test_a_message_may_only_name_what_the_error_has(template: str) -> None:
    with pytest.raises(TypeError, match="which is no fact of it"):
        fact(type("Vague", (UserError,), {"says": template, "__annotations__": {"name": str}}))
    assert "VAGUE" not in ERRORS


def test_two_classes_may_not_share_a_code() -> None:
    @fact
    class ShiftShut(UserError):
        says = "It is shut."

    with pytest.raises(TypeError, match=r"SHIFT_SHUT is already the code of .*ShiftShut"):
        fact(type("ShiftShut", (UserError,), {"says": "", "__module__": "elsewhere"}))
    assert ERRORS["SHIFT_SHUT"] is ShiftShut


def test_a_module_that_is_loaded_again_replaces_its_errors() -> None:
    def load() -> type[UserError]:
        @fact
        class Reloaded(UserError):
            says = "Again."

        return Reloaded

    load()
    assert load() is ERRORS["RELOADED"]

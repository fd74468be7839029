"""States as data: what a lifecycle allows, refuses and prints, and which ones cannot be made."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.lifecycle import LIFECYCLES, Lifecycle, Move, WrongState

STATES = ("shut", "ajar", "wide_open", "bricked_up")
MOVES = (
    Move("open", "shut", "ajar", to="wide_open", says="Anyone may."),
    Move("loosen", "shut", to="ajar"),
    Move("close", "ajar", "wide_open", to="shut"),
    Move("brick_up", "shut", to="bricked_up"),
)


def door(
    states: tuple[str, ...] = STATES, initial: str = "shut", moves: tuple[Move, ...] = MOVES
) -> Lifecycle:
    return Lifecycle("door", states, initial, moves)


def test_a_move_keeps_its_sources_target_and_explanation() -> None:
    move = door().move("open")
    assert (move.name, move.sources, move.to) == ("open", ("shut", "ajar"), "wide_open")
    assert (move.says, door().move("close").says) == ("Anyone may.", "")


def test_check_answers_the_state_that_the_move_leads_to() -> None:
    assert door().check("open", "ajar") == "wide_open"


def test_a_wrong_state_tells_from_which_states_the_move_is_possible() -> None:
    with pytest.raises(WrongState) as caught:
        door().check("close", "bricked_up")
    assert caught.value == WrongState("door", "close", "bricked_up", ("ajar", "wide_open"))
    assert caught.value.code == "WRONG_STATE"
    assert str(caught.value) == (
        'The door is bricked up; "close" is possible only from ajar or wide open.'
    )


def test_three_states_are_listed_as_a_person_would() -> None:
    assert WrongState("door", "paint", "open", ("a", "b", "c")).sources == "a, b or c"
    assert WrongState("door", "paint", "open", ("a",)).sources == "a"


@given(st.sampled_from(STATES), st.sampled_from(MOVES))
def test_what_is_allowed_is_exactly_what_passes_the_check(state: str, move: Move) -> None:
    if move in door().allowed(state):
        assert door().check(move.name, state) == move.to
    else:
        with pytest.raises(WrongState):
            door().check(move.name, state)


def test_an_unknown_move_is_a_defect_and_not_a_refusal() -> None:
    with pytest.raises(KeyError, match="door has no move 'paint'"):
        door().check("paint", "shut")


def test_the_diagram_is_mermaid() -> None:
    assert door().diagram() == (
        "stateDiagram-v2\n"
        "    [*] --> shut\n"
        "    shut --> wide_open: open\n"
        "    ajar --> wide_open: open\n"
        "    shut --> ajar: loosen\n"
        "    ajar --> shut: close\n"
        "    wide_open --> shut: close\n"
        "    shut --> bricked_up: brick_up\n"
        "    bricked_up --> [*]\n"
    )


def test_a_lifecycle_is_registered_under_its_noun_once() -> None:
    first = door()
    door()  # the same again, as when a module is loaded twice
    assert LIFECYCLES["door"] is first
    with pytest.raises(ValueError, match="door: there is another lifecycle"):
        door(moves=MOVES[::-1])
    assert LIFECYCLES["door"] is first


def test_a_state_may_be_many_moves_from_the_initial_one() -> None:
    states = ("shut", "a", "b", "c")
    moves = tuple(Move(f"to_{to}", at, to=to) for at, to in itertools.pairwise(states))
    assert door(states, moves=moves).check("to_c", "b") == "c"


@pytest.mark.parametrize(
    ("lifecycle", "complaint"),
    [
        ({"states": (*STATES, "shut", "ajar")}, "states named twice: ajar, shut"),
        ({"moves": (*MOVES, Move("open", "ajar", to="shut"))}, "moves named twice: open"),
        ({"moves": (*MOVES, Move("paint", to="shut"))}, "moves from nowhere: paint"),
        ({"moves": (*MOVES, Move("lose", "shut", to="lost"))}, "unknown states: lost"),
        ({"moves": (*MOVES, Move("find", "lost", to="shut"))}, "unknown states: lost"),
        ({"initial": "new"}, "unknown states: new"),
        ({"states": (*STATES, "lost")}, "states that nothing leads to: lost"),
        ({"initial": "bricked_up"}, "states that nothing leads to: ajar, shut, wide_open"),
    ],
)
def test_a_lifecycle_that_does_not_fit_together_cannot_be_made(
    lifecycle: dict[str, tuple[str, ...]], complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"^door: {complaint}$"):
        door(**lifecycle)  # type: ignore[arg-type]
    assert "door" not in LIFECYCLES

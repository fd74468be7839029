"""Errors as facts: a refusal says what is so, in fields, and a person can act on it.

    @fact
    class OutOfRange(UserError):
        says = "{name} must be between {least} and {most}; it was {value}."
        name: str; least: float; most: float; value: float      (one field a line, in real code)

    raise OutOfRange("radius", 1, 50_000, 0).at("input", "radiusMetres")

Raised by rules and actions; the client meets them as `userErrors`. Every one is in `ERRORS`, from
which `schema/errors.md` is printed. A defect of ours is an ordinary exception, never a UserError.
"""

import re
import string
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import ClassVar, Self, TypeVar, dataclass_transform

ERRORS: dict[str, "type[UserError]"] = {}  # by code

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _told(value: object) -> object:
    """In a sentence: several as people list them."""
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value


class UserError(Exception):
    """A refusal that a person can act on. Equal to another of its class with the same facts."""

    says: ClassVar[str]  # the message: a template over the facts, or over properties of the class
    fact_names: ClassVar[tuple[str, ...]] = ()  # written by `fact`
    path: tuple[str, ...] = ()  # the input field it concerns

    @property
    def code(self) -> str:
        """The name that programs compare: NotEnoughCredits is NOT_ENOUGH_CREDITS."""
        return _code(type(self))

    @property
    def message(self) -> str:
        """One sentence for people."""
        return self.says.format(**{n: _told(getattr(self, n)) for n in _placeholders(self.says)})

    def facts(self) -> dict[str, object]:
        """The fields and their values, in the order in which they were declared."""
        return {name: getattr(self, name) for name in self.fact_names}

    def at(self, *path: str) -> Self:
        """The same error, now naming the input field that it concerns."""
        vars(self)["path"] = path
        return self

    def __str__(self) -> str:
        return self.message

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, UserError)
            and type(self) is type(other)
            and self.facts() == other.facts()
        )

    def __hash__(self) -> int:
        return hash(type(self))  # a fact may be a list, and has no hash of its own

    def __setattr__(self, name: str, value: object) -> None:
        # `dataclass(frozen=True)` would also refuse `__traceback__` and `__notes__`, which Python's
        # own machinery (contextlib, add_note) assigns while an exception travels.
        if name == "path" or (name in self.fact_names and name in vars(self)):
            raise FrozenInstanceError(f"cannot assign to {name!r} of {type(self).__name__}")
        super().__setattr__(name, value)


AnyError = TypeVar("AnyError", bound=UserError)


@dataclass_transform(frozen_default=True, eq_default=False)
def fact(cls: type[AnyError]) -> type[AnyError]:
    """Make a dataclass of facts of `cls` and register it in `ERRORS`.

    Raises TypeError, while the module is imported, for a field that would hide part of UserError,
    a template that names something unknown, and a code that another class already has.
    """
    hidden = vars(cls).get("__annotations__", {}).keys() & dir(UserError)
    if hidden:
        raise TypeError(f"{cls.__name__}: a fact may not be called {', '.join(sorted(hidden))}")
    made = dataclass(eq=False)(cls)
    made.fact_names = tuple(field.name for field in fields(made))  # type: ignore[arg-type]
    for name in _placeholders(made.says):
        if name not in made.fact_names and not hasattr(made, name):
            raise TypeError(f"{cls.__name__}: its message names {name!r}, which is no fact of it")
    code = _code(made)
    known = ERRORS.get(code, made)
    if (known.__module__, known.__qualname__) != (made.__module__, made.__qualname__):
        raise TypeError(f"{code} is already the code of {known.__module__}.{known.__qualname__}")
    ERRORS[code] = made
    return made


def _code(cls: type[UserError]) -> str:
    return _WORD_STARTS.sub("_", cls.__name__).upper()


def _placeholders(template: str) -> set[str]:
    """`{free}` and `{when.year:04}` name "free" and "when"."""
    names = (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    return {re.split(r"[.\[]", name, maxsplit=1)[0] for name in names}

"""Amounts of value: whole minutes of time and whole pence of money, never a float.

`minutes` and `pence` are the doors through which a number from outside becomes an amount; inside,
an amount is an int whose type says its unit. The texts are for the last mile, for people to read:
nothing computes with them or reads them back.
"""

from typing import NewType

from commonweal.kernel.errors import UserError, fact

Minutes = NewType("Minutes", int)
Pence = NewType("Pence", int)

MOST_AMOUNT = 2**53 - 1  # what every JSON reader keeps exact, JavaScript's among them


@fact
class NotAnAmount(UserError):
    """The value cannot be an amount; `given` says what it was instead."""

    says = "An amount is a whole number of {unit} from 0 to {most}; it was {given}."
    unit: str
    given: str
    most: int = MOST_AMOUNT


def minutes(value: object) -> Minutes:
    """`value`, if it is a whole number of minutes. Raises NotAnAmount."""
    return Minutes(_whole(value, "minutes"))


def pence(value: object) -> Pence:
    """`value`, if it is a whole number of pence. Raises NotAnAmount."""
    return Pence(_whole(value, "pence"))


def hours_text(minutes: int) -> str:
    """870 is "14:30"; a negative amount has its sign in front."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours}:{rest:02}"


def pounds_text(pence: int) -> str:
    """1250 is "£12.50" and 125000 is "£1,250.00"; a negative amount has its sign in front."""
    pounds, rest = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}£{pounds:,}.{rest:02}"


def _whole(value: object, unit: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAnAmount(unit, f"a {type(value).__name__}")
    if not 0 <= value <= MOST_AMOUNT:
        raise NotAnAmount(unit, "less than 0" if value < 0 else "more than that")
    return value

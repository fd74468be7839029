"""Roles, and how long a token lasts. Pure."""

from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact

TOKEN_DAYS: Final = 90  # a quarter: long enough to be of use, short enough to be forgotten safely
MAX_TOKEN_DAYS: Final = 366
MAX_LABEL: Final = 64  # characters; the audit repeats it in every record


class Role(StrEnum):
    """What somebody is in an organisation."""

    OFFICER = "OFFICER"


@fact
class TokenLifetime(UserError):
    says = "A token lasts between 1 and {most} days; {days} were asked for."
    most: int
    days: int


@fact
class TokenLabel(UserError):
    says = "A token's label is one line of 1 to {most} characters, by which the audit names it."
    most: int


def checked_days(days: int) -> int:
    """Raises TokenLifetime."""
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise TokenLifetime(MAX_TOKEN_DAYS, days)
    return days


def checked_label(label: str) -> str:
    """The label without blanks around it. Raises TokenLabel, for what cannot be printed too."""
    text = label.strip()
    if not (1 <= len(text) <= MAX_LABEL and text.isprintable()):
        raise TokenLabel(MAX_LABEL)
    return text

"""Roles, and how long a token lasts. Pure."""

from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact

TOKEN_DAYS: Final = 90  # a quarter: long enough to be of use, short enough to be forgotten safely
MAX_TOKEN_DAYS: Final = 366


class Role(StrEnum):
    """What somebody is in an organisation."""

    OFFICER = "OFFICER"


@fact
class TokenLifetime(UserError):
    says = "A token lasts between 1 and {most} days; {days} were asked for."
    most: int
    days: int


def checked_days(days: int) -> int:
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise TokenLifetime(MAX_TOKEN_DAYS, days)
    return days

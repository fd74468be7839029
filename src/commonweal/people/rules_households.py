"""Households: adults who are equals, and children whose guardians they are. Pure.

Of a child's age only a band is known, and the day on which it must be looked at again: a birth
date is held nowhere.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

MOST: Final = limit(
    "adults of a household, and children", 20, "of either", "a shared house, a foster family"
).value
HOUSEHOLD_INVITATIONS: Final = limit(
    "people invited into households by a person in a day",
    10,
    "invitations",
    "mail to strangers in one's own name",
)
LOOK_AGAIN_DAYS: Final = limit(
    "a child's age band", 365, "days", "nobody is asked more often, and none is a year too old"
)


class AgeBand(StrEnum):
    """How old somebody in a guardian's care is, as far as rules ask."""

    UNDER_13 = "UNDER_13"  # below the age of consent to online services (DPA 2018 s 9)
    FROM_13_TO_15 = "FROM_13_TO_15"
    FROM_16_TO_17 = "FROM_16_TO_17"  # over compulsory school age, nearly
    ADULT = "ADULT"  # came of age: needs nobody's consent


class ConsentPurpose(StrEnum):
    """What a guardian consents to; rooms that ask for another add it here."""

    VOLUNTEERING = "VOLUNTEERING"
    SPENDING = "SPENDING"
    PHOTOGRAPHS = "PHOTOGRAPHS"


@fact
class AlreadyInHousehold(UserError):
    says = "You are in a household: leave it before you go into another."


@fact
class AlreadyOurs(UserError):
    says = "They are in this household already."


@fact
class TooManyInHousehold(UserError):
    says = "A household has at most {most} adults, and as many children."
    most: int


@fact
class InvitedTooOften(UserError):
    says = "That is {most} invitations in a day. Go on in {retry_after_seconds} seconds."
    most: int
    retry_after_seconds: int


@fact
class LastAdult(UserError):
    says = "You are its last adult, and there are children in it: another adult must join first."


@fact
class CardNeeded(UserError):
    says = "Somebody here came of age: print them a card first, to claim an account of their own."


@fact
class ChildrenOnly(UserError):
    says = "Nobody is of age when they are added: invite them as an adult."


@fact
class StillUnderAge(UserError):
    says = "They are not of age yet: whoever cares for them acts for them."


@fact
class OfAge(UserError):
    says = "They are of age: nobody consents for them."


@fact
class BandOutdated(UserError):
    says = "Say first how old they are now: since {day} that is not known."
    day: str


@fact
class AlreadyConsented(UserError):
    says = "There is this consent already."


@fact
class ConsentEnded(UserError):
    says = "This consent has ended."


def look_again_on(band: AgeBand, today: date) -> date | None:
    """The civil day from which a band no longer counts; an adult's stays."""
    return None if band is AgeBand.ADULT else today + timedelta(days=LOOK_AGAIN_DAYS.value)

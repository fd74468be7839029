"""The words by which opportunities are described. Pure; the words themselves are rows."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.volunteering.rules import SINCE

CODE: Final = 60  # characters of a term's code
TERMS: Final = limit("terms of an opportunity, besides its cause", 20, "terms", "a screen of them")
QUALIFICATIONS: Final = limit("skills that somebody says they have", 50, "skills", "a long list")
kept("qualifications", None, SINCE, "until who has them takes them back, or leaves")


class Taxonomy(StrEnum):
    """The volunteering data standard's, and what an organisation taught somebody."""

    CAUSE = "CAUSE"
    SKILL = "SKILL"
    REQUIREMENT = "REQUIREMENT"
    ACCESSIBILITY = "ACCESSIBILITY"
    REWARD = "REWARD"
    TIME = "TIME"  # of the week, when somebody is free
    TRAINING = "TRAINING"  # ours: what an organisation says that it taught somebody


OF_ONESELF: Final = (Taxonomy.SKILL, Taxonomy.ACCESSIBILITY, Taxonomy.TIME)


@fact
class UnknownTerm(UserError):
    says = "There is no such term: {term}."
    term: str


@fact
class TooManyTerms(UserError):
    says = "That is more than {most}."
    most: int


@fact
class NotOfOneself(UserError):
    says = "Of oneself one says skills, needs and times; of training an organisation says it."


PARTS: Final = ((12, "Morning"), (18, "Afternoon"), (24, "Evening"))  # as the standard has them


def part_of_week(at: datetime) -> str:
    """The standard's name of the time of the week, by the clock there: SaturdayMorning."""
    there = at.astimezone(CIVIL_ZONE)
    part = next(name for until, name in PARTS if there.hour < until)
    return f"{there:%A}{part}"

"""What an officer writes down for a decision: what each fact may be. Pure.

What is missing, `rules_decisions` says; here only what makes no sense is refused.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, Final
from unicodedata import normalize

from commonweal.handovers.rules_defaults import DAYS
from commonweal.handovers.rules_instruments import Instrument
from commonweal.handovers.rules_texts import TEXT
from commonweal.kernel.calendar import ONE_DAY, months_beginning_with
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

PENCE: Final = limit("amount of a decision", 10**12, "pence", "ten thousand million pounds")
MONTHS: Final = limit("term of a decision", 11_988, "months", "999 years")
ITEMS: Final = limit("list of a decision", 50, "items", "adverts, parts: a page")
UNKNOWN: Final = frozenset(  # what null says of a fact; texts, lists and the rest are blank
    (
        *("instrument", "begins_on", "term_months", "rent_pence", "consideration_pence"),
        *("held_under", "unrestricted_pence", "valued_on", "open_space", "statutory_trust"),
        *("objections_close_on", "objections", "decided_on", "delegated", "limit_pence"),
        "cure_days",
    )
)
PART: Final = limit("name of a part of an asset", 100, "characters", "a line of a floor plan")
YEARS: Final = range(1900, 3000)  # of its days: what is counted from one is a day too
COUNT: Final = limit("objections to a decision", 1_000_000, "objections", "a city's")


@fact
class FactUnfit(UserError):
    says = "{field} is {wanted}."
    field: str
    wanted: str


@fact
class DecisionChanged(UserError):
    says = "Somebody else changed it meanwhile: it is at version {version}. Read it again."
    version: int


@fact
class DecidedAhead(UserError):
    says = "It is recorded once it is decided: {decided_on} lies ahead."
    decided_on: str


@fact
class NobodyChosen(UserError):
    says = "No bid is chosen in this case: recommend one first."


@fact
class DayAhead(UserError):
    says = "{day} lies ahead: record it when it has happened."
    day: str


@fact
class DaysBackwards(UserError):
    says = "On {later_on} {later}, and only on {earlier_on} {earlier}: look at the days."
    earlier: str
    earlier_on: str
    later: str
    later_on: str


@fact
class TermNotOver(UserError):
    says = "It is not over: it lasts until {until}."
    until: str


@fact
class NoReserve(UserError):
    says = "No bid is in reserve: let the case lapse."


@fact
class CureBeforeNotice(UserError):
    says = "It was found on {found_on}: it was not put right before, on {cured_on}."
    found_on: str
    cured_on: str


@fact
class BreachOver(UserError):
    says = "This breach was put right already, or its notice is served."


@fact
class AppealOpen(UserError):
    says = "You have appealed already, and it is not decided yet."


@fact
class AppealDismissed(UserError):
    says = "Your appeal against this was not upheld: there is one against each decision."


@fact
class ReportedAlready(UserError):
    says = "Targets are reported until {until} already: this is about the time after it."
    until: str


@fact
class NotABidder(UserError):
    says = "Only who bid in this case may appeal."


@fact
class OwnDecision(UserError):
    says = "You decided this case, or confirmed that: somebody else decides the appeal."


@fact
class AppealDecided(UserError):
    says = "This appeal was decided already."


def checked_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that were given, as they are kept; what was not given stays. Raises FactUnfit.

    Null takes back what may be unknown; of the rest it changes nothing.
    """
    kept = {name: _checked(name, value) for name, value in given.items()}
    return {name: value for name, value in kept.items() if value is not None or name in UNKNOWN}


def check_happened(day: date, today: date) -> None:
    """Raises DayAhead."""
    if day > today:
        raise DayAhead(day.isoformat())


def check_order(earlier: str, since: date | None, later: str, day: date) -> None:
    """What comes later has a later day, or the same. Raises DaysBackwards."""
    if since is not None and day < since:
        raise DaysBackwards(earlier, since.isoformat(), later, day.isoformat())


def until_of(instrument: Instrument, begins_on: date, term_months: int | None) -> date | None:
    """The first day on which it does not hold any more; a freehold holds whatever is said."""
    if term_months is None or instrument is Instrument.FREEHOLD:
        return None
    return months_beginning_with(begins_on, term_months) + ONE_DAY


def _checked(name: str, value: Any) -> Any:
    if name == "parts" and value is not None:
        value = _parts(value)
    days = value if isinstance(value, list) else [value]
    if any(isinstance(each, date) and each.year not in YEARS for each in days):
        raise FactUnfit(name, f"a day from {YEARS[0]} to {YEARS[-1]}")
    if isinstance(value, str) and not isinstance(value, Enum):
        value = seen(value, lines=True)
        if len(value) > TEXT.value:
            raise FactUnfit(name, f"at most {TEXT.value:,} characters")
    if isinstance(value, list) and (
        len(value) > ITEMS.value or any(len(str(each)) > TEXT.value for each in value)
    ):
        raise FactUnfit(name, f"a list of at most {ITEMS.value}, none of them too long")
    if type(value) is int:
        least, most = (1, MONTHS.value) if name == "term_months" else (0, PENCE.value)
        if name.startswith("objections"):
            most = COUNT.value
        if name == "cure_days":
            most = DAYS.value
        if not least <= value <= most:
            raise FactUnfit(name, f"a whole number from {least:,} to {most:,}")
    return value


def _parts(given: Iterable[str]) -> list[str]:
    """Sorted, each once, in one spelling: by it two awards are found to be of the same."""
    parts = {normalize("NFC", " ".join(seen(each).split()).casefold()) for each in given}
    if not all(1 <= len(each) <= PART.value for each in parts):
        raise FactUnfit("parts", f"a list of names of 1 to {PART.value} characters")
    return sorted(parts)

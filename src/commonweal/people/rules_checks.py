"""DBS checks: what came of one, and until when that is good. Never the certificate. Pure."""

from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.calendar import years_beginning_with
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept

RECHECK: Final = limit(
    "a DBS check, unless another day is given", 3, "years", "when most ask anew; no law sets a term"
)
CHECKS_KEPT: Final = kept(
    "DBS checks after they were over or withdrawn",
    183,
    date(2026, 11, 22),
    "the DBS's sample policy: six months, while a decision may be disputed",
)


class CheckLevel(StrEnum):
    """What the Disclosure and Barring Service looked at."""

    BASIC = "BASIC"
    STANDARD = "STANDARD"
    ENHANCED = "ENHANCED"
    ENHANCED_WITH_BARRED_LISTS = "ENHANCED_WITH_BARRED_LISTS"


class CheckOutcome(StrEnum):
    """What the organisation made of it: what was disclosed is written nowhere."""

    PENDING = "PENDING"  # asked for on that day
    CLEAR = "CLEAR"
    DISCLOSED_ACCEPTED = "DISCLOSED_ACCEPTED"
    DISCLOSED_REFUSED = "DISCLOSED_REFUSED"


@fact
class CheckedInFuture(UserError):
    says = "Nobody was checked after today, {day}."
    day: str


@fact
class ExpiresTooSoon(UserError):
    says = "A check is good until a day after {day}, on which it was made."
    day: str


@fact
class CheckWithdrawn(UserError):
    says = "This check was withdrawn already."


def checked_days(checked_on: date, expires_on: date | None, today: date) -> date:
    """The last day on which a check is good. Raises CheckedInFuture, ExpiresTooSoon."""
    if checked_on > today:
        raise CheckedInFuture(today.isoformat()).at("input", "checkedOn")
    last = expires_on or years_beginning_with(checked_on, RECHECK.value)
    if last <= checked_on:
        raise ExpiresTooSoon(checked_on.isoformat()).at("input", "expiresOn")
    return last

"""What is said to others of somebody's time: certificates. Pure.

A certificate says what was approved when it was issued; whether that is still so is asked anew
whenever somebody looks at it.
"""

from datetime import date, datetime, timedelta
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE, end_of_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends
from commonweal.volunteering.rules import SINCE

DAYS: Final = limit("days of a certificate", 3_653, "days", "ten years")
CERTIFICATES: Final = limit("certificates of a person", 200, "certificates", "one a month for long")
CODE_LETTERS: Final = limit(
    "letters and digits of a certificate's code", 12, "characters", "nobody guesses one of 30^12"
)
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
GROUP: Final = 4  # of a code, with a hyphen between: read out, or typed from paper
FIRST_DAY: Final = date(2000, 1, 1)
ends("certificates", None, SINCE, "when whose they are is erased")


@fact
class NothingToCertify(UserError):
    says = "No hours of yours with this organisation were approved for these days."


@fact
class NameNeeded(UserError):
    says = "A certificate has your name on it: say what it is first."


@fact
class DaysUnfit(UserError):
    says = "It begins before it ends, not after today, and has at most {most:,} days."
    most: int


@fact
class TooManyCertificates(UserError):
    says = "You have {most} certificates: those will do."
    most: int


def bounds_of(since: date, until: date, today: date) -> tuple[datetime, datetime]:
    """The instants [from, to) of civil days, the last among them. Raises DaysUnfit."""
    if not FIRST_DAY <= since <= until <= today or (until - since).days >= DAYS.value:
        raise DaysUnfit(DAYS.value).at("input", "until")
    before = since - timedelta(days=1)
    return end_of_day(before, CIVIL_ZONE), end_of_day(until, CIVIL_ZONE)


def grouped(code: str) -> str:
    """A code as it is kept and printed, however somebody typed it: ABCD-EFGH-JKMN."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return "-".join(plain[at : at + GROUP] for at in range(0, len(plain), GROUP))


def borne_out(stated: int, approved: int) -> bool:
    """Whether what a certificate states is approved: more than that bears it out too."""
    return approved >= stated

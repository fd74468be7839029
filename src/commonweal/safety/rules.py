"""Reports and appeals: what may be said, and what becomes of them. Pure."""

from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import write_id
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept

REPORTS: Final = limit(
    "reports of a person in a day", 20, "reports", "who meets more than that writes to the council"
)
WORDS: Final = limit("words of a report", 2_000, "characters", "what happened, on a page").value
REPORTS_KEPT: Final = kept(
    "reports that were decided", 365, date(2026, 11, 22), "a pattern shows within a year"
)


class SubjectKind(StrEnum):
    """What is reported or hidden."""

    LISTING = "LISTING"
    ORGANISATION = "ORGANISATION"
    PERSON = "PERSON"  # reported, never hidden


PREFIXES: Final = {
    SubjectKind.LISTING: "lst",
    SubjectKind.ORGANISATION: "org",
    SubjectKind.PERSON: "per",
}


class ReportReason(StrEnum):
    """What is wrong with it."""

    SPAM = "SPAM"
    FRAUD = "FRAUD"
    DANGER = "DANGER"
    HATE = "HATE"
    WRONG = "WRONG"
    OTHER = "OTHER"


class ReportState(StrEnum):
    """What an officer made of a report."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class AppealState(StrEnum):
    """What another officer made of an appeal."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


REPORT: Final = Lifecycle(
    noun="report",
    states=tuple(ReportState),
    initial="open",
    moves=(
        Move("uphold", "open", to="upheld", says="an officer agrees, or hides what it is about"),
        Move("dismiss", "open", to="dismissed", says="an officer sees nothing wrong"),
    ),
)
APPEAL: Final = Lifecycle(
    noun="appeal",
    states=tuple(AppealState),
    initial="open",
    moves=(
        Move("uphold", "open", to="upheld", says="the hiding ends"),
        Move("dismiss", "open", to="dismissed", says="it stays hidden"),
    ),
)


@fact
class TooManyReports(UserError):
    says = "You reported {most} times within a day. Go on tomorrow, or write to the council."
    most: int


@fact
class ReportsOneself(UserError):
    says = "This is you. Report what somebody else does."


@fact
class NotYoursToJudge(UserError):
    says = "This is about you, or about an organisation of yours: another officer must look at it."


@fact
class AnotherOfficer(UserError):
    says = "You hid this, or you appealed: another officer must decide."


@fact
class HidingOver(UserError):
    says = "This is not hidden any more."


@fact
class AlreadyAppealed(UserError):
    says = "There is an appeal already: one may be made of each hiding."


def subject_id(kind: SubjectKind, number: int) -> str:
    """The subject's id in the API."""
    return write_id(PREFIXES[kind], number)

"""What can be wrong with a database, as facts that an operator can act on."""

from commonweal.kernel.errors import UserError, fact


@fact
class DatabaseMissing(UserError):
    says = "There is no database at {place}. `commonweal migrate` makes it."
    place: str


@fact
class DatabaseOlder(UserError):
    says = (
        "The database is older than this version of Commonweal: {missing} not applied. "
        "Run `commonweal migrate`."
    )
    missing: str


@fact
class DatabaseNewer(UserError):
    says = (
        "The database is newer than this version of Commonweal: it has {unknown}, "
        "which this version does not know. Install the version that made it."
    )
    unknown: str


@fact
class DatabaseUnreachable(UserError):
    says = "The database at {place} cannot be used: {reason}."
    place: str
    reason: str


@fact
class DatabaseLocked(UserError):
    says = (
        "Another process keeps the database at {place} locked. "
        "Stop it, or try again when it has finished."
    )
    place: str


@fact
class TryAgain(UserError):
    says = "The service is busy with other changes to the same things. Try again in a moment."


@fact
class Busy(UserError):
    says = "Other changes kept the database busy for {seconds} seconds. Try again shortly."
    seconds: int


@fact
class DatabaseAway(UserError):
    """It was there when the service started; what was in hand may be done or not."""

    says = "The database cannot be reached just now. Try again in a minute."


@fact
class ClockBehind(UserError):
    says = (
        "This machine's clock is behind the last one that wrote here, by at least {seconds} "
        "seconds. Set it right before starting: ids are made from it."
    )
    seconds: int

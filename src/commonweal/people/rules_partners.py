"""Organisations that act together, and councils that take over from one another. Pure."""

from datetime import date
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.people.rules_organisations import OrganisationKind

PARTNERS: Final = limit("organisations of a consortium", 30, "organisations", "a county's")


@fact
class NotAConsortium(UserError):
    says = "This is no consortium. `formConsortium` makes one."


@fact
class PartnerUnfit(UserError):
    """A consortium of consortia could hold itself; a council cannot bid for what it lists."""

    says = "A {kind} cannot be in a consortium."
    kind: str


@fact
class AlreadyPartner(UserError):
    says = "It is in this consortium, or invited into it, already."


@fact
class NotInvited(UserError):
    says = "The consortium has not invited this organisation."


@fact
class NotAPartner(UserError):
    says = "This organisation is not in the consortium."


@fact
class TooManyPartners(UserError):
    says = "A consortium has at most {most} organisations."
    most: int


@fact
class LeadStays(UserError):
    says = "It leads the consortium: hand the lead to another partner first."


@fact
class SuccessorUnfit(UserError):
    """No chains: on the day there would be nobody to take over."""

    says = (
        "A council's successor is another council that has not ended and has no successor, and who "
        "is to take over from others cannot be handed over."
    )


@fact
class NotOffered(UserError):
    says = "That council is not to be handed over to this one."


@fact
class VestingDayPast(UserError):
    says = "The vesting day must lie ahead; it is {day} today."
    day: str


def check_partner(kind: OrganisationKind) -> None:
    """Raises PartnerUnfit."""
    if kind in (OrganisationKind.CONSORTIUM, OrganisationKind.COUNCIL):
        raise PartnerUnfit(kind.value.lower())


def check_vesting(day: date, today: date) -> None:
    """Raises VestingDayPast."""
    if day <= today:
        raise VestingDayPast(today.isoformat())

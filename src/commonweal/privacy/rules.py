"""Refusals of erasing. Pure."""

from commonweal.kernel.errors import UserError, fact


@fact
class NoAddress(UserError):
    says = "You have no e-mail address here: ask the coordinator who registered you."


@fact
class StillOwner(UserError):
    says = "You are the last owner of {organisation}: hand it over or end it first."
    organisation: str

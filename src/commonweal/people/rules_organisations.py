"""Organisations: kinds, legal forms, registers, and what may become of them. Pure.

unverified -> verified (an officer of its council looked) -> ended
declined or verified -> unverified (what was looked at was revised)
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

MAX_ORGANISATION_NAME: Final = limit(
    "name of an organisation", 200, "characters", "the longest registered charity's has 150"
).value
MAX_TEXT: Final = limit("description", 4_000, "characters", "two pages about oneself").value
MAX_WEBSITE: Final = 200  # characters
REGISTRATIONS: Final = limit("registrations", 5, "numbers", "charity, company, and three more")
AREAS: Final = limit("areas served", 100, "areas", "each ward of the largest council, nearly")
INVITATIONS: Final = limit(
    "open invitations of an organisation", 100, "invitations", "mail to strangers in its name"
)
INVITATION_DAYS: Final = limit("an invitation", 14, "days", "a holiday; it can be sent again")
FOUNDED: Final = limit(
    "organisations founded by a person in a day",
    5,
    "organisations",
    "nobody founds more in earnest",
)
REASON: Final = limit("a reason", 1_000, "characters", "a paragraph").value


class OrganisationKind(StrEnum):
    """What it is to the others."""

    COUNCIL = "COUNCIL"
    COMMUNITY_GROUP = "COMMUNITY_GROUP"
    BUSINESS = "BUSINESS"
    SPONSOR = "SPONSOR"
    CONSORTIUM = "CONSORTIUM"  # organisations that act together, one of them in the lead


class LegalForm(StrEnum):
    """What it is in law; councils ask, because a bid is a contract."""

    CIO = "CIO"  # charitable incorporated organisation
    SCIO = "SCIO"  # the Scottish one
    CIC = "CIC"  # community interest company
    COMMUNITY_BENEFIT_SOCIETY = "COMMUNITY_BENEFIT_SOCIETY"
    CO_OPERATIVE_SOCIETY = "CO_OPERATIVE_SOCIETY"
    CHARITABLE_TRUST = "CHARITABLE_TRUST"
    CHARITABLE_COMPANY = "CHARITABLE_COMPANY"
    COMPANY_LIMITED_BY_GUARANTEE = "COMPANY_LIMITED_BY_GUARANTEE"
    COMPANY_LIMITED_BY_SHARES = "COMPANY_LIMITED_BY_SHARES"
    PARTNERSHIP = "PARTNERSHIP"
    SOLE_TRADER = "SOLE_TRADER"
    UNINCORPORATED = "UNINCORPORATED"
    PARISH_OR_TOWN_COUNCIL = "PARISH_OR_TOWN_COUNCIL"
    LOCAL_AUTHORITY = "LOCAL_AUTHORITY"


class OrganisationState(StrEnum):
    """How far it is known."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    DECLINED = "declined"
    ENDED = "ended"


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ORGANISATION: Final = Lifecycle(
    noun="organisation",
    states=tuple(OrganisationState),
    initial="unverified",
    moves=(
        Move("verify", "unverified", "declined", to="verified", says="An officer looked."),
        Move("decline", "unverified", "verified", to="declined", says="With a reason."),
        Move("revise", "declined", "verified", to="unverified", says="It is looked at anew."),
        Move("end", "unverified", "verified", "declined", to="ended"),
    ),
)
INVITATION: Final = Lifecycle(
    noun="invitation",
    states=tuple(InvitationState),
    initial="open",
    moves=(
        Move("accept", "open", to="accepted"),
        Move("refuse", "open", to="declined"),
        Move("withdraw", "open", to="withdrawn"),
    ),
)

# Register numbers by their scheme (org-id.guide): what one looks like.
SCHEMES: Final[dict[str, str]] = {
    "GB-CHC": r"\d{6,7}(-\d{1,2})?",  # Charity Commission for England and Wales
    "GB-SC": r"SC\d{6}",  # Scottish Charity Regulator
    "GB-NIC": r"(NIC)?\d{6}",  # Charity Commission for Northern Ireland
    "GB-COH": r"(\d{8}|[A-Z]{2}\d{6})",  # Companies House
    "GB-MPR": r"[A-Z0-9]{3,10}",  # Mutuals Public Register
    "GB-LAE": r"[A-Z]{3}",  # local authorities of England
    "GB-GSS": r"[EWSN]\d{8}",  # by the Government Statistical Service's code
}
COUNCIL_ROLES: Final = frozenset({"OFFICER"})  # only a council has officers


@fact
class OrganisationNameLength(UserError):
    says = "An organisation's name has 1 to {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class TextTooLong(UserError):
    says = "At most {most} characters, please; these are {characters}."
    most: int
    characters: int


@fact
class WebsiteUnlikely(UserError):
    says = "A website begins with https:// and has at most {most} characters."
    most: int


@fact
class CouncilsAreAppointed(UserError):
    says = "A council is set up by whoever runs this service, not founded by a person."


@fact
class ConsortiaAreFormed(UserError):
    says = "A consortium is formed by the organisation that leads it: `formConsortium`."


@fact
class NotACouncil(UserError):
    says = "This area is not a council's: take one that `areas(kinds: [COUNCIL])` gives."


@fact
class RegistrationUnlikely(UserError):
    says = "{number} is no number of {scheme}. Schemes are {schemes}."
    scheme: str
    number: str
    schemes: str


@fact
class RegistrationTaken(UserError):
    says = "{scheme} {number} is another verified organisation's."
    scheme: str
    number: str


@fact
class TooManyRegistrations(UserError):
    says = "An organisation has at most {most} register numbers, one of each scheme."
    most: int


@fact
class TooManyAreas(UserError):
    says = "An organisation serves at most {most} areas; a council counts as one."
    most: int


@fact
class TooManyFounded(UserError):
    says = "You founded {most} organisations within a day. Go on tomorrow."
    most: int


@fact
class PersonNeeded(UserError):
    says = "A person decides this, and no council's program."


@fact
class OwnOrganisation(UserError):
    says = "You belong to this organisation: another officer must look at it."


@fact
class LastOwner(UserError):
    says = "You are its last owner: hand it over to another member, or end it."


@fact
class RoleUnfit(UserError):
    says = "Nobody is {role} in an organisation of this kind."
    role: str


@fact
class RoleBeyond(UserError):
    says = "Only an owner may make somebody {role}."
    role: str


@fact
class NotAMember(UserError):
    says = "Choose the membership of another member of this organisation."


@fact
class AlreadyMember(UserError):
    says = "They have this role already."


@fact
class InvitationOver(UserError):
    says = "This invitation was good for {days} days. Ask for another."
    days: int


@fact
class TooManyInvitations(UserError):
    says = "There are {most} open invitations: withdraw some, or wait for answers."
    most: int


@fact
class ReasonNeeded(UserError):
    says = "Give a reason of 1 to {most} characters: they will read it."
    most: int


@fact
class OrganisationHidden(UserError):
    says = "This organisation is hidden: it can invite again once it is restored."


@fact
class StillLeads(UserError):
    says = "It leads a consortium: hand the lead over, or end that first."


@fact
class StillActsForPeople(UserError):
    says = (
        "It registered people who have no e-mail: they claim their accounts, or are erased, first."
    )


@fact
class OrganisationEnded(UserError):
    says = "This organisation has ended."


def checked_organisation_name(name: str) -> str:
    """The name as it is shown. Raises OrganisationNameLength."""
    text = " ".join(seen(name).split())
    if not 1 <= len(text) <= MAX_ORGANISATION_NAME:
        raise OrganisationNameLength(MAX_ORGANISATION_NAME, len(text))
    return text


def checked_text(text: str | None, most: int = MAX_TEXT) -> str | None:
    """A paragraph or several; None where it is blank. Raises TextTooLong."""
    clean = seen(text or "", lines=True)
    if len(clean) > most:
        raise TextTooLong(most, len(clean))
    return clean or None


def checked_reason(text: str) -> str:
    """Raises ReasonNeeded."""
    clean = seen(text, lines=True)
    if not 1 <= len(clean) <= REASON:
        raise ReasonNeeded(REASON)
    return clean


def checked_website(address: str | None) -> str | None:
    """Raises WebsiteUnlikely: a link that people will follow leads where it says."""
    text = (address or "").strip()
    if not text:
        return None
    if len(text) > MAX_WEBSITE or not re.fullmatch(r"https?://[^\s\x00-\x20@<>\"]+", text):
        raise WebsiteUnlikely(MAX_WEBSITE)
    return text


def checked_registration(scheme: str, number: str) -> tuple[str, str]:
    """Scheme and number in capitals, without blanks. Raises RegistrationUnlikely."""
    scheme, number = scheme.strip().upper(), re.sub(r"\s", "", number).upper()
    if scheme not in SCHEMES or not re.fullmatch(SCHEMES[scheme], number, re.ASCII):
        raise RegistrationUnlikely(scheme[:20], number[:20], ", ".join(SCHEMES))
    return scheme, number


def check_role(role: str, kind: OrganisationKind, inviter_roles: Collection[str]) -> None:
    """Who may make whom what. Raises RoleUnfit, RoleBeyond."""
    if role in COUNCIL_ROLES and kind is not OrganisationKind.COUNCIL:
        raise RoleUnfit(role)
    if not may_offer(role, inviter_roles):
        raise RoleBeyond(role)


def may_offer(role: str, inviter_roles: Collection[str]) -> bool:
    """Whether one of these roles lets somebody offer that role to others."""
    lesser = role in ("MEMBER", "COORDINATOR", "TILL")
    return "OWNER" in inviter_roles or (lesser and "COORDINATOR" in inviter_roles)

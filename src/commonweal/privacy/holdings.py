"""The table of what is held about a person: where, and what becomes of it when they are erased.

A test fails for a table with a column that names a person and no line here. What is kept is kept
for a reason that stands beside it, and names nobody any more: only the number is left, which
ledgers, decisions and the audit's chains go on naming.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.models import Model

from commonweal.files.tables import File
from commonweal.kernel.ids import write_id
from commonweal.listings.tables_searches import SavedSearch
from commonweal.messages.rules import address_key
from commonweal.messages.tables import Message
from commonweal.people.tables import AccessToken, Person, SignInCode
from commonweal.people.tables_blocks import Block
from commonweal.people.tables_checks import Check, CheckReading
from commonweal.people.tables_households import Consent, HouseholdInvitation
from commonweal.people.tables_organisations import Invitation, Membership
from commonweal.people.tables_passkeys import Passkey, PasskeyChallenge
from commonweal.safety.tables import Report
from commonweal.store.tables import AuditRecord, IdempotencyKey

PREFIXES: Final = {  # of the columns that name something else
    "organisation_id": "org",
    "person_id": "per",
    "registered_by_id": "org",
    "council_id": "are",
}


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are about a person.

    `theirs` says which, `hidden` names columns that are secrets and say nothing. When the person
    is erased the rows go, or `blank` columns are emptied, or they stay for the reason `kept`.
    """

    what: str
    model: type[Model]
    theirs: Callable[[Person], Q]
    prefix: str = ""
    hidden: tuple[str, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: str = ""

    @property
    def goes(self) -> bool:
        return not self.blank and not self.kept


def of(column: str) -> Callable[[Person], Q]:
    """Rows in whose column the person's number stands."""
    return lambda person: Q(**{column: person.id})


def by_email(column: str) -> Callable[[Person], Q]:
    """Rows in whose column their address stands, as it is compared; of no address none."""
    return lambda person: Q(**{column: person.email_key}) if person.email_key else Q(pk__in=[])


def letters(person: Person) -> Q:
    """What went to them: those to their address, however it was written."""
    mine = Q(person_id=person.id)
    return mine | Q(to_address__iexact=address_key(person.email)) if person.email else mine


def acts(person: Person) -> Q:
    """What they did, or a coordinator's hand did for them, and what was done to them."""
    name = write_id("per", person.id)
    return Q(actor=name) | Q(actor__startswith=f"{name} by ") | Q(subject_id=person.id)


HOLDINGS: Final[tuple[Holding, ...]] = (
    Holding(
        "person",
        Person,
        of("id"),
        prefix="per",
        hidden=("email_key", "card_hash"),
        blank={
            "name": None,
            "email": None,
            "email_key": None,
            "phone": None,
            "home": None,
            "shown_home": None,
            "home_set_at": None,
            "registered_by_id": None,
            "card_hash": None,
            "household_id": None,
            "age_band": None,
            "look_again_on": None,
        },
    ),
    Holding("sessionsAndTokens", AccessToken, of("person_id"), "tok", hidden=("secret_hash",)),
    Holding("codesSent", SignInCode, by_email("email_key"), hidden=("code_hash", "email_key")),
    Holding(
        "memberships",
        Membership,
        of("person_id"),
        "mem",
        kept="an organisation's decisions were its members': who they were by number alone",
    ),
    Holding(
        "invitations",
        Invitation,
        by_email("email_key"),
        "inv",
        hidden=("email_key",),
        blank={"email": None, "email_key": None},  # it lapses
    ),
    Holding("passkeys", Passkey, of("person_id"), "pas", ("credential_id", "public_key")),
    Holding("passkeyChallenges", PasskeyChallenge, of("person_id")),
    Holding(
        "householdInvitations",
        HouseholdInvitation,
        by_email("email_key"),
        hidden=("email_key",),
        blank={"email": None, "email_key": None},
    ),
    Holding(
        "consents",
        Consent,
        lambda person: Q(child_id=person.id) | Q(given_by_id=person.id) | Q(ended_by_id=person.id),
        kept="whoever relied on one must be able to show it",
    ),
    Holding("checks", Check, of("person_id")),
    Holding("checksMade", Check, of("checker_id"), kept="they are of others"),
    Holding("readingsOfChecks", CheckReading, of("person_id")),
    Holding("checksRead", CheckReading, of("reader_id"), kept="they are of others' checks"),
    Holding("blocks", Block, lambda person: Q(person_id=person.id)),
    Holding("savedSearches", SavedSearch, of("person_id"), "svs"),
    Holding("reports", Report, of("reporter_id"), kept="they are of others, and decided by number"),
    Holding("letters", Message, letters),
    Holding("files", File, of("owner_id"), "fil", kept="by whether they are public (actions.py)"),
    Holding("requestsDoneOnce", IdempotencyKey, lambda person: Q(actor=write_id("per", person.id))),
    Holding(
        "acts",
        AuditRecord,
        acts,
        "aud",
        kept="decisions stay open to proof: the chains name numbers, and nobody",
    ),
)

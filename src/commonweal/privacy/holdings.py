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
from tortoise.queryset import QuerySet

from commonweal.assets.tables import Proposal
from commonweal.credits.tables import Funding, Gift, Grant, GrantProposal, Wallet
from commonweal.credits.tables_bulk import GrantFile, GrantLine
from commonweal.files.tables import File
from commonweal.handovers.tables import CaseQuestion, Watch
from commonweal.handovers.tables_decisions import Decision
from commonweal.handovers.tables_scores import Scorer
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
from commonweal.safety.rules import SubjectKind
from commonweal.safety.tables import Appeal, Hiding, Report
from commonweal.store.tables import AuditRecord, IdempotencyKey
from commonweal.volunteering.tables import HoursClaim, SignUp

PREFIXES: Final = {  # of the columns that name something else
    **dict.fromkeys(("organisation_id", "registered_by_id"), "org"),
    **dict.fromkeys(("person_id", "by_hand_of_id", "owner_id", "blocked_id"), "per"),
    **dict.fromkeys(("child_id", "given_by_id", "ended_by_id"), "per"),
    **dict.fromkeys(("checker_id", "reader_id", "reporter_id"), "per"),
    "area_id": "are",
    "asset_id": "ast",
    "case_id": "cas",
    "council_id": "are",
    "household_id": "hsh",
    "grant_id": "grt",
    "pot_id": "pot",
    "role_id": "rol",
    "scheme_id": "sch",
    "shift_id": "shf",
    "sign_up_id": "sgn",
    "wallet_id": "wal",
}


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are about a person.

    `theirs` says which, and `address` in which column an address stands as somebody typed it: rows
    of their address are theirs too. All columns are shown to them but `hidden` ones, which are
    secrets and say nothing; of rows that are about others too, only those `shown`. Rows that are
    not `told` they do not see at all. When the person is erased the rows go, or `blank` columns are
    emptied, or they stay for the reason `kept`.
    """

    what: str
    model: type[Model]
    theirs: Callable[[Person], Q]
    address: str = field(default="", kw_only=True)
    prefix: str = ""
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    told: Q = field(default_factory=Q)
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: str = ""

    @property
    def goes(self) -> bool:
        return not self.blank and not self.kept

    @property
    def columns(self) -> list[str]:
        """Those that the person sees."""
        all_of_them = self.model._meta.fields_db_projection
        return [c for c in self.shown or all_of_them if c not in self.hidden]

    async def rows(self, person: Person) -> QuerySet[Model]:
        """Those that are theirs.

        To the database more addresses are one than to `address_key`: it makes large letters of
        them, and an I of a dotless i. So what it finds by an address is compared again.
        """
        theirs = self.theirs(person)
        if self.address and person.email_key:
            alike = self.model.filter(**{f"{self.address}__iexact": person.email_key})
            found = await alike.values_list("id", self.address)
            theirs |= Q(id__in=[n for n, text in found if address_key(text) == person.email_key])
        return self.model.filter(theirs)


def of(column: str) -> Callable[[Person], Q]:
    """Rows in whose column the person's number stands."""
    return lambda person: Q(**{column: person.id})


def by_email(column: str) -> Callable[[Person], Q]:
    """Rows in whose column their address stands as it is compared; of no address none."""
    return lambda person: Q(**{column: person.email_key}) if person.email_key else Q(pk__in=[])


def by_name(column: str) -> Callable[[Person], Q]:
    """Rows in whose column their name in the audit stands: alone, or with whose hand it was."""

    def theirs(person: Person) -> Q:
        name = write_id("per", person.id)
        hand = Q(**{f"{column}__startswith": f"{name} by "})
        return Q(**{column: name}) | hand | Q(**{f"{column}__endswith": f" by {name}"})

    return theirs


def either(one: Callable[[Person], Q], other: Callable[[Person], Q]) -> Callable[[Person], Q]:
    """Rows that are theirs by the one or by the other."""
    return lambda person: one(person) | other(person)


def reported(person: Person) -> Q:
    return Q(subject_kind=SubjectKind.PERSON, subject_id=person.id)


# Why rows are kept,
POSTED: Final = "the ledger keeps what moved: whose it was by number alone"
RELIED_ON: Final = "whoever relied on one must be able to show it"
OTHERS: Final = "they are of others"
DECIDED: Final = "a decision, or what was said to it, by number alone"
PROOF: Final = "decisions stay open to proof: the chains name numbers, and nobody"
# and what somebody did and said in rows that are about others.
HIDDEN: Final = ("id", "since", "reason")
APPEALED: Final = ("id", "created_at", "words")
JUDGED: Final = ("id", "decided_at", "refusal")
GRANTED: Final = ("id", "granted_at", "minutes", "purpose")
FUNDED: Final = ("id", "proposed_at", "minutes", "purpose")
SCORED: Final = ("named_at", "conflicted_at", "interest")

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
    Holding("handsLent", AccessToken, of("by_hand_of_id"), "tok", shown=("id", "created_at")),
    Holding(
        "codesSent",
        SignInCode,
        either(by_email("email_key"), of("person_id")),
        shown=("id", "purpose", "created_at", "used_at"),  # not who else wants the address
    ),
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
        address="email",  # withheld, it has another key
        hidden=("email_key", "invited_by_id"),
        blank={"email": None, "email_key": None},  # it lapses
    ),
    Holding("passkeys", Passkey, of("person_id"), "pas", ("credential_id", "public_key")),
    Holding("passkeyChallenges", PasskeyChallenge, of("person_id"), hidden=("challenge",)),
    Holding(
        "householdInvitations",
        HouseholdInvitation,
        by_email("email_key"),
        "hin",
        address="email",
        hidden=("email_key",),
        blank={"email": None, "email_key": None},
    ),
    Holding("consents", Consent, of("child_id"), "cns", kept=RELIED_ON),
    Holding(
        "consentsGiven", Consent, of("given_by_id"), "cns", shown=("id", "since"), kept=RELIED_ON
    ),
    Holding(
        "consentsEnded", Consent, of("ended_by_id"), "cns", shown=("id", "until"), kept=RELIED_ON
    ),
    Holding("checks", Check, of("person_id"), "chk"),
    Holding("checksMade", Check, of("checker_id"), "chk", shown=("id", "created_at"), kept=OTHERS),
    Holding("readingsOfChecks", CheckReading, of("person_id"), "crd"),
    Holding("checksRead", CheckReading, of("reader_id"), "crd", shown=("id", "at"), kept=OTHERS),
    Holding("blocks", Block, of("person_id"), "blk"),
    Holding("savedSearches", SavedSearch, of("person_id"), "sse"),
    Holding("watches", Watch, of("person_id"), "wat"),
    Holding(  # what was asked all bidders read; that it was theirs nobody did
        "questionsAsked",
        CaseQuestion,
        of("asker_id"),
        "que",
        hidden=("asker_id",),
        blank={"asker_id": None},
    ),
    Holding(  # that an interest was declared stays: scores were voided for it
        "panels", Scorer, of("person_id"), shown=SCORED, blank={"interest": None}
    ),
    Holding(
        "decisionsOfCases",
        Decision,
        either(of("maker_id"), of("confirmed_by_id")),
        shown=("case_id", "number", "decided_on"),
        kept=DECIDED,
    ),
    Holding("wallets", Wallet, of("person_id"), "wal", hidden=("account",), kept=POSTED),
    Holding(
        "giftsGiven",
        Gift,
        of("given_by_id"),
        "gif",
        shown=("id", "minutes", "words", "given_at"),  # not to whom it went
        blank={"words": ""},
    ),
    Holding(
        "giftsWaiting",
        Gift,
        by_email("email_key"),
        "gif",
        shown=("id", "minutes", "words", "given_at"),
        blank={"email_key": None},  # it goes back
    ),
    Holding(
        "grantsReceived",
        Grant,
        of("person_id"),
        "grt",
        hidden=("granted_by_id", "journal"),
        kept=POSTED,
    ),
    Holding(
        "grantLines",
        GrantLine,
        either(of("person_id"), by_email("email_key")),
        shown=("minutes", "purpose", "state"),
        blank={"email_key": None},
    ),
    Holding(
        "grantFiles",
        GrantFile,
        of("granted_by_id"),
        "grf",
        shown=("id", "name", "read_at"),
        kept=DECIDED,
    ),
    Holding("grantsMade", Grant, of("granted_by_id"), "grt", shown=GRANTED, kept=DECIDED),
    Holding(
        "grantsProposedForMe",
        GrantProposal,
        of("person_id"),
        "grp",
        shown=("id", "proposed_at", "minutes", "purpose", "state"),
        kept=DECIDED,
    ),
    Holding(
        "grantsProposed",
        GrantProposal,
        either(of("proposed_by_id"), of("decided_by_id")),
        "grp",
        shown=("id", "proposed_at", "minutes", "purpose", "state"),
        kept=DECIDED,
    ),
    Holding(
        "fundings",
        Funding,
        either(of("proposed_by_id"), of("decided_by_id")),
        "fnd",
        shown=FUNDED,
        kept=DECIDED,
    ),
    Holding("signUps", SignUp, of("person_id"), "sgn", kept="a shift's list, by number"),
    Holding("hours", HoursClaim, of("person_id"), "hrs", hidden=("decided_by_id",), kept=DECIDED),
    Holding("hoursDecided", HoursClaim, of("decided_by_id"), "hrs", shown=("id",), kept=DECIDED),
    Holding("reports", Report, of("reporter_id"), "rep", kept="they are decided by number"),
    Holding(
        "reportsAboutMe",
        Report,
        reported,
        # words, day, id (it has the millisecond), or that there is one just now: all tell who
        shown=("state", "reason", "decided_at"),
        told=Q(decided_at__not_isnull=True),
        blank={"words": None},
    ),
    Holding("hidings", Hiding, by_name("hidden_by"), "hid", shown=HIDDEN, kept=DECIDED),
    Holding("appeals", Appeal, by_name("appealed_by"), "apl", shown=APPEALED, kept=DECIDED),
    Holding("proposals", Proposal, by_name("decided_by"), "prp", shown=JUDGED, kept=DECIDED),
    Holding(
        "invitationsSent",
        Invitation,
        of("invited_by_id"),
        "inv",
        shown=("id", "created_at"),
        kept="they are of others, and by number",
    ),
    Holding(  # not who else wants the address
        "letters", Message, of("person_id"), address="to_address", hidden=("person_id",)
    ),
    Holding("files", File, of("owner_id"), "fil", kept="by whether they are public (actions.py)"),
    Holding(
        "requestsDoneOnce",
        IdempotencyKey,
        by_name("actor"),
        shown=("id", "key", "operation", "claimed_at"),
    ),
    Holding(
        "acts",
        AuditRecord,
        by_name("actor"),
        "aud",
        shown=("id", "at", "actor", "action"),  # to whom is theirs
        kept=PROOF,
    ),
    Holding("actsUponMe", AuditRecord, of("subject_id"), "aud", kept=PROOF),
)

"""The table of what is held about a person: where, and what becomes of it when they are erased.

A test fails for a table with a column that names a person and no line here. What is kept is kept
for a reason that stands beside it, and names nobody any more: only the number is left, which
ledgers, decisions and the audit's chains go on naming.
"""

from typing import Final

from tortoise.expressions import Q

from commonweal.assets.tables import Proposal
from commonweal.credits.tables import Funding, Gift, Grant, GrantProposal, GrantReversal, Wallet
from commonweal.credits.tables_bulk import GrantFile, GrantLine
from commonweal.exchanges.tables import Exchange, HelpOffer
from commonweal.files.tables import File
from commonweal.handovers.tables import CaseQuestion, Watch
from commonweal.handovers.tables_decisions import Decision
from commonweal.handovers.tables_scores import Scorer
from commonweal.listings.tables_searches import SavedSearch
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
from commonweal.volunteering.tables_calendars import CalendarAddress
from commonweal.volunteering.tables_emergency import EmergencyContact
from commonweal.volunteering.tables_expenses import Expense
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_recognition import Certificate
from commonweal.volunteering.tables_signups import (
    Application,
    ApplicationReference,
    Qualification,
    SignUp,
    StandingSignUp,
)

from .holding import Holding, by_email, by_name, either, of


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
BY_WHOM: Final = ("decided_by_id", "first_by_id", "entered_by_id")
EXCHANGED: Final = ("id", "at", "minutes", "words", "settled_minutes", "reason")
PAID: Final = "an organisation accounts for what it paid, by number"
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
    Holding("calendarAddress", CalendarAddress, of("person_id"), shown=("created_at",)),
    Holding("certificates", Certificate, of("person_id"), "crt"),
    Holding("emergencyContact", EmergencyContact, of("person_id"), "emc"),
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
    Holding(
        "expenses",
        Expense,
        of("person_id"),
        "exp",
        hidden=("paid_by_id", "decided_by_id"),
        kept=PAID,
    ),
    Holding(
        "expensesDecided",
        Expense,
        either(of("decided_by_id"), of("paid_by_id")),
        "exp",
        shown=("id",),
        kept=PAID,
    ),
    Holding(
        "helpOffers",
        HelpOffer,
        of("person_id"),
        "hlp",
        blank={"title": "", "description": ""},
    ),
    Holding(
        "exchanges",
        Exchange,
        either(of("giver_id"), either(of("receiver_id"), of("answered_by_id"))),
        "exc",
        shown=EXCHANGED,
        blank={"words": "", "reason": None},
    ),
    Holding("disputesDecided", Exchange, of("settled_by_id"), "exc", shown=("id",), kept=DECIDED),
    Holding("signUps", SignUp, of("person_id"), "sgn", blank={"words": None}),
    Holding("standingSignUps", StandingSignUp, of("person_id"), "stn"),
    Holding("qualifications", Qualification, of("person_id"), "qlf"),
    Holding(
        "references",
        ApplicationReference,
        of("person_id"),
        "rfc",
        hidden=("recorded_by_id",),
    ),
    Holding(
        "referencesRecorded",
        ApplicationReference,
        of("recorded_by_id"),
        "rfc",
        shown=("id", "at"),
        kept=OTHERS,
    ),
    Holding(
        "applications",
        Application,
        of("person_id"),
        "apn",
        hidden=("decided_by_id",),
        blank={"answers": [], "reason": None},
    ),
    Holding(
        "applicationsDecided", Application, of("decided_by_id"), "apn", shown=("id",), kept=OTHERS
    ),
    Holding(
        "hours",
        HoursClaim,
        of("person_id"),
        "hrs",
        hidden=BY_WHOM,
        blank=dict.fromkeys(("words", "question", "answer", "appeal", "reason")),
    ),
    Holding(
        "hoursDecided",
        HoursClaim,
        either(of("decided_by_id"), either(of("first_by_id"), of("entered_by_id"))),
        "hrs",
        shown=("id",),
        kept=DECIDED,
    ),
    Holding(
        "grantsReversed",
        GrantReversal,
        of("reversed_by_id"),
        "grr",
        shown=("id", "reversed_at"),
        kept=POSTED,
    ),
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

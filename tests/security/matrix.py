"""The rows of the access matrix.

A mutation whose subject is of a new type, or a new kind that not everybody sees, needs a maker in
MAKERS: it makes a row that is a side's own, and says whom the rules' standings name in it. Several
makers of a type are rows of different standing. test_matrix.py names the types that lack one.
"""

from datetime import date
from typing import Any, Final
from uuid import uuid4

from commonweal.access import Role
from commonweal.assets.rules import (
    AssetCategory,
    AssetState,
    Occupation,
    ProposalKind,
    ProposalState,
    RegisterState,
    Tenure,
)
from commonweal.assets.tables import Asset, Proposal, RegisterFile
from commonweal.files.tables import File
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.listings.tables_searches import SavedSearch
from commonweal.people.actions import hash_of
from commonweal.people.rules import TokenKind
from commonweal.people.rules_checks import CheckLevel, CheckOutcome
from commonweal.people.rules_households import AgeBand, ConsentPurpose
from commonweal.people.rules_organisations import (
    InvitationState,
    OrganisationKind,
    OrganisationState,
)
from commonweal.people.tables import AccessToken, Person
from commonweal.people.tables_blocks import Block
from commonweal.people.tables_checks import Check
from commonweal.people.tables_households import Consent, Household, HouseholdInvitation
from commonweal.people.tables_organisations import (
    Invitation,
    Membership,
    Organisation,
)
from commonweal.people.tables_passkeys import Passkey
from commonweal.safety.rules import AppealState, ReportReason, ReportState, SubjectKind
from commonweal.safety.tables import Appeal, Hiding, Report, ReportCouncil
from commonweal.store.transaction import Transaction
from tests.security.matrix_bids import BIDS
from tests.security.matrix_credits import CREDITS
from tests.security.matrix_decisions import DECISIONS
from tests.security.matrix_exchanges import EXCHANGES
from tests.security.matrix_interests import INTERESTS
from tests.security.matrix_ledger import LEDGER
from tests.security.matrix_scores import SCORES
from tests.security.matrix_volunteering import VOLUNTEERING
from tests.security.sides import DAY, Maker, Row, Side


async def a_person(tx: Transaction, **more: Any) -> int:
    number = tx.new_id()
    await Person.create(id=number, name="Sam Vale", created_at=tx.now, **more)
    return number


async def a_token(
    tx: Transaction, secret: str, kind: TokenKind = TokenKind.SESSION, **more: Any
) -> int:
    number, until = tx.new_id(), tx.now + 60 * DAY
    values: dict[str, Any] = {"label": "x", "created_at": tx.now, "expires_at": until, **more}
    await AccessToken.create(id=number, kind=kind, secret_hash=hash_of(secret), **values)
    return number


async def an_organisation(tx: Transaction, council: int, **more: Any) -> int:
    values: dict[str, Any] = {"kind": OrganisationKind.COMMUNITY_GROUP, "name": "Friends"}
    values |= {"state": OrganisationState.UNVERIFIED, "council_id": council}
    values["reason"] = "Which hall?"  # whatever is private holds something
    number = tx.new_id()
    await Organisation.create(id=number, created_at=tx.now, **(values | more))
    return number


async def a_hidden_organisation(tx: Transaction, council: int) -> int:
    """A consortium, as it happens: so that what only one of those is asked for is reached too."""
    number = await an_organisation(tx, council, hidden=True, kind=OrganisationKind.CONSORTIUM)
    await a_hiding(tx, council, SubjectKind.ORGANISATION, number, lasts=True)
    return number


async def a_post(tx: Transaction, organisation: int, person: int, role: Role, **more: Any) -> int:
    number, since = tx.new_id(), tx.now - DAY
    belongs: dict[str, Any] = {"organisation_id": organisation, "person_id": person}
    await Membership.create(id=number, role=role, since=since, **belongs, **more)
    return number


async def access_token(tx: Transaction, side: Side) -> Row:
    number = await a_token(tx, uuid4().hex, TokenKind.PERSONAL, person_id=side.person)
    return Row.of("tok", number, person=side.person)


async def area(_tx: Transaction, side: Side) -> Row:
    return Row.of("are", side.council, council=side.council)


async def appeal(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    hiding = await a_hiding(tx, side.council, SubjectKind.ORGANISATION, side.organisation)
    said: dict[str, Any] = {
        "words": "No",
        "appealed_by": "x",
        "created_at": tx.now,
        "state": AppealState.OPEN,
    }
    await Appeal.create(id=number, hiding_id=hiding, **said)
    return Row.of("apl", number, organisation=side.organisation, council=side.council)


async def an_asset(tx: Transaction, side: Side, state: AssetState = AssetState.HELD) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"state": state, "tenure": Tenure.FREEHOLD, "name": "x"}
    values |= {"occupation": Occupation.VACANT, "category": AssetCategory.COMMUNITY_BUILDING}
    await Asset.create(id=number, council_id=side.council, declared_surplus=True, **values)
    return number


async def asset(tx: Transaction, side: Side) -> Row:
    return Row.of("ast", await an_asset(tx, side), council=side.council)


async def block(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    whom = await a_person(tx)
    await Block.create(id=number, person_id=side.person, blocked_id=whom, since=tx.now)
    return Row.of("blk", number, person=side.person)


async def check(tx: Transaction, side: Side) -> Row:
    number, day = tx.new_id(), date(2026, 11, 1)
    values: dict[str, Any] = {"checker_id": side.person, "created_at": tx.now}
    values |= {"check_level": CheckLevel.BASIC, "outcome": CheckOutcome.CLEAR}
    belongs: dict[str, Any] = {"organisation_id": side.organisation, "person_id": side.person}
    until = date(2029, 11, 1)
    await Check.create(id=number, checked_on=day, expires_on=until, **values, **belongs)
    return Row.of("chk", number, person=side.person, organisation=side.organisation)


async def a_child(tx: Transaction, side: Side) -> int:
    age = {"age_band": AgeBand.UNDER_13, "look_again_on": date(2027, 6, 1)}
    return await a_person(tx, household_id=side.household, **age)


async def child(tx: Transaction, side: Side) -> Row:
    return Row.of("per", await a_child(tx, side), adults=side.person)


async def consent(tx: Transaction, side: Side) -> Row:
    number, purpose = tx.new_id(), ConsentPurpose.VOLUNTEERING
    by: dict[str, Any] = {"child_id": await a_child(tx, side), "given_by_id": side.person}
    await Consent.create(id=number, purpose=purpose, since=tx.now, **by)
    return Row.of("cns", number, adults=side.person)


def a_file(public: bool) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number = tx.new_id()
        values: dict[str, Any] = {
            "sha256": "0" * 64,
            "name": "x",
            "media_type": "text/csv",
            "size_bytes": 1,
        }
        own: dict[str, Any] = {"owner_id": side.person, "is_public": public, "created_at": tx.now}
        await File.create(id=number, **values, **own)
        return Row.of("fil", number, owner=side.person, public=public)

    return made


async def a_hiding(
    tx: Transaction, council: int, kind: SubjectKind, subject: int, *, lasts: bool = False
) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"subject_kind": kind, "subject_id": subject, "reason": "x"}
    values |= {"since": tx.now - DAY, "until": None if lasts else tx.now}  # one lasts at a time
    await Hiding.create(id=number, council_id=council, hidden_by="x", **values)
    return number


async def hiding(tx: Transaction, side: Side) -> Row:
    number = await a_hiding(tx, side.council, SubjectKind.ORGANISATION, side.organisation)
    facts = {"organisation": side.organisation, "council": side.council, "publisher": None}
    return Row.of("hid", number, **facts)


async def hiding_of_a_listing(tx: Transaction, side: Side) -> Row:
    number = await a_hiding(tx, side.council, SubjectKind.LISTING, tx.new_id())
    facts = {"organisation": None, "council": side.council, "publisher": side.council}
    return Row.of("hid", number, **facts)


async def household(_tx: Transaction, side: Side) -> Row:
    return Row.of("hsh", side.household, adults=side.person)


def invited(tx: Transaction, email: str) -> dict[str, Any]:
    until = {"created_at": tx.now, "expires_at": tx.now + DAY}
    return {"email": email, "email_key": email, "state": InvitationState.OPEN, **until}


async def household_invitation(tx: Transaction, side: Side) -> Row:
    values = invited(tx, f"{uuid4().hex}@example.org")
    number = tx.new_id()
    await HouseholdInvitation.create(id=number, household_id=side.household, **values)
    return Row.of("hin", number, invitee=None, adults=side.person)


async def invitation_into_a_household(tx: Transaction, side: Side) -> Row:
    home = tx.new_id()
    await Household.create(id=home, name="Theirs", created_at=tx.now)
    number, values = tx.new_id(), invited(tx, side.email)
    await HouseholdInvitation.create(id=number, household_id=home, **values)
    return Row.of("hin", number, invitee=side.person, adults=None)


async def invitation(tx: Transaction, side: Side) -> Row:
    values = invited(tx, f"{uuid4().hex}@example.org")
    values |= {"role": Role.MEMBER, "organisation_id": side.organisation}
    number = tx.new_id()
    await Invitation.create(id=number, **values)
    return Row.of("inv", number, invitee=None, organisation=side.organisation)


async def invitation_to_oneself(tx: Transaction, side: Side) -> Row:
    theirs = await an_organisation(tx, side.council)
    values = invited(tx, side.email) | {"role": Role.MEMBER, "organisation_id": theirs}
    number = tx.new_id()
    await Invitation.create(id=number, **values)
    return Row.of("inv", number, invitee=side.person, organisation=theirs)


def a_listing(kind: ListingKind, state: ListingState) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number, listed = tx.new_id(), state is ListingState.OPEN
        subject = await an_asset(tx, side, AssetState.LISTED if listed else AssetState.HELD)
        values: dict[str, Any] = {"kind": kind, "state": state, "council_id": side.council}
        values |= {"subject_id": subject, "title": "x", "category": "x"}
        await Listing.create(id=number, published_at=tx.now, **values)
        return Row.of("lst", number, open=state is ListingState.OPEN, council=side.council)

    return made


async def membership(tx: Transaction, side: Side) -> Row:
    over = tx.now - DAY / 2  # so that it is theirs who belong to nothing, too
    number = await a_post(tx, side.organisation, side.person, Role.MEMBER, until=over)
    return Row.of("mem", number, person=side.person, organisation=side.organisation)


async def organisation(_tx: Transaction, side: Side) -> Row:
    number = side.organisation
    return Row.of("org", number, shown=True, organisation=number, council=side.council)


async def hidden_organisation(_tx: Transaction, side: Side) -> Row:
    return Row.of("org", side.hidden, shown=False, organisation=side.hidden, council=side.council)


async def passkey(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    key: dict[str, Any] = {"credential_id": uuid4().hex, "public_key": b"x", "sign_count": 0}
    more: dict[str, Any] = {"person_id": side.person, "label": "x", "created_at": tx.now}
    await Passkey.create(id=number, **key, **more)
    return Row.of("pas", number, person=side.person)


async def registered_person(tx: Transaction, side: Side) -> Row:
    number = await a_person(tx, registered_by_id=side.organisation)
    await a_post(tx, side.organisation, number, Role.MEMBER)
    own = side.organisation
    return Row.of("per", number, person=number, organisations=own, registrar=own, adults=None)


async def housemate(tx: Transaction, side: Side) -> Row:
    number = await a_person(tx, household_id=side.household)
    facts = {"organisations": None, "registrar": None, "adults": side.person}
    return Row.of("per", number, person=number, **facts)


async def a_register(tx: Transaction, side: Side, state: RegisterState) -> int:
    number = tx.new_id()
    values: dict[str, Any] = {"file_name": "x", "sha256": uuid4().hex, "licence": "x"}
    values |= {"encoding": "utf-8", "mapping": {"columns": []}, "notes": [], "row_count": 0}
    await RegisterFile.create(id=number, council_id=side.council, state=state, **values)
    return number


def register(state: RegisterState) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number = await a_register(tx, side, state)
        imported = state is RegisterState.IMPORTED
        return Row.of("rgf", number, imported=imported, council=side.council)

    return made


async def proposal(tx: Transaction, side: Side) -> Row:
    register = await a_register(tx, side, RegisterState.IMPORTED)
    values: dict[str, Any] = {"kind": ProposalKind.MISSING, "state": ProposalState.OPEN}
    number = tx.new_id()
    asset = await an_asset(tx, side)
    belongs: dict[str, Any] = {"council_id": side.council, "file_id": register, "asset_id": asset}
    await Proposal.create(id=number, changes=[], **values, **belongs)
    return Row.of("prp", number, council=side.council)


async def report(tx: Transaction, side: Side) -> Row:
    values: dict[str, Any] = {"subject_kind": SubjectKind.ORGANISATION, "reason": ReportReason.SPAM}
    values |= {"subject_id": side.organisation, "state": ReportState.OPEN, "created_at": tx.now}
    number = tx.new_id()
    await Report.create(id=number, reporter_id=side.person, **values)
    await ReportCouncil.create(id=tx.new_id(), report_id=number, council_id=side.council)
    about = {"person": side.person, "council": side.council, "subject": side.organisation}
    return Row.of("rep", number, **about)


async def saved_search(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    values: dict[str, Any] = {"person_id": side.person, "name": "x", "arguments": {}}
    values |= {"created_at": tx.now, "seen_until": tx.now, "last_sent_on": tx.now.date()}
    await SavedSearch.create(id=number, **values)
    return Row.of("sse", number, person=side.person)


OPEN, WITHDRAWN = ListingState.OPEN, ListingState.WITHDRAWN
MAKERS: Final[dict[str, list[Maker]]] = (
    BIDS
    | CREDITS
    | EXCHANGES
    | VOLUNTEERING
    | DECISIONS
    | INTERESTS
    | LEDGER
    | SCORES
    | {
        "AccessToken": [access_token],
        "Appeal": [appeal],
        "Area": [area],
        "Asset": [asset],
        "AssetListing": [a_listing(ListingKind.ASSET, state) for state in (OPEN, WITHDRAWN)],
        "Block": [block],
        "Check": [check],
        "Child": [child],
        "Consent": [consent],
        "File": [a_file(public=True), a_file(public=False)],
        "Hiding": [hiding, hiding_of_a_listing],
        "Household": [household],
        "HouseholdInvitation": [household_invitation, invitation_into_a_household],
        "Invitation": [invitation, invitation_to_oneself],
        "Listing": [a_listing(ListingKind.SHOP, state) for state in (OPEN, WITHDRAWN)],
        "Membership": [membership],
        "Organisation": [organisation, hidden_organisation],
        "Passkey": [passkey],
        "Person": [registered_person, housemate],
        "Proposal": [proposal],
        "RegisterFile": [register(state) for state in (RegisterState.IMPORTED, RegisterState.READ)],
        "Report": [report],
        "SavedSearch": [saved_search],
    }
)

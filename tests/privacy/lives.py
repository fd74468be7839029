"""Somebody about whom a line of every kind is held, for what they see and what is left of them."""

from datetime import timedelta
from typing import Any

from commonweal.access import Role, Viewer
from commonweal.assets.rules import ProposalKind, ProposalState
from commonweal.assets.tables import Proposal, RegisterFile
from commonweal.credits import actions_pots as pots
from commonweal.credits.actions import open_scheme
from commonweal.credits.actions_bulk import grant_from_file
from commonweal.credits.actions_fundings import fund_pot
from commonweal.credits.actions_gifts import offer_gift
from commonweal.credits.actions_grants import grant_credits
from commonweal.credits.actions_wallets import wallet_for
from commonweal.credits.rules_bulk import Line
from commonweal.credits.tables import Grant, GrantReversal, Scheme
from commonweal.exchanges.rules import ExchangeState, HelpKind, HelpState
from commonweal.exchanges.tables import Exchange, HelpOffer
from commonweal.files.tables import File
from commonweal.handovers.rules import CaseState
from commonweal.handovers.tables_decisions import Decision
from commonweal.handovers.tables_scores import Scorer
from commonweal.kernel.ids import write_id
from commonweal.people.rules_households import ConsentPurpose
from commonweal.people.tables_households import Consent
from commonweal.people.tables_passkeys import Passkey, PasskeyChallenge
from commonweal.store.tables import IdempotencyKey
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.rules_applications import ApplicationState
from commonweal.volunteering.rules_expenses import ExpenseState
from commonweal.volunteering.rules_hours import ClaimState
from commonweal.volunteering.tables import Opportunity, Series
from commonweal.volunteering.tables_expenses import Expense
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_signups import (
    Application,
    ApplicationReference,
    Qualification,
    SignUp,
    StandingSignUp,
)
from tests.handovers.interested import a_listed_case, number
from tests.people.families import a_child, a_household
from tests.people.signing import Somebody, refused
from tests.people.stories import taken_on
from tests.safety.townspeople import Townspeople
from tests.security.matrix_volunteering import a_certificate, worked
from tests.volunteering.making import an_opportunity

CHECK = {"level": "ENHANCED", "outcome": "DISCLOSED_REFUSED", "checkedOn": "2026-11-01"}
CONSENT = "consent { id }"


async def does(somebody: Somebody, name: str, shown: str = "", /, **given: Any) -> dict[str, Any]:
    payload = await somebody.does(name, shown, **given)
    assert refused(payload) == [], (name, payload)
    return payload


async def checks_mia(town: Townspeople, name: str) -> str:
    """Somebody founds a group, takes mia on, records and reads her DBS check: the group's id."""
    group = await town.founds(name, "Carers")
    mia = await taken_on(town[name], group, town["mia"], "mia@example.org")
    await does(town[name], "recordCheck", membershipId=mia, **CHECK)
    await does(town[name], "readChecks", membershipId=mia)
    return group


async def consents_for_a_child(town: Townspeople, name: str) -> tuple[str, str]:
    """Somebody founds a household, consents for its child and revokes it: household and child."""
    household = await a_household(town[name])
    child = await a_child(town[name], household)
    given = {"childId": child, "purpose": "VOLUNTEERING"}
    consent = (await does(town[name], "giveConsent", CONSENT, **given))["consent"]["id"]
    await does(town[name], "revokeConsent", consentId=consent)
    return household, child


async def leads_a_full_life(town: Townspeople) -> None:
    """vera is an officer, an owner, a guardian and a coordinator; others act upon her."""
    vera, victor, olga = town["vera"], town["victor"], town["olga"]
    await does(vera, "setHome", longitude=-2.0781, latitude=51.9001)
    await does(vera, "saveSearch", name="Food")
    group = await checks_mia(town, "vera")
    await consents_for_a_child(town, "vera")
    await town.joins("vera", town.group, Role.MEMBER)
    hers = await _membership(town, "vera")
    await does(olga, "recordCheck", membershipId=hers, **CHECK)
    await does(olga, "readChecks", membershipId=hers)
    await does(vera, "report", subjectId=town.id("mia"), reason="FRAUD", words="She lies.")
    told = {"subjectId": town.id("vera"), "reason": "HATE", "words": "She swore at me."}
    said = await does(town["mia"], "report", "report { id }", **told)
    await does(victor, "decideReport", reportId=said["report"]["id"], upheld=False)
    hide = {"listingId": town.listing, "reason": "Wrong."}
    hidden = await does(victor, "hideListing", "hiding { id }", **hide)
    await does(vera, "appeal", hidingId=hidden["hiding"]["id"], words="It is right.")
    other = await town.founds("boris", "Others")
    await does(vera, "hideOrganisation", organisationId=other, reason="Lies.")
    bee = await does(vera, "registerPerson", "person { id }", organisationId=group, name="Mrs Bee")
    lent = await does(vera, "actFor", "token", personId=bee["person"]["id"])
    hand = Somebody(town.database, lent["token"])
    await does(hand, "leaveOrganisation", organisationId=group)
    invited = {"organisationId": town.group, "email": "Vera@Example.org", "role": "COORDINATOR"}
    await does(olga, "inviteMember", **invited)
    household = await a_household(town["sid"], "The Sids")
    await does(town["sid"], "inviteAdult", householdId=household, email="vera@example.org")
    await does(vera, "blockPerson", personId=town.id("mia"))
    await takes_part_in_a_case(town, "vera")
    await gives_and_takes_credits(town, "vera", "sid")
    await helps(town, "vera")
    await _rest(town, (await hand.viewer()).name)


async def takes_part_in_a_case(town: Townspeople, name: str) -> None:
    """Somebody asks, watches, sits on its panel with an interest, and decides it."""
    me, case = town.numbers[name], await a_listed_case(town.database, state=CaseState.PROPOSED)
    await does(town[name], "askQuestion", caseId=number(case), text="Is it dry?")
    await does(town[name], "watchAsset", assetId=town.asset)

    async def work(tx: Transaction) -> None:
        interest: dict[str, Any] = {"conflicted_at": tx.now, "interest": "My sister is its chair."}
        belongs: dict[str, Any] = {"round_id": case.round_id, "person_id": me}
        await Scorer.create(id=tx.new_id(), named_at=tx.now, **belongs, **interest)
        await Decision.create(
            id=tx.new_id(), case_id=case.id, number=1, rules={}, maker_id=me, confirmed_by_id=me
        )

    await in_transaction(town.database, work)


async def helps(town: Townspeople, name: str) -> None:
    """Somebody has a place in a shift that is to come."""
    made = await an_opportunity(town.database)
    assert refused(await made.joins(town[name])) == []
    await does(town[name], "makeCalendarAddress")
    await does(town[name], "setEmergencyContact", name="Mum", phone="01242 700000")
    me = town.numbers[name]

    async def work(tx: Transaction) -> None:
        row = await SignUp.get(person_id=me)
        by: dict[str, Any] = {"person_id": me, "decided_by_id": me, "sign_up_id": row.id}
        by |= {"words": "Raked.", "state": ClaimState.APPROVED}
        values = await worked(tx, row.shift_id)
        await HoursClaim.create(id=tx.new_id(), **by, **values)
        theirs: dict[str, Any] = {"person_id": me, "at": tx.now}
        of = values["opportunity_id"]
        rule: dict[str, Any] = {"rule": "FREQ=DAILY", "starts_on": tx.now.date(), "roles": []}
        series = await Series.create(
            id=tx.new_id(), opportunity_id=of, starts_minute=0, minutes=9, **rule
        )
        await StandingSignUp.create(
            id=tx.new_id(), series_id=series.id, role_name="Digger", **theirs
        )
        await Qualification.create(id=tx.new_id(), term_id=1, **theirs)
        said: dict[str, Any] = {"answers": ["Yes."], "state": ApplicationState.APPLIED}
        applied = await Application.create(
            id=tx.new_id(), opportunity_id=of, decided_by_id=me, **said, **theirs
        )
        await ApplicationReference.create(
            id=tx.new_id(), application_id=applied.id, words="Good.", recorded_by_id=me, **theirs
        )
        paid: dict[str, Any] = {"pence": 240, "what": "The bus", "state": ExpenseState.PAID}
        paid |= {"decided_by_id": me, "paid_by_id": me, "submitted_at": tx.now}
        organisation = (await Opportunity.get(id=of)).organisation_id
        await Expense.create(
            id=tx.new_id(), organisation_id=organisation, sign_up_id=row.id, person_id=me, **paid
        )
        other: dict[str, Any] = {"person_id": town.numbers["sid"], "at": tx.now}
        applied = await Application.create(id=tx.new_id(), opportunity_id=of, **said, **other)
        await ApplicationReference.create(
            id=tx.new_id(), application_id=applied.id, words="Good.", recorded_by_id=me, **other
        )
        await a_certificate(tx, me, row.shift_id)
        sides: dict[str, Any] = {"giver_id": me, "receiver_id": other["person_id"]}
        sides |= {"minutes": 10, "words": "Thank you.", "answered_by_id": me, "at": tx.now}
        scheme = await Scheme.first()
        assert scheme
        asked: dict[str, Any] = {"title": "A lift", "description": "x", "kind": HelpKind.OFFER}
        asked |= {"state": HelpState.CLOSED, "created_at": tx.now, "scheme_id": scheme.id}
        help_offer = await HelpOffer.create(id=tx.new_id(), person_id=me, **asked)
        sides |= {"offer_id": help_offer.id, "scheme_id": scheme.id, "settled_by_id": me}
        await Exchange.create(id=tx.new_id(), state=ExchangeState.SETTLED, **sides)
        if grant := await Grant.filter(person_id=me).first():
            back: dict[str, Any] = {"grant_id": grant.id, "reversed_by_id": me}
            await GrantReversal.create(id=tx.new_id(), reversed_at=tx.now, **back)

    await in_transaction(town.database, work)


async def gives_and_takes_credits(town: Townspeople, name: str, other: str) -> None:
    """Somebody funds a pot, grants from it to both, and gets and gives a gift."""
    me, them = town.numbers[name], town.numbers[other]

    async def work(tx: Transaction) -> None:
        mine, theirs = (Viewer(id=each, name=write_id("per", each)) for each in (me, them))
        named: dict[str, Any] = {"council_id": town.council, "name": "Hours"}
        scheme = await open_scheme(tx, mine, **named, sole_grant_minutes=40)
        opened = await pots.open_pot(tx, mine, scheme_id=scheme["scheme"], name="Hall")
        day = tx.now.date()
        words: dict[str, Any] = {"purpose": "A warm hall.", "document_reference": "CAB/1"}
        words |= {"since": day, "until": day + timedelta(days=9)}
        await fund_pot(tx, mine, pot_id=opened["pot"], minutes=600, **words)
        gifts = ((me, mine, "x@example.org"), (them, theirs, f"{name}@example.org"))
        for person, viewer, to in gifts:
            given: dict[str, Any] = {"person_id": person, "minutes": 30, "purpose": "Tea"}
            granter = theirs if person == me else mine
            await grant_credits(tx, granter, pot_id=opened["pot"], **given)
            more = given | {"minutes": 50}  # for two to decide
            await grant_credits(tx, granter, pot_id=opened["pot"], **more)
            wallet = await wallet_for(tx, scheme["scheme"], person_id=person)
            gift: dict[str, Any] = {"email": to, "minutes": 10, "words": "Yours."}
            await offer_gift(tx, viewer, wallet_id=wallet.id, **gift)
        line = Line(2, f"{name}@example.org", 5, "Paths")
        sent: dict[str, Any] = {"reference": "May", "name": "a.csv", "lines": [line]}
        await grant_from_file(tx, mine, pot_id=opened["pot"], **sent)

    await in_transaction(town.database, work)


MEMBERS = "{ me { memberships { edges { node { id organisation { id } } } } } }"


async def _membership(town: Townspeople, name: str) -> str:
    edges = (await town[name].asks(MEMBERS))["me"]["memberships"]["edges"]
    [number] = [e["node"]["id"] for e in edges if e["node"]["organisation"]["id"] == town.group]
    return str(number)


async def _rest(town: Townspeople, hand: str) -> None:
    """What takes devices, registers or years to come about."""
    me, sid = town.numbers["vera"], town.numbers["sid"]

    async def work(tx: Transaction) -> None:
        dated: dict[str, Any] = {"id": tx.new_id(), "created_at": tx.now}
        await Passkey.create(
            **dated, person_id=me, label="phone", credential_id="c", public_key=b"k", sign_count=1
        )
        await PasskeyChallenge.create(challenge="c", person_id=me, expires_at=tx.now)
        await File.create(
            **dated, sha256="0", name="a", media_type="image/png", size_bytes=1, owner_id=me,
            is_public=True,
        )  # fmt: skip
        purpose = ConsentPurpose.VOLUNTEERING
        await Consent.create(
            id=tx.new_id(), child_id=me, given_by_id=sid, purpose=purpose, since=tx.now
        )
        for actor in ((await town["vera"].viewer()).name, hand):
            await IdempotencyKey.create(
                id=tx.new_id(), actor=actor, key="k", operation="o", fingerprint="f",
                facts={"child": tx.new_id()}, claimed_at=tx.now,
            )  # fmt: skip
        file = await RegisterFile.create(
            id=tx.new_id(), council_id=town.council, file_name="a.csv", sha256="0", licence="OGL",
            encoding="utf-8", mapping={}, notes=[], row_count=0,
        )  # fmt: skip
        await Proposal.create(
            id=tx.new_id(), council_id=town.council, file_id=file.id, kind=ProposalKind.NEW,
            state=ProposalState.REFUSED, changes=[], decided_at=tx.now,
            decided_by=(await town["vera"].viewer()).name, refusal="No.",
        )  # fmt: skip

    await in_transaction(town.database, work)

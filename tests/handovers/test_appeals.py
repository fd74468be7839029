"""Appeals freeze a case, and go back to the stage that is named: over the API, on both engines."""

import asyncio

import pytest

from commonweal.access import Role
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables_decisions import Award, CaseAppeal, Decision
from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Membership
from commonweal.store.audit import Entry, record
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.handovers.decided import DAY, LEASE, Deciding, codes, deciding
from tests.people.signing import Somebody, an_officer_of, signed_in


async def decided(database: Database, *been: str) -> Deciding:
    """A case that is decided; its audit says where it has been."""
    of = await deciding(database)
    await has_been(of, *been or ("listed", "eoi_closed", "business_case", "assessment"))
    assert await of.decides(**LEASE) == []
    return of


async def has_been(of: Deciding, *states: str) -> None:
    async def work(tx: Transaction) -> None:
        for state in states:
            await record(tx, "system:test", [Entry("cas", of.case.id, "be", {"state": state})])

    await in_transaction(of.officer.database, work)


async def a_member(database: Database, of: Deciding, at: int, name: str) -> Somebody:
    person = await signed_in(database, f"{name}@example.org")
    viewer = await person.viewer()

    async def work(tx: Transaction) -> None:
        await Membership.create(
            id=tx.new_id(),
            organisation_id=of.bidders[at].id,
            person_id=viewer.id,
            role=Role.COORDINATOR,
            since=tx.now,
        )

    await in_transaction(database, work)
    return person


async def appeals(of: Deciding, person: Somebody, at: int) -> tuple[list[str], str]:
    given = {"organisationId": write_id("org", of.bidders[at].id), "caseId": of.id}
    payload = await person.does(
        "appealDecision", "appeal { id }", **given, grounds="Our costs were not read."
    )
    return codes(payload), (payload["appeal"] or {}).get("id", "")


async def ends(officer: Somebody, appeal: str, upheld: bool, stage: str | None = None) -> list[str]:
    given = {"appealId": appeal, "upheld": upheld, "reasons": "We looked."}
    if stage:
        given["reopensAt"] = stage
    return codes(await officer.does("decideCaseAppeal", "appeal { id }", **given))


async def test_an_appeal_freezes_everything_until_it_is_decided(database: Database) -> None:
    """Invariant 24."""
    of = await decided(database)
    ann = await a_member(database, of, 1, "ann")
    refused, appeal = await appeals(of, ann, 1)
    assert refused == []
    assert await of.state() is CaseState.APPEAL
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == ["WRONG_STATE"]
    assert await of.asks("fallBack", reason="x") == ["WRONG_STATE"]
    assert (await appeals(of, ann, 1))[0] == ["APPEAL_OPEN"]
    assert await ends(of.officer, appeal, False) == ["OWN_DECISION"]
    other = await an_officer_of(database, of.council.id)
    assert await ends(other, appeal, False) == []
    assert await of.state() is CaseState.DECIDED
    assert len(await of.live()) == 1
    assert await ends(other, appeal, True) == ["APPEAL_DECIDED"]


@pytest.mark.parametrize(
    ("stage", "entries"),
    [
        ("DUE_DILIGENCE", [EntryState.CHOSEN, EntryState.RESERVE, EntryState.ENTERED]),
        ("ASSESSMENT", [EntryState.ENTERED] * 3),
        ("EOI_CLOSED", [EntryState.ENTERED] * 3),
    ],
)
async def test_an_upheld_appeal_reopens_at_the_stage_it_names_and_erases_nothing(
    database: Database, stage: str, entries: list[EntryState]
) -> None:
    """Invariant 24."""
    of = await decided(database)
    ann = await a_member(database, of, 2, "ann")
    _, appeal = await appeals(of, ann, 2)
    other = await an_officer_of(database, of.council.id)
    assert await ends(other, appeal, True, stage) == []
    assert (await of.state()).name == stage
    assert await of.entries() == entries
    assert await of.live() == []
    assert await Award.filter(case_id=of.case.id).count() == 1
    set_aside = await Decision.get(case_id=of.case.id)
    assert set_aside.set_aside_at
    assert set_aside.decided_at
    shown = await ann.asks(f'{{ decision(id: "{write_id("dec", set_aside.id)}") {{ reasons }} }}')
    assert shown["decision"] == {"reasons": "The best bid."}, "what was published stays"


async def test_of_several_appeals_the_last_one_decides_when_it_goes_on_and_the_earliest_stage_where(
    database: Database,
) -> None:
    """Invariant 24."""
    of = await decided(database)
    ann, bob = await a_member(database, of, 1, "ann"), await a_member(database, of, 2, "bob")
    _, one = await appeals(of, ann, 1)
    refused, two = await appeals(of, bob, 2)
    assert refused == []
    other = await an_officer_of(database, of.council.id)
    assert await ends(other, one, True, "ASSESSMENT") == []
    assert await of.state() is CaseState.APPEAL
    assert await ends(other, two, True, "DUE_DILIGENCE") == []
    assert await of.state() is CaseState.ASSESSMENT


async def test_it_goes_back_only_to_where_it_has_been(database: Database) -> None:
    """Invariant 24."""
    of = await decided(database, "assessment")
    ann = await a_member(database, of, 1, "ann")
    _, appeal = await appeals(of, ann, 1)
    other = await an_officer_of(database, of.council.id)
    assert await ends(other, appeal, True, "EOI_CLOSED") == ["CANNOT_REOPEN_AT"]
    assert await ends(other, appeal, True, "COMPLETED") == ["CANNOT_REOPEN_AT"]
    assert await ends(other, appeal, True) == []
    assert await of.state() is CaseState.DECIDED, "upheld, and nothing is changed by it"


async def test_only_who_bid_may_appeal_and_only_they_and_officers_see_it(
    database: Database,
) -> None:
    of = await decided(database)
    stranger = await deciding(database, bids=1)
    sid = await a_member(database, stranger, 0, "sid")
    given = {"organisationId": write_id("org", stranger.bidders[0].id), "caseId": of.id}
    payload = await sid.does("appealDecision", **given, grounds="Unfair.")
    assert codes(payload) == ["NOT_A_BIDDER"]
    ann = await a_member(database, of, 1, "ann")
    await appeals(of, ann, 1)
    query = f'{{ case(id: "{of.id}") {{ appeals {{ totalCount }} }} }}'
    seen = [
        (await asker.asks(query))["case"]["appeals"]["totalCount"]
        for asker in (ann, of.officer, sid)
    ]
    assert seen == [1, 1, 0]


async def test_a_completion_and_an_appeal_at_once_are_not_both(database: Database) -> None:
    """Invariant 24."""
    of = await decided(database)
    assert await of.asks("agreeTerms", agreedOn=str(DAY)) == []
    ann = await a_member(database, of, 1, "ann")
    keys = {"completedOn": str(DAY), "deedReference": "WM1"}
    done, (refused, _) = await asyncio.gather(of.asks("completeCase", **keys), appeals(of, ann, 1))
    assert bool(done) != bool(refused)
    assert {*done, *refused} <= {"WRONG_STATE", "TRY_AGAIN"}
    assert await CaseAppeal.all().count() == (not refused)

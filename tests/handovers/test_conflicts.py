"""A conflict takes a scorer out of the round: what they see, what they gave, what comes of it."""

import pytest

from commonweal.access import Role
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case, Round
from commonweal.handovers.tables_bids import BidEntry
from commonweal.handovers.tables_scores import Result, Scorer
from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Membership
from commonweal.people.tables_partners import Partner
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.handovers.panels import Assessed, Judge, assessed, at_once


async def declares(judge: Judge, conflict: str = "My sister chairs it.") -> list[str]:
    payload = await judge.person.does(
        "declareConflict", "scorer { id }", scorerId=judge.id, conflict=conflict
    )
    return [error["code"] for error in payload["userErrors"]]


async def joins(database: Database, judge: Judge, organisation_id: int) -> None:
    async def work(tx: Transaction) -> None:
        await Membership.create(
            id=tx.new_id(),
            organisation_id=organisation_id,
            person_id=judge.row.person_id,
            role=Role.MEMBER,
            since=tx.now,
        )

    await in_transaction(database, work)


async def bid_is_seen(of: Assessed, judge: Judge) -> bool:
    query = f'{{ bid(id: "{of.bid(0)}") {{ id }} }}'
    return (await judge.person.asks(query))["bid"] is not None


async def test_a_conflict_declared_after_scoring_is_computed_without_them_and_the_old_stays(
    database: Database,
) -> None:
    """Invariant 13."""
    of = await assessed(database)
    one, other = of.judges
    await of.all_in(("55", "11"), ("33", "44"))
    [before] = await of.results()
    assert before["places"][0] == [of.bid(0)]
    absence = [{"scorer": one.id, "winner": of.bid(1)}]
    assert [a for a in before["sensitivity"]["absences"] if a["scorer"] == one.id] == absence
    assert await declares(one) == []
    old, new = await of.results()
    assert old == before
    assert new["places"][0] == [of.bid(1)]
    assert new["voided"] == [one.id]
    assert new["cause"] == "A scorer has a conflict of interest."
    assert await of.seen(one.person) == (0, 0)
    assert await of.results(one.person) == []
    assert not await bid_is_seen(of, one)
    assert await bid_is_seen(of, other)
    assert await of.score(one, 0, "Need", 1) == ["NOT_ALLOWED"]
    assert await declares(one) == ["ALREADY_DECLARED"]


async def test_an_officer_records_a_conflict_that_was_not_declared(database: Database) -> None:
    """Invariant 13."""
    of = await assessed(database)
    given = {"scorerId": of.judges[0].id, "conflict": "Owns the house next door."}
    told = await of.officer.does("recordConflict", "scorer { conflict }", **given)
    assert told["scorer"] == {"conflict": "Owns the house next door."}
    empty = await of.officer.does("recordConflict", **(given | {"conflict": " "}))
    assert [error["code"] for error in empty["userErrors"]] == ["TEXT_LENGTH"]


@pytest.mark.parametrize("through", ["itself", "a partner"])
async def test_who_belongs_to_a_bidder_sees_and_scores_nothing_though_nobody_declared_it(
    database: Database, through: str
) -> None:
    """Invariant 13: a consortium's partners are bidders too."""
    of = await assessed(database, bids=3)
    judge, bidder = of.judges[0], of.bidders[1].id
    body = bidder if through == "itself" else of.bidders[2].id
    if through == "a partner":
        await takes_part(database, bidder, body)
        await of_nobody(of, 2)
    assert await bid_is_seen(of, judge)
    await joins(database, judge, body)
    assert not await bid_is_seen(of, judge)
    assert await of.seen(judge.person) == (0, 0)
    assert await of.score(judge, 0, "Need", 5) == ["NOT_ALLOWED"]


async def takes_part(database: Database, consortium_id: int, organisation_id: int) -> None:
    async def work(tx: Transaction) -> None:
        await Partner.create(
            id=tx.new_id(),
            consortium_id=consortium_id,
            organisation_id=organisation_id,
            invited_at=tx.now,
            since=tx.now,
        )

    await in_transaction(database, work)


async def of_nobody(of: Assessed, at: int) -> None:
    """So that the partner bids by its consortium alone."""
    await type(of.bids[at]).filter(id=of.bids[at].id).update(state="withdrawn")


async def test_a_score_and_a_declaration_at_once_leave_no_score_of_theirs_in_the_result(
    database: Database,
) -> None:
    """Invariant 13."""
    of = await assessed(database)
    one, other = of.judges
    await of.scores(one, 0, "55")
    await of.score(one, 1, "Need", 1)
    await of.scores(other, 0, "33")
    await of.scores(other, 1, "44")
    await at_once(database, of.round, of.score(one, 1, "Money", 1), declares(one))
    assert (await Scorer.get(id=one.row.id)).conflicted_at
    last = await Result.filter(case_id=of.case.id).order_by("-number").first()
    assert last is not None, "without them all are in, whoever was first"
    assert last.voided == [one.id]
    assert last.places[0] == [of.bid(1)]


async def test_before_bids_are_opened_nothing_says_who_bids(database: Database) -> None:
    """Invariant 7: naming a scorer who belongs to a bidder is not refused."""
    of = await assessed(database)
    await Round.filter(id=of.round.id).update(bids_opened_at=None)
    await joins(database, of.judges[0], of.bidders[0].id)
    query = "query($id: ID!) { round(id: $id) { panel { edges { node { conflictedAt } } } } }"
    shown = await of.officer.asks(query, id=write_id("rnd", of.round.id))
    found = shown["round"]["panel"]["edges"]
    assert [edge["node"]["conflictedAt"] for edge in found] == [None, None]


async def test_a_conflict_declared_after_the_recommendation_brings_the_case_back(
    database: Database,
) -> None:
    """Invariant 13: the chosen bid is first without them, or it is chosen anew."""
    of = await assessed(database)
    await of.all_in(("55", "11"), ("33", "44"))
    recommended = await of.officer.does("recommend", "case { state }", caseId=of.id)
    assert recommended["case"] == {"state": "DUE_DILIGENCE"}
    assert await declares(of.judges[0]) == []
    assert (await Case.get(id=of.case.id)).state is CaseState.ASSESSMENT
    states = {entry.state for entry in await BidEntry.filter(case_id=of.case.id)}
    assert states == {EntryState.ENTERED}
    await of.officer.does("recommend", "case { state }", caseId=of.id)
    chosen = await BidEntry.get(case_id=of.case.id, state=EntryState.CHOSEN)
    assert chosen.bid_id == of.bids[1].id


async def test_a_conflict_that_changes_nothing_brings_nothing_back(database: Database) -> None:
    """Invariant 13."""
    of = await assessed(database)
    await of.all_in(("55", "11"), ("44", "33"))
    await of.officer.does("recommend", "case { state }", caseId=of.id)
    assert await declares(of.judges[0]) == []
    assert (await Case.get(id=of.case.id)).state is CaseState.DUE_DILIGENCE

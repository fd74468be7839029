"""Scores, what they come to, and who is recommended by them: over the API, on both engines."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from commonweal.access import Role
from commonweal.handovers.rules import CaseState
from commonweal.handovers.rules_assessment import LastResort
from commonweal.handovers.rules_bidders import EntryState
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_bids import BidEntry
from commonweal.handovers.tables_decisions import Decision
from commonweal.handovers.tables_scores import Score
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.conftest import TODAY
from tests.handovers.panels import Assessed, assessed, at_once
from tests.people.signing import refused, signed_in
from tests.people.stories import taken_on
from tests.people.test_councils import appointed


async def recommends(of: Assessed, **given: Any) -> list[str]:
    payload = await of.officer.does("recommend", "case { state }", caseId=of.id, **given)
    return [error["code"] for error in payload["userErrors"]]


async def entry_states(of: Assessed) -> list[EntryState]:
    rows = await BidEntry.filter(case_id=of.case.id).order_by("id")
    return [row.state for row in rows]


async def test_a_panel_is_of_the_councils_own_people(database: Database) -> None:
    council = await appointed(database, "E07000078", "olga@example.org")
    owner_asks = await signed_in(database, "olga@example.org")
    officer = await signed_in(database, "otto@example.org")
    await taken_on(owner_asks, council, officer, "otto@example.org", Role.OFFICER)
    judge = await signed_in(database, "judy@example.org")
    await taken_on(owner_asks, council, judge, "judy@example.org", Role.ASSESSOR)
    stranger = await signed_in(database, "sid@example.org")
    of = await assessed(database, judges=0)
    rnd = write_id("rnd", of.round.id)
    colleague = write_id("per", (await judge.viewer()).id or 0)
    named = await officer.does(
        "nameScorer", "scorer { id person { id } }", roundId=rnd, personId=colleague
    )
    assert named["userErrors"] == []
    assert named["scorer"]["person"]["id"] == colleague
    for person, code in ((colleague, "ALREADY_SCORER"), (stranger, "NOT_FOUND")):
        given = (
            person if isinstance(person, str) else write_id("per", (await person.viewer()).id or 0)
        )
        again = await officer.does("nameScorer", roundId=rnd, personId=given)
        assert [error["code"] for error in again["userErrors"]] == [code]
    panels = await judge.asks("{ me { panels { edges { node { round { title } } } } } }")
    assert panels["me"]["panels"]["edges"] == [{"node": {"round": {"title": "Spring round"}}}]


async def test_nobody_sees_anothers_score_before_all_are_in_and_then_the_panel_does(
    database: Database,
) -> None:
    """Invariant 15: not by lists, not by counts."""
    of = await assessed(database)
    one, other = of.judges
    assert await of.scores(one, 0, "55") == []
    assert await of.scores(one, 1, "33") == []
    assert await of.scores(other, 0, "44") == []
    assert await of.score(other, 1, "Need", 3) == []
    stranger = await signed_in(database, "sid@example.org")
    before = [await of.seen(each) for each in (one.person, other.person, of.officer, stranger)]
    assert before == [(4, 4), (3, 3), (0, 0), (0, 0)]
    assert await of.results() == []
    assert await recommends(of) == ["SCORES_MISSING"]
    assert await of.score(other, 1, "Money", 3) == []
    after = [await of.seen(each) for each in (one.person, other.person, of.officer, stranger)]
    assert after == [(8, 8), (8, 8), (8, 8), (0, 0)]
    [result] = await of.results()
    assert result["places"] == [[of.bid(0)], [of.bid(1)]]
    assert await of.results(stranger) == [], "the public learns it with the decision"


async def test_a_result_explains_itself_and_is_exact(database: Database) -> None:
    """Invariant 14."""
    of = await assessed(database, judges=3)
    await of.all_in(("55", "33"), ("44", "34"), ("43", "35"))
    [result] = await of.results()
    first = result["totals"][0]
    assert first["bid"] == of.bid(0)
    assert first["points"] == [
        {"criterion": "Need", "weight": 6000, "points": "13/3", "of": 5},
        {"criterion": "Money", "weight": 4000, "points": "4", "of": 5},
    ]
    assert first["total"] == "8400"
    assert result["explains"][0] == (
        f"{of.bid(0)} has 8,400 of 10,000: "
        "Need 4.33 of 5 (weight 60 %); Money 4 of 5 (weight 40 %)."
    )
    assert result["sensitivity"]["holds"] is True
    assert result["cause"] == "All scores are in."


@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
async def test_no_score_and_no_result_is_edited_whoever_asks(
    database: Database, change: str
) -> None:
    """Invariant 14."""
    of = await assessed(database)
    await of.all_in(("55", "33"), ("44", "33"))
    for table, what in (("score", "points = 1"), ("result", "places = '[]'")):
        with pytest.raises((IntegrityError, OperationalError), match="append-only"):
            await database.client.execute_query(change.format(table, what))


async def test_a_score_is_thought_over_with_a_reason_and_both_are_kept(database: Database) -> None:
    """Invariants 14 and 15: moderation supersedes."""
    of = await assessed(database)
    await of.all_in(("33", "34"), ("33", "33"))
    assert await of.score(of.judges[0], 0, "Need", 5, "The lease is signed.") == []
    before, after = await of.results()
    assert before["places"][0] == [of.bid(1)]
    assert (after["places"][0], after["cause"]) == ([of.bid(0)], "Moderated.")
    assert await Score.filter(case_id=of.case.id).count() == 9


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"points": 0}, "SCORE_OFF_SCALE"),
        ({"points": 6}, "SCORE_OFF_SCALE"),
        ({"reason": " \n "}, "TEXT_LENGTH"),
        ({"reason": "\u200b\u202e"}, "TEXT_LENGTH"),
        ({"reason": "x" * 10_000}, "TEXT_LENGTH"),
        ({"criterion": "Charm"}, "CRITERION_UNKNOWN"),
    ],
)
async def test_a_score_that_is_none_is_refused(
    database: Database, given: dict[str, Any], code: str
) -> None:
    """Invariant 14."""
    of = await assessed(database)
    values: dict[str, Any] = {"criterion": "Need", "points": 3, "reason": "So."} | given
    assert await of.score(of.judges[0], 0, **values) == [code]
    assert await Score.all().count() == 0


@pytest.mark.parametrize("points", ["3.5", '"3"', "true", "null"])
async def test_points_are_whole_numbers(database: Database, points: str) -> None:
    """Invariant 14: the language itself refuses the rest."""
    of = await assessed(database)
    query = f"""mutation {{ recordScore(input: {{caseId: "{of.id}", bidId: "{of.bid(0)}",
      criterion: "Need", points: {points}, reason: "So."}}) {{ userErrors {{ __typename }} }} }}"""
    with pytest.raises(AssertionError, match="Int"):
        await of.judges[0].person.asks(query)


async def test_strangers_officers_and_bidders_score_nothing(database: Database) -> None:
    of = await assessed(database)
    stranger = await signed_in(database, "sid@example.org")
    given = {"caseId": of.id, "bidId": of.bid(0), "criterion": "Need", "points": 3, "reason": "So."}
    for asker, code in ((stranger, "NOT_ALLOWED"), (of.officer, "SCOPE_LACKING")):
        payload = await asker.does("recordScore", "score { id }", **given)
        assert [error["code"] for error in payload["userErrors"]] == [code]


async def test_below_the_least_points_a_bid_is_not_awardable_whatever_its_total(
    database: Database,
) -> None:
    """Invariant 17."""
    of = await assessed(database)
    await of.all_in(("15", "33"), ("15", "22"))
    [result] = await of.results()
    assert result["totals"][0]["failed"] == ["Need"]
    assert result["places"] == [[of.bid(1)]]
    assert await recommends(of) == []
    assert await entry_states(of) == [EntryState.ENTERED, EntryState.CHOSEN]


async def test_nothing_is_recommended_where_nothing_is_awardable(database: Database) -> None:
    """Invariant 17."""
    of = await assessed(database)
    await of.all_in(("11", "11"), ("11", "11"))
    assert await recommends(of) == ["NOTHING_AWARDABLE"]


async def test_a_tie_is_broken_by_the_rule_that_was_fixed_before(database: Database) -> None:
    """Invariant 14: the better in Need is first."""
    of = await assessed(database, criteria=even())
    await of.all_in(("42", "33"), ("42", "33"))
    [result] = await of.results()
    assert result["places"] == [[of.bid(0)], [of.bid(1)]]


async def test_where_no_rule_parts_them_people_choose_with_a_reason(database: Database) -> None:
    of = await assessed(database, bids=3, ties=[])
    await of.all_in(("33", "33", "22"), ("33", "33", "22"))
    assert await recommends(of) == ["TIE_NOT_BROKEN"]
    assert await recommends(of, bidId=of.bid(2), reason="Near.") == ["NOT_FIRST"]
    for none in ({}, {"reason": " "}):
        assert await recommends(of, bidId=of.bid(1), **none) == ["TIE_NOT_BROKEN"]
    assert await recommends(of, bidId=of.bid(1), reason="x" * 4_001) == ["TEXT_LENGTH"]
    assert await recommends(of, bidId=of.bid(1), reason="They are nearer.") == []
    before, after = await of.results()
    assert before["places"] == [[of.bid(0), of.bid(1)], [of.bid(2)]]
    assert after["places"] == [[of.bid(1)], [of.bid(0)], [of.bid(2)]]
    assert after["cause"].endswith(f"{of.bid(1)} was chosen: They are nearer.")
    assert (await Case.get(id=of.case.id)).reason is None, "published with the decision"
    wanted = [EntryState.RESERVE, EntryState.CHOSEN, EntryState.ENTERED]
    assert await entry_states(of) == wanted


async def test_of_tied_bids_the_earliest_is_first_where_the_round_says_so(
    database: Database,
) -> None:
    of = await assessed(database, ties=[], last_resort=LastResort.EARLIEST)
    await of.all_in(("33", "33"), ("33", "33"))
    assert await recommends(of) == []
    assert await entry_states(of) == [EntryState.CHOSEN, EntryState.RESERVE]


async def test_when_a_bid_leaves_the_assessment_is_computed_without_it(database: Database) -> None:
    """Invariants 9 and 11."""
    of = await assessed(database, bids=3)
    await of.all_in(("55", "44", "33"), ("55", "34", "33"))
    given = {"bidId": of.bid(0), "reason": "The charity was dissolved."}
    assert refused(await of.officer.does("loseEligibility", **given)) == []
    before, after = await of.results()
    assert before["places"][0] == [of.bid(0)]
    assert after["places"] == [[of.bid(1)], [of.bid(2)]]
    assert after["cause"] == "A bid has left."
    assert await of.score(of.judges[0], 0, "Need", 3) == ["BID_NOT_SCORED"]


async def test_what_is_recommended_is_scored_no_more(database: Database) -> None:
    of = await assessed(database)
    await of.all_in(("55", "33"), ("55", "33"))
    assert await recommends(of) == []
    assert await of.score(of.judges[0], 1, "Need", 5) == ["WRONG_STATE"]
    assert await recommends(of) == ["WRONG_STATE"]


async def test_a_result_is_public_once_the_case_is_decided_and_scores_are_not(
    database: Database,
) -> None:
    of, stranger = await assessed(database), await signed_in(database, "sid@example.org")
    await of.all_in(("55", "33"), ("55", "33"))
    decision: dict[str, Any] = {"id": database.new_id(), "case_id": of.case.id, "number": 1}
    await Decision.create(rules={}, **decision)
    assert await of.results(stranger) == [], "one that is prepared"
    await Decision.filter(id=decision["id"]).update(decided_at=TODAY)
    assert await of.results(stranger) == await of.results()
    assert await of.seen(stranger) == (0, 0)


async def test_two_who_give_the_last_scores_at_once_make_one_result(database: Database) -> None:
    of = await assessed(database)
    one, other = of.judges
    for judge in of.judges:
        await of.scores(judge, 0, "44")
        await of.score(judge, 1, "Need", 3)
    last = (of.score(each, 1, "Money", 3) for each in (one, other))
    done = await at_once(database, of.round, *last)
    assert done == [[], []]
    assert [each["number"] for each in await of.results()] == [1]
    assert await Score.filter(case_id=of.case.id).count() == 8


async def test_of_two_who_recommend_at_once_one_does(database: Database) -> None:
    of = await assessed(database)
    await of.all_in(("55", "33"), ("44", "33"))
    done = await at_once(database, of.round, recommends(of), recommends(of))
    assert sorted(done) == [[], ["WRONG_STATE"]]
    assert (await Case.get(id=of.case.id)).state is CaseState.DUE_DILIGENCE
    assert await entry_states(of) == [EntryState.CHOSEN, EntryState.RESERVE]


async def test_feedback_goes_to_who_was_not_chosen(database: Database) -> None:
    of = await assessed(database)
    entries = await BidEntry.filter(case_id=of.case.id).order_by("id")
    given = {"entryId": write_id("ent", entries[1].id), "text": "Costs were not shown."}
    early = await of.officer.does("giveFeedback", **given)
    assert [error["code"] for error in early["userErrors"]] == ["FEEDBACK_TOO_EARLY"]
    await BidEntry.filter(id=entries[1].id).update(state=EntryState.NOT_CHOSEN)
    told = await of.officer.does("giveFeedback", "entry { feedback }", **given)
    assert told["entry"] == {"feedback": "Costs were not shown."}
    long = await of.officer.does("giveFeedback", **(given | {"text": "x" * 10_001}))
    assert [error["code"] for error in long["userErrors"]] == ["TEXT_LENGTH"]


def even() -> list[dict[str, Any]]:
    return [
        {"name": name, "weight": 5000, "scale": "ONE_TO_FIVE", "least": 1}
        for name in ("Need", "Money")
    ]

"""Who joins a panel and when, and who is taken off it though nobody declared anything."""

from datetime import timedelta

from commonweal.access import Role
from commonweal.handovers.actions_panel import BELONGS
from commonweal.handovers.rules_panel import PANEL
from commonweal.handovers.tables import Round
from commonweal.handovers.tables_scores import Scorer
from commonweal.kernel.ids import write_id
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.handovers.panels import Assessed, Judge, a_scorer, assessed, at_once
from tests.handovers.test_conflicts import declares, joins
from tests.handovers.test_scores import recommends
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import taken_on
from tests.people.test_councils import appointed

MINUTE = timedelta(minutes=1)


async def an_officer(database: Database) -> Somebody:
    council = await appointed(database, "E07000078", "olga@example.org")
    owner = await signed_in(database, "olga@example.org")
    officer = await signed_in(database, "otto@example.org")
    await taken_on(owner, council, officer, "otto@example.org", Role.OFFICER)
    return officer


async def names_themselves(of: Assessed, officer: Somebody) -> list[str]:
    person = write_id("per", (await officer.viewer()).id or 0)
    given = {"roundId": write_id("rnd", of.round.id), "personId": person}
    return refused(await officer.does("nameScorer", **given))


async def interest_of(judge: Judge) -> str | None:
    return (await Scorer.get(id=judge.row.id)).interest


async def test_of_two_who_name_one_person_at_once_the_second_is_told(database: Database) -> None:
    of, officer = await assessed(database, judges=0), await an_officer(database)
    twice = (names_themselves(of, officer) for _ in range(2))
    done = await at_once(database, of.round, *twice)
    assert sorted(done) == [[], ["ALREADY_SCORER"]]
    assert await Scorer.all().count() == 1


async def test_a_panel_has_no_more_than_so_many(database: Database) -> None:
    of, officer = await assessed(database, judges=0), await an_officer(database)

    async def crowded(tx: Transaction) -> None:
        for _ in range(PANEL.value):
            person = await Person.create(id=tx.new_id(), name="Sam Vale", created_at=tx.now)
            seat = {"round_id": of.round.id, "person_id": person.id}
            await Scorer.create(id=tx.new_id(), named_at=tx.now, **seat)

    await in_transaction(database, crowded)
    assert await names_themselves(of, officer) == ["PANEL_FULL"]
    await Scorer.filter(id=(await Scorer.all().first() or Scorer()).id).delete()
    assert await names_themselves(of, officer) == []


async def test_once_scores_are_all_in_nobody_is_added_who_could_turn_the_result(
    database: Database,
) -> None:
    """Invariant 15: but where nobody is left somebody has to be."""
    of, officer = await assessed(database), await an_officer(database)
    await of.all_in(("55", "11"), ("33", "44"))
    assert await names_themselves(of, officer) == ["PANEL_FIXED"]
    assert [await declares(judge) for judge in of.judges] == [[], []]
    assert await recommends(of) == ["NOBODY_SCORES"]
    assert await names_themselves(of, officer) == []


async def test_who_joins_late_scores_as_blind_as_the_others_did(
    database: Database, advance: Advance
) -> None:
    """Invariant 15."""
    of = await assessed(database, judges=1)
    await of.all_in(("55", "11"))
    await advance(MINUTE)
    person = await signed_in(database, "late@example.org")
    late = Judge(person, await a_scorer(database, of.round, person))
    assert await of.seen(late.person) == (0, 0)
    assert await of.results(late.person) == []
    assert await of.scores(late, 0, "11") == []
    assert await of.seen(of.judges[0].person) == (4, 4), "and is not seen by them"
    assert await of.seen(of.officer) == (4, 4)
    assert await recommends(of) == ["SCORES_MISSING"]
    assert await of.scores(late, 1, "55") == []
    everybody = (late.person, of.judges[0].person, of.officer)
    assert [await of.seen(each) for each in everybody] == [(8, 8)] * 3
    assert len(await of.results(late.person)) == 2


async def test_who_belongs_to_a_bidder_is_out_as_soon_as_they_are_named(
    database: Database,
) -> None:
    """Invariant 13."""
    of, officer = await assessed(database, judges=0), await an_officer(database)
    person = Scorer(person_id=(await officer.viewer()).id)
    await joins(database, Judge(officer, person), of.bidders[1].id)
    assert await names_themselves(of, officer) == []
    [seat] = await Scorer.all()
    assert seat.conflicted_at
    assert seat.interest == BELONGS


async def test_who_joined_a_bidder_after_scoring_is_in_no_result(database: Database) -> None:
    """Invariant 13: the last score finds it."""
    of = await assessed(database)
    one, other = of.judges
    await of.scores(one, 0, "55")
    await of.scores(one, 1, "11")
    await of.scores(other, 0, "33")
    await of.score(other, 1, "Need", 4)
    await joins(database, one, of.bidders[0].id)
    assert await of.score(other, 1, "Money", 4) == []
    [result] = await of.results()
    assert (result["voided"], result["places"][0]) == ([one.id], [of.bid(1)])
    assert await interest_of(one) == BELONGS


async def test_who_joined_a_bidder_after_the_result_recommends_nobody(database: Database) -> None:
    """Invariant 13: it is computed anew before anybody is recommended by it."""
    of = await assessed(database)
    await of.all_in(("55", "11"), ("33", "44"))
    await joins(database, of.judges[0], of.bidders[0].id)
    assert await recommends(of) == []
    old, new = await of.results()
    assert (old["places"][0], new["places"][0]) == ([of.bid(0)], [of.bid(1)])
    payload = await of.officer.asks(
        "query($id: ID!) { case(id: $id) { entries { edges { node { state bid { id } } } } } }",
        id=of.id,
    )
    nodes = [edge["node"] for edge in payload["case"]["entries"]["edges"]]
    [chosen] = [node["bid"]["id"] for node in nodes if node["state"] == "CHOSEN"]
    assert chosen == of.bid(1)


async def test_when_the_one_whose_scores_were_missing_is_out_all_are_in(
    database: Database,
) -> None:
    of = await assessed(database)
    one, other = of.judges
    await of.scores(one, 0, "55")
    await of.scores(one, 1, "11")
    await of.score(other, 0, "Need", 1)
    assert await declares(other) == []
    [result] = await of.results()
    assert (result["places"], result["voided"]) == ([[of.bid(0)]], [other.id])
    assert await of.seen(of.officer) == (5, 5)


async def test_a_scorer_is_told_nothing_of_any_case_of_the_round_any_more(
    database: Database,
) -> None:
    """Invariant 13: whatever they ask for."""
    of = await assessed(database)
    await of.all_in(("55", "11"), ("33", "44"))
    one = of.judges[0]
    everything = """{ me { panels { edges { node { conflict round {
      bidsIn bids { totalCount edges { node { id } } } panel { totalCount }
    } } } } } }"""
    assert await declares(one) == []
    [seat] = (await one.person.asks(everything))["me"]["panels"]["edges"]
    assert seat["node"]["conflict"] == "My sister chairs it."
    assert seat["node"]["round"] == {
        "bidsIn": None,
        "bids": {"totalCount": 0, "edges": []},
        "panel": {"totalCount": 1},
    }
    read = await one.person.does("readBid", bidId=of.bid(0))
    assert refused(read) == ["NOT_FOUND"]
    assert await Round.filter(id=of.round.id).exists()

"""Coming each time: to what is planned, to what will be, and no more once one leaves."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.kernel.ids import read_id
from commonweal.listings.tables import Listing
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_series import move_series
from commonweal.volunteering.actions_standing import extend_series
from commonweal.volunteering.rules_series import PLANNED
from commonweal.volunteering.tables import Series, Shift
from commonweal.volunteering.tables_signups import SignUp, StandingSignUp
from tests.conftest import Advance
from tests.credits.making import a_town
from tests.people.families import overlapped
from tests.people.signing import Somebody, refused, signed_in
from tests.volunteering.making import (
    DIGGERS,
    HERE,
    SATURDAY,
    Help,
    Planned,
    a_draft,
    a_series,
    an_opportunity,
    people,
    shifts_of,
)

WEEK = timedelta(days=7)
MINE = "{ me { signUps(first: 50) { edges { node { id state } } } } }"


async def joined(somebody: Somebody, role: str) -> dict[str, Any]:
    shown = "joined standing { id series { id } }"
    return await somebody.does("joinSeries", shown, roleId=role)


async def states(somebody: Somebody) -> list[str]:
    found = await somebody.asks(MINE)
    return [edge["node"]["state"] for edge in found["me"]["signUps"]["edges"]]


async def weekly(database: Database, places: int = 2) -> tuple[Help, str, list[Planned]]:
    helped = await an_opportunity(database)
    roles = [{"name": "Digger", "places": places}]
    series = await a_series(helped.owner, helped.opportunity, roles=roles)
    return helped, series, await shifts_of(helped.owner, series)


async def test_a_series_that_goes_on_stays_in_the_window_until_it_is_ended(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    series = await a_series(helped.owner, helped.opportunity, rule="FREQ=MONTHLY;INTERVAL=3")
    assert (await Listing.get()).closes_at is None
    first, *_ = await shifts_of(helped.owner, series)
    assert refused(await helped.owner.does("endSeries", shiftId=first.shift)) == []
    assert (await Listing.get()).closes_at == SATURDAY


async def test_who_joins_a_series_comes_to_all_that_they_can_and_to_those_planned_later(
    database: Database, advance: Advance
) -> None:
    helped, series, planned = await weekly(database, places=1)
    ann, bob = await people(database, 2)
    await helped.placed(bob, planned[2].role)
    elsewhere = await helped.adds(planned[3].starts_at + timedelta(hours=1))
    await helped.placed(ann, elsewhere)
    done = await joined(ann, planned[1].role)
    assert refused(done) == []
    assert done["joined"] == len(planned) - 2, "not to the first, and not to the one that clashes"
    assert done["standing"]["series"]["id"] == series
    expected = ["SIGNED_UP"] * (len(planned) - 2) + ["WAITING"]
    assert sorted(await states(ann)) == expected
    assert refused(await joined(ann, planned[4].role)) == ["SIGNED_UP_ALREADY"]
    await advance(2 * WEEK)
    assert await in_transaction(database, extend_series) == 1
    assert await in_transaction(database, extend_series) == 0
    later = (await shifts_of(helped.owner, series))[-2:]
    assert [each.left for each in later] == [0, 0]
    assert later[1].starts_at - later[0].starts_at == WEEK


async def test_of_two_jobs_at_once_each_shift_is_planned_by_one(
    database: Database, advance: Advance
) -> None:
    _, series, planned = await weekly(database)
    before = await Shift.all().count()
    await advance(4 * WEEK)
    done = await asyncio.gather(
        *(in_transaction(database, extend_series) for _ in range(3)),
        return_exceptions=True,
    )
    assert not [each for each in done if isinstance(each, Exception)]
    assert await Shift.all().count() == before + 4
    days = await Shift.filter(series_id=read_id("srs", series)).values_list("on_day", flat=True)
    assert len(set(days)) == len(days) == len(planned) + 4
    row = await Series.get()
    assert row.planned_until == (database.clock.now() + timedelta(days=PLANNED.value)).date()


async def test_a_rule_that_ends_is_planned_to_its_end_and_no_further(
    database: Database, advance: Advance
) -> None:
    helped = await an_opportunity(database)
    rule = "FREQ=WEEKLY;COUNT=14"
    series = await a_series(helped.owner, helped.opportunity, rule=rule)
    first = len(await shifts_of(helped.owner, series))
    assert first < 14
    await advance(4 * WEEK)
    assert await in_transaction(database, extend_series) == 1
    assert (await Series.get()).planned_until is None
    assert await Shift.filter(series_id__isnull=False).count() == 14
    await advance(4 * WEEK)
    assert await in_transaction(database, extend_series) == 0


async def test_a_series_that_cannot_be_paid_for_holds_no_other_up(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database)
    await town.funds(600)
    made = await a_draft(town.owner, town.friends, potId=town.pot, promised=True)
    role = [{"name": "Digger", "places": 1}]
    given = {"rule": "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA", "roles": role}
    poor = await a_series(town.owner, made, **given)  # four of two hours: 120 are left
    await a_series(town.owner, made, rule="FREQ=DAILY;COUNT=1", roles=role, starts="18:00:00")
    free = await a_draft(town.owner, town.friends, location=HERE)
    rich = await a_series(town.owner, free, roles=DIGGERS)
    for each in (made, free):
        assert refused(await town.owner.does("publishOpportunity", "", opportunityId=each)) == []
    count = len(await shifts_of(town.owner, poor))
    await advance(4 * WEEK)
    assert await in_transaction(database, extend_series) == 1
    assert await in_transaction(database, extend_series) == 0
    assert await Shift.filter(series_id=read_id("srs", rich)).count() > len(DIGGERS)
    assert await Shift.filter(series_id=read_id("srs", poor)).count() == count
    assert await Shift.filter(hold__isnull=True, opportunity_id=read_id("opp", made)).count() == 0
    await town.funds(600)
    assert await in_transaction(database, extend_series) == 1
    assert await Shift.filter(series_id=read_id("srs", poor)).count() > count


async def test_who_leaves_a_series_comes_to_none_of_it_and_their_places_go_on(
    database: Database, advance: Advance
) -> None:
    helped, series, planned = await weekly(database, places=1)
    ann, bob = await people(database, 2)
    standing = (await joined(ann, planned[0].role))["standing"]["id"]
    waits = await helped.placed(bob, planned[0].role)
    alone = await helped.placed(ann)
    other = await bob.does("leaveSeries", standingSignUpId=standing)
    assert refused(other) == ["NOT_FOUND"]
    assert refused(await ann.does("leaveSeries", standingSignUpId=standing)) == []
    assert await states(ann) == ["SIGNED_UP"]
    assert await helped.state_of(alone) == "SIGNED_UP"
    assert await helped.state_of(waits) == "OFFERED"
    await advance(2 * WEEK)
    assert await in_transaction(database, extend_series) == 1
    assert await SignUp.filter(state="signed_up").count() == 1
    later = (await shifts_of(helped.owner, series))[-1]
    assert later.left == 1


async def test_who_joins_as_it_is_moved_comes_to_what_goes_on(database: Database) -> None:
    helped, _, planned = await weekly(database)
    ann, *_ = await people(database, 1)
    owner, shift = await helped.owner.viewer(), read_id("shf", planned[0].shift) or 0
    given: dict[str, Any] = {"shift_id": shift, "minutes": 60}
    given["starts"] = SATURDAY.time()
    done = await overlapped(
        database,
        lambda tx: move_series(tx, owner, **given),
        lambda: joined(ann, planned[0].role),
    )
    assert refused(done) == []
    live = await Series.get(ended_at__isnull=True)
    assert (await StandingSignUp.get()).series_id == live.id
    assert done["joined"] == len(planned)


async def test_who_leaves_as_it_is_moved_comes_no_more(database: Database) -> None:
    helped, _, planned = await weekly(database)
    ann, *_ = await people(database, 1)
    standing = (await joined(ann, planned[0].role))["standing"]["id"]
    owner, shift = await helped.owner.viewer(), read_id("shf", planned[0].shift) or 0
    given: dict[str, Any] = {"shift_id": shift, "minutes": 60}
    given["starts"] = SATURDAY.time()
    left = await overlapped(
        database,
        lambda tx: move_series(tx, owner, **given),
        lambda: ann.does("leaveSeries", standingSignUpId=standing),
    )
    assert refused(left) == []
    assert await states(ann) == []
    assert await StandingSignUp.filter(ended_at__isnull=True).count() == 0


async def test_what_is_left_of_a_series_that_was_moved_can_be_joined(database: Database) -> None:
    helped, _, planned = await weekly(database)
    ann, *_ = await people(database, 1)
    given = {"starts": "14:00:00", "minutes": 60}
    moved = await helped.owner.does("moveSeries", shiftId=planned[2].shift, **given)
    assert refused(moved) == []
    done = await joined(ann, planned[0].role)
    assert (refused(done), done["joined"], done["standing"]) == ([], 2, None)


async def test_of_many_who_join_a_series_at_once_each_place_is_ones(
    database: Database,
) -> None:
    _, _, planned = await weekly(database, places=1)
    crowd = [await signed_in(database, f"c{n}@example.org") for n in range(4)]
    done = await asyncio.gather(*(joined(each, planned[0].role) for each in crowd))
    assert {tuple(refused(each)) for each in done} <= {(), ("TRY_AGAIN",)}
    assert await SignUp.filter(place=1).count() == len(planned)
    assert await SignUp.filter(place__gt=1).count() == 0

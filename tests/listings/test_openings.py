"""When something can be visited: rules for weekdays and days, and what search makes of them."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.listings.openings import (
    DAY_MINUTES,
    MAX_OPENINGS,
    ClosesBeforeItOpens,
    Given,
    Opening,
    OpeningOutOfReach,
    OpeningTimeWithOffset,
    OpensAndCloses,
    TooManyOpenings,
    Weekday,
    WeekdayOrDay,
    checked_openings,
    civil_minute,
    of_minute,
)
from commonweal.store.database import Database
from tests.asking import ask, data
from tests.makers import an_asset, an_officer, the_council

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)  # a Friday
TEN, NOON = time(10), time(12)
CIVIL = datetime.fromisoformat("2026-01-01")

PUBLISH = """mutation($asset: ID!, $openings: [OpeningInput!]) {
  publishListing(input: {assetId: $asset, openings: $openings}) {
    listing { openings { edges { node { weekday on opens closes } } } }
    userErrors { ... on UserError { code path message } } } }"""
ON = """query($on: Date, $at: DateTime) {
  search(openOn: $on, openAt: $at) { edges { node { title } } } }"""


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        (Given(opens=TEN, closes=NOON), WeekdayOrDay),
        (Given(Weekday.MONDAY, date(2026, 5, 4), TEN, NOON), WeekdayOrDay),
        (Given(Weekday.MONDAY, opens=TEN), OpensAndCloses),
        (Given(Weekday.MONDAY), OpensAndCloses),
        (Given(on=date(2026, 5, 4), closes=NOON), OpensAndCloses),
        (Given(Weekday.MONDAY, opens=NOON, closes=TEN), ClosesBeforeItOpens),
        (Given(Weekday.MONDAY, opens=TEN, closes=TEN), ClosesBeforeItOpens),
        (Given(on=date(2026, 4, 30), opens=TEN, closes=NOON), OpeningOutOfReach),
        (Given(on=date(2027, 5, 3), opens=TEN, closes=NOON), OpeningOutOfReach),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: Given, refusal: type[UserError]) -> None:
    with pytest.raises(refusal) as refused:
        checked_openings([rule], NOW)
    assert refused.value.path == ("input", "openings")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=1))])
def test_a_time_with_an_offset_is_refused_and_not_taken_without_it(zone: timezone) -> None:
    there = time(10, tzinfo=zone)
    for rule in (
        Given(Weekday.MONDAY, opens=there, closes=NOON),
        Given(None, date(2026, 5, 4), TEN, NOON.replace(tzinfo=zone)),
    ):
        with pytest.raises(OpeningTimeWithOffset) as refused:
            checked_openings([rule], NOW)
        assert refused.value.path == ("input", "openings")
    with pytest.raises(
        OpeningTimeWithOffset, match=r"own time: write 10:00, not 10:00\+0[01]:00\."
    ):
        checked_openings([Given(Weekday.MONDAY, opens=there, closes=NOON)], NOW)


def test_midnight_closes_at_the_end_of_the_day_and_a_rule_counts_once() -> None:
    rule = Given(Weekday.SUNDAY, opens=TEN, closes=time(0))
    assert checked_openings([rule, rule], NOW) == (Opening(Weekday.SUNDAY, None, 600, DAY_MINUTES),)
    assert of_minute(DAY_MINUTES) == time(0)


def test_a_listing_has_so_many_openings_and_no_more() -> None:
    rules = [Given(Weekday.MONDAY, opens=time(n // 60, n % 60), closes=NOON) for n in range(51)]
    assert len(checked_openings(rules[: MAX_OPENINGS.value], NOW)) == MAX_OPENINGS.value
    with pytest.raises(TooManyOpenings):
        checked_openings(rules, NOW)


@given(st.datetimes(min_value=CIVIL, max_value=CIVIL.replace(year=2028)))
def test_an_instant_without_a_zone_is_civil_time(at: datetime) -> None:
    assert civil_minute(at) == (at.date(), at.weekday(), 60 * at.hour + at.minute)


def test_an_instant_is_asked_in_the_time_of_the_place() -> None:
    summer = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
    assert civil_minute(summer) == (date(2026, 5, 2), 5, 30)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_the_ends_of_the_calendar_are_a_refusal(database: Database, at: str) -> None:
    [error] = (await ask(database, ON, {"at": at}))["errors"]
    assert error["extensions"]["code"] == "INSTANT_OUT_OF_REACH"


async def test_search_finds_what_can_be_visited_on_a_day_and_at_a_minute(
    database: Database,
) -> None:
    council = await the_council(database)
    officer = an_officer(council)
    weekly = {"weekday": "SATURDAY", "opens": "10:00", "closes": "12:00"}
    for name, openings in {
        "Saturdays": [weekly],
        "not on the twelfth": [weekly, {"on": "2026-12-12"}],
        "late on the twelfth": [weekly, {"on": "2026-12-12", "opens": "18:00", "closes": "00:00"}],
        "Mondays": [{"weekday": "MONDAY", "opens": "00:00", "closes": "00:00"}],
        "never": [],
    }.items():
        asset = await an_asset(database, council, name=name)
        given_: dict[str, Any] = {"asset": write_id("ast", asset.id), "openings": openings}
        published = (await data(database, PUBLISH, given_, officer))["publishListing"]
        assert published["userErrors"] == []

    async def open_(**when: str) -> set[str]:
        found = (await data(database, ON, when))["search"]["edges"]
        return {edge["node"]["title"] for edge in found}

    assert await open_(on="2026-12-05") == {
        "Saturdays",
        "not on the twelfth",
        "late on the twelfth",
    }
    assert await open_(on="2026-12-12") == {"Saturdays", "late on the twelfth"}
    assert await open_(on="2026-12-07") == {"Mondays"}
    assert await open_(at="2026-12-12T12:59:00+01:00") == {"Saturdays"}
    assert await open_(at="2026-12-12T13:00:00+01:00") == set()
    assert await open_(at="2026-12-12T23:59:00") == {"late on the twelfth"}
    assert await open_(at="2026-12-14T00:00:00Z") == {"Mondays"}


@pytest.mark.parametrize(
    "openings", [None, [{"on": "2026-12-28", "opens": "10:00", "closes": "12:00"}]]
)
async def test_openings_may_be_null_or_stand_under_a_key(database: Database, openings: Any) -> None:
    council = await the_council(database)
    asset = await an_asset(database, council)
    given_ = {"asset": write_id("ast", asset.id), "openings": openings}
    keyed = PUBLISH.replace("$openings})", '$openings}, idempotencyKey: "k1")')
    once, again = [(await data(database, keyed, given_, an_officer(council))) for _ in range(2)]
    assert once == again
    assert once["publishListing"]["userErrors"] == []
    assert len(once["publishListing"]["listing"]["openings"]["edges"]) == len(openings or [])


async def test_openings_are_shown_as_they_were_given_and_a_bad_one_publishes_nothing(
    database: Database,
) -> None:
    council = await the_council(database)
    officer = an_officer(council)
    asset = await an_asset(database, council)
    both = {"weekday": "MONDAY", "on": "2026-12-07", "opens": "10:00", "closes": "12:00"}
    refused = await data(
        database, PUBLISH, {"asset": write_id("ast", asset.id), "openings": [both]}, officer
    )
    errors = refused["publishListing"]["userErrors"]
    assert [(e["code"], e["path"]) for e in errors] == [("WEEKDAY_OR_DAY", ["input", "openings"])]
    elsewhere = {"weekday": "MONDAY", "opens": "10:00+01:00", "closes": "12:00"}
    refused = await data(
        database, PUBLISH, {"asset": write_id("ast", asset.id), "openings": [elsewhere]}, officer
    )
    [error] = refused["publishListing"]["userErrors"]
    assert error["code"] == "OPENING_TIME_WITH_OFFSET"
    rules = [
        {"weekday": "MONDAY", "on": None, "opens": "09:30:00", "closes": "00:00:00"},
        {"weekday": None, "on": "2026-12-28", "opens": None, "closes": None},
    ]
    shown = await data(
        database, PUBLISH, {"asset": write_id("ast", asset.id), "openings": rules}, officer
    )
    edges = shown["publishListing"]["listing"]["openings"]["edges"]
    assert [edge["node"] for edge in edges] == rules

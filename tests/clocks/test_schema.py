"""What would be due: `whatIf` and `holidays` as anybody may ask them."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from commonweal.access import Viewer
from commonweal.clocks.actions import add_holiday, withdraw_holiday
from commonweal.clocks.rules import MOST_EVENTS
from commonweal.clocks.rules_regimes import ClockEvent, Jurisdiction
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import ask, data, reader_on
from tests.conftest import Advance
from tests.graph.both_ways import assert_equal, both_ways

WHAT_IF = """query($regime: RegimeCode!, $place: Jurisdiction!, $events: [SupposedEventInput!]!) {
  whatIf(regime: $regime, jurisdiction: $place, events: $events) {
    __typename name event countedFrom legalEnd endsAt actBy silence says source isDefault isCertain
  } }"""


def supposed(event: str, on: str, regime: str = "LA2011", place: str = "ENGLAND") -> dict[str, Any]:
    return {"regime": regime, "place": place, "events": [{"event": event, "on": on}]}


async def test_a_notice_today_says_when_each_moratorium_ends(database: Database) -> None:
    asked = supposed("DISPOSAL_NOTICE_RECEIVED", "2026-11-23")
    found = (await data(database, WHAT_IF, asked))["whatIf"]

    assert [(each["name"], each["legalEnd"], each["actBy"]) for each in found] == [
        ("interimMoratorium", "2027-01-03", "2026-12-31"),
        ("fullMoratorium", "2027-05-22", "2027-05-21"),
        ("protectedPeriod", "2028-05-22", "2028-05-22"),
    ]
    assert found[0] == {
        "__typename": "Deadline",
        "name": "interimMoratorium",
        "event": "DISPOSAL_NOTICE_RECEIVED",
        "countedFrom": "2026-11-23",
        "legalEnd": "2027-01-03",
        "endsAt": "2027-01-04T00:00:00+00:00",
        "actBy": "2026-12-31",
        "silence": "LAPSED",
        "says": "A community interest group may ask to be treated as a bidder in the 6 weeks "
        "beginning with the day on which the council received the owner's notice. "
        "Last day: Sunday 3 January 2027. Act by Thursday 31 December 2026.",
        "source": "Localism Act 2011 s.95(6) [N][C]",
        "isDefault": False,
        "isCertain": True,
    }


async def test_both_ways_answer_alike_by_one_planned_statement(database: Database) -> None:
    reader = reader_on(database.engine)
    several = {
        "regime": "CE2015",
        "place": "SCOTLAND",
        "events": [
            {"event": "REQUEST_VALIDATED", "on": "2026-03-02"},
            {"event": "DECISION_GIVEN", "on": "2026-11-23"},
        ],
    }
    for variables in (several, supposed("NOMINATION_RECEIVED", "2024-02-29")):
        both = await both_ways(reader, database, WHAT_IF, variables)
        assert both.planned
        assert both.plan
        assert len(both.plan.levels) == 1
        assert_equal(both)
    literal = """{ a: whatIf(regime: LA2011, jurisdiction: ENGLAND, events: [
      {event: LISTED, on: "2026-11-23"}]) { legalEnd ...F } holidays(jurisdiction: WALES, first: 2)
      { edges { node { day name source addedAt jurisdiction } } } }
      fragment F on Deadline { ends: endsAt }"""
    both = await both_ways(reader, database, literal)
    assert both.planned
    assert_equal(both)


@pytest.mark.parametrize(
    ("place", "end"), [("SCOTLAND", "2026-12-21"), ("NORTHERN_IRELAND", None), ("WALES", None)]
)
async def test_a_regime_is_asked_where_it_is_in_force(
    database: Database, place: str, end: str | None
) -> None:
    asked = supposed("DECISION_GIVEN", "2026-11-23", "CE2015", place)
    answer = await ask(database, WHAT_IF, asked)

    if end:
        assert answer["data"]["whatIf"][0]["legalEnd"] == end
        return
    [error] = answer["errors"]
    assert error["extensions"] == {
        "code": "REGIME_NOT_IN_FORCE",
        "argument": "regime",
        "regime": "CE2015",
        "jurisdiction": place,
        "on": "2026-11-23",
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (supposed("PROPOSED", "2026-11-23"), "EVENT_NOT_OF_REGIME"),
        (supposed("LISTED", "9999-12-31"), "EVENT_TOO_LATE"),
        (supposed("LISTED", "0001-01-01"), "REGIME_NOT_IN_FORCE"),
        (supposed("DISPOSAL_NOTICE_RECEIVED", "2026-11-23", "EDCE2026"), "REGIME_NOT_IN_FORCE"),
        (supposed("LISTED", "2026-02-30"), "NOT_COERCED"),
        (supposed("NEVER", "2026-11-23"), "NOT_COERCED"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_reason(
    database: Database, asked: dict[str, Any], code: str
) -> None:
    answer = await ask(database, WHAT_IF, asked)

    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert "data" not in answer


async def test_each_event_is_supposed_once_and_not_too_many(database: Database) -> None:
    event = {"event": "LISTED", "on": "2026-11-23"}
    twice = supposed("LISTED", "2026-11-23") | {"events": [event, event]}
    [error] = (await ask(database, WHAT_IF, twice))["errors"]
    assert error["extensions"]["code"] == "EVENT_TWICE"

    many = [{"event": each.name, "on": "2026-11-23"} for each in ClockEvent]
    assert len(many) > MOST_EVENTS.value
    [error] = (await ask(database, WHAT_IF, twice | {"events": many}))["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_EVENTS"
    assert (await data(database, WHAT_IF, twice | {"events": []}))["whatIf"] == []


async def test_a_holiday_counts_from_when_it_is_added_until_it_is_withdrawn(
    database: Database, advance: Advance
) -> None:
    listed = "{ holidays(jurisdiction: ENGLAND, first: 100) { edges { node { day name } } } }"
    about: dict[str, Any] = {"jurisdiction": Jurisdiction.ENGLAND, "day": date(2026, 12, 31)}
    about |= {"viewer": Viewer(0, "system:operator"), "citation": "Proclamation"}

    async def days() -> list[tuple[str, str]]:
        found = (await data(database, listed))["holidays"]["edges"]
        return [(edge["node"]["day"], edge["node"]["name"]) for edge in found]

    async def due() -> tuple[str, str]:
        asked = supposed("DISPOSAL_NOTICE_RECEIVED", "2026-11-23")
        [first, *_] = (await data(database, WHAT_IF, asked))["whatIf"]
        return first["actBy"], first["legalEnd"]

    before = await days()
    assert len(before) == 40
    assert before[0] == ("2024-01-01", "New Year's Day")
    assert await due() == ("2026-12-31", "2027-01-03")
    await in_transaction(database, partial(add_holiday, name="Thanks", **about))
    assert set(await days()) - set(before) == {("2026-12-31", "Thanks")}
    assert await due() == ("2026-12-30", "2027-01-03")
    await advance(timedelta(days=1))
    await in_transaction(database, partial(withdraw_holiday, **about))
    assert await days() == before
    assert await due() == ("2026-12-31", "2027-01-03")

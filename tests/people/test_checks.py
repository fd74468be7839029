"""DBS checks: recorded without the certificate, read only on record."""

from datetime import date, timedelta
from typing import Any

import pytest

from commonweal.access import Viewer
from commonweal.kernel.ids import read_id
from commonweal.people.actions_checks import sweep_checks
from commonweal.people.rules_checks import (
    CHECKS_KEPT,
    CheckedInFuture,
    ExpiresTooSoon,
    checked_days,
)
from commonweal.people.tables_checks import Check, CheckReading
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import in_transaction
from tests.asking import data, schema
from tests.conftest import Advance
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of, refused, signed_in
from tests.people.stories import a_group, taken_on

READING = "reading { at organisation { id } checks { edges { node { id level outcome checkedOn "
READING += "expiresOn } } } }"
CLEAR = {"level": "ENHANCED", "outcome": "CLEAR", "checkedOn": "2026-11-01"}


async def a_checked_member(database: Database) -> tuple[Somebody, Somebody, str, str]:
    """The owner, the member, their membership's id, and the organisation's."""
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    bob = await signed_in(database, "bob@example.org")
    membership = await taken_on(ann, group, bob, "bob@example.org")
    recorded = await ann.does("recordCheck", "membership { id }", membershipId=membership, **CLEAR)
    assert refused(recorded) == []
    assert recorded["membership"]["id"] == membership
    return ann, bob, membership, group


async def read(reader: Somebody, membership: str) -> list[dict[str, Any]]:
    payload = await reader.does("readChecks", READING, membershipId=membership)
    assert refused(payload) == []
    return [edge["node"] for edge in payload["reading"]["checks"]["edges"]]


async def test_a_check_is_recorded_read_and_withdrawn(database: Database) -> None:
    ann, bob, membership, _ = await a_checked_member(database)
    [check] = await read(ann, membership)
    number = check.pop("id")
    assert check == CLEAR | {"expiresOn": "2029-10-31"}
    [mine] = (await bob.asks("{ me { checks { edges { node { id outcome } } } } }"))["me"][
        "checks"
    ]["edges"]
    assert mine["node"] == {"id": number, "outcome": "CLEAR"}
    assert refused(await bob.does("withdrawCheck", checkId=number)) == ["NOT_ALLOWED"]
    assert refused(await ann.does("withdrawCheck", checkId=number)) == []
    assert refused(await ann.does("withdrawCheck", checkId=number)) == ["CHECK_WITHDRAWN"]
    assert await read(ann, membership) == []
    assert (await bob.asks("{ me { checks { totalCount } } }"))["me"]["checks"] == {"totalCount": 0}
    assert await Check.all().count() == 1


async def test_each_reading_is_on_record_and_says_nothing_of_what_was_read(
    database: Database, advance: Advance
) -> None:
    ann, bob, membership, group = await a_checked_member(database)
    await ann.does("reviseMe", name="Ann")
    await read(ann, membership)
    await advance(timedelta(minutes=1))
    await read(ann, membership)
    log = (
        "{ me { id checkReadings { edges { node { at reader { name } organisation { id } } } } } }"
    )
    me = (await bob.asks(log))["me"]
    readings = [edge["node"] for edge in me["checkReadings"]["edges"]]
    assert [reading["reader"]["name"] for reading in readings] == ["Ann", "Ann"]
    assert [reading["organisation"]["id"] for reading in readings] == [group, group]
    assert readings[0]["at"] < readings[1]["at"]
    chain = await AuditRecord.filter(subject_id=read_id("per", me["id"]), action="read_checks")
    assert [link.facts for link in chain] == [{"organisation": group}] * 2
    assert {link.actor for link in chain} == {(await ann.viewer()).name}


async def test_an_answer_that_is_repeated_shows_only_what_was_read_then(
    database: Database, advance: Advance
) -> None:
    ann, _, membership, _ = await a_checked_member(database)
    query = f"""mutation($id: ID!) {{
      readChecks(input: {{membershipId: $id}}, idempotencyKey: "k") {{ replayed {READING} }} }}"""

    async def asked() -> Any:
        return (await data(database, query, {"id": membership}, await ann.viewer()))["readChecks"]

    first = await asked()
    await advance(timedelta(minutes=1))
    await ann.does("recordCheck", membershipId=membership, **CLEAR | {"level": "BASIC"})
    assert await asked() == first | {"replayed": True}
    assert len(await read(ann, membership)) == 2
    assert await CheckReading.all().count() == 2


async def test_whoever_has_no_business_with_a_check_gets_what_is_not_there(
    database: Database,
) -> None:
    ann, bob, membership, group = await a_checked_member(database)
    [check] = await read(ann, membership)
    cat = await signed_in(database, "cat@example.org")
    await taken_on(ann, group, cat, "cat@example.org", "TREASURER")
    eve = await signed_in(database, "eve@example.org")
    others = await a_group(eve, "Others")
    officer = await an_officer_of(database, (await the_council(database)).id)
    missing = {"checkId": "chk_0000000000000"}
    for stranger in (cat, eve, officer):
        withdrawn = await stranger.does("withdrawCheck", checkId=check["id"])
        assert refused(withdrawn) == ["NOT_FOUND"]
        assert withdrawn == await stranger.does("withdrawCheck", **missing)
    nobody = {"membershipId": "mem_0000000000000"}
    for stranger in (eve, officer):
        for verb, more in (("readChecks", {}), ("recordCheck", CLEAR)):
            theirs = await stranger.does(verb, membershipId=membership, **more)
            assert refused(theirs) == ["NOT_FOUND"]
            assert theirs == await stranger.does(verb, **nobody, **more)
    # a fellow member sees who is a member, and learns nothing of their checks
    dan = await signed_in(database, "dan@example.org")
    unchecked = await taken_on(ann, group, dan, "dan@example.org")
    read_of_one = await cat.does("readChecks", membershipId=membership)
    assert refused(read_of_one) == ["NOT_ALLOWED"]
    assert read_of_one == await cat.does("readChecks", membershipId=unchecked)
    # the same person's membership elsewhere shows nothing of it either
    elsewhere = await taken_on(eve, others, bob, "bob@example.org")
    assert await read(eve, elsewhere) == []
    # nor to who coordinates both: each reading is of one organisation, and says of which
    await taken_on(eve, others, ann, "ann@example.org", "COORDINATOR")
    assert await read(ann, elsewhere) == []
    assert await CheckReading.all().count() == 3


async def test_a_reader_who_lost_the_post_reads_no_more_by_an_old_reading(
    database: Database,
) -> None:
    ann, _, membership, group = await a_checked_member(database)
    cat = await signed_in(database, "cat@example.org")
    post = await taken_on(ann, group, cat, "cat@example.org", "COORDINATOR")
    query = f"""mutation($id: ID!) {{
      readChecks(input: {{membershipId: $id}}, idempotencyKey: "k") {{ {READING} }} }}"""
    asker = await cat.viewer()
    first = await data(database, query, {"id": membership}, asker)
    assert len(first["readChecks"]["reading"]["checks"]["edges"]) == 1
    await ann.does("removeMember", membershipId=post)
    again = await data(database, query, {"id": membership}, Viewer(asker.id, asker.name))
    reading = again["readChecks"]["reading"]
    assert not reading or reading["checks"]["edges"] == []


async def test_a_check_is_reached_in_two_ways_and_no_other() -> None:
    leads = {
        f"{name}.{field}"
        for name, type_ in schema().graphql_schema.type_map.items()
        for field, declared in getattr(type_, "fields", {}).items()
        if str(declared.type).strip("!") in ("Check", "CheckConnection", "CheckReading")
        and not name.startswith("Check")
    }
    assert leads == {"Me.checks", "ReadChecksPayload.reading"}
    columns = set(Check._meta.fields_db_projection)
    assert not {c for c in columns if "certificate" in c or "number" in c or "text" in c}


async def test_nobody_records_their_own_check_or_that_of_somebody_who_left(
    database: Database,
) -> None:
    ann, bob, membership, group = await a_checked_member(database)
    found = await ann.asks("{ me { memberships { edges { node { id } } } } }")
    [own] = [edge["node"]["id"] for edge in found["me"]["memberships"]["edges"]]
    assert refused(await ann.does("recordCheck", membershipId=own, **CLEAR)) == ["NOT_A_MEMBER"]
    assert refused(await ann.does("readChecks", membershipId=own)) == ["NOT_A_MEMBER"]
    await bob.does("leaveOrganisation", organisationId=group)
    assert refused(await ann.does("readChecks", membershipId=membership)) == ["NOT_A_MEMBER"]
    await ann.does("endOrganisation", organisationId=group)
    assert refused(await ann.does("readChecks", membershipId=membership)) == ["NOT_FOUND"]


async def test_days_that_cannot_be_are_refused_where_they_stand(database: Database) -> None:
    ann, _, membership, _ = await a_checked_member(database)
    tomorrow = await ann.does(
        "recordCheck", membershipId=membership, **CLEAR | {"checkedOn": "2026-11-23"}
    )
    assert refused(tomorrow) == ["CHECKED_IN_FUTURE"]
    assert tomorrow["userErrors"][0]["path"] == ["input", "checkedOn"]
    never = await ann.does(
        "recordCheck", membershipId=membership, **CLEAR, expiresOn=CLEAR["checkedOn"]
    )
    assert refused(never) == ["EXPIRES_TOO_SOON"]
    assert await Check.all().count() == 1


def test_a_check_is_good_for_three_years_unless_another_day_is_given() -> None:
    today = date(2026, 11, 22)
    assert checked_days(today, None, today) == date(2029, 11, 21)
    assert checked_days(date(2024, 2, 29), None, today) == date(2027, 2, 28)
    assert checked_days(today, date(2026, 11, 23), today) == date(2026, 11, 23)
    with pytest.raises(CheckedInFuture):
        checked_days(date(2026, 11, 23), None, today)
    with pytest.raises(ExpiresTooSoon):
        checked_days(today, today, today)


@pytest.mark.parametrize("withdrawn", [True, False])
async def test_half_a_year_after_a_check_is_over_nothing_of_it_is_left(
    database: Database, advance: Advance, withdrawn: bool
) -> None:
    ann, _, membership, _ = await a_checked_member(database)
    [check] = await read(ann, membership)
    days = CHECKS_KEPT.days
    assert days
    if withdrawn:
        await ann.does("withdrawCheck", checkId=check["id"])
        await advance(timedelta(days=days))
    else:
        await advance(date(2029, 10, 31) - date(2026, 11, 22) + timedelta(days=days))
    assert await in_transaction(database, sweep_checks) == 0
    await advance(timedelta(days=1))
    assert await in_transaction(database, sweep_checks) == 1
    assert not await Check.exists()

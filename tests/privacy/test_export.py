"""All that is held about somebody, as they get it: theirs whole, of others only what they did."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import orjson
import pytest

from commonweal.kernel.ids import prefix_of, read_id, write_id
from commonweal.privacy.actions import held_about
from commonweal.privacy.holdings import HOLDINGS
from commonweal.safety.tables import Report
from commonweal.store.database import Database
from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.people.families import a_household, joined
from tests.people.signing import code_sent, signed_in
from tests.privacy.lives import checks_mia, consents_for_a_child, does, leads_a_full_life
from tests.safety.townspeople import Townspeople, townspeople

MOST_EXACT = 2**53  # of numbers in JavaScript
NO_KIND = {"codesSent", "passkeyChallenges", "letters", "requestsDoneOnce"}  # in the API


async def held(town: Townspeople, name: str) -> dict[str, list[dict[str, Any]]]:
    return await held_about(town.database, town.numbers[name])


def values(found: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each value in JSON, with the name under which it stands."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from values(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from values(value, name)
    else:
        yield name, found


async def test_every_id_in_a_full_export_is_text_as_the_api_writes_it(database: Database) -> None:
    town = await townspeople(database)
    await leads_a_full_life(town)
    export = await held(town, "vera")
    assert [what for what, rows in export.items() if not rows] == []
    for what, rows in export.items():
        for name, value in values(orjson.loads(orjson.dumps(rows))):
            assert not isinstance(value, int) or abs(value) < MOST_EXACT, (what, name)
            if name == "id" or name.endswith("_id"):
                assert value is None or isinstance(value, str), (what, name)
                assert value is None or what in NO_KIND or prefix_of(value), (what, name)
    assert len(export["requestsDoneOnce"]) == 2
    assert {row["subject_id"] for row in export["actsUponMe"]} == {town.id("vera")}
    assert [row["subject_id"] for row in export["reports"]] == [town.id("mia")]
    [search] = (await town["vera"].asks(SEARCHES))["me"]["savedSearches"]["edges"]
    assert [row["id"] for row in export["savedSearches"]] == [search["node"]["id"]]


SEARCHES = "{ me { savedSearches { edges { node { id } } } } }"


async def test_of_others_checks_only_ones_own_act_is_told(database: Database) -> None:
    town = await townspeople(database)
    await checks_mia(town, "sid")
    export = await held(town, "sid")
    assert [set(row) for row in export["checksMade"]] == [{"id", "created_at"}]
    assert [set(row) for row in export["checksRead"]] == [{"id", "at"}]
    text = orjson.dumps(export).decode()
    assert [word for word in ("ENHANCED", "DISCLOSED", town.id("mia")) if word in text] == []
    mine = await held(town, "mia")
    assert [row["outcome"] for row in mine["checks"]] == ["DISCLOSED_REFUSED"]
    assert [row["reader_id"] for row in mine["readingsOfChecks"]] == [town.id("sid")]


async def test_of_anothers_child_whoever_consented_once_is_told_nothing(
    database: Database,
) -> None:
    town = await townspeople(database)
    household, child = await consents_for_a_child(town, "sid")
    await joined(town["sid"], household, "mia@example.org")
    await does(town["sid"], "leaveHousehold", householdId=household)
    export = await held(town, "sid")
    assert [set(row) for row in export["consentsGiven"]] == [{"id", "since"}]
    assert [set(row) for row in export["consentsEnded"]] == [{"id", "until"}]
    assert {"give_consent", "add_child"} <= {row["action"] for row in export["acts"]}
    text = orjson.dumps(export).decode()
    number = read_id("per", child)
    assert number
    assert [each for each in (child, str(number)) if each in text] == []


async def test_a_report_is_its_reporters_and_whom_it_is_about_learns_not_who_nor_when(
    database: Database,
) -> None:
    town = await townspeople(database)
    told = {"subjectId": town.id("olga"), "reason": "HATE", "words": "She swore at me."}
    said = await does(town["mia"], "report", "report { id }", **told)
    [mine] = (await held(town, "mia"))["reports"]
    assert (mine["words"], mine["subject_id"]) == ("She swore at me.", town.id("olga"))
    assert (await held(town, "olga"))["reportsAboutMe"] == []
    await does(town["vera"], "decideReport", reportId=said["report"]["id"], upheld=True)
    export = await held(town, "olga")
    [about] = export["reportsAboutMe"]
    assert set(about) == {"state", "reason", "decided_at"}
    assert (about["state"], about["reason"]) == ("upheld", "HATE")
    text = orjson.dumps(export).decode()
    report = await Report.get()
    for secret in (town.id("mia"), "swore", said["report"]["id"], str(report.id)):
        assert secret not in text


async def test_of_an_address_that_looks_alike_nothing_is_told_or_erased(
    database: Database,
) -> None:
    town = await townspeople(database)
    typed, other, mine = (
        "BOB@mail.com",
        "bob@mail.com",
        "bob@ma\N{LATIN SMALL LETTER DOTLESS I}l.com",
    )
    bob, alike = await signed_in(database, other), await signed_in(database, mine)
    invited = {"organisationId": town.group, "role": "MEMBER", "email": typed}
    await does(town["olga"], "inviteMember", **invited)
    household = await a_household(town["sid"], "The Sids")
    await does(town["sid"], "inviteAdult", householdId=household, email=other)
    numbers = [(await each.viewer()).id or 0 for each in (bob, alike)]
    whole, export = [await held_about(database, number) for number in numbers]
    assert [len(whole[each]) for each in OF_AN_ADDRESS] == [1, 1, 3]
    assert [len(export[each]) for each in OF_AN_ADDRESS] == [0, 0, 1]
    await does(alike, "requestErasureCode")
    await does(alike, "eraseMe", code=await code_sent(mine))
    after = await held_about(database, numbers[0])
    assert [after[each] for each in OF_AN_ADDRESS] == [whole[each] for each in OF_AN_ADDRESS]


async def test_who_wants_my_address_is_not_told(database: Database) -> None:
    eve = await signed_in(database, "eve@example.org")
    await does(eve, "requestEmailCode", email="ann@example.org")
    ann = await signed_in(database, "ann@example.org")
    me, her = [(await each.viewer()).id or 0 for each in (ann, eve)]
    export = await held_about(database, me)
    assert len(export["letters"]) == 2
    text = orjson.dumps(export).decode()
    assert [each for each in (write_id("per", her), str(her)) if each in text] == []


OF_AN_ADDRESS = ("invitations", "householdInvitations", "letters")


async def test_a_hand_stands_in_what_both_did(database: Database) -> None:
    town = await townspeople(database)
    await leads_a_full_life(town)
    [act] = [row for row in (await held(town, "vera"))["acts"] if " by " in row["actor"]]
    bee = read_id("per", act["actor"].partition(" by ")[0])
    assert bee
    export = await held_about(database, bee)
    assert export["acts"] == [act]
    assert len(export["requestsDoneOnce"]) == 1
    assert [row["by_hand_of_id"] for row in export["sessionsAndTokens"]] == [town.id("vera")]


# ---- over HTTP -----------------------------------------------------------------------------------


@pytest.fixture
async def http(database_url: str) -> AsyncIterator[tuple[httpx2.AsyncClient, Database]]:
    app = application(Settings(database_url=database_url, log_level="error"), worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client, app.state.readiness.database()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_me_json_is_for_who_signed_in_themselves_and_nobody_else(
    http: tuple[httpx2.AsyncClient, Database], method: str
) -> None:
    client, database = http
    ann = await signed_in(database, "ann@example.org")
    made = await does(ann, "createAccessToken", "token", label="t", scopes=["PERSONAL"])
    for token in (None, "cw_none", made["token"]):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await client.request(method, "/me.json", headers=headers)
        assert answer.status_code == 401, token
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert b"ann@" not in answer.content
    headers = {"authorization": f"Bearer {ann.token}"}
    answer = await client.request(method, "/me.json", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="me.json"'
    assert answer.headers["cache-control"] == "no-store"
    if method == "HEAD":
        assert answer.content == b""
    else:
        assert answer.json()["person"][0]["email"] == "ann@example.org"
        assert set(answer.json()) == {holding.what for holding in HOLDINGS}

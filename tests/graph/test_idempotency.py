"""Mutations under a key: done once, answered afresh, and free again after a refusal."""

import asyncio
import logging
from typing import Any, Final

import pytest

from commonweal import access
from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets import actions
from commonweal.assets.schema import Asset
from commonweal.graph.mutation import Command, Reference
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.idempotency import KEY_CHARACTERS, KeyRequired
from commonweal.store.tables import AuditRecord, IdempotencyKey
from tests.asking import ask, data, reader_on, schema
from tests.graph.both_ways import assert_equal, both_ways
from tests.graph.town import ASSETS, ISLANDER, OFFICER

PAYLOAD: Final = """{ replayed listing { id } asset { state }
  userErrors { __typename ... on UserError { code path }
    ... on KeyReused { operation } ... on KeyLength { most characters } } }"""
PUBLISH: Final = f"""mutation($id: ID!, $summary: String, $key: String) {{
  made: publishListing(input: {{assetId: $id, summary: $summary}}, idempotencyKey: $key) {PAYLOAD}
}}"""
WITHDRAW: Final = """mutation($id: ID!, $key: String) {
  made: withdrawListing(input: {listingId: $id, reason: "Sold"}, idempotencyKey: $key) {
    replayed asset { state } userErrors { ... on UserError { code } } } }"""
HELD, LISTED, THEIRS = (write_id("ast", ASSETS + n) for n in (1, 0, 8))


async def published(
    database: Database, viewer: Viewer = OFFICER, id_: str = HELD, **more: Any
) -> dict[str, Any]:
    answer = await data(database, PUBLISH, {"id": id_, **more}, viewer)
    made: dict[str, Any] = answer["made"]
    return made


async def withdrawn(database: Database, listing: str, **more: Any) -> dict[str, Any]:
    answer = await data(database, WITHDRAW, {"id": listing, **more}, OFFICER)
    made: dict[str, Any] = answer["made"]
    assert made["userErrors"] == []
    return made


async def acts() -> int:
    """How often the asset was acted on."""
    return await AuditRecord.filter(subject_id=ASSETS + 1).count()


async def test_asking_again_with_a_key_does_nothing_more_and_answers_with_what_was_done(
    own_town: Database,
) -> None:
    first = await published(own_town, key="k1")
    done = await acts()
    again = await published(own_town, key="k1")

    assert first["replayed"] is False
    assert first["userErrors"] == []
    assert again == first | {"replayed": True}
    assert await acts() == done
    without = await published(own_town)
    assert without["replayed"] is False
    assert [error["code"] for error in without["userErrors"]] == ["WRONG_STATE"]


async def test_of_sixty_four_at_once_one_is_done_and_all_are_answered_alike(
    own_town: Database,
) -> None:
    before = await acts()
    answers = await asyncio.gather(*(published(own_town, key="k1") for _ in range(64)))

    assert sorted(each.pop("replayed") for each in answers) == [False] + [True] * 63
    assert all(each == answers[0] for each in answers)
    assert answers[0]["userErrors"] == []
    assert await acts() == before + 1


async def test_a_replay_reads_the_payload_afresh(own_town: Database) -> None:
    listing = (await published(own_town, key="k1"))["listing"]
    await withdrawn(own_town, listing["id"])

    again = await published(own_town, key="k1")
    assert again == {
        "replayed": True,
        "listing": listing,
        "asset": {"state": "HELD"},
        "userErrors": [],
    }


async def test_a_key_that_stood_for_another_request_is_refused(own_town: Database) -> None:
    listing = (await published(own_town, key="k1"))["listing"]["id"]
    done = await acts()
    refusal = {
        "__typename": "KeyReused",
        "code": "KEY_REUSED",
        "path": ["idempotencyKey"],
        "operation": "Mutation.publishListing",
    }
    for other in ({"id_": THEIRS}, {"summary": "A hall"}, {"summary": None}, {"id_": HELD.upper()}):
        made = await published(own_town, key="k1", **other)
        assert made == {
            "replayed": False,
            "listing": None,
            "asset": None,
            "userErrors": [refusal],
        }
    other_mutation = await data(own_town, WITHDRAW, {"id": listing, "key": "k1"}, OFFICER)
    assert [e["code"] for e in other_mutation["made"]["userErrors"]] == ["KEY_REUSED"]
    assert await acts() == done


async def test_another_s_key_is_another_key(own_town: Database) -> None:
    """And tells nothing of what it stands for with them."""
    await published(own_town, key="k1")
    made = await published(own_town, ISLANDER, HELD, key="k1")

    assert made["replayed"] is False
    assert [error["code"] for error in made["userErrors"]] == ["NOT_ALLOWED"]


async def test_a_request_is_the_same_however_its_values_are_written(own_town: Database) -> None:
    await published(own_town, key="k1", summary="A hall")
    query = f"""mutation Other {{ made: publishListing(idempotencyKey: "k1",
      input: {{summary: "A hall", assetId: "{HELD}"}}) {{ replayed }} }}"""

    assert await data(own_town, query, None, OFFICER) == {"made": {"replayed": True}}


async def test_a_refusal_leaves_the_key_free(own_town: Database) -> None:
    listing = (await published(own_town))["listing"]["id"]
    refused = await published(own_town, key="k1")
    assert [error["code"] for error in refused["userErrors"]] == ["WRONG_STATE"]
    assert refused["replayed"] is False
    assert not await IdempotencyKey.exists()

    await withdrawn(own_town, listing)
    assert (await published(own_town, key="k1", summary="Another input"))["userErrors"] == []


async def test_a_key_of_somebody_unknown_is_nobody_s_and_is_refused(own_town: Database) -> None:
    """All strangers have one name: one would be answered with what another did."""
    [refusal] = (await published(own_town, ANONYMOUS, key="k1"))["userErrors"]

    assert (refusal["code"], refusal["path"]) == ("SIGN_IN_NEEDED", ["idempotencyKey"])
    assert not await IdempotencyKey.exists()


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("", {"code": "KEY_LENGTH", "most": KEY_CHARACTERS.value, "characters": 0}),
        ("k" * 65, {"code": "KEY_LENGTH", "most": KEY_CHARACTERS.value, "characters": 65}),
        ("a\0", {"code": "UNSTORABLE_TEXT"}),
        ("\ud800", {"code": "UNSTORABLE_TEXT"}),
    ],
    ids=["empty", "too long", "NUL", "half a character"],
)
async def test_what_cannot_be_a_key_is_refused_and_nothing_done(
    own_town: Database, key: str, refusal: dict[str, Any]
) -> None:
    before = await acts()
    [found] = (await published(own_town, key=key))["userErrors"]

    assert found.pop("path") == ["idempotencyKey"]
    found.pop("__typename")
    assert found == refusal
    assert await acts() == before


async def test_no_key_and_null_are_the_same(own_town: Database) -> None:
    assert (await published(own_town, key=None))["replayed"] is False
    assert not await IdempotencyKey.exists()


async def test_one_key_twice_in_a_request_is_done_once(own_town: Database) -> None:
    query = """mutation($id: ID!) {
      one: publishListing(input: {assetId: $id}, idempotencyKey: "k1") { replayed listing { id } }
      two: publishListing(input: {assetId: $id}, idempotencyKey: "k1") { replayed listing { id } }
    }"""
    found = await data(own_town, query, {"id": HELD}, OFFICER)

    assert found["one"]["replayed"] is False
    assert found["two"] == found["one"] | {"replayed": True}


async def test_whether_it_was_replayed_is_told_alike_both_ways(own_town: Database) -> None:
    for _ in range(2):
        asked = {"id": HELD, "key": "k1"}
        both = await both_ways(reader_on(own_town.engine), own_town, PUBLISH, asked, OFFICER)
        assert both.planned
        assert_equal(both)


async def test_a_command_may_be_done_only_under_a_key(
    own_town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema()  # makes the types
    command = Command(
        actions.publish_listing,
        subject="asset_id",
        input={"asset_id": Reference(Asset)},
        result={"asset": Asset},
        key_required=True,
    )
    monkeypatch.setitem(access.OPERATIONS, "Mutation.strict", access.officer_of_council)
    monkeypatch.setitem(access.SCOPES, "Mutation.strict", access.Scope.ASSETS)
    about = "Mutation.strict", own_town, OFFICER, {"asset_id": HELD}
    before = await acts()
    [refusal] = (await command.run(*about)).errors
    assert refusal == KeyRequired()
    assert refusal.path == ("idempotencyKey",)
    assert await acts() == before

    assert (await command.run(*about, "k1")).errors == ()
    assert (await command.run(*about, "k1")).replayed


async def test_what_was_prepared_and_done_once_is_not_prepared_again(
    own_town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was prepared from may be gone by then."""
    prepared: list[int] = []

    async def prepare(_database: Database, _viewer: Viewer, *, asset_id: int) -> dict[str, Any]:
        prepared.append(asset_id)
        return {"asset_id": asset_id, "summary": "prepared"}

    command = Command(
        actions.publish_listing,
        subject="asset_id",
        input={"asset_id": Reference(Asset)},
        result={"asset": Asset},
        prepare=prepare,
    )
    monkeypatch.setitem(access.OPERATIONS, "Mutation.long", access.officer_of_council)
    monkeypatch.setitem(access.SCOPES, "Mutation.long", access.Scope.ASSETS)
    about = "Mutation.long", own_town, OFFICER
    first = await command.run(*about, {"asset_id": HELD}, "k1")
    again = await command.run(*about, {"asset_id": HELD}, "k1")
    [refusal] = (await command.run(*about, {"asset_id": THEIRS}, "k1")).errors

    assert (first.replayed, again.replayed) == (False, True)
    assert first.facts == again.facts
    assert refusal.code == "KEY_REUSED"
    assert prepared == [ASSETS + 1]


SECRET: Final = "SELECT hash FROM people"


async def test_a_defect_in_one_mutation_does_not_hide_what_the_others_did(
    own_town: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> Any:
        raise RuntimeError(SECRET)

    withdraw = reader_on(own_town.engine).schema.declared["Mutation"]["withdrawListing"]
    monkeypatch.setattr(withdraw, "action", broken)
    of = "query($id: ID!) { asset(id: $id) { listings(first: 1) { edges { node { id } } } } }"
    [edge] = (await data(own_town, of, {"id": LISTED}))["asset"]["listings"]["edges"]
    query = f"""mutation($id: ID!, $listing: ID!) {{
      first: publishListing(input: {{assetId: $id}}) {PAYLOAD}
      broken: withdrawListing(input: {{listingId: $listing, reason: "x"}}) {{ replayed }}
      last: publishListing(input: {{assetId: $id}}) {PAYLOAD} }}"""
    body = await ask(own_town, query, {"id": HELD, "listing": edge["node"]["id"]}, OFFICER)

    assert body["data"]["first"]["userErrors"] == []
    assert body["data"]["first"]["listing"]["id"]
    assert body["data"]["broken"] is None
    assert [e["code"] for e in body["data"]["last"]["userErrors"]] == ["WRONG_STATE"]
    [error] = body["errors"]
    assert error["path"] == ["broken"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert SECRET not in str(body)
    assert SECRET in str([record.exc_info for record in caplog.records])
    assert {r.levelno for r in caplog.records if r.exc_info} == {logging.ERROR}
    caplog.clear()

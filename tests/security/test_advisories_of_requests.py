"""What once broke a server like this one, and was no document: a test for each, named after it.

Arrays, hosts, forms, ranges, patterns, tokens. CVE-2026-35523 and -35526 are in
tests/web/test_socket.py, beside the rest about WebSockets. Two wait for what they are about:
CVE-2026-39851 (an answer that tells whether an e-mail address is known) for signing in by e-mail,
and the forged webhooks of Polar's empty secret for webhooks.
"""

import time
from typing import Any

import httpx2
import pytest
import shapely

from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset
from commonweal.kernel.ids import write_id
from commonweal.people.actions import create_council_token
from commonweal.people.queries import viewer_of
from commonweal.places.postcodes import key
from commonweal.places.rules import PlaceKind
from commonweal.places.tables import Area, Place
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.makers import an_asset, the_council

from .pace import CPU_SECONDS, slowness


async def test_cve_2026_33756_no_array_is_a_request_however_short(
    service: httpx2.AsyncClient,
) -> None:
    for batch in ([], [{"query": "{__typename}"}], [{"query": "{__typename}"}] * 100):
        answer = await service.post("/graphql", json=batch)
        assert answer.status_code == 400
        assert "batches are off" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("host", ["localhost@evil.example", "localhost/graphql?", "evil.example#"])
async def test_pysec_2026_248_no_authority_is_read_out_of_a_url(
    service: httpx2.AsyncClient, host: str
) -> None:
    for path in ("/", "/graphql", "/metrics", "/files/fil_0"):
        answer = await service.get(path, headers={"host": host})
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_HOST"


@pytest.mark.alone
@pytest.mark.parametrize("path", ["/graphql", "/"])
async def test_pysec_2026_249_a_form_of_many_fields_is_not_read(
    service: httpx2.AsyncClient, path: str
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    before = time.process_time()
    answer = await service.post(path, content=b"a=b&" * 200_000, headers=form)
    assert time.process_time() - before < CPU_SECONDS * slowness()
    assert answer.status_code in (405, 415)


async def test_cve_2025_62727_a_page_has_no_ranges_to_be_asked_for(
    service: httpx2.AsyncClient,
) -> None:
    """Nor has a file: tests/web/test_files_read.py."""
    ranges = "bytes=" + ",".join(f"{n}-" for n in range(1_000))
    for path in ("/", "/healthz"):
        answer = await service.get(path, headers={"range": ranges})
        assert answer.status_code == 200
        assert "accept-ranges" not in answer.headers


PATTERNS = ["%", "_", "_%", "\\", "\\%", "'", "' OR 1=1 --", '"', "*", "?", "$1", ":a", "%(a)s"]


async def test_cve_2020_11010_a_pattern_is_looked_for_as_it_stands(database: Database) -> None:
    council = await the_council(database)
    await an_asset(database, council, reference="REF/1", reference_key="ref/1")

    async def place(tx: Transaction) -> None:
        named: dict[str, Any] = {"name": "Newport", "lookup": key("Newport"), "qualifier": ""}
        at = shapely.Point(-2, 52)
        await Place.create(id=tx.new_id(), kind=PlaceKind.TOWN, rank=1, location=at, **named)

    await in_transaction(database, place)
    query = """query($p: String!, $t: String!) {
      place(matching: $p) { place { name } }
      places(matching: $p) { totalCount }
      assets(reference: $t) { totalCount }
      areas(code: $t) { totalCount }
      search(words: $p) { totalCount }
    }"""
    for text in PATTERNS:
        found = await data(database, query, {"p": f"Newp{text}rt", "t": text})
        assert found.pop("place") in (None, {"place": None}), text
        assert [each["totalCount"] for each in found.values()] == [0] * 4, text


PUBLISH = """mutation($id: ID!) {
  done: publishListing(input: {assetId: $id}) {
    listing { id } userErrors { ... on UserError { code } }
  }
}"""
WITHDRAW = """mutation($id: ID!) {
  done: withdrawListing(input: {listingId: $id, reason: "x"}) {
    userErrors { ... on UserError { code } }
  }
}"""


async def test_cve_2026_35407_a_token_acts_for_its_own_councils_only(database: Database) -> None:
    councils = [await the_council(database, code) for code in ("E07000078", "E07000079")]

    async def bearer(council: Area) -> Any:
        async def make(tx: Transaction) -> str:
            return await create_council_token(tx, council_id=council.id, label="officer", days=1)

        return await viewer_of(database, await in_transaction(database, make))

    async def state(asset: Asset) -> AssetState:
        return AssetState((await Asset.get(id=asset.id)).state)

    own, other = [await bearer(council) for council in councils]
    asset = await an_asset(database, councils[0])

    async def done(mutation: str, number: str, viewer: Any) -> Any:
        found = await data(database, mutation, {"id": number}, viewer)
        return found["done"]

    number = write_id("ast", asset.id)
    refused = await done(PUBLISH, number, other)
    assert refused == {"listing": None, "userErrors": [{"code": "NOT_ALLOWED"}]}
    assert await state(asset) is AssetState.HELD
    published = await done(PUBLISH, number, own)
    assert published["userErrors"] == []
    listing = published["listing"]["id"]
    assert (await done(WITHDRAW, listing, other))["userErrors"] == [{"code": "NOT_ALLOWED"}]
    assert await state(asset) is AssetState.LISTED
    assert (await done(WITHDRAW, listing, own))["userErrors"] == []

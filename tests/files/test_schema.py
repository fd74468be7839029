"""Files in the API: their owner's, or public; else not there."""

from typing import Any

import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.files.actions import publish
from commonweal.files.tables import File
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import ask, data

OWNER, OTHER = Viewer(11, "tok_owner", (7,)), Viewer(12, "tok_other", (7,))
QUERY = """query($id: ID!) {
  file(id: $id) { id name mediaType sizeBytes sha256 createdAt url }
  node(id: $id) { __typename id ... on File { name } } }"""


async def a_file(database: Database) -> File:
    async def work(tx: Transaction) -> File:
        return await File.create(
            id=tx.new_id(),
            sha256="ab" * 32,
            name="plan.pdf",
            media_type="application/pdf",
            size_bytes=50_000_000,
            owner_id=11,
            created_at=tx.now,
        )

    return await in_transaction(database, work)


async def seen(database: Database, number: int, viewer: Viewer) -> dict[str, Any]:
    return await data(database, QUERY, {"id": write_id("fil", number)}, viewer)


async def test_its_owner_sees_all_of_it(database: Database) -> None:
    file = await a_file(database)
    number = write_id("fil", file.id)
    found = await seen(database, file.id, OWNER)
    assert found["file"] == {
        "id": number,
        "name": "plan.pdf",
        "mediaType": "application/pdf",
        "sizeBytes": 50_000_000,
        "sha256": "ab" * 32,
        "createdAt": "2026-11-22T12:00:00+00:00",
        "url": f"/files/{number}",
    }
    assert found["node"] == {"__typename": "File", "id": number, "name": "plan.pdf"}


@pytest.mark.parametrize("viewer", [OTHER, ANONYMOUS], ids=["another", "nobody"])
async def test_to_others_it_is_not_there_until_it_is_public(
    database: Database, viewer: Viewer
) -> None:
    file = await a_file(database)
    missing = await ask(database, QUERY, {"id": write_id("fil", 5)}, viewer)
    hidden = await ask(database, QUERY, {"id": write_id("fil", file.id)}, viewer)
    assert hidden == missing
    assert hidden["data"] == {"file": None, "node": None}

    await publish(file.id)
    found = await seen(database, file.id, viewer)
    assert found["file"]["name"] == found["node"]["name"] == "plan.pdf"


async def test_two_viewers_on_one_plan_each_see_their_own(database: Database) -> None:
    file = await a_file(database)
    for _ in range(50):
        assert (await seen(database, file.id, OWNER))["file"] is not None
        assert (await seen(database, file.id, OTHER))["file"] is None

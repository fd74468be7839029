"""Downloads over real HTTP: who may read what, and how harmless it goes out."""

import errno
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from commonweal.files import actions
from commonweal.files.tables import File
from commonweal.kernel.ids import read_id, write_id

from .uploading import PDF, Town, a_town, refusal


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(database_url, tmp_path / "files") as town:
        yield town


def shape(response: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """Everything of an answer but what names the request and the moment."""
    passing = ("date", "x-request-id")
    headers = {k: v for k, v in response.headers.items() if k not in passing}
    return response.status_code, response.content, headers


async def test_anothers_file_and_one_that_is_not_there_are_one_answer(town: Town) -> None:
    made = (await town.put(PDF)).json()
    there, nowhere = f"/files/{made['id']}", f"/files/{write_id('fil', 5)}"
    missing = shape(await town.http.get(nowhere, headers=town.other))
    assert missing[0] == 404
    etag = f'"{made["sha256"]}"'
    for headers in (town.other, {}, town.other | {"if-none-match": etag}, {"if-none-match": "*"}):
        assert shape(await town.http.get(there, headers=headers)) == missing
    for odd in ("/files/ast_0c1n2h5xjz3qk", "/files/x%00", "/files/" + made["sha256"]):
        assert shape(await town.http.get(odd, headers=town.clerk)) == missing
    assert (await town.http.get(there, headers=town.clerk)).status_code == 200


async def test_what_is_public_anyone_may_read_and_keep(town: Town) -> None:
    made = (await town.put(PDF)).json()
    there = f"/files/{made['id']}"
    own = await town.http.get(there, headers=town.clerk)
    assert own.headers["cache-control"] == "private, no-cache"
    number = read_id("fil", made["id"])
    assert number is not None
    await actions.publish(number)

    got = await town.http.get(there)
    assert got.content == PDF
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''plan.pdf"


async def test_who_has_it_already_is_told_so(town: Town) -> None:
    made = (await town.put(PDF)).json()
    there, etag = f"/files/{made['id']}", f'"{made["sha256"]}"'
    for given in (etag, f'W/{etag}, "x"', "*"):
        got = await town.http.get(there, headers=town.clerk | {"if-none-match": given})
        assert (got.status_code, got.content) == (304, b"")
        assert got.headers["etag"] == etag
    for given in ('"x"', made["sha256"]):
        got = await town.http.get(there, headers=town.clerk | {"if-none-match": given})
        assert got.status_code == 200


async def test_cve_2025_62727_a_range_is_not_looked_at(town: Town) -> None:
    made = (await town.put(PDF)).json()
    ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(500))
    got = await town.http.get(f"/files/{made['id']}", headers=town.clerk | {"range": ranges})
    assert (got.status_code, got.content) == (200, PDF)
    assert "accept-ranges" not in got.headers


async def test_bytes_that_are_gone_are_a_fault_of_ours_and_not_half_an_answer(town: Town) -> None:
    made = (await town.put(PDF)).json()
    [path] = [path for path in town.folder.rglob("*") if path.is_file()]
    path.unlink()
    got = await town.http.get(f"/files/{made['id']}", headers=town.clerk)
    assert refusal(got) == (500, "INTERNAL")


async def test_a_full_disk_is_said_and_nothing_remains(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("commonweal.store.contents._sync_folder", full)
    assert refusal(await town.put(PDF)) == (507, "STORAGE_FULL")
    assert await File.all().count() == 0
    monkeypatch.setattr("os.fsync", full)
    assert refusal(await town.put(PDF + b"more")) == (507, "STORAGE_FULL")
    assert not [name for name in town.kept() if name.endswith(".part")]

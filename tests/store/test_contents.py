"""Contents: whole or not at all, once, and never in memory."""

import asyncio
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commonweal.store.contents import (
    HEAD_BYTES,
    ORPHAN_SECONDS,
    ContentMissing,
    Contents,
    ContentTooLarge,
    StorageFull,
)
from tests.store.writing import write

MOST = 1_000_000


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    return Contents(tmp_path / "files")


async def some(*blocks: bytes) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


def there(contents: Contents) -> list[str]:
    return [path.name for path in contents.folder.rglob("*") if path.is_file()]


async def test_what_is_written_is_read_back_by_its_hash(contents: Contents) -> None:
    blocks = [os.urandom(100_000) for _ in range(8)]
    whole = b"".join(blocks)
    written = await write(contents, some(*blocks), MOST)
    assert written.sha256 == hashlib.sha256(whole).hexdigest()
    assert written.size_bytes == len(whole)
    assert written.head == whole[:HEAD_BYTES]
    assert await contents.read(written.sha256) == whole
    path = contents.path(written.sha256)
    assert path.relative_to(contents.folder).parts == (
        written.sha256[:2],
        written.sha256[2:4],
        written.sha256,
    )
    assert list(contents.held()) == [written.sha256]


async def test_the_same_bytes_many_times_at_once_are_one_file(contents: Contents) -> None:
    whole = os.urandom(600_000)
    written = await asyncio.gather(*(write(contents, some(whole), MOST) for _ in range(8)))
    assert len({each.sha256 for each in written}) == 1
    assert there(contents) == [written[0].sha256]


async def test_a_copy_that_the_disk_spoiled_is_mended_by_the_next_upload(
    contents: Contents,
) -> None:
    written = await write(contents, some(b"whole"), MOST)
    contents.path(written.sha256).write_bytes(b"who")
    assert contents.hash_of(written.sha256) != written.sha256
    await write(contents, some(b"whole"), MOST)
    assert contents.hash_of(written.sha256) == written.sha256


async def test_the_limit_holds_to_the_byte_and_nothing_of_more_remains(contents: Contents) -> None:
    written = await write(contents, some(b"x" * (MOST - 1), b"y"), MOST)
    assert written.size_bytes == MOST
    with pytest.raises(ContentTooLarge, match="1,000,000 bytes at most"):
        await write(contents, some(b"x" * MOST, b"y"), MOST)
    assert there(contents) == [written.sha256]


async def test_what_fails_half_way_leaves_nothing(contents: Contents) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"x" * 500_000
        assert len(there(contents)) == 1, "a part is on the disk"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await write(contents, cut(), MOST)
    assert there(contents) == []


async def test_what_is_cancelled_leaves_nothing(contents: Contents) -> None:
    began = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 300_000
            began.set()
            await asyncio.sleep(0)

    writing = asyncio.create_task(write(contents, endless(), 10**12))
    await began.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert there(contents) == []


async def test_what_is_looked_at_and_not_kept_leaves_nothing(contents: Contents) -> None:
    async with contents.receiving(some(b"looked at"), MOST) as received:
        assert received.part.read_bytes() == b"looked at"
    assert there(contents) == []


async def test_keeping_twice_is_keeping_once(contents: Contents) -> None:
    """A transaction that is run again does it again."""
    async with contents.receiving(some(b"kept"), MOST) as received:
        assert await received.keep() == await received.keep()
    assert there(contents) == [received.written.sha256]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_a_fact_and_leaves_nothing(
    contents: Contents, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageFull):
        await write(contents, some(b"x"), MOST)
    assert there(contents) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_disk_that_fills_while_it_is_written_is_a_fact(
    contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents.folder.mkdir()
    monkeypatch.setattr("secrets.token_hex", lambda _size: "0")
    (contents.folder / "0.part").symlink_to("/dev/full")
    monkeypatch.setattr(os, "O_EXCL", 0)
    with pytest.raises(StorageFull):
        await write(contents, some(b"x" * 300_000), MOST)
    assert there(contents) == []


async def test_another_fault_of_the_disk_stays_what_it_is(
    contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="broken"):
        await write(contents, some(b"x"), MOST)


async def test_parts_that_a_crash_left_are_swept_after_an_hour(contents: Contents) -> None:
    written = await write(contents, some(b"kept"), MOST)
    old, new = contents.folder / "a.part", contents.folder / "b.part"
    for part in (old, new):
        part.touch()
    past = time.time() - ORPHAN_SECONDS - 1
    os.utime(old, (past, past))
    os.utime(contents.path(written.sha256), (past, past))
    assert contents.sweep() == 1
    assert sorted(there(contents)) == sorted([written.sha256, "b.part"])
    assert Contents(contents.folder / "not there").sweep() == 0


async def test_a_content_that_is_not_there_is_a_fact(contents: Contents) -> None:
    with pytest.raises(ContentMissing):
        await contents.read("0" * 64)
    assert contents.hash_of("0" * 64) is None


@pytest.mark.parametrize("given", ["", "0" * 63, "A" * 64, "../" * 20 + "etc0", "0" * 64 + "\n"])
async def test_what_is_no_hash_names_no_path(contents: Contents, given: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        contents.path(given)

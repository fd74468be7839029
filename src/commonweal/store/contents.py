"""Contents: bytes on disk, each held once, under the SHA-256 of what they are.

    async with database.contents.receiving(chunks, most=MAX_FILE_BYTES) as received:
        written = await received.keep()  # when what it is has been looked at
    raw = await database.contents.read(written.sha256)

What comes is streamed into a part beside its final place, hashed on the way, and only when it is
whole and on the disk renamed to its hash: a content is there whole or not at all, and the same
bytes twice are one file. Never the whole is in memory, except by `read`. Nothing here knows whose
a content is or what it is called: that is a row's business (the room `files`).
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from commonweal.kernel.errors import UserError, fact

from .transaction import uninterrupted

T = TypeVar("T")

FOLDER: Final = Path(".data/files")  # unless a setting says otherwise
BLOCK_BYTES: Final = 256 * 1024  # gathered before a thread writes them: fewer turns, little memory
HEAD_BYTES: Final = 64 * 1024  # kept of each, by which its type is told
ORPHAN_SECONDS: Final = 3600  # a part this old was left by a crash: no upload may take so long
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
HASH: Final = re.compile(r"[0-9a-f]{64}")
PART: Final = ".part"


@fact
class ContentTooLarge(UserError):
    says = "A file may have {most_bytes:,} bytes at most. Split it, or make it smaller."
    most_bytes: int


@fact
class ContentMissing(UserError):
    says = "The bytes of this file are not where they were kept. Upload it again."
    sha256: str


@fact
class StorageFull(UserError):
    says = "There is no room left to keep this file. Try again later."


@dataclass(frozen=True, slots=True)
class Written:
    """What a content turned out to be."""

    sha256: str
    size_bytes: int
    head: bytes  # its first HEAD_BYTES


class Received:
    """A content that is whole and on the disk, but not kept yet."""

    def __init__(self, contents: "Contents", part: Path, written: Written) -> None:
        self.contents, self.part, self.written = contents, part, written
        self.kept = False

    async def keep(self) -> Written:
        """Put it in its place, in place of an older copy; again does nothing.

        Raises StorageFull.
        """
        if not self.kept:
            with _room():
                await _in_thread(self._move)
            self.kept = True
        return self.written

    def _move(self) -> None:
        target = self.contents.path(self.written.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.part.replace(target)
        for folder in (target.parent, target.parent.parent, self.contents.folder):
            _sync_folder(folder)


class Contents:
    """A folder of contents: `ab/cd/abcd…`, two levels so that none holds too many."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.asynccontextmanager
    async def receiving(self, chunks: AsyncIterable[bytes], most: int) -> AsyncIterator[Received]:
        """What comes, of at most so many bytes; where nobody keeps it, it is removed.

        Raises ContentTooLarge, StorageFull, and what `chunks` raises.
        """
        part = self.folder / f"{secrets.token_hex(16)}{PART}"
        try:
            with _room():
                written = await _receive(part, chunks, most)
            yield Received(self, part, written)
        finally:
            await _in_thread(part.unlink, True)

    async def read(self, sha256: str) -> bytes:
        """All of it, in memory. Raises ContentMissing."""
        try:
            return await _in_thread(self.path(sha256).read_bytes)
        except FileNotFoundError:
            raise ContentMissing(sha256) from None

    def path(self, sha256: str) -> Path:
        """Where it is, or would be. Raises ValueError for what is no hash in hex."""
        if not HASH.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256 in small hexadecimal digits")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def held(self) -> Iterator[str]:
        """The hash of every content that is there, by its name; see `hash_of` for its bytes."""
        for path in sorted(self.folder.glob("??/??/*")):
            if HASH.fullmatch(path.name):
                yield path.name

    def hash_of(self, sha256: str) -> str | None:
        """What the bytes kept under this name hash to; None where there are none."""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def remove(self, sha256: str) -> None:
        """Remove a content that nothing refers to any more; one that is not there is no error."""
        self.path(sha256).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove parts that a crash left behind: how many. Those of running uploads stay."""
        swept = 0
        for part in self.folder.glob(f"*{PART}"):
            with contextlib.suppress(FileNotFoundError):  # its upload has just ended
                if time.time() - part.stat().st_mtime > ORPHAN_SECONDS:
                    part.unlink()
                    swept += 1
        return swept


async def _receive(part: Path, chunks: AsyncIterable[bytes], most: int) -> Written:
    """Write a part and wait until the disk has it."""
    digest, size, head = hashlib.sha256(), 0, b""

    def append(block: bytes) -> None:
        digest.update(block)
        file.write(block)

    def finish() -> None:
        file.flush()
        os.fsync(file.fileno())

    file = _new(part)
    try:
        async for block in _blocks(chunks):
            size += len(block)
            if size > most:
                raise ContentTooLarge(most)
            head += block[: HEAD_BYTES - len(head)]
            await _in_thread(append, block)
        await _in_thread(finish)
    finally:
        file.close()
    return Written(digest.hexdigest(), size, head)


async def _blocks(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces that are worth a thread's turn."""
    block = bytearray()
    async for chunk in chunks:
        block += chunk
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _new(part: Path) -> Any:
    """A file that is nobody else's and no program, whatever is written into it."""
    part.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """Say of a full disk that it is full. Raises StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise


async def _in_thread(function: Callable[..., T], *values: Any) -> T:
    """Run what waits for the disk; to its end even if cancelled, for it holds a file."""
    return await uninterrupted(asyncio.to_thread(function, *values))

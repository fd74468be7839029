"""What is done with files. Each verb but `upload` runs in its caller's transaction."""

import asyncio
from collections.abc import AsyncIterable, Mapping
from datetime import timedelta
from typing import Any, Final

from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.store.contents import Received
from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.locks import one_at_a_time
from commonweal.store.transaction import Transaction, in_transaction

from .rules import DAY_SECONDS, FILE_BYTES, check_day, check_size, cleaned_name, named_for
from .sniffing import media_type_of
from .tables import File

JOB: Final = "forget_content"


async def upload(
    database: Database, viewer: Viewer, name: str, chunks: AsyncIterable[bytes]
) -> File:
    """Keep what somebody sends, as it comes; its row is written when it is whole.

    Raises FileNameNeeded, FileEmpty, FileTypeUnknown, FileCouldRun, ContentTooLarge,
    DailyUploadsReached, StorageFull, and what `chunks` raises; nothing remains then.
    """
    name = cleaned_name(name)
    # asked before as well, so that who may bring no more sends no more
    await in_transaction(database, lambda tx: _check_day(tx, viewer, 1))
    async with database.contents.receiving(chunks, FILE_BYTES.value) as received:
        check_size(received.written.size_bytes)
        media_type = await asyncio.to_thread(media_type_of, received.written.head, received.part)
        return await in_transaction(
            database, lambda tx: _keep(tx, viewer, received, name, media_type)
        )


async def _keep(
    tx: Transaction, viewer: Viewer, received: Received, name: str, media_type: str
) -> File:
    """The content first: should the commit fail, a content without a row does no harm."""
    assert viewer.id is not None
    await one_at_a_time(tx, viewer.id)  # two at once would each see the other's bytes unused
    await _check_day(tx, viewer, received.written.size_bytes)
    await one_at_a_time(tx, _number_of(received.written.sha256))
    written = await received.keep()
    return await File.create(
        id=tx.new_id(),
        sha256=written.sha256,
        name=named_for(name, media_type),
        media_type=media_type,
        size_bytes=written.size_bytes,
        owner_id=viewer.id,
        created_at=tx.now,
    )


async def _check_day(tx: Transaction, viewer: Viewer, more_bytes: int) -> None:
    lately = File.filter(owner_id=viewer.id, created_at__gt=tx.now - timedelta(seconds=DAY_SECONDS))
    used: list[Any] = await lately.annotate(used=Sum("size_bytes")).values_list("used", flat=True)
    check_day(int(used[0] or 0), more_bytes)


async def forget(tx: Transaction, files: QuerySet[File]) -> None:
    """Delete these files; their bytes go after the commit, unless another file has the same."""
    for file in await files.order_by("id"):
        await file.delete()
        await enqueue(tx, JOB, {"sha256": file.sha256})


async def forget_content(database: Database, facts: Mapping[str, Any]) -> None:
    """The job: remove bytes that no file has any more."""
    sha256 = facts["sha256"]

    async def work(tx: Transaction) -> None:
        await one_at_a_time(tx, _number_of(sha256))
        if not await File.exists(sha256=sha256):
            await asyncio.to_thread(database.contents.remove, sha256)

    await in_transaction(database, work)


def _number_of(sha256: str) -> int:
    """By which whoever keeps a content and whoever removes it take turns."""
    return int(sha256[:15], 16)


async def publish(file_id: int) -> None:
    """Let anyone read it from now on."""
    await File.filter(id=file_id).update(is_public=True)

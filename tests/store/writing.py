"""Keeping a content without looking at it first, as only tests do."""

from collections.abc import AsyncIterable

from commonweal.store.contents import Contents, Written


async def write(contents: Contents, chunks: AsyncIterable[bytes], most: int) -> Written:
    """Keep what comes, of at most so many bytes. Raises ContentTooLarge, StorageFull."""
    async with contents.receiving(chunks, most) as received:
        return await received.keep()

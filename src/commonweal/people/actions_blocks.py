"""Blocking somebody: what they send does not reach me, and nothing tells them so."""

from typing import Any

from commonweal.access import Viewer
from commonweal.store.transaction import Transaction

from .rules import BLOCKS, BlocksOneself, TooManyBlocks
from .tables_blocks import Block


async def block_person(tx: Transaction, viewer: Viewer, *, person_id: int) -> dict[str, Any]:
    """Hear nothing from somebody any more: no invitation of theirs reaches me."""
    assert viewer.id is not None
    if person_id == viewer.id:
        raise BlocksOneself
    if await Block.filter(person_id=viewer.id).count() >= BLOCKS.value:
        raise TooManyBlocks(BLOCKS.value)
    row = Block(id=tx.new_id(), person_id=viewer.id, blocked_id=person_id, since=tx.now)
    await Block.bulk_create([row], ignore_conflicts=True)
    return {"me": viewer.id}


async def unblock_person(tx: Transaction, viewer: Viewer, *, block_id: int) -> dict[str, Any]:
    """Hear from somebody again."""
    assert viewer.id is not None
    await Block.filter(id=block_id).delete()
    return {"me": viewer.id}


async def blocks(email_key: str, sender_id: int | None) -> bool:
    """Whether whoever has this address blocked the sender."""
    return await Block.exists(person__email_key=email_key, blocked_id=sender_id)

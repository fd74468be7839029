"""Blocking somebody: what they send does not reach me, and nothing tells them so.

What is sent to an address that somebody types is counted for that address, blocked or not.
"""

from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.limits import limit
from commonweal.store.keyed import hex_digest
from commonweal.store.transaction import Transaction

from .rules import BLOCKS, DAY, BlocksOneself, TooManyBlocks
from .tables_blocks import Block
from .tries import Tries

TO_ADDRESS: Final = Tries(
    "invitations to an address",
    limit(
        "invitations to one address by an organisation or a household in a day",
        3,
        "invitations",
        "one was lost, one was for another role",
    ).value,
    DAY,
)


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


def nowhere(tx: Transaction, email_key: str) -> str:
    """A key that is no address, for what somebody who is blocked sends to this one."""
    return hex_digest(tx.database, "withheld invitation", email_key)

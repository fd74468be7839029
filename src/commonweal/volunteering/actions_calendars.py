"""The secret address at which somebody's calendar asks for their shifts: made, replaced, ended."""

import secrets
from typing import Any

from commonweal.access import Viewer
from commonweal.people.actions import PREFIX, SECRET_BYTES, hash_of, present
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .tables_calendars import CalendarAddress


async def make_calendar_address(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """Have my shifts in a calendar of mine: whoever knows this address sees them.

    A new one replaces the old, which is answered no more.
    """
    me = await present(viewer.id)  # so that of two at once the later one's is the address
    await CalendarAddress.filter(person_id=me.id).delete()
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await CalendarAddress.create(
        id=tx.new_id(), person_id=me.id, secret_hash=hash_of(secret), created_at=tx.now
    )
    await record(tx, viewer.name, [Entry("per", me.id, "make_calendar_address", {})])
    return {"me": me.id, "url": f"{tx.database.public_url}/calendars/{secret}.ics"}


async def end_calendar_address(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """Answer my calendar's address no more."""
    me = await present(viewer.id)
    await CalendarAddress.filter(person_id=me.id).delete()
    await record(tx, viewer.name, [Entry("per", me.id, "end_calendar_address", {})])
    return {"me": me.id}

"""Watching assets, and the letter of the morning about those to which something happened.

As with saved searches (listings/actions_searches.py) it is one letter a person and civil day, and
only where there is something; that it goes out once is decided by `last_told_on`.
"""

from collections.abc import Sequence
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.listings.rules_searches import SETTLING, is_morning
from commonweal.messages.actions import send
from commonweal.messages.links import person_of, token_of
from commonweal.people.tables import Person
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction

from . import letters
from .rules_timeline import WATCHES, Happening, TooManyWatches, said
from .tables import Case, Watch

LETTERS: Final = "unsubscribe_watches"  # what their link is for
TOLD_AT_ONCE: Final = 50  # people whom one transaction of the job sees to: a short one
SHOWN: Final = 10  # of an asset's news, the newest: the timeline has them all


async def watch_asset(tx: Transaction, viewer: Viewer, *, asset_id: int) -> dict[str, Any]:
    """Be told in the morning when something public happens to an asset."""
    assert viewer.id is not None
    await Person.select_for_update(no_key=True).get(id=viewer.id)  # so that none is one too many
    mine = Watch.filter(person_id=viewer.id)
    if not await mine.filter(asset_id=asset_id).exists():
        if await mine.count() >= WATCHES.value:
            raise TooManyWatches(WATCHES.value)
        await Watch.create(
            id=tx.new_id(),
            person_id=viewer.id,
            asset_id=asset_id,
            since=tx.now,
            seen_until=tx.now,
            last_told_on=civil_day(tx.now),
        )
    return {"asset": asset_id, "me": viewer.id}


async def unwatch_asset(tx: Transaction, viewer: Viewer, *, asset_id: int) -> dict[str, Any]:
    """Watch an asset no more."""
    await Watch.filter(person_id=viewer.id, asset_id=asset_id).delete()
    return {"asset": asset_id, "me": viewer.id}


async def unwatch_all(tx: Transaction, token: str) -> None:
    """End the letters of whoever a link was sent to; nothing where it was sent to nobody."""
    person_id = person_of(tx.database, token, LETTERS)
    if person_id is not None:
        await Watch.filter(person_id=person_id).delete()


# ---- the morning ---------------------------------------------------------------------------------


async def tell_watchers(tx: Transaction) -> int:
    """Write to a batch of people who were not seen to today: how many were. A job's work."""
    if not is_morning(tx.now):
        return 0
    due = Watch.filter(last_told_on__lt=civil_day(tx.now)).order_by("person_id")
    first: list[Any] = await due.limit(TOLD_AT_ONCE).values_list("person_id", flat=True)
    people = sorted(set(first))
    for person_id in people:
        await _tell(tx, person_id)
    return len(people)


async def _tell(tx: Transaction, person_id: int) -> None:
    """One letter about all that somebody watches, where there is anything."""
    today, until = civil_day(tx.now), tx.now - SETTLING
    due = Watch.filter(person_id=person_id, last_told_on__lt=today).order_by("id")
    mine = await due.select_for_update(no_key=True).prefetch_related("asset")
    found: list[letters.Watched] = []
    for watch in mine:
        found.append((watch.asset.name, await _news(watch, until)))
        watch.last_told_on, watch.seen_until = today, until
    if mine:  # else another worker was first
        await Watch.bulk_update(mine, ["last_told_on", "seen_until"])
    found = [(name, news) for name, news in found if news]
    person = await Person.get(id=person_id)
    if found and person.email:
        token = token_of(tx.database, person_id, LETTERS)
        off = f"{tx.database.public_url}/unsubscribe/{token}"
        await send(tx, person.email, letters.watched(found, off), person_id=person_id)


async def _news(watch: Watch, until: Any) -> Sequence[str]:
    """What happened to an asset since its watcher was told, in the public's words, in its order."""
    cases: list[Any] = await Case.filter(asset_id=watch.asset_id).values_list("id", flat=True)
    public = AuditRecord.filter(subject_id__in=[watch.asset_id, *cases], action__in=list(Happening))
    lately = public.filter(at__gte=watch.seen_until, at__lt=until).order_by("-id").limit(SHOWN)
    actions: list[Any] = await lately.values_list("action", flat=True)
    return [said(action) for action in reversed(actions)]

"""Saving searches, and the digest of the morning.

A digest is one letter a person for all their searches, and only where there is something. A search
is run outside any transaction by what `web` hands in (the same plan that answers `search`); that
it goes out once a civil day is decided by `last_sent_on`, which one of several workers moves on.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import read_id
from commonweal.messages.actions import send
from commonweal.messages.links import person_of, token_of
from commonweal.people.tables import Person
from commonweal.places.coordinates import degrees
from commonweal.places.rules import NearNeedsOnePlace, NotAnArea, checked_radius
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

from . import letters
from .rules_searches import (
    FOUND,
    SEARCH_CHARACTERS,
    SEARCHES,
    SETTLING,
    SearchTooLong,
    TooManySearches,
    as_arguments,
    checked_search_name,
    is_morning,
)
from .tables_searches import SavedSearch
from .words import asked

LETTERS: Final = "unsubscribe"  # what the link of a digest is for


@dataclass(frozen=True, slots=True)
class Found:
    """A listing that a search found, the newest first."""

    title: str
    address: str | None
    published_at: datetime


Search = Callable[[Database, Mapping[str, Any]], Awaitable[Sequence[Found]]]


async def save_search(
    tx: Transaction, viewer: Viewer, *, name: str, alert: bool = True, **given: Any
) -> dict[str, Any]:
    """Keep a search; unless `alert` is false, a letter tells me in the morning what is new."""
    assert viewer.id is not None
    name = checked_search_name(name)
    arguments = _checked(given)
    await Person.select_for_update(no_key=True).get(id=viewer.id)  # so that none is one too many
    if await SavedSearch.filter(person_id=viewer.id).count() >= SEARCHES.value:
        raise TooManySearches(SEARCHES.value)
    row = await SavedSearch.create(
        id=tx.new_id(),
        person_id=viewer.id,
        name=name,
        arguments=arguments,
        alert=alert,
        created_at=tx.now,
        seen_until=tx.now,
        last_sent_on=civil_day(tx.now),
    )
    return {"search": row.id, "me": viewer.id}


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are kept, by the rules by which `search` would refuse them."""
    if (words := given.get("words")) and words.strip():
        asked(words)
    if (area := given.get("area")) is not None and read_id("are", area) is None:
        raise NotAnArea(area[:40]).at("input", "area")
    if (near := given.get("near")) is not None:
        place, point = near.get("place"), (near.get("longitude"), near.get("latitude"))
        if (place is not None) == (point != (None, None)) or (None in point and place is None):
            raise NearNeedsOnePlace().at("input", "near")
        if place is None:
            degrees(*point)
        if near.get("within_metres") is not None:
            checked_radius(near["within_metres"])
    arguments = as_arguments(given)
    characters = len(json.dumps(arguments, ensure_ascii=False))
    if characters > SEARCH_CHARACTERS.value:
        raise SearchTooLong(SEARCH_CHARACTERS.value, characters).at("input")
    return arguments


async def rename_search(
    tx: Transaction, viewer: Viewer, *, search_id: int, name: str
) -> dict[str, Any]:
    """Call a saved search something else."""
    await SavedSearch.filter(id=search_id).update(name=checked_search_name(name))
    return {"search": search_id}


async def delete_search(tx: Transaction, viewer: Viewer, *, search_id: int) -> dict[str, Any]:
    """Forget a saved search."""
    await SavedSearch.filter(id=search_id).delete()
    return {"me": viewer.id}


async def set_alert(tx: Transaction, viewer: Viewer, *, search_id: int, on: bool) -> dict[str, Any]:
    """Have a search looked at each morning, from now on, or no longer."""
    if on:
        changes: dict[str, Any] = {"alert": True, "seen_until": tx.now}
        await SavedSearch.filter(id=search_id, alert=False).update(**changes)
    else:
        await SavedSearch.filter(id=search_id).update(alert=False)
    return {"search": search_id}


# ---- the morning ---------------------------------------------------------------------------------


async def send_digests(search: Search, database: Database, _facts: Mapping[str, Any]) -> None:
    """The job: for each person whose searches were not seen to today, look, and write to them."""
    now = await in_transaction(database, _now)
    if not is_morning(now):
        return
    today = civil_day(now)
    due = SavedSearch.filter(alert=True, last_sent_on__lt=today)
    people = sorted(set(await due.values_list("person_id", flat=True)))
    until = now - SETTLING
    for person_id in people:
        found = {
            row.id: [
                each
                for each in await search(database, row.arguments)
                if row.seen_until <= each.published_at < until
            ]
            for row in await due.filter(person_id=person_id)
        }

        async def work(
            tx: Transaction, of: Any = person_id, found: dict[int, list[Found]] = found
        ) -> None:
            rows = due.filter(person_id=of, id__in=list(found)).order_by("id")
            mine = await rows.select_for_update(no_key=True)
            if not mine:  # another worker was first
                return
            ours = SavedSearch.filter(id__in=[row.id for row in mine])
            await ours.update(last_sent_on=today, seen_until=until)
            await _write(tx, of, [(row.name, found[row.id]) for row in mine])

        await in_transaction(database, work)


async def _now(tx: Transaction) -> datetime:
    return tx.now


async def _write(
    tx: Transaction, person_id: int, found: Sequence[tuple[str, Sequence[Found]]]
) -> None:
    """One letter about all of it, where there is any."""
    person = await Person.get(id=person_id)
    left, findings = FOUND.value, []
    for name, listings in found:
        if shown := listings[:left]:
            findings.append((name, [(each.title, each.address) for each in shown]))
            left -= len(shown)
    if findings and person.email:
        rest = sum(len(listings) for _, listings in found) - (FOUND.value - left)
        token = token_of(tx.database, person_id, LETTERS)
        off = f"{tx.database.public_url}/unsubscribe/{token}"
        await send(tx, person.email, letters.digest(findings, rest, off), person_id=person_id)


# ---- off with one click --------------------------------------------------------------------------


async def unsubscribe(tx: Transaction, token: str) -> None:
    """Turn off the alerts of whoever a link was sent to; nothing where it was sent to nobody."""
    person_id = person_of(tx.database, token, LETTERS)
    if person_id is not None:
        await SavedSearch.filter(person_id=person_id).update(alert=False)

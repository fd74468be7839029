"""Pots: opened, frozen and thawed. A pot's row is locked by whoever moves its credits."""

from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import open_account
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.store.jobs import enqueue
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .posting import say, unit_of
from .rules import POT, PotKind, PotState, checked_name
from .rules_bulk import JOB, LineState
from .tables import Pot, Scheme
from .tables_bulk import GrantLine


async def locked_pot(pot_id: int) -> Pot:
    """A pot's row."""
    return await Pot.select_for_update(no_key=True).get(id=pot_id)


async def community_pot(scheme_id: int) -> Pot:
    """Where what lapses goes."""
    return await Pot.get(scheme_id=scheme_id, kind=PotKind.COMMUNITY)


async def open_pot(
    tx: Transaction,
    viewer: Viewer,
    *,
    scheme_id: int,
    name: str,
    organisation_id: int | None = None,
) -> dict[str, Any]:
    """Open a pot of the council's own, or one that an organisation grants from."""
    scheme = await Scheme.get(id=scheme_id)
    kind = PotKind.COUNCIL if organisation_id is None else PotKind.ORGANISATION
    if organisation_id is not None:
        await locked_organisation(organisation_id)
    pot = await begun_pot(tx, scheme, kind, checked_name(name), organisation_id)
    facts = {"scheme": write_id("sch", scheme.id)}
    await say(tx, viewer, pot, "open_pot", **facts)
    return {"pot": pot.id}


async def begun_pot(
    tx: Transaction, scheme: Scheme, kind: PotKind, name: str, organisation_id: int | None = None
) -> Pot:
    """A pot with nothing in it."""
    number = tx.new_id()
    owner, unit = write_id("pot", number), unit_of(scheme.id)
    return await Pot.create(
        id=number,
        scheme_id=scheme.id,
        kind=kind,
        organisation_id=organisation_id,
        name=name,
        state=PotState(POT.initial),
        account=await open_account(tx, kind="pot", owner=owner, unit=unit),
        opened_at=tx.now,
    )


async def freeze_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let nothing be granted from a pot until it is thawed; lines of files wait."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "freeze")
    await say(tx, viewer, pot, "freeze_pot")
    return {"pot": pot.id}


async def thaw_pot(tx: Transaction, viewer: Viewer, *, pot_id: int) -> dict[str, Any]:
    """Let it grant again."""
    pot = await locked_pot(pot_id)
    await move(pot, POT, "thaw")
    waiting = GrantLine.filter(file__pot_id=pot.id, state=LineState.PENDING)
    files: list[Any] = await waiting.distinct().values_list("file_id", flat=True)
    for number in sorted(files):
        await enqueue(tx, JOB, {"file": number})
    await say(tx, viewer, pot, "thaw_pot")
    return {"pot": pot.id}

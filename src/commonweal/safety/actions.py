"""Hiding and restoring, and appeals. Each verb takes the subject's row before its hiding's."""

from collections.abc import Iterable
from typing import Any

from tortoise.exceptions import IntegrityError

from commonweal.access import Role, Viewer
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.tables import Listing
from commonweal.messages.rules import Letter
from commonweal.people.actions_organisations import current, set_hidden, tell
from commonweal.people.rules_organisations import checked_reason
from commonweal.people.tables_organisations import Membership, Organisation, OrganisationArea
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions_reports import check_impartial, uphold_reports
from .rules import (
    APPEAL,
    PREFIXES,
    AlreadyAppealed,
    AnotherOfficer,
    AppealState,
    HidingOver,
    SubjectKind,
)
from .tables import Appeal, Hiding

AUTHORS = (Role.OWNER, Role.COORDINATOR)


async def hide_listing(
    tx: Transaction, viewer: Viewer, *, listing_id: int, reason: str
) -> dict[str, Any]:
    """Take a listing out of everybody's sight but the council's officers'."""
    reason = checked_reason(reason)
    row = await listings.hide(tx, listing_id)
    hiding = await _begin(tx, viewer, row, row.title, reason)
    return {"listing": row.id, "hiding": hiding}


async def hide_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, reason: str
) -> dict[str, Any]:
    """Take an organisation out of the sight of all but its members and the council's officers."""
    reason = checked_reason(reason)
    check_impartial(viewer, organisation_id)
    row = await set_hidden(organisation_id, True)
    hiding = await _begin(tx, viewer, row, row.name, reason)
    return {"organisation": row.id, "hiding": hiding}


async def _begin(
    tx: Transaction, viewer: Viewer, row: Listing | Organisation, name: str, reason: str
) -> int:
    """Write a hiding down; the subject's row is ours. Reports of it were right."""
    kind = SubjectKind.LISTING if isinstance(row, Listing) else SubjectKind.ORGANISATION
    hiding = await Hiding.create(
        id=tx.new_id(),
        subject_kind=kind,
        subject_id=row.id,
        council_id=row.council_id,
        reason=reason,
        hidden_by=viewer.name,
        since=tx.now,
    )
    await uphold_reports(tx, viewer, row.id)
    facts = {"hiding": write_id("hid", hiding.id)}
    await record(tx, viewer.name, [Entry(PREFIXES[kind], row.id, f"hide_{kind.lower()}", facts)])
    await _tell(tx, await _authors(tx, hiding), viewer, letters.hidden(name, reason))
    return int(hiding.id)


async def restore_listing(
    tx: Transaction, viewer: Viewer, *, listing_id: int, reason: str
) -> dict[str, Any]:
    """Put a hidden listing back into the shop window."""
    reason = checked_reason(reason)
    row = await listings.restore(tx, listing_id)
    hiding = await _lasting(row.id)
    await _end(tx, viewer, hiding, row.title, reason)
    return {"listing": row.id, "hiding": hiding.id}


async def restore_organisation(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, reason: str
) -> dict[str, Any]:
    """Let everybody see an organisation again."""
    reason = checked_reason(reason)
    check_impartial(viewer, organisation_id)
    row = await set_hidden(organisation_id, False)
    hiding = await _lasting(row.id)
    await _end(tx, viewer, hiding, row.name, reason)
    return {"organisation": row.id, "hiding": hiding.id}


async def _lasting(subject_id: int) -> Hiding:
    return await Hiding.select_for_update(no_key=True).get(
        subject_id=subject_id, until__isnull=True
    )


async def _end(tx: Transaction, viewer: Viewer, hiding: Hiding, name: str, reason: str) -> None:
    """End a hiding whose subject was shown again. Whoever appealed was right."""
    hiding.until, hiding.restored_because = tx.now, reason
    await hiding.save(update_fields=["until", "restored_because"])
    made = await Appeal.get_or_none(hiding_id=hiding.id, state=AppealState.OPEN)
    if made:
        await move(made, APPEAL, "uphold", decided_at=tx.now, decision=reason)
    facts = {"hiding": write_id("hid", hiding.id)}
    kind = hiding.subject_kind
    entry = Entry(PREFIXES[kind], hiding.subject_id, f"restore_{kind.lower()}", facts)
    await record(tx, viewer.name, [entry])
    await _tell(tx, await _authors(tx, hiding), viewer, letters.restored(name, reason))


async def appeal(tx: Transaction, viewer: Viewer, *, hiding_id: int, words: str) -> dict[str, Any]:
    """Say once why something of ours should not be hidden; another officer decides."""
    words = checked_reason(words)
    hiding = await Hiding.select_for_update(no_key=True).get(id=hiding_id)
    if hiding.until is not None:
        raise HidingOver
    if await Appeal.exists(hiding_id=hiding.id):
        raise AlreadyAppealed
    try:
        row = await Appeal.create(
            id=tx.new_id(),
            state=AppealState(APPEAL.initial),
            hiding_id=hiding.id,
            words=words,
            appealed_by=viewer.name,
            created_at=tx.now,
        )
    except IntegrityError as error:
        raise AlreadyAppealed from error
    await _note(tx, viewer, hiding, "appeal", row)
    officers = await _officers(tx, hiding.council_id)
    await _tell(tx, officers, viewer, letters.appealed(await _name(hiding), words))
    return {"appeal": row.id, "hiding": hiding.id}


async def decide_appeal(
    tx: Transaction, viewer: Viewer, *, appeal_id: int, upheld: bool, reason: str
) -> dict[str, Any]:
    """Decide an appeal that I neither made nor hid the cause of. Upheld, it ends the hiding."""
    reason = checked_reason(reason)
    row = await Appeal.get(id=appeal_id)
    hiding = await Hiding.get(id=row.hiding_id)
    check_impartial(viewer, hiding.subject_id)
    if viewer.name in (hiding.hidden_by, row.appealed_by):
        raise AnotherOfficer
    if upheld:
        await _show(tx, hiding)
    hiding = await Hiding.select_for_update(no_key=True).get(id=hiding.id)
    await row.refresh_from_db()  # of two who decide at once one waited for the other
    APPEAL.check("uphold" if upheld else "dismiss", row.state)
    if upheld:
        await _end(tx, viewer, hiding, await _name(hiding), reason)
    else:
        await move(row, APPEAL, "dismiss", decided_at=tx.now, decision=reason)
        letter = letters.appeal_dismissed(await _name(hiding), reason)
        await _tell(tx, await _authors(tx, hiding), viewer, letter)
    await _note(tx, viewer, hiding, "decide_appeal", row, upheld=upheld)
    return {"appeal": row.id, "hiding": hiding.id}


async def _show(tx: Transaction, hiding: Hiding) -> None:
    """Show the subject again; a listing that was taken back meanwhile stays so."""
    if hiding.subject_kind is SubjectKind.ORGANISATION:
        await set_hidden(hiding.subject_id, False)
    else:
        await listings.restore(tx, hiding.subject_id, if_hidden=True)


async def _name(hiding: Hiding) -> str:
    if hiding.subject_kind is SubjectKind.ORGANISATION:
        return (await Organisation.get(id=hiding.subject_id)).name
    return (await Listing.get(id=hiding.subject_id)).title


async def _note(
    tx: Transaction, viewer: Viewer, hiding: Hiding, verb: str, row: Appeal, **facts: Any
) -> None:
    facts["appeal"] = write_id("apl", row.id)
    entry = Entry(PREFIXES[hiding.subject_kind], hiding.subject_id, verb, facts)
    await record(tx, viewer.name, [entry])


async def _authors(tx: Transaction, hiding: Hiding) -> set[int]:
    """The people who may appeal: of a listing, for now, the council's officers."""
    if hiding.subject_kind is SubjectKind.LISTING:
        return await _officers(tx, hiding.council_id)
    theirs = Membership.filter(organisation_id=hiding.subject_id, role__in=AUTHORS)
    return set(await theirs.filter(current()).values_list("person_id", flat=True))  # type: ignore[arg-type]


async def _officers(tx: Transaction, council_id: int) -> set[int]:
    held = OrganisationArea.filter(current(), area_id=council_id, owned=True)
    councils = list(await held.values_list("organisation_id", flat=True))
    theirs = Membership.filter(current(), organisation_id__in=councils, role=Role.OFFICER)
    return set(await theirs.values_list("person_id", flat=True))  # type: ignore[arg-type]


async def _tell(tx: Transaction, people: Iterable[int], viewer: Viewer, letter: Letter) -> None:
    """Write to these people, but not to who acts."""
    await tell(tx, [each for each in people if each != viewer.id], letter)

"""Councils that begin and end: set up by who runs the service, handed over on a vesting day.

The successor agrees, since the other's officers will be its own. Until the day everything stays as
it is, and the handing over can be taken back. On it a job gives
the successor the areas, whoever had a post, the people whom the council registered and its checks
of members; open invitations end. Rows elsewhere name areas, so nothing else moves.
"""

from datetime import date, timedelta
from typing import Any, Final

from commonweal.access import Role, Viewer
from commonweal.kernel.calendar import CIVIL_ZONE, civil_day, end_of_day
from commonweal.kernel.ids import write_id
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .actions_organisations import OPERATOR, appoint, current, end, locked, tell_owners
from .rules_organisations import (
    LegalForm,
    NotACouncil,
    OrganisationKind,
    OrganisationState,
    checked_organisation_name,
)
from .rules_partners import NotOffered, SuccessorUnfit, check_vesting
from .tables import Person
from .tables_checks import Check
from .tables_organisations import Membership, Organisation, OrganisationArea

ONE_DAY: Final = timedelta(days=1)


async def appoint_council(tx: Transaction, *, area_id: int, name: str) -> Organisation:
    """The council that owns an area, set up where there is none. Raises NotACouncil."""
    if not await Area.exists(id=area_id, kind=AreaKind.COUNCIL):
        raise NotACouncil
    held = await OrganisationArea.get_or_none(area_id=area_id, owned=True, until__isnull=True)
    if held:
        return await locked(held.organisation_id)
    row = await Organisation.create(
        id=tx.new_id(),
        kind=OrganisationKind.COUNCIL,
        state=OrganisationState.VERIFIED,
        name=checked_organisation_name(name),
        legal_form=LegalForm.LOCAL_AUTHORITY,
        council_id=area_id,
        created_at=tx.now,
        decided_at=tx.now,
    )
    await _own(tx, row.id, area_id)
    facts = {"area": write_id("are", area_id)}
    await record(tx, OPERATOR, [Entry("org", row.id, "appoint_council", facts)])
    return row


async def _own(tx: Transaction, organisation_id: int, area_id: int) -> None:
    await OrganisationArea.create(
        id=tx.new_id(),
        organisation_id=organisation_id,
        area_id=area_id,
        owned=True,
        since=tx.now,
    )


async def hand_over_council(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, successor_id: int, vests_on: date
) -> dict[str, Any]:
    """End a council on a day, and hand all that is its own to another from that day on."""
    check_vesting(vests_on, civil_day(tx.now))
    if not await Organisation.exists(id=successor_id, kind=OrganisationKind.COUNCIL, hidden=False):
        raise SuccessorUnfit  # whatever it is, if it is there at all
    numbers = sorted({organisation_id, successor_id})
    rows = {number: await locked(number) for number in numbers}
    row, successor = rows[organisation_id], rows[successor_id]
    councils = {each.kind for each in rows.values()} == {OrganisationKind.COUNCIL}
    lasting = Organisation.exclude(state=OrganisationState.ENDED)
    chained = await lasting.filter(successor_id=row.id).exists()
    if not councils or successor.id == row.id or successor.successor_id is not None or chained:
        raise SuccessorUnfit
    row.successor_id, row.ends_at = successor.id, end_of_day(vests_on - ONE_DAY, CIVIL_ZONE)
    row.successor_agreed = False
    await row.save(update_fields=["successor_id", "ends_at", "successor_agreed"])
    await tell_owners(tx, successor, letters.council_handed_over(row.name, vests_on))
    facts = {"successor": write_id("org", successor.id), "vests_on": vests_on.isoformat()}
    await record(tx, viewer.name, [Entry("org", row.id, "hand_over_council", facts)])
    return {"organisation": row.id}


async def take_over_council(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, predecessor_id: int
) -> dict[str, Any]:
    """Agree to take over a council on its vesting day: its officers will be ours."""
    rows = {number: await locked(number) for number in sorted({organisation_id, predecessor_id})}
    row = rows[predecessor_id]
    if row.successor_id != organisation_id:
        raise NotOffered
    row.successor_agreed = True
    await row.save(update_fields=["successor_agreed"])
    facts = {"from": write_id("org", row.id)}
    await record(tx, viewer.name, [Entry("org", organisation_id, "agree_to_take_over", facts)])
    return {"organisation": organisation_id}


async def keep_council(tx: Transaction, viewer: Viewer, *, organisation_id: int) -> dict[str, Any]:
    """Take back that a council is to be handed over."""
    row = await locked(organisation_id)
    row.successor_id = row.ends_at = None
    row.successor_agreed = False
    await row.save(update_fields=["successor_id", "ends_at", "successor_agreed"])
    await record(tx, viewer.name, [Entry("org", row.id, "keep_council", {})])
    return {"organisation": row.id}


async def vest_councils(tx: Transaction) -> int:
    """Hand over the first council whose day has come: how many that was. A job's work.

    One whose successor has not agreed goes on until it does.
    """
    over = Organisation.filter(ends_at__lte=tx.now, successor_agreed=True)
    over = over.exclude(state=OrganisationState.ENDED)
    due = await over.order_by("ends_at", "id").first()
    if due is None:
        return 0
    assert due.successor_id is not None
    numbers = sorted((due.id, due.successor_id))
    rows = {number: await locked(number) for number in numbers}
    row, successor = rows[due.id], rows[due.successor_id]
    still = row.successor_agreed and row.ends_at is not None and row.ends_at <= tx.now
    if not still or row.successor_id != successor.id:  # taken back while this waited
        raise Overtaken
    owned = OrganisationArea.filter(current(), organisation_id=row.id, owned=True)
    areas = sorted(each.area_id for each in await owned)
    posts = await Membership.filter(current(), organisation_id=row.id).order_by("id")
    await end(tx, "system:clock", row)  # first: whoever acts for somebody by it no longer does
    await Person.filter(registered_by_id=row.id).update(registered_by_id=successor.id)
    await Check.filter(organisation_id=row.id).update(organisation_id=successor.id)
    for number in areas:
        await _own(tx, successor.id, number)
    held = await Membership.filter(current(), organisation_id=successor.id)
    known = {(each.person_id, each.role) for each in held}
    for post in posts:
        role = Role.MEMBER if post.role is Role.OWNER else post.role  # it has owners of its own
        if (post.person_id, role) not in known:
            known.add((post.person_id, role))
            await appoint(tx, successor.id, post.person_id, role)
    facts = {"from": write_id("org", row.id), "areas": [write_id("are", n) for n in areas]}
    await record(tx, "system:clock", [Entry("org", successor.id, "take_over_council", facts)])
    return 1

"""Recording, reading and withdrawing DBS checks of an organisation's members.

Each reading is on record for whom it is about, and in their audit: who read, when, of which
organisation; never what was read. Nobody records or reads their own here: another has to look.
"""

from datetime import date
from typing import Any

from tortoise.expressions import Q

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Transaction

from .actions_organisations import current, locked
from .rules_checks import CHECKS_KEPT, CheckLevel, CheckOutcome, CheckWithdrawn, checked_days
from .rules_organisations import NotAMember
from .tables_checks import Check, CheckReading
from .tables_organisations import Membership


async def record_check(
    tx: Transaction,
    viewer: Viewer,
    *,
    membership_id: int,
    level: CheckLevel,
    outcome: CheckOutcome,
    checked_on: date,
    expires_on: date | None = None,
) -> dict[str, Any]:
    """Record what came of a member's DBS check, and until when it is good: never what it says."""
    assert viewer.id is not None
    member = await _other_member(tx, viewer, membership_id)
    check = await Check.create(
        id=tx.new_id(),
        organisation_id=member.organisation_id,
        person_id=member.person_id,
        check_level=level,
        outcome=outcome,
        checked_on=checked_on,
        expires_on=checked_days(checked_on, expires_on, civil_day(tx.now)),
        checker_id=viewer.id,
        created_at=tx.now,
    )
    await _say(tx, viewer, check, "record_check", check=write_id("chk", check.id))
    return {"membership": member.id}


async def read_checks(tx: Transaction, viewer: Viewer, *, membership_id: int) -> dict[str, Any]:
    """Read what we have of a member's DBS checks. They see that I did."""
    assert viewer.id is not None
    member = await _other_member(tx, viewer, membership_id)
    reading = await CheckReading.create(
        id=tx.new_id(),
        organisation_id=member.organisation_id,
        person_id=member.person_id,
        reader_id=viewer.id,
        at=tx.now,
    )
    await _say(tx, viewer, reading, "read_checks")
    return {"reading": reading.id}


async def withdraw_check(tx: Transaction, viewer: Viewer, *, check_id: int) -> dict[str, Any]:
    """Take a check back that does not hold: nobody reads it any more."""
    if not await Check.filter(id=check_id, withdrawn_at__isnull=True).update(withdrawn_at=tx.now):
        raise CheckWithdrawn
    check = await Check.get(id=check_id)
    if check.person_id == viewer.id:
        raise NotAMember
    await _say(tx, viewer, check, "withdraw_check", check=write_id("chk", check.id))
    return {}


async def sweep_checks(tx: Transaction) -> int:
    """Delete a batch of checks that have been over, or withdrawn, for long: how many."""
    oldest = CHECKS_KEPT.oldest(tx.now)
    over = Q(expires_on__lt=civil_day(oldest)) | Q(withdrawn_at__lt=oldest)
    return await swept(Check.filter(over).order_by("id"))


async def _other_member(tx: Transaction, viewer: Viewer, membership_id: int) -> Membership:
    """A member of now, who is somebody else. Raises NotAMember, OrganisationEnded."""
    member = await Membership.get(id=membership_id)
    await locked(member.organisation_id)
    held = Membership.filter(current(), id=member.id)
    if member.person_id == viewer.id or not await held.exists():
        raise NotAMember().at("input", "membershipId")
    return member


async def _say(
    tx: Transaction, viewer: Viewer, of: Check | CheckReading, action: str, **facts: str
) -> None:
    facts["organisation"] = write_id("org", of.organisation_id)
    await record(tx, viewer.name, [Entry("per", of.person_id, action, facts)])

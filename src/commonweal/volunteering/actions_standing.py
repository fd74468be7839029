"""Coming to a whole series: to the shifts that are planned, and to those that will be."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Overtaken, Transaction

from .actions_series import locked_series, plan
from .actions_shifts import locked_shift, opened_for, refresh
from .actions_signups import cancelled, entered
from .rules import OpportunityState
from .rules_series import PLANNED
from .rules_signups import COMING, SignedUpAlready
from .tables import Series, Shift, ShiftRole
from .tables_signups import SignUp, StandingSignUp

EXTENDED_AT_ONCE: Final = 20  # series that one run of the job plans further


async def join_series(tx: Transaction, viewer: Viewer, *, role_id: int) -> dict[str, Any]:
    """Come to this shift and to all that follow in its series, in the same role.

    To those that clash with something else of mine, or that have no place, I do not come, or wait.
    """
    role = await ShiftRole.get(id=role_id)
    first = await Shift.get(id=role.shift_id)
    series = first.series_id and await locked_series(first.series_id)
    me = await present(viewer.id)
    if not series:
        shift = await locked_shift(first.id)
        row = await entered(tx, viewer.name, me, role, shift)
        return {"sign_up": row.id, "shift": shift.id}
    if not await Shift.exists(id=first.id, series_id=series.id):
        raise Overtaken  # it was moved to another since
    if await StandingSignUp.exists(series_id=series.id, person_id=me.id, ended_at=None):
        raise SignedUpAlready
    standing = StandingSignUp(
        id=tx.new_id(),
        series_id=series.id,
        person_id=me.id,
        role_name=role.name,
        at=tx.now,
    )
    rows = Shift.filter(series_id=series.id, on_day__gte=first.on_day)
    there = rows.filter(cancelled_at__isnull=True, starts_at__gt=tx.now)
    done = await joined(tx, standing, await there.order_by("id"))
    if series.ended_at is not None:  # what is left of it: nothing follows
        return {"shift": first.id, "joined": done}
    await standing.save(force_create=True)
    await _say(tx, viewer, standing, "join_series")
    return {"standing": standing.id, "shift": first.id, "joined": done}


async def joined(tx: Transaction, standing: StandingSignUp, shifts: Sequence[Shift]) -> int:
    """Sign somebody up to each of these that they can come to: to how many."""
    who, done = await present(standing.person_id), 0
    for number in sorted(each.id for each in shifts):
        shift = await locked_shift(number)
        role = await ShiftRole.get_or_none(shift_id=number, name=standing.role_name)
        if role is None:
            continue
        try:
            await entered(tx, write_id("per", who.id), who, role, shift)
        except UserError:  # what another shift, or its role, has against it is seen in their list
            continue
        done += 1
    return done


async def leave_series(
    tx: Transaction, viewer: Viewer, *, standing_sign_up_id: int
) -> dict[str, Any]:
    """Come no more: neither to what follows, nor to what was to come."""
    standing = await StandingSignUp.get(id=standing_sign_up_id)
    await locked_series(standing.series_id)
    if not await StandingSignUp.exists(id=standing.id, series_id=standing.series_id):
        raise Overtaken  # its series was moved since, and it with that
    await present(standing.person_id)
    live = StandingSignUp.filter(id=standing.id, ended_at__isnull=True)
    await live.update(ended_at=tx.now)
    theirs = SignUp.filter(person_id=standing.person_id, state__in=COMING)
    rows = await theirs.filter(shift__series_id=standing.series_id, shift__starts_at__gt=tx.now)
    for number in sorted(row.shift_id for row in rows):
        shift = await locked_shift(number)
        for row in await theirs.filter(shift_id=number):
            await cancelled(tx, viewer.name, row, shift)
    await _say(tx, viewer, standing, "leave_series")
    return {"standing": standing.id}


async def extend_series(tx: Transaction) -> int:
    """Plan series further, and sign up who comes to all of one. A job's work."""
    horizon = civil_day(tx.now) + timedelta(days=PLANNED.value)
    going = Series.filter(ended_at__isnull=True, planned_until__lt=horizon)
    # those that cannot be paid for, and stay behind, come last: they hold nobody up
    due = going.filter(opportunity__state=OpportunityState.OPEN).order_by("-planned_until", "id")
    found: Any = await due.limit(EXTENDED_AT_ONCE).values_list("id", "opportunity_id")
    done = 0
    for number, opportunity_id in found:
        try:
            opened = await opened_for(opportunity_id)
            series = await locked_series(number)
            if series.ended_at is not None:
                continue
            new = await plan(tx, opened, series)
        except UserError:  # it was closed meanwhile, or its pot has no more: nothing was written
            continue
        done += 1
        await refresh(tx, opened)
        for standing in await StandingSignUp.filter(series_id=series.id, ended_at__isnull=True):
            await joined(tx, standing, new)
    return done


async def _say(tx: Transaction, viewer: Viewer, standing: StandingSignUp, action: str) -> None:
    facts = {"series": write_id("srs", standing.series_id)}
    await record(tx, viewer.name, [Entry("stn", standing.id, action, facts)])

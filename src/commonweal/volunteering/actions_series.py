"""Series of shifts: planned by a rule of days, and from one of them on moved or ended."""

from datetime import date, time, timedelta
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.store.transaction import Transaction

from .actions import say
from .actions_shifts import (
    Opened,
    Roles,
    added,
    call_off,
    checked_minutes,
    checked_roles,
    moved,
    opened_for,
    refresh,
)
from .recurring import checked_rule, days_of
from .rules import AHEAD, HOURS, TimesUnfit, check_times, check_to_come
from .rules_series import (
    PLANNED,
    NotInSeries,
    RecurrenceEmpty,
    ends_of,
    instants,
)
from .tables import Series, Shift
from .tables_signups import StandingSignUp


async def plan_series(
    tx: Transaction,
    viewer: Viewer,
    *,
    opportunity_id: int,
    rule: str,
    starts_on: date,
    starts: time,
    minutes: int,
    roles: Roles,
) -> dict[str, Any]:
    """Add shifts by a rule of days, at the same hour by the clock there, in summer and in winter.

    Those of a quarter are there at once; a rule without an end goes on by itself.
    """
    opened = await opened_for(opportunity_id)
    today = civil_day(tx.now)
    if not today <= starts_on <= today + timedelta(days=AHEAD.value):
        raise TimesUnfit(AHEAD.value, HOURS.value).at("input", "startsOn")
    series = await Series.create(
        id=tx.new_id(),
        opportunity_id=opportunity_id,
        rule=checked_rule(rule),
        starts_on=starts_on,
        starts_minute=starts.hour * 60 + starts.minute,
        minutes=checked_minutes(minutes),
        roles=await checked_roles(roles),
        planned_until=starts_on,
    )
    if not await plan(tx, opened, series):
        raise RecurrenceEmpty(starts_on.isoformat(), PLANNED.value).at("input", "rule")
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "plan_series", series=write_id("srs", series.id))
    return {"series": series.id, "opportunity": opportunity_id}


async def plan(tx: Transaction, opened: Opened, series: Series) -> list[Shift]:
    """The shifts of a series up to the horizon that were not there yet."""
    horizon = civil_day(tx.now) + timedelta(days=PLANNED.value)
    since = series.planned_until or series.starts_on
    wanted = []
    for day in days_of(series.rule, series.starts_on, since, horizon):
        starts_at, ends_at = instants(day, series.starts_minute, series.minutes)
        if starts_at > tx.now:
            wanted.append((series.id, day, starts_at, ends_at))
    made = await added(tx, opened, wanted, series.roles)
    # as far as this one was read; null would say that there is nothing more to read
    over = ends_of(series.rule) and not days_of(
        series.rule, series.starts_on, horizon, horizon + timedelta(days=AHEAD.value)
    )
    await Series.filter(id=series.id).update(planned_until=None if over else horizon)
    return made


async def move_series(
    tx: Transaction, viewer: Viewer, *, shift_id: int, starts: time, minutes: int
) -> dict[str, Any]:
    """Move this shift of a series and all that follow to another hour of their days.

    What came before stays as it was: the series ends there, and another goes on.
    """
    opened, shift, before, following = await _from(tx, shift_id)
    minute = starts.hour * 60 + starts.minute
    after = await Series.create(
        id=tx.new_id(),
        opportunity_id=before.opportunity_id,
        rule=before.rule,
        starts_on=before.starts_on,
        starts_minute=minute,
        minutes=checked_minutes(minutes),
        roles=before.roles,
        planned_until=before.planned_until,
    )
    for each in following:
        starts_at, ends_at = instants(each.on_day, minute, minutes)
        check_times(starts_at, ends_at, tx.now)
        await Shift.filter(id=each.id).update(series_id=after.id)
        await moved(tx, opened, each, starts_at, ends_at)
    await Series.filter(id=before.id).update(ended_at=tx.now)
    standing = StandingSignUp.filter(series_id=before.id, ended_at__isnull=True)
    await standing.update(series_id=after.id)
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "move_series", series=write_id("srs", after.id))
    return {"series": after.id, "shift": shift.id, "opportunity": shift.opportunity_id}


async def end_series(tx: Transaction, viewer: Viewer, *, shift_id: int) -> dict[str, Any]:
    """Call off this shift of a series and all that follow: there are no more of it."""
    opened, shift, series, following = await _from(tx, shift_id)
    await call_off(tx, opened.opportunity, following)
    await Series.filter(id=series.id).update(ended_at=tx.now)
    await StandingSignUp.filter(series_id=series.id, ended_at__isnull=True).update(ended_at=tx.now)
    await refresh(tx, opened)
    await say(tx, viewer, opened.opportunity, "end_series", series=write_id("srs", series.id))
    return {"series": series.id, "shift": shift.id, "opportunity": shift.opportunity_id}


async def _from(tx: Transaction, shift_id: int) -> tuple[Opened, Shift, Series, list[Shift]]:
    """A shift of a series, and with it those that follow and have not begun, locked by id."""
    known = await Shift.get(id=shift_id)
    opened = await opened_for(known.opportunity_id)
    shift = await Shift.get(id=shift_id)
    if shift.series_id is None:
        raise NotInSeries
    series = await locked_series(shift.series_id)
    check_to_come(shift.starts_at, tx.now, shift.cancelled_at)
    rows = Shift.filter(series_id=shift.series_id, on_day__gte=shift.on_day)
    rows = rows.filter(cancelled_at__isnull=True, starts_at__gt=tx.now)
    following = await rows.order_by("id").select_for_update(no_key=True)
    return opened, shift, series, following


async def locked_series(series_id: int) -> Series:
    """A series' row: after its opportunity's, before a person's and its shifts'."""
    return await Series.select_for_update(no_key=True).get(id=series_id)

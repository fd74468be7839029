"""From the decision to the keys, and what becomes of them: terms, monitoring, breach, the way back.

What was decided is copied into the award when it is made, so terms add to it and change none of it.
"""

from datetime import date
from typing import Any

from commonweal.access import Viewer
from commonweal.assets import actions as assets
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .cases import entries_of, locked, rules_of, say
from .reserve import end_award, reserve_next
from .rules import CASE
from .rules_bidders import ENTRY, EntryState
from .rules_facts import (
    BreachOver,
    CureBeforeNotice,
    NoReserve,
    ReportedAlready,
    TermNotOver,
    check_happened,
    check_order,
    checked_facts,
)
from .rules_monitoring import check_uncured, last_day_to_cure
from .rules_texts import TEXT, checked_lines, checked_reason
from .tables import Case
from .tables_decisions import Award, Breach, Decision, MonitoringReport


async def agree_terms(
    tx: Transaction, viewer: Viewer, *, case_id: int, agreed_on: date, **terms: Any
) -> dict[str, Any]:
    """Send the terms to the group: what was decided, and what the instrument says besides."""
    case = await locked(case_id)
    check_happened(agreed_on, civil_day(tx.now))
    await _check_after_decision(case, "the terms were agreed", agreed_on)
    await move(case, CASE, "agree_terms")
    await _live_award(case).update(agreed_on=agreed_on, **checked_facts(terms))
    await say(tx, viewer, case, "agree_terms")
    return {"case": case.id}


async def complete_case(
    tx: Transaction, viewer: Viewer, *, case_id: int, completed_on: date, deed_reference: str
) -> dict[str, Any]:
    """It is signed: the group has the keys. Not while an appeal is open (invariant 24)."""
    case = await locked(case_id)
    check_happened(completed_on, civil_day(tx.now))
    facts = checked_facts({"deed_reference": deed_reference})
    if award := await _live_award(case).first():
        check_order("the terms were agreed", award.agreed_on, "it was signed", completed_on)
    await move(case, CASE, "complete")
    await _live_award(case).update(completed_on=completed_on, **facts)
    for entry in await entries_of(case.id):
        if entry.state is EntryState.RESERVE:  # nobody is in reserve of what another has
            await move(entry, ENTRY, "decline")
    if case.asset_id is not None:
        await assets.hand_over(tx, viewer, case.asset_id, case=write_id("cas", case.id))
    await say(tx, viewer, case, "complete_case")
    return {"case": case.id}


async def lapse_case(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """It was never signed: nobody has it, and it may be offered again."""
    case, why = await locked(case_id), checked_reason(reason)
    await move(case, CASE, "lapse", reason=why)
    await end_award(tx, case, why)
    for entry in await entries_of(case.id):
        if entry.state is EntryState.RESERVE:
            await move(entry, ENTRY, "decline")
        elif entry.state is EntryState.CHOSEN:
            await move(entry, ENTRY, "leave")
    await say(tx, viewer, case, "lapse_case")
    return {"case": case.id}


async def fall_back(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """The chosen group does not take it: the reserve's bid is looked into, and decided anew."""
    case, why = await locked(case_id), checked_reason(reason)
    CASE.check("fall_back", case.state)
    entries = {entry.state: entry for entry in await entries_of(case.id)}
    if EntryState.RESERVE not in entries:
        raise NoReserve
    await Case.filter(id=case.id).update(reason=why)
    await reserve_next(tx, viewer, case, entries[EntryState.CHOSEN])
    return {"case": case.id}


async def begin_monitoring(tx: Transaction, viewer: Viewer, *, case_id: int) -> dict[str, Any]:
    """Look each year at whether the targets are met."""
    case = await locked(case_id)
    await move(case, CASE, "monitor")
    await say(tx, viewer, case, "begin_monitoring")
    return {"case": case.id}


async def record_monitoring(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    covers_until: date,
    targets_met: bool,
    text: str,
) -> dict[str, Any]:
    """Record whether a year's targets were met."""
    case = await locked(case_id)
    CASE.check("report", case.state)
    check_happened(covers_until, civil_day(tx.now))
    last = await MonitoringReport.filter(case_id=case.id).order_by("-covers_until").first()
    if last and covers_until <= last.covers_until:
        raise ReportedAlready(last.covers_until.isoformat())
    await MonitoringReport.create(
        id=tx.new_id(),
        case_id=case.id,
        covers_until=covers_until,
        targets_met=targets_met,
        text=checked_lines(text, TEXT.value, "text"),
        reported_at=tx.now,
    )
    await say(tx, viewer, case, "record_monitoring", met=targets_met)
    return {"case": case.id}


async def find_breach(
    tx: Transaction, viewer: Viewer, *, case_id: int, found_on: date, text: str
) -> dict[str, Any]:
    """Record that a term is not kept."""
    case, said = await locked(case_id), checked_lines(text, TEXT.value, "text")
    check_happened(found_on, civil_day(tx.now))
    if award := await _live_award(case).first():
        check_order("it was signed", award.completed_on, "it was found", found_on)
    await move(case, CASE, "find_breach")
    made = await Breach.create(id=tx.new_id(), case_id=case.id, text=said, found_on=found_on)
    await say(tx, viewer, case, "find_breach")
    return {"breach": made.id}


async def serve_notice(
    tx: Transaction, viewer: Viewer, *, breach_id: int, noticed_on: date
) -> dict[str, Any]:
    """Serve notice of a breach: the last day to put it right is kept as it was served."""
    case, breach = await _breach(breach_id)
    if breach.noticed_on or breach.cured_on:
        raise BreachOver
    award = await _live_award(case).get()
    today, rules = civil_day(tx.now), rules_of(case)
    last_day = last_day_to_cure(breach.found_on, noticed_on, today, rules, award.cure_days)
    await move(case, CASE, "serve_notice")
    await Breach.filter(id=breach.id).update(noticed_on=noticed_on, last_day=last_day)
    await say(tx, viewer, case, "serve_notice", last_day=last_day.isoformat())
    return {"breach": breach.id}


async def cure_breach(
    tx: Transaction, viewer: Viewer, *, breach_id: int, cured_on: date
) -> dict[str, Any]:
    """Record that it was put right."""
    case, breach = await _breach(breach_id)
    if breach.cured_on:
        raise BreachOver
    check_happened(cured_on, civil_day(tx.now))
    if cured_on < breach.found_on:
        raise CureBeforeNotice(breach.found_on.isoformat(), cured_on.isoformat())
    await move(case, CASE, "cure")
    await Breach.filter(id=breach.id).update(cured_on=cured_on)
    await say(tx, viewer, case, "cure_breach")
    return {"breach": breach.id}


async def revert_case(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """It was not put right in time: the asset comes back, with its history (invariant 23)."""
    case, why = await locked(case_id), checked_reason(reason)
    CASE.check("revert", case.state)
    breach = await Breach.filter(case_id=case.id, cured_on__isnull=True).order_by("-id").first()
    assert breach, "a case is curing by a breach"
    assert breach.last_day, "of which notice was served"
    check_uncured(breach.last_day, civil_day(tx.now))
    await move(case, CASE, "revert", reason=why)
    await _back(tx, viewer, case, why)
    await say(tx, viewer, case, "revert_case")
    return {"case": case.id}


async def end_case(tx: Transaction, viewer: Viewer, *, case_id: int) -> dict[str, Any]:
    """The term is over: the asset comes back."""
    case = await locked(case_id)
    CASE.check("end", case.state)
    award = await _live_award(case).get()
    if award.until is None or award.until > civil_day(tx.now):
        raise TermNotOver("further notice" if award.until is None else award.until.isoformat())
    await move(case, CASE, "end")
    await _back(tx, viewer, case, "The term is over.")
    await say(tx, viewer, case, "end_case")
    return {"case": case.id}


async def _check_after_decision(case: Case, later: str, day: date) -> None:
    """Raises DaysBackwards."""
    award = await _live_award(case).first()
    if award:
        decision = await Decision.get(id=award.decision_id)
        check_order("it was decided", decision.decided_on, later, day)


async def _breach(breach_id: int) -> tuple[Case, Breach]:
    found = await Breach.get(id=breach_id)
    case = await locked(found.case_id)
    return case, await Breach.get(id=breach_id)


async def _back(tx: Transaction, viewer: Viewer, case: Case, why: str) -> None:
    """The award is over; the asset is held again, unless another group has a part of it."""
    await end_award(tx, case, why)
    if case.asset_id is None:
        return
    live = Award.filter(asset_id=case.asset_id, ended_at__isnull=True)
    if not await live.filter(completed_on__isnull=False).exists():
        await assets.take_back(tx, viewer, case.asset_id, case=write_id("cas", case.id))


def _live_award(case: Case) -> Any:
    """The one that is live."""
    return Award.filter(case_id=case.id, ended_at__isnull=True)

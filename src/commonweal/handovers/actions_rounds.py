"""Rounds are made whole, and put off; a council's own rules for what begins later."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.kernel.texts import seen
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind
from commonweal.people.actions_organisations import check_council
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .cases import cases_of, locked_round, rules_now, say, timetable_of
from .round_keys import KeyFolder, for_holders
from .rules import (
    CLOSINGS,
    ON_OFFER,
    ORDER,
    End,
    Stage,
    StageRepeated,
    Timetable,
    end_of,
    usual_timetable,
)
from .rules_assessment import Criterion, LastResort, Matrix, Scale, check_matrix
from .rules_defaults import Row, check_row, read_value
from .rules_offers import (
    EndsMissing,
    InstantUnfit,
    ZoneMissing,
    check_ahead,
    check_criteria,
    checked_questions,
    put_off,
)
from .rules_texts import checked_reason, checked_title
from .tables import Case, CouncilRule, Round, RoundStage


async def open_round(tx: Transaction, viewer: Viewer, **given: Any) -> dict[str, Any]:
    """Open a round; the key that opens its bids lies in the service's folder of keys."""
    return await _opened(tx, viewer, None, None, **given)


async def open_round_with_holders(
    tx: Transaction, viewer: Viewer, *, holders: int, holders_needed: int, **given: Any
) -> dict[str, Any]:
    """Open a round whose bids so many holders of its key open together, and nobody without them.

    Their shares are shown this once: print each, and hand it to one person.
    """
    public, shares = for_holders(needed=holders_needed, holders=holders)
    done = await _opened(tx, viewer, public, holders_needed, **given)
    return {**done, "shares": "\n".join(shares)}


async def put_off_stages(
    tx: Transaction,
    viewer: Viewer,
    *,
    round_id: int,
    ends: Sequence[Mapping[str, Any]],
    reason: str,
) -> dict[str, Any]:
    """Let stages end later, and say why; none is brought forward, and none that is over."""
    why, round_ = checked_reason(reason), await locked_round(round_id)
    given = _by_stage(ends)
    now = max(tx.now, round_.bids_opened_at or tx.now)  # who opened them may have been waited for
    made = put_off(await timetable_of(round_id), {s: _instant(at) for s, at in given}, now)
    for end in made:
        await RoundStage.filter(round_id=round_id, stage=end.stage).update(ends_at=end.at)
    facts = {"ends": _shown(made), "reason": why}
    await record(tx, viewer.name, [Entry("rnd", round_.id, "put_off_stages", facts)])
    cases = await cases_of(round_id)
    await _show_longer(tx, cases, made)
    for case in cases:
        if case.state in ON_OFFER:
            await say(tx, viewer, case, "put_off_stages")
    return {"round": round_id}


async def set_council_rule(
    tx: Transaction,
    viewer: Viewer,
    *,
    council_id: int,
    name: str,
    value: str,
    since: date,
    citation: str,
) -> dict[str, Any]:
    """Set a number or a consent for cases that begin on or after a day: no earlier one changes."""
    await check_council(council_id)
    read, citation = read_value(name, seen(value)), seen(citation)
    check_row(Row(name, read, since, citation, "C"))
    made = await CouncilRule.create(
        id=tx.new_id(),
        council_id=council_id,
        name=name,
        value=str(read),
        since=since,
        citation=citation,
        set_at=tx.now,
    )
    facts = {"rule": name, "value": read, "since": since.isoformat()}
    await record(tx, viewer.name, [Entry("are", council_id, "set_council_rule", facts)])
    return {"rule": made.id}


async def _show_longer(tx: Transaction, cases: Sequence[Case], timetable: Timetable) -> None:
    """What stands in the shop window for a stage stands there until it is over."""
    stages = {state: stage for state, stage, _ in CLOSINGS}
    ends = {c.listing_id: end_of(timetable, stages[c.state]) for c in cases if c.state in stages}
    subjects = [c.asset_id for c in cases if c.listing_id in ends and c.asset_id is not None]
    for listing in await listings.open_of(ListingKind.ASSET, subjects):
        if listing.id in ends and listing.closes_at != ends[listing.id]:
            await listings.revise(tx, listing, {"closes_at": ends[listing.id]})


async def _opened(
    tx: Transaction,
    viewer: Viewer,
    public_key: bytes | None,
    holders_needed: int | None,
    *,
    council_id: int,
    title: str,
    stages: Sequence[Mapping[str, Any]],
    criteria: Sequence[Mapping[str, Any]],
    questions: Sequence[str] = (),
    ties: Sequence[str] = (),
    last_resort: LastResort = LastResort.SHARED,
    hides_number: bool = True,
) -> dict[str, Any]:
    """The whole of it at once: what bidders rely on does not change later (invariant 16)."""
    await check_council(council_id)
    timetable = await _timetable(tx, council_id, stages)
    check_criteria([each["name"] for each in criteria], ties)
    parts = [Criterion(**each) for each in criteria]
    check_matrix(Matrix(tuple(parts), tuple(ties), last_resort))
    made = Round(
        id=tx.new_id(),
        council_id=council_id,
        title=checked_title(title),
        questions=checked_questions(questions),
        criteria=[_as_json(each) for each in parts],
        ties=list(ties),
        last_resort=last_resort,
        hides_number=hides_number,
        holders_needed=holders_needed,
        opened_at=tx.now,
    )
    if public_key is None:  # of what was refused there is no key to keep for ever
        public_key = await asyncio.to_thread(KeyFolder(tx.database.keys).make, made.id)
    made.public_key = public_key.hex()
    await made.save(force_create=True)
    for end in timetable:
        await RoundStage.create(id=tx.new_id(), round_id=made.id, stage=end.stage, ends_at=end.at)
    facts = {"council": write_id("are", council_id), "ends": _shown(timetable)}
    await record(tx, viewer.name, [Entry("rnd", made.id, "open_round", facts)])
    return {"round": made.id}


async def _timetable(
    tx: Transaction, council_id: int, stages: Sequence[Mapping[str, Any]]
) -> Timetable:
    """As given; where no end is, each stage lasts as long as is usual at this council."""
    given = _by_stage(stages)
    if all(at is None for _, at in given):
        today = civil_day(tx.now)
        rules = await rules_now(council_id, today)
        ordered = sorted((stage for stage, _ in given), key=ORDER.index)
        timetable = usual_timetable(today, ordered, rules)
    else:
        timetable = tuple(End(stage, _instant(at)) for stage, at in given)
    if timetable:
        check_ahead(timetable, tx.now)
    else:
        raise EndsMissing
    return timetable


def _by_stage(given: Sequence[Mapping[str, Any]]) -> list[tuple[Stage, datetime | None]]:
    found = [(each["stage"], each.get("ends_at")) for each in given]
    for stage, _ in found:
        if sum(each is stage for each, _ in found) > 1:
            raise StageRepeated(stage)
    return found


def _instant(at: datetime | None) -> datetime:
    if at is None:
        raise EndsMissing
    if at.tzinfo is None:
        raise ZoneMissing
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise InstantUnfit(at.isoformat()) from None


def _shown(timetable: Timetable) -> dict[str, str]:
    return {end.stage.value: end.at.isoformat() for end in timetable}


def _as_json(criterion: Criterion) -> dict[str, Any]:
    return {
        "name": criterion.name,
        "weight": criterion.weight,
        "scale": Scale(criterion.scale).value,
        "least": criterion.least,
    }

"""A case, from its proposal to the opening of bids, and its early ends. Rounds: actions_rounds.

An asset is in the shop window while groups are asked for it: from the listing, or the invitation in
a round without expressions of interest, until the stage is over. Its listing closes by itself at
that instant; which of two jobs comes first, the assets' or the stages', makes no difference.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.assets import actions as assets
from commonweal.assets.rules import AssetState, check_listable
from commonweal.assets.tables import Asset
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind
from commonweal.people.actions_organisations import check_council, tell_owners
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.people.tables_organisations import Organisation
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .cases import as_kept, cases_of, entries_of, locked, locked_round, rules_now, say, timetable_of
from .rules import CASE, CLOSINGS, ON_OFFER, CaseState, Stage, check_in_time, check_way
from .rules import end_of as end_of_stage
from .rules_bidders import ENTRY, check_group
from .rules_interests import PASSED, InterestState, InterestsUnjudged
from .rules_offers import (
    SUGGESTED,
    AssetGone,
    AssetOnOffer,
    Blocking,
    RoundNeeded,
    RoundOfAnother,
    TooManySuggested,
    VisitsShownAlready,
    check_offerable,
    checked_summary,
)
from .rules_texts import TITLE, checked_reason, checked_title
from .tables import Case, Round, RoundStage
from .tables_interests import ExpressionOfInterest

CLOSED_AT_ONCE: Final = 100  # cases that one run of the job moves: a short transaction
OFFERS: Final = {  # by the stage: the move, and what the audit calls it
    Stage.EOI: ("list", "list_case"),
    Stage.BUSINESS_CASE: ("invite", "invite_bids"),
}
ENDINGS: Final = {  # by the move: what the audit calls it
    "withhold": "withhold_case",
    "withdraw": "withdraw_case",
    "award_none": "award_none",
}
CLOCK: Final = Viewer(name="system:clock")


async def propose_case(
    tx: Transaction, viewer: Viewer, *, asset_id: int, summary: str | None = None
) -> dict[str, Any]:
    """Propose an asset for a community: the four questions come next."""
    return await _proposed(tx, viewer, asset_id, summary, None)


async def suggest_case(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    asset_id: int,
    summary: str | None = None,
) -> dict[str, Any]:
    """Propose an asset as a group that would have it; the council answers the four questions."""
    group = await locked_organisation(organisation_id)  # of two of its members one waits
    check_group(group.kind, group.legal_form)
    theirs = Case.filter(proposer_id=organisation_id, state=CaseState.PROPOSED)
    if await theirs.count() >= SUGGESTED.value:
        raise TooManySuggested(SUGGESTED.value)
    return await _proposed(tx, viewer, asset_id, summary, organisation_id)


async def propose_service(
    tx: Transaction, viewer: Viewer, *, council_id: int, title: str, summary: str | None = None
) -> dict[str, Any]:
    """Propose a service, which is no asset: it stands in no shop window, and on no map."""
    await check_council(council_id)
    case = await _begun(tx, council_id, checked_title(title), checked_summary(summary))
    await say(tx, viewer, case, "propose_case")
    return {"case": case.id}


async def answer_blocking(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    receipt_ring_fenced: bool | None = None,
    receipt_in_capital_programme: bool | None = None,
    needed_by_council: bool | None = None,
    other_reason: bool | None = None,
) -> dict[str, Any]:
    """Answer the four questions, or some of them: a yes to any keeps it from being offered."""
    given = {
        Blocking.RECEIPT_RING_FENCED: receipt_ring_fenced,
        Blocking.RECEIPT_IN_CAPITAL_PROGRAMME: receipt_in_capital_programme,
        Blocking.NEEDED_BY_COUNCIL: needed_by_council,
        Blocking.OTHER_REASON: other_reason,
    }
    case = await locked(case_id)
    CASE.check("answer", case.state)
    said = {name.value: answer for name, answer in given.items() if answer is not None}
    await Case.filter(id=case.id).update(
        answers={**(case.answers or {}), **said}, version=case.version + 1
    )
    await say(tx, viewer, case, "answer_blocking", answers=said)
    return {"case": case.id}


async def withhold_case(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """Keep what was proposed, and say why."""
    return await _ended(tx, viewer, "withhold", case_id=case_id, reason=reason)


async def list_case(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    round_id: int,
    summary: str | None = None,
    openings: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Offer it in a round: groups may say that they are interested, and visit when it is open.

    A `summary` takes the place of what its proposer wrote. A service stands in no shop window.
    """
    round_ = await locked_round(round_id)
    case = await locked(case_id)
    if round_.council_id != case.council_id:
        raise RoundOfAnother
    if summary is not None:
        case.summary = checked_summary(summary)
    await _offer(tx, viewer, case, round_, Stage.EOI, openings=openings)
    return {"case": case.id}


async def invite_bids(
    tx: Transaction,
    viewer: Viewer,
    *,
    case_id: int,
    round_id: int | None = None,
    openings: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Ask for bids: of those whose expression of interest passed, or in a round without, of all.

    `round_id` is needed for what is only proposed, and for what an appeal reopened: bids are asked
    for anew then, in a round whose bids nobody has opened.
    """
    found = round_id or (await Case.get(id=case_id)).round_id
    if found is None:
        raise RoundNeeded
    round_ = await locked_round(found)
    case = await locked(case_id)
    if round_.council_id != case.council_id:
        raise RoundOfAnother
    if case.state is CaseState.PROPOSED:
        await _offer(tx, viewer, case, round_, Stage.BUSINESS_CASE, openings=openings)
        return {"case": case.id}
    timetable = await timetable_of(round_.id)
    check_way("invite", case.state, timetable)
    ends_at = end_of_stage(timetable, Stage.BUSINESS_CASE)
    assert ends_at is not None
    check_in_time(Stage.BUSINESS_CASE, ends_at, tx.now)
    interests = ExpressionOfInterest.filter(case_id=case.id)
    if unjudged := await interests.filter(state=InterestState.EXPRESSED).count():
        raise InterestsUnjudged(unjudged)
    await move(case, CASE, "invite", round_id=round_.id)
    for each in await interests.filter(state=InterestState.JUDGED, verdict__in=PASSED):
        group = await Organisation.get(id=each.organisation_id)
        await tell_owners(tx, group, letters.invited(case.title, ends_at))
    await say(tx, viewer, case, "invite_bids")
    return {"case": case.id}


async def withdraw_case(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """Offer it no more, and say why. What was bid for it is not read."""
    return await _ended(tx, viewer, "withdraw", case_id=case_id, reason=reason)


async def award_none(
    tx: Transaction, viewer: Viewer, *, case_id: int, reason: str
) -> dict[str, Any]:
    """Award it to nobody, and say why; once it is decided, let it lapse or fall back instead."""
    return await _ended(tx, viewer, "award_none", case_id=case_id, reason=reason)


async def to_assessment(tx: Transaction, viewer: Viewer, round_: Round) -> None:
    """The cases of a round whose bids are opened now; the round is locked."""
    cases = await cases_of(round_.id)
    await _lock_listings(cases)
    for case in cases:
        if case.state is CaseState.BUSINESS_CASE:
            await _closed(tx, case, "close_bids")
        if case.state is CaseState.BIDS_CLOSED:
            await move(case, CASE, "assess")
            await say(tx, viewer, case, "open_bids")


async def close_due_stages(tx: Transaction) -> int:
    """Close the stages whose last instant is past. How many cases: a job's work.

    What waits for it can be done before: bids are refused from that instant on, and opened.
    """
    done = 0
    for state, stage, name in CLOSINGS:
        waiting: Any = await Case.filter(state=state).distinct().values_list("round_id", flat=True)
        found = Round.filter(id__in=await _ended_in(waiting, stage, tx.now)).order_by("id")
        ours = await found.select_for_update(skip_locked=True, no_key=True)
        # once they are ours: whoever put it off meanwhile is seen
        due = await _ended_in([round_.id for round_ in ours], stage, tx.now)
        some = Case.filter(state=state, round_id__in=due).order_by("id").limit(CLOSED_AT_ONCE)
        cases = await some.select_for_update(skip_locked=True, no_key=True)
        await _lock_listings(cases)
        for case in cases:
            await _closed(tx, case, name)
        done += len(cases)
    return done


async def _ended_in(rounds: Sequence[int], stage: Stage, now: datetime) -> list[int]:
    ended = RoundStage.filter(round_id__in=list(rounds), stage=stage, ends_at__lt=now)
    found: Any = await ended.values_list("round_id", flat=True)
    return [int(number) for number in found]


async def _proposed(
    tx: Transaction, viewer: Viewer, asset_id: int, summary: str | None, proposer: int | None
) -> dict[str, Any]:
    """Of two who propose one asset at once the second waits for its row, and is told."""
    asset = await Asset.select_for_update(no_key=True).get(id=asset_id)
    check_listable(asset.name, asset.not_land_reason)
    if asset.state not in {AssetState.HELD, AssetState.LISTED, AssetState.HANDED_OVER}:
        raise AssetGone(asset.state)
    if await Case.filter(asset_id=asset.id, state__in=ON_OFFER).exists():
        raise AssetOnOffer
    said = checked_summary(summary)
    title = asset.name[: TITLE.value]
    case = await _begun(tx, asset.council_id, title, said, asset_id=asset.id, proposer_id=proposer)
    facts = {"by": write_id("org", proposer)} if proposer else {}
    await say(tx, viewer, case, "propose_case", **facts)
    return {"case": case.id}


async def _begun(
    tx: Transaction, council_id: int, title: str, summary: str | None, **more: Any
) -> Case:
    """It keeps the rules of this day for as long as it lasts (invariant 1)."""
    today = civil_day(tx.now)
    return await Case.create(
        id=tx.new_id(),
        council_id=council_id,
        title=title,
        summary=summary,
        state=CaseState(CASE.initial),
        rules=as_kept(await rules_now(council_id, today)),
        began_on=today,
        **more,
    )


async def _offer(
    tx: Transaction,
    viewer: Viewer,
    case: Case,
    round_: Round,
    stage: Stage,
    *,
    openings: Sequence[Mapping[str, Any]] | None,
) -> None:
    """From a proposal into a round's first stage, and into the shop window."""
    name, action = OFFERS[stage]
    timetable = await timetable_of(round_.id)
    check_way(name, case.state, timetable)
    check_offerable({each: (case.answers or {}).get(each.value) for each in Blocking})
    ends_at = end_of_stage(timetable, stage)
    assert ends_at is not None, "check_way has seen that the round holds this stage"
    check_in_time(stage, ends_at, tx.now)
    shown: dict[str, Any] = {"round_id": round_.id, "summary": case.summary}
    shown["listing_id"] = await _shown(tx, viewer, case, ends_at, openings)
    await move(case, CASE, name, **shown)
    await say(tx, viewer, case, action, round=write_id("rnd", round_.id))


async def _shown(
    tx: Transaction,
    viewer: Viewer,
    case: Case,
    ends_at: datetime,
    openings: Sequence[Mapping[str, Any]] | None,
) -> int | None:
    """Put it into the shop window; what stands there already stays, and closes with the stage."""
    if case.asset_id is None:
        return None
    for found in await listings.open_of(ListingKind.ASSET, [case.asset_id]):
        if openings:
            raise VisitsShownAlready
        await listings.revise(tx, found, {"closes_at": ends_at})
        return int(found.id)
    shown = await assets.show(
        tx,
        viewer,
        asset_id=case.asset_id,
        summary=case.summary,
        closes_at=ends_at,
        openings=openings,
    )
    return shown["listing"]


async def _lock_listings(cases: Sequence[Case]) -> None:
    """All that several cases show, by id: whoever changes many assets at once locks them so."""
    await listings.open_of(ListingKind.ASSET, [c.asset_id for c in cases if c.asset_id is not None])


async def _closed(tx: Transaction, case: Case, name: str) -> None:
    """A stage is over: nobody is asked any more."""
    await move(case, CASE, name)
    if case.asset_id is not None:
        await assets.close_listing_of(tx, CLOCK.name, case.asset_id)
    await say(tx, CLOCK, case, name)


async def _ended(
    tx: Transaction, viewer: Viewer, name: str, *, case_id: int, reason: str
) -> dict[str, Any]:
    """It is over by this move: out of the shop window, and no bid is chosen."""
    why, case = checked_reason(reason), await locked(case_id)
    await move(case, CASE, name, reason=why)
    for entry in await entries_of(case.id):
        if entry.state in ENTRY.move("decline").sources:
            await move(entry, ENTRY, "decline")
    if case.asset_id is not None:
        await assets.close_listing_of(tx, viewer.name, case.asset_id)
    await say(tx, viewer, case, ENDINGS[name])
    return {"case": case.id}

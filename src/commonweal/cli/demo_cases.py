"""The demo town's cases: one at every stage on its way to a group, each with its whole story.

Each is told by the same verbs as in life, on the days on which they would have happened: the
transaction's clock is turned back for a chapter, and forth again. Nobody of it exists.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from commonweal.assets.tables import Asset
from commonweal.handovers import (
    actions,
    actions_appeals,
    actions_awards,
    actions_bids,
    actions_decisions,
    actions_drafts,
    actions_interests,
    actions_opening,
    actions_panel,
    actions_rounds,
    actions_scores,
)
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.rules_assessment import Scale
from commonweal.handovers.rules_decisions import (
    Declaration,
    HeldUnder,
    PublicInterest,
    Restriction,
)
from commonweal.handovers.rules_instruments import Instrument
from commonweal.handovers.rules_interests import Verdict
from commonweal.handovers.tables_bids import Bid
from commonweal.handovers.tables_decisions import Breach, Decision
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.places.tables import Area
from commonweal.store.transaction import Transaction

from .demo_cast import GROUPS, Cast, gathered

BEFORE_ALL: Final = 800  # days ago: everybody was there by then
ASKED: Final = "Who are you, and what would you do with it?"
ENDS: Final = {  # days from a case's beginning
    Stage.EOI: 28,
    Stage.SHORTLISTING: 49,
    Stage.BUSINESS_CASE: 77,
    Stage.ASSESSMENT: 105,
    Stage.DECISION: 161,
}
CRITERIA: Final = (
    {"name": "Use by the community", "weight": 4000, "scale": Scale.ONE_TO_FIVE, "least": 2},
    {"name": "Money", "weight": 3500, "scale": Scale.ONE_TO_FIVE, "least": 2},
    {"name": "Skills", "weight": 2500, "scale": Scale.ONE_TO_FIVE, "least": 1},
)
POINTS: Final = ((5, 4, 4), (3, 4, 3), (3, 2, 4))  # of each group's bid, from either judge
# Which asset stands where, and how many days ago its case began.
CASES: Final[dict[CaseState, tuple[str, int]]] = {
    CaseState.PROPOSED: ("WDC/011/STRU", 3),
    CaseState.WITHHELD: ("WDC/041/LAND", 20),
    CaseState.LISTED: ("WDC/020/BLDG", 10),
    CaseState.WITHDRAWN: ("WDC/054/LAND", 40),
    CaseState.EOI_CLOSED: ("WDC/017/BLDG", 30),
    CaseState.BUSINESS_CASE: ("WDC/030/BLDG", 62),
    CaseState.BIDS_CLOSED: ("WDC/028/BLDG", 78),
    CaseState.ASSESSMENT: ("WDC/052/BLDG", 92),
    CaseState.DUE_DILIGENCE: ("WDC/049/BLDG", 101),
    CaseState.NO_AWARD: ("WDC/043/LAND", 110),
    CaseState.DECIDED: ("WDC/013/BLDG", 151),
    CaseState.APPEAL: ("WDC/014/BLDG", 153),
    CaseState.HEADS_OF_TERMS: ("WDC/012/LAND", 156),
    CaseState.COMPLETED: ("WDC/033/LAND", 191),
    CaseState.LAPSED: ("WDC/044/LAND", 220),
    CaseState.MONITORING: ("WDC/032/LAND", 560),
    CaseState.BREACH: ("WDC/016/LAND", 570),
    CaseState.CURING: ("WDC/055/BLDG", 580),
    CaseState.REVERTED: ("WDC/053/LAND", 700),
    CaseState.ENDED: ("WDC/057/LAND", 600),
}
PARK: Final = frozenset({CaseState.HEADS_OF_TERMS, CaseState.BREACH})  # open space, advertised


@dataclass
class Case:
    """One story while it is told: whose, until which state, what was made on its way."""

    tx: Transaction
    cast: Cast
    council: Area
    asset: Asset
    until: CaseState
    today: datetime
    began: datetime
    id: int = 0
    round_id: int = 0
    bids: list[int] = field(default_factory=list)

    def on(self, days: int) -> date:
        """Turn the clock to a day of the story."""
        self.tx.now = self.began + timedelta(days=days)
        return civil_day(self.tx.now)


async def load_cases(tx: Transaction, council: Area) -> Cast:
    """All of them, and who took part."""
    today = tx.now
    tx.now = today - timedelta(days=BEFORE_ALL)
    cast = await gathered(tx, council)
    for state, (reference, days) in CASES.items():
        asset = await Asset.get(council_id=council.id, reference=reference)
        began = today - timedelta(days=days)
        await told(Case(tx, cast, council, asset, state, today, began))
    tx.now = today
    return cast


async def told(case: Case) -> None:
    """Chapter by chapter, as far as it goes."""
    chapters: Sequence[Callable[[Case], Awaitable[bool]]] = (
        proposed, offered, asked_for, bid_for, assessed, decided, given, kept,
    )  # fmt: skip
    for chapter in chapters:
        if not await chapter(case):
            return


async def proposed(case: Case) -> bool:
    """By a group, every other one; the council answers its four questions, or keeps it."""
    tx, officer = case.tx, case.cast.officer
    case.on(0)
    group, speaker = case.cast.groups[0]
    summary = f"{case.asset.name} could be looked after by those who use it."
    if case.asset.id % 2:
        made = await actions.propose_case(tx, officer, asset_id=case.asset.id, summary=summary)
    else:
        given_: dict[str, Any] = {"organisation_id": group, "asset_id": case.asset.id}
        given_["summary"] = summary
        made = await actions.suggest_case(tx, speaker, **given_)
    case.id = made["case"]
    if case.until is CaseState.PROPOSED:
        return False
    needed = case.until is CaseState.WITHHELD
    await actions.answer_blocking(
        tx,
        officer,
        case_id=case.id,
        receipt_ring_fenced=False,
        receipt_in_capital_programme=False,
        needed_by_council=needed,
        other_reason=False,
    )
    if needed:
        case.on(12)
        reason = "The flood defences stand on it."
        await actions.withhold_case(tx, officer, case_id=case.id, reason=reason)
    return not needed


async def offered(case: Case) -> bool:
    """In a round of its own; three groups are interested."""
    tx, officer = case.tx, case.cast.officer
    case.on(0)
    ends = {stage: case.began + timedelta(days=days) for stage, days in ENDS.items()}
    opened = await actions_rounds.open_round(
        tx,
        officer,
        council_id=case.council.id,
        title=f"{case.asset.name}, {case.began:%B %Y}"[:200],
        stages=[{"stage": stage, "ends_at": at} for stage, at in ends.items()],
        criteria=CRITERIA,
        questions=[ASKED],
        ties=["Use by the community"],
    )
    case.round_id = opened["round"]
    case.on(1)
    await actions.list_case(tx, officer, case_id=case.id, round_id=case.round_id)
    case.on(5)
    answers = [{"question": ASKED, "answer": "Neighbours; we would keep it open for all."}]
    for group, speaker in case.cast.groups:
        await actions_interests.express_interest(
            tx, speaker, organisation_id=group, case_id=case.id, answers=answers
        )
    if case.until is CaseState.WITHDRAWN:
        case.on(20)
        reason = "The school needs the land after all."
        await actions.withdraw_case(tx, officer, case_id=case.id, reason=reason)
    return case.until not in {CaseState.WITHDRAWN, CaseState.LISTED}


async def asked_for(case: Case) -> bool:
    """The stage is over, all interests pass, bids are asked for."""
    tx, officer = case.tx, case.cast.officer
    case.on(29)
    await actions.close_due_stages(tx)
    if case.until is CaseState.EOI_CLOSED:
        return False
    case.on(35)
    passed = [{"question": ASKED, "verdict": Verdict.PASS}]
    for interest in await ExpressionOfInterest.filter(case_id=case.id).order_by("id"):
        await actions_interests.judge_interest(
            tx, officer, interest_id=interest.id, judgements=passed
        )
    await actions.invite_bids(tx, officer, case_id=case.id)
    return True


async def bid_for(case: Case) -> bool:
    """Each group bids, sealed."""
    tx = case.tx
    case.on(60)
    for at, (group, speaker) in enumerate(case.cast.groups):
        begun = await actions_bids.start_bid(tx, speaker, case_id=case.id, organisation_id=group)
        bid = await Bid.get(id=begun["bid"])
        await actions_drafts.save_draft(
            tx, speaker, bid_id=bid.id, version=bid.version, contents=contents_of(case, at)
        )
        bid = await Bid.get(id=bid.id)
        await actions_drafts.submit_bid(tx, speaker, bid_id=bid.id, version=bid.version)
        case.bids.append(bid.id)
    if case.until is CaseState.BUSINESS_CASE:
        return False
    case.on(78)
    await actions.close_due_stages(tx)
    return case.until is not CaseState.BIDS_CLOSED


def contents_of(case: Case, at: int) -> dict[str, Any]:
    """What a group's bid says."""
    said = f"{GROUPS[at]} would open it on five days of the week."
    ask = {"caseId": write_id("cas", case.id), "instrument": "LEASE", "termMonths": 120}
    return {
        "answers": [{"criterion": each["name"], "text": said} for each in CRITERIA],
        "asks": [ask | {"considerationPence": 0, "rentPence": 100}],
        "funding": [{"source": "Members", "kind": "SECURED", "pence": 1_500_000 - 250_000 * at}],
        "costs": [{"what": "Repairs", "pence": 1_200_000}],
        "pledgedMinutes": 24_000 - 6_000 * at,
        "attachments": [],
    }


async def assessed(case: Case) -> bool:
    """Opened and scored, and the best is recommended; or nobody is awarded it."""
    tx, officer = case.tx, case.cast.officer
    case.on(79)
    await actions_opening.open_bids(tx, officer, round_id=case.round_id)
    for judge in case.cast.judges:
        assert judge.id
        await actions_panel.name_scorer(tx, officer, round_id=case.round_id, person_id=judge.id)
    case.on(90)
    judges = case.cast.judges[: 1 if case.until is CaseState.ASSESSMENT else 2]
    for judge in judges:
        for bid, points in zip(case.bids, POINTS, strict=True):
            for criterion, each in zip(CRITERIA, points, strict=True):
                given_: dict[str, Any] = {"case_id": case.id, "bid_id": bid, "points": each}
                reason = "As the bid shows it."
                await actions_scores.record_score(
                    tx, judge, criterion=str(criterion["name"]), reason=reason, **given_
                )
    if case.until is CaseState.ASSESSMENT:
        return False
    case.on(100)
    if case.until is CaseState.NO_AWARD:
        reason = "The ground is not safe to be let, as the survey found."
        await actions.award_none(tx, officer, case_id=case.id, reason=reason)
        return False
    await actions_scores.recommend(tx, officer, case_id=case.id)
    return case.until is not CaseState.DUE_DILIGENCE


async def decided(case: Case) -> bool:
    """With all that a decision needs; one is appealed."""
    tx, officer = case.tx, case.cast.officer
    today = case.on(150)
    await actions_decisions.prepare_decision(tx, officer, case_id=case.id, **facts_of(case, today))
    decision = await Decision.get(case_id=case.id)
    await actions_decisions.decide(
        tx,
        officer,
        decision_id=decision.id,
        version=decision.version,
        reasons="The bid with the widest use; its money is secured.",
    )
    if case.until is CaseState.APPEAL:
        case.on(152)
        group, speaker = case.cast.groups[1]
        appeal: dict[str, Any] = {"organisation_id": group, "case_id": case.id}
        grounds = "Our volunteers' hours were not counted."
        await actions_appeals.appeal_decision(tx, speaker, **appeal, grounds=grounds)
    return case.until not in {CaseState.APPEAL, CaseState.DECIDED}


def facts_of(case: Case, today: date) -> dict[str, Any]:
    """A lease of ten years under value; of the last one, a licence of a year."""
    answer: dict[str, Any] = {
        "yes": True,
        "reasons": "By the group that runs it, under its own rules.",
    }
    facts: dict[str, Any] = {
        "instrument": Instrument.LEASE,
        "begins_on": today + timedelta(days=40),
        "term_months": 120,
        "rent_pence": 100,
        "consideration_pence": 0,
        "held_under": HeldUnder.LOCAL_GOVERNMENT,
        "unrestricted_pence": 18_000_000,
        "valued_on": today - timedelta(days=30),
        "valuer": "The district valuer, MRICS",
        "valuer_independent": True,
        "wellbeing_reason": "It stays open, and is run by those who use it.",
        "open_space": case.until in PARK,
        "statutory_trust": False,
        "restrictions": [{"restriction": each, "binds": False} for each in Restriction],
        "declarations": list(Declaration),
        "public_interest": [{"question": each, **answer} for each in PublicInterest],
        "delegated": False,
        "meeting_reference": f"Cabinet, {today:%d %B %Y}, item 7",
        "decided_on": today,
    }
    if case.until in PARK:
        facts |= {
            "adverts": [today - timedelta(days=60), today - timedelta(days=53)],
            "objections_close_on": today - timedelta(days=30),
            "objections": 1,
            "objections_answered": 1,
        }
    if case.until is CaseState.ENDED:
        facts |= {"instrument": Instrument.LICENCE, "term_months": 12}
    return facts


async def given(case: Case) -> bool:
    """Terms, and the keys; or it was never signed."""
    tx, officer = case.tx, case.cast.officer
    agreed_on = case.on(155)
    await actions_awards.agree_terms(
        tx, officer, case_id=case.id, agreed_on=agreed_on, use_covenant="Open to all.", cure_days=30
    )
    if case.until is CaseState.HEADS_OF_TERMS:
        return False
    completed_on = case.on(190)
    if case.until is CaseState.LAPSED:
        reason = "The group found another ground."
        await actions_awards.lapse_case(tx, officer, case_id=case.id, reason=reason)
        return False
    signed: dict[str, Any] = {
        "completed_on": completed_on,
        "deed_reference": f"WDC/{case.asset.reference}",
    }
    await actions_awards.complete_case(tx, officer, case_id=case.id, **signed)
    return case.until is not CaseState.COMPLETED


async def kept(case: Case) -> bool:
    """A year's targets; a term that is not kept, its notice, and the way back."""
    tx, officer = case.tx, case.cast.officer
    of: dict[str, Any] = {"case_id": case.id}
    case.on(195)
    await actions_awards.begin_monitoring(tx, officer, **of)
    year = case.on(555)
    met = case.until in {CaseState.MONITORING, CaseState.ENDED}
    text = "Open on five days of the week, as promised." if met else "Closed since the spring."
    report: dict[str, Any] = {"covers_until": year, "targets_met": met, "text": text}
    await actions_awards.record_monitoring(tx, officer, **of, **report)
    if case.until is CaseState.ENDED:
        case.on(599)
        await actions_awards.end_case(tx, officer, **of)
    if met:
        return False
    found_on = case.on(560)
    await actions_awards.find_breach(tx, officer, **of, found_on=found_on, text=text)
    if case.until is CaseState.BREACH:
        return False
    noticed_on = case.on(565)
    breach = await Breach.get(**of)
    await actions_awards.serve_notice(tx, officer, breach_id=breach.id, noticed_on=noticed_on)
    if case.until is CaseState.REVERTED:
        case.on(640)
        reason = "It was not opened again in time."
        await actions_awards.revert_case(tx, officer, **of, reason=reason)
    return False

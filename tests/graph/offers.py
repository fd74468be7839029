"""What the town's council offers: two rounds, and cases on their way."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from commonweal.assets.tables import Asset
from commonweal.handovers.cases import as_kept
from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.rules_assessment import LastResort
from commonweal.handovers.rules_defaults import rules_on
from commonweal.handovers.rules_offers import Blocking
from commonweal.handovers.tables import Case, CaseQuestion, Round, RoundStage
from tests.conftest import TODAY
from tests.graph.townspeople import GROUP

ROUNDS, STAGES, CASES, QUESTIONS = 60_000, 61_000, 80_000, 90_000
DAYS: Final = {  # from today, of each round's stages
    0: {Stage.EOI: 7, Stage.SHORTLISTING: 14, Stage.BUSINESS_CASE: 40},
    1: {Stage.BUSINESS_CASE: -1},
}
AFTER: Final = {Stage.ASSESSMENT: 60, Stage.DECISION: 90}
STATES: Final = [  # of a case, and its round
    (CaseState.LISTED, 0),
    (CaseState.PROPOSED, None),
    (CaseState.BUSINESS_CASE, 1),
    (CaseState.WITHHELD, None),
    (CaseState.ASSESSMENT, 1),
]


async def offer(council: int, assets: Sequence[Asset]) -> None:
    """A case of each of some assets, in the caller's transaction."""
    await Round.bulk_create(
        Round(
            id=ROUNDS + number,
            council_id=council,
            title=("Spring", "Gwanwyn")[number],
            questions=["Who are you?"] if number == 0 else [],
            criteria=[{"name": "Need", "weight": 10_000, "scale": "ONE_TO_FIVE", "least": 1}],
            ties=["Need"],
            last_resort=list(LastResort)[number],
            hides_number=number == 0,
            public_key="00" * 32,
            holders_needed=number or None,
            opened_at=TODAY,
            bids_opened_at=TODAY if number else None,
        )
        for number in DAYS
    )
    await RoundStage.bulk_create(
        RoundStage(
            id=STAGES + 10 * number + place,
            round_id=ROUNDS + number,
            stage=stage,
            ends_at=TODAY + timedelta(days=days),
        )
        for number, first in DAYS.items()
        for place, (stage, days) in enumerate({**first, **AFTER}.items())
    )
    rules = as_kept(rules_on(TODAY.date()))
    await Case.bulk_create(
        Case(
            id=CASES + number,
            council_id=council,
            asset_id=None if number == 5 else asset.id,
            round_id=None if number_of is None else ROUNDS + number_of,
            state=state,
            title=asset.name,
            summary="As the group sees it." if number % 2 else None,
            proposer_id=GROUP if number % 3 == 1 else None,
            answers={each.value: False for each in Blocking} if number_of is not None else None,
            rules=rules,
            began_on=TODAY.date(),
            reason="It is needed." if state is CaseState.WITHHELD else None,
        )
        for number, asset in enumerate(assets)
        for state, number_of in [STATES[number % len(STATES)]]
    )
    await CaseQuestion.bulk_create(
        CaseQuestion(
            id=QUESTIONS + number,
            case_id=CASES + number % 2,
            text="Is there a key?",
            asked_at=TODAY,
            answer="At the desk." if number else None,
            answered_at=TODAY if number else None,
        )
        for number in range(3)
    )

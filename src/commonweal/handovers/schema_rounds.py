"""Offering in the API: rounds, cases up to the opening of bids, a council's own rules."""

from typing import Any, Final

import graphene

from commonweal.assets.rules import NotListable
from commonweal.assets.schema import Asset
from commonweal.graph.declare import Key, Many, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.payload import Secret
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.openings import OPENING_REFUSALS
from commonweal.listings.schema import OpeningInput
from commonweal.people.rules_organisations import NotACouncil, OrganisationEnded
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import Area

from . import (
    actions,
    actions_rounds,
    queries,
    round_keys,
    rules,
    rules_bidders,
    rules_interests,
    rules_offers,
    sharing,
    tables,
)
from . import rules_assessment as assessment
from . import rules_defaults as defaults
from .rules_texts import TextLength
from .schema import Case, LastResort, Round, Stage

Scale = graphene.Enum.from_enum(assessment.Scale)


@rows_of(tables.CouncilRule)
class CouncilRule(graphene.ObjectType):
    """A number or a consent of a council's own, for cases that begin on or after a day."""

    id = Key("crl")
    name = graphene.String(required=True)
    value = graphene.String(required=True)
    since = graphene.Date(required=True)
    citation = graphene.String(required=True)
    set_at = graphene.DateTime(required=True)


class StageInput(graphene.InputObjectType):
    """A stage of a round; all have an end, or none: then each lasts as long as is usual."""

    stage = graphene.InputField(Stage, required=True)
    ends_at = graphene.DateTime(description="Its last instant, with its zone.")


class CriterionInput(graphene.InputObjectType):
    """What bids are scored on."""

    name = graphene.String(required=True)
    weight = graphene.Int(required=True, description="Per 10,000; all weights sum to that.")
    scale = graphene.InputField(Scale, required=True)
    least = graphene.Int(
        required=True, description="With fewer points on average nothing can be awarded."
    )


def listed(of: Any, description: str | None = None, *, required: bool = False) -> Any:
    return graphene.InputField(
        graphene.List(graphene.NonNull(of)), required=required, description=description
    )


class Query(graphene.ObjectType):
    council_rules = Many(
        CouncilRule,
        where=queries.rules_asked,
        sort=queries.newest,
        council=graphene.ID(required=True),
        description="A council's own rules, the newest first; a case's `rules` has all.",
    )


REASONED: Final = {"case_id": Reference(Case), "reason": graphene.String(required=True)}
VISITS: Final = {"openings": listed(OpeningInput, "When it can be visited.")}
SUMMARISED: Final = {"summary": graphene.String()}
ROUND: Final[dict[str, Any]] = {
    "council_id": Reference(Area),
    "title": graphene.String(required=True),
    "stages": listed(
        StageInput, "In their order; bids, assessment and decision at least.", required=True
    ),
    "criteria": listed(CriterionInput, required=True),
    "questions": listed(graphene.String, "What an expression of interest answers."),
    "ties": listed(graphene.String, "Criteria: of tied bids the better in the first is first."),
    "last_resort": graphene.InputField(LastResort),
    "hides_number": graphene.Boolean(
        description="Whether officers learn only at the opening how many bids there are; they do."
    ),
}
TIMETABLE_REFUSALS: Final = (
    rules.DatesNotIncreasing,
    rules.StageMissing,
    rules.StageRepeated,
    rules.StagesOutOfOrder,
    rules_offers.EndsMissing,
    rules_offers.ZoneMissing,
    rules_offers.InstantUnfit,
    rules_offers.RoundTooLong,
)
ROUND_REFUSALS: Final = (
    *TIMETABLE_REFUSALS,
    NotACouncil,
    rules_offers.RoundBeginsInPast,
    TextLength,
    rules_offers.QuestionsUnfit,
    rules_offers.CriteriaUnfit,
    rules_offers.TiesRepeated,
    assessment.CriterionRepeated,
    assessment.CriterionUnknown,
    assessment.ThresholdOffScale,
    assessment.WeightTooSmall,
    assessment.WeightsNotWhole,
)
PROPOSAL_REFUSALS: Final = (
    NotListable,
    rules_offers.AssetOnOffer,
    rules_offers.AssetGone,
    TextLength,
)
OFFER_REFUSALS: Final = (
    WrongState,
    rules.StageSkipped,
    rules.StageNotHeld,
    rules_offers.QuestionsUnanswered,
    rules_offers.BlockedFromOffer,
    rules.DeadlinePassed,
    rules_offers.RoundOfAnother,
    NotListable,
    rules_offers.VisitsShownAlready,
    *OPENING_REFUSALS,
)
ENDED_REFUSALS: Final = (WrongState, TextLength)
SHOWN: Final = {"case": Case}


class Mutation(graphene.ObjectType):
    open_round = Command(
        actions_rounds.open_round,
        subject="council_id",
        input=ROUND,
        result={"round": Round},
        refuses=[
            *ROUND_REFUSALS,
            round_keys.KeyNotKept,
            round_keys.KeyMissing,
            round_keys.KeyUnreadable,
            round_keys.KeyNotOurs,
            round_keys.KeyExposed,
        ],
    )
    open_round_with_holders = Command(
        actions_rounds.open_round_with_holders,
        subject="council_id",
        input={
            **ROUND,
            "holders": graphene.Int(required=True, description="To each of whom a share goes."),
            "holders_needed": graphene.Int(required=True, description="Who open bids together."),
        },
        result={
            "round": Round,
            "shares": Secret("shares", "A line for each holder, shown this once and kept nowhere."),
        },
        refuses=[*ROUND_REFUSALS, sharing.HoldersNotPossible],
    )
    put_off_stages = Command(
        actions_rounds.put_off_stages,
        subject="round_id",
        input={
            "round_id": Reference(Round),
            "ends": listed(StageInput, required=True),
            "reason": graphene.String(required=True),
        },
        result={"round": Round},
        refuses=[
            *TIMETABLE_REFUSALS,
            rules.DeadlinePassed,
            rules_offers.NotPutOff,
            TextLength,
        ],
    )
    set_council_rule = Command(
        actions_rounds.set_council_rule,
        subject="council_id",
        input={
            "council_id": Reference(Area),
            "name": graphene.String(required=True, description="As a case's `rules` name it."),
            "value": graphene.String(required=True, description="A whole number, or a text."),
            "since": graphene.Date(required=True, description="The first day it holds for."),
            "citation": graphene.String(required=True, description="Where it is written."),
        },
        result={"rule": CouncilRule},
        refuses=[
            NotACouncil,
            defaults.RuleUnknown,
            defaults.RuleUnfit,
            defaults.RuleWithoutSource,
        ],
    )
    propose_case = Command(
        actions.propose_case,
        subject="asset_id",
        input={"asset_id": Reference(Asset), **SUMMARISED},
        result=SHOWN,
        refuses=PROPOSAL_REFUSALS,
    )
    suggest_case = Command(
        actions.suggest_case,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            "asset_id": Reference(Asset),
            **SUMMARISED,
        },
        result=SHOWN,
        refuses=[
            *PROPOSAL_REFUSALS,
            rules_offers.TooManySuggested,
            rules_bidders.GroupUnfit,
            OrganisationEnded,
        ],
    )
    propose_service = Command(
        actions.propose_service,
        subject="council_id",
        input={
            "council_id": Reference(Area),
            "title": graphene.String(required=True),
            **SUMMARISED,
        },
        result=SHOWN,
        refuses=[NotACouncil, TextLength],
    )
    answer_blocking = Command(
        actions.answer_blocking,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            **{
                each.name.lower(): graphene.Boolean(description=rules_offers.BLOCKING[each])
                for each in rules_offers.Blocking
            },
        },
        result=SHOWN,
        refuses=[WrongState],
    )
    withhold_case = Command(
        actions.withhold_case,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=ENDED_REFUSALS,
    )
    list_case = Command(
        actions.list_case,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "round_id": Reference(Round),
            **SUMMARISED,
            **VISITS,
        },
        result=SHOWN,
        refuses=[*OFFER_REFUSALS, TextLength],
    )
    invite_bids = Command(
        actions.invite_bids,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "round_id": Reference(Round, required=False),
            **VISITS,
        },
        result=SHOWN,
        refuses=[*OFFER_REFUSALS, rules_offers.RoundNeeded, rules_interests.InterestsUnjudged],
    )
    withdraw_case = Command(
        actions.withdraw_case,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=ENDED_REFUSALS,
    )
    award_none = Command(
        actions.award_none,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=ENDED_REFUSALS,
    )

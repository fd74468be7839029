"""Expressions of interest in the API."""

import graphene

from commonweal.graph.declare import Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.scalars import JSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import OrganisationEnded, TextTooLong
from commonweal.people.schema_organisations import Organisation
from commonweal.safety.rules import NotYoursToJudge

from . import actions_interests as actions
from . import queries_interests as queries
from . import rules_interests as rules
from . import tables_interests
from .rules import DeadlinePassed, NotTaken, StageNotHeld, StageNotOver
from .rules_bidders import GroupUnfit
from .schema import Case

InterestState = graphene.Enum.from_enum(rules.InterestState)
Verdict = graphene.Enum.from_enum(rules.Verdict)


@rows_of(tables_interests.ExpressionOfInterest, standing=queries.INTEREST)
class ExpressionOfInterest(graphene.ObjectType):
    """That a group is interested in a case: for who is behind it, and the council's officers."""

    id = Key("eoi")
    state = InterestState(required=True)
    version = graphene.Int(required=True)
    answers = JSON(required=True, description="[{question, answer}], in the round's order.")
    judgements = JSON(description="[{question, verdict, caveat}]; null until it is judged.")
    verdict = Verdict(description="The worst of its answers'; null until it is judged.")
    expressed_at = graphene.DateTime(required=True)
    judged_at = graphene.DateTime()
    case = One(Case, by="case")
    organisation = One(Organisation, by="organisation")


class AnswerInput(graphene.InputObjectType):
    """What a group answers to a question of the round."""

    question = graphene.String(required=True, description="In the round's own words.")
    answer = graphene.String(required=True)


class JudgementInput(graphene.InputObjectType):
    """What an officer makes of an answer."""

    question = graphene.String(required=True, description="In the round's own words.")
    verdict = graphene.InputField(Verdict, required=True)
    caveat = graphene.String(description="Needed where it passes with caveats, and only there.")


OF_ONE = {"interest_id": Reference(ExpressionOfInterest)}
ANSWERS = graphene.InputField(graphene.List(graphene.NonNull(AnswerInput)), required=True)
RESULT = {"interest": ExpressionOfInterest}
TAKING = [
    StageNotHeld,
    DeadlinePassed,
    NotTaken,
    OrganisationEnded,
    rules.NoSuchQuestion,
    rules.AnswerLength,
    rules.AnswersMissing,
]


class Mutation(graphene.ObjectType):
    express_interest = Command(
        actions.express_interest,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            "case_id": Reference(Case),
            "answers": ANSWERS,
        },
        result=RESULT,
        refuses=[*TAKING, GroupUnfit, rules.AlreadyInterested],
    )
    revise_interest = Command(
        actions.revise_interest,
        subject="interest_id",
        input={**OF_ONE, "answers": ANSWERS},
        result=RESULT,
        refuses=[*TAKING, WrongState],
    )
    withdraw_interest = Command(
        actions.withdraw_interest,
        subject="interest_id",
        input=OF_ONE,
        result=RESULT,
        refuses=[WrongState],
    )
    judge_interest = Command(
        actions.judge_interest,
        subject="interest_id",
        input={
            **OF_ONE,
            "judgements": graphene.InputField(
                graphene.List(graphene.NonNull(JudgementInput)), required=True
            ),
        },
        result=RESULT,
        refuses=[
            WrongState,
            StageNotHeld,
            StageNotOver,
            NotYoursToJudge,
            TextTooLong,
            rules.NotBeingJudged,
            rules.QuestionUnknown,
            rules.AnswersUnjudged,
            rules.CaveatMissing,
            rules.CaveatUnused,
        ],
    )


extends = {
    "Case": {"interests": Many(ExpressionOfInterest, by="case")},
    "Organisation": {
        "interests": Many(ExpressionOfInterest, by="organisation", sort=queries.newest)
    },
}

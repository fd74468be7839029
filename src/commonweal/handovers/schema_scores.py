"""The panel, its scores and their result in the API."""

from typing import Final

import graphene

from commonweal.graph.declare import Column, Computed, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.scalars import JSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.schema import Person
from commonweal.safety.rules import NotYoursToJudge

from . import actions_panel, actions_scores, assessing, rules_panel, tables_scores
from . import queries_scores as queries
from . import rules_assessment as rules
from .rules_texts import TextLength
from .schema import Case, Round
from .schema_bids import Bid, BidEntry


@rows_of(tables_scores.Scorer, standing=queries.SCORER)
class Scorer(graphene.ObjectType):
    """Somebody on a round's panel."""

    id = Key("scr")
    named_at = graphene.DateTime(required=True)
    conflicted_at = graphene.DateTime(description="Since when a conflict keeps them out.")
    conflict = Column(graphene.String, "interest", description="Of interest: what it is.")
    person = One(Person, by="person")
    round = One(Round, by="round")


@rows_of(tables_scores.Score, standing=queries.SCORE)
class Score(graphene.ObjectType):
    """A scorer's points; the last of theirs for a bid and criterion is the one that counts."""

    id = Key("sco")
    number = graphene.Int(required=True, description="The later, the higher.")
    criterion = graphene.String(required=True)
    points = graphene.Int(required=True)
    reason = graphene.String(required=True)
    given_at = graphene.DateTime(required=True)
    scorer = One(Scorer, by="scorer")
    bid = One(Bid, by="bid")


@rows_of(tables_scores.Result, standing=queries.RESULT)
class Result(graphene.ObjectType):
    """What the scores came to, and why it was computed: the last one counts, all are kept."""

    id = Key("res")
    number = graphene.Int(required=True)
    cause = graphene.String(required=True)
    totals = JSON(
        required=True,
        description="[{bid, total, points: [{criterion, weight, points, of}], failed}], totals of "
        "10,000 and averages as exact fractions: 22351/3.",
    )
    places = JSON(required=True, description="[[bid]], the best first; those tied share a place.")
    sensitivity = JSON(
        required=True,
        description="{holds, shifts: [{from, to, by, winner}], absences: [{scorer, winner}]}: all "
        "that would change the winner.",
    )
    voided = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Scorers whose scores do not count.",
    )
    explains = Computed(
        graphene.List(graphene.NonNull(graphene.String)),
        assessing.explained,
        needs=("totals",),
        required=True,
        description="A sentence for each bid, the best first.",
    )
    computed_at = graphene.DateTime(required=True)


OF_SCORER: Final = {"scorer_id": Reference(Scorer), "conflict": graphene.String(required=True)}
DECLARED: Final = (rules_panel.AlreadyDeclared, TextLength)


class Mutation(graphene.ObjectType):
    name_scorer = Command(
        actions_panel.name_scorer,
        subject="round_id",
        input={"round_id": Reference(Round), "person_id": Reference(Person)},
        result={"scorer": Scorer},
        refuses=[rules_panel.AlreadyScorer, rules_panel.PanelFixed, rules_panel.PanelFull],
    )
    declare_conflict = Command(
        actions_panel.declare_conflict,
        subject="scorer_id",
        input=OF_SCORER,
        result={"scorer": Scorer},
        refuses=DECLARED,
    )
    record_conflict = Command(
        actions_panel.record_conflict,
        subject="scorer_id",
        input=OF_SCORER,
        result={"scorer": Scorer},
        refuses=DECLARED,
    )
    record_score = Command(
        actions_scores.record_score,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "bid_id": Reference(Bid),
            "criterion": graphene.String(required=True),
            "points": graphene.Int(required=True),
            "reason": graphene.String(required=True),
        },
        result={"score": Score},
        refuses=[
            WrongState,
            rules.NotAScorer,
            rules.ScorerConflicted,
            rules.BidNotScored,
            rules.CriterionUnknown,
            rules.ScoreOffScale,
            TextLength,
        ],
    )
    recommend = Command(
        actions_scores.recommend,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "bid_id": Reference(
                Bid, required=False, description="Where several share the first place."
            ),
            "reason": graphene.String(description="Why this one of those: published."),
        },
        result={"case": Case},
        refuses=[
            WrongState,
            rules.NobodyScores,
            rules.ScoresMissing,
            rules.NothingAwardable,
            rules.TieNotBroken,
            rules.NotFirst,
            NotYoursToJudge,
            TextLength,
        ],
    )
    give_feedback = Command(
        actions_scores.give_feedback,
        subject="entry_id",
        input={"entry_id": Reference(BidEntry), "text": graphene.String(required=True)},
        result={"entry": BidEntry},
        refuses=[rules_panel.FeedbackTooEarly, TextLength],
    )


extends = {
    "Round": {"panel": Many(Scorer, by="round")},
    "Case": {
        "scores": Many(
            Score,
            by="case",
            sort=queries.in_order,
            description="One's own, and once all are in the whole panel's.",
        ),
        "results": Many(Result, by="case", sort=queries.in_order),
    },
    "Me": {"panels": Many(Scorer, by="person", description="Rounds in which I score.")},
}

"""The decision in the API: what is known, what is missing, who confirmed, what was decided."""

from typing import Any, Final

import graphene

from commonweal.graph.declare import ByKey, Computed, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import JSON, Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import OrganisationEnded
from commonweal.safety.rules import NotYoursToJudge

from . import actions_decisions as actions
from . import deciding, queries_decisions, rules_decisions, rules_facts, rules_instruments
from . import rules_missing as lacks
from . import tables_decisions as tables
from .rules_texts import TextLength
from .schema import Case
from .schema_bids import BidEntry

Instrument = graphene.Enum.from_enum(rules_instruments.Instrument)
HeldUnder = graphene.Enum.from_enum(rules_decisions.HeldUnder)
Restriction = graphene.Enum.from_enum(rules_decisions.Restriction)
Declaration = graphene.Enum.from_enum(rules_decisions.Declaration)
PublicInterest = graphene.Enum.from_enum(rules_decisions.PublicInterest)
CODES: Final = "[{code, message}]"


@rows_of(tables.Decision, standing=queries_decisions.DECISION)
class Decision(graphene.ObjectType):
    """All that is known of what is to be decided; public, with its reasons, once it is."""

    class Meta:
        interfaces = (Node,)

    id = Key("dec")
    number = graphene.Int(required=True, description="Of the case's: an appeal makes another.")
    version = graphene.Int(required=True)
    instrument = Instrument()
    begins_on = graphene.Date()
    term_months = graphene.Int()
    parts = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="None are the whole."
    )
    rent_pence = Amount(description="Of a year; 0 is a peppercorn, and not null.")
    consideration_pence = Amount()
    exclusive_possession = graphene.Boolean(required=True)
    held_under = HeldUnder()
    own_consent = graphene.String(required=True)
    unrestricted_pence = Amount(description="What it is worth without conditions.")
    valued_on = graphene.Date()
    valuer = graphene.String(required=True)
    valuer_independent = graphene.Boolean(required=True)
    undervalue_pence = Computed(
        graphene.Float,
        deciding.undervalue_of,
        needs=deciding.COLUMNS,
        description="What is forgone.",
    )
    wellbeing_reason = graphene.String(required=True)
    undervalue_consent = graphene.String(required=True)
    open_space = graphene.Boolean()
    statutory_trust = graphene.Boolean()
    adverts = Computed(
        graphene.List(graphene.NonNull(graphene.Date)),
        deciding.days,
        needs=("adverts",),
        required=True,
        description="The days of the newspaper adverts.",
    )
    objections_close_on = graphene.Date()
    objections = graphene.Int()
    objections_answered = graphene.Int(required=True)
    restrictions = JSON(required=True, description="{restriction: {binds, reference}}")
    declarations = graphene.List(graphene.NonNull(Declaration), required=True)
    public_interest = JSON(
        required=True,
        description="{question: {yes, reasons, author}}: could it be decided closer to, or by, "
        "those whom it affects?",
    )
    acv_listed = graphene.Boolean(required=True)
    decided_on = graphene.Date(description="The meeting's day.")
    meeting_reference = graphene.String(required=True)
    delegated = graphene.Boolean(description="To an officer; else a meeting decides.")
    limit_pence = Amount(description="Of the delegation.")
    missing = Computed(
        JSON,
        deciding.missing_of,
        needs=deciding.COLUMNS,
        required=True,
        description=f"{CODES}: what must be known first; nothing where it may be decided.",
    )
    warnings = Computed(
        JSON,
        deciding.warnings_of,
        needs=deciding.COLUMNS,
        required=True,
        description=f"{CODES}: what one should know, and what stops nothing.",
    )
    reasons = graphene.String(required=True)
    decided_at = graphene.DateTime(description="Published since then.")
    set_aside_at = graphene.DateTime(description="By an appeal, or since the chosen bid is gone.")
    case = One(Case, by="case")
    entry = One(BidEntry, by="entry", description="The bid that was chosen.")


class RestrictionInput(graphene.InputObjectType):
    """Whether something binds the land, and the reference of what was obtained."""

    restriction = graphene.InputField(Restriction, required=True)
    binds = graphene.Boolean(required=True)
    reference = graphene.String()


class PublicInterestInput(graphene.InputObjectType):
    """An answer to a question of the public interest test; its author is who writes it down."""

    question = graphene.InputField(PublicInterest, required=True)
    yes = graphene.Boolean(required=True)
    reasons = graphene.String(required=True)
    minutes = graphene.String(description="Of the meeting that gave it: its author then.")


def listed(of: Any) -> Any:
    return graphene.InputField(graphene.List(graphene.NonNull(of)))


FACTS: Final[dict[str, Any]] = {
    "instrument": graphene.InputField(Instrument),
    "begins_on": graphene.Date(),
    "term_months": graphene.Int(),
    "parts": listed(graphene.String),
    "rent_pence": graphene.InputField(Amount),
    "consideration_pence": graphene.InputField(Amount),
    "exclusive_possession": graphene.Boolean(),
    "held_under": graphene.InputField(HeldUnder),
    "own_consent": graphene.String(),
    "unrestricted_pence": graphene.InputField(Amount),
    "valued_on": graphene.Date(),
    "valuer": graphene.String(),
    "valuer_independent": graphene.Boolean(),
    "wellbeing_reason": graphene.String(),
    "undervalue_consent": graphene.String(),
    "open_space": graphene.Boolean(),
    "statutory_trust": graphene.Boolean(),
    "adverts": listed(graphene.Date),
    "objections_close_on": graphene.Date(),
    "objections": graphene.Int(),
    "objections_answered": graphene.Int(),
    "restrictions": listed(RestrictionInput),
    "declarations": listed(Declaration),
    "public_interest": listed(PublicInterestInput),
    "acv_listed": graphene.Boolean(),
    "decided_on": graphene.Date(),
    "meeting_reference": graphene.String(),
    "delegated": graphene.Boolean(),
    "limit_pence": graphene.InputField(Amount),
}
AT_VERSION: Final = {
    "decision_id": Reference(Decision),
    "version": graphene.Int(required=True, description="The decision's, as it was read."),
}


class Query(graphene.ObjectType):
    decision = ByKey(Decision)


class Mutation(graphene.ObjectType):
    prepare_decision = Command(
        actions.prepare_decision,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "version": graphene.Int(description="The decision's, once there is one."),
            **FACTS,
        },
        result={"decision": Decision},
        refuses=[WrongState, NotYoursToJudge, rules_facts.FactUnfit, rules_facts.DecisionChanged],
    )
    confirm_decision = Command(
        actions.confirm_decision,
        subject="decision_id",
        input=AT_VERSION,
        result={"decision": Decision},
        refuses=[WrongState, NotYoursToJudge, rules_facts.DecisionChanged],
    )
    decide = Command(
        actions.decide,
        subject="decision_id",
        input={**AT_VERSION, "reasons": graphene.String(required=True)},
        result={"decision": Decision, "case": Case},
        refuses=[
            WrongState,
            NotYoursToJudge,
            OrganisationEnded,
            lacks.DecisionIncomplete,
            rules_facts.DaysBackwards,
            rules_facts.DecisionChanged,
            rules_facts.DecidedAhead,
            rules_facts.NobodyChosen,
            TextLength,
            rules_instruments.AlreadyAwarded,
            rules_instruments.EndNeeded,
            rules_instruments.EndsBeforeItBegins,
        ],
    )


extends = {"Case": {"decisions": Many(Decision, by="case", description="The last one counts.")}}

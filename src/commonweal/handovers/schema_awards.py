"""What was given in the API: terms, keys, monitoring, breach, the way back; and appeals."""

from typing import Any, Final

import graphene

from commonweal.assets.schema import Asset
from commonweal.graph.declare import Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.scalars import Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.schema_organisations import Organisation
from commonweal.safety.rules import NotYoursToJudge

from . import actions_appeals as appeals
from . import actions_awards as actions
from . import queries, queries_decisions, rules, rules_facts, rules_monitoring, rules_offers
from . import tables_decisions as tables
from .rules_texts import TextLength
from .schema import Case, CaseState
from .schema_decisions import Decision, Instrument


@rows_of(tables.Award)
class Award(graphene.ObjectType):
    """An interest that was given, over [since, until), with its terms: public."""

    id = Key("awd")
    instrument = Instrument(required=True)
    since = graphene.Date(required=True)
    until = graphene.Date(description="The first day on which it holds no more; null: for good.")
    parts = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="None are the whole."
    )
    term_months = graphene.Int()
    rent_pence = Amount(description="Of a year; 0 is a peppercorn.")
    consideration_pence = Amount()
    break_clause = graphene.String(required=True)
    use_covenant = graphene.String(required=True)
    reverter = graphene.String(required=True)
    cure_days = graphene.Int(description="To put a breach right, where the instrument says so.")
    agreed_on = graphene.Date()
    completed_on = graphene.Date()
    deed_reference = graphene.String(required=True)
    ended_at = graphene.DateTime(description="Null while it is live.")
    ended_because = graphene.String()
    asset = One(Asset, by="asset")
    organisation = One(Organisation, by="organisation")
    decision = One(Decision, by="decision")


@rows_of(tables.MonitoringReport)
class MonitoringReport(graphene.ObjectType):
    """Whether a year's targets were met."""

    id = Key("mon")
    covers_until = graphene.Date(required=True)
    targets_met = graphene.Boolean(required=True)
    text = graphene.String(required=True)
    reported_at = graphene.DateTime(required=True)


@rows_of(tables.Breach, standing=queries_decisions.BREACH)
class Breach(graphene.ObjectType):
    """A term that is not kept: for the group and the council's officers."""

    id = Key("bre")
    text = graphene.String(required=True)
    found_on = graphene.Date(required=True)
    noticed_on = graphene.Date(description="When notice of it was served.")
    last_day = graphene.Date(description="To put it right, that day included.")
    cured_on = graphene.Date()
    case = One(Case, by="case")


@rows_of(tables.CaseAppeal, standing=queries_decisions.APPEAL)
class CaseAppeal(graphene.ObjectType):
    """A bidder's appeal: for them and the council's officers."""

    id = Key("cap")
    version = graphene.Int(required=True)
    grounds = graphene.String(required=True)
    made_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    upheld = graphene.Boolean()
    reopens_at = CaseState(description="The stage to which it goes back.")
    reasons = graphene.String()
    case = One(Case, by="case")
    organisation = One(Organisation, by="organisation")


OF_CASE: Final = {"case_id": Reference(Case)}
OF_BREACH: Final = {"breach_id": Reference(Breach)}
TEXT: Final = graphene.String(required=True)
DAY: Final = graphene.Date(required=True)
SHOWN: Final = {"case": Case}
AHEAD: Final = (WrongState, rules_facts.DayAhead)
REASONED: Final[dict[str, Any]] = {**OF_CASE, "reason": TEXT}


class Mutation(graphene.ObjectType):
    agree_terms = Command(
        actions.agree_terms,
        subject="case_id",
        input={
            **OF_CASE,
            "agreed_on": DAY,
            "break_clause": graphene.String(),
            "use_covenant": graphene.String(),
            "reverter": graphene.String(),
            "cure_days": graphene.Int(description="To put a breach right."),
        },
        result=SHOWN,
        refuses=[*AHEAD, rules_facts.FactUnfit, rules_facts.DaysBackwards],
    )
    complete_case = Command(
        actions.complete_case,
        subject="case_id",
        input={**OF_CASE, "completed_on": DAY, "deed_reference": TEXT},
        result=SHOWN,
        refuses=[*AHEAD, rules_facts.FactUnfit, rules_facts.DaysBackwards],
    )
    lapse_case = Command(
        actions.lapse_case,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=[WrongState, TextLength],
    )
    fall_back = Command(
        actions.fall_back,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=[WrongState, TextLength, rules_facts.NoReserve],
    )
    begin_monitoring = Command(
        actions.begin_monitoring,
        subject="case_id",
        input=OF_CASE,
        result=SHOWN,
        refuses=[WrongState],
    )
    record_monitoring = Command(
        actions.record_monitoring,
        subject="case_id",
        input={
            **OF_CASE,
            "covers_until": DAY,
            "targets_met": graphene.Boolean(required=True),
            "text": TEXT,
        },
        result=SHOWN,
        refuses=[*AHEAD, TextLength, rules_facts.ReportedAlready],
    )
    find_breach = Command(
        actions.find_breach,
        subject="case_id",
        input={**OF_CASE, "found_on": DAY, "text": TEXT},
        result={"breach": Breach},
        refuses=[*AHEAD, TextLength, rules_facts.DaysBackwards],
    )
    serve_notice = Command(
        actions.serve_notice,
        subject="breach_id",
        input={**OF_BREACH, "noticed_on": DAY},
        result={"breach": Breach},
        refuses=[
            WrongState,
            rules_facts.BreachOver,
            rules_monitoring.NoticeAhead,
            rules_monitoring.NoticeBeforeBreach,
        ],
    )
    cure_breach = Command(
        actions.cure_breach,
        subject="breach_id",
        input={**OF_BREACH, "cured_on": DAY},
        result={"breach": Breach},
        refuses=[*AHEAD, rules_facts.BreachOver, rules_facts.CureBeforeNotice],
    )
    revert_case = Command(
        actions.revert_case,
        subject="case_id",
        input=REASONED,
        result=SHOWN,
        refuses=[WrongState, TextLength, rules_monitoring.StillCuring],
    )
    end_case = Command(
        actions.end_case,
        subject="case_id",
        input=OF_CASE,
        result=SHOWN,
        refuses=[WrongState, rules_facts.TermNotOver],
    )
    appeal_decision = Command(
        appeals.appeal_decision,
        subject="organisation_id",
        input={"organisation_id": Reference(Organisation), **OF_CASE, "grounds": TEXT},
        result={"appeal": CaseAppeal},
        refuses=[
            WrongState,
            rules_facts.AppealDismissed,
            rules_facts.AppealOpen,
            rules_facts.NotABidder,
            TextLength,
            rules_offers.AssetOnOffer,
        ],
    )
    decide_case_appeal = Command(
        appeals.decide_case_appeal,
        subject="appeal_id",
        input={
            "appeal_id": Reference(CaseAppeal),
            "upheld": graphene.Boolean(required=True),
            "reasons": TEXT,
            "reopens_at": graphene.InputField(CaseState),
        },
        result={"appeal": CaseAppeal},
        refuses=[
            WrongState,
            rules.CannotReopenAt,
            rules_facts.AppealDecided,
            rules_facts.OwnDecision,
            NotYoursToJudge,
            TextLength,
        ],
    )


extends = {
    "Case": {
        "awards": Many(Award, by="case", description="What it gave; one at most is live."),
        "monitoring": Many(MonitoringReport, by="case", sort=queries.newest),
        "breaches": Many(Breach, by="case"),
        "appeals": Many(CaseAppeal, by="case"),
    },
    "Asset": {"awards": Many(Award, by="asset", description="What was ever given of it.")},
}

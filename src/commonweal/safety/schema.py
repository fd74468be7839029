"""Reports, hiding and appeals in the API."""

from typing import Any

import graphene

from commonweal.graph.declare import Column, Computed, Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.kernel.ids import read_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.schema import LISTING_TYPES, Listing
from commonweal.people.rules_organisations import OrganisationEnded, ReasonNeeded, TextTooLong
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import Area

from . import actions, actions_reports, queries, rules, tables

SubjectKind = graphene.Enum.from_enum(rules.SubjectKind)
ReportReason = graphene.Enum.from_enum(rules.ReportReason)
ReportState = graphene.Enum.from_enum(rules.ReportState)
AppealState = graphene.Enum.from_enum(rules.AppealState)


def subject_id() -> Computed:
    needs = ("subject_kind", "subject_id")
    return Computed(graphene.ID, rules.subject_id, needs=needs, required=True)


@rows_of(tables.Report, standing=queries.REPORT)
class Report(graphene.ObjectType):
    """What somebody says of a listing, an organisation or a person: for officers, and for them.

    It never says who.
    """

    id = Key("rep")
    state = ReportState(required=True)
    version = graphene.Int(required=True)
    subject_kind = SubjectKind(required=True)
    subject_id = subject_id()
    subject_name = Expression(
        graphene.String, queries.subject_name, description="For officers: what it is about."
    )
    reason = ReportReason(required=True)
    words = graphene.String()
    created_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    listing = One(Listing, by="subject_id")
    organisation = One(Organisation, by="subject_id")


@rows_of(tables.Hiding, standing=queries.HIDING)
class Hiding(graphene.ObjectType):
    """That something is or was hidden: for its author and its council's officers."""

    id = Key("hid")
    subject_kind = SubjectKind(required=True)
    subject_id = subject_id()
    reason = graphene.String(required=True)
    since = graphene.DateTime(required=True)
    until = graphene.DateTime(description="Null while it is hidden.")
    restored_because = graphene.String()
    council = One(Area, by="council")
    listing = One(Listing, by="subject_id")
    organisation = One(Organisation, by="subject_id")
    appeals = Many(lambda: Appeal, by="hiding", description="One at most.")


@rows_of(tables.Appeal, standing=queries.APPEAL)
class Appeal(graphene.ObjectType):
    """What an author says against a hiding, and what another officer decided."""

    id = Key("apl")
    state = AppealState(required=True)
    version = graphene.Int(required=True)
    words = graphene.String(required=True)
    created_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    decision = graphene.String(description="Why it was decided so.")
    hiding = One(Hiding, by="hiding")


class Query(graphene.ObjectType):
    appeals = Many(
        Appeal,
        where=queries.in_states,
        sort=queries.newest,
        states=graphene.List(graphene.NonNull(AppealState)),
        description="Those of my councils, and of my organisations.",
    )
    reports = Many(
        Report,
        where=queries.in_states,
        sort=queries.newest,
        states=graphene.List(graphene.NonNull(ReportState)),
        description="Those that concern my councils, and my own.",
    )


class AnyListing(Reference):
    """A listing of any kind."""

    def read(self, text: str) -> int | None:
        return read_id("lst", text)


REASON = graphene.String(required=True, description="They will read it.")
OF_LISTING: dict[str, Any] = {"listing_id": AnyListing(Listing), "reason": REASON}
OF_ORGANISATION: dict[str, Any] = {"organisation_id": Reference(Organisation), "reason": REASON}
REFUSALS = [ReasonNeeded, WrongState]


class Mutation(graphene.ObjectType):
    report = Command(
        actions_reports.report,
        input={
            "subject_id": graphene.ID(
                required=True, description="A listing's, an organisation's or a person's."
            ),
            "reason": graphene.InputField(ReportReason, required=True),
            "words": graphene.String(),
        },
        result={"report": Report},
        refuses=[TextTooLong, rules.ReportsOneself, rules.TooManyReports],
    )
    decide_report = Command(
        actions_reports.decide_report,
        subject="report_id",
        input={"report_id": Reference(Report), "upheld": graphene.Boolean(required=True)},
        result={"report": Report},
        refuses=[rules.NotYoursToJudge, WrongState],
    )
    hide_listing = Command(
        actions.hide_listing,
        subject="listing_id",
        input=OF_LISTING,
        result={"listing": Listing, "hiding": Hiding},
        refuses=REFUSALS,
    )
    restore_listing = Command(
        actions.restore_listing,
        subject="listing_id",
        input=OF_LISTING,
        result={"listing": Listing, "hiding": Hiding},
        refuses=REFUSALS,
    )
    hide_organisation = Command(
        actions.hide_organisation,
        subject="organisation_id",
        input=OF_ORGANISATION,
        result={"organisation": Organisation, "hiding": Hiding},
        refuses=[*REFUSALS, rules.NotYoursToJudge],
    )
    restore_organisation = Command(
        actions.restore_organisation,
        subject="organisation_id",
        input=OF_ORGANISATION,
        result={"organisation": Organisation, "hiding": Hiding},
        refuses=[*REFUSALS, rules.NotYoursToJudge, OrganisationEnded],
    )
    appeal = Command(
        actions.appeal,
        subject="hiding_id",
        input={"hiding_id": Reference(Hiding), "words": graphene.String(required=True)},
        result={"appeal": Appeal, "hiding": Hiding},
        refuses=[ReasonNeeded, rules.HidingOver, rules.AlreadyAppealed],
    )
    decide_appeal = Command(
        actions.decide_appeal,
        subject="appeal_id",
        input={
            "appeal_id": Reference(Appeal),
            "upheld": graphene.Boolean(required=True),
            "reason": REASON,
        },
        result={"appeal": Appeal, "hiding": Hiding},
        refuses=[*REFUSALS, rules.NotYoursToJudge, rules.AnotherOfficer, OrganisationEnded],
    )


HIDINGS = Many(
    Hiding,
    through=queries.of_subject,
    sort=queries.newest,
    description="When it was hidden and why: for its author and its council's officers.",
)
extends = {
    "Me": {"reports": Many(Report, by="reporter", description="What I reported.")},
    "Organisation": {
        "hidden": Column(
            graphene.Boolean,
            "hidden",
            required=True,
            description="Whether only its members and the council's officers see it.",
        ),
        "hidings": HIDINGS,
    },
    **{made.__name__: {"hidings": HIDINGS} for made in LISTING_TYPES.values()},
}

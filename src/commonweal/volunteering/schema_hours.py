"""Attendance and hours in the API."""

import graphene

from commonweal.credits.rules import (
    NobodyThere,
    OwnGrant,
    PotExhausted,
    PotWindowOver,
    RecipientFull,
)
from commonweal.credits.schema import Grant
from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.payload import Secret, Tally
from commonweal.graph.scalars import Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import PersonNeeded
from commonweal.people.schema import Person

from . import (
    actions_attendance,
    actions_corrections,
    actions_hours,
    queries,
    rules,
    rules_applications,
    rules_hours,
    tables_hours,
    tables_signups,
)
from .schema import OF_OPPORTUNITY, OF_SHIFT, Opportunity, Shift
from .schema_signups import OF_SIGN_UP, Evidence, SignUp

ClaimState = graphene.Enum.from_enum(rules_hours.ClaimState)
ItemDecision = graphene.Enum.from_enum(rules_hours.ItemDecision)


@rows_of(tables_hours.HoursClaim, standing=queries.CLAIM)
class HoursClaim(graphene.ObjectType):
    """The time that somebody gave: for them, and for who coordinates."""

    class Meta:
        interfaces = (Node,)

    id = Key("hrs")
    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)
    minutes = Amount(required=True, description="That were worked.")
    multiplier = graphene.Int(required=True, description="Percent.")
    credited_minutes = Amount(required=True)
    evidence = Evidence(required=True)
    words = graphene.String(description="What was done, outside a shift.")
    state = ClaimState(required=True)
    version = graphene.Int(required=True)
    submitted_at = graphene.DateTime(required=True)
    question = graphene.String()
    answer = graphene.String()
    appeal = graphene.String()
    decided_at = graphene.DateTime()
    automatic = graphene.Boolean(required=True, description="Nobody decided for two weeks.")
    hindrance = graphene.String(
        description="The code of why it was not approved when many were, or by itself."
    )
    reason = graphene.String(description="Why it was declined, or corrected.")
    opportunity = One(Opportunity, by="opportunity")
    shift = One(Shift, by="shift")
    sign_up = One(SignUp, by="sign_up")
    name = Expression(graphene.String, queries.name, description="Of whose hours they are.")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    grant = One(Grant, by="grant", description="The credits for it, where a pot pays.")
    supersedes = One(lambda: HoursClaim, by="supersedes_id", description="That it corrects.")


@rows_of(tables_signups.AttendanceItem, standing=queries.ITEM)
class AttendanceItem(graphene.ObjectType):
    """What a coordinator's device noted while it was offline, and what was made of it."""

    id = Key("atn")
    client_id = graphene.String(required=True)
    arrived = graphene.Boolean(required=True, description="Else they went.")
    at = graphene.DateTime(required=True, description="As the device has it.")
    decision = ItemDecision(required=True)
    code = graphene.String(description="Why not.")
    sign_up = One(SignUp, by="sign_up")


class AttendanceItemInput(graphene.InputObjectType):
    """What a device noted."""

    client_id = graphene.String(required=True, description="Of its own making, one for each.")
    sign_up_id = graphene.ID(required=True)
    arrived = graphene.Boolean(required=True)
    noted_at = graphene.DateTime(required=True)


OF_CLAIM = {"claim_id": Reference(HoursClaim)}
THERE = {"sign_up": SignUp}
CODE = Secret("code", "To show at the place: another in five minutes.")
QR = Secret("qr", "The code as a picture: SVG.")
CLAIMED = {"claim": HoursClaim}
WORKED = {
    "starts_at": graphene.DateTime(required=True),
    "ends_at": graphene.DateTime(required=True),
    "words": graphene.String(required=True, description="What was done."),
}
UNWORKED = [rules.TextUnfit, rules_hours.TimesWrong, rules_hours.HoursOverlap]
NOW = [WrongState, rules.ShiftOff, rules_hours.NotNow]
APPROVING = [
    WrongState,
    PersonNeeded,
    rules_hours.OwnHours,
    rules_hours.AnotherDecides,
    rules_hours.SecondPersonNeeded,
    NobodyThere,
    OwnGrant,
    PotExhausted,
    PotWindowOver,
    RecipientFull,
]


def words(name: str) -> dict[str, graphene.String]:
    """An input of somebody's own words."""
    return {name: graphene.String(required=True)}


class Mutation(graphene.ObjectType):
    show_code = Command(
        actions_attendance.show_code,
        subject="shift_id",
        input=OF_SHIFT,
        result={"shift": Shift, "code": CODE, "qr": QR},
        refuses=[rules.ShiftOff, rules_hours.NotNow],
    )
    check_in = Command(
        actions_attendance.check_in,
        subject="sign_up_id",
        input={**OF_SIGN_UP, "code": graphene.String(required=True)},
        result=THERE,
        refuses=[*NOW, rules_hours.WrongCode, rules_hours.TooManyCodes],
    )
    put_on_list = Command(
        actions_attendance.put_on_list,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=THERE,
        refuses=NOW,
    )
    check_out = Command(
        actions_attendance.check_out,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=THERE,
        refuses=[WrongState],
    )
    mark_missing = Command(
        actions_attendance.mark_missing,
        subject="sign_up_id",
        input={**OF_SIGN_UP, "excused": graphene.String(description="The reason they had.")},
        result=THERE,
        refuses=[WrongState, rules_hours.NotNow, rules.TextUnfit],
    )
    contest_absence = Command(
        actions_attendance.contest_absence,
        subject="sign_up_id",
        input={**OF_SIGN_UP, **words("words")},
        result=THERE,
        refuses=[WrongState, rules.TextUnfit],
    )
    decide_absence = Command(
        actions_attendance.decide_absence,
        subject="sign_up_id",
        input={**OF_SIGN_UP, "excused": graphene.Boolean(required=True)},
        result=THERE,
        refuses=[WrongState],
    )
    send_attendance = Command(
        actions_attendance.send_attendance,
        subject="shift_id",
        input={
            **OF_SHIFT,
            "items": graphene.List(graphene.NonNull(AttendanceItemInput), required=True),
        },
        result={"shift": Shift},
        refuses=[rules.TextUnfit, rules_hours.TooManyItems],
    )
    claim_hours = Command(
        actions_hours.claim_hours,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=CLAIMED,
        refuses=[
            rules_hours.NotThere,
            rules_hours.NothingToClaim,
            rules_hours.HoursOverlap,
        ],
    )
    claim_work = Command(
        actions_hours.claim_work,
        input={**OF_OPPORTUNITY, **WORKED},
        result=CLAIMED,
        refuses=[
            WrongState,
            *UNWORKED,
            rules_applications.ApplicationNeeded,
            rules_applications.TrialOver,
        ],
    )
    enter_hours = Command(
        actions_hours.enter_hours,
        subject="opportunity_id",
        input={**OF_OPPORTUNITY, "person_id": Reference(Person), **WORKED},
        result=CLAIMED,
        refuses=[*UNWORKED, rules_hours.OwnHours],
    )
    approve_hours = Command(
        actions_hours.approve_hours,
        subject="claim_id",
        input=OF_CLAIM,
        result=CLAIMED,
        refuses=APPROVING,
    )
    approve_all_hours = Command(
        actions_corrections.approve_all_hours,
        subject="opportunity_id",
        input={**OF_OPPORTUNITY, "shift_id": Reference(Shift, required=False)},
        result={
            "opportunity": Opportunity,
            "approved": Tally("approved", "How many."),
            "left": Tally("left", "How many wait still: each says why in its `hindrance`."),
        },
        refuses=[PersonNeeded],
    )
    query_hours = Command(
        actions_hours.query_hours,
        subject="claim_id",
        input={**OF_CLAIM, **words("question")},
        result=CLAIMED,
        refuses=[WrongState, rules.TextUnfit],
    )
    answer_hours = Command(
        actions_hours.answer_hours,
        subject="claim_id",
        input={**OF_CLAIM, **words("answer")},
        result=CLAIMED,
        refuses=[WrongState, rules.TextUnfit],
    )
    decline_hours = Command(
        actions_hours.decline_hours,
        subject="claim_id",
        input={**OF_CLAIM, **words("reason")},
        result=CLAIMED,
        refuses=[WrongState, rules.TextUnfit, rules_hours.AnotherDecides],
    )
    appeal_hours = Command(
        actions_hours.appeal_hours,
        subject="claim_id",
        input={**OF_CLAIM, **words("words")},
        result=CLAIMED,
        refuses=[WrongState, rules.TextUnfit, rules_hours.HoursOverlap],
    )
    withdraw_hours = Command(
        actions_hours.withdraw_hours,
        subject="claim_id",
        input=OF_CLAIM,
        result=CLAIMED,
        refuses=[WrongState],
    )
    correct_hours = Command(
        actions_corrections.correct_hours,
        subject="claim_id",
        input={**OF_CLAIM, "minutes": graphene.Int(required=True), **words("reason")},
        result=CLAIMED,
        refuses=[*APPROVING, rules.TextUnfit, rules_hours.SameMinutes, rules_hours.HoursOverlap],
    )


STATE = {"state": graphene.Argument(ClaimState)}
extends = {
    "Me": {"hours": Many(HoursClaim, by="person", sort=queries.newest)},
    "Shift": {
        "hours": Many(
            HoursClaim, by="shift", where=queries.by_state, sort=queries.in_line, **STATE
        ),
        "attendance_items": Many(AttendanceItem, by="shift", sort=queries.in_line),
    },
    "Opportunity": {
        "hours": Many(
            HoursClaim, by="opportunity", where=queries.by_state, sort=queries.newest, **STATE
        )
    },
}

"""Attendance and hours in the API."""

import graphene

from commonweal.credits.rules import (
    NeedsApproval,
    NobodyThere,
    OwnGrant,
    PotExhausted,
    PotWindowOver,
    RecipientFull,
)
from commonweal.credits.schema import Grant
from commonweal.graph.declare import Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.payload import Secret
from commonweal.graph.scalars import Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.schema import Person

from . import actions_attendance, actions_hours, queries, rules, rules_hours, tables
from .schema import OF_SIGN_UP, Shift, SignUp

ClaimState = graphene.Enum.from_enum(rules_hours.ClaimState)


@rows_of(tables.HoursClaim, standing=queries.CLAIM)
class HoursClaim(graphene.ObjectType):
    """The time that somebody gave in a shift: for them, and for who coordinates."""

    class Meta:
        interfaces = (Node,)

    id = Key("hrs")
    minutes = Amount(required=True)
    state = ClaimState(required=True)
    version = graphene.Int(required=True)
    submitted_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    reason = graphene.String(description="Why it was declined.")
    shift = One(Shift, by="shift")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    grant = One(Grant, by="grant", description="The credits for it, where a pot pays.")


OF_CLAIM = {"claim_id": Reference(HoursClaim)}
THERE = {"sign_up": SignUp}
CODE = Secret("code", "To show at the place: another in five minutes.")
CLAIMED = {"claim": HoursClaim}


class Mutation(graphene.ObjectType):
    show_code = Command(
        actions_attendance.show_code,
        subject="shift_id",
        input={"shift_id": Reference(Shift)},
        result={"shift": Shift, "code": CODE},
        refuses=[rules_hours.NotNow],
    )
    check_in = Command(
        actions_attendance.check_in,
        subject="sign_up_id",
        input={**OF_SIGN_UP, "code": graphene.String(required=True)},
        result=THERE,
        refuses=[
            WrongState,
            rules_hours.NotNow,
            rules_hours.WrongCode,
            rules_hours.TooManyCodes,
        ],
    )
    put_on_list = Command(
        actions_attendance.put_on_list,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=THERE,
        refuses=[WrongState, rules_hours.NotNow],
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
        input=OF_SIGN_UP,
        result=THERE,
        refuses=[WrongState, rules_hours.NotNow],
    )
    claim_hours = Command(
        actions_hours.claim_hours,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=CLAIMED,
        refuses=[rules_hours.NotThere, rules_hours.NothingToClaim],
    )
    approve_hours = Command(
        actions_hours.approve_hours,
        subject="claim_id",
        input=OF_CLAIM,
        result=CLAIMED,
        refuses=[
            WrongState,
            rules_hours.OwnHours,
            NeedsApproval,
            NobodyThere,
            OwnGrant,
            PotExhausted,
            PotWindowOver,
            RecipientFull,
        ],
    )
    decline_hours = Command(
        actions_hours.decline_hours,
        subject="claim_id",
        input={**OF_CLAIM, "reason": graphene.String(required=True)},
        result=CLAIMED,
        refuses=[WrongState, rules.TextUnfit],
    )
    withdraw_hours = Command(
        actions_hours.withdraw_hours,
        subject="claim_id",
        input=OF_CLAIM,
        result=CLAIMED,
        refuses=[WrongState],
    )


extends = {
    "Me": {"hours": Many(HoursClaim, by="person", sort=queries.newest)},
    "Shift": {"hours": Many(HoursClaim, by="shift", sort=queries.in_line)},
}

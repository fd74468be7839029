"""Opportunities, their shifts, and signing up, in the API."""

import graphene

from commonweal.credits.schema import Pot
from commonweal.graph.declare import ByKey, Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import ListingKind
from commonweal.listings.schema import LISTING_TYPES
from commonweal.people.rules_organisations import OrganisationEnded
from commonweal.people.schema import NOT_A_POINT, Person
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import PointInput, distance_field
from commonweal.places.spatial import geojson

from . import actions, actions_signups, queries, rules, rules_hours, tables

Cause = graphene.Enum.from_enum(rules.Cause)
OpportunityState = graphene.Enum.from_enum(rules.OpportunityState)
SignUpState = graphene.Enum.from_enum(rules.SignUpState)
OpportunityListing = LISTING_TYPES[ListingKind.OPPORTUNITY]


class ShiftRoleInput(graphene.InputObjectType):
    """What somebody does in a shift, and for how many there is a place."""

    name = graphene.String(required=True)
    places = graphene.Int(required=True)


@rows_of(tables.Opportunity, standing=queries.OPPORTUNITY)
class Opportunity(graphene.ObjectType):
    """Something worth doing, of an organisation."""

    class Meta:
        interfaces = (Node,)

    id = Key("opp")
    title = graphene.String(required=True)
    description = graphene.String(required=True)
    cause = Cause(required=True)
    address = graphene.String()
    location = Expression(
        GeoJSON, lambda row, *_: geojson(row.location), description="Null: from anywhere."
    )
    distance = distance_field()
    state = OpportunityState(required=True)
    version = graphene.Int(required=True)
    organisation = One(Organisation, by="organisation")
    pot = One(Pot, by="pot", description="Which pays the minutes; null: thanks alone.")
    shifts = Many(
        lambda: Shift,
        by="opportunity",
        where=queries.to_come,
        sort=queries.soonest,
        description="To come, the soonest first.",
    )


@rows_of(tables.Shift, standing=queries.SHIFT)
class Shift(graphene.ObjectType):
    """A time at which it is done."""

    class Meta:
        interfaces = (Node,)

    id = Key("shf")
    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)
    opportunity = One(Opportunity, by="opportunity")
    roles = Many(lambda: ShiftRole, by="shift", sort=queries.in_line)


@rows_of(tables.ShiftRole, standing=queries.ROLE)
class ShiftRole(graphene.ObjectType):
    """What somebody does in a shift."""

    class Meta:
        interfaces = (Node,)

    id = Key("rol")
    name = graphene.String(required=True)
    places = graphene.Int(required=True)
    places_left = Expression(graphene.Int, queries.places_left, required=True)
    waiting = Expression(graphene.Int, queries.waiting, required=True)
    shift = One(Shift, by="shift")
    sign_ups = Many(
        lambda: SignUp, by="role", sort=queries.in_line, description="For its coordinators."
    )


@rows_of(tables.SignUp, standing=queries.SIGN_UP)
class SignUp(graphene.ObjectType):
    """Somebody's place in a role, one offered to them, or one in line."""

    class Meta:
        interfaces = (Node,)

    id = Key("sgn")
    state = SignUpState(required=True)
    version = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    offered_until = graphene.DateTime(description="Until then an offered place is theirs to take.")
    came_at = graphene.DateTime()
    went_at = graphene.DateTime()
    role = One(ShiftRole, by="role")
    shift = One(Shift, by="shift")
    person = One(Person, by="person", description="For whom sees them as a colleague.")


class Query(graphene.ObjectType):
    opportunity = ByKey(Opportunity)


OF_OPPORTUNITY = {"opportunity_id": Reference(Opportunity)}
OF_SIGN_UP = {"sign_up_id": Reference(SignUp)}
SHOWN = {"opportunity": Opportunity}
PLACED = {"sign_up": SignUp, "shift": Shift}


class Mutation(graphene.ObjectType):
    create_opportunity = Command(
        actions.create_opportunity,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            "title": graphene.String(required=True),
            "description": graphene.String(required=True),
            "cause": Cause(required=True),
            "address": graphene.String(),
            "location": graphene.InputField(PointInput, description="Without it: from anywhere."),
            "pot_id": Reference(Pot, required=False),
        },
        result=SHOWN,
        refuses=[rules.TextUnfit, OrganisationEnded, rules_hours.NotOurPot, *NOT_A_POINT],
    )
    add_shift = Command(
        actions.add_shift,
        subject="opportunity_id",
        input={
            **OF_OPPORTUNITY,
            "starts_at": graphene.DateTime(required=True),
            "ends_at": graphene.DateTime(required=True),
            "roles": graphene.List(graphene.NonNull(ShiftRoleInput), required=True),
        },
        result={"shift": Shift, "opportunity": Opportunity},
        refuses=[
            WrongState,
            rules.TextUnfit,
            rules.TimesUnfit,
            rules.RolesUnfit,
            rules.PlacesUnfit,
        ],
    )
    publish_opportunity = Command(
        actions.publish_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result={"opportunity": Opportunity, "listing": OpportunityListing},
        refuses=[WrongState, rules.NoShifts],
    )
    close_opportunity = Command(
        actions.close_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result=SHOWN,
        refuses=[WrongState],
    )
    sign_up = Command(
        actions_signups.sign_up,
        input={"role_id": Reference(ShiftRole)},
        result=PLACED,
        refuses=[
            WrongState,
            rules.ConsentNeeded,
            rules.ShiftBegun,
            rules.SignedUpAlready,
            rules.ShiftsClash,
        ],
    )
    accept_place = Command(
        actions_signups.accept_place,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=PLACED,
        refuses=[WrongState, rules.OfferOver, rules.ShiftsClash],
    )
    cancel_sign_up = Command(
        actions_signups.cancel_sign_up,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=PLACED,
        refuses=[WrongState, rules.ShiftBegun],
    )


extends = {
    "Me": {
        "sign_ups": Many(
            SignUp,
            by="person",
            where=queries.standing,
            sort=queries.in_line,
            description="That have not ended, of shifts that are not over.",
        ),
    },
    "Organisation": {"opportunities": Many(Opportunity, by="organisation", sort=queries.newest)},
    "OpportunityListing": {
        "opportunity": One(Opportunity, by="subject_id", description="What it is about.")
    },
}

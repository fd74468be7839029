"""Opportunities, their series, shifts and roles, in the API."""

import graphene

from commonweal.assets.schema import Asset
from commonweal.credits.rules import PotExhausted, PotWindowOver
from commonweal.credits.schema import Pot
from commonweal.graph.declare import ByKey, Expression, Key, Link, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import ListingKind
from commonweal.listings.schema import LISTING_TYPES
from commonweal.people.rules_organisations import OrganisationEnded
from commonweal.people.schema import NOT_A_POINT
from commonweal.people.schema_checks import CheckLevel
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import Area, PointInput, distance_field
from commonweal.places.spatial import geojson

from . import (
    actions,
    actions_publishing,
    actions_series,
    actions_shifts,
    queries,
    rules,
    rules_applications,
    rules_series,
    rules_terms,
    tables,
)

OpportunityState = graphene.Enum.from_enum(rules.OpportunityState)
Timing = graphene.Enum.from_enum(rules.Timing)
Taxonomy = graphene.Enum.from_enum(rules_terms.Taxonomy)
OpportunityListing = LISTING_TYPES[ListingKind.OPPORTUNITY]


class ShiftRoleInput(graphene.InputObjectType):
    """What somebody does in a shift, for how many there is a place, and who may take one."""

    name = graphene.String(required=True)
    places = graphene.Int(required=True)
    minimum_age = graphene.Int(description="13, 16 or 18.")
    check_level = graphene.InputField(CheckLevel, description="A DBS check of the organisation's.")
    skill = graphene.String(description="The code of a term.")
    training = graphene.String(description="The code of a term: given by the organisation.")


ROLES = graphene.List(graphene.NonNull(ShiftRoleInput), required=True)


@rows_of(tables.Term)
class Term(graphene.ObjectType):
    """A word of the volunteering data standard, by which opportunities are described."""

    class Meta:
        interfaces = (Node,)

    id = Key("trm")
    taxonomy = Taxonomy(required=True)
    code = graphene.String(required=True)
    label = graphene.String(required=True)
    verified = graphene.Boolean(required=True, description="Whether the standard's text has it.")


@rows_of(tables.Opportunity, standing=queries.OPPORTUNITY)
class Opportunity(graphene.ObjectType):
    """Something worth doing, of an organisation."""

    class Meta:
        interfaces = (Node,)

    id = Key("opp")
    title = graphene.String(required=True)
    description = graphene.String(required=True)
    cause = graphene.String(required=True, description="The code of a term.")
    terms = Many(
        Term,
        link=Link(tables.OpportunityTerm, parent="opportunity_id", row="term_id"),
        sort=queries.by_code,
        description="Skills that it asks for, what it requires, how it is accessible.",
    )
    timing = Timing(required=True)
    address = Expression(graphene.String, queries.address)
    location = Expression(
        GeoJSON,
        lambda row, *_: geojson(row.shown_location),
        description="Some hundred metres off where the place is hidden.",
    )
    distance = distance_field("shown_location")
    hidden_place = graphene.Boolean(required=True)
    meeting_point = Expression(
        GeoJSON, lambda row, *_: geojson(row.location), description="For who comes: where it is."
    )
    meeting_address = Expression(
        graphene.String, lambda row, *_: row.address, description="For who comes."
    )
    remote = Expression(graphene.Boolean, queries.remote, required=True)
    area = One(Area, by="area", description="All over which it is done.")
    asset = One(Asset, by="asset", description="That it looks after.")
    multiplier = graphene.Int(required=True, description="Percent of the minutes credited.")
    promised = graphene.Boolean(
        required=True, description="What its shifts may take is kept aside in the pot."
    )
    questions = graphene.List(
        graphene.NonNull(graphene.String),
        description="Of its application form; null: nobody applies, one joins.",
    )
    references_needed = graphene.Int(required=True)
    trial_days = graphene.Int()
    state = OpportunityState(required=True)
    version = graphene.Int(required=True)
    reason = graphene.String(description="What an officer would have put right.")
    published_at = graphene.DateTime()
    modified_at = graphene.DateTime(required=True)
    organisation = One(Organisation, by="organisation")
    pot = One(Pot, by="pot", description="Which pays the minutes; null: thanks alone.")
    shifts = Many(
        lambda: Shift,
        by="opportunity",
        where=queries.taking_place,
        sort=queries.soonest,
        since=graphene.DateTime(description="That begin then or later; else those to come."),
        until=graphene.DateTime(description="That begin earlier."),
        description="The soonest first.",
    )
    series = Many(lambda: Series, by="opportunity", where=queries.going_on, sort=queries.in_line)


@rows_of(tables.Series, standing=queries.SERIES)
class Series(graphene.ObjectType):
    """A rule by which there are shifts."""

    class Meta:
        interfaces = (Node,)

    id = Key("srs")
    rule = graphene.String(required=True, description="Of days: an RRULE of RFC 5545.")
    starts_on = graphene.Date(required=True)
    starts_minute = graphene.Int(required=True, description="Of the day, by the clock there.")
    minutes = graphene.Int(required=True)
    planned_until = graphene.Date(description="There are shifts before it; null: all of them.")
    ended_at = graphene.DateTime()
    opportunity = One(Opportunity, by="opportunity")
    shifts = Many(lambda: Shift, by="series", where=queries.to_come, sort=queries.soonest)


@rows_of(tables.Shift, standing=queries.SHIFT)
class Shift(graphene.ObjectType):
    """A time at which it is done."""

    class Meta:
        interfaces = (Node,)

    id = Key("shf")
    starts_at = graphene.DateTime(required=True)
    ends_at = graphene.DateTime(required=True)
    cancelled_at = graphene.DateTime(description="It does not take place.")
    opportunity = One(Opportunity, by="opportunity")
    series = One(Series, by="series")
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
    stand_ins_wanted = Expression(graphene.Int, queries.stand_ins_wanted, required=True)
    minimum_age = graphene.Int()
    check_level = CheckLevel()
    skill = Expression(graphene.String, queries.term_label("skill_id"))
    training = Expression(graphene.String, queries.term_label("training_id"))
    shift = One(Shift, by="shift")


class Query(graphene.ObjectType):
    opportunity = ByKey(Opportunity)
    terms = Many(
        Term,
        where=queries.terms_asked,
        sort=queries.by_code,
        taxonomy=graphene.Argument(Taxonomy),
        description="The words by which opportunities are described.",
    )


OF_OPPORTUNITY = {"opportunity_id": Reference(Opportunity)}
OF_SHIFT = {"shift_id": Reference(Shift)}
SHOWN = {"opportunity": Opportunity}
LISTED = {"opportunity": Opportunity, "listing": OpportunityListing}
PLANNED = {"shift": Shift, "opportunity": Opportunity}
IN_SERIES = {"series": Series, "shift": Shift, "opportunity": Opportunity}
PROMISING = [WrongState, PotExhausted, PotWindowOver]
ROLES_UNFIT = [
    rules.TextUnfit,
    rules.RolesUnfit,
    rules.PlacesUnfit,
    rules.AgeUnfit,
    rules_terms.UnknownTerm,
    rules.TimesUnfit,
    rules.TooManyShifts,
]
GONE = [rules.ShiftOff, rules.ShiftBegun]


class Mutation(graphene.ObjectType):
    create_opportunity = Command(
        actions.create_opportunity,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            "title": graphene.String(required=True),
            "description": graphene.String(required=True),
            "cause": graphene.String(required=True, description="The code of a term."),
            "terms": graphene.List(
                graphene.NonNull(graphene.String),
                default_value=[],
                description="The codes of skills, requirements and accessibility.",
            ),
            "timing": graphene.InputField(Timing, default_value=rules.Timing.SHIFTS.value),
            "address": graphene.String(),
            "location": graphene.InputField(PointInput, description="Without it: from anywhere."),
            "area_id": Reference(Area, required=False, description="Instead of a point."),
            "hidden_place": graphene.Boolean(default_value=False),
            "asset_id": Reference(Asset, required=False),
            "pot_id": Reference(Pot, required=False),
            "promised": graphene.Boolean(default_value=False),
            "multiplier": graphene.Int(description="Percent of the minutes credited; 100."),
            "questions": graphene.List(graphene.NonNull(graphene.String)),
            "references_needed": graphene.Int(),
            "trial_days": graphene.Int(),
        },
        result=SHOWN,
        refuses=[
            rules.TextUnfit,
            OrganisationEnded,
            rules.NotOurPot,
            rules.PromiseNeedsPot,
            rules.PlaceUnfit,
            rules.MultiplierUnfit,
            rules_terms.UnknownTerm,
            rules_terms.TooManyTerms,
            rules_applications.FormUnfit,
            rules_applications.TrialUnfit,
            *NOT_A_POINT,
        ],
    )
    add_shift = Command(
        actions_shifts.add_shift,
        subject="opportunity_id",
        input={
            **OF_OPPORTUNITY,
            "starts_at": graphene.DateTime(required=True),
            "ends_at": graphene.DateTime(required=True),
            "roles": ROLES,
        },
        result=PLANNED,
        refuses=[*PROMISING, *ROLES_UNFIT],
    )
    plan_series = Command(
        actions_series.plan_series,
        subject="opportunity_id",
        input={
            **OF_OPPORTUNITY,
            "rule": graphene.String(required=True, description="FREQ=WEEKLY;BYDAY=SA for one."),
            "starts_on": graphene.Date(required=True),
            "starts": graphene.Time(required=True, description="By the clock there."),
            "minutes": graphene.Int(required=True),
            "roles": ROLES,
        },
        result={"series": Series, "opportunity": Opportunity},
        refuses=[
            *PROMISING,
            *ROLES_UNFIT,
            rules_series.RecurrenceUnfit,
            rules_series.RecurrenceEmpty,
        ],
    )
    move_shift = Command(
        actions_shifts.move_shift,
        subject="shift_id",
        input={
            **OF_SHIFT,
            "starts_at": graphene.DateTime(required=True),
            "ends_at": graphene.DateTime(required=True),
        },
        result=PLANNED,
        refuses=[*PROMISING, *GONE, rules.TimesUnfit],
    )
    move_series = Command(
        actions_series.move_series,
        subject="shift_id",
        input={
            **OF_SHIFT,
            "starts": graphene.Time(required=True, description="By the clock there."),
            "minutes": graphene.Int(required=True),
        },
        result=IN_SERIES,
        refuses=[*PROMISING, *GONE, rules.TimesUnfit, rules_series.NotInSeries],
    )
    cancel_shift = Command(
        actions_shifts.cancel_shift,
        subject="shift_id",
        input=OF_SHIFT,
        result=PLANNED,
        refuses=[WrongState, *GONE],
    )
    end_series = Command(
        actions_series.end_series,
        subject="shift_id",
        input=OF_SHIFT,
        result=IN_SERIES,
        refuses=[WrongState, *GONE, rules_series.NotInSeries],
    )
    publish_opportunity = Command(
        actions_publishing.publish_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result=LISTED,
        refuses=[*PROMISING, rules.NoShifts],
    )
    approve_opportunity = Command(
        actions_publishing.approve_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result=LISTED,
        refuses=[*PROMISING, rules.NoShifts],
    )
    return_opportunity = Command(
        actions_publishing.return_opportunity,
        subject="opportunity_id",
        input={**OF_OPPORTUNITY, "reason": graphene.String(required=True)},
        result=SHOWN,
        refuses=[WrongState, rules.TextUnfit],
    )
    keep_opportunity = Command(
        actions_publishing.keep_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result=SHOWN,
        refuses=[WrongState],
    )
    close_opportunity = Command(
        actions_publishing.close_opportunity,
        subject="opportunity_id",
        input=OF_OPPORTUNITY,
        result=SHOWN,
        refuses=[WrongState],
    )


extends = {
    "Area": {
        "proposed_opportunities": Many(
            Opportunity,
            by="council_id",
            where=queries.proposed,
            sort=queries.in_line,
            description="Of a council: what waits for an officer.",
        )
    },
    "Organisation": {"opportunities": Many(Opportunity, by="organisation", sort=queries.newest)},
    "OpportunityListing": {
        "opportunity": One(Opportunity, by="subject_id", description="What it is about.")
    },
    "Asset": {
        "opportunities": Many(
            Opportunity, by="asset", sort=queries.newest, description="That look after it."
        )
    },
}

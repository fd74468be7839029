"""Who comes: sign-ups, standing ones, applications and what somebody can do, in the API."""

import graphene

from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.payload import Tally
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import NotAMember, OrganisationEnded
from commonweal.people.schema import Person
from commonweal.people.schema_households import Child
from commonweal.people.schema_organisations import Membership, Organisation

from . import (
    actions_applications,
    actions_places,
    actions_signups,
    actions_standing,
    queries,
    queries_suggestions,
    rules,
    rules_applications,
    rules_hours,
    rules_signups,
    rules_terms,
    tables_signups,
)
from .schema import GONE, OF_OPPORTUNITY, PROMISING, Opportunity, Series, Shift, ShiftRole, Term

SignUpState = graphene.Enum.from_enum(rules_signups.SignUpState)
ApplicationState = graphene.Enum.from_enum(rules_applications.ApplicationState)
Evidence = graphene.Enum.from_enum(rules_hours.Evidence)


@rows_of(tables_signups.SignUp, standing=queries.SIGN_UP)
class SignUp(graphene.ObjectType):
    """Somebody's place in a role, one offered to them, or one in line; or a reserved place."""

    class Meta:
        interfaces = (Node,)

    id = Key("sgn")
    state = SignUpState(required=True)
    version = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    offered_until = graphene.DateTime(description="Until then an offered place is theirs to take.")
    stand_in_wanted = graphene.Boolean(required=True)
    late = graphene.Boolean(required=True, description="It was cancelled the day before, or later.")
    came_at = graphene.DateTime()
    evidence = Evidence()
    went_at = graphene.DateTime()
    clock_stopped = graphene.Boolean(required=True, description="Nobody said when they went.")
    words = graphene.String(description="Why they did not come.")
    role = One(ShiftRole, by="role")
    shift = One(Shift, by="shift")
    name = Expression(graphene.String, queries.name, description="Of who comes.")
    phone = Expression(graphene.String, queries.phone, description="Until the shift is over.")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    reserved_for = One(Organisation, by="reserved_for")
    close_by = Many(
        lambda: SignUp,
        through=queries.close_by,
        sort=queries.in_line,
        description="A warning: others of theirs at the same time, or with little time between.",
    )
    exchanges = Many(
        Shift,
        through=queries.exchanges,
        where=queries.to_come,
        sort=queries.soonest,
        description="In which somebody would give their place for this one.",
    )


@rows_of(tables_signups.StandingSignUp, standing=queries.STANDING_SIGN_UP)
class StandingSignUp(graphene.ObjectType):
    """Somebody who comes to every shift of a series."""

    class Meta:
        interfaces = (Node,)

    id = Key("stn")
    role_name = graphene.String(required=True)
    at = graphene.DateTime(required=True)
    ended_at = graphene.DateTime()
    series = One(Series, by="series")
    name = Expression(graphene.String, queries.name, description="Of who comes.")
    person = One(Person, by="person", description="For whom sees them as a colleague.")


@rows_of(tables_signups.ApplicationReference, standing=queries.REFERENCE)
class ApplicationReference(graphene.ObjectType):
    """What somebody said of an applicant."""

    id = Key("rfc")
    words = graphene.String(required=True)
    at = graphene.DateTime(required=True)


@rows_of(tables_signups.Application, standing=queries.APPLICATION)
class Application(graphene.ObjectType):
    """Somebody who would like to do it."""

    class Meta:
        interfaces = (Node,)

    id = Key("apn")
    state = ApplicationState(required=True)
    version = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    answers = graphene.List(graphene.NonNull(graphene.String), required=True)
    trial_until = graphene.Date()
    reason = graphene.String(description="Why it was declined.")
    opportunity = One(Opportunity, by="opportunity")
    name = Expression(graphene.String, queries.name, description="Of who applied.")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    references = Many(ApplicationReference, by="application", sort=queries.in_line)


@rows_of(tables_signups.Qualification, standing=queries.QUALIFICATION)
class Qualification(graphene.ObjectType):
    """What somebody can do, needs, or when they are free; or that they were trained."""

    class Meta:
        interfaces = (Node,)

    id = Key("qlf")
    expires_on = graphene.Date(description="The last day on which it is good.")
    at = graphene.DateTime(required=True)
    term = One(Term, by="term")
    organisation = One(Organisation, by="organisation", description="Which trained them.")


OF_SIGN_UP = {"sign_up_id": Reference(SignUp)}
OF_ROLE = {"role_id": Reference(ShiftRole)}
OF_APPLICATION = {"application_id": Reference(Application)}
PLACED = {"sign_up": SignUp, "shift": Shift}
RESIZED = {"role": ShiftRole, "shift": Shift}
STANDS = {"standing": StandingSignUp}
APPLIED = {"application": Application}
QUALIFIED = {"qualification": Qualification}
BUSY = [rules_signups.ShiftsClash, rules_signups.RestNeeded, rules_signups.DayFull]
UNFIT = [
    rules_signups.TooYoung,
    rules_signups.SkillNeeded,
    rules_signups.TrainingNeeded,
    rules_signups.CheckNeeded,
    rules_applications.ApplicationNeeded,
    rules_applications.TrialOver,
]
COMING = [*GONE, *BUSY, *UNFIT, rules_signups.SignedUpAlready]


class Mutation(graphene.ObjectType):
    sign_up = Command(
        actions_signups.sign_up,
        input={**OF_ROLE, "child_id": Reference(Child, required=False)},
        result=PLACED,
        refuses=[WrongState, *COMING, rules_signups.ConsentNeeded],
    )
    accept_place = Command(
        actions_signups.accept_place,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=PLACED,
        refuses=[WrongState, *BUSY, rules_signups.OfferOver],
    )
    cancel_sign_up = Command(
        actions_signups.cancel_sign_up,
        subject="sign_up_id",
        input=OF_SIGN_UP,
        result=PLACED,
        refuses=[WrongState, *GONE],
    )
    join_series = Command(
        actions_standing.join_series,
        input=OF_ROLE,
        result={
            **STANDS,
            "shift": Shift,
            "joined": Tally("joined", "To how many shifts they come, or for which they wait."),
        },
        refuses=[WrongState, *COMING, rules_signups.ConsentNeeded],
    )
    leave_series = Command(
        actions_standing.leave_series,
        subject="standing_sign_up_id",
        input={"standing_sign_up_id": Reference(StandingSignUp)},
        result=STANDS,
        refuses=[WrongState, *GONE],
    )
    reserve_places = Command(
        actions_places.reserve_places,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            **OF_ROLE,
            "places": graphene.Int(required=True),
        },
        result=RESIZED,
        refuses=[
            WrongState,
            *GONE,
            OrganisationEnded,
            rules_signups.ReservesTooMany,
            rules_signups.NotEnoughPlaces,
        ],
    )
    take_reserved_place = Command(
        actions_places.take_reserved_place,
        input=OF_ROLE,
        result=PLACED,
        refuses=[WrongState, *COMING, rules_signups.NobodyReserved, rules_signups.ConsentNeeded],
    )
    ask_stand_in = Command(
        actions_places.ask_stand_in,
        subject="sign_up_id",
        input={
            **OF_SIGN_UP,
            "wanted": graphene.Boolean(required=True),
            "in_exchange_for_id": Reference(ShiftRole, required=False),
        },
        result=PLACED,
        refuses=[WrongState, *GONE, rules_signups.SwapUnfit],
    )
    stand_in = Command(
        actions_places.stand_in,
        input=OF_ROLE,
        result=PLACED,
        refuses=[WrongState, *COMING, rules_signups.NotWanted, rules_signups.ConsentNeeded],
    )
    exchange_places = Command(
        actions_places.exchange_places,
        subject="sign_up_id",
        input={**OF_SIGN_UP, "shift_id": Reference(Shift)},
        result=PLACED,
        refuses=[WrongState, *COMING, rules_signups.NotWanted],
    )
    resize_role = Command(
        actions_places.resize_role,
        subject="role_id",
        input={**OF_ROLE, "places": graphene.Int(required=True)},
        result=RESIZED,
        refuses=[*PROMISING, *GONE, rules.PlacesUnfit, rules.PlacesHeld],
    )
    apply = Command(
        actions_applications.apply,
        input={
            **OF_OPPORTUNITY,
            "answers": graphene.List(graphene.NonNull(graphene.String), required=True),
        },
        result=APPLIED,
        refuses=[
            WrongState,
            rules_applications.NoForm,
            rules_applications.AnswersUnfit,
            rules_applications.AppliedAlready,
        ],
    )
    accept_application = Command(
        actions_applications.accept_application,
        subject="application_id",
        input=OF_APPLICATION,
        result=APPLIED,
        refuses=[WrongState, rules_applications.ReferencesMissing],
    )
    decline_application = Command(
        actions_applications.decline_application,
        subject="application_id",
        input={**OF_APPLICATION, "reason": graphene.String(required=True)},
        result=APPLIED,
        refuses=[WrongState, rules.TextUnfit],
    )
    withdraw_application = Command(
        actions_applications.withdraw_application,
        subject="application_id",
        input=OF_APPLICATION,
        result=APPLIED,
        refuses=[WrongState],
    )
    record_reference = Command(
        actions_applications.record_reference,
        subject="application_id",
        input={**OF_APPLICATION, "words": graphene.String(required=True)},
        result=APPLIED,
        refuses=[WrongState, rules.TextUnfit],
    )
    say_of_me = Command(
        actions_applications.say_of_me,
        input={"term": graphene.String(required=True), "expires_on": graphene.Date()},
        result=QUALIFIED,
        refuses=[rules_terms.UnknownTerm, rules_terms.NotOfOneself, rules_terms.TooManyTerms],
    )
    record_training = Command(
        actions_applications.record_training,
        subject="membership_id",
        input={
            "membership_id": Reference(Membership),
            "training": graphene.String(required=True),
            "expires_on": graphene.Date(),
        },
        result=QUALIFIED,
        refuses=[rules_terms.UnknownTerm, NotAMember],
    )
    withdraw_qualification = Command(
        actions_applications.withdraw_qualification,
        subject="qualification_id",
        input={"qualification_id": Reference(Qualification)},
        result=QUALIFIED,
    )


MINE = Many(
    SignUp,
    by="person",
    where=queries.standing,
    sort=queries.in_line,
    description="That have not ended, of shifts that are not over.",
)
extends = {
    "Me": {
        "sign_ups": MINE,
        "standing_sign_ups": Many(
            StandingSignUp, by="person", where=queries.going_on, sort=queries.in_line
        ),
        "applications": Many(Application, by="person", sort=queries.newest),
        "qualifications": Many(
            Qualification, by="person", where=queries.not_withdrawn, sort=queries.in_line
        ),
        "suggestions": Many(
            Opportunity,
            name="Suggestion",
            through=queries_suggestions.suits,
            sort=queries_suggestions.best_first,
            on_edge={
                "skill": Expression(
                    graphene.String,
                    queries_suggestions.skill,
                    description="What it asks for that I can do.",
                ),
                "time": Expression(
                    graphene.String,
                    queries_suggestions.time,
                    description="When it is, of the times when I am free.",
                ),
                "metres": Expression(
                    graphene.Float,
                    queries_suggestions.metres_from_home,
                    description="From about where I live, if it is near.",
                ),
                "accessible": Expression(
                    graphene.String,
                    queries_suggestions.accessible,
                    description="What I need, and it has.",
                ),
            },
            description="What suits me, and why: each reason that holds is given.",
        ),
    },
    "Child": {"sign_ups": MINE},
    "ShiftRole": {
        "sign_ups": Many(
            SignUp, by="role", sort=queries.in_line, description="For its coordinators."
        )
    },
    "Organisation": {
        "reservations": Many(
            SignUp, by="reserved_for", where=queries.standing, sort=queries.in_line
        )
    },
    "Opportunity": {
        "applications": Many(
            Application,
            by="opportunity",
            where=queries.by_state,
            sort=queries.in_line,
            state=graphene.Argument(ApplicationState),
            description="For its coordinators.",
        )
    },
}

"""Households, their children and what is consented to for them, in the API."""

import graphene

from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.kernel.lifecycle import WrongState
from commonweal.messages.rules import AddressNotUsable

from . import actions_households as actions
from . import queries
from . import queries_households as households
from . import rules_households as rules
from . import tables_households as tables
from .rules import NameLength
from .rules_organisations import InvitationOver
from .schema import Person
from .schema_organisations import InvitationState
from .tables import Person as People

AgeBand = graphene.Enum.from_enum(rules.AgeBand)
ConsentPurpose = graphene.Enum.from_enum(rules.ConsentPurpose)


@rows_of(tables.Household, standing=households.HOUSEHOLD)
class Household(graphene.ObjectType):
    """Adults who are equals, and the children in their care: nobody else sees it."""

    id = Key("hsh")
    name = graphene.String()
    created_at = graphene.DateTime(required=True)
    adults = Many(Person, by="household", where=households.are_adults)
    children = Many(
        lambda: Child,
        by="household",
        where=households.are_children,
        description="Who is in the adults' care, or came of age in it.",
    )
    invitations = Many(
        lambda: HouseholdInvitation,
        by="household",
        where=queries.unanswered,
        description="Who is invited.",
    )


@rows_of(People, standing=households.CHILD)
class Child(graphene.ObjectType):
    """Somebody in the care of a household's adults."""

    id = Key("per")
    name = graphene.String()
    age_band = AgeBand()
    look_again_on = graphene.Date(
        description="From this day no consent counts until an adult says anew how old they are."
    )
    consents = Many(
        lambda: Consent, by="child", description="What is and what was consented to for them."
    )


@rows_of(tables.Consent, standing=households.CONSENT)
class Consent(graphene.ObjectType):
    """What a guardian consented to for a child; it has ended where `until` is not null."""

    id = Key("cns")
    purpose = ConsentPurpose(required=True)
    since = graphene.DateTime(required=True)
    until = graphene.DateTime()
    given_by = One(Person, by="given_by")
    ended_by = One(Person, by="ended_by")


@rows_of(tables.HouseholdInvitation, standing=queries.HOUSEHOLD_INVITATION)
class HouseholdInvitation(graphene.ObjectType):
    """A place in a household for whoever signs in with an address."""

    id = Key("hin")
    state = InvitationState(required=True)
    version = graphene.Int(required=True)
    email = graphene.String(description="Forgotten when it is answered.")
    household_name = Expression(graphene.String, households.household_name)
    created_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(required=True)


OF_HOUSEHOLD = {"household_id": Reference(Household)}
OF_CHILD = {"child_id": Reference(Child)}
OF_INVITATION = {"household_invitation_id": Reference(HouseholdInvitation)}
BAND = graphene.InputField(AgeBand, required=True)
SHOWN = {"household": Household}


class Mutation(graphene.ObjectType):
    found_household = Command(
        actions.found_household,
        input={"name": graphene.String(required=True)},
        result=SHOWN,
        refuses=[NameLength, rules.AlreadyInHousehold],
    )
    invite_adult = Command(
        actions.invite_adult,
        subject="household_id",
        input={**OF_HOUSEHOLD, "email": graphene.String(required=True)},
        result={**SHOWN, "invitation": HouseholdInvitation},
        refuses=[AddressNotUsable, rules.AlreadyOurs, rules.InvitedTooOften],
    )
    accept_household_invitation = Command(
        actions.accept_household_invitation,
        subject="household_invitation_id",
        input=OF_INVITATION,
        result=SHOWN,
        refuses=[
            InvitationOver,
            rules.AlreadyInHousehold,
            rules.TooManyInHousehold,
            WrongState,
        ],
    )
    decline_household_invitation = Command(
        actions.decline_household_invitation,
        subject="household_invitation_id",
        input=OF_INVITATION,
        refuses=[WrongState],
    )
    withdraw_household_invitation = Command(
        actions.withdraw_household_invitation,
        subject="household_invitation_id",
        input=OF_INVITATION,
        result=SHOWN,
        refuses=[WrongState],
    )
    leave_household = Command(
        actions.leave_household,
        subject="household_id",
        input=OF_HOUSEHOLD,
        refuses=[rules.LastAdult, rules.CardNeeded],
    )
    add_child = Command(
        actions.add_child,
        subject="household_id",
        input={**OF_HOUSEHOLD, "name": graphene.String(required=True), "age_band": BAND},
        result={**SHOWN, "child": Child},
        refuses=[NameLength, rules.ChildrenOnly, rules.TooManyInHousehold],
    )
    review_child = Command(
        actions.review_child,
        subject="child_id",
        input={**OF_CHILD, "age_band": BAND},
        result={"child": Child},
        refuses=[rules.OfAge],
    )
    give_consent = Command(
        actions.give_consent,
        subject="child_id",
        input={**OF_CHILD, "purpose": graphene.InputField(ConsentPurpose, required=True)},
        result={"child": Child, "consent": Consent},
        refuses=[rules.OfAge, rules.BandOutdated, rules.AlreadyConsented],
    )
    revoke_consent = Command(
        actions.revoke_consent,
        subject="consent_id",
        input={"consent_id": Reference(Consent)},
        result={"child": Child, "consent": Consent},
        refuses=[rules.ConsentEnded],
    )


extends = {
    "Me": {
        "household": One(Household, by="household", description="Which I am an adult of."),
        "household_invitations": Many(
            HouseholdInvitation,
            through=queries.invitations_to,
            where=queries.unanswered,
            description="Households into which I am invited.",
        ),
    }
}

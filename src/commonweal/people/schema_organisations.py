"""Organisations, who belongs to them and who is invited, in the API."""

import graphene

from commonweal import access
from commonweal.graph.declare import ByKey, Expression, Key, Many, One, rows_of
from commonweal.graph.history import history
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import GeoJSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.messages.rules import AddressNotUsable
from commonweal.places.rules import NotAnArea
from commonweal.places.schema import Area, PointInput
from commonweal.places.spatial import geojson

from . import actions_members as members
from . import actions_organisations as actions
from . import queries
from . import rules_organisations as rules
from . import tables_organisations as tables
from .rules import TooManyTries
from .schema import NOT_A_POINT, Person

Role = graphene.Enum.from_enum(access.Role)
OrganisationKind = graphene.Enum.from_enum(rules.OrganisationKind)
OrganisationState = graphene.Enum.from_enum(rules.OrganisationState)
LegalForm = graphene.Enum.from_enum(rules.LegalForm)
InvitationState = graphene.Enum.from_enum(rules.InvitationState)


@rows_of(tables.Registration)
class Registration(graphene.ObjectType):
    """A number in a register, by the scheme of org-id.guide."""

    scheme = graphene.String(required=True, description="`GB-CHC`: the charities of England.")
    number = graphene.String(required=True)
    confirmed = graphene.Boolean(required=True, description="Whether an officer looked.")


@rows_of(tables.Organisation, standing=queries.ORGANISATION)
class Organisation(graphene.ObjectType):
    """A council, a community group, a business, a sponsor; or several that act together."""

    class Meta:
        interfaces = (Node,)

    id = Key("org")
    kind = OrganisationKind(required=True)
    state = OrganisationState(required=True)
    version = graphene.Int(required=True)
    name = graphene.String(required=True)
    legal_form = LegalForm()
    description = graphene.String()
    website = graphene.String()
    home = Expression(
        GeoJSON, lambda row, *_: geojson(row.home), description="Where it is to be found."
    )
    created_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime(description="When an officer looked at it.")
    reason = graphene.String(description="Why it was declined.")
    successor = One(
        lambda: Organisation, by="successor", description="Of a council that is handed over."
    )
    successor_agreed = graphene.Boolean(required=True)
    ends_at = graphene.DateTime(description="When its successor takes over, if it agreed.")
    council = One(Area, by="council", description="In whose area it is: its officers verify it.")
    registrations = Many(Registration, by="organisation", sort=queries.by_scheme)
    areas = Many(
        lambda: AreaServed,
        by="organisation",
        where=queries.is_current,
        description="Which it serves; of a council, those that are its own.",
    )
    members = Many(
        lambda: Membership,
        by="organisation",
        where=queries.is_current,
        description="Who belongs to it: for its members.",
    )
    invitations = Many(
        lambda: Invitation,
        by="organisation",
        where=queries.unanswered,
        description="Who is invited: for its owners and coordinators.",
    )
    history = history("its members and the council's officers")


@rows_of(tables.OrganisationArea)
class AreaServed(graphene.ObjectType):
    """An area that an organisation serves, or that is a council's own."""

    area = One(Area, by="area")
    owned = graphene.Boolean(required=True, description="Its officers act there.")
    since = graphene.DateTime(required=True)


@rows_of(tables.Membership, standing=queries.MEMBERSHIP)
class Membership(graphene.ObjectType):
    """A role that somebody has in an organisation."""

    id = Key("mem")
    role = Role(required=True)
    since = graphene.DateTime(required=True)
    person = One(Person, by="person")
    organisation = One(Organisation, by="organisation")


@rows_of(tables.Invitation, standing=queries.INVITATION)
class Invitation(graphene.ObjectType):
    """A role that is offered to whoever signs in with an address."""

    id = Key("inv")
    state = InvitationState(required=True)
    version = graphene.Int(required=True)
    email = graphene.String(description="Forgotten when it is answered.")
    role = Role(required=True)
    created_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(required=True)
    organisation = One(Organisation, by="organisation")


class Query(graphene.ObjectType):
    organisation = ByKey(Organisation)
    organisations = Many(
        Organisation,
        where=queries.organisations_asked,
        sort=queries.by_name,
        council=graphene.ID(description="Only those in its area."),
        kinds=graphene.List(graphene.NonNull(OrganisationKind)),
        states=graphene.List(graphene.NonNull(OrganisationState)),
    )


class RegistrationInput(graphene.InputObjectType):
    """A number in a register."""

    scheme = graphene.String(required=True)
    number = graphene.String(required=True)


OF_ITSELF = {
    "legal_form": graphene.InputField(LegalForm),
    "description": graphene.String(),
    "website": graphene.String(),
    "home": graphene.InputField(PointInput),
    "registrations": graphene.List(graphene.NonNull(RegistrationInput)),
    "areas": graphene.List(graphene.NonNull(graphene.ID), description="Which it serves."),
}
REFUSALS = [
    rules.OrganisationNameLength,
    rules.TextTooLong,
    rules.WebsiteUnlikely,
    rules.RegistrationUnlikely,
    rules.TooManyRegistrations,
    rules.TooManyAreas,
    NotAnArea,
    *NOT_A_POINT,
]
OF_ONE = {"organisation_id": Reference(Organisation)}
SHOWN = {"organisation": Organisation}
OF_INVITATION = {"invitation_id": Reference(Invitation)}


class Mutation(graphene.ObjectType):
    found_organisation = Command(
        actions.found_organisation,
        input={
            "kind": graphene.InputField(OrganisationKind, required=True),
            "name": graphene.String(required=True),
            "council_id": Reference(Area),
            **OF_ITSELF,
        },
        result=SHOWN,
        refuses=[
            *REFUSALS,
            rules.CouncilsAreAppointed,
            rules.ConsortiaAreFormed,
            rules.NotACouncil,
            rules.TooManyFounded,
            rules.PersonNeeded,
        ],
    )
    revise_organisation = Command(
        actions.revise_organisation,
        subject="organisation_id",
        input={**OF_ONE, "name": graphene.String(), **OF_ITSELF},
        result=SHOWN,
        refuses=[*REFUSALS, rules.OrganisationEnded, WrongState],
    )
    verify_organisation = Command(
        actions.verify_organisation,
        subject="organisation_id",
        input=OF_ONE,
        result=SHOWN,
        refuses=[
            rules.OwnOrganisation,
            rules.RegistrationTaken,
            rules.OrganisationEnded,
            WrongState,
        ],
    )
    decline_organisation = Command(
        actions.decline_organisation,
        subject="organisation_id",
        input={**OF_ONE, "reason": graphene.String(required=True)},
        result=SHOWN,
        refuses=[
            rules.OwnOrganisation,
            rules.ReasonNeeded,
            rules.OrganisationEnded,
            WrongState,
        ],
    )
    end_organisation = Command(
        actions.end_organisation,
        subject="organisation_id",
        input=OF_ONE,
        result=SHOWN,
        refuses=[
            rules.CouncilsAreAppointed,
            rules.StillLeads,
            rules.StillActsForPeople,
            rules.OrganisationEnded,
            WrongState,
        ],
    )
    invite_member = Command(
        members.invite_member,
        subject="organisation_id",
        input={
            **OF_ONE,
            "email": graphene.String(required=True),
            "role": graphene.InputField(Role, required=True),
        },
        result={**SHOWN, "invitation": Invitation},
        refuses=[
            AddressNotUsable,
            rules.RoleUnfit,
            rules.RoleBeyond,
            rules.AlreadyMember,
            rules.TooManyInvitations,
            TooManyTries,
            rules.OrganisationHidden,
            rules.OrganisationEnded,
        ],
    )
    accept_invitation = Command(
        members.accept_invitation,
        subject="invitation_id",
        input=OF_INVITATION,
        result={**SHOWN, "membership": Membership},
        refuses=[
            rules.InvitationOver,
            rules.AlreadyMember,
            rules.OrganisationEnded,
            WrongState,
        ],
    )
    decline_invitation = Command(
        members.decline_invitation,
        subject="invitation_id",
        input=OF_INVITATION,
        result=SHOWN,
        refuses=[WrongState],
    )
    withdraw_invitation = Command(
        members.withdraw_invitation,
        subject="invitation_id",
        input=OF_INVITATION,
        result=SHOWN,
        refuses=[WrongState],
    )
    leave_organisation = Command(
        members.leave_organisation,
        subject="organisation_id",
        input=OF_ONE,
        result=SHOWN,
        refuses=[rules.LastOwner, rules.OrganisationEnded],
    )
    remove_member = Command(
        members.remove_member,
        subject="membership_id",
        input={"membership_id": Reference(Membership)},
        result=SHOWN,
        refuses=[rules.LastOwner, rules.OrganisationEnded],
    )
    hand_over_organisation = Command(
        members.hand_over_organisation,
        subject="organisation_id",
        input={**OF_ONE, "membership_id": Reference(Membership)},
        result=SHOWN,
        refuses=[rules.NotAMember, rules.OrganisationEnded],
    )


extends = {
    "Me": {
        "memberships": Many(
            Membership,
            by="person",
            where=queries.is_current,
            description="What I am in which organisations.",
        ),
        "invitations": Many(
            Invitation,
            through=queries.invitations_to,
            where=queries.unanswered,
            description="Roles that I am offered.",
        ),
    }
}

"""Consortia, and councils that are handed over, in the API."""

import graphene

from commonweal.graph.declare import Many, One, rows_of
from commonweal.graph.mutation import Command, Reference

from . import actions_councils as councils
from . import actions_partners as actions
from . import queries
from . import rules_organisations as organisations
from . import rules_partners as rules
from . import tables_partners as tables
from .schema_organisations import OF_ONE, SHOWN, Organisation


@rows_of(tables.Partner, standing=queries.PARTNER)
class Partner(graphene.ObjectType):
    """An organisation in a consortium, or one that is invited: then `since` is null."""

    organisation = One(Organisation, by="organisation")
    consortium = One(Organisation, by="consortium")
    leads = graphene.Boolean(required=True)
    since = graphene.DateTime()


OF_TWO = {**OF_ONE, "partner_id": Reference(Organisation)}
OF_CONSORTIUM = {**OF_ONE, "consortium_id": Reference(Organisation)}


class Mutation(graphene.ObjectType):
    form_consortium = Command(
        actions.form_consortium,
        subject="organisation_id",
        input={**OF_ONE, "name": graphene.String(required=True)},
        result=SHOWN,
        refuses=[
            rules.PartnerUnfit,
            organisations.TooManyFounded,
            organisations.OrganisationNameLength,
            organisations.OrganisationEnded,
        ],
    )
    invite_partner = Command(
        actions.invite_partner,
        subject="organisation_id",
        input=OF_TWO,
        result=SHOWN,
        refuses=[
            rules.NotAConsortium,
            rules.PartnerUnfit,
            rules.AlreadyPartner,
            rules.TooManyPartners,
            organisations.OrganisationEnded,
        ],
    )
    join_consortium = Command(
        actions.join_consortium,
        subject="organisation_id",
        input=OF_CONSORTIUM,
        result=SHOWN,
        refuses=[rules.NotInvited, organisations.OrganisationEnded],
    )
    leave_consortium = Command(
        actions.leave_consortium,
        subject="organisation_id",
        input=OF_CONSORTIUM,
        result=SHOWN,
        refuses=[
            rules.NotAPartner,
            rules.LeadStays,
            organisations.OrganisationEnded,
        ],
    )
    hand_over_lead = Command(
        actions.hand_over_lead,
        subject="organisation_id",
        input=OF_TWO,
        result=SHOWN,
        refuses=[rules.NotAConsortium, rules.NotAPartner, organisations.OrganisationEnded],
    )
    hand_over_council = Command(
        councils.hand_over_council,
        subject="organisation_id",
        input={
            **OF_ONE,
            "successor_id": Reference(Organisation),
            "vests_on": graphene.Date(required=True),
        },
        result=SHOWN,
        refuses=[rules.SuccessorUnfit, rules.VestingDayPast, organisations.OrganisationEnded],
    )
    take_over_council = Command(
        councils.take_over_council,
        subject="organisation_id",
        input={**OF_ONE, "predecessor_id": Reference(Organisation)},
        result=SHOWN,
        refuses=[rules.NotOffered, organisations.OrganisationEnded],
    )
    keep_council = Command(
        councils.keep_council,
        subject="organisation_id",
        input=OF_ONE,
        result=SHOWN,
        refuses=[organisations.OrganisationEnded],
    )


extends = {
    "Organisation": {
        "partners": Many(
            Partner,
            by="consortium",
            where=queries.is_open,
            description="Of a consortium: who is in it, and who is invited.",
        ),
        "consortia": Many(
            Partner,
            by="organisation",
            where=queries.is_open,
            description="In which it is, or into which it is invited.",
        ),
    }
}

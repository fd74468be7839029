"""Certificates in the API."""

import graphene

from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import Amount
from commonweal.people.schema_organisations import Organisation

from . import actions_recognition, queries, queries_recognition, rules_recognition
from .tables_recognition import Certificate as Row


@rows_of(Row, standing=queries_recognition.CERTIFICATE)
class Certificate(graphene.ObjectType):
    """The time that somebody gave an organisation in some days: at `/certificates/CODE` for
    whomever they give the code, and at `/certificates/CODE.jwt` signed, to keep.
    """

    class Meta:
        interfaces = (Node,)

    id = Key("crt")
    code = graphene.String(required=True, description="By which others find it.")
    name = graphene.String(required=True, description="Mine, as it was then.")
    organisation_name = graphene.String(required=True, description="As it was then.")
    since = graphene.Date(required=True)
    until = graphene.Date(required=True, description="The last day.")
    minutes = Amount(required=True, description="That were worked, and approved.")
    shifts = graphene.Int(required=True, description="Times on which they were.")
    issued_at = graphene.DateTime(required=True)
    revoked_at = graphene.DateTime(description="I had it hold no more.")
    borne_out = Expression(
        graphene.Boolean,
        queries_recognition.borne_out,
        required=True,
        description="Whether as much is approved now.",
    )
    organisation = One(Organisation, by="organisation")


class Mutation(graphene.ObjectType):
    issue_certificate = Command(
        actions_recognition.issue_certificate,
        input={
            "organisation_id": Reference(Organisation),
            "since": graphene.Date(required=True),
            "until": graphene.Date(required=True, description="The last day."),
        },
        result={"certificate": Certificate},
        refuses=[
            rules_recognition.NothingToCertify,
            rules_recognition.NameNeeded,
            rules_recognition.DaysUnfit,
            rules_recognition.TooManyCertificates,
        ],
    )
    revoke_certificate = Command(
        actions_recognition.revoke_certificate,
        subject="certificate_id",
        input={"certificate_id": Reference(Certificate)},
        result={"certificate": Certificate},
    )


extends = {"Me": {"certificates": Many(Certificate, by="person", sort=queries.newest)}}

"""Schemes, their terms and pots in the API; and granting from a pot."""

import graphene

from commonweal.graph.declare import (
    ByKey,
    Column,
    Computed,
    Expression,
    Key,
    Many,
    One,
    rows_of,
)
from commonweal.graph.history import history
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.ledger.tables import Movement
from commonweal.people.rules_organisations import (
    NotACouncil,
    OrganisationEnded,
    OwnOrganisation,
    PersonNeeded,
)
from commonweal.people.schema import Person
from commonweal.people.schema_organisations import Organisation
from commonweal.places.schema import Area

from . import (
    actions,
    actions_fundings,
    actions_grants,
    actions_pots,
    queries,
    rules,
    rules_terms,
    rules_words,
    tables,
)

PotKind = graphene.Enum.from_enum(rules.PotKind)
PotState = graphene.Enum.from_enum(rules.PotState)
ApprovalState = graphene.Enum.from_enum(rules.ApprovalState)
MINUTES = graphene.InputField(Amount, required=True)
PERIOD = {
    "since": graphene.Date(description="From this day on."),
    "until": graphene.Date(description="Until the end of this day."),
}


@rows_of(tables.SchemeTerms)
class SchemeTerms(graphene.ObjectType):
    """What holds in a scheme from a day on, until a later row; all in whole minutes or days."""

    since = graphene.Date(required=True)
    credit_minutes = graphene.Int(required=True, description="One credit, as people count them.")
    wallet_ceiling_minutes = graphene.Int(required=True, description="The most that a wallet has.")
    credit_lifetime_days = graphene.Int(description="Until what is earned lapses; null: never.")
    gift_days = graphene.Int(required=True, description="Until an unclaimed gift goes back.")
    daily_limit_minutes = graphene.Int(description="The most that a wallet gives in a day.")
    weekly_limit_minutes = graphene.Int()
    monthly_limit_minutes = graphene.Int()
    sole_funding_minutes = graphene.Int(required=True, description="Funded at one officer's word.")
    sole_grant_minutes = graphene.Int(required=True, description="Granted at one person's word.")
    shops_accept = graphene.Boolean(required=True)
    recognition_only = graphene.Boolean(required=True, description="Thanks, and no credits.")
    opportunities_approved = graphene.Boolean(
        required=True, description="An officer looks first at what offers these credits."
    )


@rows_of(tables.Scheme, standing=queries.SCHEME)
class Scheme(graphene.ObjectType):
    """A council's time credits."""

    class Meta:
        interfaces = (Node,)

    id = Key("sch")
    name = graphene.String(required=True)
    opened_at = graphene.DateTime(required=True)
    council = One(Area, by="council")
    terms = Many(
        SchemeTerms, by="scheme", sort=queries.latest, description="The latest first, also to come."
    )


@rows_of(Movement)
class CreditMovement(graphene.ObjectType):
    """What came into a wallet or a pot, or left it; reached only through these."""

    at = Column(graphene.DateTime, "created_at", required=True)
    minutes = Column(Amount, "amount", required=True, description="Below 0 where it left.")
    balance_after = Amount(required=True)
    what = Computed(
        graphene.String,
        rules_words.what,
        needs=(queries.cause, "amount"),
        required=True,
        description="In a sentence; which other people took part is not told.",
    )
    counterparty = Expression(
        graphene.String, queries.counterparty, description="The pot on the other side, if any."
    )
    why = Expression(
        graphene.String, queries.why, description="In the words of who granted, gave or funded it."
    )
    lapses_at = Expression(
        graphene.DateTime, queries.lapses_at, description="What came: when what is left lapses."
    )


@rows_of(tables.PotPlace)
class PotPlace(graphene.ObjectType):
    """What a pot's grants did somewhere: of five people or more, and of no fewer."""

    minutes = Amount(required=True)
    people = graphene.Int(required=True)
    area = One(Area, by="area")


@rows_of(tables.Pot, standing=queries.POT)
class Pot(graphene.ObjectType):
    """A purse from which credits are granted, and its public totals."""

    class Meta:
        interfaces = (Node,)

    id = Key("pot")
    kind = PotKind(required=True)
    name = graphene.String(required=True)
    state = PotState(required=True)
    version = graphene.Int(required=True)
    balance = Expression(Amount, queries.balance, required=True)
    available = Expression(
        Amount, queries.available, required=True, description="Without what is reserved."
    )
    reserved = Expression(
        Amount, queries.held, required=True, description="Kept aside for what was proposed."
    )
    people = Expression(
        graphene.Int, queries.people, description="Who were granted something; null below five."
    )
    granted = Expression(Amount, queries.granted, required=True, description="To people, in all.")
    scheme = One(Scheme, by="scheme")
    organisation = One(Organisation, by="organisation", description="Which grants from it.")
    places = Many(
        PotPlace,
        by="pot",
        sort=queries.most_first,
        description="Where what it was granted for was done, as far as five people did.",
    )
    movements = Many(
        CreditMovement,
        through=queries.of_account,
        where=queries.in_period,
        sort=queries.newest_movement,
        required=False,
        description="The newest first: for its officers, and who grants from it.",
        **PERIOD,
    )
    history = history("its officers, and who grants from it")


@rows_of(tables.Funding, standing=queries.FUNDING)
class Funding(graphene.ObjectType):
    """What a pot was given to grant, on paper; public once it is approved."""

    id = Key("fnd")
    minutes = Amount(required=True)
    purpose = graphene.String(required=True)
    since = graphene.Date(required=True)
    until = graphene.Date(required=True)
    document_reference = graphene.String(required=True)
    unspent = Amount(required=True, description="Of it, to grant in its time.")
    returned_at = graphene.DateTime(description="When what it had left went back.")
    state = ApprovalState(required=True)
    proposed_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    pot = One(Pot, by="pot")


@rows_of(tables.Grant, standing=queries.GRANT)
class Grant(graphene.ObjectType):
    """Credits from a pot for what somebody did: for them, and for who grants."""

    id = Key("grt")
    minutes = Amount(required=True)
    purpose = graphene.String(required=True)
    recognition_only = graphene.Boolean(required=True, description="Nothing moved.")
    granted_at = graphene.DateTime(required=True)
    pot = One(Pot, by="pot")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    area = One(Area, by="area", description="Where it was done.")


@rows_of(tables.GrantProposal, standing=queries.OF_POT)
class GrantProposal(graphene.ObjectType):
    """What is more than one person grants alone: reserved until a second one decides."""

    class Meta:
        interfaces = (Node,)

    id = Key("grp")
    minutes = Amount(required=True)
    purpose = graphene.String(required=True)
    state = ApprovalState(required=True)
    version = graphene.Int(required=True)
    reserved_until = graphene.DateTime(required=True, description="Afterwards others may be first.")
    proposed_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    pot = One(Pot, by="pot")
    person = One(Person, by="person", description="For whom sees them as a colleague.")
    grant = One(Grant, by="grant", description="Once it is approved.")


class Query(graphene.ObjectType):
    scheme = ByKey(Scheme)
    schemes = Many(
        Scheme, where=queries.schemes_asked, sort=queries.newest, council=graphene.String()
    )
    pot = ByKey(Pot)


TERMS = {
    **{name: graphene.Int() for name in rules_terms.SPANS},
    "shops_accept": graphene.Boolean(),
    "recognition_only": graphene.Boolean(),
    "opportunities_approved": graphene.Boolean(),
}
OF_SCHEME = {"scheme_id": Reference(Scheme)}
OF_POT = {"pot_id": Reference(Pot)}
OF_FUNDING = {"funding_id": Reference(Funding)}
SHOWN = {"pot": Pot}
FUNDED = {"pot": Pot, "funding": Funding}
GRANTED = {"pot": Pot, "grant": Grant, "proposal": GrantProposal}
GRANTING = [
    WrongState,
    rules.OwnGrant,
    rules.PotWindowOver,
    rules.PotExhausted,
    rules.RecipientFull,
]


class Mutation(graphene.ObjectType):
    open_scheme = Command(
        actions.open_scheme,
        subject="council_id",
        input={"council_id": Reference(Area), "name": graphene.String(required=True), **TERMS},
        result={"scheme": Scheme},
        refuses=[NotACouncil, rules.NameUnfit, rules_terms.TermUnfit, rules_terms.RaisedTooSoon],
    )
    set_terms = Command(
        actions.set_terms,
        subject="scheme_id",
        input={**OF_SCHEME, "since": graphene.Date(required=True), **TERMS},
        result={"scheme": Scheme},
        refuses=[
            rules_terms.TermUnfit,
            rules_terms.TermsReachBack,
            rules_terms.TermsSetAlready,
            rules_terms.RaisedTooSoon,
        ],
    )
    open_pot = Command(
        actions_pots.open_pot,
        subject="scheme_id",
        input={
            **OF_SCHEME,
            "name": graphene.String(required=True),
            "organisation_id": Reference(Organisation, required=False),
        },
        result=SHOWN,
        refuses=[rules.NameUnfit, OrganisationEnded],
    )
    fund_pot = Command(
        actions_fundings.fund_pot,
        subject="pot_id",
        input={
            **OF_POT,
            "minutes": MINUTES,
            "purpose": graphene.String(required=True),
            "since": graphene.Date(required=True),
            "until": graphene.Date(required=True),
            "document_reference": graphene.String(required=True),
        },
        result=FUNDED,
        refuses=[
            WrongState,
            rules.MinutesUnfit,
            rules.WordsUnfit,
            rules.WindowUnfit,
            rules.CommunityPotNotFunded,
            OwnOrganisation,
            OrganisationEnded,
        ],
        key_required=True,
    )
    approve_funding = Command(
        actions_fundings.approve_funding,
        subject="funding_id",
        input=OF_FUNDING,
        result=FUNDED,
        refuses=[
            WrongState,
            rules.OwnProposal,
            PersonNeeded,
            rules.WindowUnfit,
            rules.CommunityPotNotFunded,
            OwnOrganisation,
        ],
    )
    refuse_funding = Command(
        actions_fundings.refuse_funding,
        subject="funding_id",
        input=OF_FUNDING,
        result=FUNDED,
        refuses=[WrongState],
    )
    grant_credits = Command(
        actions_grants.grant_credits,
        subject="pot_id",
        input={
            **OF_POT,
            "person_id": Reference(Person),
            "minutes": MINUTES,
            "purpose": graphene.String(required=True),
            "area_id": Reference(Area, required=False),
        },
        result=GRANTED,
        refuses=[*GRANTING, rules.MinutesUnfit, rules.WordsUnfit],
        key_required=True,
    )
    approve_grant = Command(
        actions_grants.approve_grant,
        subject="proposal_id",
        input={"proposal_id": Reference(GrantProposal)},
        result=GRANTED,
        refuses=[*GRANTING, rules.OwnProposal, rules.NobodyThere, PersonNeeded],
    )
    refuse_grant = Command(
        actions_grants.refuse_grant,
        subject="proposal_id",
        input={"proposal_id": Reference(GrantProposal)},
        result={"pot": Pot, "proposal": GrantProposal},
        refuses=[WrongState],
    )
    freeze_pot = Command(
        actions_pots.freeze_pot, subject="pot_id", input=OF_POT, result=SHOWN, refuses=[WrongState]
    )
    thaw_pot = Command(
        actions_pots.thaw_pot, subject="pot_id", input=OF_POT, result=SHOWN, refuses=[WrongState]
    )
    close_pot = Command(
        actions_fundings.close_pot,
        subject="pot_id",
        input=OF_POT,
        result=SHOWN,
        refuses=[WrongState, rules.CommunityPotStays],
    )


extends = {
    "Area": {"schemes": Many(Scheme, by="council", sort=queries.newest)},
    "Organisation": {"pots": Many(Pot, by="organisation", sort=queries.newest)},
    "Scheme": {"pots": Many(Pot, by="scheme", sort=queries.newest)},
    "Pot": {
        "fundings": Many(Funding, by="pot", sort=queries.newest),
        "grants": Many(Grant, by="pot", sort=queries.newest),
        "grant_proposals": Many(GrantProposal, by="pot", sort=queries.newest),
    },
}

"""Neighbours' help in the API."""

import graphene

from commonweal.credits.rules import NotEnoughCredits, WalletFull
from commonweal.credits.rules_terms import SpentEnough
from commonweal.credits.schema import Scheme
from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import ListingKind
from commonweal.listings.schema import LISTING_TYPES
from commonweal.people.rules_organisations import PersonNeeded

from . import actions, actions_settling, queries, rules, tables

HelpKind = graphene.Enum.from_enum(rules.HelpKind)
HelpState = graphene.Enum.from_enum(rules.HelpState)
ExchangeState = graphene.Enum.from_enum(rules.ExchangeState)


@rows_of(tables.HelpOffer, standing=queries.HELP)
class HelpOffer(graphene.ObjectType):
    """Help that a neighbour offers, or asks for; who it is stands only in an exchange."""

    class Meta:
        interfaces = (Node,)

    id = Key("hlp")
    kind = HelpKind(required=True)
    title = graphene.String(required=True)
    description = graphene.String(required=True)
    state = HelpState(required=True)
    version = graphene.Int(required=True)
    created_at = graphene.DateTime(required=True)
    scheme = One(Scheme, by="scheme")


@rows_of(tables.Exchange, standing=queries.EXCHANGE)
class Exchange(graphene.ObjectType):
    """Help that one gives and another receives: for the two, and in dispute for an officer."""

    class Meta:
        interfaces = (Node,)

    id = Key("exc")
    state = ExchangeState(required=True)
    version = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    minutes = graphene.Int(required=True, description="For which it is agreed.")
    words = graphene.String(required=True)
    given_minutes = graphene.Int(description="As who gave the help says.")
    received_minutes = graphene.Int(description="As who received it says.")
    settled_minutes = graphene.Int(description="That went from the one to the other.")
    reason = graphene.String(description="Of the officer who decided.")
    i_give = Expression(graphene.Boolean, queries.i_give, required=True)
    giver_name = Expression(graphene.String, queries.giver)
    receiver_name = Expression(graphene.String, queries.receiver)
    giver_phone = Expression(graphene.String, queries.giver_phone, description="While agreed.")
    receiver_phone = Expression(
        graphene.String, queries.receiver_phone, description="While agreed."
    )
    offer = One(HelpOffer, by="offer")
    scheme = One(Scheme, by="scheme")


OF_OFFER = {"offer_id": Reference(HelpOffer)}
OF_EXCHANGE = {"exchange_id": Reference(Exchange)}
EXCHANGED = {"exchange": Exchange}
SPENDING = [WrongState, NotEnoughCredits, SpentEnough, rules.TheyLackCredits]
MOVING = [*SPENDING, WalletFull, rules.TheyLackRoom]


class Mutation(graphene.ObjectType):
    offer_help = Command(
        actions.offer_help,
        input={
            "scheme_id": Reference(Scheme),
            "kind": graphene.InputField(HelpKind, required=True),
            "title": graphene.String(required=True),
            "description": graphene.String(required=True),
        },
        result={"offer": HelpOffer, "listing": LISTING_TYPES[ListingKind.OFFER]},
        refuses=[rules.AdultsOnly, rules.HelpTextUnfit, rules.TooManyOffers],
    )
    close_help = Command(
        actions.close_help,
        subject="offer_id",
        input=OF_OFFER,
        result={"offer": HelpOffer},
        refuses=[WrongState],
    )
    answer_help = Command(
        actions.answer_help,
        input={
            **OF_OFFER,
            "minutes": graphene.Int(required=True),
            "words": graphene.String(required=True),
        },
        result={"exchange": Exchange, "offer": HelpOffer},
        refuses=[
            WrongState,
            rules.AdultsOnly,
            rules.AnsweredAlready,
            rules.ExchangeMinutesUnfit,
            rules.HelpTextUnfit,
            rules.NotToBeHad,
            rules.TooManyAnswers,
            rules.WithOneself,
        ],
    )
    agree_exchange = Command(
        actions_settling.agree_exchange,
        subject="exchange_id",
        input=OF_EXCHANGE,
        result=EXCHANGED,
        refuses=[*SPENDING, rules.OwnAnswer],
    )
    cancel_exchange = Command(
        actions_settling.cancel_exchange,
        subject="exchange_id",
        input=OF_EXCHANGE,
        result=EXCHANGED,
        refuses=[WrongState],
    )
    confirm_minutes = Command(
        actions_settling.confirm_minutes,
        subject="exchange_id",
        input={**OF_EXCHANGE, "minutes": graphene.Int(required=True)},
        result=EXCHANGED,
        refuses=[*MOVING, rules.ExchangeMinutesUnfit],
    )
    settle_dispute = Command(
        actions_settling.settle_dispute,
        subject="exchange_id",
        input={
            **OF_EXCHANGE,
            "minutes": graphene.Int(required=True),
            "reason": graphene.String(required=True),
        },
        result=EXCHANGED,
        refuses=[
            *MOVING,
            PersonNeeded,
            rules.ConcernsYou,
            rules.ExchangeMinutesUnfit,
            rules.HelpTextUnfit,
        ],
    )


extends = {
    "Me": {
        "help_offers": Many(HelpOffer, by="person", sort=queries.newest),
        "exchanges": Many(Exchange, through=queries.mine, sort=queries.newest),
    },
    "OfferListing": {
        "help_offer": One(HelpOffer, by="subject_id", description="What it is about.")
    },
    "Scheme": {
        "disputes": Many(
            Exchange,
            by="scheme",
            where=queries.in_dispute,
            sort=queries.oldest,
            description="For its council's officers: what they are to decide.",
        )
    },
}

"""Wallets, their movements and gifts in the API: for whose they are, and a child's guardians."""

import graphene

from commonweal.graph.declare import (
    Announced,
    ByKey,
    Computed,
    Expression,
    Key,
    Many,
    One,
    rows_of,
)
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import JSON, Amount
from commonweal.kernel.lifecycle import WrongState
from commonweal.messages.rules import AddressNotUsable
from commonweal.people.schema import Person
from commonweal.people.schema_households import Child

from . import (
    actions_gifts,
    actions_leaving,
    actions_wallets,
    expiring,
    queries,
    rules,
    rules_terms,
    tables,
)
from .schema import MINUTES, PERIOD, CreditMovement, Grant, Scheme

Leaving = graphene.Enum.from_enum(rules.Leaving)
GiftState = graphene.Enum.from_enum(rules.GiftState)


@rows_of(tables.Wallet, standing=queries.WALLET)
class Wallet(graphene.ObjectType):
    """What a person, or a household together, has of a scheme's credits, in minutes."""

    class Meta:
        interfaces = (Node,)

    id = Key("wal")
    balance = Expression(Amount, queries.balance, required=True)
    held = Expression(
        Amount, queries.held, required=True, description="Kept aside for gifts and payments."
    )
    available = Expression(Amount, queries.available, required=True)
    expiring = Computed(
        JSON,
        expiring.expiring,
        needs=queries.LOTS,
        required=True,
        description="[{at, minutes}]: what lapses when if it is not used, the soonest first.",
    )
    recognition_only = graphene.Boolean(description="Thanks, and no credits; null: as the scheme.")
    weekly_limit_minutes = graphene.Int(description="The most it gives in a week.")
    leaving = Leaving(required=True, description="Where what is left goes when its holder leaves.")
    left_at = graphene.DateTime(description="Its holder left the scheme: nothing is in it.")
    person = One(Person, by="person", description="Whose it is; null: a household's.")
    opened_at = graphene.DateTime(required=True)
    scheme = One(Scheme, by="scheme")
    movements = Many(
        CreditMovement,
        through=queries.of_account,
        where=queries.in_period,
        sort=queries.newest_movement,
        description="The newest first.",
        **PERIOD,
    )


@rows_of(tables.Gift, standing=queries.GIFT)
class Gift(graphene.ObjectType):
    """Credits that were given to an address, or to the community."""

    id = Key("gif")
    minutes = Amount(required=True)
    words = graphene.String(required=True)
    state = GiftState(required=True)
    version = graphene.Int(required=True)
    given_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(description="Until then it can be claimed, and taken back.")
    ended_at = graphene.DateTime()


class Query(graphene.ObjectType):
    wallet = ByKey(Wallet)


class Subscription(graphene.ObjectType):
    wallet_changed = Announced(
        Wallet,
        topic=rules.TOPIC,
        where=queries.any_of_mine,
        description="A wallet of mine or of my household: something came, went or waits.",
    )


OF_WALLET = {"wallet_id": Reference(Wallet)}
OF_GIFT = {"gift_id": Reference(Gift)}
SHOWN = {"wallet": Wallet}
GIVEN = {"wallet": Wallet, "gift": Gift}
SPENDING = [rules.MinutesUnfit, rules.NotEnoughCredits, rules_terms.SpentEnough, rules.WalletFull]


class Mutation(graphene.ObjectType):
    open_wallet = Command(
        actions_wallets.open_wallet,
        input={"scheme_id": Reference(Scheme), "child_id": Reference(Child, required=False)},
        result=SHOWN,
    )
    open_household_wallet = Command(
        actions_wallets.open_household_wallet,
        input={"scheme_id": Reference(Scheme)},
        result=SHOWN,
        refuses=[rules.NotInHousehold],
    )
    set_recognition_only = Command(
        actions_wallets.set_recognition_only,
        subject="wallet_id",
        input={**OF_WALLET, "recognition_only": graphene.Boolean()},
        result=SHOWN,
    )
    limit_wallet = Command(
        actions_wallets.limit_wallet,
        subject="wallet_id",
        input={**OF_WALLET, "weekly_limit_minutes": graphene.Int()},
        result=SHOWN,
        refuses=[rules_terms.TermUnfit],
    )
    set_leaving = Command(
        actions_leaving.set_leaving,
        subject="wallet_id",
        input={**OF_WALLET, "leaving": Leaving(required=True)},
        result=SHOWN,
    )
    leave_scheme = Command(
        actions_leaving.leave_scheme, subject="wallet_id", input=OF_WALLET, result=SHOWN
    )
    move_credits = Command(
        actions_wallets.move_credits,
        subject="wallet_id",
        input={**OF_WALLET, "to_wallet_id": Reference(Wallet), "minutes": MINUTES},
        result=SHOWN,
        refuses=[*SPENDING, rules.SameWallet, rules.SchemesDiffer, rules.ChildsCredits],
        key_required=True,
    )
    offer_gift = Command(
        actions_gifts.offer_gift,
        subject="wallet_id",
        input={
            **OF_WALLET,
            "email": graphene.String(required=True),
            "minutes": MINUTES,
            "words": graphene.String(required=True),
        },
        result=GIVEN,
        refuses=[
            AddressNotUsable,
            rules.MinutesUnfit,
            rules.NotEnoughCredits,
            rules_terms.SpentEnough,
            rules.WordsUnfit,
            rules.NotToOneself,
            rules.TooManyGifts,
        ],
        key_required=True,
    )
    claim_gift = Command(
        actions_gifts.claim_gift,
        subject="gift_id",
        input=OF_GIFT,
        result=GIVEN,
        refuses=[WrongState, rules.GiftOver, rules.WalletFull, rules.NotToOneself],
    )
    cancel_gift = Command(
        actions_gifts.cancel_gift,
        subject="gift_id",
        input=OF_GIFT,
        result=GIVEN,
        refuses=[WrongState, rules.GiftOver],
    )
    donate_credits = Command(
        actions_gifts.donate_credits,
        subject="wallet_id",
        input={**OF_WALLET, "minutes": MINUTES, "words": graphene.String()},
        result=GIVEN,
        refuses=[rules.MinutesUnfit, rules.WordsUnfit, rules.NotEnoughCredits],
        key_required=True,
    )


extends = {
    "Child": {
        "wallets": Many(
            Wallet, through=queries.childs, sort=queries.newest, description="In each scheme."
        ),
    },
    "Me": {
        "wallets": Many(
            Wallet, through=queries.ours, sort=queries.newest, description="Mine, and ours."
        ),
        "gifts_waiting": Many(
            Gift,
            through=queries.waiting,
            where=queries.unclaimed,
            sort=queries.newest,
            description="To be claimed by me.",
        ),
    },
    "Wallet": {
        "gifts": Many(Gift, by="wallet", sort=queries.newest, description="That were given."),
        "grants": Many(
            Grant,
            by="wallet",
            where=queries.granted_in_period,
            sort=queries.newest,
            description="That came.",
            **PERIOD,
        ),
    },
}

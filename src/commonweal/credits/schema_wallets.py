"""Wallets, their movements and gifts in the API: for whose they are, and a child's guardians."""

import graphene

from commonweal.graph.declare import (
    Announced,
    ByKey,
    Column,
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
from commonweal.ledger.tables import Movement
from commonweal.messages.rules import AddressNotUsable

from . import actions_gifts, actions_wallets, expiring, queries, rules, rules_words, tables
from .schema import MINUTES, Grant, Scheme

GiftState = graphene.Enum.from_enum(rules.GiftState)


@rows_of(Movement)
class WalletMovement(graphene.ObjectType):
    """What came into a wallet or left it; reached only through the wallet."""

    at = Column(graphene.DateTime, "created_at", required=True)
    minutes = Column(Amount, "amount", required=True, description="Below 0 where it left.")
    balance_after = Amount(required=True)
    what = Computed(
        graphene.String,
        rules_words.what,
        needs=(queries.cause, "amount"),
        required=True,
        description="In a sentence; who else took part is not told.",
    )
    lapses_at = Expression(
        graphene.DateTime, queries.lapses_at, description="What came: when what is left lapses."
    )


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
    opened_at = graphene.DateTime(required=True)
    scheme = One(Scheme, by="scheme")
    movements = Many(
        WalletMovement,
        through=queries.of_wallet,
        where=queries.in_period,
        sort=queries.newest_movement,
        since=graphene.Date(description="From this day on."),
        until=graphene.Date(description="Until the end of this day."),
        description="The newest first.",
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
SPENDING = [rules.MinutesUnfit, rules.NotEnoughCredits, rules.SpentEnough, rules.WalletFull]


class Mutation(graphene.ObjectType):
    open_wallet = Command(
        actions_wallets.open_wallet, input={"scheme_id": Reference(Scheme)}, result=SHOWN
    )
    open_household_wallet = Command(
        actions_wallets.open_household_wallet,
        input={"scheme_id": Reference(Scheme)},
        result=SHOWN,
        refuses=[rules.NotInHousehold],
    )
    take_credits = Command(
        actions_wallets.take_credits,
        subject="wallet_id",
        input={**OF_WALLET, "takes": graphene.Boolean(required=True)},
        result=SHOWN,
    )
    move_credits = Command(
        actions_wallets.move_credits,
        subject="wallet_id",
        input={**OF_WALLET, "to_wallet_id": Reference(Wallet), "minutes": MINUTES},
        result=SHOWN,
        refuses=[*SPENDING, rules.SameWallet, rules.SchemesDiffer],
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
            rules.SpentEnough,
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
        refuses=[WrongState, rules.GiftOver, rules.WalletFull],
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
        "grants": Many(Grant, by="wallet", sort=queries.newest, description="That came."),
    },
}

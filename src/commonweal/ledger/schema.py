"""The ledger in the API: for auditors, who read all of it; and its sealed days, for everybody."""

import graphene

from commonweal.graph.declare import ByKey, Computed, Expression, Key, Many, One, rows_of
from commonweal.graph.scalars import Amount
from commonweal.kernel.ids import id_writer

from . import queries, rules, tables

HoldState = graphene.Enum("HoldState", [(state.upper(), state) for state in rules.HOLD.states])
JOURNAL = "Transfers that were made together, all or none, have one."


def journal() -> Computed:
    write = id_writer("jnl")
    return Computed(graphene.ID, write, needs=("journal",), required=True, description=JOURNAL)


@rows_of(tables.Account)
class LedgerAccount(graphene.ObjectType):
    """What has value of one unit. Whose it is, is an id and never a name."""

    id = Key("acc")
    kind = graphene.String(required=True)
    owner = graphene.String(required=True)
    unit = graphene.String(required=True)
    opened_at = graphene.DateTime(required=True)
    closed_at = graphene.DateTime()
    balance = Expression(Amount, queries.total("posted"), required=True)
    held = Expression(Amount, queries.total("held"), required=True)
    owed = Expression(
        Amount,
        queries.total("owed"),
        required=True,
        description="By how much a reversal put it below its floor.",
    )
    available = Expression(Amount, queries.available, required=True)
    lapses_to = One(lambda: LedgerAccount, by="lapses_to", description="Who gets what expires.")
    movements = Many(
        lambda: LedgerMovement,
        by="account",
        sort=queries.newest_movement,
        description="The newest first.",
    )
    holds = Many(lambda: LedgerHold, by="account", sort=queries.newest)


@rows_of(tables.Movement)
class LedgerMovement(graphene.ObjectType):
    """A transfer from the side of one account."""

    version = Amount(
        required=True, description="The account's 1st, 2nd, 3rd … movement, or its shard's."
    )
    shard = graphene.Int(
        required=True, description="0, or 1 to 32 of an account that everybody pays."
    )
    amount = Amount(required=True, description="Below 0 where it was debited.")
    balance_after = Amount(required=True, description="Of the account, or its shard.")
    created_at = graphene.DateTime(required=True)
    journal = journal()
    transfer = One(lambda: LedgerTransfer, by="transfer")
    counterpart = One(LedgerAccount, by="counterpart")


@rows_of(tables.Transfer)
class LedgerTransfer(graphene.ObjectType):
    """An amount from one account to another; never changed."""

    id = Key("trf")
    journal = journal()
    cause = graphene.String(required=True, description="What in the world it records, once.")
    unit = graphene.String(required=True)
    amount = Amount(required=True)
    event_at = graphene.DateTime(required=True, description="When it happened.")
    created_at = graphene.DateTime(required=True, description="When it was posted.")
    actor = graphene.String(required=True)
    expires_at = graphene.DateTime(description="When what is left of it lapses.")
    hold = One(lambda: LedgerHold, by="hold", description="Which it settled.")
    debit = One(LedgerAccount, by="debit")
    debit_shard = graphene.Int(required=True)
    debit_version = Amount(required=True)
    debit_after = Amount(required=True)
    credit = One(LedgerAccount, by="credit")
    credit_shard = graphene.Int(required=True)
    credit_version = Amount(required=True)
    credit_after = Amount(required=True)
    reverses = One(lambda: LedgerTransfer, by="reverses", description="What it takes back.")
    reversal = graphene.Int(description="As which of those that take it back.")


@rows_of(tables.Hold)
class LedgerHold(graphene.ObjectType):
    """An amount kept aside."""

    id = Key("hld")
    state = HoldState(required=True)
    amount = Amount(required=True)
    cause = graphene.String(required=True)
    actor = graphene.String(required=True)
    created_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(required=True)
    ended_at = graphene.DateTime()


@rows_of(tables.SealedDay)
class LedgerDay(graphene.ObjectType):
    """A day's transfers under one root, chained to the day before."""

    id = Key("day")
    day = graphene.Date(required=True)
    transfers = Amount(required=True, description="How many there are.")
    root = graphene.String(required=True, description="SHA-256, as RFC 6962 makes a tree's root.")
    previous = graphene.String(required=True)
    chained = graphene.String(required=True)
    sealed_at = graphene.DateTime(required=True)


class Query(graphene.ObjectType):
    ledger_account = ByKey(LedgerAccount)
    ledger_accounts = Many(
        LedgerAccount,
        where=queries.accounts_asked,
        sort=queries.newest,
        owner=graphene.String(),
        unit=graphene.String(),
        kind=graphene.String(),
    )
    ledger_transfer = ByKey(LedgerTransfer)
    ledger_transfers = Many(
        LedgerTransfer,
        where=queries.transfers_asked,
        sort=queries.newest,
        journal=graphene.ID(),
        cause=graphene.String(),
        description="All, or those of a journal or a cause; the newest first.",
    )
    ledger_days = Many(
        LedgerDay,
        sort=queries.latest_day,
        description="Sealed days: what an export or a proof is held against.",
    )

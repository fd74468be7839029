"""Between rows and rules: which terms hold, whose wallet it is, and what the ledger is asked.

Rows are locked in one order by all: the pot, the gift, the wallet's household or person, then the
ledger's own.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import open_account, post_all
from commonweal.ledger.actions_lots import spent_since
from commonweal.ledger.rules import NotEnough, Order, Posted, TooMuch
from commonweal.people.actions import present
from commonweal.people.actions_households import our_household
from commonweal.store.announcements import announce
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Overtaken, Transaction

from .rules import TOPIC, NotEnoughCredits, PotKind, WalletFull, beginning
from .rules_terms import PERIODS, Terms, check_spending, since_of, terms_of
from .tables import Pot, SchemeTerms, Wallet


def unit_of(scheme_id: int) -> str:
    """What the ledger calls a scheme's credits."""
    return write_id("sch", scheme_id)


async def terms_on(scheme_id: int, day: date) -> Terms:
    """What holds in a scheme on a day: from its first day on there is something."""
    rows = SchemeTerms.filter(scheme_id=scheme_id, since__lte=day).order_by("-since")
    return terms_of(await rows.first())


async def community_pot(scheme_id: int) -> Pot:
    """Where what lapses goes."""
    return await Pot.get(scheme_id=scheme_id, kind=PotKind.COMMUNITY)


async def locked_pot(pot_id: int) -> Pot:
    """A pot's row."""
    return await Pot.select_for_update(no_key=True).get(id=pot_id)


async def own_wallet(viewer: Viewer, wallet_id: int) -> Wallet:
    """A wallet to give from, kept from its holder's leaving until this is done.

    Raises Overtaken where they left its household, or were erased, since they asked.
    """
    wallet = await Wallet.get(id=wallet_id)
    if wallet.household_id is None:
        await present(viewer.id)
    else:
        await our_household(viewer, wallet.household_id)
    return wallet


async def wallet_for(tx: Transaction, scheme_id: int, **whose: int) -> Wallet:
    """The wallet of a `person_id` or a `household_id`, opened where there is none yet.

    Of two who open it at once the second begins again. Its ceiling is what the terms say now.
    """
    if found := await Wallet.filter(scheme_id=scheme_id, **whose).first():
        return found
    terms = await terms_on(scheme_id, civil_day(tx.now))
    number = tx.new_id()
    account = await open_account(
        tx,
        kind="wallet",
        owner=write_id("wal", number),
        unit=unit_of(scheme_id),
        ceiling=terms.wallet_minutes,
        lapses_to=(await community_pot(scheme_id)).account,
    )
    row = Wallet(id=number, scheme_id=scheme_id, account=account, opened_at=tx.now, **whose)
    try:
        await row.save(force_create=True)
    except IntegrityError as error:
        raise Overtaken from error
    return row


async def check_limits(tx: Transaction, wallet: Wallet, minutes: int) -> None:
    """What may leave a wallet by its terms; its account is locked. Raises SpentEnough."""
    today = civil_day(tx.now)
    terms = (await terms_on(wallet.scheme_id, today)).within(wallet.week_minutes)
    spent = dict.fromkeys(PERIODS, 0)
    for period, name in PERIODS.items():
        if getattr(terms, name) is not None:
            since = beginning(since_of(period, today))
            spent[period] = await spent_since(tx, wallet.account, since)
    check_spending(terms, spent, minutes)


async def posted(
    tx: Transaction, orders: Sequence[Order], short: type[UserError] = NotEnoughCredits
) -> list[Posted]:
    """All or none, and told to who listens. Raises `short` (of what is there and what is needed)
    and WalletFull.
    """
    try:
        done = await post_all(tx, orders)
    except NotEnough as refused:
        raise short(refused.available, refused.needed) from None
    except TooMuch as refused:
        raise WalletFull(refused.room) from None
    await tell_wallets(tx, {each for order in orders for each in (order.debit, order.credit)})
    return done


async def tell_wallets(tx: Transaction, accounts: Collection[int]) -> None:
    """Announce that something of these wallets has changed; pots are among the accounts too."""
    found: Any = await Wallet.filter(account__in=list(accounts)).values_list("id", flat=True)
    await announce(tx, TOPIC, list(found))


async def say(tx: Transaction, viewer: Viewer, pot: Pot, action: str, **facts: Any) -> None:
    """Record what was done to a pot."""
    await record(tx, viewer.name, [Entry("pot", pot.id, action, facts)])

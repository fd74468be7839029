"""Wallets: opened, moved between by those who share them, and whether they take credits at all."""

from contextlib import suppress
from typing import Any

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import open_account, set_bounds
from commonweal.ledger.actions_lots import available_in, next_spent, spent_since
from commonweal.ledger.rules import BoundsCrossed
from commonweal.people.actions import present
from commonweal.people.actions_households import child_of, our_household
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Overtaken, Transaction

from .actions_pots import community_pot
from .posting import moving_lots, posted, tell_wallets, unit_of
from .rules import (
    ChildsCredits,
    NotEnoughCredits,
    NotInHousehold,
    SameWallet,
    SchemesDiffer,
    beginning,
    checked_minutes,
)
from .rules_terms import PERIODS, check_spending, checked_week, since_of
from .tables import Wallet
from .terms import terms_on


async def wallet_for(tx: Transaction, scheme_id: int, **whose: int) -> Wallet:
    """The wallet of a `person_id` or a `household_id`, opened where there is none yet.

    Of two who open it at once the second begins again. Before something comes into it its ceiling
    is what the terms say on that day.
    """
    if found := await Wallet.filter(scheme_id=scheme_id, **whose).first():
        return await ready(tx, found)
    most = (await terms_on(scheme_id, civil_day(tx.now))).wallet_ceiling_minutes
    number = tx.new_id()
    account = await open_account(
        tx,
        kind="wallet",
        owner=write_id("wal", number),
        unit=unit_of(scheme_id),
        ceiling=most,
        lapses_to=(await community_pot(scheme_id)).account,
    )
    made = {"account": account, "ceiling_minutes": most, "opened_at": tx.now}
    row = Wallet(id=number, scheme_id=scheme_id, **made, **whose)
    try:
        await row.save(force_create=True)
    except IntegrityError as error:
        raise Overtaken from error
    return row


async def ready(tx: Transaction, wallet: Wallet) -> Wallet:
    """With the ceiling of today's terms; one that has more keeps its own until it has less."""
    most = (await terms_on(wallet.scheme_id, civil_day(tx.now))).wallet_ceiling_minutes
    if wallet.ceiling_minutes != most:
        with suppress(BoundsCrossed):
            await set_bounds(tx, wallet.account, 0, most)
            await Wallet.filter(id=wallet.id).update(ceiling_minutes=most)
    return wallet


async def own_wallet(viewer: Viewer, wallet_id: int) -> Wallet:
    """A wallet to give from, kept from its holder's leaving until this is done.

    Raises Overtaken where they left its household, or were erased, since they asked.
    """
    wallet = await Wallet.get(id=wallet_id)
    if wallet.household_id is not None:
        await our_household(viewer, wallet.household_id)
    await present(viewer.id)
    return wallet


async def check_limits(tx: Transaction, wallet: Wallet, minutes: int) -> None:
    """What may leave a wallet by its terms; its account is locked. Raises SpentEnough.

    What was given counts on the day on which it was offered. What goes to the community is never
    bounded, and counts nowhere.
    """
    today = civil_day(tx.now)
    terms = (await terms_on(wallet.scheme_id, today)).within(wallet.weekly_limit_minutes)
    community = (await community_pot(wallet.scheme_id)).account
    spent = dict.fromkeys(PERIODS, 0)
    for period, name in PERIODS.items():
        if getattr(terms, name) is not None:
            since = beginning(since_of(period, today))
            spent[period] = await spent_since(tx, wallet.account, since, but_to=community)
    check_spending(terms, spent, minutes)


async def open_wallet(
    tx: Transaction, viewer: Viewer, *, scheme_id: int, child_id: int | None = None
) -> dict[str, Any]:
    """Open my wallet in a scheme, or that of a child in my care; or find it open."""
    whose = await (present(viewer.id) if child_id is None else child_of(viewer, child_id))
    return {"wallet": (await wallet_for(tx, scheme_id, person_id=whose.id)).id}


async def open_household_wallet(
    tx: Transaction, viewer: Viewer, *, scheme_id: int
) -> dict[str, Any]:
    """Open a wallet that the adults of my household share, or find it open."""
    me = await Person.get(id=viewer.id)
    if me.household_id is None or me.look_again_on is not None:
        raise NotInHousehold
    await our_household(viewer, me.household_id)
    return {"wallet": (await wallet_for(tx, scheme_id, household_id=me.household_id)).id}


async def set_recognition_only(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, recognition_only: bool | None = None
) -> dict[str, Any]:
    """Say whether this wallet gets only thanks: benefits may be cut for payment in kind.

    Without a word it is as the scheme has it. Who left the scheme comes back by it.
    """
    wallet = await Wallet.get(id=wallet_id)
    said = {"recognition_only": recognition_only}
    await Wallet.filter(id=wallet.id).update(**said, left_at=None)
    await tell_wallets(tx, [wallet.account])
    await record(tx, viewer.name, [Entry("wal", wallet.id, "set_recognition_only", said)])
    return {"wallet": wallet.id}


async def limit_wallet(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, weekly_limit_minutes: int | None = None
) -> dict[str, Any]:
    """Bound what a child, or the household, gives in a week; without a number: as the scheme."""
    said = {"weekly_limit_minutes": checked_week(weekly_limit_minutes)}
    await Wallet.filter(id=wallet_id).update(**said)
    await record(tx, viewer.name, [Entry("wal", wallet_id, "limit_wallet", said)])
    return {"wallet": wallet_id}


async def move_credits(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, to_wallet_id: int, minutes: int
) -> dict[str, Any]:
    """Move credits between the wallets of a household and of who is in it; at once.

    Each keeps its last day. A child's move for it by a guardian, and only into the household's.
    """
    checked_minutes(minutes)
    if wallet_id == to_wallet_id:
        raise SameWallet
    wallet, other = [await own_wallet(viewer, each) for each in (wallet_id, to_wallet_id)]
    if wallet.scheme_id != other.scheme_id:
        raise SchemesDiffer
    if wallet.person_id not in (None, viewer.id):
        child = await child_of(viewer, wallet.person_id)
        if other.household_id is None or other.household_id != child.household_id:
            raise ChildsCredits
    await ready(tx, other)
    lots = await next_spent(tx, wallet.account, minutes, to=[other.account])
    await check_limits(tx, wallet, minutes)
    if sum(amount for _, amount in lots) < minutes:
        raise NotEnoughCredits(await available_in(tx, wallet.account), minutes)
    cause = f"{write_id('wal', wallet.id)}/move/{tx.new_id()}"
    await posted(tx, moving_lots(tx, viewer.name, wallet, other.account, lots, cause=cause))
    facts = {"to": write_id("wal", other.id), "minutes": minutes}
    await record(tx, viewer.name, [Entry("wal", wallet.id, "move_credits", facts)])
    return {"wallet": wallet.id}

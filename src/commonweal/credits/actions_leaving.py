"""Leaving with a balance: gifts that nobody claimed are taken back, and what is left goes on.

To the household's wallet where its holder said so and somebody is there to have it, else to the
community: nothing is kept for who is gone (design note: credits, feature 22 and f7).
"""

from contextlib import suppress
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.amounts import MOST_AMOUNT
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import void_hold
from commonweal.ledger.actions_lots import available_in, next_spent
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_pots import community_pot
from .actions_wallets import own_wallet, wallet_for
from .posting import moving, moving_lots, posted
from .rules import GIFT, GiftState, Leaving, WalletFull
from .tables import Gift, Pot, Wallet

CLOCK: Final = "system:clock"


async def set_leaving(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, leaving: Leaving
) -> dict[str, Any]:
    """Say where what is left in my wallet goes when I leave, or am no more."""
    wallet = await own_wallet(viewer, wallet_id)
    await Wallet.filter(id=wallet.id).update(leaving=leaving)
    return {"wallet": wallet.id}


async def leave_scheme(tx: Transaction, viewer: Viewer, *, wallet_id: int) -> dict[str, Any]:
    """Leave a scheme without leaving the place: no credits come from now on, only thanks."""
    wallet = await own_wallet(viewer, wallet_id)
    me = await Person.get(id=viewer.id)
    await _left(tx, viewer.name, wallet, me.household_id)
    return {"wallet": wallet.id}


async def leave_wallets(
    tx: Transaction, actor: str, person_id: int, household_id: int | None
) -> None:
    """Who is erased leaves all of theirs; `household_id` is which they were in."""
    for wallet in await Wallet.filter(person_id=person_id).order_by("id"):
        await _left(tx, actor, wallet, household_id)


async def leave_households(tx: Transaction) -> int:
    """Of a household that nobody is in any more: a job's work, a wallet a run."""
    gone = Wallet.filter(household_id__not_isnull=True, household__name__isnull=True)
    rows = await gone.filter(left_at__isnull=True).order_by("id").limit(1)
    for wallet in rows:
        await _left(tx, CLOCK, wallet, None)
    return len(rows)


async def _left(tx: Transaction, actor: str, wallet: Wallet, household_id: int | None) -> None:
    offered = Gift.filter(wallet_id=wallet.id, state=GiftState.OFFERED).order_by("id")
    gifts = await offered.select_for_update(no_key=True)
    heirs = await _heirs(tx, wallet, household_id)
    # all accounts at once, in the ledger's order, and no hold that is over is left in it
    await next_spent(tx, wallet.account, MOST_AMOUNT, to=[heir.account for heir in heirs])
    for gift in gifts:
        if gift.hold and gift.expires_at > tx.now:
            await void_hold(tx, gift.hold)
        await move(gift, GIFT, "cancel", email_key=None, ended_at=tx.now)
    if left := await available_in(tx, wallet.account):
        await _passed(tx, actor, wallet, heirs, left)
    await Wallet.filter(id=wallet.id).update(left_at=tx.now, recognition_only=True)
    await record(tx, actor, [Entry("wal", wallet.id, "leave_wallet", {"left": left})])


async def _heirs(tx: Transaction, wallet: Wallet, household_id: int | None) -> list[Wallet | Pot]:
    """Who has what is left: the household's wallet where that was wanted, else the community."""
    found: list[Wallet | Pot] = []
    if wallet.leaving is Leaving.HOUSEHOLD and household_id is not None:
        others = Person.filter(household_id=household_id, age_band__isnull=True)
        if await others.exclude(id=wallet.person_id).exists():
            found.append(await wallet_for(tx, wallet.scheme_id, household_id=household_id))
    return [*found, await community_pot(wallet.scheme_id)]


async def _passed(
    tx: Transaction, actor: str, wallet: Wallet, heirs: list[Wallet | Pot], minutes: int
) -> None:
    """To the first that has room, each credit with its last day; a pot has no end of room."""
    cause = f"{write_id('wal', wallet.id)}/leaving/{tx.new_id()}"
    for heir in heirs:
        orders = [moving(tx, actor, wallet, heir.account, minutes, cause=cause)]
        if isinstance(heir, Wallet):
            lots = await next_spent(tx, wallet.account, minutes, to=[heir.account])
            orders = moving_lots(tx, actor, wallet, heir.account, lots, cause=cause)
        with suppress(WalletFull):
            await posted(tx, orders)
            return

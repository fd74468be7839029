"""Leaving with a balance: gifts that nobody claimed are taken back, and what is left goes on.

To the household's wallet where its holder said so and somebody is there to have it, else to the
community: nothing is kept for who is gone (design note: credits, feature 22 and f7).
"""

from contextlib import suppress
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import void_hold
from commonweal.ledger.actions_lots import available_in
from commonweal.ledger.rules import Order
from commonweal.people.tables import Person
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.sweeping import SWEPT_AT_ONCE
from commonweal.store.transaction import Transaction

from .actions_wallets import handed_on
from .rules import GIFT, GiftState, Leaving, WalletFull
from .tables import Gift, Wallet
from .terms import community_pot, own_wallet, posted, unit_of, wallet_for

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
    """Of households that nobody is in any more: a job's work."""
    gone = Wallet.filter(household_id__not_isnull=True, household__name__isnull=True)
    rows = await gone.filter(left_at__isnull=True).order_by("id").limit(SWEPT_AT_ONCE)
    for wallet in rows:
        await _left(tx, CLOCK, wallet, None)
    return len(rows)


async def _left(tx: Transaction, actor: str, wallet: Wallet, household_id: int | None) -> None:
    offered = Gift.filter(wallet_id=wallet.id, state=GiftState.OFFERED).order_by("id")
    for gift in await offered.select_for_update(no_key=True):
        if gift.hold and gift.expires_at > tx.now:
            await void_hold(tx, gift.hold)
        await move(gift, GIFT, "cancel", email_key=None, ended_at=tx.now)
    if left := await available_in(tx, wallet.account):
        await _passed(tx, actor, wallet, household_id, left)
    await Wallet.filter(id=wallet.id).update(left_at=tx.now, recognition_only=True)
    await record(tx, actor, [Entry("wal", wallet.id, "leave_wallet", {"left": left})])


async def _passed(
    tx: Transaction, actor: str, wallet: Wallet, household_id: int | None, minutes: int
) -> None:
    """All that is left, where its holder wanted it; to the community where there is no room."""
    cause = f"{write_id('wal', wallet.id)}/leaving/{tx.new_id()}"
    others = Person.filter(household_id=household_id, age_band__isnull=True)
    wanted = household_id is not None and wallet.leaving is Leaving.HOUSEHOLD
    if wanted and await others.exclude(id=wallet.person_id).exists():
        assert household_id is not None
        home = await wallet_for(tx, wallet.scheme_id, household_id=household_id)
        with suppress(WalletFull):
            await handed_on(tx, actor, wallet, home.account, minutes, cause=cause)
            return
    order = Order(
        debit=wallet.account,
        credit=(await community_pot(wallet.scheme_id)).account,
        unit=unit_of(wallet.scheme_id),
        amount=minutes,
        cause=cause,
        actor=actor,
        event_at=tx.now,
    )
    await posted(tx, [order])

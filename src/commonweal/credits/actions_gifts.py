"""Gifts to an address, and donations to the community.

A gift is kept aside in its giver's wallet by a hold that ends by itself: so whether the address is
anybody's shows nowhere, nothing waits on a third account for somebody to send it back, and what is
offered cannot be spent meanwhile. Whoever signs in with the address claims it.
"""

from datetime import timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, settle_hold, void_hold
from commonweal.ledger.actions_lots import next_spent
from commonweal.ledger.rules import NotEnough, Order, TooMuch
from commonweal.messages.actions import send
from commonweal.messages.rules import address_key, checked_address
from commonweal.people.actions import present
from commonweal.people.actions_blocks import blocks, nowhere
from commonweal.people.rules import DAY
from commonweal.people.tries import Tries
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.sweeping import SWEPT_AT_ONCE
from commonweal.store.transaction import Transaction

from . import letters
from .rules import (
    GIFT,
    GIFTS_A_DAY,
    GiftOver,
    GiftState,
    NotEnoughCredits,
    NotToOneself,
    TooManyGifts,
    WalletFull,
    checked_minutes,
    checked_words,
)
from .tables import Gift, Scheme, Wallet
from .terms import (
    check_limits,
    community_pot,
    own_wallet,
    posted,
    tell_wallets,
    terms_on,
    unit_of,
    wallet_for,
)

GIVEN: Final = Tries("gifts", GIFTS_A_DAY.value, DAY)
GRACE: Final = timedelta(days=7)  # for what lapsed while a gift kept it: a week to use it


async def offer_gift(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, email: str, minutes: int, words: str
) -> dict[str, Any]:
    """Give credits to whoever signs in with an address; unclaimed, they are mine again.

    Whom they blocked sees the same, but it goes nowhere.
    """
    address, said = checked_address(email), checked_words(words, "words")
    key = address_key(address)
    checked_minutes(minutes)
    wallet = await own_wallet(viewer, wallet_id)
    me = await present(viewer.id)
    if me.email_key == key:
        raise NotToOneself
    if await GIVEN.count(tx, write_id("wal", wallet_id)):
        raise TooManyGifts(GIFTS_A_DAY.value)
    await next_spent(tx, wallet.account, minutes)  # locks it
    await check_limits(tx, wallet, minutes)
    terms = await terms_on(wallet.scheme_id, civil_day(tx.now))
    number, expires_at = tx.new_id(), tx.now + timedelta(days=terms.gift_days)
    try:
        hold = await place_hold(
            tx,
            account=wallet.account,
            unit=unit_of(wallet.scheme_id),
            amount=minutes,
            cause=f"{write_id('gif', number)}/hold",
            actor=viewer.name,
            expires_at=expires_at,
        )
    except NotEnough as refused:
        raise NotEnoughCredits(refused.available, refused.needed) from None
    await tell_wallets(tx, [wallet.account])
    withheld = await blocks(key, viewer.id)
    gift = await Gift.create(
        id=number,
        wallet_id=wallet.id,
        minutes=minutes,
        words=said,
        state=GiftState(GIFT.initial),
        hold=hold.id,
        email_key=nowhere(tx, key) if withheld else key,
        given_by_id=me.id,
        given_at=tx.now,
        expires_at=expires_at,
    )
    if not withheld:
        scheme = await Scheme.get(id=wallet.scheme_id)
        until = civil_day(expires_at)
        await send(tx, address, letters.gift_offered(scheme.name, minutes, said, until))
    await _say(tx, viewer, gift, "offer_gift", minutes=minutes)
    return {"gift": gift.id, "wallet": wallet.id}


async def claim_gift(tx: Transaction, viewer: Viewer, *, gift_id: int) -> dict[str, Any]:
    """Take a gift that was given to my address into my wallet, which is opened for it."""
    me = await present(viewer.id)
    gift = await _locked(gift_id)
    GIFT.check("claim", gift.state)
    assert gift.expires_at
    assert gift.hold
    if gift.expires_at <= tx.now:
        raise GiftOver(civil_day(gift.expires_at).isoformat())
    wallet = await Wallet.get(id=gift.wallet_id)
    mine = await wallet_for(tx, wallet.scheme_id, person_id=me.id)
    lots = await next_spent(tx, wallet.account, gift.minutes, to=[mine.account], held=True)
    orders = [
        Order(
            debit=wallet.account,
            credit=mine.account,
            unit=unit_of(wallet.scheme_id),
            amount=amount,
            cause=f"{write_id('gif', gift.id)}/{number}",
            actor=viewer.name,
            event_at=tx.now,
            expires_at=expires_at and max(expires_at, tx.now + GRACE),
        )
        for number, (expires_at, amount) in enumerate(lots, start=1)
    ]
    try:
        [done, *_] = await settle_hold(tx, gift.hold, orders)
    except TooMuch as refused:
        raise WalletFull(refused.room) from None
    await tell_wallets(tx, [wallet.account, mine.account])
    claimed = {"into_id": mine.id, "journal": done.journal}
    await move(gift, GIFT, "claim", **claimed, email_key=None, ended_at=tx.now)
    await _say(tx, viewer, gift, "claim_gift")
    return {"gift": gift.id, "wallet": mine.id}


async def cancel_gift(tx: Transaction, viewer: Viewer, *, gift_id: int) -> dict[str, Any]:
    """Take back a gift that nobody has claimed."""
    gift = await _locked(gift_id)
    GIFT.check("cancel", gift.state)
    assert gift.expires_at
    assert gift.hold
    if gift.expires_at <= tx.now:
        raise GiftOver(civil_day(gift.expires_at).isoformat())
    hold = await void_hold(tx, gift.hold)
    await tell_wallets(tx, [hold.account])
    await move(gift, GIFT, "cancel", email_key=None, ended_at=tx.now)
    await _say(tx, viewer, gift, "cancel_gift")
    return {"gift": gift.id, "wallet": gift.wallet_id}


async def donate_credits(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, minutes: int, words: str | None = None
) -> dict[str, Any]:
    """Give credits to the community pot, at once: those that lapse first go first."""
    checked_minutes(minutes)
    said = checked_words(words or "", "words", least=0)
    gift = await donated(tx, viewer, await own_wallet(viewer, wallet_id), minutes, said)
    return {"gift": gift.id, "wallet": gift.wallet_id}


async def donated(
    tx: Transaction, viewer: Viewer, wallet: Wallet, minutes: int, words: str = ""
) -> Gift:
    """To the community pot. Raises NotEnoughCredits."""
    pot = await community_pot(wallet.scheme_id)
    number = tx.new_id()
    order = Order(
        debit=wallet.account,
        credit=pot.account,
        unit=unit_of(wallet.scheme_id),
        amount=minutes,
        cause=f"{write_id('gif', number)}/donation",
        actor=viewer.name,
        event_at=tx.now,
    )
    [done] = await posted(tx, [order])
    gift = await Gift.create(
        id=number,
        wallet_id=wallet.id,
        minutes=minutes,
        words=words,
        state=GiftState.CLAIMED,
        pot_id=pot.id,
        given_by_id=viewer.id,
        given_at=tx.now,
        ended_at=tx.now,
        journal=done.journal,
    )
    await _say(tx, viewer, gift, "donate_credits", minutes=minutes)
    return gift


async def return_gifts(tx: Transaction) -> int:
    """Say of gifts that nobody claimed in time that they went back: a job's work.

    Their holds are over by themselves, whether it runs or not.
    """
    over = Gift.filter(state=GiftState.OFFERED, expires_at__lte=tx.now).order_by("id")
    rows = await over.limit(SWEPT_AT_ONCE).select_for_update(skip_locked=True, no_key=True)
    for gift in rows:
        await move(gift, GIFT, "return", email_key=None, ended_at=tx.now)
        await _say(tx, Viewer(name="system:clock"), gift, "return_gift")
    return len(rows)


async def _locked(gift_id: int) -> Gift:
    return await Gift.select_for_update(no_key=True).get(id=gift_id)


async def _say(tx: Transaction, viewer: Viewer, gift: Gift, action: str, **facts: Any) -> None:
    await record(tx, viewer.name, [Entry("gif", gift.id, action, facts)])

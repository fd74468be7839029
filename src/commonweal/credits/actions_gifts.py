"""Gifts to an address, and donations to the community.

A gift is kept aside in its giver's wallet by a hold that ends by itself: so whether the address is
anybody's shows nowhere, nothing waits on a third account for somebody to send it back, and what is
offered cannot be spent meanwhile. Whoever signs in with the address claims it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import CIVIL_ZONE, civil_day, end_of_day, last_day
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import place_hold, settle_hold, void_hold
from commonweal.ledger.actions_lots import next_spent
from commonweal.ledger.rules import NotEnough, TooMuch
from commonweal.messages.actions import send
from commonweal.messages.rules import address_key, checked_address
from commonweal.people.actions import present
from commonweal.people.actions_blocks import blocks, nowhere
from commonweal.people.rules import DAY
from commonweal.people.tables import Person
from commonweal.people.tries import Tries
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .actions_pots import community_pot
from .actions_wallets import check_limits, own_wallet, wallet_for
from .posting import moving, moving_lots, posted, tell_wallets, unit_of
from .rules import (
    AT_ONCE,
    GIFT,
    GIFTS_A_DAY,
    GIFTS_TO_ONE,
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
from .terms import terms_on

GIVEN: Final = Tries("gifts", GIFTS_A_DAY.value, DAY)
GIVEN_TO: Final = Tries("gifts to an address", GIFTS_TO_ONE.value, DAY)
GRACE: Final = timedelta(days=7)  # a week to use what the ledger would call lapsed


async def offer_gift(
    tx: Transaction, viewer: Viewer, *, wallet_id: int, email: str, minutes: int, words: str
) -> dict[str, Any] | UserError:
    """Give credits to whoever signs in with an address; unclaimed, they are mine again.

    It ends with its day, and before what is given lapses. Whom they blocked sees the same, but it
    goes nowhere.
    """
    address, said = checked_address(email), checked_words(words, "words")
    key = address_key(address)
    checked_minutes(minutes)
    wallet = await own_wallet(viewer, wallet_id)
    me = await Person.get(id=viewer.id)
    if me.email_key == key:
        raise NotToOneself
    for tries, of in ((GIVEN, write_id("wal", wallet_id)), (GIVEN_TO, f"{viewer.name}:{key}")):
        if await tries.count(tx, of):
            return TooManyGifts(tries.most)
    lots = await next_spent(tx, wallet.account, minutes)  # locks it
    await check_limits(tx, wallet, minutes)
    terms = await terms_on(wallet.scheme_id, civil_day(tx.now))
    last = end_of_day(civil_day(tx.now) + timedelta(days=terms.gift_days), CIVIL_ZONE)
    expires_at = min([last, *(at for at, _ in lots if at is not None)])
    number = tx.new_id()
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
        until = last_day(expires_at)
        await send(tx, address, letters.gift_offered(scheme.name, minutes, said, until))
    await _say(tx, viewer, gift, "offer_gift", minutes=minutes)
    return {"gift": gift.id, "wallet": wallet.id}


async def claim_gift(tx: Transaction, viewer: Viewer, *, gift_id: int) -> dict[str, Any]:
    """Take a gift that was given to my address into my wallet, which is opened for it."""
    me = await present(viewer.id)
    gift = await _open(tx, gift_id, "claim")
    wallet = await Wallet.get(id=gift.wallet_id)
    if wallet.person_id == me.id:  # whose address is another by now
        raise NotToOneself
    mine = await wallet_for(tx, wallet.scheme_id, person_id=me.id)
    lots = await next_spent(tx, wallet.account, gift.minutes, to=[mine.account], held=True)
    lots = [(in_time(tx, expires_at), amount) for expires_at, amount in lots]
    cause = write_id("gif", gift.id)
    assert gift.hold
    try:
        orders = moving_lots(tx, viewer.name, wallet, mine.account, lots, cause=cause)
        [done, *_] = await settle_hold(tx, gift.hold, orders)
    except TooMuch as refused:
        raise WalletFull(refused.room) from None
    await tell_wallets(tx, [wallet.account, mine.account])
    claimed = {"into_id": mine.id, "journal": done.journal}
    await move(gift, GIFT, "claim", **claimed, email_key=None, ended_at=tx.now)
    await _say(tx, viewer, gift, "claim_gift")
    return {"gift": gift.id, "wallet": mine.id}


def in_time(tx: Transaction, expires_at: datetime | None) -> datetime | None:
    """What came into the giver's wallet later, and has lapsed by now, has a week more."""
    if expires_at is None or expires_at > tx.now:
        return expires_at
    return tx.now + GRACE


async def cancel_gift(tx: Transaction, viewer: Viewer, *, gift_id: int) -> dict[str, Any]:
    """Take back a gift that nobody has claimed."""
    await own_wallet(viewer, (await Gift.get(id=gift_id)).wallet_id)
    gift = await _open(tx, gift_id, "cancel")
    assert gift.hold
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
    cause = f"{write_id('gif', number)}/donation"
    [done] = await posted(tx, [moving(tx, viewer.name, wallet, pot.account, minutes, cause=cause)])
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
    rows = await over.limit(AT_ONCE.value).select_for_update(skip_locked=True, no_key=True)
    for gift in rows:
        await move(gift, GIFT, "return", email_key=None, ended_at=tx.now)
        await tell_wallets(tx, [(await Wallet.get(id=gift.wallet_id)).account])
        await _say(tx, Viewer(name="system:clock"), gift, "return_gift")
    return len(rows)


async def _open(tx: Transaction, gift_id: int, name: str) -> Gift:
    """One that is neither over nor ended, locked. Raises WrongState, GiftOver."""
    gift = await Gift.select_for_update(no_key=True).get(id=gift_id)
    GIFT.check(name, gift.state)
    assert gift.expires_at
    if gift.expires_at <= tx.now:
        raise GiftOver(last_day(gift.expires_at).isoformat())
    return gift


async def _say(tx: Transaction, viewer: Viewer, gift: Gift, action: str, **facts: Any) -> None:
    await record(tx, viewer.name, [Entry("gif", gift.id, action, facts)])

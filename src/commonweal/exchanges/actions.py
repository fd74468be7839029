"""Offering help and answering: who does it, and for how long.

Rows are locked in one order by all: the listing, the two people by their numbers, the offer, the
exchange, then the ledger's.
"""

from datetime import timedelta
from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.credits.tables import Scheme
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind
from commonweal.people.actions import present
from commonweal.people.actions_households import at_home
from commonweal.people.actions_organisations import tell
from commonweal.people.rules import DAY
from commonweal.people.tables import Person
from commonweal.people.tables_blocks import Block
from commonweal.people.tries import Tries
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .rules import (
    ANSWERS,
    ANSWERS_TO_ONE,
    DESCRIPTION,
    EXCHANGE,
    HELP,
    OFFER_DAYS,
    OFFERS,
    TITLE,
    WORDS,
    AdultsOnly,
    AnsweredAlready,
    ExchangeState,
    HelpKind,
    HelpState,
    NotToBeHad,
    TooManyAnswers,
    TooManyOffers,
    WithOneself,
    checked_minutes,
    checked_text,
)
from .tables import Exchange, HelpOffer

CLOSED_AT_ONCE: Final = 50  # offers that one run of the job closes
ANSWERED: Final = Tries("answers", ANSWERS.value, DAY)
ANSWERED_TO: Final = Tries("answers to somebody", ANSWERS_TO_ONE.value, DAY)


async def offer_help(
    tx: Transaction,
    viewer: Viewer,
    *,
    scheme_id: int,
    kind: HelpKind,
    title: str,
    description: str,
) -> dict[str, Any]:
    """Offer help, or ask for it: in the shop window at about where I live, and nobody's name."""
    me = await present(viewer.id)
    check_adult(me)
    if await HelpOffer.filter(person_id=me.id, state=HelpState.OPEN).count() >= OFFERS.value:
        raise TooManyOffers(OFFERS.value)
    scheme = await Scheme.get(id=scheme_id)
    offer = await HelpOffer.create(
        id=tx.new_id(),
        scheme_id=scheme.id,
        person_id=me.id,
        kind=kind,
        title=checked_text(title, "title", TITLE.value, lines=False),
        description=checked_text(description, "description", DESCRIPTION.value),
        state=HelpState(HELP.initial),
        created_at=tx.now,
    )
    listing = await listings.publish(
        tx,
        listings.Publication(
            kind=ListingKind.OFFER,
            subject_id=offer.id,
            council_id=scheme.council_id,
            title=offer.title,
            summary=offer.description,
            category=HelpKind(offer.kind).value,
            address=None,
            location=me.shown_home,
            closes_at=tx.now + timedelta(days=OFFER_DAYS.value),
        ),
    )
    await _say(tx, viewer.name, offer, "offer_help", listing=write_id("lst", listing.id))
    return {"offer": offer.id, "listing": listing.id}


async def close_help(tx: Transaction, viewer: Viewer, *, offer_id: int) -> dict[str, Any]:
    """Take it out of the window. What is agreed goes on."""
    for listing in await listings.open_of(ListingKind.OFFER, [offer_id]):
        await listings.withdraw(tx, listing.id)
    offer = await locked_offer(offer_id)
    await _closed(tx, viewer.name, offer)
    return {"offer": offer.id}


async def close_due_offers(tx: Transaction) -> int:
    """Close what was open for a season: how many. A job's work."""
    due = await listings.due(tx, ListingKind.OFFER, CLOSED_AT_ONCE)
    for listing in due:
        await listings.close(tx, listing)
        await _closed(tx, "system:clock", await locked_offer(listing.subject_id))
    return len(due)


async def _closed(tx: Transaction, actor: str, offer: HelpOffer) -> None:
    """Who answered, and was not answered, is told."""
    await move(offer, HELP, "close")
    waiting = Exchange.filter(offer_id=offer.id, state=ExchangeState.PROPOSED).order_by("id")
    for row in await waiting.select_for_update(no_key=True):
        await move(row, EXCHANGE, "cancel", ended_at=tx.now)
        await tell(tx, [row.answered_by_id], letters.cancelled(offer.title))
    await _say(tx, actor, offer, "close_help")


async def answer_help(
    tx: Transaction, viewer: Viewer, *, offer_id: int, minutes: int, words: str
) -> dict[str, Any] | UserError:
    """Say that I would like the help, or would give it, and for how long.

    It is a letter to somebody who does not know me: so there are few of them in a day.
    """
    checked_minutes(minutes, 1)
    said = checked_text(words, "words", WORDS.value)
    known = await HelpOffer.get(id=offer_id)
    if known.person_id == viewer.id:
        raise WithOneself
    people = await both(viewer.id or 0, known.person_id)
    for person in people.values():
        check_adult(person)
    if await at_home(viewer, people[known.person_id]):
        raise WithOneself
    if await Block.exists(person_id=known.person_id, blocked_id=viewer.id):
        raise NotToBeHad
    me = write_id("per", viewer.id or 0)
    for tries, of in ((ANSWERED, me), (ANSWERED_TO, f"{me}:{known.person_id}")):
        if await tries.count(tx, of):
            return TooManyAnswers(tries.most)
    offer = await locked_offer(offer_id)
    HELP.check("answer", offer.state)
    asks, writes = viewer.id, offer.person_id
    giver, receiver = (asks, writes) if offer.kind is HelpKind.REQUEST else (writes, asks)
    try:
        row = await Exchange.create(
            id=tx.new_id(),
            offer_id=offer.id,
            scheme_id=offer.scheme_id,
            giver_id=giver,
            receiver_id=receiver,
            answered_by_id=viewer.id,
            minutes=minutes,
            words=said,
            state=ExchangeState(EXCHANGE.initial),
            at=tx.now,
        )
    except IntegrityError as refused:
        raise AnsweredAlready from refused
    await tell(tx, [offer.person_id], letters.answered(offer.title, minutes, said))
    await say_of(tx, viewer.name, row, "answer_help", minutes=minutes)
    return {"exchange": row.id, "offer": offer.id}


def check_adult(person: Person) -> None:
    """Raises AdultsOnly."""
    if person.look_again_on is not None:
        raise AdultsOnly


async def both(one: int, other: int) -> dict[int, Person]:
    """Two people, kept from being erased until this is done; by their numbers, in one order."""
    return {number: await present(number) for number in sorted({one, other})}


async def locked_offer(offer_id: int) -> HelpOffer:
    """An offer's row."""
    return await HelpOffer.select_for_update(no_key=True).get(id=offer_id)


async def _say(tx: Transaction, actor: str, offer: HelpOffer, action: str, **facts: Any) -> None:
    await record(tx, actor, [Entry("hlp", offer.id, action, facts)])


async def say_of(tx: Transaction, actor: str, row: Exchange, action: str, **facts: Any) -> None:
    """Record what was done to an exchange."""
    said = {"offer": write_id("hlp", row.offer_id), **facts}
    await record(tx, actor, [Entry("exc", row.id, action, said)])

"""Neighbours who help each other: what both say moves, once, and what they do not is decided."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commonweal.exchanges.actions import close_due_offers
from commonweal.exchanges.actions_settling import settle_silent
from commonweal.exchanges.rules import HELD, OFFER_DAYS, OFFERS, SILENCE, TOLERANCE
from commonweal.exchanges.tables import Exchange
from commonweal.ledger.tables import Transfer
from commonweal.messages.tables import Message
from commonweal.people.tables import Person
from commonweal.people.tables_blocks import Block
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import sound
from tests.exchanges.making import answer, neighbours
from tests.people.signing import refused, signed_in

FOUND = """{ search(kinds: [OFFER], first: 5) { edges { node { title
  ... on OfferListing { helpOffer { id title kind } } } } } }"""


async def test_what_both_say_goes_from_the_one_to_the_other(database: Database) -> None:
    of = await neighbours(database)
    assert await of.agrees() == []
    assert (await of.balances(), await of.available()) == ((200, 0), 140)
    assert await of.says(of.bob, 60) == []
    assert await of.state() == "AGREED"
    assert await of.says(of.ann, 60 - TOLERANCE.value) == []
    assert await of.state() == "SETTLED"
    assert await of.balances() == (155, 45)
    assert await of.available() == 155
    await sound(database)


async def test_a_request_is_found_without_its_name_and_by_about_where_it_is(
    database: Database,
) -> None:
    of = await neighbours(database, answered=False)
    stranger = await signed_in(database, "new@example.org")
    [edge] = (await stranger.asks(FOUND))["search"]["edges"]
    assert edge["node"]["helpOffer"]["id"] == of.offer
    query = "query($id: ID!) { node(id: $id) { id } }"
    of.exchange = await answer(of, of.bob, 30)
    assert (await stranger.asks(query, id=of.exchange))["node"] is None
    assert (await of.bob.asks(query, id=of.exchange))["node"]


async def test_beyond_the_tolerance_it_is_disputed_until_they_agree(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    assert await of.says(of.bob, 60) == []
    assert await of.says(of.ann, 60 - TOLERANCE.value - 1) == []
    assert await of.state() == "DISPUTED"
    assert await of.balances() == (200, 0)
    subjects = [each.subject for each in await Message.filter(kind="help_disputed")]
    assert len(subjects) == 2
    cancelled = await of.ann.does("cancelExchange", exchangeId=of.exchange)
    assert refused(cancelled) == ["WRONG_STATE"]
    assert await of.says(of.ann, 50) == []
    assert (await of.state(), await of.balances()) == ("SETTLED", (150, 50))


async def test_an_officer_whom_it_does_not_concern_decides(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    officer, query = of.town.officer, "query($id: ID!) { node(id: $id) { id } }"
    assert (await officer.asks(query, id=of.exchange))["node"] is None
    await of.says(of.bob, 120)
    await of.says(of.ann, 60)
    disputes = "query($id: ID!) { scheme(id: $id) { disputes { edges { node { id } } } } }"
    [edge] = (await officer.asks(disputes, id=of.town.scheme))["scheme"]["disputes"]["edges"]
    assert edge["node"]["id"] == of.exchange
    given: dict[str, Any] = {"exchangeId": of.exchange, "minutes": 90, "reason": "The bus log."}
    assert refused(await of.ann.does("settleDispute", **given)) == ["NOT_ALLOWED"]
    assert refused(await officer.does("settleDispute", **given)) == []
    assert (await of.state(), await of.balances()) == ("SETTLED", (110, 90))
    assert refused(await officer.does("settleDispute", **given)) == ["WRONG_STATE"]
    await sound(database)


async def test_nothing_moves_where_nothing_was_done(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    await of.says(of.bob, 0)
    assert await of.says(of.ann, 0) == []
    assert (await of.state(), await of.balances(), await of.available()) == (
        "SETTLED",
        (200, 0),
        200,
    )


async def test_more_than_was_agreed_is_drawn_from_the_wallet_or_refused(
    database: Database,
) -> None:
    of = await neighbours(database, credits_there=100)
    await of.agrees()
    await of.says(of.bob, 120)
    assert await of.says(of.ann, 120) == ["NOT_ENOUGH_CREDITS"]
    assert (await of.state(), await of.available()) == ("AGREED", 40)
    assert await of.says(of.ann, 100) == []  # of which they differ
    assert await of.state() == "DISPUTED"
    assert await of.says(of.bob, 100) == []
    assert await of.balances() == (0, 100)
    await sound(database)


async def test_who_has_too_little_agrees_to_nothing(database: Database) -> None:
    of = await neighbours(database, credits_there=59)
    assert await of.agrees() == ["NOT_ENOUGH_CREDITS"]
    other = await of.bob.does("agreeExchange", exchangeId=of.exchange)
    assert refused(other) == ["OWN_ANSWER"]
    assert await of.state() == "PROPOSED"


async def test_what_is_called_off_is_free_but_not_what_was_done(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    assert refused(await of.bob.does("cancelExchange", exchangeId=of.exchange)) == []
    assert (await of.state(), await of.available()) == ("CANCELLED", 200)
    of.exchange = await answer(of, of.bob, 30)
    await of.agrees()
    await of.says(of.bob, 30)
    assert refused(await of.ann.does("cancelExchange", exchangeId=of.exchange)) == ["WRONG_STATE"]


async def test_an_exchange_is_with_somebody_else_and_once_at_a_time(database: Database) -> None:
    of = await neighbours(database)
    given: dict[str, Any] = {"offerId": of.offer, "minutes": 30, "words": "Again."}
    assert refused(await of.ann.does("answerHelp", **given)) == ["WITH_ONESELF"]
    assert refused(await of.bob.does("answerHelp", **given)) == ["ANSWERED_ALREADY"]
    for minutes in (0, 721, -1):
        other = await signed_in(database, "cy@example.org")
        done = await other.does("answerHelp", **(given | {"minutes": minutes}))
        assert refused(done) == ["EXCHANGE_MINUTES_UNFIT"]


async def test_whom_one_blocked_cannot_answer(database: Database) -> None:
    of = await neighbours(database, answered=False)
    ann, bob = [await Person.get(email=f"{name}@example.org") for name in ("ann", "bob")]

    async def block(tx: Transaction) -> None:
        made = {"person_id": ann.id, "blocked_id": bob.id, "since": tx.now}
        await Block.create(id=tx.new_id(), **made)

    await in_transaction(database, block)
    done = await of.bob.does("answerHelp", offerId=of.offer, minutes=30, words="Me?")
    assert refused(done) == ["NOT_TO_BE_HAD"]


async def test_ten_confirmations_at_once_settle_it_once(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    await of.says(of.bob, 60)
    said = await asyncio.gather(*(of.says(of.ann, 60) for _ in range(10)))
    assert said.count([]) == 1
    assert await of.balances() == (140, 60)
    assert await Transfer.filter(cause__contains="/exchange").count() == 1
    await sound(database)


async def test_both_at_once_settle_it_once(database: Database) -> None:
    of = await neighbours(database)
    await of.agrees()
    await asyncio.gather(of.says(of.ann, 60), of.says(of.bob, 60))
    assert (await of.state(), await of.balances()) == ("SETTLED", (140, 60))


async def test_agreeing_and_calling_off_at_once_keeps_nothing_aside_for_nothing(
    database: Database,
) -> None:
    of = await neighbours(database)
    off = of.bob.does("cancelExchange", exchangeId=of.exchange)
    await asyncio.gather(of.agrees(), of.agrees(), off)
    state = await of.state()
    if state == "AGREED":
        assert refused(await of.bob.does("cancelExchange", exchangeId=of.exchange)) == []
    assert await of.available() == 200
    await sound(database)


@pytest.mark.parametrize(("minutes", "state"), [(60, "SETTLED"), (61, "DISPUTED")])
async def test_silence_settles_what_is_within_what_was_agreed(
    database: Database, advance: Advance, minutes: int, state: str
) -> None:
    of = await neighbours(database)
    await of.agrees()
    await of.says(of.bob, minutes)
    await advance(timedelta(days=SILENCE.value) - timedelta(minutes=1))
    assert await in_transaction(database, settle_silent) == 0
    await advance(timedelta(minutes=2))
    assert await in_transaction(database, settle_silent) == 1
    found = await Exchange.get()
    assert found.state == state.lower()


async def test_what_nobody_speaks_of_any_more_is_called_off(
    database: Database, advance: Advance
) -> None:
    of = await neighbours(database)
    await of.agrees()
    await advance(timedelta(days=HELD.value, minutes=1))
    assert await in_transaction(database, settle_silent) == 1
    assert (await Exchange.get()).state == "cancelled"


async def test_an_offer_ends_with_its_season_and_there_are_not_too_many(
    database: Database, advance: Advance
) -> None:
    of = await neighbours(database)
    given = {"schemeId": of.town.scheme, "kind": "OFFER", "title": "x", "description": "x"}
    for _ in range(OFFERS.value - 1):
        assert refused(await of.ann.does("offerHelp", **given)) == []
    assert refused(await of.ann.does("offerHelp", **given)) == ["TOO_MANY_OFFERS"]
    await advance(timedelta(days=OFFER_DAYS.value, minutes=1))
    assert await in_transaction(database, close_due_offers) == OFFERS.value
    assert (await Exchange.get()).state == "cancelled"  # nobody had agreed to it

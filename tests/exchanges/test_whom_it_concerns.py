"""Who may exchange, what each is told, and what is left of who is erased."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.credits.tables import Wallet
from commonweal.exchanges.actions_settling import settle_silent
from commonweal.exchanges.rules import ANSWERS, ANSWERS_TO_ONE, HELD, SILENCE
from commonweal.exchanges.tables import Exchange, HelpOffer
from commonweal.kernel.ids import read_id, write_id
from commonweal.ledger.tables import Hold
from commonweal.listings.tables import Listing
from commonweal.messages.tables import Message
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import sound, wallet_of
from tests.exchanges.making import Neighbours, answer, neighbours
from tests.people.families import a_household, joined
from tests.people.signing import Somebody, an_officer_of, code_sent, refused, signed_in
from tests.people.stories import taken_on

HOME = {"longitude": -2.0781, "latitude": 51.9001}


async def becomes(database: Database, email: str, **what: Any) -> None:
    async def work(_: Transaction) -> None:
        assert await Person.filter(email=email).update(**what) == 1

    await in_transaction(database, work)


async def offers(who: Somebody, scheme: str, kind: str = "OFFER") -> dict[str, Any]:
    given = {"schemeId": scheme, "kind": kind, "title": "Maths", "description": "An hour."}
    return await who.does("offerHelp", "offer { id } listing { id }", **given)


async def answers(who: Somebody, offer: str, minutes: int = 60) -> dict[str, Any]:
    given = {"offerId": offer, "minutes": minutes, "words": "Me."}
    return await who.does("answerHelp", "exchange { id }", **given)


async def letters(name: str) -> list[str]:
    found = await Message.filter(to_address=f"{name}@example.org").order_by("id")
    return [each.kind for each in found if each.kind.startswith("help_")]


async def test_who_is_under_age_neither_offers_nor_answers(database: Database) -> None:
    of = await neighbours(database, answered=False)
    day = (await HelpOffer.get()).created_at.date()
    await becomes(database, "bob@example.org", look_again_on=day)
    assert refused(await offers(of.bob, of.town.scheme)) == ["ADULTS_ONLY"]
    assert refused(await answers(of.bob, of.offer)) == ["ADULTS_ONLY"]
    await becomes(database, "bob@example.org", look_again_on=None)
    await becomes(database, "ann@example.org", look_again_on=day)
    assert refused(await answers(of.bob, of.offer)) == ["ADULTS_ONLY"]


async def test_those_of_one_household_need_no_exchange(database: Database) -> None:
    of = await neighbours(database, answered=False)
    other = await joined(of.ann, await a_household(of.ann), "dan@example.org")
    assert refused(await answers(other, of.offer)) == ["WITH_ONESELF"]


async def test_an_officer_judges_nobody_of_their_own_household(database: Database) -> None:
    of = await neighbours(database)
    await joined(of.ann, await a_household(of.ann), "officer@example.org")
    await of.agrees()
    await of.says(of.bob, 120)
    await of.says(of.ann, 60)
    given: dict[str, Any] = {"exchangeId": of.exchange, "minutes": 0, "reason": "She is right."}
    officer = await signed_in(database, "officer@example.org")
    assert refused(await officer.does("settleDispute", **given)) == ["CONCERNS_YOU"]
    assert refused(await of.town.other.does("settleDispute", **given)) == []
    assert (await of.state(), await of.balances()) == ("SETTLED", (200, 0))
    assert await of.available() == 200


async def test_it_stands_where_its_author_is_shown_to_live_and_never_at_their_home(
    database: Database,
) -> None:
    of = await neighbours(database, answered=False)
    assert (await Listing.get()).location is None
    assert refused(await of.ann.does("setHome", **HOME)) == []
    shown = await offers(of.ann, of.town.scheme)
    author = await Person.get(email="ann@example.org")
    listing = await Listing.get(id=read_id("lst", shown["listing"]["id"]))
    assert listing.location == author.shown_home
    assert listing.location != author.home


async def test_credits_keep_their_last_day_when_they_are_given(database: Database) -> None:
    of = await neighbours(database)
    [granted] = (await wallet_of(of.ann))["movements"]
    await of.agrees()
    await of.says(of.ann, 60)
    await of.says(of.bob, 60)
    [got] = (await wallet_of(of.bob))["movements"]
    assert got["minutes"] == 60
    assert got["lapsesAt"] == granted["lapsesAt"] is not None


async def test_each_is_told_by_mail_what_the_other_did(database: Database) -> None:
    of = await neighbours(database)
    assert (await letters("ann"), await letters("bob")) == (["help_answered"], [])
    await of.agrees()
    assert await letters("bob") == ["help_agreed"]
    await of.says(of.bob, 60)
    await of.says(of.ann, 60)
    assert await letters("ann") == ["help_answered", "help_settled"]
    assert await letters("bob") == ["help_agreed", "help_settled"]


async def offered_by_bob(of: Neighbours, minutes: int) -> None:
    """Bob offers help, and Ann would like it: it is Bob who agrees."""
    of.offer = (await offers(of.bob, of.town.scheme))["offer"]["id"]
    of.exchange = (await answers(of.ann, of.offer, minutes))["exchange"]["id"]


async def test_of_anothers_wallet_nobody_is_told_how_much_is_there(database: Database) -> None:
    of = await neighbours(database, credits_there=59, answered=False)
    await offered_by_bob(of, 60)
    agreed = await of.bob.does("agreeExchange", exchangeId=of.exchange)
    assert refused(agreed) == ["THEY_LACK_CREDITS"]
    assert "59" not in agreed["userErrors"][0]["message"]
    of.offer = (await offers(of.bob, of.town.scheme))["offer"]["id"]
    of.exchange = (await answers(of.ann, of.offer, 50))["exchange"]["id"]
    assert refused(await of.bob.does("agreeExchange", exchangeId=of.exchange)) == []
    assert await of.says(of.ann, 60) == []
    assert await of.says(of.bob, 60) == ["THEY_LACK_CREDITS"]
    assert (await of.state(), await of.available()) == ("AGREED", 9)
    await sound(database)


async def test_what_a_wallet_gives_in_a_week_bounds_what_is_agreed(database: Database) -> None:
    of = await neighbours(database, answered=False)
    wallet = (await wallet_of(of.ann))["id"]
    await in_transaction(database, lambda _: _limited(wallet, 60))
    of.exchange = await answer(of, of.bob, 61)
    assert await of.agrees() == ["SPENT_ENOUGH"]
    await offered_by_bob(of, 61)
    theirs = await of.bob.does("agreeExchange", exchangeId=of.exchange)
    assert refused(theirs) == ["THEY_LACK_CREDITS"]
    await offered_by_bob(of, 60)
    assert refused(await of.bob.does("agreeExchange", exchangeId=of.exchange)) == []


async def _limited(wallet: str, minutes: int) -> None:
    number = read_id("wal", wallet)
    assert await Wallet.filter(id=number).update(weekly_limit_minutes=minutes) == 1


async def test_a_wallet_that_is_full_moves_nothing_and_an_officer_sees_to_it(
    database: Database, advance: Advance
) -> None:
    of = await neighbours(database, walletCeilingMinutes=250)
    await taken_on(of.town.owner, of.town.friends, of.bob, "bob@example.org")
    person = (await of.bob.asks("{ me { id } }"))["me"]["id"]
    assert await of.town.grants(person, 210) == []  # which leaves room for 40
    await of.agrees()
    assert await of.says(of.bob, 60) == []
    assert await of.says(of.ann, 60) == ["THEY_LACK_ROOM"]
    assert await of.balances() == (200, 210)
    await advance(timedelta(days=SILENCE.value, minutes=1))
    assert await in_transaction(database, settle_silent) == 1
    assert (await Exchange.get()).state == "disputed"
    of.ann, of.bob = [await signed_in(database, f"{who}@example.org") for who in ("ann", "bob")]
    assert await of.says(of.ann, 40) == []
    assert await of.says(of.bob, 40) == []
    assert await of.balances() == (160, 250)
    await sound(database)


async def test_what_one_said_is_settled_from_the_wallet_when_the_hold_is_over(
    database: Database, advance: Advance
) -> None:
    of = await neighbours(database)
    await of.agrees()
    await advance(timedelta(days=HELD.value) - timedelta(minutes=5))
    of.ann, of.bob = [await signed_in(database, f"{who}@example.org") for who in ("ann", "bob")]
    assert await of.says(of.bob, 50) == []
    await advance(timedelta(days=SILENCE.value, minutes=6))
    of.ann, of.bob = [await signed_in(database, f"{who}@example.org") for who in ("ann", "bob")]
    assert await in_transaction(database, settle_silent) == 1
    assert (await of.state(), await of.balances()) == ("SETTLED", (150, 50))
    assert await of.available() == 150
    await sound(database)


async def test_calling_off_and_saying_how_long_it_was_at_once_one_holds(
    database: Database,
) -> None:
    of = await neighbours(database)
    await of.agrees()
    said, off = await asyncio.gather(
        of.says(of.bob, 60), of.ann.does("cancelExchange", exchangeId=of.exchange)
    )
    assert sorted([said, refused(off)]) == [[], ["WRONG_STATE"]]
    cancelled = not refused(off)
    assert (await of.state(), await of.available()) == (
        ("CANCELLED", 200) if cancelled else ("AGREED", 140)
    )
    await sound(database)


async def test_agreeing_ten_times_at_once_keeps_it_aside_once(database: Database) -> None:
    of = await neighbours(database)
    done = await asyncio.gather(*(of.agrees() for _ in range(10)))
    assert done.count([]) == 1
    assert await of.available() == 140
    assert await Hold.filter(cause__startswith="exc_").count() == 1


async def test_somebody_gets_few_answers_of_one_person_in_a_day(
    database: Database, advance: Advance
) -> None:
    of = await neighbours(database, answered=False)
    for _ in range(ANSWERS_TO_ONE.value):
        of.exchange = await answer(of, of.bob, 30)
        assert refused(await of.bob.does("cancelExchange", exchangeId=of.exchange)) == []
    assert refused(await answers(of.bob, of.offer)) == ["TOO_MANY_ANSWERS"]
    assert (await letters("ann")).count("help_answered") == ANSWERS_TO_ONE.value
    cath = await signed_in(database, "cath@example.org")
    assert refused(await answers(cath, of.offer)) == []
    await advance(timedelta(days=1))
    of.bob = await signed_in(database, "bob@example.org")
    assert refused(await answers(of.bob, of.offer)) == []


async def test_somebody_answers_so_many_people_in_a_day(database: Database) -> None:
    of = await neighbours(database, answered=False)
    for number in range(ANSWERS.value):
        other = await signed_in(database, f"n{number}@example.org")
        theirs = (await offers(other, of.town.scheme))["offer"]["id"]
        assert refused(await answers(of.bob, theirs)) == []
    assert refused(await answers(of.bob, of.offer)) == ["TOO_MANY_ANSWERS"]


async def test_of_who_is_erased_nothing_is_offered_or_kept_aside_and_no_word_is_left(
    database: Database,
) -> None:
    of = await neighbours(database, answered=False)
    assert refused(await of.ann.does("setHome", **HOME)) == []
    closed = (await offers(of.ann, of.town.scheme))["offer"]["id"]
    assert refused(await of.ann.does("closeHelp", offerId=closed)) == []
    of.exchange = await answer(of, of.bob, 60)
    await of.agrees()
    await offered_by_bob(of, 30)
    assert refused(await of.bob.does("agreeExchange", exchangeId=of.exchange)) == []
    await of.says(of.bob, 60)
    await of.says(of.ann, 20)
    assert await of.state() == "DISPUTED"
    assert refused(await of.ann.does("requestErasureCode")) == []
    done = await of.ann.does("eraseMe", code=await code_sent("ann@example.org"))
    assert refused(done) == []
    assert {row.state for row in await Exchange.all()} == {"cancelled"}
    assert {row.words for row in await Exchange.all()} == {""}
    assert await Hold.filter(cause__startswith="exc_", state="held").count() == 0
    assert "help_cancelled" in await letters("bob")
    bob = await Person.get(email="bob@example.org")
    for offer in await HelpOffer.exclude(person_id=bob.id):
        listing = await Listing.get(subject_id=offer.id)
        assert (offer.state, offer.title, offer.description) == ("closed", "", "")
        assert listing.state == "withdrawn"
        texts: list[Any] = [listing.title, listing.summary, listing.words, listing.title_words]
        assert texts == ["", None, "", ""]
        assert listing.location is None
    kept = await Listing.get(subject_id=(await HelpOffer.get(person_id=bob.id)).id)
    assert (kept.state, kept.title) == ("open", "Maths")
    await sound(database)


async def test_what_an_officer_hides_nobody_answers(database: Database) -> None:
    of = await neighbours(database, answered=False)
    listing = await Listing.get()
    officer = await an_officer_of(database, listing.council_id)
    which = {"listingId": write_id("lst", listing.id), "reason": "Not so."}
    assert refused(await officer.does("hideListing", **which)) == []
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await of.bob.asks(query, id=of.offer))["node"] is None
    assert (await of.ann.asks(query, id=of.offer))["node"], "whose it is"
    given = {"offerId": of.offer, "minutes": 30, "words": "I can."}
    assert refused(await of.bob.does("answerHelp", **given)) == ["NOT_FOUND"]

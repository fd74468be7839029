"""Leaving with a balance: a scheme, a household, or altogether. Nothing is kept for who is gone."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from commonweal.credits.actions_leaving import leave_households
from commonweal.credits.actions_warnings import lapse_credits
from commonweal.credits.tables import Gift, Pot, Wallet
from commonweal.kernel.ids import read_id, write_id
from commonweal.ledger.statements import locked
from commonweal.ledger.tables import Balance
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import Town, a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.families import a_household, joined
from tests.people.signing import Somebody, code_sent, refused, signed_in


@dataclass
class Home:
    """Ann and Bob share a wallet with an hour in it; Ann has half an hour of her own."""

    town: Town
    ann: Somebody
    bob: Somebody
    household: str
    shared: str
    hers: str


async def a_home(database: Database, **terms: int) -> Home:
    town = await a_town(database, **terms)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    assert await town.grants(number, 90) == []
    hers = (await wallet_of(ann))["id"]
    household = await a_household(ann)
    bob = await joined(ann, household, "bob@example.org")
    opened = await ann.does("openHouseholdWallet", "wallet { id }", schemeId=town.scheme)
    shared = opened["wallet"]["id"]
    given = {"walletId": hers, "toWalletId": shared, "minutes": 60}
    assert refused(await keyed(ann, "moveCredits", **given)) == []
    return Home(town, ann, bob, household, shared, hers)


async def in_community(town: Town) -> int:
    return await town.balance(write_id("pot", (await Pot.get(kind="COMMUNITY")).id))


async def balance(somebody: Somebody, wallet: str) -> int:
    found = await somebody.asks("query($id: ID!) { wallet(id: $id) { balance } }", id=wallet)
    return int(found["wallet"]["balance"])


async def test_who_leaves_a_scheme_leaves_what_is_left_and_gets_only_thanks_from_then_on(
    database: Database,
) -> None:
    home = await a_home(database)
    gift = {"walletId": home.hers, "email": "x@example.org", "minutes": 10, "words": "Yours."}
    assert refused(await keyed(home.ann, "offerGift", **gift)) == []
    left = await home.ann.does(
        "leaveScheme", "wallet { balance held recognitionOnly leftAt }", walletId=home.hers
    )
    assert left["wallet"].pop("leftAt")
    assert left["wallet"] == {"balance": 0, "held": 0, "recognitionOnly": True}
    assert (await Gift.get()).state == "cancelled"
    assert await in_community(home.town) == 30
    number = (await home.ann.asks("{ me { id } }"))["me"]["id"]
    assert await home.town.grants(number, 30) == []
    assert await balance(home.ann, home.hers) == 0
    taking = {"walletId": home.hers, "recognitionOnly": False}
    back = await home.ann.does("setRecognitionOnly", "wallet { leftAt }", **taking)
    assert back["wallet"]["leftAt"] is None
    assert await home.town.grants(number, 30) == []
    assert await balance(home.ann, home.hers) == 30
    await sound(database)


async def test_what_is_left_goes_to_the_household_where_its_holder_said_so(
    database: Database,
) -> None:
    home = await a_home(database)
    before = (await wallet_of_id(home.ann, home.hers))["lapsesAt"]
    await home.ann.does("setLeaving", walletId=home.hers, leaving="HOUSEHOLD")
    assert refused(await home.ann.does("leaveScheme", walletId=home.hers)) == []
    assert await balance(home.bob, home.shared) == 90
    assert (await wallet_of_id(home.bob, home.shared))["lapsesAt"] == before, "no longer life"
    assert await in_community(home.town) == 0
    await sound(database)


async def wallet_of_id(somebody: Somebody, wallet: str) -> dict[str, str]:
    """Its newest movement that came in."""
    query = """query($id: ID!) { wallet(id: $id) { movements { edges { node {
        minutes what lapsesAt } } } } }"""
    edges = (await somebody.asks(query, id=wallet))["wallet"]["movements"]["edges"]
    found: dict[str, str] = next(e["node"] for e in edges if e["node"]["minutes"] > 0)
    return found


async def test_erased_it_goes_where_they_said(database: Database) -> None:
    home = await a_home(database)
    await home.ann.does("setLeaving", walletId=home.hers, leaving="HOUSEHOLD")
    await home.ann.does("requestErasureCode")
    erased = await home.ann.does("eraseMe", code=await code_sent("ann@example.org"))
    assert refused(erased) == []
    assert await balance(home.bob, home.shared) == 90
    assert (await wallet_of_id(home.bob, home.shared))["what"] == "Left by who is here no more."
    await sound(database)


async def test_where_the_household_has_no_room_it_goes_to_the_community(
    database: Database,
) -> None:
    home = await a_home(database, walletCeilingMinutes=90)
    await home.ann.does("setLeaving", walletId=home.hers, leaving="HOUSEHOLD")
    number = (await home.ann.asks("{ me { id } }"))["me"]["id"]
    assert await home.town.grants(number, 1) == []  # 31 more than its 60 are too many
    assert refused(await home.ann.does("leaveScheme", walletId=home.hers)) == []
    assert await balance(home.bob, home.shared) == 60
    assert await in_community(home.town) == 31
    await sound(database)


async def test_a_household_that_nobody_is_in_leaves_its_wallet_to_the_community(
    database: Database,
) -> None:
    home = await a_home(database)
    assert await in_transaction(database, leave_households) == 0
    for person in (home.bob, home.ann):
        assert refused(await person.does("leaveHousehold", householdId=home.household)) == []
    assert await in_transaction(database, leave_households) == 1
    assert await in_transaction(database, leave_households) == 0
    assert await in_community(home.town) == 60
    assert await balance(home.ann, home.hers) == 30, "their own stays theirs"
    await sound(database)


async def test_who_leaves_a_household_while_they_pay_from_its_wallet_did_one_and_then_the_other(
    database: Database,
) -> None:
    """A payment after leaving would be another's money, whoever was asked first."""
    home = await a_home(database)
    given = {"walletId": home.shared, "minutes": 10}
    done = await asyncio.gather(
        *(keyed(home.bob, "donateCredits", **given) for _ in range(3)),
        home.bob.does("leaveHousehold", householdId=home.household),
        *(keyed(home.bob, "donateCredits", **given) for _ in range(3)),
    )
    assert refused(done[3]) == []
    codes = [refused(each) for each in (*done[:3], *done[4:])]
    assert all(each in ([], ["NOT_FOUND"], ["TRY_AGAIN"]) for each in codes), codes
    paid = sum(each == [] for each in codes)
    assert await balance(home.ann, home.shared) == 60 - 10 * paid
    assert refused(await keyed(home.bob, "donateCredits", **given)) == ["NOT_FOUND"]
    await sound(database)


@pytest.mark.parametrize("verb", ["leaveHousehold", "eraseMe"])
async def test_a_payment_that_waits_while_its_payer_leaves_leaves_nothing_behind(
    database: Database, verb: str
) -> None:
    """The wallet is busy; both wait for it, and come after one another."""
    home = await a_home(database)
    bobs = await home.bob.does("openWallet", "wallet { id }", schemeId=home.town.scheme)
    number = bobs["wallet"]["id"]
    account = (await Wallet.get(id=read_id("wal", home.shared) or 0)).account
    await home.bob.does("requestErasureCode")
    given = {"householdId": home.household}
    if verb == "eraseMe":
        given = {"code": await code_sent("bob@example.org")}
    began = asyncio.Event()

    async def busy(tx: Transaction) -> None:
        await locked(tx, [account], ())
        began.set()
        await asyncio.sleep(0.4)

    async def pays() -> dict[str, Any]:
        await began.wait()
        moved = {"walletId": home.shared, "toWalletId": number, "minutes": 60}
        return await keyed(home.bob, "moveCredits", **moved)

    async def leaves() -> dict[str, Any]:
        await began.wait()
        await asyncio.sleep(0.2)
        return await home.bob.does(verb, **given)

    _, paid, left = await asyncio.gather(in_transaction(database, busy), pays(), leaves())
    assert refused(left) == []
    moved = refused(paid) == []
    assert await balance(home.ann, home.shared) == (0 if moved else 60)
    gone = await Wallet.get(id=read_id("wal", number) or 0)
    kept = (await Balance.get(account=gone.account)).posted
    assert kept == (60 if moved and verb == "leaveHousehold" else 0)
    await sound(database)


async def test_who_is_erased_leaves_what_a_gift_kept_that_is_over(
    database: Database, advance: Advance
) -> None:
    """And no job has let it go yet."""
    home = await a_home(database, giftDays=14)
    gift = {"walletId": home.hers, "email": "x@example.org", "minutes": 10, "words": "Yours."}
    assert refused(await keyed(home.ann, "offerGift", **gift)) == []
    await advance(timedelta(days=15))
    ann = await signed_in(database, "ann@example.org")
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent("ann@example.org"))) == []
    home.town.officer = await signed_in(database, "officer@example.org")
    assert await in_community(home.town) == 30
    await sound(database)


async def test_leaving_and_a_lapse_at_once_wait_for_each_other_in_one_order(
    database: Database, advance: Advance
) -> None:
    home = await a_home(database, creditLifetimeDays=30)
    await advance(timedelta(days=31))
    ann = await signed_in(database, "ann@example.org")
    done = await asyncio.gather(
        ann.does("leaveScheme", walletId=home.hers),
        *(in_transaction(database, lapse_credits) for _ in range(3)),
    )
    assert refused(done[0]) == []
    home.town.officer = await signed_in(database, "officer@example.org")
    assert await in_community(home.town) == 90
    await sound(database)


async def test_nobody_leaves_for_another_or_for_a_household(database: Database) -> None:
    home = await a_home(database)
    for verb, more in (("leaveScheme", {}), ("setLeaving", {"leaving": "HOUSEHOLD"})):
        others = await home.bob.does(verb, walletId=home.hers, **more)
        assert refused(others) == ["NOT_FOUND"]
        ours = await home.bob.does(verb, walletId=home.shared, **more)
        assert refused(ours) == ["NOT_ALLOWED"]
    assert await Wallet.filter(left_at__isnull=False).count() == 0

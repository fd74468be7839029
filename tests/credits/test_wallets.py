"""Wallets of people and households: who sees them, who gives from them, and what leaving means."""

from datetime import timedelta

import pytest

from commonweal.credits.actions_grants import granted
from commonweal.credits.rules_terms import SpentEnough
from commonweal.credits.tables import Pot, Wallet
from commonweal.credits.terms import check_limits, community_pot, posted, unit_of
from commonweal.kernel.ids import read_id, write_id
from commonweal.ledger.rules import Order
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.credits.making import a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.families import a_child, a_household, joined
from tests.people.signing import code_sent, refused, signed_in

OURS = "{ me { wallets { edges { node { id balance } } } } }"


async def test_a_household_shares_a_wallet_and_its_adults_are_equals(database: Database) -> None:
    town = await a_town(database)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 90)
    household = await a_household(ann)
    bob = await joined(ann, household, "bob@example.org")
    opened = await ann.does("openHouseholdWallet", "wallet { id }", schemeId=town.scheme)
    shared = opened["wallet"]["id"]
    found = (await ann.asks(OURS))["me"]["wallets"]["edges"]
    [mine] = [edge["node"]["id"] for edge in found if edge["node"]["id"] != shared]
    given = {"walletId": mine, "toWalletId": shared, "minutes": 60}
    assert refused(await keyed(ann, "moveCredits", **given)) == []
    [theirs] = (await bob.asks(OURS))["me"]["wallets"]["edges"]
    assert theirs["node"] == {"id": shared, "balance": 60}
    donated = await keyed(bob, "donateCredits", walletId=shared, minutes=10)
    assert refused(donated) == []
    await bob.does("leaveHousehold", householdId=household)
    assert (await bob.asks(OURS))["me"]["wallets"]["edges"] == []
    again = await keyed(bob, "donateCredits", walletId=shared, minutes=10)
    assert refused(again) == ["NOT_FOUND"]
    await sound(database)


async def test_credits_of_one_scheme_are_not_those_of_another(database: Database) -> None:
    town = await a_town(database)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 90)
    council = write_id("are", (await Wallet.get().prefetch_related("scheme")).scheme.council_id)
    other = await town.officer.does("openScheme", "scheme { id }", councilId=council, name="Two")
    mine = (await wallet_of(ann))["id"]
    opened = await ann.does("openWallet", "wallet { id }", schemeId=other["scheme"]["id"])
    given = {"walletId": mine, "toWalletId": opened["wallet"]["id"], "minutes": 10}
    assert refused(await keyed(ann, "moveCredits", **given)) == ["SCHEMES_DIFFER"]
    given["toWalletId"] = mine
    assert refused(await keyed(ann, "moveCredits", **given)) == ["SAME_WALLET"]


async def test_whoever_is_erased_leaves_what_is_left_to_the_community(database: Database) -> None:
    town = await a_town(database)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 90)
    wallet = (await wallet_of(ann))["id"]
    gift = {"walletId": wallet, "email": "x@example.org", "minutes": 30, "words": "Yours."}
    assert refused(await keyed(ann, "offerGift", **gift)) == []
    await ann.does("requestErasureCode")
    erased = await ann.does("eraseMe", code=await code_sent("ann@example.org"))
    assert refused(erased) == []
    pot = write_id("pot", (await Pot.get(kind="COMMUNITY")).id)
    assert await town.balance(pot) == 90
    await sound(database)


@pytest.mark.parametrize("term", ["walletMinutes", "lifetimeDays", "creditMinutes", "giftDays"])
async def test_terms_that_make_no_sense_are_refused(database: Database, term: str) -> None:
    town = await a_town(database)
    told = await town.officer.does(
        "setTerms", schemeId=town.scheme, since="2027-01-01", **{term: -1}
    )
    assert refused(told) == ["TERM_UNFIT"]


async def test_terms_change_from_a_later_day_on_and_what_is_not_given_stays(
    database: Database,
) -> None:
    town = await a_town(database, lifetimeDays=90, dayMinutes=60)
    given = {"schemeId": town.scheme, "since": "2027-01-01", "lifetimeDays": 200}
    assert refused(await town.officer.does("setTerms", **given)) == []
    assert refused(await town.officer.does("setTerms", **given)) == ["TERMS_SET_ALREADY"]
    early = await town.officer.does("setTerms", **(given | {"since": "2026-11-22"}))
    assert refused(early) == ["TERMS_REACH_BACK"]
    query = """query($id: ID!) { scheme(id: $id) { terms { edges { node {
        since lifetimeDays dayMinutes } } } } }"""
    stranger = await signed_in(database, "zoe@example.org")
    found = (await stranger.asks(query, id=town.scheme))["scheme"]["terms"]["edges"]
    rows = [(e["node"]["lifetimeDays"], e["node"]["dayMinutes"]) for e in found]
    assert rows == [(200, 60), (90, 60)]


async def test_a_guardian_sees_a_childs_wallet_and_bounds_what_it_gives_in_a_week(
    database: Database, advance: Advance
) -> None:
    """Nobody gives from it but the child: what they may spend at is bounded where spending is."""
    town = await a_town(database, weekMinutes=100)
    await town.funds(600)
    ann, _ = await a_volunteer(town)
    child = await a_child(ann, await a_household(ann))
    pot, number = await Pot.get(kind="ORGANISATION"), read_id("per", child) or 0

    async def granted_to_them(tx: Transaction) -> None:
        await granted(tx, await town.owner.viewer(), pot, number, minutes=90, purpose="Litter")

    await in_transaction(database, granted_to_them)
    wallet = await Wallet.get(person_id=number)
    seen = await ann.asks(
        "query($id: ID!) { wallet(id: $id) { balance movements { edges { node { why } } } } }",
        id=write_id("wal", wallet.id),
    )
    assert seen["wallet"]["balance"] == 90
    assert seen["wallet"]["movements"]["edges"] == [{"node": {"why": "Litter"}}]
    bounded = {"walletId": write_id("wal", wallet.id), "weekMinutes": 60}
    assert refused(await ann.does("limitWallet", **(bounded | {"weekMinutes": -1}))) == [
        "TERM_UNFIT"
    ]
    zoe = await signed_in(database, "zoe@example.org")
    assert refused(await zoe.does("limitWallet", **bounded)) == ["NOT_FOUND"]
    assert refused(await ann.does("limitWallet", **bounded)) == []
    gift = {"walletId": write_id("wal", wallet.id), "minutes": 5}
    assert refused(await keyed(ann, "donateCredits", **gift)) == ["NOT_ALLOWED"]

    async def spends(minutes: int) -> list[str]:
        async def work(tx: Transaction) -> None:
            await check_limits(tx, await Wallet.get(id=wallet.id), minutes)
            community = await community_pot(wallet.scheme_id)
            cause = f"test/{tx.new_id()}"
            unit, by = unit_of(wallet.scheme_id), write_id("per", number)
            order = Order(wallet.account, community.account, unit, minutes, cause, by, tx.now)
            await posted(tx, [order])

        try:
            await in_transaction(database, work)
        except SpentEnough as error:
            return [f"{error.left} of {error.most} a {error.period}"]
        return []

    assert await spends(61) == ["60 of 60 a week"]
    assert await spends(50) == []
    assert await spends(11) == ["10 of 60 a week"]
    await advance(timedelta(days=7))
    assert await spends(11) == []
    ann = await signed_in(database, "ann@example.org")
    wide = bounded | {"weekMinutes": 1_000}
    assert refused(await ann.does("limitWallet", **wide)) == []
    assert await spends(90) == ["89 of 100 a week"], "the scheme's bound holds for all"

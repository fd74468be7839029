"""Wallets of people and households: who sees them, who gives from them, and what leaving means."""

import pytest

from commonweal.credits.tables import Pot, Wallet
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.credits.making import a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.families import a_household, joined
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

"""Wallets of people and households: who sees them, who gives from them, and what leaving means."""

from datetime import timedelta

import pytest

from commonweal.credits.actions_grants import granted
from commonweal.credits.rules_terms import NOTICE
from commonweal.credits.tables import Pot, Scheme, Wallet
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance
from tests.credits.making import a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.families import a_child, a_household, joined
from tests.people.signing import Somebody, code_sent, refused, signed_in

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


@pytest.mark.parametrize(
    "term", ["walletCeilingMinutes", "creditLifetimeDays", "creditMinutes", "giftDays"]
)
async def test_terms_that_make_no_sense_are_refused(database: Database, term: str) -> None:
    town = await a_town(database)
    told = await town.officer.does(
        "setTerms", schemeId=town.scheme, since="2027-01-01", **{term: -1}
    )
    assert refused(told) == ["TERM_UNFIT"]


async def test_terms_change_from_a_later_day_on_and_what_is_not_given_stays(
    database: Database,
) -> None:
    town = await a_town(database, creditLifetimeDays=90, dailyLimitMinutes=60)
    given = {"schemeId": town.scheme, "since": "2027-01-01", "creditLifetimeDays": 200}
    assert refused(await town.officer.does("setTerms", **given)) == []
    assert refused(await town.officer.does("setTerms", **given)) == ["TERMS_SET_ALREADY"]
    early = await town.officer.does("setTerms", **(given | {"since": "2026-11-22"}))
    assert refused(early) == ["TERMS_REACH_BACK"]
    query = """query($id: ID!) { scheme(id: $id) { terms { edges { node {
        since creditLifetimeDays dailyLimitMinutes } } } } }"""
    stranger = await signed_in(database, "zoe@example.org")
    found = (await stranger.asks(query, id=town.scheme))["scheme"]["terms"]["edges"]
    rows = [(e["node"]["creditLifetimeDays"], e["node"]["dailyLimitMinutes"]) for e in found]
    assert rows == [(200, 60), (90, 60)]


async def test_a_guardian_sees_a_childs_wallet_and_bounds_what_it_gives_in_a_week(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, weeklyLimitMinutes=100)
    await town.funds(600)
    ann, _ = await a_volunteer(town)
    household = await a_household(ann)
    child = await a_child(ann, household)
    opened = await ann.does("openWallet", "wallet { id }", schemeId=town.scheme, childId=child)
    wallet = opened["wallet"]["id"]
    pot, number = await Pot.get(kind="ORGANISATION"), read_id("per", child) or 0

    async def granted_to_them(tx: Transaction) -> None:
        await granted(tx, await town.owner.viewer(), pot, number, minutes=90, purpose="Litter")

    await in_transaction(database, granted_to_them)
    query = """{ me { household { children(first: 3) { edges { node { wallets(first: 3) {
        edges { node { id balance movements { edges { node { why } } } } } } } } } } } }"""
    [kid] = (await ann.asks(query))["me"]["household"]["children"]["edges"]
    [seen] = kid["node"]["wallets"]["edges"]
    assert seen["node"]["balance"] == 90
    assert seen["node"]["movements"]["edges"] == [{"node": {"why": "Litter"}}]
    bounded = {"walletId": wallet, "weeklyLimitMinutes": 60}
    below = bounded | {"weeklyLimitMinutes": -1}
    assert refused(await ann.does("limitWallet", **below)) == ["TERM_UNFIT"]
    zoe = await signed_in(database, "zoe@example.org")
    assert refused(await zoe.does("limitWallet", **bounded)) == ["NOT_FOUND"]
    assert refused(await ann.does("limitWallet", **bounded)) == []
    gift = {"walletId": wallet, "minutes": 5}
    assert refused(await keyed(ann, "donateCredits", **gift)) == ["NOT_ALLOWED"]
    home = await ann.does("openHouseholdWallet", "wallet { id }", schemeId=town.scheme)
    ours = home["wallet"]["id"]

    async def moves(minutes: int, to: str = ours) -> list[str]:
        given = {"walletId": wallet, "toWalletId": to, "minutes": minutes}
        return refused(await keyed(ann, "moveCredits", **given))

    mine = await ann.does("openWallet", "wallet { id }", schemeId=town.scheme)
    assert await moves(5, mine["wallet"]["id"]) == ["CHILDS_CREDITS"]
    assert await moves(61) == ["SPENT_ENOUGH"]
    assert await moves(50) == []
    assert await moves(11) == ["SPENT_ENOUGH"]
    await advance(timedelta(days=7))
    ann = await signed_in(database, "ann@example.org")
    assert await moves(11) == []
    back = {"walletId": ours, "toWalletId": wallet, "minutes": 61}
    assert refused(await keyed(ann, "moveCredits", **back)) == []
    assert refused(await ann.does("limitWallet", **(bounded | {"weeklyLimitMinutes": 1_000}))) == []
    assert await moves(90) == ["SPENT_ENOUGH"], "the scheme's bound holds for all"
    assert await moves(89) == []


async def test_what_a_wallet_has_room_for_changes_with_the_terms(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, walletCeilingMinutes=100)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 100)
    later = str(TODAY.date() + timedelta(days=1))
    given = {"schemeId": town.scheme, "since": later, "walletCeilingMinutes": 150}
    assert refused(await town.officer.does("setTerms", **given)) == []
    assert await town.grants(number, 1) == ["RECIPIENT_FULL"]
    await advance(timedelta(days=1))
    assert await town.grants(number, 50) == []
    assert await town.grants(number, 1) == ["RECIPIENT_FULL"]
    assert (await wallet_of(ann))["balance"] == 150


async def test_what_one_person_decides_alone_is_raised_with_notice_and_lowered_tomorrow(
    database: Database,
) -> None:
    town = await a_town(database)
    day = TODAY.date()
    for name in ("soleFundingMinutes", "soleGrantMinutes"):
        for days, value, code in (
            (NOTICE.value - 1, 6_001, ["RAISED_TOO_SOON"]),
            (1, 100, []),
            (NOTICE.value + len(name), 6_001, []),
        ):
            since = str(day + timedelta(days=days + (name == "soleGrantMinutes")))
            if days == NOTICE.value - 1:
                since = str(day + timedelta(days=days))
            given = {"schemeId": town.scheme, "since": since, name: value}
            assert refused(await town.officer.does("setTerms", **given)) == code, (name, days)
    council = write_id("are", (await Scheme.get()).council_id)
    wide = {"councilId": council, "name": "Wide", "soleFundingMinutes": 6_000_000}
    assert refused(await town.officer.does("openScheme", **wide)) == ["RAISED_TOO_SOON"]


async def test_a_coordinator_gives_nothing_away_by_the_hand_of_who_they_registered(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(600)
    made = await town.owner.does(
        "registerPerson", "person { id }", organisationId=town.friends, name="Pat Paper"
    )
    number = made["person"]["id"]
    assert await town.grants(number, 60) == []
    hand = await town.owner.does("actFor", "token", personId=number)
    pat = Somebody(database, hand["token"])
    gift = {"email": "owner@example.org", "minutes": 60, "words": "For me."}
    given = await keyed(pat, "offerGift", walletId=(await wallet_of(pat))["id"], **gift)
    assert refused(given) == ["SCOPE_LACKING"]

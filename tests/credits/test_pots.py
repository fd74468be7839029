"""Pots: what is minted is bounded by what was put on paper, and what is granted by the pot."""

import asyncio
from datetime import timedelta

from commonweal.credits.actions_fundings import return_unspent
from commonweal.credits.tables import Grant, Pot, Scheme
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import Advance
from tests.credits.making import a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.families import a_household, invitation_of
from tests.people.signing import an_officer_of, refused, signed_in


async def test_what_one_officer_may_do_alone_is_in_the_pot_at_once(database: Database) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    assert await town.balance() == 6_000
    await sound(database)


async def test_above_it_another_officer_approves(database: Database) -> None:
    town = await a_town(database)
    funding = await town.funds(6_001)
    assert await town.balance() == 0
    assert refused(await town.officer.does("approveFunding", fundingId=funding)) == ["OWN_PROPOSAL"]
    assert refused(await town.other.does("approveFunding", fundingId=funding)) == []
    assert await town.balance() == 6_001
    assert refused(await town.other.does("approveFunding", fundingId=funding)) == ["WRONG_STATE"]
    await sound(database)


async def test_what_is_granted_is_in_the_wallet_in_words(database: Database) -> None:
    town = await a_town(database)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    assert await town.grants(number, 90) == []
    wallet = await wallet_of(ann)
    assert (wallet["balance"], wallet["held"], wallet["available"]) == (90, 0, 90)
    [movement] = wallet["movements"]
    assert (movement["minutes"], movement["balanceAfter"]) == (90, 90)
    assert movement["what"] == "Earned: granted from a pot."
    assert movement["lapsesAt"]
    assert await town.balance() == 510
    await sound(database)


async def test_of_twenty_grants_at_once_a_pot_for_ten_gives_ten(database: Database) -> None:
    town = await a_town(database)
    await town.funds(300)
    people = [await a_volunteer(town, f"v{n}") for n in range(2)]
    done = await asyncio.gather(*(town.grants(people[n % 2][1], 30) for n in range(20)))
    codes = [code for each in done for code in each]
    assert codes.count("POT_EXHAUSTED") == 10
    assert len(codes) == 10
    assert await town.balance() == 0
    assert await Grant.all().count() == 10
    await sound(database)


async def test_a_grant_that_is_asked_for_again_is_done_once(database: Database) -> None:
    town = await a_town(database)
    await town.funds(300)
    ann, number = await a_volunteer(town)
    given = {"potId": town.pot, "personId": number, "minutes": 30, "purpose": "Tea", "key": "one"}
    first, again = [await keyed(town.owner, "grantCredits", **given) for _ in range(2)]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (await wallet_of(ann))["balance"] == 30


async def test_who_wants_no_credits_is_thanked_and_nothing_moves(database: Database) -> None:
    """Benefits: payment in kind beyond expenses may count as income."""
    town = await a_town(database)
    await town.funds(300)
    ann, number = await a_volunteer(town)
    opened = await ann.does("openWallet", "wallet { id }", schemeId=town.scheme)
    wallet = opened["wallet"]["id"]
    none = {"walletId": wallet, "recognitionOnly": True}
    assert refused(await ann.does("setRecognitionOnly", **none)) == []
    assert await town.grants(number, 90) == []
    assert (await wallet_of(ann))["balance"] == 0
    assert (await Grant.get()).recognition_only
    assert await town.balance() == 300


async def test_a_wallet_has_a_bound_and_who_grants_is_not_told_what_is_in_it(
    database: Database,
) -> None:
    town = await a_town(database, walletCeilingMinutes=60)
    await town.funds(300)
    _, number = await a_volunteer(town)
    assert await town.grants(number, 60) == []
    assert await town.grants(number, 1) == ["RECIPIENT_FULL"]
    assert await town.balance() == 240


async def test_a_frozen_pot_gives_nothing_and_a_closed_ones_rest_goes_back(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(300)
    _, number = await a_volunteer(town)
    assert refused(await town.officer.does("freezePot", potId=town.pot)) == []
    assert await town.grants(number, 10) == ["WRONG_STATE"]
    assert refused(await town.officer.does("thawPot", potId=town.pot)) == []
    assert await town.grants(number, 10) == []
    assert refused(await town.officer.does("closePot", potId=town.pot)) == []
    assert await town.balance() == 0
    community = await Pot.get(kind="COMMUNITY")
    assert refused(await town.officer.does("closePot", potId=id_of(community))) == [
        "COMMUNITY_POT_STAYS"
    ]
    await sound(database)


async def test_nobody_grants_to_themselves_or_to_their_household(database: Database) -> None:
    town = await a_town(database)
    await town.funds(300)
    me = (await town.owner.asks("{ me { id } }"))["me"]["id"]
    assert await town.grants(me, 30) == ["OWN_GRANT"]
    ann, number = await a_volunteer(town)
    household = await a_household(town.owner)
    assert await town.grants(number, 30) == []
    await town.owner.does("inviteAdult", householdId=household, email="ann@example.org")
    invited = await invitation_of(ann)
    await ann.does("acceptHouseholdInvitation", householdInvitationId=invited)
    assert await town.grants(number, 30) == ["OWN_GRANT"]


async def test_outside_of_its_time_a_pot_grants_nothing_and_what_is_left_goes_back(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database)
    _, number = await a_volunteer(town)
    assert await town.grants(number, 30) == ["POT_WINDOW_OVER"]
    await town.funds(300)
    assert await town.grants(number, 30) == []
    assert await in_transaction(database, return_unspent) == 0
    await advance(timedelta(days=365))
    assert await in_transaction(database, return_unspent) == 1
    assert await in_transaction(database, return_unspent) == 0
    officer = await an_officer_of(database, (await Scheme.get()).council_id)
    query = "query($id: ID!) { pot(id: $id) { balance granted } }"
    found = (await officer.asks(query, id=town.pot))["pot"]
    assert found == {"balance": 0, "granted": 30}
    await sound(database)


async def test_the_public_reads_what_a_pot_did_and_of_few_people_not_how_many(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(300)
    stranger = await signed_in(database, "zoe@example.org")
    query = "query($id: ID!) { pot(id: $id) { balance available granted people } }"
    for count, shown in ((4, None), (1, 5)):
        for n in range(count):
            _, number = await a_volunteer(town, f"w{shown}x{n}")
            assert await town.grants(number, 10) == []
            assert await town.grants(number, 10) == []
        found = (await stranger.asks(query, id=town.pot))["pot"]
        assert found["people"] == shown
    assert found == {"balance": 200, "available": 200, "granted": 100, "people": 5}


async def test_the_public_reads_where_a_pot_did_good_but_not_where_fewer_than_five_did(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(300)
    area = write_id("are", (await Scheme.get()).council_id)
    stranger = await signed_in(database, "zoe@example.org")
    query = """query($id: ID!) { pot(id: $id) { places { edges { node {
        minutes people area { id } } } } } }"""
    seen = []
    for n in range(6):
        _, number = await a_volunteer(town, f"w{n}")
        where = {} if n == 5 else {"areaId": area}
        for _ in range(2):
            assert await town.grants(number, 10, **where) == []
        edges = (await stranger.asks(query, id=town.pot))["pot"]["places"]["edges"]
        seen.append([edge["node"] for edge in edges])
    place = {"minutes": 100, "people": 5, "area": {"id": area}}
    assert seen == [[], [], [], [], [place], [place]]


async def test_a_pots_movements_are_for_who_looks_after_it(database: Database) -> None:
    town = await a_town(database)
    await town.funds(300)
    ann, number = await a_volunteer(town)
    assert await town.grants(number, 30) == []
    query = """query($id: ID!) { pot(id: $id) { movements { edges { node {
        minutes balanceAfter what why counterparty } } } } }"""
    for somebody in (town.owner, town.officer):
        found = (await somebody.asks(query, id=town.pot))["pot"]["movements"]["edges"]
        rows = [tuple(edge["node"].values()) for edge in found]
        assert rows == [
            (-30, 270, "Granted.", "Tea", None),
            (300, 300, "Funded.", "A warm hall in winter.", None),
        ]
    assert (await ann.asks(query, id=town.pot))["pot"]["movements"] is None
    assert (await wallet_of(ann))["movements"][0]["counterparty"] == "The Friends"
    assert (await wallet_of(ann))["movements"][0]["why"] == "Tea"


async def test_only_who_grants_from_a_pot_grants(database: Database) -> None:
    town = await a_town(database)
    await town.funds(300)
    ann, number = await a_volunteer(town)
    given = {"potId": town.pot, "personId": number, "minutes": 30, "purpose": "For me"}
    assert refused(await keyed(ann, "grantCredits", **given)) == ["NOT_ALLOWED"]
    assert refused(await ann.does("freezePot", potId=town.pot)) == ["NOT_ALLOWED"]


def id_of(pot: Pot) -> str:
    return write_id("pot", pot.id)

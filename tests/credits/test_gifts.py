"""Gifts to an address, whoever's it is or will be; and donations to the community."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.credits.actions_gifts import return_gifts
from commonweal.credits.actions_warnings import lapse_credits
from commonweal.credits.rules import GIFTS_A_DAY, GIFTS_TO_ONE
from commonweal.credits.tables import Gift, Pot, Wallet
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_holds import expire_holds
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance
from tests.credits.making import Town, a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.signing import Somebody, code_sent, refused, signed_in

WAITING = "{ me { giftsWaiting { edges { node { id minutes words expiresAt } } } } }"


async def with_credits(
    database: Database, minutes: int = 90, **terms: Any
) -> tuple[Town, Somebody]:
    town = await a_town(database, **terms)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    assert await town.grants(number, minutes) == []
    return town, ann


async def gives(giver: Somebody, minutes: int, email: str = "bea@example.org") -> dict[str, Any]:
    wallet = (await wallet_of(giver))["id"]
    given = {"walletId": wallet, "email": email, "minutes": minutes, "words": "For the shelf."}
    return await keyed(giver, "offerGift", "gift { id state }", **given)


async def waiting_for(person: Somebody) -> list[dict[str, Any]]:
    return [each["node"] for each in (await person.asks(WAITING))["me"]["giftsWaiting"]["edges"]]


async def test_half_an_hour_to_a_neighbour_without_an_account_who_claims_it(
    database: Database,
) -> None:
    _, ann = await with_credits(database)
    offered = await gives(ann, 30)
    assert offered["userErrors"] == []
    wallet = await wallet_of(ann)
    assert (wallet["balance"], wallet["held"], wallet["available"]) == (90, 30, 60)
    letter = await Message.get(kind="gift_offered", to_address="bea@example.org")
    assert "0:30 hours" in (letter.body or "")
    assert "For the shelf." in (letter.body or "")
    bea = await signed_in(database, "bea@example.org")
    [gift] = await waiting_for(bea)
    assert refused(await bea.does("claimGift", giftId=gift["id"])) == []
    assert (await wallet_of(bea))["balance"] == 30
    assert (await wallet_of(bea))["movements"][0]["what"] == "A gift."
    mine = await wallet_of(ann)
    assert (mine["balance"], mine["held"]) == (60, 0)
    assert mine["movements"][0]["what"] == "Given away."
    assert await waiting_for(bea) == []
    assert (await Gift.get()).email_key is None, "an address that is needed no more"
    await sound(database)


async def test_a_gift_lapses_when_it_would_have(database: Database, advance: Advance) -> None:
    """Else credits would live for ever by being handed round."""
    _, ann = await with_credits(database)
    await advance(timedelta(days=20))
    await gives(ann, 30)
    bea = await signed_in(database, "bea@example.org")
    [gift] = await waiting_for(bea)
    await bea.does("claimGift", giftId=gift["id"])
    theirs, mine = await wallet_of(bea), await wallet_of(ann)
    assert theirs["movements"][0]["lapsesAt"] == mine["movements"][-1]["lapsesAt"]


async def test_a_gift_that_nobody_claims_is_its_givers_again(
    database: Database, advance: Advance
) -> None:
    _, ann = await with_credits(database, giftDays=14)
    await gives(ann, 30)
    await advance(timedelta(days=15))  # it ends with its day
    assert (await wallet_of(ann))["available"] == 90, "whether the job has run or not"
    bea = await signed_in(database, "bea@example.org")
    assert await waiting_for(bea) == []
    gift = write_id("gif", (await Gift.get()).id)
    assert refused(await bea.does("claimGift", giftId=gift)) == ["GIFT_OVER"]
    assert await in_transaction(database, return_gifts) == 1
    assert refused(await bea.does("claimGift", giftId=gift)) == ["NOT_FOUND"]
    await sound(database)


async def test_a_gift_is_taken_back_by_its_giver_and_by_no_other(database: Database) -> None:
    _, ann = await with_credits(database)
    gift = (await gives(ann, 30))["gift"]["id"]
    bea = await signed_in(database, "bea@example.org")
    cat = await signed_in(database, "cat@example.org")
    assert refused(await bea.does("cancelGift", giftId=gift)) == ["NOT_ALLOWED"]
    assert refused(await cat.does("claimGift", giftId=gift)) == ["NOT_FOUND"]
    assert refused(await ann.does("cancelGift", giftId=gift)) == []
    assert (await wallet_of(ann))["available"] == 90
    assert refused(await bea.does("claimGift", giftId=gift)) != []
    await sound(database)


async def test_claimed_twice_and_taken_back_at_once_one_of_them_is_done(
    database: Database,
) -> None:
    _, ann = await with_credits(database)
    bea = await signed_in(database, "bea@example.org")
    for _ in range(3):
        gift = (await gives(ann, 10))["gift"]["id"]
        verbs = [(bea, "claimGift"), (bea, "claimGift"), (ann, "cancelGift"), (bea, "claimGift")]
        done = await asyncio.gather(*(who.does(verb, giftId=gift) for who, verb in verbs))
        assert sum(refused(each) == [] for each in done) == 1
    both = (await wallet_of(ann))["balance"] + sum(
        [(await wallet_of(bea))["balance"]] if await Wallet.all().count() == 2 else []
    )
    assert both == 90
    await sound(database)


async def test_two_who_give_to_each_other_claim_at_once(database: Database) -> None:
    """Both lock both wallets: in one order, or one would wait for the other for ever."""
    town, ann = await with_credits(database)
    bob, number = await a_volunteer(town, "bob")
    await town.grants(number, 90)
    for _ in range(3):
        one = (await gives(ann, 10, "bob@example.org"))["gift"]["id"]
        two = (await gives(bob, 10, "ann@example.org"))["gift"]["id"]
        done = await asyncio.gather(
            bob.does("claimGift", giftId=one), ann.does("claimGift", giftId=two)
        )
        assert [refused(each) for each in done] == [[], []]
    assert (await wallet_of(ann))["balance"] == (await wallet_of(bob))["balance"] == 90
    await sound(database)


async def test_more_than_there_is_is_not_given(database: Database) -> None:
    _, ann = await with_credits(database)
    assert refused(await gives(ann, 91)) == ["NOT_ENOUGH_CREDITS"]
    assert refused(await gives(ann, 60)) == []
    assert refused(await gives(ann, 31)) == ["NOT_ENOUGH_CREDITS"], "what is offered is not there"
    assert refused(await gives(ann, 0)) == ["MINUTES_UNFIT"]
    assert refused(await gives(ann, -5)) == ["MINUTES_UNFIT"]
    assert refused(await gives(ann, 5, "ann@example.org")) == ["NOT_TO_ONESELF"]


async def test_a_scheme_bounds_what_leaves_a_wallet_in_a_day(
    database: Database, advance: Advance
) -> None:
    _, ann = await with_credits(database, dailyLimitMinutes=40)
    gift = (await gives(ann, 30))["gift"]["id"]
    bea = await signed_in(database, "bea@example.org")
    await bea.does("claimGift", giftId=gift)
    assert refused(await gives(ann, 11)) == ["SPENT_ENOUGH"]
    assert refused(await gives(ann, 10)) == []
    await advance(timedelta(days=1))
    assert refused(await gives(ann, 20)) == []


async def test_donations_are_in_the_community_pot_at_once(database: Database) -> None:
    town, ann = await with_credits(database)
    given = {"walletId": (await wallet_of(ann))["id"], "minutes": 40}
    assert refused(await keyed(ann, "donateCredits", **given)) == []
    pot = write_id("pot", (await Pot.get(kind="COMMUNITY")).id)
    assert await town.balance(pot) == 40
    assert (await wallet_of(ann))["movements"][0]["what"] == "Given to the community pot."
    assert refused(await keyed(ann, "donateCredits", **given)) == []
    assert refused(await keyed(ann, "donateCredits", **given)) == ["NOT_ENOUGH_CREDITS"]
    await sound(database)


async def test_claimed_while_it_goes_back_it_is_one_of_them(
    database: Database, advance: Advance
) -> None:
    """At its last instant it is over for everybody, whichever of them comes first."""
    _, ann = await with_credits(database, giftDays=14)
    gift = (await gives(ann, 30))["gift"]["id"]
    bea = await signed_in(database, "bea@example.org")
    await advance(timedelta(days=15))  # it ends with its day
    claimed, _, other = await asyncio.gather(
        bea.does("claimGift", giftId=gift),
        in_transaction(database, return_gifts),
        bea.does("claimGift", giftId=gift),
    )
    assert refused(claimed) != []
    assert refused(other) != []
    assert (await wallet_of(ann))["available"] == 90
    await sound(database)


async def test_what_is_offered_counts_on_its_day_and_what_is_claimed_later_does_not(
    database: Database, advance: Advance
) -> None:
    _, ann = await with_credits(database, dailyLimitMinutes=40)
    gift = (await gives(ann, 40))["gift"]["id"]
    assert refused(await gives(ann, 1, "cat@example.org")) == ["SPENT_ENOUGH"]
    await advance(timedelta(days=1))
    bea = await signed_in(database, "bea@example.org")
    assert refused(await bea.does("claimGift", giftId=gift)) == []
    assert refused(await gives(ann, 40, "cat@example.org")) == []
    wallet = (await wallet_of(ann))["id"]
    donated = await keyed(ann, "donateCredits", walletId=wallet, minutes=10)
    assert refused(donated) == [], "what goes to the community is never bounded"


async def test_a_gift_ends_with_its_day_and_before_what_is_given_lapses(
    database: Database, advance: Advance
) -> None:
    _, ann = await with_credits(database, giftDays=14)
    gift = (await gives(ann, 30))["gift"]["id"]
    last = TODAY.date() + timedelta(days=14)
    letter = await Message.get(kind="gift_offered")
    assert f"by {last}" in (letter.body or "")
    await advance(timedelta(days=14, hours=3))
    bea = await signed_in(database, "bea@example.org")
    assert refused(await bea.does("claimGift", giftId=gift)) == []


async def test_an_hour_that_two_hand_to_and_fro_lapses_when_it_would_have(
    database: Database, advance: Advance
) -> None:
    _, ann = await with_credits(database, 60, creditLifetimeDays=30, giftDays=30)
    ends = (await wallet_of(ann))["movements"][0]["lapsesAt"]
    await advance(timedelta(days=29))
    givers = [ann, await signed_in(database, "bea@example.org")]
    for turn in range(4):
        giver, taker = givers[turn % 2], givers[1 - turn % 2]
        email = ("bea@example.org", "ann@example.org")[turn % 2]
        gift = (await gives(giver, 60, email))["gift"]["id"]
        assert (await waiting_for(taker))[0]["expiresAt"] == ends, "a gift ends before"
        assert refused(await taker.does("claimGift", giftId=gift)) == []
        assert (await wallet_of(taker))["movements"][0]["lapsesAt"] == ends
    await gives(ann, 60)
    await advance(timedelta(days=2))
    while await in_transaction(database, expire_holds) or await in_transaction(
        database, lapse_credits
    ):
        pass
    assert (await wallet_of(await signed_in(database, "ann@example.org")))["balance"] == 0


async def test_nobody_claims_their_own_gift_by_changing_their_address(database: Database) -> None:
    _, ann = await with_credits(database)
    gift = (await gives(ann, 30, "new@example.org"))["gift"]["id"]
    await ann.does("requestEmailCode", email="new@example.org")
    given = {"email": "new@example.org", "code": await code_sent("new@example.org")}
    assert refused(await ann.does("changeEmail", **given)) == []
    assert refused(await ann.does("claimGift", giftId=gift)) == ["NOT_TO_ONESELF"]
    await sound(database)


async def test_who_claims_a_gift_is_shown_what_became_of_it(database: Database) -> None:
    _, ann = await with_credits(database)
    gift = (await gives(ann, 30))["gift"]["id"]
    bea = await signed_in(database, "bea@example.org")
    done = await bea.does("claimGift", "gift { state minutes words }", giftId=gift)
    assert done["gift"] == {"state": "CLAIMED", "minutes": 30, "words": "For the shelf."}


async def test_the_words_of_who_is_erased_are_gone(database: Database) -> None:
    _, ann = await with_credits(database)
    await gives(ann, 30)
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent("ann@example.org"))) == []
    assert (await Gift.get()).words == ""


async def test_an_address_gets_few_letters_of_gifts_in_a_day(database: Database) -> None:
    _, ann = await with_credits(database)
    codes = [refused(await gives(ann, 1, "victim@example.org")) for _ in range(5)]
    assert codes == [[], [], [], ["TOO_MANY_GIFTS"], ["TOO_MANY_GIFTS"]]
    assert await Message.filter(to_address="victim@example.org").count() == GIFTS_TO_ONE.value
    assert refused(await gives(ann, 1, "another@example.org")) == []


async def test_a_wallet_gives_so_often_in_a_day(database: Database) -> None:
    _, ann = await with_credits(database)
    for number in range(GIFTS_A_DAY.value):
        assert refused(await gives(ann, 1, f"n{number}@example.org")) == []
    assert refused(await gives(ann, 1, "one@example.org")) == ["TOO_MANY_GIFTS"]

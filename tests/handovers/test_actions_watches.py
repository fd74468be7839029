"""Who watches an asset gets one letter in the morning after something public happened to it."""

import asyncio
from datetime import timedelta

from commonweal.handovers.actions_watches import LETTERS, tell_watchers, unwatch_all
from commonweal.handovers.rules_timeline import WATCHES
from commonweal.handovers.tables import Case, Watch
from commonweal.kernel.ids import write_id
from commonweal.listings.actions_searches import LETTERS as DIGEST
from commonweal.messages.links import token_of
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.jobs import in_batches
from tests.conftest import Advance
from tests.handovers.interested import a_listed_case
from tests.handovers.test_timeline import happens
from tests.makers import an_asset, the_council
from tests.people.signing import Somebody, refused, signed_in

AFTER_DAWN = timedelta(hours=20)  # from noon: eight in the morning
DAY = timedelta(days=1)


async def watches(who: Somebody, *cases: Case) -> None:
    for case in cases:
        asset = write_id("ast", case.asset_id or 0)
        assert refused(await who.does("watchAsset", assetId=asset)) == []


async def morning(database: Database) -> list[Message]:
    """The job, and the letters that there are by then."""
    await in_batches(tell_watchers)(database, {})
    return await Message.filter(kind="watched").order_by("id")


async def test_a_letter_in_the_morning_tells_what_is_public_and_nothing_else(
    database: Database, advance: Advance
) -> None:
    hall = await a_listed_case(database, title="The <b>Hall</b>")
    depot, baths = [await a_listed_case(database, title=name) for name in ("Depot", "Baths")]
    ada = await signed_in(database, "ada@example.org")
    await happens(database, hall, "list_case")
    await advance(timedelta(seconds=1))
    await watches(ada, hall, depot)
    await happens(database, hall, "close_eoi", "express_interest", "invite_bids")
    await happens(database, depot, "submit_bid")
    await happens(database, baths, "close_eoi")
    assert await morning(database) == []  # it is noon
    await advance(AFTER_DAWN)
    [letter] = await morning(database)
    assert letter.to_address == "ada@example.org"
    assert letter.body.startswith(
        "The <b>Hall</b>:\n- The time to say that one is interested is over.\n- Bids are asked for."
    )
    told = ("Depot", "Baths", "offered", "somebody", "submit")
    assert [word for word in told if word in letter.body] == []
    assert str(letter.unsubscribe_url) in letter.body


async def test_nothing_is_told_twice_and_nothing_is_lost(
    database: Database, advance: Advance
) -> None:
    case = await a_listed_case(database)
    await watches(await signed_in(database, "ada@example.org"), case)
    await happens(database, case, "close_eoi")
    await advance(AFTER_DAWN)
    await happens(database, case, "invite_bids")
    await advance(timedelta(seconds=30))  # it has not settled yet
    assert len(await morning(database)) == 1
    await advance(timedelta(hours=1))
    assert len(await morning(database)) == 1  # one a day
    await advance(DAY)
    first, second = await morning(database)
    assert ("Bids are asked for" in first.body, "Bids are asked for" in second.body) == (
        False,
        True,
    )
    assert "interested" not in second.body
    await advance(DAY)
    assert len(await morning(database)) == 2  # nothing happened


async def test_of_workers_that_run_at_once_one_writes_each_letter(
    database: Database, advance: Advance
) -> None:
    case = await a_listed_case(database)
    for name in ("ada", "bob", "eve"):
        await watches(await signed_in(database, f"{name}@example.org"), case)
    await happens(database, case, "close_eoi")
    await advance(AFTER_DAWN)
    await asyncio.gather(*(in_batches(tell_watchers)(database, {}) for _ in range(4)))
    letters = await Message.filter(kind="watched").values_list("to_address", flat=True)
    assert sorted(map(str, letters)) == [f"{name}@example.org" for name in ("ada", "bob", "eve")]


async def test_the_link_of_a_letter_ends_its_readers_letters_and_a_searchs_link_does_not(
    database: Database,
) -> None:
    case = await a_listed_case(database)
    ada, bob = [await signed_in(database, f"{name}@example.org") for name in ("ada", "bob")]
    for who in (ada, bob):
        await watches(who, case)
    number = (await ada.viewer()).id or 0
    tokens = (token_of(database, number, DIGEST), "x", "", token_of(database, number, LETTERS))
    for token, left in zip(tokens, (2, 2, 2, 1), strict=True):
        await in_transaction(database, lambda tx, token=token: unwatch_all(tx, token))  # type: ignore[misc]
        assert await Watch.all().count() == left


async def test_so_many_assets_are_watched_and_not_one_more_even_at_once(
    database: Database,
) -> None:
    council = await the_council(database)
    ada = await signed_in(database, "ada@example.org")
    number = (await ada.viewer()).id or 0
    assets = [(await an_asset(database, council)).id for _ in range(WATCHES.value + 15)]

    async def fill(tx: Transaction) -> None:
        dated = {"since": tx.now, "seen_until": tx.now, "last_told_on": tx.now.date()}
        await Watch.bulk_create(
            Watch(id=tx.new_id(), person_id=number, asset_id=asset, **dated)
            for asset in assets[: WATCHES.value - 1]
        )

    await in_transaction(database, fill)
    last = [write_id("ast", asset) for asset in assets[WATCHES.value - 1 :]]
    barrier = asyncio.Barrier(len(last))

    async def attempt(what: str, asset: str) -> list[str]:
        await barrier.wait()
        return refused(await ada.does(what, assetId=asset))

    for what in ("unwatchAsset", "watchAsset"):  # the first opens connections enough to race on
        done = await asyncio.gather(*(attempt(what, asset) for asset in last))
    assert sorted(done) == [[], *[["TOO_MANY_WATCHES"]] * 15]
    assert await Watch.all().count() == WATCHES.value

"""What lapses when: read with the wallet, and told in time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from commonweal.credits.actions_warnings import lapse_credits, warn_of_lapses
from commonweal.credits.tables import LapseWarning, Pot, Scheme
from commonweal.kernel.ids import write_id
from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import Advance
from tests.credits.making import a_town, a_volunteer, keyed, sound, wallet_of
from tests.people.signing import Somebody, an_officer_of, refused, signed_in

READ = "{ me { wallets { edges { node { id balance expiring } } } } }"


async def expiring(somebody: Somebody) -> list[dict[str, Any]]:
    [edge] = (await somebody.asks(READ))["me"]["wallets"]["edges"]
    found: list[dict[str, Any]] = edge["node"]["expiring"]
    return found


async def test_what_lapses_when_is_read_with_the_wallet(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, creditLifetimeDays=90)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 60)
    await advance(timedelta(days=10))
    await town.grants(number, 30)
    first, second = await expiring(ann)
    assert (first["minutes"], second["minutes"]) == (60, 30)
    apart = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert apart == timedelta(days=10)
    wallet = (await wallet_of(ann))["id"]
    given = {"walletId": wallet, "minutes": 70}
    assert refused(await keyed(ann, "donateCredits", **given)) == []
    [left] = await expiring(ann)
    assert (left["minutes"], left["at"]) == (20, second["at"])


async def test_what_never_lapses_is_not_among_it(database: Database) -> None:
    town = await a_town(database, creditLifetimeDays=None)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    await town.grants(number, 60)
    assert await expiring(ann) == []


async def told(address: str) -> list[str]:
    letters = await Message.filter(kind="credits_lapsing", to_address=address).order_by("id")
    return [each.body or "" for each in letters]


async def looked(database: Database) -> None:
    """As the job does: until nothing is left."""
    while await in_transaction(database, warn_of_lapses):
        pass


async def test_what_lapses_is_told_ninety_thirty_and_seven_days_ahead_once_each(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, creditLifetimeDays=120)
    await town.funds(600)
    _, number = await a_volunteer(town)
    await town.grants(number, 90)
    steps = ((0, 0), (28, 0), (3, 1), (1, 1), (58, 1), (2, 2), (21, 2), (2, 3))
    for days, letters in steps:
        await advance(timedelta(days=days))
        await looked(database)
        await looked(database)
        assert len(await told("ann@example.org")) == letters, days
    assert "1:30 hours" in (await told("ann@example.org"))[0]
    assert await LapseWarning.all().count() == 3


async def test_what_lapsed_is_in_the_community_pot_whoever_looks(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, creditLifetimeDays=30)
    await town.funds(600)
    _, number = await a_volunteer(town)
    await town.grants(number, 90)
    await advance(timedelta(days=31))
    assert await in_transaction(database, lapse_credits) == 1
    pot = write_id("pot", (await Pot.get(kind="COMMUNITY")).id)
    officer = await an_officer_of(database, (await Scheme.get()).council_id)
    found = await officer.asks("query($id: ID!) { pot(id: $id) { balance } }", id=pot)
    assert found["pot"]["balance"] == 90
    ann = await signed_in(database, "ann@example.org")
    wallet = await wallet_of(ann)
    assert wallet["balance"] == 0
    assert wallet["movements"][0]["what"] == "Lapsed, and went to the community pot."
    await sound(database)


async def test_a_lapse_and_payments_at_once_move_each_minute_once(
    database: Database, advance: Advance
) -> None:
    town = await a_town(database, creditLifetimeDays=30)
    await town.funds(600)
    ann, number = await a_volunteer(town)
    wallet = ""
    for minutes in (60, 30):
        await town.grants(number, minutes)
        wallet = (await wallet_of(ann))["id"]
        await advance(timedelta(days=10))
    await advance(timedelta(days=11))  # the first has lapsed, and nobody has looked
    given = {"walletId": wallet, "minutes": 20}
    done = await asyncio.gather(
        in_transaction(database, lapse_credits),
        *(keyed(ann, "donateCredits", **given) for _ in range(3)),
        in_transaction(database, lapse_credits),
    )
    codes = [refused(each) for each in done if isinstance(each, dict)]
    assert sorted(codes) == [[], ["NOT_ENOUGH_CREDITS"], ["NOT_ENOUGH_CREDITS"]]
    pot = await Pot.get(kind="COMMUNITY")
    assert await town.balance(write_id("pot", pot.id)) == 60 + 20
    assert (await wallet_of(ann))["balance"] == 10
    await sound(database)

"""How families begin in the tests, and what two do at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from commonweal.kernel.ids import read_id
from commonweal.people.actions_households import consented
from commonweal.people.rules_households import ConsentPurpose
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.people.signing import Somebody, refused, signed_in


async def a_household(founder: Somebody, name: str = "The Bees") -> str:
    payload = await founder.does("foundHousehold", "household { id }", name=name)
    assert refused(payload) == []
    number: str = payload["household"]["id"]
    return number


async def joined(inviter: Somebody, household: str, email: str) -> Somebody:
    """Another adult, who was invited and accepted."""
    await inviter.does("inviteAdult", householdId=household, email=email)
    other = await signed_in(inviter.database, email)
    payload = await other.does(
        "acceptHouseholdInvitation", householdInvitationId=await invitation_of(other)
    )
    assert refused(payload) == []
    return other


async def invitation_of(somebody: Somebody) -> str:
    found = await somebody.asks(
        "{ me { householdInvitations { edges { node { id householdName } } } } }"
    )
    [edge] = found["me"]["householdInvitations"]["edges"]
    assert edge["node"]["householdName"] == "The Bees"
    number: str = edge["node"]["id"]
    return number


async def a_child(adult: Somebody, household: str, band: str = "FROM_13_TO_15") -> str:
    payload = await adult.does(
        "addChild", "child { id }", householdId=household, name="Cy", ageBand=band
    )
    assert refused(payload) == []
    number: str = payload["child"]["id"]
    return number


async def a_family(database: Database) -> tuple[Somebody, Somebody, str, str]:
    """Two adults, the household, and its child."""
    ann = await signed_in(database, "ann@example.org")
    household = await a_household(ann)
    bob = await joined(ann, household, "bob@example.org")
    return ann, bob, household, await a_child(ann, household)


async def may(database: Database, child: str, purpose: str = "VOLUNTEERING") -> bool:
    number = read_id("per", child) or 0
    return await in_transaction(database, lambda tx: consented(tx, number, ConsentPurpose(purpose)))


async def overlapped(
    database: Database,
    first: Callable[[Transaction], Awaitable[object]],
    second: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """What the second gets, who begins when the first is done but has not committed."""
    is_done = asyncio.Event()

    async def work(tx: Transaction) -> None:
        await first(tx)
        is_done.set()
        await asyncio.sleep(0.2)

    async def after() -> dict[str, Any]:
        await is_done.wait()
        return await second()

    _, payload = await asyncio.gather(in_transaction(database, work), after())
    found: dict[str, Any] = payload
    return found

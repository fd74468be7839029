"""A scheme with a pot, and people with wallets; all asked over the API, under keys of their own."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from commonweal.access import Role
from commonweal.kernel.ids import write_id
from commonweal.ledger.verifying import verify
from commonweal.store.database import Database
from tests.conftest import TODAY
from tests.makers import the_council
from tests.people.signing import ERRORS, Somebody, signed_in
from tests.people.stories import a_group, taken_on
from tests.people.test_councils import appointed

KEYS = count(1)
DAY = TODAY.date()


async def keyed(somebody: Somebody, name: str, shown: str = "", /, **given: Any) -> dict[str, Any]:
    """A mutation's payload, done under a key of its own, or under `key`."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    key = given.pop("key", None) or f"test-{next(KEYS)}"
    query = (
        f"mutation($input: {kind}!, $key: String!) {{ {name}(input: $input, idempotencyKey: $key)"
        f" {{ {shown} replayed {ERRORS} }} }}"
    )
    payload: dict[str, Any] = (await somebody.asks(query, input=given, key=key))[name]
    return payload


@dataclass
class Town:
    """A scheme of the council's, a pot that the Friends grant from, and who is there."""

    database: Database
    officer: Somebody
    other: Somebody  # another officer
    owner: Somebody  # of the Friends
    friends: str
    scheme: str
    pot: str

    async def funds(self, minutes: int, pot: str = "") -> str:
        """The funding's id: above what one officer may do alone it is only proposed."""
        payload = await keyed(
            self.officer,
            "fundPot",
            "funding { id }",
            potId=pot or self.pot,
            minutes=minutes,
            purpose="A warm hall in winter.",
            since=str(DAY),
            until=str(DAY + timedelta(days=365)),
            documentReference="CAB/2026/7",
        )
        assert payload["userErrors"] == []
        number: str = payload["funding"]["id"]
        return number

    async def balance(self, pot: str = "") -> int:
        found = await self.officer.asks(
            "query($id: ID!) { pot(id: $id) { balance } }", id=pot or self.pot
        )
        return int(found["pot"]["balance"])

    async def grants(self, person: str, minutes: int, **more: Any) -> list[str]:
        payload = await keyed(
            self.owner,
            "grantCredits",
            **{"potId": self.pot, "personId": person, "minutes": minutes, "purpose": "Tea", **more},
        )
        return [each["code"] for each in payload["userErrors"]]


async def a_town(database: Database, **terms: Any) -> Town:
    council = await the_council(database)
    officers = ("officer@example.org", "other@example.org")
    for email in officers:
        await appointed(database, council.code, email, Role.OFFICER)
    officer, other = [await signed_in(database, email) for email in officers]
    payload = await officer.does(
        "openScheme",
        "scheme { id }",
        councilId=write_id("are", council.id),
        name="Brindlewick Hours",
        **terms,
    )
    assert payload["userErrors"] == []
    scheme = payload["scheme"]["id"]
    owner = await signed_in(database, "owner@example.org")
    friends = await a_group(owner)
    opened = await officer.does(
        "openPot", "pot { id }", schemeId=scheme, name="The Friends", organisationId=friends
    )
    assert opened["userErrors"] == []
    return Town(database, officer, other, owner, friends, scheme, opened["pot"]["id"])


async def a_volunteer(town: Town, name: str = "ann") -> tuple[Somebody, str]:
    """A member of the Friends, and their id."""
    person = await signed_in(town.database, f"{name}@example.org")
    await taken_on(town.owner, town.friends, person, f"{name}@example.org")
    found = await person.asks("{ me { id } }")
    return person, found["me"]["id"]


async def wallet_of(somebody: Somebody) -> dict[str, Any]:
    """Their first wallet, and what happened in it, the newest first."""
    found = await somebody.asks(
        "{ me { wallets { edges { node { id balance held available movements { edges { node {"
        " minutes balanceAfter what why counterparty lapsesAt } } } } } } } }"
    )
    [edge] = found["me"]["wallets"]["edges"]
    wallet: dict[str, Any] = edge["node"]
    wallet["movements"] = [each["node"] for each in wallet["movements"]["edges"]]
    return wallet


async def sound(database: Database) -> None:
    """Whether `commonweal verify` finds nothing."""
    assert (await verify(database)).faults == []

"""Two neighbours: one asks for help, the other answers."""

from dataclasses import dataclass
from typing import Any

from commonweal.store.database import Database
from tests.credits.making import Town, a_town, a_volunteer, wallet_of
from tests.people.signing import Somebody, refused, signed_in


@dataclass
class Neighbours:
    """Ann asks for help, and has credits; Bob gives it."""

    town: Town
    ann: Somebody
    bob: Somebody
    offer: str
    exchange: str = ""

    async def state(self) -> str:
        query = "query($id: ID!) { node(id: $id) { ... on Exchange { state } } }"
        return str((await self.ann.asks(query, id=self.exchange))["node"]["state"])

    async def says(self, who: Somebody, minutes: int) -> list[str]:
        done = await who.does("confirmMinutes", exchangeId=self.exchange, minutes=minutes)
        return refused(done)

    async def agrees(self) -> list[str]:
        return refused(await self.ann.does("agreeExchange", exchangeId=self.exchange))

    async def balances(self) -> tuple[int, int]:
        """Ann's, and Bob's."""
        hers, his = (await self.ann.asks(WALLETS), await self.bob.asks(WALLETS))
        found = [each["me"]["wallets"]["edges"] for each in (hers, his)]
        ann, bob = (edges[0]["node"]["balance"] if edges else 0 for edges in found)
        return ann, bob

    async def available(self) -> int:
        return int((await wallet_of(self.ann))["available"])


WALLETS = "{ me { wallets { edges { node { balance } } } } }"


async def neighbours(
    database: Database,
    *,
    credits_there: int = 200,
    minutes: int = 60,
    answered: bool = True,
    **terms: Any,
) -> Neighbours:
    town = await a_town(database, **terms)
    await town.funds(1_000)
    ann, person = await a_volunteer(town, "ann")
    assert await town.grants(person, credits_there) == []
    bob = await signed_in(database, "bob@example.org")
    asked = await ann.does(
        "offerHelp",
        "offer { id state } listing { id }",
        schemeId=town.scheme,
        kind="REQUEST",
        title="A lift to the hospital",
        description="On Tuesday morning, and back.",
    )
    assert refused(asked) == []
    found = Neighbours(town, ann, bob, asked["offer"]["id"])
    if answered:
        found.exchange = await answer(found, bob, minutes)
    return found


async def answer(of: Neighbours, who: Somebody, minutes: int) -> str:
    done = await who.does(
        "answerHelp", "exchange { id }", offerId=of.offer, minutes=minutes, words="I have a car."
    )
    assert refused(done) == []
    number: str = done["exchange"]["id"]
    return number

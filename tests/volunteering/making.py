"""An opportunity with a shift, and who joins it; all asked over the API."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.store.database import Database
from tests.conftest import TODAY
from tests.makers import the_council
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import a_group

HERE = {"longitude": -2.08, "latitude": 51.9}
SATURDAY = (TODAY + timedelta(days=6)).replace(hour=10, minute=0, second=0, microsecond=0)


@dataclass
class Help:
    """The Friends' opportunity, open, with a shift in one role."""

    database: Database
    owner: Somebody
    friends: str
    opportunity: str
    shift: str
    role: str

    async def joins(self, somebody: Somebody, role: str = "") -> dict[str, Any]:
        shown = "signUp { id state offeredUntil }"
        return await somebody.does("signUp", shown, roleId=role or self.role)

    async def state_of(self, sign_up: str) -> str:
        found = await self.owner.asks(
            "query($id: ID!) { node(id: $id) { ... on SignUp { state } } }", id=sign_up
        )
        return str(found["node"]["state"])


async def an_opportunity(
    database: Database, *, places: int = 2, starts_at: datetime = SATURDAY
) -> Help:
    await the_council(database)
    owner = await signed_in(database, "owner@example.org")
    friends = await a_group(owner)
    made = await owner.does(
        "createOpportunity",
        "opportunity { id state }",
        organisationId=friends,
        title="Dig the allotment paths",
        description="Spades are there. Bring boots.",
        cause="Environment",
        location=HERE,
    )
    assert refused(made) == []
    opportunity = made["opportunity"]["id"]
    shift, role = await a_shift(owner, opportunity, places=places, starts_at=starts_at)
    shown = await owner.does("publishOpportunity", "listing { id }", opportunityId=opportunity)
    assert refused(shown) == []
    return Help(database, owner, friends, opportunity, shift, role)


async def a_shift(
    owner: Somebody, opportunity: str, *, places: int, starts_at: datetime
) -> tuple[str, str]:
    """The shift's id and its role's."""
    added = await owner.does(
        "addShift",
        "shift { id roles { edges { node { id } } } }",
        opportunityId=opportunity,
        startsAt=starts_at.isoformat(),
        endsAt=(starts_at + timedelta(hours=2)).isoformat(),
        roles=[{"name": "Digger", "places": places}],
    )
    assert refused(added) == []
    [edge] = added["shift"]["roles"]["edges"]
    return added["shift"]["id"], edge["node"]["id"]


async def people(database: Database, count: int) -> list[Somebody]:
    return [await signed_in(database, f"p{n}@example.org") for n in range(count)]

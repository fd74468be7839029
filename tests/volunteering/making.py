"""An opportunity with a shift, and who joins it; all asked over the API."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.messages.tables import Message
from commonweal.store.database import Database
from tests.conftest import TODAY
from tests.makers import the_council
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import a_group

HERE = {"longitude": -2.08, "latitude": 51.9}
SATURDAY = (TODAY + timedelta(days=6)).replace(hour=10, minute=0, second=0, microsecond=0)
DIGGERS = [{"name": "Digger", "places": 2}]


@dataclass
class Help:
    """The Friends' opportunity, open, with a shift in one role."""

    database: Database
    owner: Somebody
    friends: str
    opportunity: str
    shift: str
    role: str

    async def joins(self, somebody: Somebody, role: str = "", **more: Any) -> dict[str, Any]:
        shown = "signUp { id state offeredUntil }"
        return await somebody.does("signUp", shown, roleId=role or self.role, **more)

    async def placed(self, somebody: Somebody, role: str = "", **more: Any) -> str:
        """The sign-up's id: nothing is against it."""
        done = await self.joins(somebody, role, **more)
        assert refused(done) == []
        return str(done["signUp"]["id"])

    async def state_of(self, sign_up: str) -> str:
        found = await self.owner.asks(
            "query($id: ID!) { node(id: $id) { ... on SignUp { state } } }", id=sign_up
        )
        return str(found["node"]["state"])

    async def adds(
        self, starts_at: datetime, *, places: int = 1, hours: float = 2, **role: Any
    ) -> str:
        """Another shift: its role's id."""
        _, number = await a_shift(
            self.owner,
            self.opportunity,
            places=places,
            starts_at=starts_at,
            hours=hours,
            **role,
        )
        return number


async def a_draft(owner: Somebody, friends: str, **more: Any) -> str:
    """An opportunity's id, which nobody sees yet."""
    given = {
        "title": "Dig the allotment paths",
        "description": "Spades are there. Bring boots.",
        "cause": "Environment",
        "location": HERE,
    }
    made = await owner.does(
        "createOpportunity", "opportunity { id }", organisationId=friends, **(given | more)
    )
    assert refused(made) == []
    return str(made["opportunity"]["id"])


async def an_opportunity(
    database: Database,
    *,
    places: int = 2,
    starts_at: datetime = SATURDAY,
    role: dict[str, Any] | None = None,
    **more: Any,
) -> Help:
    await the_council(database)
    owner = await signed_in(database, "owner@example.org")
    friends = await a_group(owner)
    opportunity = await a_draft(owner, friends, **more)
    shift, number = await a_shift(
        owner, opportunity, places=places, starts_at=starts_at, **(role or {})
    )
    shown = await owner.does("publishOpportunity", "listing { id }", opportunityId=opportunity)
    assert refused(shown) == []
    return Help(database, owner, friends, opportunity, shift, number)


async def a_shift(
    owner: Somebody,
    opportunity: str,
    *,
    places: int,
    starts_at: datetime,
    hours: float = 2,
    **role: Any,
) -> tuple[str, str]:
    """The shift's id and its role's."""
    added = await owner.does(
        "addShift",
        "shift { id roles { edges { node { id } } } }",
        opportunityId=opportunity,
        startsAt=starts_at.isoformat(),
        endsAt=(starts_at + timedelta(hours=hours)).isoformat(),
        roles=[{"name": "Digger", "places": places, **role}],
    )
    assert refused(added) == []
    [edge] = added["shift"]["roles"]["edges"]
    return added["shift"]["id"], edge["node"]["id"]


async def people(database: Database, count: int) -> list[Somebody]:
    return [await signed_in(database, f"p{n}@example.org") for n in range(count)]


async def told(kind: str) -> list[str]:
    """Whom a letter of a kind went to, as often as it did."""
    return sorted(str(each.to_address) for each in await Message.filter(kind=kind))


# ---- series ------------------------------------------------------------------------------------

SHIFTS_OF = """query($id: ID!) { node(id: $id) { ... on Series { plannedUntil endedAt
  shifts(first: 100) { edges { node { id startsAt endsAt
    roles(first: 3) { edges { node { id placesLeft } } } } } } } } }"""


@dataclass(frozen=True)
class Planned:
    """A shift to come of a series, with its one role."""

    shift: str
    role: str
    starts_at: datetime
    ends_at: datetime
    left: int


async def plans(owner: Somebody, opportunity: str, **given: Any) -> dict[str, Any]:
    """Weekly on Saturdays at ten for two hours, unless said otherwise: the payload."""
    values = {
        "rule": "FREQ=WEEKLY;BYDAY=SA",
        "startsOn": str(SATURDAY.date() + timedelta(days=7)),
        "starts": "10:00:00",
        "minutes": 120,
        "roles": DIGGERS,
    }
    return await owner.does(
        "planSeries", "series { id }", opportunityId=opportunity, **(values | given)
    )


async def a_series(owner: Somebody, opportunity: str, **given: Any) -> str:
    """The series' id."""
    payload = await plans(owner, opportunity, **given)
    assert refused(payload) == []
    return str(payload["series"]["id"])


async def shifts_of(somebody: Somebody, series: str) -> list[Planned]:
    """The soonest first."""
    found = (await somebody.asks(SHIFTS_OF, id=series))["node"]
    rows = []
    for node in (edge["node"] for edge in found["shifts"]["edges"]):
        [role] = node["roles"]["edges"]
        since, until = (datetime.fromisoformat(node[name]) for name in ("startsAt", "endsAt"))
        values = (node["id"], role["node"]["id"], since, until, role["node"]["placesLeft"])
        rows.append(Planned(*values))
    return rows

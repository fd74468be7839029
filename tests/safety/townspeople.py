"""Two councils with their officers, a group with its people, and a listing of the first council."""

from dataclasses import dataclass, field
from typing import Any

from commonweal.access import Role
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.actions_councils import appoint_council
from commonweal.people.actions_organisations import appoint
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.makers import an_asset, the_council
from tests.people.signing import Somebody, signed_in


@dataclass
class Townspeople:
    """Who is who, by name; `group` and `listing` are ids in the API."""

    database: Database
    people: dict[str, Somebody] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    group: str = ""
    listing: str = ""
    asset: str = ""
    council: int = 0

    def __getitem__(self, name: str) -> Somebody:
        return self.people[name]

    def id(self, name: str) -> str:
        return write_id("per", self.numbers[name])

    async def joins(self, name: str, organisation: str, role: Role) -> None:
        number = read_id("org", organisation)
        assert number

        async def work(tx: Transaction) -> None:
            await appoint(tx, number, self.numbers[name], role)

        await in_transaction(self.database, work)

    async def founds(self, name: str, called: str) -> str:
        payload = await self[name].does(
            "foundOrganisation",
            "organisation { id }",
            kind="COMMUNITY_GROUP",
            name=called,
            councilId=write_id("are", self.council),
        )
        return str(payload["organisation"]["id"])


async def townspeople(database: Database) -> Townspeople:
    """vera and victor are officers, boris one of another council; olga owns the group, carl is its
    coordinator, mia its member; sid belongs nowhere."""
    town = Townspeople(database)
    for name in ("vera", "victor", "boris", "olga", "carl", "mia", "sid"):
        town.people[name] = await signed_in(database, f"{name}@example.org")
        viewer = await town[name].viewer()
        assert viewer.id
        town.numbers[name] = viewer.id
    ours, theirs = await the_council(database), await the_council(database, "E07000079")
    town.council = ours.id

    async def councils(tx: Transaction) -> None:
        for area, officers in ((ours, ("vera", "victor")), (theirs, ("boris",))):
            row = await appoint_council(tx, area_id=area.id, name=area.name)
            for name in officers:
                await appoint(tx, row.id, town.numbers[name], Role.OFFICER)

    await in_transaction(database, councils)
    town.group = await town.founds("olga", "Friends of the Hall")
    await town.joins("carl", town.group, Role.COORDINATOR)
    await town.joins("mia", town.group, Role.MEMBER)
    asset = await an_asset(database, ours)
    town.asset = write_id("ast", asset.id)
    made = await town["vera"].does("publishListing", "listing { id }", assetId=town.asset)
    town.listing = made["listing"]["id"]
    await Message.all().delete()
    return town


async def letters_to(name: str) -> list[str]:
    """The subjects of what went to them, oldest first."""
    sent: Any = Message.filter(to_address=f"{name}@example.org").order_by("id")
    return [message.subject for message in await sent]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]

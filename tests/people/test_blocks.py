"""Blocking: whoever I blocked sees no difference, and I hear nothing."""

from typing import Any

from commonweal.access import Role
from commonweal.kernel.ids import write_id
from commonweal.people.rules import BLOCKS
from commonweal.people.tables import Person
from commonweal.people.tables_blocks import Block
from commonweal.store.database import Database
from tests.safety.townspeople import Townspeople, codes, letters_to, townspeople

INVITED = "{ me { invitations { totalCount } } }"
OFFERED = """query($id: ID!) { organisation(id: $id) {
  invitations { edges { node { email role state } } } } }"""


async def invites(town: Townspeople, name: str, organisation: str, whom: str) -> dict[str, Any]:
    given = {"organisationId": organisation, "email": f"{whom}@example.org", "role": "MEMBER"}
    return await town[name].does("inviteMember", "invitation { email role state }", **given)


async def invitations_of(town: Townspeople, name: str) -> int:
    return int((await town[name].asks(INVITED))["me"]["invitations"]["totalCount"])


async def test_who_is_blocked_gets_the_same_answer_and_no_invitation_is_sent(
    database: Database,
) -> None:
    town = await townspeople(database)
    others = await town.founds("olga", "Another group")
    assert codes(await town["mia"].does("blockPerson", personId=town.id("olga"))) == []
    told = await invites(town, "olga", others, "mia")
    plain = await invites(town, "olga", others, "sid")
    assert told["invitation"] == plain["invitation"] | {"email": "mia@example.org"}
    assert codes(told) == codes(plain) == []
    assert await invitations_of(town, "sid") == 1
    assert await letters_to("sid") == ["Another group invites you"]
    assert await invitations_of(town, "mia") == 0
    assert await letters_to("mia") == []
    await invites(town, "olga", others, "mia")  # again: it stays one
    listed = (await town["olga"].asks(OFFERED, id=others))["organisation"]["invitations"]["edges"]
    assert sorted(each["node"]["email"] for each in listed) == [
        "mia@example.org",
        "sid@example.org",
    ]


async def test_another_of_the_same_group_can_invite_and_so_can_who_is_unblocked(
    database: Database,
) -> None:
    town = await townspeople(database)
    others = await town.founds("olga", "Another group")
    await town.joins("carl", others, Role.COORDINATOR)
    await town["mia"].does("blockPerson", personId=town.id("olga"))
    await invites(town, "olga", others, "mia")
    await invites(town, "carl", others, "mia")
    assert await invitations_of(town, "mia") == 1
    block = await Block.get(person_id=town.numbers["mia"])
    assert codes(await town["olga"].does("unblockPerson", blockId=write_id("blk", block.id))) == [
        "NOT_FOUND"
    ]
    await town["mia"].does("unblockPerson", blockId=write_id("blk", block.id))
    await invites(town, "olga", others, "mia")
    assert await invitations_of(town, "mia") == 1
    assert len(await letters_to("mia")) == 2


async def test_whom_i_blocked_is_mine_to_see_and_to_undo_when_we_share_nothing_any_more(
    database: Database,
) -> None:
    town = await townspeople(database)
    await town["mia"].does("blockPerson", personId=town.id("olga"))
    await town["mia"].does("leaveOrganisation", organisationId=town.group)
    query = "{ me { blocked { edges { node { person { id } } } } } }"
    [edge] = (await town["mia"].asks(query))["me"]["blocked"]["edges"]
    assert edge["node"] == {"person": None}
    assert (await town["olga"].asks(query))["me"]["blocked"]["edges"] == []
    block = await Block.get(person_id=town.numbers["mia"])
    assert codes(await town["olga"].does("unblockPerson", blockId=write_id("blk", block.id))) == [
        "NOT_FOUND"
    ]
    await town["mia"].does("unblockPerson", blockId=write_id("blk", block.id))
    assert await Block.all().count() == 0


async def test_one_blocks_whom_one_can_see_once_and_not_oneself(database: Database) -> None:
    town = await townspeople(database)
    for unseen in (town.id("mia"), write_id("per", 5)):
        assert codes(await town["sid"].does("blockPerson", personId=unseen)) == ["NOT_FOUND"]
    for _ in range(2):
        assert codes(await town["mia"].does("blockPerson", personId=town.id("olga"))) == []
    assert await Block.all().count() == 1
    assert codes(await town["mia"].does("blockPerson", personId=town.id("mia"))) == [
        "BLOCKS_ONESELF"
    ]


async def test_one_blocks_so_many(database: Database) -> None:
    town = await townspeople(database)
    mia, now = town.numbers["mia"], database.clock.now()
    crowd = range(10, 10 + BLOCKS.value)
    await Person.bulk_create(Person(id=each, created_at=now) for each in crowd)
    await Block.bulk_create(
        Block(id=each, person_id=mia, blocked_id=each, since=now) for each in crowd
    )
    refused = await town["mia"].does("blockPerson", personId=town.id("olga"))
    assert codes(refused) == ["TOO_MANY_BLOCKS"]
    await Block.filter(id=10).delete()
    assert codes(await town["mia"].does("blockPerson", personId=town.id("olga"))) == []

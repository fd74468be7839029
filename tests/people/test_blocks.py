"""Blocking: whoever I blocked sees no difference, and I hear nothing."""

from datetime import timedelta
from typing import Any

import pytest

from commonweal.access import Role
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.actions_blocks import TO_ADDRESS
from commonweal.people.actions_members import INVITING, invite_member, lapse_invitations
from commonweal.people.rules import BLOCKS, TooManyTries
from commonweal.people.rules_organisations import INVITATION_DAYS, InvitationState
from commonweal.people.tables import Person
from commonweal.people.tables_blocks import Block
from commonweal.people.tables_households import HouseholdInvitation
from commonweal.people.tables_organisations import Invitation
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.jobs import jobs_of
from commonweal.web.rates import STRICT
from commonweal.web.settings import Settings
from tests.conftest import Advance
from tests.people.families import a_household
from tests.people.signing import Somebody, signed_in
from tests.people.stories import a_group, taken_on
from tests.people.test_members import ANN, BOB, DAY, EVE, invited
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


async def test_who_is_blocked_invites_nobody_into_a_household_and_sees_no_difference(
    database: Database,
) -> None:
    town = await townspeople(database)
    household = await a_household(town["olga"])
    await town["mia"].does("blockPerson", personId=town.id("olga"))
    told = {}
    for name in ("mia", "sid", "mia"):
        given = {"householdId": household, "email": f"{name}@example.org"}
        told[name] = await town["olga"].does("inviteAdult", "invitation { email state }", **given)
    assert told["mia"]["invitation"] == {"email": "mia@example.org", "state": "OPEN"}
    assert told["sid"]["invitation"] == {"email": "sid@example.org", "state": "OPEN"}
    assert codes(told["mia"]) == codes(told["sid"]) == []
    assert len(await letters_to("sid")) == 1
    assert await letters_to("mia") == []
    query = "{ me { householdInvitations { totalCount } } }"
    counts = [(await town[each].asks(query))["me"] for each in ("mia", "sid")]
    assert [each["householdInvitations"]["totalCount"] for each in counts] == [0, 1]
    assert await HouseholdInvitation.all().count() == 2  # asked again: it stays one


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


# ---- what goes to an address, blocked or not ----------------------------------------------------


async def test_who_asks_again_and_again_sends_one_address_three_letters_a_day(
    database: Database, advance: Advance
) -> None:
    ann = await signed_in(database, ANN)
    group, other = await a_group(ann), await a_group(ann, "Others")
    for _ in range(TO_ADDRESS.most):
        await invited(ann, group, BOB)
    await _refused_until_tomorrow(ann, group, BOB.upper())
    await invited(ann, group, EVE)
    await invited(ann, other, BOB)
    assert await Message.filter(kind="invitation").count() == TO_ADDRESS.most + 2
    await advance(DAY)
    await invited(ann, group, BOB)


async def test_a_person_invites_thirty_in_a_day_in_whatever_organisations(
    database: Database,
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group, other = await a_group(ann), await a_group(ann, "Others")
    await taken_on(ann, group, bob, BOB, "OWNER")
    for number in range(INVITING.most - 1):
        await invited(ann, (group, other)[number % 2], f"u{number}@example.org")
    for each in (group, other):
        await _refused_until_tomorrow(ann, each, "more@example.org")
    await invited(bob, group, "more@example.org")


async def _refused_until_tomorrow(inviter: Somebody, group: str, email: str) -> None:
    number, viewer = read_id("org", group) or 0, await inviter.viewer()
    given: dict[str, Any] = {"organisation_id": number, "email": email, "role": Role.MEMBER}
    with pytest.raises(TooManyTries) as refusal:
        await in_transaction(inviter.database, lambda tx: invite_member(tx, viewer, **given))
    assert 0 < refusal.value.retry_after_seconds <= DAY.total_seconds() + 1


def test_what_sends_mail_to_an_address_that_is_typed_counts_by_network_address_too() -> None:
    assert {"inviteMember", "inviteAdult", "requestEmailCode"} <= STRICT


async def test_what_nobody_answered_is_forgotten_a_day_after_its_end(
    database: Database, advance: Advance
) -> None:
    ann = await signed_in(database, ANN)
    group, household = await a_group(ann), await a_household(ann)
    await invited(ann, group, BOB)
    await ann.does("inviteAdult", householdId=household, email=BOB)
    await advance(DAY)
    await invited(ann, group, EVE)
    await advance(timedelta(days=INVITATION_DAYS.value))
    assert await in_transaction(database, lapse_invitations) == 0
    await advance(timedelta(seconds=1))
    job = jobs_of(Settings())["lapse_invitations"]
    assert job.every_seconds
    await job.work(database, {})
    for model in (Invitation, HouseholdInvitation):
        over = await model.all().order_by("id").first()
        assert over
        assert (over.email, over.email_key, over.state) == (None, None, InvitationState.WITHDRAWN)
        assert over.version == 2
    assert await Invitation.filter(state=InvitationState.OPEN, email=EVE).count() == 1

"""Councils that begin, and one that hands everything to its successor."""

from datetime import timedelta

from commonweal.access import Role, Viewer
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.actions_councils import appoint_council, keep_council, vest_councils
from commonweal.people.actions_members import invite_member
from commonweal.people.queries import viewer_of
from commonweal.people.rules_organisations import OrganisationState
from commonweal.people.tables_organisations import Organisation, OrganisationArea
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import TODAY, Advance
from tests.makers import an_asset, the_council
from tests.people.families import overlapped
from tests.people.signing import Somebody, refused, signed_in

VESTING = (TODAY + timedelta(days=10)).date().isoformat()


async def appointed(database: Database, code: str, email: str, role: Role = Role.OWNER) -> str:
    """The council's organisation, with somebody who was invited into it."""
    area = await the_council(database, code)

    async def work(tx: Transaction) -> tuple[str, str]:
        row = await appoint_council(tx, area_id=area.id, name=area.name)
        operator = Viewer(0, "system:operator", posts=((row.id, Role.OWNER),))
        asked = {"organisation_id": row.id, "email": email, "role": role}
        done = await invite_member(tx, operator, **asked)
        return write_id("org", row.id), write_id("inv", done["invitation"])

    number, invitation = await in_transaction(database, work)
    somebody = await signed_in(database, email)
    assert refused(await somebody.does("acceptInvitation", invitationId=invitation)) == []
    return number


async def two_councils(database: Database) -> tuple[Somebody, str, str]:
    """The owner of the first, and both."""
    old = await appointed(database, "E07000001", "olga@example.org")
    await appointed(database, "E07000001", "ossie@example.org", Role.OFFICER)
    new = await appointed(database, "E06000001", "nia@example.org")
    return await signed_in(database, "olga@example.org"), old, new


async def agreed(database: Database, old: str, new: str) -> Somebody:
    """The successor's owner, who agreed."""
    nia = await signed_in(database, "nia@example.org")
    given = {"organisationId": new, "predecessorId": old}
    assert refused(await nia.does("takeOverCouncil", **given)) == []
    return nia


async def test_nobody_becomes_anothers_officer_unless_its_owner_agrees(
    database: Database, advance: Advance
) -> None:
    olga, old, new = await two_councils(database)
    nia = await signed_in(database, "nia@example.org")
    given = {"organisationId": new, "predecessorId": old}
    assert refused(await nia.does("takeOverCouncil", **given)) == ["NOT_OFFERED"]
    await olga.does("handOverCouncil", organisationId=old, successorId=new, vestsOn=VESTING)
    assert await Message.filter(kind="council_handed_over").count() == 1
    await advance(timedelta(days=20))
    assert await in_transaction(database, vest_councils) == 0
    await agreed(database, old, new)
    assert await in_transaction(database, vest_councils) == 1


async def test_an_officer_acts_in_the_areas_of_their_council_and_nowhere_else(
    database: Database,
) -> None:
    await two_councils(database)
    ossie = await signed_in(database, "ossie@example.org")
    here = await an_asset(database, await the_council(database, "E07000001"))
    there = await an_asset(database, await the_council(database, "E06000001"))
    listed = await ossie.does("publishListing", assetId=write_id("ast", here.id))
    assert refused(listed) == []
    elsewhere = await ossie.does("publishListing", assetId=write_id("ast", there.id))
    assert refused(elsewhere) == ["NOT_ALLOWED"]


async def test_on_the_vesting_day_everything_is_the_successors(
    database: Database, advance: Advance
) -> None:
    olga, old, new = await two_councils(database)
    asset = await an_asset(database, await the_council(database, "E07000001"))
    given = {"organisationId": old, "successorId": new, "vestsOn": VESTING}
    payload = await olga.does("handOverCouncil", "organisation { endsAt }", **given)
    assert refused(payload) == []
    await agreed(database, old, new)
    assert await in_transaction(database, vest_councils) == 0
    ossie = await signed_in(database, "ossie@example.org")
    assert (await ossie.viewer()).councils
    await advance(timedelta(days=10))
    assert await in_transaction(database, vest_councils) == 1
    assert await in_transaction(database, vest_councils) == 0
    posts = (await ossie.viewer()).posts
    assert posts == ((read_id("org", new), Role.OFFICER),)
    assert refused(await ossie.does("publishListing", assetId=write_id("ast", asset.id))) == []
    gone = await ossie.asks(f'{{ organisation(id: "{old}") {{ state successor {{ id }} }} }}')
    assert gone["organisation"] == {"state": "ENDED", "successor": {"id": new}}
    owned = OrganisationArea.filter(owned=True, until__isnull=True)
    assert await owned.filter(organisation_id=read_id("org", new)).count() == 2
    assert refused(await olga.does("handOverCouncil", **given)) == ["NOT_ALLOWED"]


async def test_a_handing_over_can_be_taken_back_until_the_day(
    database: Database, advance: Advance
) -> None:
    olga, old, new = await two_councils(database)
    given = {"organisationId": old, "successorId": new, "vestsOn": VESTING}
    await olga.does("handOverCouncil", **given)
    assert refused(await olga.does("keepCouncil", organisationId=old)) == []
    await advance(timedelta(days=10))
    assert await in_transaction(database, vest_councils) == 0


async def test_a_council_that_is_kept_while_it_is_due_stays(
    database: Database, advance: Advance
) -> None:
    olga, old, new = await two_councils(database)
    given = {"organisationId": old, "successorId": new, "vestsOn": VESTING}
    await olga.does("handOverCouncil", **given)
    await agreed(database, old, new)
    await advance(timedelta(days=10))
    viewer, number = await olga.viewer(), read_id("org", old) or 0

    async def vested() -> dict[str, int]:
        return {"vested": await in_transaction(database, vest_councils)}

    done = await overlapped(
        database, lambda tx: keep_council(tx, viewer, organisation_id=number), vested
    )
    assert done == {"vested": 0}
    row = await Organisation.get(id=number)
    assert (row.state, row.successor_agreed) == (OrganisationState.VERIFIED, False)


async def test_councils_cannot_hand_over_in_a_circle_or_to_what_is_no_council(
    database: Database,
) -> None:
    olga, old, new = await two_councils(database)
    nia = await signed_in(database, "nia@example.org")
    day = {"vestsOn": VESTING}
    itself = await olga.does("handOverCouncil", organisationId=old, successorId=old, **day)
    assert refused(itself) == ["SUCCESSOR_UNFIT"]
    await olga.does("handOverCouncil", organisationId=old, successorId=new, **day)
    back = await nia.does("handOverCouncil", organisationId=new, successorId=old, **day)
    assert refused(back) == ["SUCCESSOR_UNFIT"]
    today = {"vestsOn": TODAY.date().isoformat()}
    past = await olga.does("handOverCouncil", organisationId=old, successorId=new, **today)
    assert refused(past) == ["VESTING_DAY_PAST"]


async def test_no_chain_of_councils_can_be_handed_over(database: Database) -> None:
    olga, old, new = await two_councils(database)
    last = await appointed(database, "E06000002", "lou@example.org")
    nia = await signed_in(database, "nia@example.org")
    await olga.does("handOverCouncil", organisationId=old, successorId=new, vestsOn=VESTING)
    on = {"organisationId": new, "successorId": last, "vestsOn": VESTING}
    assert refused(await nia.does("handOverCouncil", **on)) == ["SUCCESSOR_UNFIT"]


async def test_whoever_the_council_registered_is_the_successors_to_act_for(
    database: Database, advance: Advance
) -> None:
    olga, old, new = await two_councils(database)
    bee = await olga.does("registerPerson", "person { id }", organisationId=old, name="Mrs Bee")
    await olga.does("handOverCouncil", organisationId=old, successorId=new, vestsOn=VESTING)
    nia = await agreed(database, old, new)
    await advance(timedelta(days=10))
    lent = (await olga.does("actFor", "token", personId=bee["person"]["id"]))["token"]
    await in_transaction(database, vest_councils)
    assert await viewer_of(database, lent) is None
    assert refused(await nia.does("printCard", personId=bee["person"]["id"])) == []


async def test_a_council_is_appointed_once_however_often_it_is_asked_for(
    database: Database,
) -> None:
    first = await appointed(database, "E07000001", "olga@example.org")
    assert first == await appointed(database, "E07000001", "nia@example.org")

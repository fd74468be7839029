"""What was given in all: told of five people and more, by whoever may read a bid of fewer too."""

from datetime import timedelta
from typing import Any

import shapely

from commonweal.kernel.ids import read_id, write_id
from commonweal.people.tables_partners import Partner
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.rules_hours import ClaimState
from commonweal.volunteering.tables import Opportunity
from commonweal.volunteering.tables_hours import HoursClaim
from tests.asking import data
from tests.conftest import TODAY
from tests.handovers.bids import a_bidder, an_offer
from tests.people.signing import signed_in
from tests.security.matrix_volunteering import worked
from tests.volunteering.making import Help, an_opportunity

OF_GROUP = "query($id: ID!) { organisation(id: $id) { volunteeredMinutes volunteers } }"
OF_AREA = """query($id: ID!, $cause: String) { area(id: $id) {
  volunteeredMinutes(cause: $cause) volunteers(cause: $cause) } }"""
NOBODY = [None, None]


async def gave(helped: Help, people: int, since: int = 0) -> None:
    """So many others gave ten minutes each, twice, and claimed more that nobody approved."""
    database = helped.database
    viewers = [
        await (await signed_in(database, f"v{since + n}@example.org")).viewer()
        for n in range(people)
    ]

    async def work(tx: Transaction) -> None:
        shift = read_id("shf", helped.shift)
        assert shift
        values = await worked(tx, shift) | {"shift_id": None}
        approved, waits = ClaimState.APPROVED, ClaimState.SUBMITTED
        for viewer in viewers:
            for day, state in ((1, approved), (2, approved), (3, waits)):
                begins = TODAY - timedelta(days=day)
                values |= {"starts_at": begins, "ends_at": begins + timedelta(minutes=10)}
                await HoursClaim.create(id=tx.new_id(), person_id=viewer.id, state=state, **values)

    await in_transaction(database, work)


async def told(database: Database, query: str, **asked: Any) -> list[int | None]:
    [found] = (await data(database, query, asked)).values()
    return list(found.values())


async def a_ward(database: Database, *, west: float = -2.1, east: float = -2.05) -> str:
    async def work(tx: Transaction) -> int:
        council = await Area.get(kind=AreaKind.COUNCIL)
        ward = await Area.create(
            id=tx.new_id(),
            kind=AreaKind.WARD,
            code=f"E05{tx.new_id()}",
            name="A ward",
            valid_from=council.valid_from,
            shape=shapely.MultiPolygon([shapely.box(west, 51.85, east, 51.95)]),
            licence="made up",
            council_id=council.id,
        )
        return int(ward.id)

    return write_id("are", await in_transaction(database, work))


async def test_of_a_group_everybody_is_told_when_five_people_gave(database: Database) -> None:
    helped = await an_opportunity(database)
    await gave(helped, 4)
    assert await told(database, OF_GROUP, id=helped.friends) == NOBODY
    await gave(helped, 1, since=4)
    assert await told(database, OF_GROUP, id=helped.friends) == [100, 5]
    claim = await HoursClaim.filter(state=ClaimState.APPROVED).order_by("id").first()
    assert claim
    await HoursClaim.filter(person_id=claim.person_id).update(state=ClaimState.REVERSED)
    assert await told(database, OF_GROUP, id=helped.friends) == NOBODY


async def test_of_a_council_it_is_told_by_cause_and_of_a_ward_in_all(database: Database) -> None:
    helped = await an_opportunity(database)
    ward, other = await a_ward(database), await a_ward(database, west=-2.05, east=-2.0)
    council = write_id("are", (await Area.get(kind=AreaKind.COUNCIL)).id)
    await gave(helped, 4)
    by_cause = {"id": council, "cause": "Environment"}
    assert await told(database, OF_AREA, **by_cause) == NOBODY
    assert await told(database, OF_AREA, id=ward) == NOBODY
    await gave(helped, 1, since=4)
    assert await told(database, OF_AREA, **by_cause) == [100, 5]
    assert await told(database, OF_AREA, id=ward) == [100, 5]
    assert await told(database, OF_AREA, id=other) == NOBODY
    for both in ({"id": council}, {"id": ward, "cause": "Environment"}):
        assert await told(database, OF_AREA, **both) == NOBODY, "one is told less the other"
    assert await told(database, OF_AREA, id=council, cause="FoodSecurity") == NOBODY
    far = shapely.Point(-2.02, 51.9)
    await Opportunity.all().update(hidden_place=True, shown_location=far)
    assert await told(database, OF_AREA, id=ward) == NOBODY, "by where it is shown"
    assert await told(database, OF_AREA, id=other) == [100, 5]


async def test_who_may_read_a_bid_sees_what_was_given_to_its_bidder_of_however_few(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    offer = await an_offer(database)
    bidder = await a_bidder(database, offer, "bidders")
    await Opportunity.all().update(organisation_id=read_id("org", bidder.group))
    await gave(helped, 2)
    assert await bidder.starts(offer) == []
    query = "query($id: ID!) { bid(id: $id) { verifiedMinutes verifiedVolunteers } }"
    found = await bidder.person.asks(query, id=bidder.bid)
    assert found["bid"] == {"verifiedMinutes": 40, "verifiedVolunteers": 2}
    stranger = await signed_in(database, "stranger@example.org")
    assert (await stranger.asks(query, id=bidder.bid))["bid"] is None
    other = await a_bidder(database, offer, "others")
    assert await other.starts(offer) == []
    found = await other.person.asks(query, id=other.bid)
    assert found["bid"] == {"verifiedMinutes": 0, "verifiedVolunteers": 0}

    async def joins(tx: Transaction) -> None:
        numbers = (read_id("org", each.group) for each in (other, bidder))
        consortium, partner = numbers
        of: dict[str, Any] = {"consortium_id": consortium, "organisation_id": partner}
        await Partner.create(id=tx.new_id(), since=tx.now, invited_at=tx.now, **of)

    await in_transaction(database, joins)
    found = await other.person.asks(query, id=other.bid)
    assert found["bid"] == {"verifiedMinutes": 40, "verifiedVolunteers": 2}, "a partner's too"

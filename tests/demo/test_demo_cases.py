"""The demo town has a case at every stage, each with the story that led to it."""

import time

from commonweal.cli.demo import load
from commonweal.handovers.rules import CaseState
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_bids import SealedVersion
from commonweal.kernel.ids import write_id
from commonweal.store.audit import verify
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.people.signing import signed_in

MOST_SECONDS = 20  # as the town is to be loaded in, with all that comes later


async def test_the_town_has_a_case_at_every_stage(database: Database) -> None:
    began = time.monotonic()
    await load(database)
    assert time.monotonic() - began < MOST_SECONDS
    assert {case.state for case in await Case.all()} == {*CaseState}
    assert (await verify(database)).broken == []
    assert await SealedVersion.all().count() == 3 * 15, (
        "of each group, in each case that came so far"
    )
    now = database.clock.now()
    assert not await AuditRecord.filter(at__gt=now).exists(), "nothing happened tomorrow"


async def test_a_visitor_reads_how_the_hall_came_to_its_group(database: Database) -> None:
    await load(database)
    case = await Case.get(state=CaseState.MONITORING)
    visitor = await signed_in(database, "vic@example.org")
    page = await visitor.asks(
        "query($id: ID!) { case(id: $id) { title results { edges { node { explains } } } "
        "decisions { edges { node { reasons undervaluePence } } } "
        "asset { state timeline(first: 40) { edges { node { what } } } "
        "awards { edges { node { instrument organisation { name } } } } } } }",
        id=write_id("cas", case.id),
    )
    found = page["case"]
    assert found["asset"]["state"] == "HANDED_OVER"
    assert (
        found["asset"]["awards"]["edges"][0]["node"]["organisation"]["name"] == "Bridge End Trust"
    )
    assert len(found["results"]["edges"][0]["node"]["explains"]) == 3
    assert len(found["asset"]["timeline"]["edges"]) >= 14

"""The demo town has eighty things to do, and a past month of who came."""

import time

from commonweal.cli.demo import load
from commonweal.cli.demo_volunteering import OPPORTUNITIES
from commonweal.store.database import Database
from commonweal.volunteering.rules import OpportunityState
from commonweal.volunteering.tables import Opportunity, Shift
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_signups import SignUp
from tests.credits.making import sound
from tests.people.signing import signed_in

SECONDS = 20  # for all of the town, on a laptop: who waits longer closes the window
FOUND = """{ search(kinds: [OPPORTUNITY], first: 1) { totalCount }
  me { hours(first: 50) { edges { node { state minutes grant { minutes } } } } } }"""


async def test_the_town_has_eighty_things_to_do_and_a_month_of_attendance(
    database: Database,
) -> None:
    began = time.monotonic()
    await load(database)
    assert time.monotonic() - began < SECONDS
    assert await Opportunity.filter(state=OpportunityState.OPEN).count() == OPPORTUNITIES == 80
    now = database.clock.now()
    assert await Shift.filter(starts_at__lt=now).count() >= 40
    assert await SignUp.filter(state="no_show").exists()
    states = {each.state for each in await HoursClaim.all()}
    assert states == {"approved", "submitted"}
    dot = await signed_in(database, "dot@example.org")
    found = await dot.asks(FOUND)
    assert found["search"]["totalCount"] == 80
    hours = [edge["node"] for edge in found["me"]["hours"]["edges"]]
    assert any(each["grant"] for each in hours), "some of it was paid"
    assert any(each["state"] == "APPROVED" and not each["grant"] for each in hours), "thanks alone"
    await sound(database)

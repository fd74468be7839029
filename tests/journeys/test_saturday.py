"""From "what can I do on Saturday" to credits in the wallet: over HTTP on both engines.

A visitor finds what is done nearby without signing in, joins, waits for a place and gets it, is
there by the code that is shown, and the hours that a coordinator approves are in the wallet.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.journeys.handing_over import Story, day
from tests.journeys.phones import Phone, Run, command_on, served_on

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = "E07000999"
SATURDAY = 6  # days ahead
HALL = {"longitude": -2.08, "latitude": 51.9}
FOUND = """query($day: Date!, $near: NearInput!) {
  search(kinds: [OPPORTUNITY], openOn: $day, near: $near, first: 5) { edges { node { title
    ... on OpportunityListing { opportunity { shifts(first: 2) { edges { node {
      roles(first: 2) { edges { node { id placesLeft } } } } } } } } } } } }"""
MINE = "{ me { signUps { edges { node { id state } } } } }"
WALLETS = "{ me { wallets { edges { node { balance } } } } }"


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@dataclass
class Shift:
    """The ids that the story goes on with."""

    starts_at: datetime
    id: str = ""
    role: str = ""
    pot: str = ""


async def test_from_what_can_i_do_on_saturday_to_credits_in_the_wallet(
    database_url: str, run: Run
) -> None:
    areas = ("areas", str(DEMO / "areas.geojson"), "--kind", "ward", "--council", COUNCIL)
    await asyncio.to_thread(run, "import", *areas)
    story, of = Story(run, COUNCIL), Shift(ten_minutes_before(database_url))
    chapters = ((0, asked_for_help), (1, joined), (2, promoted), (SATURDAY, there), (8, thanked))
    for days, chapter in chapters:
        async with served_on(database_url, day(days)) as http:
            await story.on(http)
            await chapter(story, of)
    verified = await asyncio.to_thread(run, "verify")
    assert "The ledger holds" in verified, verified


def ten_minutes_before(database_url: str) -> datetime:
    """The service looks on that Saturday: at noon, on SQLite at this time of day (`served_on`)."""
    there = datetime.now(UTC) + timedelta(days=SATURDAY)
    if database_url.startswith("postgres"):
        there = datetime.combine(day(SATURDAY), time(12), UTC)
    return there.replace(second=0, microsecond=0) - timedelta(minutes=10)


async def asked_for_help(story: Story, of: Shift) -> None:
    """A group with a funded pot asks for one person, for two hours."""
    await story.council_with(otto="OFFICER")
    otto = story.phones["otto"]
    council = await otto.ask("{ areas(first: 1, kinds: [COUNCIL]) { edges { node { id } } } }")
    node = council["areas"]["edges"][0]["node"]
    opened = await otto.do(
        "openScheme", "scheme { id }", councilId=node["id"], name="Brindlewick Hours"
    )
    group = await story.group("ann", node["id"])
    made = {"schemeId": opened["scheme"]["id"], "name": "Warm hall", "organisationId": group}
    of.pot = (await otto.do("openPot", "pot { id }", **made))["pot"]["id"]
    await otto.do(
        "fundPot", key="fund", potId=of.pot, minutes=600, purpose="A warm hall in winter.",
        since=str(day(0)), until=str(day(365)), documentReference="CAB/2026/7",
    )  # fmt: skip
    ann = story.phones["ann"]
    written = await ann.do(
        "createOpportunity", "opportunity { id }", organisationId=group, title="Serve soup",
        description="In the hall.", cause="FoodSecurity", location=HALL, potId=of.pot,
    )  # fmt: skip
    opportunity = {"opportunityId": written["opportunity"]["id"]}
    ends_at = of.starts_at + timedelta(hours=2)
    shift = await ann.do(
        "addShift", "shift { id }", **opportunity, startsAt=of.starts_at.isoformat(),
        endsAt=ends_at.isoformat(), roles=[{"name": "At the pot", "places": 1}],
    )  # fmt: skip
    of.id = shift["shift"]["id"]
    await ann.do("publishOpportunity", **opportunity)


async def joined(story: Story, of: Shift) -> None:
    """A visitor finds it without signing in; of two who join, the second waits."""
    assert story.http
    visitor = Phone(story.http, "")
    near = {**HALL, "withinMetres": 3_000.0}
    found = await visitor.ask(FOUND, day=str(of.starts_at.date()), near=near)
    [edge] = found["search"]["edges"]
    [shift] = edge["node"]["opportunity"]["shifts"]["edges"]
    [role] = shift["node"]["roles"]["edges"]
    of.role = role["node"]["id"]
    assert role["node"]["placesLeft"] == 1
    refused = await visitor.tries("signUp", roleId=of.role)
    assert refused["userErrors"][0]["__typename"] == "SignInNeeded"
    states = []
    for name in ("bob", "cath"):
        phone = await story.person(name)
        done = await phone.do("signUp", "signUp { state }", roleId=of.role)
        states.append(done["signUp"]["state"])
    assert states == ["SIGNED_UP", "WAITING"]


async def promoted(story: Story, of: Shift) -> None:
    """Bob cannot come; Cath is written to, and takes the place."""
    bob, cath = story.phones["bob"], story.phones["cath"]
    await bob.do("cancelSignUp", signUpId=await sign_up_of(bob, "SIGNED_UP"))
    for _ in range(100):
        if "A place for you: Serve soup" in (await cath.http.get("/outbox")).text:
            break
        await asyncio.sleep(0.1)
    offered = await sign_up_of(cath, "OFFERED")
    taken = await cath.do("acceptPlace", "signUp { state }", signUpId=offered)
    assert taken["signUp"]["state"] == "SIGNED_UP"


async def there(story: Story, of: Shift) -> None:
    """Ann shows the code in the hall, and Cath types it."""
    ann, cath = story.phones["ann"], story.phones["cath"]
    code = (await ann.do("showCode", "code", shiftId=of.id))["code"]
    mine = await sign_up_of(cath, "SIGNED_UP")
    done = await cath.do("checkIn", "signUp { state }", signUpId=mine, code=code)
    assert done["signUp"]["state"] == "CHECKED_IN"


async def thanked(story: Story, of: Shift) -> None:
    """She forgot to check out: the clock stopped as the shift ended, and Ann approves that."""
    ann, cath = story.phones["ann"], story.phones["cath"]
    query = "query($id: ID!) { node(id: $id) { ... on Shift { roles(first: 1) { edges { node {"
    query += " signUps(first: 5) { edges { node { id state } } } } } } } } }"
    for _ in range(100):
        found = await cath.ask(query, id=of.id)
        [role] = found["node"]["roles"]["edges"]
        mine = [edge["node"] for edge in role["node"]["signUps"]["edges"]]
        if mine[-1]["state"] == "CHECKED_OUT":
            break
        await asyncio.sleep(0.1)
    claimed = await cath.do("claimHours", "claim { id minutes }", signUpId=mine[-1]["id"])
    minutes = claimed["claim"]["minutes"]
    assert 100 <= minutes <= 120
    await ann.do("approveHours", claimId=claimed["claim"]["id"])
    [wallet] = (await cath.ask(WALLETS))["me"]["wallets"]["edges"]
    assert wallet["node"]["balance"] == minutes
    again = await ann.tries("approveHours", claimId=claimed["claim"]["id"])
    assert again["userErrors"][0]["__typename"] == "WrongState"


async def sign_up_of(phone: Phone, state: str) -> str:
    edges = (await phone.ask(MINE))["me"]["signUps"]["edges"]
    [number] = [edge["node"]["id"] for edge in edges if edge["node"]["state"] == state]
    return str(number)

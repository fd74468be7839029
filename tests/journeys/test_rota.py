"""A coordinator runs a month's rota: over HTTP on both engines.

A weekly kitchen is planned by a rule; two people come to all of it, one of them finds a stand-in
for once, a company takes a place of another week; a week is called off and the last ones move to
a later hour. Who came is ticked off by a code, on paper, and by a device that was offline; the
hours of the month are approved together, one is put right, and the wallets and the ledger say so.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.handing_over import START, Story, day
from tests.journeys.phones import Phone, Run, command_on, served_on

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = "E07000999"
WEEKS = 5
FIRST = 7  # days ahead
ROTA = """query($id: ID!) { opportunity(id: $id) { shifts(first: 20) { edges { node { id startsAt
  roles(first: 3) { edges { node { id name placesLeft standInsWanted } } } } } } } }"""
MINE = """{ me { signUps(first: 20) { edges { node { id state shift { id startsAt } } } } } }"""
BALANCE = "{ me { wallets(first: 1) { edges { node { balance } } } } }"


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@dataclass
class Rota:
    """The ids that the story goes on with."""

    begins: time  # by the clock there, so that each server looks while it is on
    opportunity: dict[str, str] = field(default_factory=dict)
    group: str = ""
    shifts: list[dict[str, Any]] = field(default_factory=list)


async def test_a_coordinator_runs_a_months_rota(database_url: str, run: Run) -> None:
    areas = ("areas", str(DEMO / "areas.geojson"), "--kind", "ward", "--council", COUNCIL)
    await asyncio.to_thread(run, "import", *areas)
    story, of = Story(run, COUNCIL), Rota(hour_of(database_url))
    chapters = (
        *((0, planned), (1, joined), (2, changed)),
        *((FIRST, first_week), (FIRST + 7, second_week), (FIRST + 36, thanked)),
    )
    for days, chapter in chapters:
        async with served_on(database_url, day(days)) as http:
            await story.on(http)
            await chapter(story, of)
    verified = await asyncio.to_thread(run, "verify")
    assert "The ledger holds" in verified, verified


def hour_of(database_url: str) -> time:
    """Ten minutes before the service looks: at noon, on SQLite at this time of day."""
    now = datetime.now(UTC)
    if database_url.startswith("postgres"):
        now = datetime.combine(START, time(12), UTC)
    return (now - timedelta(minutes=10)).time().replace(second=0, microsecond=0)


async def planned(story: Story, of: Rota) -> None:
    """A funded pot, and a kitchen for five weeks with three places."""
    await story.council_with(otto="OFFICER")
    otto = story.phones["otto"]
    council = await otto.ask("{ areas(first: 1, kinds: [COUNCIL]) { edges { node { id } } } }")
    area = council["areas"]["edges"][0]["node"]["id"]
    opened = await otto.do("openScheme", "scheme { id }", councilId=area, name="Hours")
    of.group = await story.group("ann", area)
    made = {"schemeId": opened["scheme"]["id"], "name": "Kitchen", "organisationId": of.group}
    pot = (await otto.do("openPot", "pot { id }", **made))["pot"]["id"]
    await otto.do(
        "fundPot", key="fund", potId=pot, minutes=3_000, purpose="A kitchen for all.",
        since=str(day(0)), until=str(day(365)), documentReference="CAB/2026/8",
    )  # fmt: skip
    ann = story.phones["ann"]
    written = await ann.do(
        "createOpportunity", "opportunity { id }", organisationId=of.group, potId=pot,
        title="Community kitchen", description="Cook for forty.", cause="FoodSecurity",
        promised=True,
    )  # fmt: skip
    of.opportunity = {"opportunityId": written["opportunity"]["id"]}
    await ann.do(
        "planSeries", "series { id }", **of.opportunity, rule=f"FREQ=WEEKLY;COUNT={WEEKS}",
        startsOn=str(day(FIRST)), starts=of.begins.isoformat(), minutes=60,
        roles=[{"name": "Cook", "places": 3}],
    )  # fmt: skip
    await ann.do("publishOpportunity", **of.opportunity)


async def read(story: Story, of: Rota) -> list[dict[str, Any]]:
    found = await story.phones["ann"].ask(ROTA, id=of.opportunity["opportunityId"])
    return [edge["node"] for edge in found["opportunity"]["shifts"]["edges"]]


def role_of(shift: dict[str, Any]) -> dict[str, Any]:
    [edge] = shift["roles"]["edges"]
    role: dict[str, Any] = edge["node"]
    return role


async def joined(story: Story, of: Rota) -> None:
    """Bob and Cath come to all; a company takes what is left of the second week."""
    of.shifts = await read(story, of)
    assert len(of.shifts) == WEEKS
    for name in ("bob", "cath"):
        phone = await story.person(name)
        done = await phone.do("joinSeries", "joined", roleId=role_of(of.shifts[0])["id"])
        assert done["joined"] == WEEKS
    council = await story.phones["ann"].ask(
        "{ areas(first: 1, kinds: [COUNCIL]) { edges { node { id } } } }"
    )
    area = council["areas"]["edges"][0]["node"]["id"]
    company = await story.group("dan", area)
    second = role_of(of.shifts[1])["id"]
    given = {"organisationId": company, "roleId": second, "places": 1}
    await story.phones["dan"].do("reservePlaces", "role { placesLeft }", **given)
    taken = await story.phones["dan"].do("takeReservedPlace", "signUp { state }", roleId=second)
    assert taken["signUp"]["state"] == "SIGNED_UP"


async def changed(story: Story, of: Rota) -> None:
    """Cath finds a stand-in for the first week; the third is off; the last two begin later."""
    ann, cath = story.phones["ann"], story.phones["cath"]
    first = of.shifts[0]["id"]
    mine = (await cath.ask(MINE))["me"]["signUps"]["edges"]
    [sign_up] = [e["node"]["id"] for e in mine if e["node"]["shift"]["id"] == first]
    await cath.do("askStandIn", signUpId=sign_up, wanted=True)
    assert role_of((await read(story, of))[0])["standInsWanted"] == 1
    eve = await story.person("eve")
    await eve.do("standIn", "signUp { state }", roleId=role_of(of.shifts[0])["id"])
    await ann.do("cancelShift", shiftId=of.shifts[2]["id"])
    later = (datetime.combine(day(0), of.begins) + timedelta(hours=1)).time()
    moved = {"shiftId": of.shifts[3]["id"], "starts": later.isoformat(), "minutes": 60}
    if later > of.begins:  # not across midnight, where the test runs late
        await ann.do("moveSeries", "series { id }", **moved)
    left = await read(story, of)
    assert [each["id"] for each in left] == [s["id"] for n, s in enumerate(of.shifts) if n != 2]
    for _ in range(100):
        if "Not taking place: Community kitchen" in (await ann.http.get("/outbox")).text:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("who had a place is told")


async def sign_ups(ann: Phone, shift: str) -> dict[str, str]:
    """Of a shift, by name, as its coordinator sees them."""
    query = """query($id: ID!) { node(id: $id) { ... on Shift { roles(first: 3) { edges { node {
      signUps(first: 20) { edges { node { id state name } } } } } } } } }"""
    [edge] = (await ann.ask(query, id=shift))["node"]["roles"]["edges"]
    rows = [each["node"] for each in edge["node"]["signUps"]["edges"]]
    return {each["name"] or each["id"]: each["id"] for each in rows if each["state"] != "CANCELLED"}


async def first_week(story: Story, of: Rota) -> None:
    """Bob types the code; Eve is ticked off on paper; the list is there to print."""
    ann, bob, eve = (story.phones[name] for name in ("ann", "bob", "eve"))
    first = of.shifts[0]["id"]
    for phone, name in ((bob, "Bob"), (eve, "Eve")):
        await phone.do("reviseMe", name=name)
    page = await ann.http.get(f"/rotas/{first}", headers=ann.headers)
    assert page.status_code == 200
    assert "Cook: 2 of 3" in page.text
    assert all(name in page.text for name in ("Bob", "Eve"))
    assert (await bob.http.get(f"/rotas/{first}", headers=bob.headers)).status_code == 404
    code = (await ann.do("showCode", "code", shiftId=first))["code"]
    here = await sign_ups(ann, first)
    await bob.do("checkIn", signUpId=here["Bob"], code=code)
    await ann.do("putOnList", signUpId=here["Eve"])
    await ann.do("checkOut", signUpId=here["Eve"])


async def second_week(story: Story, of: Rota) -> None:
    """The hall has no signal: a device notes who came, and sends that twice when it is home."""
    ann = story.phones["ann"]
    await story.phones["cath"].do("reviseMe", name="Cath")
    second = of.shifts[1]
    here = await sign_ups(ann, second["id"])
    came = datetime.fromisoformat(second["startsAt"]) + timedelta(minutes=5)
    items = [
        {"clientId": f"c{n}", "signUpId": here[name], "arrived": True, "notedAt": came.isoformat()}
        for n, name in enumerate(("Bob", "Cath"))
    ]
    for _ in range(2):
        await ann.do("sendAttendance", shiftId=second["id"], items=items)


async def thanked(story: Story, of: Rota) -> None:
    """Who came claims; all is approved together; a quarter of an hour of Bob's is put right."""
    ann = story.phones["ann"]
    for shift in of.shifts[:2]:
        for name, number in (await sign_ups(ann, shift["id"])).items():
            if name in ("Bob", "Cath", "Eve"):
                for _ in range(100):
                    done = await ann.tries("claimHours", signUpId=number)
                    if done["userErrors"] == [] or name == "Eve":
                        break
                    await asyncio.sleep(0.1)
    waiting = """query($id: ID!) { opportunity(id: $id) { hours(first: 20, state: SUBMITTED) {
      edges { node { id name minutes } } } } }"""
    number = of.opportunity["opportunityId"]
    found = (await ann.ask(waiting, id=number))["opportunity"]["hours"]["edges"]
    claims = [edge["node"] for edge in found]
    bobs = [each for each in claims if each["name"] == "Bob"]
    assert len(bobs) == 2
    assert all(45 <= each["minutes"] <= 60 for each in bobs), bobs
    done = await ann.do("approveAllHours", "approved left", **of.opportunity)
    assert (done["approved"], done["left"]) == (len(claims), 0)
    bob = story.phones["bob"]
    earned = sum(each["minutes"] for each in bobs)
    assert await balance_of(bob) == earned
    fewer = {"claimId": bobs[0]["id"], "minutes": bobs[0]["minutes"] - 15}
    await ann.do("correctHours", **fewer, reason="He left to catch his bus.")
    assert await balance_of(bob) == earned - 15


async def balance_of(phone: Phone) -> int:
    [edge] = (await phone.ask(BALANCE))["me"]["wallets"]["edges"]
    minutes: int = edge["node"]["balance"]
    return minutes

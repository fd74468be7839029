"""An hour for an hour, and a dispute: over HTTP on both engines.

A neighbour with credits asks for a lift, another answers; they differ on how long it was, and an
officer decides; the wallets and the ledger say so.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.handing_over import Story, day
from tests.journeys.phones import Phone, Run, command_on, served_on

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = "E07000999"
FOUND = """{ search(kinds: [OFFER], words: "hospital", first: 5) { edges { node { title
  ... on OfferListing { helpOffer { id kind } } } } } }"""
MINE = """{ me { exchanges(first: 5) { edges { node { id state iGive giverName receiverName
  settledMinutes reason } } } } }"""
WALLET = """{ me { wallets(first: 1) { edges { node { balance
  movements(first: 3) { edges { node { minutes what } } } } } } } }"""


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@dataclass
class Lift:
    """The ids that the story goes on with."""

    scheme: str = ""
    pot: str = ""
    exchange: str = ""


async def test_an_hour_for_an_hour_and_a_dispute(database_url: str, run: Run) -> None:
    areas = ("areas", str(DEMO / "areas.geojson"), "--kind", "ward", "--council", COUNCIL)
    await asyncio.to_thread(run, "import", *areas)
    story, of = Story(run, COUNCIL), Lift()
    for days, chapter in ((0, earned), (1, asked), (2, differed), (9, decided)):
        async with served_on(database_url, day(days)) as http:
            await story.on(http)
            await chapter(story, of)
    verified = await asyncio.to_thread(run, "verify")
    assert "The ledger holds" in verified, verified


async def earned(story: Story, of: Lift) -> None:
    """Bob has two hours of the council's scheme, for tea in a warm hall."""
    await story.council_with(otto="OFFICER")
    otto = story.phones["otto"]
    council = await otto.ask("{ areas(first: 1, kinds: [COUNCIL]) { edges { node { id } } } }")
    area = council["areas"]["edges"][0]["node"]["id"]
    opened = await otto.do("openScheme", "scheme { id }", councilId=area, name="Hours")
    of.scheme = opened["scheme"]["id"]
    group = await story.group("ann", area)
    made = {"schemeId": of.scheme, "name": "Warm hall", "organisationId": group}
    of.pot = (await otto.do("openPot", "pot { id }", **made))["pot"]["id"]
    await otto.do(
        "fundPot", key="fund", potId=of.pot, minutes=600, purpose="A warm hall in winter.",
        since=str(day(0)), until=str(day(365)), documentReference="CAB/2026/7",
    )  # fmt: skip
    await story.joins(story.phones["ann"], group, "bob", "MEMBER")
    person = (await story.phones["bob"].ask("{ me { id } }"))["me"]["id"]
    given = {"potId": of.pot, "personId": person, "minutes": 120, "purpose": "Tea for forty."}
    await story.phones["ann"].do("grantCredits", key="tea", **given)


async def asked(story: Story, of: Lift) -> None:
    """Bob asks for a lift; Cath finds that without a name, and answers; Bob agrees."""
    bob = story.phones["bob"]
    await bob.do(
        "offerHelp", schemeId=of.scheme, kind="REQUEST", title="A lift to the hospital",
        description="On Tuesday, there and back.",
    )  # fmt: skip
    cath = await story.person("cath")
    [edge] = (await cath.ask(FOUND))["search"]["edges"]
    offer = edge["node"]["helpOffer"]
    assert offer["kind"] == "REQUEST"
    given = {"offerId": offer["id"], "minutes": 60, "words": "I have a car."}
    of.exchange = (await cath.do("answerHelp", "exchange { id }", **given))["exchange"]["id"]
    agreed = await bob.do("agreeExchange", "exchange { state }", exchangeId=of.exchange)
    assert agreed["exchange"]["state"] == "AGREED"


async def differed(story: Story, of: Lift) -> None:
    """There was a queue at the hospital: she says two hours, he says one."""
    bob, cath = story.phones["bob"], story.phones["cath"]
    await cath.do("confirmMinutes", exchangeId=of.exchange, minutes=120)
    said = await bob.do("confirmMinutes", "exchange { state }", exchangeId=of.exchange, minutes=60)
    assert said["exchange"]["state"] == "DISPUTED"
    for _ in range(100):
        if (await bob.http.get("/outbox")).text.count("How long was it?") >= 2:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("both are written to")


async def decided(story: Story, of: Lift) -> None:
    """An officer sees it, decides, and says why; both see that, and their wallets."""
    otto, bob, cath = (story.phones[name] for name in ("otto", "bob", "cath"))
    waiting = await otto.ask(
        "query($id: ID!) { scheme(id: $id) { disputes(first: 5) { edges { node { id givenMinutes"
        " receivedMinutes } } } } }",
        id=of.scheme,
    )
    [edge] = waiting["scheme"]["disputes"]["edges"]
    assert edge["node"] == {"id": of.exchange, "givenMinutes": 120, "receivedMinutes": 60}
    given = {"exchangeId": of.exchange, "minutes": 90, "reason": "Half of the wait was his."}
    refused = await bob.tries("settleDispute", **given)
    assert refused["userErrors"][0]["__typename"] == "NotAllowed"
    await otto.do("settleDispute", **given)
    for phone, gives, minutes in ((bob, False, -90), (cath, True, 90)):
        [edge] = (await phone.ask(MINE))["me"]["exchanges"]["edges"]
        found = edge["node"]
        assert (found["state"], found["iGive"], found["settledMinutes"]) == ("SETTLED", gives, 90)
        assert found["reason"] == "Half of the wait was his."
        assert await last_of(phone) == minutes
    again = await otto.tries("settleDispute", **given)
    assert again["userErrors"][0]["__typename"] == "WrongState"


async def last_of(phone: Phone) -> int:
    """What moved last in their wallet."""
    [edge] = (await phone.ask(WALLET))["me"]["wallets"]["edges"]
    moved = edge["node"]["movements"]["edges"][0]["node"]
    assert "help" in moved["what"]
    minutes: int = moved["minutes"]
    return minutes

"""From a council's pot to a neighbour's wallet, and what lapses: over HTTP on both engines.

A council funds a pot, a group grants from it, somebody gives half an hour to a neighbour who has no
account and claims it, and what is not used lapses to the community pot, with warnings sent.
"""

import asyncio
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.handing_over import Story, day
from tests.journeys.phones import Phone, Run, command_on, served_on

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = "E07000999"
WALLETS = "{ me { wallets { edges { node { id balance available held expiring } } } } }"


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@dataclass
class Hours:
    """The ids that the story goes on with."""

    scheme: str = ""
    pot: str = ""
    community: str = ""
    warned: list[int] = field(default_factory=list)  # letters that were there, chapter by chapter


async def test_half_an_hour_from_a_councils_pot_to_a_neighbour(database_url: str, run: Run) -> None:
    areas = ("areas", str(DEMO / "areas.geojson"), "--kind", "ward", "--council", COUNCIL)
    await asyncio.to_thread(run, "import", *areas)
    story, of = Story(run, COUNCIL), Hours()
    chapters = ((0, funded), (1, earned), (2, given), (32, warned), (93, warned), (123, lapsed))
    for days, chapter in chapters:
        async with served_on(database_url, day(days)) as http:
            await story.on(http)
            await chapter(story, of)
    assert of.warned == [1, 1], "90 and 30 days ahead, each by the service of its day"
    verified = await asyncio.to_thread(run, "verify")
    assert "The ledger holds" in verified, verified


async def funded(story: Story, of: Hours) -> None:
    """Two officers put ten hours on paper: one proposes, the other approves."""
    await story.council_with(otto="OFFICER", oona="OFFICER")
    otto, oona = story.phones["otto"], story.phones["oona"]
    council = await otto.ask("{ areas(first: 1, kinds: [COUNCIL]) { edges { node { id } } } }")
    area = council["areas"]["edges"][0]["node"]["id"]
    terms = {"creditLifetimeDays": 120, "soleFundingMinutes": 60}
    opened = await otto.do(
        "openScheme", "scheme { id pots { edges { node { id } } } }",
        councilId=area, name="Brindlewick Hours", **terms,
    )  # fmt: skip
    of.scheme = opened["scheme"]["id"]
    [of.community] = [edge["node"]["id"] for edge in opened["scheme"]["pots"]["edges"]]
    group = await story.group("ann", area)
    made = {"schemeId": of.scheme, "name": "Warm hall", "organisationId": group}
    of.pot = (await otto.do("openPot", "pot { id }", **made))["pot"]["id"]
    proposed = await otto.do(
        "fundPot", "funding { id state }", key="fund", potId=of.pot, minutes=600,
        purpose="A warm hall in winter.", since=str(day(0)), until=str(day(365)),
        documentReference="CAB/2026/7",
    )  # fmt: skip
    assert proposed["funding"]["state"] == "PROPOSED"
    number = proposed["funding"]["id"]
    own = await otto.tries("approveFunding", fundingId=number)
    assert own["userErrors"][0]["__typename"] == "OwnProposal"
    await oona.do("approveFunding", fundingId=number)
    await story.joins(story.phones["ann"], group, "bob", "MEMBER")


async def earned(story: Story, of: Hours) -> None:
    """Ann's group grants an hour and a half; asked again it is done once."""
    ann, bob = story.phones["ann"], story.phones["bob"]
    person = (await bob.ask("{ me { id } }"))["me"]["id"]
    given = {"potId": of.pot, "personId": person, "minutes": 90, "purpose": "Tea for forty."}
    for _ in range(2):
        await ann.do("grantCredits", key="tea", **given)
    assert await balance_of(bob) == 90
    pot = await ann.ask("query($id: ID!) { pot(id: $id) { balance granted } }", id=of.pot)
    assert pot["pot"] == {"balance": 510, "granted": 90}


async def given(story: Story, of: Hours) -> None:
    """Half an hour to a neighbour, by an address that nobody has signed in with yet."""
    bob = story.phones["bob"]
    wallet = (await wallets_of(bob))[0]["id"]
    words = {"email": "cath@example.org", "minutes": 30, "words": "For the lift to town."}
    await bob.do("offerGift", key="lift", walletId=wallet, **words)
    assert (await wallets_of(bob))[0]["available"] == 60
    cath = await story.person("cath")
    waiting = await cath.ask("{ me { giftsWaiting { edges { node { id minutes } } } } }")
    [edge] = waiting["me"]["giftsWaiting"]["edges"]
    await cath.do("claimGift", giftId=edge["node"]["id"])
    assert (await balance_of(bob), await balance_of(cath)) == (60, 30)


async def warned(story: Story, of: Hours) -> None:
    """The service writes by itself."""
    bob = story.phones["bob"]
    letters = 0
    for _ in range(100):
        page = (await bob.http.get("/outbox")).text
        letters = page.count("1:00 hours lapse soon")
        if letters:
            break
        await asyncio.sleep(0.1)
    of.warned.append(letters)


async def lapsed(story: Story, of: Hours) -> None:
    """A hundred and twenty days later it is the community's, and the year adds up."""
    bob = story.phones["bob"]
    for _ in range(100):
        if await balance_of(bob) == 0:
            break
        await asyncio.sleep(0.1)
    pot = await bob.ask("query($id: ID!) { pot(id: $id) { balance } }", id=of.community)
    assert pot["pot"]["balance"] == 90
    wallet = (await wallets_of(bob))[0]["id"]
    days = f"?since={day(0)}&until={day(123)}"
    answer = await bob.http.get(f"/statements/{wallet}.csv{days}", headers=bob.headers)
    assert answer.status_code == 200
    first, *rows, last = csv.DictReader(io.StringIO(answer.text))
    minutes = [int(row["minutes"]) for row in rows]
    assert minutes == [90, -30, -60]
    assert int(first["balance"]) + sum(minutes) == int(last["balance"]) == 0
    page = await bob.http.get(f"/statements/{wallet}{days}", headers=bob.headers)
    assert "Lapsed, and went to the community pot." in page.text
    assert "-1:00" in page.text
    stranger = await bob.http.get(f"/statements/{wallet}.csv{days}")
    assert stranger.status_code == 404


async def wallets_of(phone: Phone) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await phone.ask(WALLETS))["me"]["wallets"]["edges"]]


async def balance_of(phone: Phone) -> int:
    [wallet] = await wallets_of(phone)
    return int(wallet["balance"])

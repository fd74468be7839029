"""An allotment, from the imported register to a licence to manage, over HTTP on both engines."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.handing_over import (
    ANSWERS,
    CRITERIA,
    NO,
    STAGES,
    Story,
    comes_to,
    day,
    decided,
)
from tests.journeys.phones import Run, command_on, served_on

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = "E07000999"


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@dataclass
class Plots:
    """The ids that the story goes on with."""

    asset: str = ""
    council: str = ""
    group: str = ""
    case: str = ""
    round: str = ""
    interest: str = ""
    bid: str = ""
    receipt: str = ""


async def test_an_allotment_from_the_register_to_a_licence(database_url: str, run: Run) -> None:
    for words in (
        ("areas", "areas.geojson", "--kind", "ward", "--council", COUNCIL),
        ("assets", "register.csv", "--council", COUNCIL),
    ):
        kind, file, *more = words
        await asyncio.to_thread(run, "import", kind, f"{DEMO / file}", *more)
    story, of = Story(run, COUNCIL), Plots()
    for days, chapter in ((0, offered), (21, bid_for), (51, decided_on), (60, signed)):
        async with served_on(database_url, day(days)) as http:
            await story.on(http)
            await chapter(story, of)
    verified = await asyncio.to_thread(run, "verify")
    assert "hold" in verified, verified


async def offered(story: Story, of: Plots) -> None:
    """A group proposes what stands in the register; the council offers it in a round."""
    await story.council_with(otto="OFFICER", judy="ASSESSOR")
    otto = story.phones["otto"]
    found = await otto.ask(
        '{ assets(reference: "WDC/033/LAND") { edges { node { id name council { id } } } } }'
    )
    [edge] = found["assets"]["edges"]
    of.asset, of.council = edge["node"]["id"], edge["node"]["council"]["id"]
    assert edge["node"]["name"] == "Withy Crescent Allotments"
    of.group = await story.group("ann", of.council)
    ann = story.phones["ann"]
    plots = {"organisationId": of.group, "assetId": of.asset, "summary": "28 plots."}
    of.case = (await ann.do("suggestCase", "case { id }", **plots))["case"]["id"]
    await otto.do("answerBlocking", caseId=of.case, **NO)
    opened = await otto.do(
        "openRound",
        "round { id }",
        councilId=of.council,
        title="Allotments",
        stages=STAGES,
        criteria=CRITERIA,
        questions=[each["question"] for each in ANSWERS],
    )
    of.round = opened["round"]["id"]
    visits = [{"weekday": "SATURDAY", "opens": "10:00", "closes": "12:00"}]
    await otto.do("listCase", caseId=of.case, roundId=of.round, openings=visits)
    near = await ann.ask('{ search(words: "withy allotments") { edges { node { title } } } }')
    assert len(near["search"]["edges"]) == 1
    await ann.do("watchAsset", assetId=of.asset)
    asked = await ann.do("askQuestion", "question { id }", caseId=of.case, text="Is there water?")
    await otto.do("answerQuestion", questionId=asked["question"]["id"], answer="Two taps.")
    of.interest = await story.interest("ann", of.group, of.case)


async def bid_for(story: Story, of: Plots) -> None:
    """Its interest passes with a caveat; it bids, and nobody of the council can see that."""
    otto = story.phones["otto"]
    await comes_to(otto, of.case, "EOI_CLOSED")
    caveat = {"verdict": "PASS_WITH_CAVEATS", "caveat": "Register as a charity first."}
    judgements = [{"question": ANSWERS[0]["question"], **caveat}]
    judged = await otto.do(
        "judgeInterest", "interest { verdict }", interestId=of.interest, judgements=judgements
    )
    assert judged["interest"]["verdict"] == "PASS_WITH_CAVEATS"
    await otto.do("inviteBids", caseId=of.case)
    of.bid, of.receipt = await story.bid("ann", of.group, of.case, rentPence=0)
    query = "query($id: ID!) { round(id: $id) { bidsIn receipts { totalCount } } }"
    hidden = await otto.ask(query, id=of.round)
    assert hidden["round"] == {"bidsIn": None, "receipts": {"totalCount": 0}}
    assert (await otto.ask("query($id: ID!) { bid(id: $id) { id } }", id=of.bid))["bid"] is None


async def decided_on(story: Story, of: Plots) -> None:
    """Opened, scored, recommended, decided: nothing that only a disposal needs stops a licence."""
    otto, judy = story.phones["otto"], story.phones["judy"]
    await otto.do("openBids", roundId=of.round)
    query = "query($id: ID!) { round(id: $id) { receipts { edges { node { sha256 } } } } }"
    shown = await otto.ask(query, id=of.round)
    assert shown["round"]["receipts"]["edges"] == [{"node": {"sha256": of.receipt}}]
    read = await otto.do("readBid", "contents", bidId=of.bid)
    assert "ann: so." in read["contents"]
    await story.names(of.round, "judy")
    await story.scores("judy", of.case, of.bid, 4, 4)
    assert (await judy.ask("{ me { panels { totalCount } } }"))["me"]["panels"]["totalCount"] == 1
    await otto.do("recommend", caseId=of.case)
    await decided(
        otto,
        of.case,
        instrument="LICENCE",
        beginsOn=day(60).isoformat(),
        termMonths=36,
        considerationPence=0,
        decidedOn=day(51).isoformat(),
    )
    await otto.do("agreeTerms", caseId=of.case, agreedOn=day(51).isoformat())


async def signed(story: Story, of: Plots) -> None:
    """The group has the keys, and anybody can read how it came to that."""
    otto, keys = story.phones["otto"], {"completedOn": day(60).isoformat()}
    await otto.do("completeCase", caseId=of.case, **keys, deedReference="LIC/1")
    await otto.do("beginMonitoring", caseId=of.case)
    stranger = await story.person("sid")
    page = await stranger.ask(
        "query($id: ID!) { asset(id: $id) { state timeline(first: 30) { edges { node { what } } } "
        "awards { edges { node { instrument until organisation { name } } } } } }",
        id=of.asset,
    )
    assert page["asset"]["state"] == "HANDED_OVER"
    [award] = [edge["node"] for edge in page["asset"]["awards"]["edges"]]
    assert award["instrument"] == "LICENCE"
    assert award["organisation"] == {"name": "Friends of Ann"}
    told = [edge["node"]["what"] for edge in page["asset"]["timeline"]["edges"]]
    assert told[-1] == "It came into the council's register."
    assert "It was signed: a group has the keys." in told
    html = (await otto.http.get(f"/timelines/{of.asset}")).text
    assert "It was decided." in html

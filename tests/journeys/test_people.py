"""People and groups, end to end over HTTP: signed in by a code from the outbox, and erased at last.

A resident signs in, founds a group and invites two; an officer, invited by who runs the service,
verifies it; the resident hands over, leaves, takes along what is known of them and is erased. The
demo's own settings serve it, so that mail is read where a demo's visitor reads it.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from commonweal.cli.demo import DemoSettings
from commonweal.kernel.clock import SYSTEM
from commonweal.kernel.ids import write_id
from commonweal.places.tables import Area
from commonweal.store.database import opened
from commonweal.web.app import application
from commonweal.web.rooms import LAYOUT
from tests.journeys.phones import Phone, Run, command_on
from tests.makers import the_council
from tests.serving import serving

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def run(database_url: str) -> Run:
    return command_on(database_url)


@pytest.fixture
async def council(database_url: str) -> Area:
    """A council's area, imported before anything is served."""
    async with opened(database_url, SYSTEM, LAYOUT) as database:
        return await the_council(database)


@pytest.fixture
async def http(council: Area, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The demo's application on this database, behind the real server."""
    app = application(DemoSettings(database_url=database_url))
    async with (
        serving(app) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield client


async def test_a_resident_founds_a_group_hands_it_over_and_is_erased(
    http: httpx2.AsyncClient, council: Area, run: Run
) -> None:
    ann, bob, cat = (Phone(http, f"{name}@example.org") for name in ("ann", "bob", "cat"))
    await ann.sign_in()
    await ann.do("reviseMe", name="Ann Demo")
    founded = await ann.do(
        "foundOrganisation",
        "organisation { id state }",
        kind="COMMUNITY_GROUP",
        name="Friends of the Old Hall",
        councilId=write_id("are", council.id),
        legalForm="CIO",
        registrations=[{"scheme": "GB-CHC", "number": "1234567"}],
    )
    group = founded["organisation"]["id"]
    for phone, role in ((bob, "COORDINATOR"), (cat, "TREASURER")):
        await ann.do("inviteMember", organisationId=group, email=phone.email, role=role)
        await phone.sign_in()
        await phone.do("acceptInvitation", invitationId=await phone.invitation())

    said = await asyncio.to_thread(
        run, "council", "appoint", "--council", council.code, "--email", "dee@example.org"
    )
    assert "the invitation is in the mail" in said
    dee = Phone(http, "dee@example.org")
    await dee.sign_in()
    joined = await dee.do(
        "acceptInvitation", "organisation { id }", invitationId=await dee.invitation()
    )
    officers = joined["organisation"]["id"]
    officer = Phone(http, "officer@example.org")
    await dee.do("inviteMember", organisationId=officers, email=officer.email, role="OFFICER")
    await officer.sign_in()
    await officer.do("acceptInvitation", invitationId=await officer.invitation())
    verified = await officer.do(
        "verifyOrganisation", "organisation { state }", organisationId=group
    )
    assert verified["organisation"]["state"] == "VERIFIED"

    members = (
        f'{{ organisation(id: "{group}") {{ members {{ edges {{ node {{ id role }} }} }} }} }}'
    )
    edges = (await ann.ask(members))["organisation"]["members"]["edges"]
    [bobs] = [each["node"]["id"] for each in edges if each["node"]["role"] == "COORDINATOR"]
    await ann.do("handOverOrganisation", organisationId=group, membershipId=bobs)
    await ann.do("leaveOrganisation", organisationId=group)

    headers = {"authorization": f"Bearer {ann.token}"}
    known = (await http.get("/me.json", headers=headers)).json()
    assert known["person"][0]["name"] == "Ann Demo"
    assert {act["action"] for act in known["acts"]} >= {"found_organisation", "leave_organisation"}
    await ann.do("requestErasureCode")
    await ann.do("eraseMe", code=await ann.mailed_code())
    assert (await http.get("/me.json", headers=headers)).status_code == 401
    history = f'{{ organisation(id: "{group}") {{ history {{ edges {{ node {{ action }} }} }} }} }}'
    acts = (await bob.ask(history))["organisation"]["history"]["edges"]
    assert [act["node"]["action"] for act in acts][:2] == ["found_organisation", "invite_member"]
    said = await asyncio.to_thread(run, "verify")
    assert "hold" in said, said


async def test_the_two_calls_of_the_readme_sign_in(http: httpx2.AsyncClient) -> None:
    calls = README.split("## Sign in, in two calls")[1]
    bodies = re.findall(r"-d '(\{.*?\})'\n", calls, re.DOTALL)
    ask, sign = (body.replace("\n", " ") for body in bodies[:2])
    headers = {"content-type": "application/json"}
    first = (await http.post("/graphql", content=ask, headers=headers)).json()
    assert first == {"data": {"requestSignInCode": {"userErrors": []}}}
    code = await Phone(http, "ann@example.org").mailed_code()
    answer = await http.post("/graphql", content=sign.replace("123456", code), headers=headers)
    signed_in = answer.json()["data"]["signIn"]
    assert signed_in["userErrors"] == []
    assert signed_in["token"].startswith("cw_")

"""Requests that are counted: what each transport says to whoever asks too often, and for whom."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx2
import pytest
from limits import RateLimitItemPerMinute
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from commonweal.cli.serving import server
from commonweal.people.actions import create_council_token
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web import rates
from commonweal.web.app import application
from commonweal.web.rates import OF_ACTOR, OF_ADDRESS, SIGN_INS
from commonweal.web.settings import ProxyNotAnAddress, Settings
from tests.makers import the_council
from tests.serving import serving
from tests.web.sockets import ready

HERE, THERE = "192.0.2.1", "198.51.100.2"
PUT = {"/files", "/bids/{bid_id}/attachments"}
FREE: Final = {"/", "/healthz", "/readyz", "/metrics"}  # by people once, by machines for ever
GUESSES: Final = """mutation {
  a: signIn(input: {email: "ann@town.test", code: "000001"}) { token }
  ...More
}
fragment More on Mutation {
  b: signIn(input: {email: "ann@town.test", code: "000002"}) { token }
  c: signIn(input: {email: "ann@town.test", code: "000003"}) { token }
}"""


def socket_of(app: Starlette) -> Any:
    [graphql] = [each.app for each in app.routes if isinstance(each, WebSocketRoute)]
    return graphql


@dataclass
class Town:
    """A service in which strangers may ask three times a minute, and each actor six times."""

    app: Starlette
    officers: list[dict[str, str]]

    async def ask(
        self, query: str = "{ __typename }", *, address: str = HERE, **headers: str
    ) -> httpx2.Response:
        return await self.send("POST", "/graphql", address, headers, json={"query": query})

    async def send(
        self, method: str, path: str, address: str, headers: dict[str, str], **more: Any
    ) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, headers=headers, **more)

    @property
    def socket(self) -> Any:
        return socket_of(self.app)


@pytest.fixture
async def town(
    database_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Town]:
    monkeypatch.setattr(rates, "OF_ADDRESS", replace(OF_ADDRESS, value=3))
    monkeypatch.setattr(rates, "OF_ACTOR", replace(OF_ACTOR, value=6))
    settings = Settings(database_url=database_url, **getattr(request, "param", {}))
    app = application(settings, worker=False)
    async with app.router.lifespan_context(app):
        town = Town(app, [])
        database = town.socket.service.database
        council = await the_council(database)

        async def token(tx: Transaction) -> str:
            return await create_council_token(tx, council_id=council.id, label="officer")

        for _ in range(2):
            secret = await in_transaction(database, token)
            town.officers.append({"authorization": f"Bearer {secret}"})
        yield town


async def test_who_asks_too_often_is_told_so_and_when_to_come_again(town: Town) -> None:
    assert [(await town.ask()).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = await town.ask(accept="application/graphql-response+json")
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 60
    [error] = refused.json()["errors"]
    facts = {"code": "TOO_MANY_REQUESTS", "most": 3, "retryAfterSeconds": seconds}
    assert error["extensions"] == facts
    assert f"{seconds} s" in error["message"]
    assert (await town.ask(address=THERE)).status_code == 200


async def test_somebody_signed_in_is_answered_where_strangers_have_asked_too_often(
    town: Town,
) -> None:
    for _ in range(4):
        await town.ask()
    one, other = town.officers
    statuses = [(await town.ask(**one)).status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert (await town.ask(**other)).status_code == 200


async def test_whoever_tries_tokens_counts_as_a_stranger(town: Town) -> None:
    wrong = {"authorization": "Bearer of-nothing"}
    assert [(await town.ask(**wrong)).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert (await town.send("POST", "/session", HERE, wrong)).status_code == 429


async def test_every_route_counts_that_is_not_named_here(town: Town) -> None:
    """Each is asked by an address of its own."""
    routes = {each.path for each in town.app.routes if isinstance(each, Route)}
    for number, path in enumerate(sorted(routes - FREE)):
        url, by = re.sub(r"{[^}]*}", "are_0.csv", path) + "?query={a}", f"192.0.2.{number}"
        method = "PUT" if path in PUT else "GET"
        for _ in range(3):
            assert (await town.send(method, url, by, {})).status_code != 429, path
        refused = await town.send(method, url, by, {})
        assert refused.status_code == 429, path
        assert refused.headers["retry-after"]
        assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    for path in FREE:
        for _ in range(4):
            assert (await town.send("GET", path, HERE, {})).status_code != 429


async def test_a_thousand_guesses_by_aliases_are_as_many_tries_as_guesses(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one, other] = town.officers
    monkeypatch.setattr(town.socket.service.rates, "_of_actor", RateLimitItemPerMinute(9_999))
    asked = [town.ask(GUESSES, **one) for _ in range(1_000 // 3)]
    answers = await asyncio.gather(*asked)
    assert [each.status_code for each in answers].count(200) == SIGN_INS.value // 3
    assert {each.status_code for each in answers} == {200, 429}
    assert (await town.ask(GUESSES, **other)).status_code == 429  # the address is the same
    assert (await town.ask("{ __typename }", **one)).status_code == 200
    assert (await town.ask(GUESSES, address=THERE, **one)).status_code == 200


async def test_an_operation_of_a_socket_is_a_request(town: Town) -> None:
    async with ready(town.socket, client=(HERE, 1)) as client:
        for number in range(3):
            client.subscribe(str(number), "{ __typename }")
            assert (await client.hears())["type"] == "next"
            assert (await client.hears())["type"] == "complete"
        client.subscribe("4", "{ __typename }")
        refused = await client.hears()
    assert (refused["type"], refused["id"]) == ("error", "4")
    [error] = refused["payload"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= error["extensions"]["retryAfterSeconds"] <= 60
    assert (await town.ask()).status_code == 429


@pytest.mark.parametrize("town", [{"rates": "off"}], indirect=True)
async def test_a_service_that_does_not_count_refuses_nobody(town: Town) -> None:
    assert {(await town.ask()).status_code for _ in range(9)} == {200}


# ---- proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [
        (None, [200, 200, 200, 429, 429]),  # what anybody may write is not believed
        ("10.0.0.0/8", [200, 200, 200, 429, 429]),  # this one is not among them
        ("10.0.0.0/8, 127.0.0.1", [200, 200, 200, 200, 200]),
    ],
)
async def test_only_a_proxy_that_is_named_says_for_whom_it_asks(
    town: Town, proxies: str | None, statuses: list[int]
) -> None:
    settings = Settings(proxies=proxies)
    async with serving(None, instead=server(town.app, settings, lifespan="off")) as port:
        found = []
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            for number in range(5):
                headers = {"x-forwarded-for": f"{HERE}, 203.0.113.{number}"}
                asked = await http.post("/graphql", json={"query": "{a}"}, headers=headers)
                found.append(asked.status_code)
    assert found == statuses


@pytest.mark.parametrize("proxies", ["*", "proxy.town.test", "127.0.0.1, 10.0.0.0/99"])
def test_a_proxy_that_is_no_address_is_a_complaint_at_the_start(proxies: str) -> None:
    settings = Settings(proxies=proxies)
    with pytest.raises(ProxyNotAnAddress) as refused:
        server(application(settings, worker=False), settings)
    assert refused.value.given in proxies

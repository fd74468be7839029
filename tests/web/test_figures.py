"""What Prometheus is told, and who may read it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.app import application
from commonweal.web.figures import is_local
from commonweal.web.settings import Settings

Figures = dict[tuple[str, ...], float]
LOCAL, ELSEWHERE = ("127.0.0.1", 5000), ("203.0.113.9", 5000)


@dataclass(frozen=True)
class Served:
    client: httpx2.AsyncClient
    database: Database


Open = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def served(database_url: str) -> Open:
    @asynccontextmanager
    async def served(client: tuple[str, int] = LOCAL, **settings: Any) -> AsyncIterator[Served]:
        app = application(Settings(database_url=database_url, **settings), worker=False)
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app, client=client)
            base = "http://localhost"
            async with httpx2.AsyncClient(transport=transport, base_url=base) as made:
                yield Served(made, app.state.readiness.database())

    return served


async def figures(client: httpx2.AsyncClient) -> Figures:
    """Name and label values -> value."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def ask(client: httpx2.AsyncClient, query: str, **headers: str) -> None:
    await client.post("/graphql", json={"query": query}, headers=headers)


async def test_requests_are_counted_by_what_they_were_and_what_became_of_them(
    served: Open,
) -> None:
    async with served() as it:
        client = it.client
        await ask(client, "query Alice { search { totalCount } }")
        await ask(client, "{ places { totalCount } }")
        await ask(client, "{ unknown }")
        await ask(client, '{ asset(id: "x") { areas(first: 500) { totalCount } } }')
        await ask(client, "{ __typename }", authorization="Bearer cw_made-up")
        await client.get("/nowhere")
        await client.get("/healthz")
        found = await figures(client)
    counted = {k[1:]: n for k, n in found.items() if k[0] == "commonweal_requests_total"}
    assert counted == {
        ("query", "ok"): 2,
        ("query", "refused"): 1,
        ("", "refused"): 3,
        ("", "ok"): 1,
    }
    assert found["commonweal_statements_total",] >= 2
    assert found["commonweal_request_seconds_count", "query"] == 3
    assert found["commonweal_request_seconds_bucket", "query", "+Inf"] == 3
    assert found["commonweal_database_up",] == 1
    assert not any("Alice" in label for name in found for label in name)


async def test_what_stands_is_read_when_somebody_asks(served: Open) -> None:
    async with served() as it:
        before = await figures(it.client)

        async def late(tx: Transaction) -> None:
            for n in range(3):
                await enqueue(tx, "nothing", {}, cause=f"late {n}", after_seconds=-90)
            await Job.filter(cause="late 2").update(failed_at=tx.now)

        await in_transaction(it.database, late)
        after = await figures(it.client)
    assert (before["commonweal_jobs", "waiting"], before["commonweal_jobs", "failed"]) == (0, 0)
    assert before["commonweal_jobs_late_seconds",] == 0
    assert (after["commonweal_jobs", "waiting"], after["commonweal_jobs", "failed"]) == (2, 1)
    assert 90 <= after["commonweal_jobs_late_seconds",] < 100
    assert after["commonweal_files_bytes",] == 0
    assert after["commonweal_subscriptions",] == 0
    assert after["commonweal_connections_in_use", "write"] == 0
    assert after["process_resident_memory_bytes",] > 1e6


async def test_figures_are_told_while_the_database_is_away(
    served: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OSError

    async with served() as it:
        monkeypatch.setattr(it.database.reader, "fetch", away)
        assert (await figures(it.client))["commonweal_database_up",] == 0


async def test_two_applications_of_a_process_count_apart(served: Open) -> None:
    async with served() as it:
        await ask(it.client, "{ __typename }")
    async with served() as it:
        found = await figures(it.client)
    assert ("commonweal_requests_total", "query", "ok") not in found


@pytest.mark.parametrize(
    ("who", "client", "headers", "status"),
    [
        ("local", LOCAL, {}, 200),
        ("local", ("::1", 1), {}, 200),
        ("local", ELSEWHERE, {}, 404),
        ("local", LOCAL, {"x-forwarded-for": "127.0.0.1"}, 404),  # a proxy on this machine
        ("local", LOCAL, {"forwarded": "for=203.0.113.9"}, 404),
        ("local", LOCAL, {"via": "1.1 front"}, 404),
        ("all", ELSEWHERE, {"x-forwarded-for": "203.0.113.9"}, 200),
        ("off", LOCAL, {}, 404),
    ],
)
async def test_a_setting_says_who_may_read_them(
    served: Open, who: str, client: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    async with served(client, metrics=who) as it:
        answer = await it.client.get("/metrics", headers=headers)
        nowhere = await it.client.get("/nowhere", headers=headers)
    assert answer.status_code == status
    if status == 404:  # as if there were nothing
        assert answer.text == nowhere.text


@pytest.mark.parametrize("client", [None, ("", 0), ("a socket's path", 0)])
def test_whose_address_is_not_known_is_not_local(client: tuple[str, int] | None) -> None:
    assert not is_local({"client": client, "headers": []})

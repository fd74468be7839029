"""Whether the service says truly that it lives, and that it is ready."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from commonweal.cli.serving import server
from commonweal.web.app import application
from commonweal.web.limits import BODY_SECONDS
from commonweal.web.settings import Settings
from tests.serving import serving

READY, STOPPING = (200, "ready\n"), (503, "Stopping: send requests elsewhere.\n")


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Starlette]:
    app = application(Settings(database_url=database_url), worker=False)
    async with app.router.lifespan_context(app):
        yield app


def caller(app: Starlette) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost")


async def probed(app: Starlette, path: str = "/readyz") -> tuple[int, str]:
    async with caller(app) as client:
        answer = await client.get(path)
    return answer.status_code, answer.text


def database_of(app: Starlette) -> Any:
    return app.state.readiness.database()


async def test_a_service_whose_database_answers_is_ready(app: Starlette) -> None:
    assert await probed(app) == READY


async def test_a_service_that_begins_or_ends_is_not_ready_but_lives(database_url: str) -> None:
    app = application(Settings(database_url=database_url), worker=False)
    assert (await probed(app))[0] == 503  # nothing is open yet
    assert await probed(app, "/healthz") == (200, "ok\n")


async def test_a_database_that_does_not_answer_within_a_second_is_not_ready(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(database_of(app).reader, "fetch", silent)
    async with asyncio.timeout(3):
        assert await probed(app) == (503, "The database did not answer within 1 second.\n")
    assert await probed(app, "/healthz") == (200, "ok\n")
    monkeypatch.undo()
    assert await probed(app) == READY


async def test_an_answer_does_not_say_what_is_wrong_with_the_database_but_the_log_does(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("the host db.internal is gone")

    monkeypatch.setattr(database_of(app).reader, "fetch", broken)
    status, text = await probed(app)
    assert (status, "db.internal" in text) == (503, False)
    assert "not ready: OSError" in caplog.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("DELETE FROM tortoise_migrations WHERE name LIKE '0003%'", "older than this version"),
        ("UPDATE tortoise_migrations SET name = '9999_x' WHERE name LIKE '0003%'", "9999_x"),
    ],
)
async def test_a_database_of_another_version_is_not_ready_and_says_so(
    app: Starlette, change: str, says: str
) -> None:
    await database_of(app).client.execute_script(change)
    status, text = await probed(app)
    assert status == 503
    assert says in text


async def test_a_long_transaction_does_not_make_the_service_unready(app: Starlette) -> None:
    database = database_of(app)
    async with database.client._in_transaction():
        assert await probed(app) == READY


@pytest.fixture
def spared() -> Iterator[None]:
    """A server that was stopped hands the signal on to the process, which is that of the tests."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


async def test_a_service_says_that_it_stops_before_it_does(spared: None, database_url: str) -> None:
    settings = Settings(database_url=database_url, stop_seconds=0.5)
    app = application(settings, worker=False)
    running = server(app, settings)
    async with serving(app, instead=running) as port:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/readyz")).text == "ready\n"
            os.kill(os.getpid(), signal.SIGTERM)
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.text) == STOPPING
            asked = await client.get("/graphql", params={"query": "{__typename}"})
            assert asked.json() == {"data": {"__typename": "Query"}}
        assert not running.should_exit
        async with asyncio.timeout(3):
            while not running.should_exit:  # noqa: ASYNC110  # it has no event
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("sent", "wait"), [([signal.SIGINT], 60), ([signal.SIGTERM] * 2, 60), ([signal.SIGTERM], 0)]
)
async def test_who_does_not_wait_is_not_kept_waiting(sent: list[int], wait: float) -> None:
    settings = Settings(stop_seconds=wait)
    app = application(settings, worker=False)
    running = server(app, settings)
    for each in sent:
        running.handle_exit(each, None)
    assert running.should_exit
    assert app.state.readiness.stopping


async def test_a_client_that_dawdles_does_not_keep_a_service_from_stopping(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonweal.cli.serving.STOPPING_SECONDS", 0.2)
    app = application(Settings(database_url=database_url), worker=False)
    running, clock = server(app, Settings()), asyncio.get_running_loop().time
    async with serving(app, instead=running) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        writer.write(f"{head}\r\nContent-Length: 100\r\n\r\n{{".encode())
        await writer.drain()
        await asyncio.sleep(0.2)
        began = clock()
    assert clock() - began < BODY_SECONDS.value / 2
    writer.close()

"""Forty requests that mean harm, each refused or answered for next to nothing (reliability: G3).

The figure is 100 ms of processor time, all threads together, and 20 MB. What others do on the
machine does not count: it is the processor's time that is taken, the least of three sendings, and
a processor that is slower than the one that the figure is meant for is given more (pace.py).

On both engines, for the few that reach one. PostgreSQL's own processes are not counted: what they
may take of a request is bounded by its time (graph/reader.py) and by `statement_timeout`.
"""

import gc
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import pytest_asyncio

from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.conftest import ENGINES, copied

from .hostile import HOSTILE, Hostile
from .pace import CPU_SECONDS, slowness

BYTES = 20_000_000

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module", params=ENGINES)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("hostile")
    with copied(request, request.param, folder, "town") as url:
        yield Settings(database_url=url, files=folder, log_level="error")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole application, over a town."""
    app = application(settings, worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


async def send(client: httpx2.AsyncClient, hostile: Hostile, salt: int) -> httpx2.Response:
    headers = {"content-type": "application/json", "accept": "application/json"}
    return await client.post("/graphql", content=hostile.sent(salt), headers=headers)


def test_there_are_forty() -> None:
    assert len(HOSTILE) == 40


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_request_is_refused_or_answered_for_next_to_nothing(
    client: httpx2.AsyncClient, name: str
) -> None:
    hostile, spent = HOSTILE[name], []
    gc.disable()  # what thousands of tests left takes a second to look through
    try:
        for salt in range(3):
            before = time.process_time()
            response = await send(client, hostile, salt)
            spent.append(time.process_time() - before)
        tracemalloc.start()
        await send(client, hostile, 3)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    finally:
        gc.enable()
    assert response.status_code == hostile.status, response.text
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    assert codes == ({hostile.code} if hostile.code else set()), response.text
    print(f"{min(spent) * 1000:.1f} ms of CPU, {most / 1e6:.1f} MB")
    assert min(spent) < CPU_SECONDS * slowness(), f"{min(spent) * 1000:.0f} ms of CPU"
    assert most < BYTES, f"{most / 1e6:.1f} MB"

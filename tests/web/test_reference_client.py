"""Our WebSocket beside the reference implementation's server and client (npm's graphql-ws)."""

import asyncio
import shutil
from pathlib import Path
from typing import cast

import orjson
import pytest
from starlette.routing import WebSocketRoute

from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.npm import installed
from tests.serving import serving
from tests.web.sockets import Endpoint, published

SCRIPT = Path(__file__).with_name("graphql_ws.mjs")


async def test_it_answers_and_closes_as_the_reference_server_and_its_client_understands_it(
    sqlite_template: Path, tmp_path: Path
) -> None:
    folder = installed(**{"graphql-ws": "6.4.2", "graphql": "16.11.0", "ws": "8.23.0"})
    url = f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'commonweal.db')}"
    settings = Settings(database_url=url, files=tmp_path / "files")
    app = application(settings, worker=False)
    async with serving(app) as port:
        node = await asyncio.create_subprocess_exec(
            *("node", SCRIPT, folder, f"ws://127.0.0.1:{port}/graphql"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert node.stdout
        async with asyncio.timeout(60):
            assert await node.stdout.readline() == b"listening\n"
        [graphql] = [each.app for each in app.routes if isinstance(each, WebSocketRoute)]
        await published(cast("Endpoint", graphql))
        out, err = await node.communicate()
    assert node.returncode == 0, err.decode()
    told = orjson.loads(out)
    differing = {name: pair for name, pair in told["cases"].items() if pair[0] != pair[1]}
    ours, theirs = differing.pop("a document that is none")
    assert [each[0] for each in ours[:2]] == ["connection_ack", "error"]  # and the others go on
    assert theirs[1][:2] == ["close", 4500]
    assert not differing
    assert told["asked"] == [{"data": {"__typename": "Query"}}]
    assert told["changed"] == [{"data": {"listingChanged": {"listing": {"title": "The Old Hall"}}}}]


@pytest.mark.parametrize("version", [None, "v18.19.0"])
def test_without_node_or_with_an_old_one_it_is_skipped_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    for name in ("node", "npm") if version else ():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="needs Node 20 or later"):
        installed(**{"graphql-ws": "6.4.2"})

"""GraphQL over HTTP, as the reference implementation's own audits see the served application."""

import asyncio
import json
from collections import Counter
from pathlib import Path

from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.npm import installed
from tests.serving import serving

SCRIPT = Path(__file__).with_name("http_audit.mjs")
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}  # of graphql-http 1.23.1


async def test_every_audit_of_graphql_http_is_passed(database_url: str) -> None:
    folder = installed(**{"graphql-http": "1.23.1", "graphql": "16.11.0"})
    async with serving(application(Settings(database_url=database_url), worker=False)) as port:
        node = await asyncio.create_subprocess_exec(
            *("node", SCRIPT, folder, f"http://127.0.0.1:{port}/graphql"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await node.communicate()
    assert node.returncode == 0, err.decode()
    results = json.loads(out)
    for each in results:
        print(f"{each['status']:6} {each['id']} {each['name']} {each['reason']}")
    failed = [each for each in results if each["status"] != "ok"]
    assert not failed
    assert Counter(each["name"].split()[0] for each in results) == AUDITS

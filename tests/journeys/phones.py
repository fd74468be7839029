"""People's phones, and the service on one day or another: how journeys are told, over HTTP only."""

import asyncio
import html
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg
import httpx2

from commonweal.cli.demo import DemoSettings
from commonweal.web.app import application
from tests.serving import serving

ERRORS = "userErrors { __typename ... on UserError { message } }"
WAIT_SECONDS = 15  # for what a worker does after a commit
Run = Callable[..., str]


@dataclass
class Phone:
    """Somebody's phone: it signs in with the code that it reads in the mail."""

    http: httpx2.AsyncClient
    email: str
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = (await self.http.post("/graphql", json=body, headers=self.headers)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def tries(self, name: str, shown: str = "", /, **given: Any) -> dict[str, Any]:
        """A mutation's payload, refusals among it; done once under a `key`, if one is given."""
        kind, key = f"{name[0].upper()}{name[1:]}Input", given.pop("key", None)
        values = {"i": given} if given else {}
        declared, passed = (f"($i: {kind}!)", "(input: $i)") if given else ("", "")
        if key:
            declared, passed = f"($i: {kind}!, $k: String!)", "(input: $i, idempotencyKey: $k)"
            values |= {"k": key}
        query = f"mutation{declared} {{ {name}{passed} {{ {shown} {ERRORS} }} }}"
        return dict((await self.ask(query, **values))[name])

    async def do(self, name: str, shown: str = "", /, **given: Any) -> dict[str, Any]:
        payload = await self.tries(name, shown, **given)
        assert payload["userErrors"] == [], payload
        return payload

    async def mailed_code(self) -> str:
        """The newest code in the outbox that went to this address."""
        since = datetime.now(UTC)
        while (datetime.now(UTC) - since).total_seconds() < WAIT_SECONDS:
            page = html.unescape((await self.http.get("/outbox")).text)
            for letter in page.split("<article>")[1:]:
                found = re.search(r"\b(\d{3} \d{3})\b", letter)
                if self.email in letter and found:
                    return found[1]
            await asyncio.sleep(0.05)
        raise AssertionError(f"no code for {self.email} in the outbox")

    async def sign_in(self) -> None:
        await self.do("requestSignInCode", email=self.email)
        code = await self.mailed_code()
        payload = await self.do("signIn", "token", email=self.email, code=code, device="phone")
        self.token = payload["token"]

    async def invitation(self) -> str:
        asked = "{ me { invitations { edges { node { id } } } } }"
        [edge] = (await self.ask(asked))["me"]["invitations"]["edges"]
        number: str = edge["node"]["id"]
        return number


def command_on(database_url: str) -> Run:
    """A `commonweal` command on a database; its output."""

    def command(*words: str) -> str:
        environment = os.environ | {"COMMONWEAL_DATABASE_URL": database_url, "COLUMNS": "160"}
        code = "from commonweal.cli import main; main()"
        asked = [sys.executable, "-c", code, *words]
        done = subprocess.run(
            asked, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return command


@asynccontextmanager
async def served_on(
    database_url: str, day: date, at: time = time(12)
) -> AsyncIterator[httpx2.AsyncClient]:
    """The demo's application on this database, on a day: behind the real server, with its jobs."""
    if database_url.startswith("postgres"):
        connection = await asyncpg.connect(database_url)
        await connection.execute("UPDATE test_clock SET at = $1", datetime.combine(day, at, UTC))
        await connection.close()
    app = application(DemoSettings(database_url=database_url, rates="off"), today=day)
    async with (
        serving(app) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield client

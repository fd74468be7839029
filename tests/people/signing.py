"""Signing in as people do, and asking with what that gave."""

import re
from dataclasses import dataclass
from typing import Any

from commonweal.access import Viewer
from commonweal.messages.tables import Message
from commonweal.people.actions import create_council_token
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import data

ERRORS = "userErrors { __typename ... on UserError { code message path } }"


@dataclass(frozen=True)
class Somebody:
    """Who asks with a token; who they are is looked up anew each time, as the service does."""

    database: Database
    token: str

    async def viewer(self) -> Viewer:
        viewer = await viewer_of(self.database, self.token, "10.0.0.1")
        assert viewer, "the token is no longer valid"
        return viewer

    async def asks(self, query: str, **variables: Any) -> dict[str, Any]:
        return await data(self.database, query, variables, await self.viewer())

    async def does(self, name: str, shown: str = "", /, **given: Any) -> dict[str, Any]:
        """A mutation's payload, refusals among it."""
        return await done(self.database, name, shown, given, await self.viewer())


async def done(
    database: Database, name: str, shown: str, given: dict[str, Any], viewer: Viewer
) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = (
        f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {shown} {ERRORS} }} }}"
        if given
        else f"mutation {{ {name} {{ {shown} {ERRORS} }} }}"
    )
    payload = (await data(database, query, {"input": given}, viewer))[name]
    assert isinstance(payload, dict)
    return payload


async def code_for(database: Database, email: str, address: str = "10.0.0.1") -> str:
    """Ask for a code, and read it in the mail."""
    asker = Viewer(address=address)
    payload = await done(database, "requestSignInCode", "", {"email": email}, asker)
    assert payload["userErrors"] == []
    return await code_sent(email)


async def code_sent(email: str) -> str:
    message = await Message.filter(to_address=email).order_by("-id").first()
    assert message
    assert message.body
    [code] = re.findall(r"\b\d{3} \d{3}\b", message.body)
    return str(code)


async def signed_in(database: Database, email: str) -> Somebody:
    code = await code_for(database, email)
    given = {"email": email, "code": code, "device": "a test"}
    payload = await done(database, "signIn", "token", given, Viewer(address="10.0.0.1"))
    assert payload["userErrors"] == []
    return Somebody(database, payload["token"])


async def an_officer_of(database: Database, council_id: int) -> Somebody:
    """A council's own token."""
    token = await in_transaction(
        database, lambda tx: create_council_token(tx, council_id=council_id, label="officer")
    )
    return Somebody(database, token)


def refused(payload: dict[str, Any]) -> list[str]:
    """The codes of a payload's refusals."""
    return [error["code"] for error in payload["userErrors"]]

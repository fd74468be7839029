"""Tokens: shown once, kept as a hash, good until their day and for one council."""

from datetime import timedelta
from typing import Any

import pytest

from commonweal.access import GRANTABLE, Scope, Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions import (
    PREFIX,
    begin_session,
    create_council_token,
    hash_of,
    sweep_tokens,
)
from commonweal.people.queries import viewer_of
from commonweal.people.rules import (
    MAX_LABEL,
    MAX_TOKEN_DAYS,
    SESSION_DAYS,
    TOKEN_DAYS,
    TOKENS,
    TokenKind,
    TokenLabel,
    TokenLifetime,
    checked_days,
    checked_label,
)
from commonweal.people.tables import AccessToken
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused, signed_in

COUNCIL = 7


async def token(database: Database, label: str = "officer", days: int = TOKEN_DAYS) -> str:
    return await in_transaction(
        database,
        lambda tx: create_council_token(tx, council_id=COUNCIL, label=label, days=days),
    )


async def test_who_bears_a_token_acts_for_its_council_under_its_own_id(database: Database) -> None:
    secret = await token(database, " The clerk ")
    other = await token(database, "Another")
    assert secret != other
    row = await AccessToken.get(label="The clerk")
    found = await viewer_of(database, secret)
    good_for = frozenset({Scope.ASSETS, Scope.CREDITS, Scope.ORGANISATIONS, Scope.SAFETY})
    name = write_id("tok", row.id)
    assert found == Viewer(row.id, name, (COUNCIL,), scopes=good_for, token_id=row.id)
    assert (await viewer_of(database, other) or Viewer()).name != found.name


async def test_a_token_is_good_until_the_instant_it_ends_and_not_at_it(
    database: Database, advance: Advance
) -> None:
    secret = await token(database, days=1)
    await advance(timedelta(days=1) - timedelta(microseconds=1))
    assert await viewer_of(database, secret) is not None
    await advance(timedelta(microseconds=1))
    assert await viewer_of(database, secret) is None


async def test_what_is_no_token_is_nobody(database: Database) -> None:
    secret = await token(database)
    row = await AccessToken.get()
    for garbage in (
        "", " ", PREFIX, secret[:-1], secret + "x", secret.upper(), f" {secret}", row.secret_hash,
        hash_of(secret), "' OR 1=1 --", "\x00", "\ud800", "😀", "x" * 100_000, PREFIX + "A" * 43,
    ):  # fmt: skip
        assert await viewer_of(database, garbage) is None, garbage[:50]
    assert await viewer_of(database, secret) is not None


async def test_the_secret_itself_is_stored_nowhere(database: Database) -> None:
    secret = await token(database)
    assert secret.startswith(PREFIX)
    assert len(secret) > 40
    [row] = await database.fetch("SELECT * FROM access_token", [])
    stored = [str(value) for value in tuple(row)]
    assert hash_of(secret) in stored
    assert not any(secret in value or secret.removeprefix(PREFIX) in value for value in stored)
    token_row = await AccessToken.get()
    assert token_row.created_at == TODAY
    assert token_row.expires_at == TODAY + timedelta(days=TOKEN_DAYS)


def test_a_token_lasts_from_a_day_to_a_year() -> None:
    assert checked_days(1) == 1
    assert checked_days(MAX_TOKEN_DAYS) == MAX_TOKEN_DAYS == 366
    for days in (0, -1, 367, 10**9):
        with pytest.raises(TokenLifetime) as refused:
            checked_days(days)
        assert refused.value.facts() == {"most": 366, "days": days}


def test_a_label_is_one_line_that_can_be_read() -> None:
    assert checked_label(" Swyddog y Cyngor ") == "Swyddog y Cyngor"
    assert checked_label("x" * MAX_LABEL) == "x" * 64
    for label in ("", " ", "x" * 65, "two\nlines", "\x00", "a\udcff", "\u202etxt"):
        with pytest.raises(TokenLabel):
            checked_label(label)


async def test_a_token_that_is_refused_is_not_made(database: Database) -> None:
    with pytest.raises(TokenLifetime):
        await token(database, days=0)
    with pytest.raises(TokenLabel):
        await token(database, label="")
    assert await AccessToken.all().count() == 0


# ---- sessions, and what a person's programs bring ------------------------------------------------

MINE = """{ me { accessTokens(first: 100) {
  edges { node { id kind label scopes isThisOne } } totalCount } } }"""


async def listed(somebody: Somebody) -> list[dict[str, Any]]:
    found = await somebody.asks(MINE)
    return [edge["node"] for edge in found["me"]["accessTokens"]["edges"]]


async def program(somebody: Somebody, *scopes: str) -> Somebody:
    given = {"label": "A program", "scopes": scopes}
    payload = await somebody.does("createAccessToken", "token", **given)
    assert payload["userErrors"] == []
    return Somebody(somebody.database, payload["token"])


async def test_somebody_sees_where_they_are_signed_in_and_ends_it_there_at_once(
    database: Database,
) -> None:
    phone = await signed_in(database, "ann@example.org")
    library = await signed_in(database, "ann@example.org")
    tool = await program(phone, "PERSONAL", "ASSETS")
    eve = await signed_in(database, "eve@example.org")
    mine = await listed(phone)
    assert [(t["kind"], t["label"], t["scopes"], t["isThisOne"]) for t in mine] == [
        ("SESSION", "a test", None, True),
        ("SESSION", "a test", None, False),
        ("PERSONAL", "A program", ["ASSETS", "PERSONAL"], False),
    ]
    nothing = await eve.does("revokeAccessToken", accessTokenId="tok_0000000000000")
    for each in mine:
        assert await eve.does("revokeAccessToken", accessTokenId=each["id"]) == nothing
        assert refused(nothing) == ["NOT_FOUND"]
    for each, ended in ((mine[1], library), (mine[2], tool)):
        assert refused(await phone.does("revokeAccessToken", accessTokenId=each["id"])) == []
        assert await viewer_of(database, ended.token) is None
    assert len(await listed(phone)) == len(await listed(eve)) == 1


async def test_signing_out_ends_the_session_that_it_is_asked_with_and_no_other(
    database: Database,
) -> None:
    phone = await signed_in(database, "ann@example.org")
    library = await signed_in(database, "ann@example.org")
    assert refused(await library.does("signOut")) == []
    assert await viewer_of(database, library.token) is None
    assert [each["isThisOne"] for each in await listed(phone)] == [True]


async def test_a_program_never_does_what_is_its_owners_alone(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    tool = await program(ann, *GRANTABLE)
    [this] = [each for each in await listed(ann) if each["kind"] == "PERSONAL"]
    for name, given in {
        "createAccessToken": {"label": "x", "scopes": ["PERSONAL"]},
        "revokeAccessToken": {"accessTokenId": this["id"]},
        "changeEmail": {"email": "eve@example.org", "code": "000000"},
        "reviseMe": {"name": "Eve"},
        "eraseMe": {"code": "000000"},
        "setHome": {"longitude": -2.0, "latitude": 51.0},
    }.items():
        assert refused(await tool.does(name, **given)) == ["SCOPE_LACKING"], name
    assert refused(await ann.does("createAccessToken", label="x", scopes=["ACCOUNT"])) == [
        "SCOPES_NEEDED"
    ]
    assert refused(await ann.does("createAccessToken", label="x", scopes=[])) == ["SCOPES_NEEDED"]


async def test_a_program_knows_its_owner_only_where_it_is_good_for_that(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    assert (await (await program(ann, "PERSONAL")).asks("{ me { email } }"))["me"] == {
        "email": "ann@example.org"
    }
    for scope in ("ORGANISATIONS", "ASSETS", "SAFETY"):
        assert (await (await program(ann, scope)).asks("{ me { email } }"))["me"] is None


async def test_of_too_many_sessions_the_oldest_ends_and_of_too_many_tokens_none_is_made(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    person = (await ann.viewer()).id or 0
    for _ in range(TOKENS.value - 1):
        await in_transaction(database, lambda tx: begin_session(tx, person))
    assert await viewer_of(database, ann.token)
    last = await in_transaction(database, lambda tx: begin_session(tx, person))
    assert await viewer_of(database, ann.token) is None
    assert await AccessToken.filter(kind=TokenKind.SESSION).count() == TOKENS.value == 50
    ann = Somebody(database, last)
    for _ in range(TOKENS.value):
        await program(ann, "PERSONAL")
    given = {"label": "one more", "scopes": ["PERSONAL"]}
    assert refused(await ann.does("createAccessToken", **given)) == ["TOO_MANY_TOKENS"]


async def test_a_session_lasts_sixty_days_and_is_swept_then(
    database: Database, advance: Advance
) -> None:
    ann = await signed_in(database, "ann@example.org")
    await advance(timedelta(days=SESSION_DAYS.value, seconds=-1))
    assert await viewer_of(database, ann.token)
    await advance(timedelta(seconds=2))
    assert await viewer_of(database, ann.token) is None
    assert await in_transaction(database, sweep_tokens) == 1
    assert await AccessToken.all().count() == 0

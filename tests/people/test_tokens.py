"""Tokens: shown once, kept as a hash, good until their day and for one council."""

from datetime import timedelta

import pytest

from commonweal.access import Scope, Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions import PREFIX, create_council_token, hash_of
from commonweal.people.queries import viewer_of
from commonweal.people.rules import (
    MAX_LABEL,
    MAX_TOKEN_DAYS,
    TOKEN_DAYS,
    TokenLabel,
    TokenLifetime,
    checked_days,
    checked_label,
)
from commonweal.people.tables import AccessToken
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.conftest import TODAY, Advance

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
    good_for = frozenset({Scope.ASSETS, Scope.ORGANISATIONS, Scope.SAFETY})
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

"""Grants from a file: a result for each line, and the same file is the same grants."""

import asyncio
from typing import Any

import pytest

from commonweal.credits.actions_bulk import grant_lines
from commonweal.credits.rules_bulk import LINES, GrantsUnreadable, TooManyLines, read_lines
from commonweal.credits.tables import Grant, Wallet
from commonweal.credits.tables_bulk import GrantFile, GrantLine
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.assets.test_register_mutations import uploaded
from tests.credits.making import Town, a_town, sound
from tests.people.signing import refused

HEAD = "email,minutes,purpose\n"
LINES_OF = """query($id: ID!) { node(id: $id) { ... on GrantFile { lines(first: 50) { edges { node {
  line minutes state code } } } } } }"""
PASTED = """email,minutes,purpose
v0@example.org,60,Tea
V0@example.org,60,Tea
nobody@example.org,10,Tea
v1@example.org,-5,Tea
v1@example.org,1.5,Tea
v1@example.org,5,
v2@example.org,60,Tea

v1@example.org,30,Paths
"""


async def people(database: Database, count: int) -> None:
    async def work(tx: Transaction) -> None:
        await Person.bulk_create(
            Person(
                id=tx.new_id(),
                name=f"V {n}",
                email=f"v{n}@example.org",
                email_key=f"v{n}@example.org",
                created_at=tx.now,
            )
            for n in range(count)
        )

    await in_transaction(database, work)


async def granted(town: Town, text: str) -> tuple[str, list[tuple[Any, ...]]]:
    """Sent by an officer, and done: the file's id and what became of each line."""
    viewer = await town.officer.viewer()
    file = await uploaded(town.database, text.encode(), viewer, "grants.csv")
    payload = await town.officer.does("grantFromFile", "file { id }", potId=town.pot, fileId=file)
    assert refused(payload) == []
    await grant_lines(town.database, {"file": (await GrantFile.all().order_by("-id"))[0].id})
    found = await town.officer.asks(LINES_OF, id=payload["file"]["id"])
    rows = [edge["node"] for edge in found["node"]["lines"]["edges"]]
    return payload["file"]["id"], [(r["line"], r["state"], r["code"]) for r in rows]


async def test_each_line_has_its_result_and_one_stops_no_other(database: Database) -> None:
    town = await a_town(database)
    await town.funds(100)
    await people(database, 3)
    _, rows = await granted(town, PASTED)
    assert rows == [
        (2, "GRANTED", None),
        (3, "REFUSED", "DUPLICATE_LINE"),
        (4, "REFUSED", "NOT_FOUND"),
        (5, "REFUSED", "MINUTES_UNFIT"),
        (6, "REFUSED", "MINUTES_UNFIT"),
        (7, "REFUSED", "WORDS_UNFIT"),
        (8, "REFUSED", "POT_EXHAUSTED"),
        (10, "GRANTED", None),
    ]
    assert await town.balance() == 10
    assert await GrantLine.filter(email_key__isnull=False).count() == 0, "addresses are not kept"
    assert await Grant.all().count() == 2
    await sound(database)


async def test_the_same_file_is_granted_once_however_often_it_is_sent_and_done(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    await people(database, 120)
    text = HEAD + "".join(f"v{n}@example.org,10,Tea\n" for n in range(120))
    first, _ = await granted(town, text)
    again, _ = await granted(town, text)
    assert first == again
    number = (await GrantFile.get()).id
    await asyncio.gather(*(grant_lines(database, {"file": number}) for _ in range(3)))
    assert await Grant.all().count() == await Wallet.all().count() == 120
    assert await town.balance() == 4_800
    await sound(database)


async def test_two_jobs_at_once_grant_each_line_once(database: Database) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    await people(database, 60)
    viewer = await town.officer.viewer()
    text = HEAD + "".join(f"v{n}@example.org,10,Tea\n" for n in range(60))
    file = await uploaded(database, text.encode(), viewer, "grants.csv")
    await town.officer.does("grantFromFile", "", potId=town.pot, fileId=file)
    number = (await GrantFile.get()).id
    await asyncio.gather(*(grant_lines(database, {"file": number}) for _ in range(4)))
    assert await Grant.all().count() == 60
    assert await town.balance() == 5_400


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"name,minutes\n",
        b"\xff\xfe",
        b'email,minutes,purpose\n"a@example.org,1,x',
        b"\x00" * 20,
    ],
)
def test_what_is_no_table_of_grants_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(GrantsUnreadable):
        read_lines(raw)


def test_a_file_has_an_end() -> None:
    line = b"a@example.org,1,x\n"
    assert len(read_lines(HEAD.encode() + line * LINES.value)) == LINES.value
    with pytest.raises(TooManyLines):
        read_lines(HEAD.encode() + line * (LINES.value + 1))


async def test_only_who_grants_from_the_pot_sends_a_file(database: Database) -> None:
    town = await a_town(database)
    viewer = await town.officer.viewer()
    file = await uploaded(database, HEAD.encode(), viewer, "grants.csv")
    payload = await town.owner.does("grantFromFile", "", potId=town.pot, fileId=file)
    assert refused(payload) == ["NOT_FOUND"], "another's file"


async def test_a_line_above_what_one_person_grants_alone_is_refused(database: Database) -> None:
    town = await a_town(database, grantMinutes=60)
    await town.funds(600)
    await people(database, 2)
    _, rows = await granted(town, f"{HEAD}v0@example.org,61,Tea\nv1@example.org,60,Tea\n")
    assert rows == [(2, "REFUSED", "NEEDS_APPROVAL"), (3, "GRANTED", None)]
    assert await Grant.all().count() == 1

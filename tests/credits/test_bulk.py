"""Grants from a file: a result for each line, and the same file is the same grants."""

import asyncio
from typing import Any

import pytest

from commonweal.credits.actions_bulk import grant_lines
from commonweal.credits.rules_bulk import (
    FILE_BYTES,
    FILE_NAME,
    JOB,
    LINES,
    REFERENCE,
    GrantsUnreadable,
    TooManyLines,
    read_lines,
)
from commonweal.credits.tables import Grant, Wallet
from commonweal.credits.tables_bulk import GrantFile, GrantLine
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from tests.assets.test_register_mutations import uploaded
from tests.credits.making import Town, a_town, a_volunteer, sound
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


async def granted(
    town: Town, text: str, reference: str = "May"
) -> tuple[str, list[tuple[Any, ...]]]:
    """Sent by an officer, and done: the file's id and what became of each line."""
    viewer = await town.officer.viewer()
    file = await uploaded(town.database, text.encode(), viewer, "grants.csv")
    sent = {"potId": town.pot, "fileId": file, "reference": reference}
    payload = await town.officer.does("grantFromFile", "file { id }", **sent)
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


async def test_in_a_run_a_line_is_granted_once_however_often_it_is_sent_and_done(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    await people(database, 12)
    lines = [f"v{n}@example.org,10,Tea" for n in range(12)]
    texts = ("\n".join([HEAD.strip(), *lines]), "\ufeff" + "\r\n".join([HEAD.strip(), *lines, ""]))
    for text in texts:
        _, rows = await granted(town, text)
    assert {row[1:] for row in rows} == {("REFUSED", "GRANTED_BEFORE")}
    files = await GrantFile.all().values_list("id", flat=True)
    await asyncio.gather(*(grant_lines(database, {"file": each}) for each in (*files, *files)))
    assert await Grant.all().count() == await Wallet.all().count() == 12
    assert await town.balance() == 5_880
    _, rows = await granted(town, texts[0], "June")
    assert {row[1] for row in rows} == {"GRANTED"}
    assert await town.balance() == 5_760
    await sound(database)


async def test_a_file_that_was_put_right_grants_what_was_refused_and_no_more(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.funds(60)
    await people(database, 3)
    wrong = f"{HEAD}v0@example.org,60,Tea\nv1@example.org,060,Tea\nv2@example.org,x,Tea\n"
    _, rows = await granted(town, wrong)
    assert [row[2] for row in rows] == [None, "POT_EXHAUSTED", "MINUTES_UNFIT"]
    await town.funds(600)
    _, rows = await granted(town, wrong.replace(",x,", ",30,"))
    assert [row[2] for row in rows] == ["GRANTED_BEFORE", None, None]
    assert await town.balance() == 510


async def test_of_two_files_of_a_run_at_once_each_line_is_granted_once(database: Database) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    await people(database, 20)
    viewer = await town.officer.viewer()
    for order in (1, -1):
        lines = [f"v{n}@example.org,10,Tea" for n in range(20)][::order]
        text = "\n".join([HEAD.strip(), *lines])
        file = await uploaded(database, text.encode(), viewer, "grants.csv")
        sent = {"potId": town.pot, "fileId": file, "reference": "May"}
        assert refused(await town.officer.does("grantFromFile", "", **sent)) == []
    files = await GrantFile.all().values_list("id", flat=True)
    await asyncio.gather(*(grant_lines(database, {"file": each}) for each in files))
    assert await Grant.all().count() == 20
    assert await town.balance() == 5_800
    await sound(database)


async def test_whose_address_is_registered_shows_to_nobody_who_has_nothing_to_give(
    database: Database,
) -> None:
    town = await a_town(database)
    await people(database, 1)
    await town.funds(100)
    both = f"{HEAD}v0@example.org,101,Tea\nnobody@example.org,101,Tea\n"
    _, rows = await granted(town, both)
    assert {row[2] for row in rows} == {"POT_EXHAUSTED"}
    viewer = await town.owner.viewer()
    file = await uploaded(database, both.replace("101", "10").encode(), viewer, "grants.csv")
    sent = {"potId": town.pot, "fileId": file, "reference": "June"}
    assert refused(await town.owner.does("grantFromFile", "", **sent)) == []
    number = (await GrantFile.all().order_by("-id"))[0].id
    await grant_lines(database, {"file": number})
    codes: Any = await GrantLine.filter(file_id=number).values_list("code", flat=True)
    assert list(codes) == ["NOT_FOUND", "NOT_FOUND"], "a group grants to its members alone"


async def test_who_lost_the_office_meanwhile_grants_nothing(database: Database) -> None:
    town = await a_town(database)
    await town.funds(100)
    await a_volunteer(town)
    viewer = await town.owner.viewer()
    file = await uploaded(database, f"{HEAD}ann@example.org,10,Tea\n".encode(), viewer, "a.csv")
    sent = {"potId": town.pot, "fileId": file, "reference": "May"}
    assert refused(await town.owner.does("grantFromFile", "", **sent)) == []
    ended = await town.owner.does("endOrganisation", organisationId=town.friends)
    assert refused(ended) == []
    await grant_lines(database, {"file": (await GrantFile.get()).id})
    assert (await GrantLine.get()).code == "NOT_ALLOWED"
    assert await Grant.all().count() == 0


async def test_lines_wait_while_their_pot_is_frozen(database: Database) -> None:
    town = await a_town(database)
    await town.funds(100)
    await people(database, 1)
    viewer = await town.officer.viewer()
    file = await uploaded(database, f"{HEAD}v0@example.org,10,Tea\n".encode(), viewer, "a.csv")
    sent = {"potId": town.pot, "fileId": file, "reference": "May"}
    assert refused(await town.officer.does("grantFromFile", "", **sent)) == []
    assert refused(await town.officer.does("freezePot", potId=town.pot)) == []
    number = (await GrantFile.get()).id
    await grant_lines(database, {"file": number})
    assert (await GrantLine.get()).state == "pending"
    jobs = await Job.filter(kind=JOB).count()
    assert refused(await town.officer.does("thawPot", potId=town.pot)) == []
    assert await Job.filter(kind=JOB).count() == jobs + 1
    await grant_lines(database, {"file": number})
    assert (await GrantLine.get()).state == "granted"


@pytest.mark.parametrize("email", ["a" * 250 + "@example.org", "v0\x00@example.org", "", "v0"])
async def test_an_address_that_is_none_is_a_result_of_its_line(
    database: Database, email: str
) -> None:
    town = await a_town(database)
    await town.funds(100)
    await people(database, 2)
    _, rows = await granted(town, f"{HEAD}{email},10,Tea\nv1@example.org,10,Tea\n")
    assert rows[-1] == (3, "GRANTED", None)
    assert rows[0][1] == ("GRANTED" if "\x00" in email else "REFUSED")


async def test_two_jobs_at_once_grant_each_line_once(database: Database) -> None:
    town = await a_town(database)
    await town.funds(6_000)
    await people(database, 60)
    viewer = await town.officer.viewer()
    text = HEAD + "".join(f"v{n}@example.org,10,Tea\n" for n in range(60))
    file = await uploaded(database, text.encode(), viewer, "grants.csv")
    await town.officer.does("grantFromFile", "", potId=town.pot, fileId=file, reference="May")
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
        read_lines(raw, str)


async def test_a_file_has_an_end_in_bytes_and_a_run_a_name(database: Database) -> None:
    town = await a_town(database)
    viewer = await town.officer.viewer()
    long = b"email,minutes,purpose\n" + b"\n" * FILE_BYTES.value
    for raw, reference, code in (
        (long, "May", "TOO_MANY_LINES"),
        (HEAD.encode(), "", "WORDS_UNFIT"),
        (HEAD.encode(), "x" * (REFERENCE.value + 1), "WORDS_UNFIT"),
        (HEAD.encode(), "x" * REFERENCE.value, None),
    ):
        file = await uploaded(database, raw, viewer, "n" * FILE_NAME.value)
        sent = {"potId": town.pot, "fileId": file, "reference": reference}
        payload = await town.officer.does("grantFromFile", "", **sent)
        assert refused(payload) == ([code] if code else [])


def test_a_file_has_an_end() -> None:
    line = b"a@example.org,1,x\n"
    assert len(read_lines(HEAD.encode() + line * LINES.value, str)) == LINES.value
    with pytest.raises(TooManyLines):
        read_lines(HEAD.encode() + line * (LINES.value + 1), str)


async def test_only_who_grants_from_the_pot_sends_a_file(database: Database) -> None:
    town = await a_town(database)
    viewer = await town.officer.viewer()
    file = await uploaded(database, HEAD.encode(), viewer, "grants.csv")
    sent = {"potId": town.pot, "fileId": file, "reference": "May"}
    payload = await town.owner.does("grantFromFile", "", **sent)
    assert refused(payload) == ["NOT_FOUND"], "another's file"
    ann, _ = await a_volunteer(town)
    sent["fileId"] = await uploaded(database, HEAD.encode(), await ann.viewer(), "grants.csv")
    assert refused(await ann.does("grantFromFile", "", **sent)) == ["NOT_ALLOWED"]


async def test_a_line_above_what_one_person_grants_alone_is_refused(database: Database) -> None:
    town = await a_town(database, soleGrantMinutes=60)
    await town.funds(600)
    await people(database, 2)
    _, rows = await granted(town, f"{HEAD}v0@example.org,61,Tea\nv1@example.org,60,Tea\n")
    assert rows == [(2, "REFUSED", "NEEDS_APPROVAL"), (3, "GRANTED", None)]
    assert await Grant.all().count() == 1

"""A register by the API: uploaded, read, corrected, accepted, imported by a job."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets import importing
from commonweal.assets.actions_registers import FIRST_ROWS, import_accepted
from commonweal.assets.rules import RegisterState
from commonweal.assets.tables import Asset, AssetRow, Proposal, RegisterFile, RegisterRow
from commonweal.files.tables import File
from commonweal.kernel.ids import read_id, write_id
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store import jobs
from commonweal.store.audit import Entry, record, verify
from commonweal.store.database import Database
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.jobs import jobs_of
from commonweal.web.settings import Settings
from tests.asking import data
from tests.assets.estate import HILLS, LICENCE, OFFICER, ROWS, STRANGER, VALE, brought_in, csv
from tests.assets.estate import councils as two_councils
from tests.assets.test_importing import many
from tests.store.writing import write

SHOWN = """register { id state version rowCount fileName mapping preview failure
  file { id } } userErrors { ... on UserError { code message path } }"""
READ = f"""mutation($council: ID!, $file: ID!, $licence: String!, $said: [ColumnInput!]) {{
  readRegister(input: {{councilId: $council, fileId: $file, licence: $licence, corrections: $said}})
  {{ {SHOWN} }} }}"""
ACCEPT = f"mutation($id: ID!) {{ acceptRegister(input: {{registerId: $id}}) {{ {SHOWN} }} }}"
DISCARD = f"mutation($id: ID!) {{ discardRegister(input: {{registerId: $id}}) {{ {SHOWN} }} }}"
REGISTER = """query($id: ID!) { register(id: $id) {
  state failure importedAt proposals { totalCount } } }"""
JOBS = jobs_of(Settings())
OTHER: Viewer = Viewer(13, "another officer of the vale", (VALE,))


async def uploaded(
    database: Database, raw: bytes, viewer: Viewer = OFFICER, name: str = "register.csv"
) -> str:
    """What PUT /files leaves behind: the file's id."""

    async def chunks() -> AsyncIterator[bytes]:
        yield raw

    written = await write(database.contents, chunks(), most=10_000_000)

    async def work(tx: Transaction) -> int:
        file = await File.create(
            id=tx.new_id(),
            sha256=written.sha256,
            name=name,
            media_type="text/csv",
            size_bytes=written.size_bytes,
            owner_id=viewer.id,
            created_at=tx.now,
        )
        return int(file.id)

    return write_id("fil", await in_transaction(database, work))


async def do(
    database: Database, mutation: str, viewer: Viewer = OFFICER, **asked: Any
) -> dict[str, Any]:
    [payload] = (await data(database, mutation, asked, viewer)).values()
    found: dict[str, Any] = payload
    return found


async def read(
    database: Database, file: str, viewer: Viewer = OFFICER, council: int = VALE, **more: Any
) -> dict[str, Any]:
    asked = {"council": write_id("are", council), "file": file, "licence": LICENCE, **more}
    return await do(database, READ, viewer, **asked)


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def facts_of(database: Database) -> dict[str, Any]:
    """Of the one job that is to import."""
    job = await Job.filter(kind="import_register").order_by("-id").first()
    assert job
    found: dict[str, Any] = job.facts
    return found


async def accepted(database: Database, raw: bytes, name: str = "register.csv") -> str:
    """A register on its way in: its id."""
    register = (await read(database, await uploaded(database, raw, name=name)))["register"]
    done = await do(database, ACCEPT, id=register["id"])
    assert (codes(done), done["register"]["state"]) == ([], "ACCEPTED")
    number: str = register["id"]
    return number


async def state_of(database: Database, register: str) -> dict[str, Any]:
    found: dict[str, Any] = (await data(database, REGISTER, {"id": register}, OFFICER))["register"]
    return found


async def nothing_came_of(database: Database, register: str) -> bool:
    """Whether it was left, and neither a row nor an asset nor its file is anyone's to see."""
    assert (await state_of(database, register))["state"] == "DISCARDED"
    row = await RegisterFile.get(id=read_id("rgf", register))
    kept = [await RegisterRow.exists(), await Asset.exists(), await Proposal.exists()]
    return not any([*kept, (await File.get(id=row.file_id)).is_public])


async def test_a_register_is_read_shown_corrected_accepted_and_imported(
    database: Database,
) -> None:
    await two_councils(database)
    file = await uploaded(database, csv())
    first = await read(database, file)
    shown = first["register"]
    assert (codes(first), shown["state"], shown["rowCount"]) == ([], "READ", 5)
    assert shown["file"]["id"] == file
    columns = {c["header"]: c for c in shown["mapping"]["columns"]}
    assert columns["Asset Reference"]["field"] == "reference"
    assert columns["Asset Reference"]["reason"] == "by its name"
    assert columns["Keyholder"]["field"] is None
    preview = shown["preview"]
    assert (preview["located"], preview["notListable"], preview["declaredSurplus"]) == (3, 1, 2)
    assert {"LOOKS_SWAPPED", "POSTCODE_NOT_READ"} == {p["code"] for p in preview["problems"]}
    assert [r["name"] for r in preview["firstRows"]][:2] == ["Old Baths", "Town Hall"]
    assert len(preview["firstRows"]) == 5 <= FIRST_ROWS
    assert not await Asset.exists()

    said = [{"column": "keyholder", "field": "Reason for holding"}, {"column": "Address"}]
    again = await read(database, file, said=said)
    assert again["register"]["id"] == shown["id"]
    fields = {c["header"]: c["field"] for c in again["register"]["mapping"]["columns"]}
    assert (fields["Keyholder"], fields["Address"]) == ("reason_for_holding", None)
    assert await RegisterFile.all().count() == 1

    await do(database, ACCEPT, id=shown["id"])
    await JOBS["import_register"].work(database, await facts_of(database))
    done = await state_of(database, shown["id"])
    assert (done["state"], done["failure"]) == ("IMPORTED", None)
    assert done["importedAt"]
    baths = await Asset.get(reference="V/001")
    assert (baths.reason_for_holding, baths.address) == ("K1", "GL50 1AA")
    assert (await File.get(id=read_id("fil", file))).is_public
    assert not (await verify(database)).broken


async def test_a_register_is_its_officers_until_it_is_imported(database: Database) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    query = "{ registers { totalCount } }"
    for viewer, count in ((OFFICER, 1), (OTHER, 1), (STRANGER, 0), (ANONYMOUS, 0)):
        assert (await data(database, query, {}, viewer))["registers"]["totalCount"] == count
    await import_accepted(database, await facts_of(database))
    for viewer in (OFFICER, STRANGER, ANONYMOUS):
        assert (await data(database, query, {}, viewer))["registers"]["totalCount"] == 1
    asked = "query($c: ID, $s: [RegisterState!]) { registers(council: $c, states: $s) {totalCount}}"
    for council, state, count in ((VALE, "IMPORTED", 1), (VALE, "READ", 0), (HILLS, "IMPORTED", 0)):
        given = {"c": write_id("are", council), "s": [state]}
        assert (await data(database, asked, given))["registers"]["totalCount"] == count
    assert (await state_of(database, register))["proposals"]["totalCount"] == 0


async def test_only_an_officer_reads_and_only_a_file_of_their_own(database: Database) -> None:
    await two_councils(database)
    mine = await uploaded(database, csv())
    assert codes(await read(database, mine, ANONYMOUS)) == ["SIGN_IN_NEEDED"]
    assert codes(await read(database, mine, STRANGER)) == ["NOT_ALLOWED"]
    assert codes(await read(database, mine, council=HILLS)) == ["NOT_ALLOWED"]
    assert codes(await read(database, mine, council=12345)) == ["NOT_FOUND"]
    stranger_s = await read(database, mine, OTHER)
    assert codes(stranger_s) == ["NOT_FOUND"]
    assert stranger_s["userErrors"][0]["path"] == ["input", "fileId"]

    async def ward(tx: Transaction) -> Area:
        vale = await Area.get(id=VALE)
        values: Any = {"valid_from": vale.valid_from, "licence": LICENCE, "council_id": VALE}
        return await Area.create(id=tx.new_id(), kind=AreaKind.WARD, code="W", name="W", **values)

    there = await in_transaction(database, ward)
    assert codes(await read(database, mine, council=there.id)) == ["NOT_FOUND"]
    register = (await read(database, mine))["register"]["id"]
    for mutation in (ACCEPT, DISCARD):
        assert codes(await do(database, mutation, STRANGER, id=register)) == ["NOT_FOUND"]
    assert codes(await do(database, ACCEPT, OTHER, id=register)) == []  # an officer as well


@pytest.mark.parametrize(
    ("raw", "more", "code"),
    [
        (b"", {}, "REGISTER_IS_EMPTY"),
        (b"%PDF-1.7 not a table", {}, "NOT_A_REGISTER"),
        (csv(), {"said": [{"column": "Keyhodler", "field": "services"}]}, "UNKNOWN_HEADER"),
        (csv(), {"said": [{"column": "Keyholder", "field": "servces"}]}, "UNKNOWN_FIELD"),
        (csv(), {"said": [{"column": "", "field": "uprn"}]}, "UNKNOWN_HEADER"),
        (csv(), {"licence": "x" * 201}, "LICENCE_TOO_LONG"),
        (
            csv([f"F/{n},Hall {n},,,530{n}00,180000,Freehold,," for n in range(4)]),
            {},
            "ANOTHER_COUNCILS_REGISTER",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_and_leaves_nothing(
    database: Database, raw: bytes, more: dict[str, Any], code: str
) -> None:
    await two_councils(database)
    refused = await read(database, await uploaded(database, raw), **more)
    assert codes(refused) == [code]
    assert not await RegisterFile.exists()


async def test_bytes_that_are_gone_are_said_to_be(database: Database) -> None:
    await two_councils(database)
    file = await uploaded(database, csv())
    row = await File.get(id=read_id("fil", file))
    database.contents.path(row.sha256).unlink()
    assert codes(await read(database, file)) == ["CONTENT_MISSING"]


async def test_the_same_file_by_the_same_mapping_is_told_at_once(database: Database) -> None:
    await two_councils(database)
    await brought_in(database, csv())
    file = await uploaded(database, csv(), name="renamed.csv")
    assert codes(await read(database, file)) == ["ALREADY_IMPORTED"]
    otherwise = await read(database, file, said=[{"column": "Keyholder", "field": "services"}])
    assert codes(otherwise) == []
    await do(database, ACCEPT, id=otherwise["register"]["id"])
    await import_accepted(database, await facts_of(database))
    done = await state_of(database, otherwise["register"]["id"])
    assert (done["state"], done["proposals"]["totalCount"]) == ("IMPORTED", 4)


async def test_every_step_is_refused_in_another_state(database: Database) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    assert codes(await do(database, ACCEPT, id=register)) == ["WRONG_STATE"]
    await import_accepted(database, await facts_of(database))
    assert codes(await do(database, DISCARD, id=register)) == ["WRONG_STATE"]
    file = await uploaded(database, csv([ROWS[0]]))
    other = (await read(database, file))["register"]["id"]
    assert (await do(database, DISCARD, id=other))["register"]["state"] == "DISCARDED"
    assert codes(await do(database, ACCEPT, id=other)) == ["WRONG_STATE"]
    anew = (await read(database, file))["register"]
    assert (anew["id"] != other, anew["state"]) == (True, "READ")


async def test_an_accepted_register_may_be_left_and_its_job_then_does_nothing(
    database: Database,
) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    left = await do(database, DISCARD, id=register)
    assert (codes(left), left["register"]["state"]) == ([], "DISCARDED")
    await import_accepted(database, await facts_of(database))
    assert await nothing_came_of(database, register)


async def test_a_register_whose_job_failed_for_good_may_be_left_and_trying_again_does_nothing(
    database: Database,
) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    await Job.filter(kind="import_register").update(attempts=jobs.ATTEMPTS)
    await in_transaction(database, lambda tx: jobs.claim(tx, ["import_register"], []))
    assert jobs.state(await Job.get(kind="import_register")) == "failed"
    assert (await state_of(database, register))["state"] == "ACCEPTED"
    assert codes(await do(database, DISCARD, id=register)) == []
    [again] = await in_transaction(database, jobs.retry_all)
    await JOBS["import_register"].work(database, again.facts)
    assert await nothing_came_of(database, register)


async def test_of_leaving_and_importing_a_register_at_once_one_is_done(database: Database) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    facts, barrier = await facts_of(database), asyncio.Barrier(2)

    async def importing() -> None:
        await barrier.wait()
        await import_accepted(database, facts)

    async def leaving() -> dict[str, Any]:
        await barrier.wait()
        return await do(database, DISCARD, id=register)

    _, left = await asyncio.gather(importing(), leaving())
    if codes(left):
        assert (await state_of(database, register))["state"] == "IMPORTED"
        assert await Asset.all().count() == 5
    else:
        assert await nothing_came_of(database, register)


async def test_an_import_that_is_refused_says_why_and_may_be_read_again(
    database: Database,
) -> None:
    await two_councils(database)
    register = await accepted(database, csv())
    await brought_in(database, csv())  # meanwhile somebody brought in the very file
    await import_accepted(database, await facts_of(database))
    failed = await state_of(database, register)
    assert failed["state"] == "FAILED"
    assert "imported before" in failed["failure"]
    assert await Asset.all().count() == 5
    file = write_id("fil", (await RegisterFile.get(id=read_id("rgf", register))).file_id or 0)
    said = [{"column": "Keyholder", "field": "services"}]
    again = await read(database, file, said=said)
    assert (again["register"]["id"], again["register"]["failure"]) == (register, None)
    await do(database, ACCEPT, id=register)
    await import_accepted(database, await facts_of(database))
    assert (await state_of(database, register))["state"] == "IMPORTED"


@pytest.mark.parametrize("batch", [1, 2, 3])
async def test_a_job_that_is_killed_halfway_leaves_nothing_and_is_done_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """In the middle of what is written of a batch: its rows are there, and its audit is not."""
    await two_councils(database)
    register = await accepted(database, many(1_200))
    facts, written = await facts_of(database), []

    async def killed(tx: Transaction, actor: str, entries: Sequence[Entry]) -> None:
        written.append(await AssetRow.all().count())
        if len(written) == batch:
            job.cancel()
        await record(tx, actor, entries)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "record", killed)
        job = asyncio.create_task(import_accepted(database, facts))
        with pytest.raises(asyncio.CancelledError):
            await job
    assert written == [500, 1_000, 1_200][:batch]
    assert (await state_of(database, register))["state"] == "ACCEPTED"
    assert not await RegisterRow.exists()
    assert not await Asset.exists()
    await import_accepted(database, facts)
    assert (await state_of(database, register))["state"] == "IMPORTED"
    await import_accepted(database, facts)  # once more, as a job may be
    assert await Asset.all().count() == await AssetRow.all().count() == 1_200


async def test_of_many_workers_that_import_one_register_at_once_one_does(
    database: Database,
) -> None:
    await two_councils(database)
    await accepted(database, csv())
    facts = await facts_of(database)
    done = await asyncio.gather(*(import_accepted(database, facts) for _ in range(6)))
    assert done == [None] * 6
    assert await RegisterRow.all().count() == await Asset.all().count() == 5
    assert await RegisterFile.filter(state=RegisterState.IMPORTED).count() == 1


async def test_of_many_who_accept_one_register_at_once_one_does(database: Database) -> None:
    await two_councils(database)
    register = (await read(database, await uploaded(database, csv())))["register"]["id"]
    done = await asyncio.gather(*(do(database, ACCEPT, id=register) for _ in range(16)))
    outcomes = Counter((codes(each) or ["ACCEPTED"])[0] for each in done)
    assert outcomes["ACCEPTED"] == 1
    assert outcomes.keys() <= {"ACCEPTED", "WRONG_STATE", "TRY_AGAIN", "BUSY"}
    assert await Job.filter(kind="import_register").count() == 1


async def test_two_registers_accepted_at_once_come_in_one_after_the_other(
    database: Database,
) -> None:
    await two_councils(database)
    facts = []
    for raw in (csv(), csv([*ROWS[:4], "V/009,Barn,,,,,Freehold,,"])):
        await accepted(database, raw)
        facts.append(await facts_of(database))
    await asyncio.gather(*(import_accepted(database, each) for each in facts))
    assert await Asset.all().count() == 5
    kinds = [proposal.kind.value for proposal in await Proposal.all().order_by("id")]
    assert sorted(kinds) == ["MISSING", "NEW"]

"""Before the deadline a bid's words are nowhere, and the database alone does not give them.

A group writes, attaches, mistypes, submits and replaces over HTTP; then everything that is kept is
searched for the words it used: the database's files and write-ahead log, a backup, the logs, the
outbox and idempotency rows that stand in them, and the folders of files and of keys (decision 17).
"""

import base64
import json
import logging
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commonweal.cli.demo import DemoSettings
from commonweal.handovers import sealing
from commonweal.handovers.envelopes import bound_to, envelope_of
from commonweal.handovers.round_keys import KeyFolder
from commonweal.handovers.rules_interests import InterestState, Verdict
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_bids import Bid, SealedVersion
from commonweal.handovers.tables_interests import ExpressionOfInterest
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.database import Database, opened
from commonweal.web.app import application
from commonweal.web.logs import SPEAKING_OF_VALUES
from commonweal.web.rooms import LAYOUT
from commonweal.web.settings import clock_of
from tests.conftest import TODAY
from tests.handovers.making import a_case, a_round
from tests.journeys.phones import Phone
from tests.makers import the_council
from tests.postgres import Cluster, find_binaries
from tests.serving import serving

WORDS: Final = ("quillonbright", "marrowfennel", "zephyrdough", "tatterwick", "osmundlathe")
IN_DRAFT, IN_BID, IN_FILE, FILE_NAME, MISTYPED = WORDS
PENCE: Final = 876_543_219_871  # a number that nobody comes upon by chance
PLAN: Final = f"A plan of the hall, by {IN_FILE}\n".encode() * 100
CONTROL: Final = "whistlepenny"  # what is no secret, and must be found


def forms_of(word: str) -> list[bytes]:
    """In UTF-8 and UTF-16, in hexadecimal, and in base 64 at any offset; in lower case."""
    plain = word.encode()
    found = [plain, word.encode("utf-16-le"), plain.hex().encode()]
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + plain)
        end = len(text) - 4 if (offset + len(plain)) % 3 else len(text)
        found.append(text[4 if offset else 0 : end].lower())
    return found


def found_in(places: dict[str, bytes], word: str) -> list[str]:
    """Where a word stands, in whatever form."""
    forms = forms_of(word)
    return [place for place, raw in places.items() if any(form in raw.lower() for form in forms)]


def test_a_word_is_found_in_every_form() -> None:
    """So that finding nothing means something."""
    word = IN_DRAFT.encode()
    coded = [base64.b64encode(b"z" * n + word + b" and more") for n in range(3)]
    for raw in (word, IN_DRAFT.encode("utf-16-le"), word.hex().encode(), *coded):
        assert found_in({"here": b"x" + raw + b"y"}, IN_DRAFT) == ["here"], raw
    assert found_in({"here": b"nothing"}, IN_DRAFT) == []


@dataclass
class Scene:
    """A group that bids, and all that is kept of it."""

    database: Database
    bid: int
    log: list[str]
    cluster: Cluster | None
    folder: Path
    url: str

    async def kept(self) -> dict[str, bytes]:
        """The bytes of each place, by its name."""
        places = {f"folder {path}": path.read_bytes() for path in files_in(self.folder)}
        places["log"] = "\n".join(self.log).encode()
        if self.cluster is None:
            places["backup"] = sqlite_backup(self.folder / "commonweal.db")
            return places
        await self.database.client.execute_query("CHECKPOINT")
        assert self.cluster.killable, "these tests have a server of their own"
        data = self.cluster.killable.data
        numbered = "SELECT oid FROM pg_database WHERE datname = current_database()"
        [row] = await self.database.fetch(numbered, [])
        for path in (*files_in(data / "base" / str(row[0])), *files_in(data / "pg_wal")):
            places[f"server {path.name}"] = path.read_bytes()
        places["server log"] = (data.parent / "log").read_bytes()
        places["backup"] = postgres_backup(self.url)
        return places


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def sqlite_backup(path: Path) -> bytes:
    """As text, as the command-line shell's `.dump` writes it."""
    with sqlite3.connect(path) as connection:
        return "\n".join(connection.iterdump()).encode()


def postgres_backup(url: str) -> bytes:
    binaries = find_binaries()
    assert isinstance(binaries, Path)
    return subprocess.run([binaries / "pg_dump", url], capture_output=True, check=True).stdout


@pytest.fixture
def log() -> Iterator[list[str]]:
    """All that the service's loggers say at `debug`; the client's own, and what the service does
    not let the server say (cli/serving.py, web/logs.py), are not among them.
    """
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(("httpx2", "httpcore2", "uvicorn.access")):
                said.append(self.format(record))

    handler, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in SPEAKING_OF_VALUES:
        logging.getLogger(name).setLevel(logging.INFO)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def scene(
    database_url: str, log: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Scene]:
    """A bid was made over HTTP, and the server is gone again."""
    clock, folders = clock_of(TODAY.date()), (tmp_path / "files", tmp_path / "keys")
    postgres = database_url.startswith("postgres")
    server = request.getfixturevalue("postgres") if postgres else None

    def again() -> AbstractAsyncContextManager[Database]:
        return opened(database_url, clock, LAYOUT, files=folders[0], keys=folders[1])

    async with again() as database:
        case = await offered(database)
    settings = DemoSettings(database_url=database_url, rates="off", log_level="debug")
    async with (
        serving(application(settings, today=TODAY.date())) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        ann = Phone(client, "ann@example.org")
        await ann.sign_in()
        group = await founded(ann, write_id("are", case.council_id))
        await passed(group, case)
        bid = read_id("bid", await bid_made(ann, group, write_id("cas", case.id)))
        assert bid
    async with again() as database:
        yield Scene(database, bid, log, server, tmp_path, database_url)


async def offered(database: Database) -> Case:
    """A case that takes bids, in a round whose key lies in the folder."""
    council = await the_council(database)
    keys = KeyFolder(database.keys)
    round_ = await a_round(database, council, key=keys.make(1))
    (database.keys / "1.key").rename(database.keys / f"{round_.id}.key")
    return await a_case(database, round_, title=f"The {CONTROL} hall")


async def passed(group: str, case: Case) -> None:
    """Their expression of interest has passed."""
    await ExpressionOfInterest.create(
        id=case.id + 1,
        case_id=case.id,
        organisation_id=read_id("org", group),
        state=InterestState.JUDGED,
        verdict=Verdict.PASS,
        answers=[],
        expressed_at=TODAY,
    )


async def bid_made(ann: Phone, group: str, case_id: str) -> str:
    """Drafted, attached to, mistyped, submitted, and replaced; the bid's id."""
    started = await ann.do("startBid", "bid { id version }", caseId=case_id, organisationId=group)
    bid, version = str(started["bid"]["id"]), started["bid"]["version"]
    put = await ann.http.put(
        f"/bids/{bid}/attachments",
        params={"name": f"{FILE_NAME}.txt"},
        content=PLAN,
        headers=ann.headers | {"content-type": "text/plain"},
    )
    assert put.status_code in (200, 201), put.text
    attachment = put.json()["id"]
    for word in (IN_DRAFT, IN_BID):
        contents = a_bid_of(word, case_id, attachment)
        saved = await ann.do(
            "saveDraft", "bid { version } checklist", bidId=bid, version=version, contents=contents
        )
        assert json.loads(saved["checklist"]) == []
        sent = await ann.do(
            "submitBid", "bid { version receipt }", bidId=bid, version=saved["bid"]["version"]
        )
        version = sent["bid"]["version"]
    wrong = a_bid_of(IN_BID, case_id, attachment) | {MISTYPED: MISTYPED}
    refused = await ann.tries("saveDraft", bidId=bid, version=version, contents=wrong)
    assert refused["userErrors"]
    read = await ann.do("readDraft", "contents", bidId=bid)
    assert IN_BID in read["contents"], "the words are really there, for who wrote them"
    return bid


def a_bid_of(word: str, case_id: str, attachment: str) -> dict[str, Any]:
    ask = {"caseId": case_id, "instrument": "LEASE", "termMonths": 84, "rentPence": 0}
    return {
        "answers": [{"criterion": name, "text": f"We {word}."} for name in ("Need", "Money")],
        "asks": [ask | {"considerationPence": PENCE}],
        "funding": [{"source": word, "kind": "SECURED", "pence": PENCE + 1}],
        "costs": [{"what": word, "pence": 1}],
        "pledgedMinutes": 600,
        "attachments": [attachment],
    }


async def founded(ann: Phone, council: str) -> str:
    group = await ann.do(
        "foundOrganisation",
        "organisation { id }",
        kind="COMMUNITY_GROUP",
        name="Friends",
        councilId=council,
    )
    return str(group["organisation"]["id"])


async def test_before_the_deadline_the_words_of_a_bid_are_nowhere(scene: Scene) -> None:
    """Invariant 7."""
    places = await scene.kept()
    assert {"log", "backup"} <= places.keys()
    assert found_in(places, CONTROL), "the search finds what is no secret"
    assert {word: found_in(places, word) for word in WORDS} == {word: [] for word in WORDS}
    assert found_in(places, str(PENCE)) == []


async def test_the_database_alone_does_not_open_a_bid(scene: Scene) -> None:
    """Invariant 7: whatever 32 bytes stand in it anywhere, none of them is a key."""
    bid = await Bid.get(id=scene.bid)
    versions = await SealedVersion.filter(bid_id=scene.bid)
    dump = (await scene.kept())["backup"]
    candidates = keys_in(dump)
    assert len(candidates) > 1_000
    for row in versions:
        envelope, bound = envelope_of(row), bound_to(row, bid)
        key = KeyFolder(scene.database.keys).service_key()
        assert sealing.open_for_bidder(envelope, row.receipt, bound, key), "the right one opens it"
        for each in candidates:
            with pytest.raises(UserError):
                sealing.open_for_bidder(envelope, row.receipt, bound, each)
            private = X25519PrivateKey.from_private_bytes(each)
            with pytest.raises(UserError):
                sealing.open_for_round(envelope, row.receipt, bound, private)


def keys_in(dump: bytes) -> set[bytes]:
    """Each 32 bytes that a backup could mean by what it writes in hexadecimal."""

    found = set()
    for run in re.findall(rb"[0-9a-fA-F]{64,}", dump):
        raw = bytes.fromhex(run[: len(run) // 2 * 2].decode())
        found |= {raw[at : at + 32] for at in range(len(raw) - 31)}
    return found


async def test_a_stranger_with_the_database_and_a_folder_of_keys_of_their_own_opens_nothing(
    scene: Scene, tmp_path: Path
) -> None:
    bid, theirs = await Bid.get(id=scene.bid), KeyFolder(tmp_path / uuid4().hex)
    private = X25519PrivateKey.generate()
    for row in await SealedVersion.filter(bid_id=scene.bid):
        envelope, bound = envelope_of(row), bound_to(row, bid)
        with pytest.raises(sealing.KeyDoesNotFit):
            sealing.open_for_bidder(envelope, row.receipt, bound, theirs.service_key())
        with pytest.raises(sealing.KeyDoesNotFit):
            sealing.open_for_round(envelope, row.receipt, bound, private)

"""The export, and the script with which a stranger rechecks it: each planted fault is named."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.kernel.ids import write_id
from commonweal.ledger.exporting import exported, lines
from commonweal.ledger.sealing import proof, seal_days
from commonweal.ledger.tables import SealedDay, Transfer
from commonweal.store.database import Database
from tests.conftest import Advance
from tests.ledger.accounts import order, posted
from tests.ledger.test_verifying import staged

SCRIPT = Path(__file__).parents[2] / "docs" / "check_ledger.py"
Lines = list[dict[str, Any]]


def checked(*words: Any) -> subprocess.CompletedProcess[str]:
    """The script's outcome: isolated, so that nothing of ours is within its reach."""
    command = [sys.executable, "-I", "-S", "-W", "error", str(SCRIPT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def written(database: Database) -> Lines:
    return [json.loads(line) async for line in exported(database)]


def kept(folder: Path, what: Lines) -> Path:
    path = folder / "ledger.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in what))
    return path


async def sealed(database: Database, advance: Advance) -> None:
    """The scene, and two days of which the second was sealed empty; then a day that goes on."""
    scene = await staged(database)
    await advance(timedelta(days=2))
    await seal_days(database)
    await posted(database, order(scene.bob, scene.ann, 1, "afterwards"))


async def test_an_export_has_a_line_for_everything_and_holds(
    database: Database, advance: Advance, tmp_path: Path
) -> None:
    await sealed(database, advance)
    seen: list[int] = []
    export = [line async for line in exported(database, seen.append)]
    assert len(export) == await lines(database) == sum(seen) + 1
    what = [json.loads(line) for line in export]
    head = what[0]["ledger"]
    assert head["format"] == 1
    kinds = [kind for line in what[1:] for kind in line]
    assert {f"{kind}s": kinds.count(kind) for kind in set(kinds)} == {
        name: count for name, count in head.items() if name not in ("format", "made_at")
    }
    assert {line["account"]["owner"] for line in what if "account" in line} == {"per_tester"}
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"".join(export))
    done = checked(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{head['transfers']} transfers and 2 sealed days hold.\n"
    last = await SealedDay.all().order_by("-day").first()
    assert last
    assert checked(path, "--chained", last.chained).returncode == 0
    assert checked(path, "--chained", "").returncode == 1
    other = checked(path, "--chained", last.root)
    assert other.returncode == 1
    assert "the last sealed day's hash is not the one that was published" in other.stderr


def of(what: Lines, kind: str, /, **like: Any) -> dict[str, Any]:
    """The first line's content of a kind, where it is like that."""
    rows = (line[kind] for line in what if kind in line)
    found: dict[str, Any] = next(row for row in rows if like.items() <= row.items())
    return found


def paid(**more: Any) -> Callable[[Lines], None]:
    return lambda what: of(what, "transfer", cause="paid").update(more)


def without(kind: str, /, **like: Any) -> Callable[[Lines], None]:
    """The line is taken out, and the first line says so."""

    def take(what: Lines) -> None:
        row = of(what, kind, **like)
        what[:] = [line for line in what if line.get(kind) is not row]
        what[0]["ledger"][f"{kind}s"] -= 1

    return take


def cut(what: Lines) -> None:
    what.pop()


def swapped(what: Lines) -> None:
    first, second = [n for n, line in enumerate(what) if "transfer" in line][:2]
    what[first], what[second] = what[second], what[first]


def twice(kind: str, /, **like: Any) -> Callable[[Lines], None]:
    """The line stands there once more, and the first line counts it."""

    def double(what: Lines) -> None:
        row = of(what, kind, **like)
        what.insert(1, {kind: dict(row)})
        what[0]["ledger"][f"{kind}s"] += 1

    return double


def changed(kind: str, like: dict[str, Any], /, **more: Any) -> Callable[[Lines], None]:
    return lambda what: of(what, kind, **like).update(more)


FULL = {"posted": 115, "shard": 0}  # Ann's balance
SECOND = {"day": "2026-11-23"}
PLANTED: dict[str, tuple[Callable[[Lines], None], str]] = {
    "an amount": (paid(amount=31), "movement 3 leaves 110, and not 109"),
    "a balance after": (paid(credit_after=31), "movement 1 leaves 31, and not 30"),
    "a version on both sides": (paid(debit_version=2), "movement 2 is there twice"),
    "an actor": (paid(actor="per_other"), "2026-11-22: its transfers are not those that were"),
    "a unit": (paid(unit="pence"), "has no balance of pence"),
    "an amount of nothing": (paid(amount=0), "it moves 0"),
    "an amount that is no integer": (paid(amount=30.0), "it moves 30.0"),
    "a day": (paid(created_at="2026-11-21T00:00:00.000000+00:00"), "and is not sealed"),
    "a transfer taken out": (without("transfer", cause="lot"), "movement 2 is missing, and 3 is"),
    "the last taken out": (without("transfer", cause="afterwards"), "its transfers leave 114"),
    "an order": (swapped, "it does not come after"),
    "a balance": (changed("balance", FULL, posted=116), "all balances together are 1, and not 0"),
    "a count": (changed("balance", FULL, version=7), "it has 115 after 7 movements, and its"),
    "what is held": (changed("balance", FULL, held=11), "it holds 11, and its holds are 12"),
    "what is owed": (changed("balance", FULL, owed=1), "it owes 1, and is 0 below its floor"),
    "a floor": (changed("balance", FULL, floor=104), "it has 103 that is not held; its floor is"),
    "a ceiling": (changed("balance", FULL, ceiling=9), "it has 115; its ceiling is 9"),
    "a balance's unit": (changed("balance", FULL, unit="pence"), "it is of pence, and its account"),
    "a hold taken out": (without("hold", state="held"), "it holds 12, and its holds are 0"),
    "a reversal": (
        changed("transfer", {"reversal": 1}, amount=31),
        "it moved 30, and 31 was taken back",
    ),
    "a reversal's number": (changed("transfer", {"reversal": 1}, reversal=2), "is not numbered"),
    "a reversal's cause": (changed("transfer", {"reversal": 1}, cause="x"), "does not fit it"),
    "a root": (changed("sealed_day", SECOND, root="0" * 64), "is not its day, number and root"),
    "a chain": (changed("sealed_day", SECOND, previous="0" * 64), "is not chained to the day"),
    "a day's number": (changed("sealed_day", SECOND, transfers=1), "1 were sealed, and there are"),
    "a day taken out": (without("sealed_day", day="2026-11-22"), "it is not chained to the day"),
    "an account taken out": (without("account", kind="issuer"), "and its account is not"),
    "a line taken out": (cut, "the first line says 2 of sealed_day"),
    "an account twice": (twice("account", kind="wallet"), "it stands there twice"),
    "a balance twice": (twice("balance", **FULL), "it stands there twice"),
    "another format": (changed("ledger", {}, format=2), "line 1 cannot be read"),
    "a line of another kind": (lambda what: what.append({"x": {}}), "cannot be read"),
}


NO_LINES = {
    "no text": b"\xff\xfe\n",
    "half an object": b'{"balance": ',
    "a list": b"[1]\n",
    "lists without an end": b"[" * 100_000,
    "a balance of nothing": b'{"balance": {"account": "acc_1", "shard": 0}}\n',
    "what is no number": b'{"balance": {"ceiling": NaN}}\n',
    "a second first line": b'{"ledger": {"format": 1}}\n',
    "a hold of nobody": b'{"hold": {"state": "held", "account": "acc_1", "amount": 1}}\n',
    "a transfer of nobody": b'{"transfer": {"id": "trf_1", "amount": 1, "unit": null}}\n',
    "a day that is a number": b'{"sealed_day": {"day": 1, "previous": "", "chained": ""}}\n',
    "a unit that is an object": b'{"account": {"id": "acc_1", "unit": {}}}\n',
}


@pytest.mark.parametrize("name", NO_LINES)
def test_what_no_export_has_is_said_and_no_traceback(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ledger.jsonl"
    head = {f"{kind}s": 0 for kind in ("account", "balance", "hold", "transfer", "sealed_day")}
    path.write_bytes(json.dumps({"ledger": {"format": 1} | head}).encode() + b"\n" + NO_LINES[name])
    for words in ((path,), ("--proof", path, path), (tmp_path / "none",)):
        done = checked(*words)
        assert done.returncode == 1
        assert done.stderr
        assert "Traceback" not in done.stderr


async def test_the_script_names_each_fault_that_is_planted(
    database: Database, advance: Advance, tmp_path: Path
) -> None:
    await sealed(database, advance)
    export = json.dumps(await written(database))
    assert checked(kept(tmp_path, json.loads(export))).returncode == 0
    for name, (plant, says) in PLANTED.items():
        what = json.loads(export)
        plant(what)
        done = checked(kept(tmp_path, what))
        assert done.returncode == 1, name
        assert says in done.stderr, (name, done.stderr)
        assert "Traceback" not in done.stderr, name


async def test_the_script_checks_a_proof_against_a_published_root_or_an_export(
    database: Database, advance: Advance, tmp_path: Path
) -> None:
    await sealed(database, advance)
    export = kept(tmp_path, await written(database))
    transfer = await Transfer.get(cause="paid")
    given = asdict(await proof(database, transfer.id))
    path = tmp_path / "proof.json"

    def outcome(what: dict[str, Any], *words: Any) -> tuple[int, str]:
        path.write_text(json.dumps(what))
        done = checked("--proof", path, *words)
        return done.returncode, done.stdout + done.stderr

    named = write_id("trf", transfer.id)
    good = (0, f"{named} is in 2026-11-22, as sealed.\n")
    assert outcome(given, "--root", given["root"]) == good
    assert outcome(given, export)[0] == 0
    assert "which is 00" in outcome(given, "--root", "0" * 64)[1]
    assert outcome(given)[0] == 2  # against nothing there is nothing to check
    for more, says in (
        ({"transfer": given["transfer"] | {"amount": 31}}, "does not lead to its root"),
        ({"index": given["index"] + 1}, "does not lead to its root"),
        ({"index": -1}, "is not in its day"),
        ({"path": given["path"] * 3}, "is too long"),
        ({"day": "2026-11-23"}, "the transfer is not of 2026-11-23"),
        ({"previous": given["root"]}, "the proof's root is not what is chained"),
    ):
        code, text = outcome(given | more, "--root", given["root"])
        assert (code, says in text) == (1, True), text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_empty_ledger_is_an_export_too(database: Database, tmp_path: Path) -> None:
    done = checked(kept(tmp_path, await written(database)))
    assert (done.returncode, done.stdout) == (0, "0 transfers and 0 sealed days hold.\n")


def test_the_script_is_for_python_3_9_and_needs_nothing_else() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    imported: set[str] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Import):
            imported |= {name.name for name in each.names}
        elif isinstance(each, ast.ImportFrom):
            imported.add(str(each.module))
    assert imported <= sys.stdlib_module_names

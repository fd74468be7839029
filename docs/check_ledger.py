#!/usr/bin/env python3
"""Checks a ledger's export, or a proof that a transfer is in it, without the service's own code.

    python3 check_ledger.py LEDGER.jsonl
    python3 check_ledger.py LEDGER.jsonl --chained HEX   # and the last sealed day's published hash
    python3 check_ledger.py --proof PROOF.json --root HEX     # the day's root as it was published
    python3 check_ledger.py --proof PROOF.json LEDGER.jsonl   # or as the export has it

It needs Python 3.9 and nothing else, and reads an export line by line. What it checks: every
account's movements are numbered 1, 2, 3 … and each leaves what the one before left, more or less
its amount; the last is the balance; holds are what is held; floors and ceilings stand; all balances
of a unit are 0 together; nothing is taken back twice; every day's transfers have the root that was
sealed, and every day is chained to the one before.

How a day is sealed: a leaf is a transfer's object as JSON with sorted keys, no spaces and ASCII
only; its hash is SHA-256 of a 00 byte and the leaf; two hashes make one, SHA-256 of a 01 byte and
both (RFC 6962); the day's transfers stand in the order of their ids. `chained` is SHA-256 of the
JSON list [the `chained` before or 64 zeros, day, number of transfers, root].

It names each fault of these, and exits with 1 if there was one. The service's own `verify` asks
more: causes used twice, closed accounts, settled holds, what expires.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any, Dict, Iterator, List, Optional, Tuple  # noqa: UP035  # Python 3.9

BEGINNING = "0" * 64
# What comes of a line that is no JSON, or lacks what it should have, or has something else there.
UNREADABLE = (ValueError, AttributeError, KeyError, TypeError, RecursionError, OverflowError)
Line = Dict[str, Any]  # noqa: UP006
Shard = Tuple[str, int]  # noqa: UP006


def no_number(text: str) -> None:
    raise ValueError(f"{text} is no number here")


def canonical(what: Any) -> bytes:
    return json.dumps(what, sort_keys=True, separators=(",", ":")).encode()


def leaf(transfer: Line) -> bytes:
    return hashlib.sha256(b"\0" + canonical(transfer)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def chained(previous: str, day: str, transfers: int, root: str) -> str:
    return hashlib.sha256(canonical([previous, day, transfers, root])).hexdigest()


class Tree:
    """A Merkle tree that keeps the roots of its full halves only."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: List[bytes] = []  # noqa: UP006

    def add(self, found: bytes) -> None:
        rest = self.size
        while rest & 1:
            found = node(self.peaks.pop(), found)
            rest >>= 1
        self.peaks.append(found)
        self.size += 1

    def root(self) -> str:
        if not self.peaks:
            return hashlib.sha256().hexdigest()
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found.hex()


class Sequence:
    """An account's movements, or a shard's; what comes before its turn waits."""

    def __init__(self) -> None:
        self.version = self.balance = 0
        self.early: Dict[int, Tuple[int, int]] = {}  # noqa: UP006

    def move(self, version: int, amount: int, after: int) -> Iterator[str]:
        if version <= self.version or version in self.early:
            yield f"movement {version} is there twice"
            return
        self.early[version] = amount, after
        while self.version + 1 in self.early:
            self.version += 1
            amount, after = self.early.pop(self.version)
            if self.balance + amount != after:
                yield f"movement {self.version} leaves {after}, and not {self.balance + amount}"
            self.balance = after

    def end(self) -> Iterator[str]:
        if self.early:
            yield f"movement {self.version + 1} is missing, and {min(self.early)} is the next"


class Export:
    """What is kept of an export while it is read: nothing of a transfer but its reversals."""

    def __init__(self) -> None:
        self.faults: List[str] = []  # noqa: UP006
        self.head: Line = {}
        self.seen: Counter = Counter()  # type: ignore[type-arg]
        self.units: Dict[str, str] = {}  # noqa: UP006
        self.balances: Dict[Shard, Line] = {}  # noqa: UP006
        self.held: Counter = Counter()  # type: ignore[type-arg]
        self.sequences: Dict[Shard, Sequence] = defaultdict(Sequence)  # noqa: UP006
        self.trees: Dict[str, Tree] = defaultdict(Tree)  # noqa: UP006
        self.days: List[Line] = []  # noqa: UP006
        self.last = ""
        self.reversed: Dict[str, List[Line]] = {}  # noqa: UP006

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def read(self, path: str) -> None:
        with open(path, "rb") as file:  # noqa: PTH123
            for number, text in enumerate(file, 1):
                try:
                    [(kind, what)] = json.loads(text, parse_constant=no_number).items()
                    getattr(self, f"read_{kind}")(what)
                except UNREADABLE as error:
                    self.fault(f"line {number} cannot be read: {error!r}")
                    continue
                self.seen[kind] += 1

    def read_ledger(self, what: Line) -> None:
        if self.head or sum(self.seen.values()):
            self.fault("the first line stands there twice, or is not the first")
        self.head = what
        if what["format"] != 1:
            raise ValueError("this reads format 1")

    def read_account(self, what: Line) -> None:
        if what["id"] in self.units:
            self.fault(f"{what['id']}: it stands there twice")
        self.units[what["id"]] = what["unit"]

    def read_balance(self, what: Line) -> None:
        shard = what["account"], what["shard"]
        if shard in self.balances:
            self.fault(f"{shard[0]}, shard {shard[1]}: it stands there twice")
        self.balances[shard] = what
        named = f"{shard[0]}, shard {shard[1]}"
        if self.units.get(what["account"]) != what["unit"]:
            self.fault(f"{named}: it is of {what['unit']}, and its account is not")
        free = what["posted"] - what["held"]
        if free + what["owed"] < what["floor"]:
            self.fault(f"{named}: it has {free} that is not held; its floor is {what['floor']}")
        if what["owed"] != max(what["floor"] - free, 0):
            below = max(what["floor"] - free, 0)
            self.fault(f"{named}: it owes {what['owed']}, and is {below} below its floor")
        if what["posted"] > what["ceiling"]:
            self.fault(f"{named}: it has {what['posted']}; its ceiling is {what['ceiling']}")

    def read_hold(self, what: Line) -> None:
        if what["state"] == "held":
            self.held[what["account"], 0] += what["amount"]

    def read_transfer(self, what: Line) -> None:
        name, amount = what["id"], what["amount"]
        if name <= self.last:
            self.fault(f"{name}: it does not come after {self.last}")
        self.last = name
        if type(amount) is not int or amount < 1:
            self.fault(f"{name}: it moves {amount}")
        for side, way in (("debit", -1), ("credit", 1)):
            shard = what[side], what[f"{side}_shard"]
            if shard not in self.balances or self.balances[shard]["unit"] != what["unit"]:
                self.fault(f"{name}: {shard[0]} has no balance of {what['unit']}")
            moved = self.sequences[shard].move(
                what[f"{side}_version"], way * amount, what[f"{side}_after"]
            )
            for fault in moved:
                self.fault(f"{shard[0]}, shard {shard[1]}: {fault} ({name})")
        self.trees[what["created_at"][:10]].add(leaf(what))
        if what["reverses"] is not None:
            self.reversed.setdefault(what["reverses"], []).append(what)

    def read_sealed_day(self, what: Line) -> None:
        self.days.append(what)

    def finish(self, path: str) -> None:
        """What can be said once all is read."""
        self.check_lines()
        for shard, balance in self.balances.items():
            sequence, named = self.sequences[shard], f"{shard[0]}, shard {shard[1]}"
            for fault in sequence.end():
                self.fault(f"{named}: {fault}")
            there, moved = (
                (balance["posted"], balance["version"]),
                (sequence.balance, sequence.version),
            )
            if there != moved:
                self.fault(
                    f"{named}: it has {there[0]} after {there[1]} movements, and its transfers "
                    f"leave {moved[0]} after {moved[1]}"
                )
            if balance["held"] != self.held[shard]:
                self.fault(
                    f"{named}: it holds {balance['held']}, and its holds are {self.held[shard]}"
                )
        together: Counter = Counter()  # type: ignore[type-arg]
        for balance in self.balances.values():
            together[balance["unit"]] += balance["posted"]
        for unit, total in together.items():
            if total:
                self.fault(f"{unit}: all balances together are {total}, and not 0")
        for shard in self.held.keys() - self.balances.keys():
            self.fault(f"{shard[0]}: it has holds, and no balance")
        if self.reversed:
            self.check_reversals(path)
        self.check_days()

    def check_lines(self) -> None:
        for kind in ("account", "balance", "hold", "transfer", "sealed_day"):
            said = self.head.get(f"{kind}s")
            if said != self.seen[kind]:
                self.fault(f"the first line says {said} of {kind}, and there are {self.seen[kind]}")

    def check_reversals(self, path: str) -> None:
        """In a second reading: what was taken back may stand anywhere."""
        with open(path, "rb") as file:  # noqa: PTH123
            for text in file:
                if not text.startswith(b'{"transfer"'):
                    continue
                whole = json.loads(text)["transfer"]
                for fault in misfits(whole, self.reversed.pop(whole["id"], [])):
                    self.fault(f"{whole['id']}: {fault}")
        for name in self.reversed:
            self.fault(f"{name}: it was taken back, and is not there")

    def check_days(self) -> None:
        before: Optional[Line] = None  # noqa: UP045
        for each in self.days:
            day, tree = each["day"], self.trees.pop(each["day"], Tree())
            if before and date.fromisoformat(day) - date.fromisoformat(before["day"]) != timedelta(
                1
            ):
                self.fault(f"{day}: the day sealed before it is {before['day']}")
            if each["previous"] != (before["chained"] if before else BEGINNING):
                self.fault(f"{day}: it is not chained to the day before")
            if each["chained"] != chained(each["previous"], day, each["transfers"], each["root"]):
                self.fault(f"{day}: what is chained is not its day, number and root")
            if each["transfers"] != tree.size:
                self.fault(f"{day}: {each['transfers']} were sealed, and there are {tree.size}")
            elif each["root"] != tree.root():
                self.fault(f"{day}: its transfers are not those that were sealed: the root differs")
            before = each
        for day in sorted(self.trees):
            if before and day <= before["day"]:
                self.fault(f"{day}: it has {self.trees[day].size} transfers, and is not sealed")


def misfits(whole: Line, parts: List[Line]) -> Iterator[str]:  # noqa: UP006
    """How what took a transfer back does not fit it."""
    taken = sum(part["amount"] for part in parts)
    if taken > whole["amount"]:
        yield f"it moved {whole['amount']}, and {taken} was taken back"
    if sorted(part["reversal"] for part in parts) != list(range(1, len(parts) + 1)):
        yield "what took it back is not numbered 1, 2, 3 …"
    for part in parts:
        sides = part["debit"], part["credit"], part["unit"]
        cause = f"{whole['cause']}/reversal/{part['reversal']}"
        if sides != (whole["credit"], whole["debit"], whole["unit"]) or part["cause"] != cause:
            yield f"{part['id']} took it back and does not fit it"
    if parts and whole["reverses"] is not None:
        yield "it takes another back, and was taken back itself"


def proof_faults(proof: Line, root: Optional[str]) -> Iterator[str]:  # noqa: UP045
    """What is wrong with an inclusion proof (RFC 9162, 2.1.3.2)."""
    here, last, found = proof["index"], proof["size"] - 1, leaf(proof["transfer"])
    if not 0 <= here <= last:
        yield "the proof's index is not in its day"
        return
    if proof["transfer"]["created_at"][:10] != proof["day"]:
        yield f"the transfer is not of {proof['day']}"
    for text in proof["path"]:
        if not last:
            yield "the proof's path is too long"
            return
        if here & 1 or here == last:
            found = node(bytes.fromhex(text), found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, bytes.fromhex(text))
        here, last = here >> 1, last >> 1
    if last or found.hex() != proof["root"]:
        yield "the proof's path does not lead to its root"
    if chained(proof["previous"], proof["day"], proof["size"], proof["root"]) != proof["chained"]:
        yield "the proof's root is not what is chained"
    if root != proof["root"]:
        yield f"the proof's root is not that of {proof['day']}, which is {root}"


def check_export(export: Export, path: str, last: Optional[str]) -> None:  # noqa: UP045
    """Read it, and say what is wrong; `last` is what the last sealed day's hash is to be."""
    export.read(path)
    if not export.faults or export.seen["transfer"]:
        try:
            export.finish(path)
        except UNREADABLE as error:
            export.fault(f"the lines cannot be checked together: {error!r}")
    if last is not None and last not in [day["chained"] for day in export.days[-1:]]:
        export.fault("the last sealed day's hash is not the one that was published")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("export", nargs="?", help="what `commonweal export ledger` wrote")
    parser.add_argument("--chained", help="the last sealed day's `chained`, as published")
    parser.add_argument("--proof", help="what `commonweal ledger proof` printed")
    parser.add_argument("--root", help="the root of the proof's day, as published")
    asked = parser.parse_args()
    if not asked.export and not (asked.proof and asked.root):
        parser.error("an export is needed, or a proof and its day's root")
    if asked.chained is not None and not asked.export:
        parser.error("--chained is of an export's last day: name the export too")
    faults: List[str] = []  # noqa: UP006
    export = Export()
    if asked.export:
        check_export(export, asked.export, asked.chained)
        faults += export.faults
    if asked.proof:
        try:
            with open(asked.proof, "rb") as file:  # noqa: PTH123
                proof = json.load(file)
            roots = {day["day"]: day["root"] for day in export.days}
            faults += proof_faults(proof, asked.root or roots.get(proof["day"]))
        except UNREADABLE as error:
            faults.append(f"the proof cannot be read: {error!r}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        if asked.export:
            print(f"{export.seen['transfer']} transfers and {len(export.days)} sealed days hold.")
        if asked.proof:
            print(f"{proof['transfer']['id']} is in {proof['day']}, as sealed.")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")

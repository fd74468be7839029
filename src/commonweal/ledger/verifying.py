"""Whether all that must hold of the ledger does: each fault is named, with account and amount.

Everything is read in one snapshot, a few hundred accounts at a time, by statements that compare
rows inside the engine; only what expires is replayed here. Nothing is mended. That movements are in
the order of their versions is asked for; that they are in the order of their instants is not, since
a transaction's instant is its beginning, before it waited for a row.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson

from commonweal.store.database import Database, Fetch

from . import sealing
from .preparing import movements
from .rules_lots import Lots, lots_of
from .sealing import written_id
from .statements import instant, numbered
from .verifying_statements import EVERYWHERE, EXPIRING, IN_RANGE, REBUILT

ACCOUNTS_AT_ONCE: Final = 500  # of a statement: seconds, even where each has a thousand movements
MOVEMENTS_AT_ONCE: Final = 5_000  # of a replay: a few megabytes
MOST: Final = 2**63 - 1
Advance = Callable[[int], None]


@dataclass(slots=True)
class Verdict:
    """What was found. Of each kind of fault the first few in each part are named."""

    accounts: int = 0
    transfers: int = 0
    days: int = 0  # that are sealed
    faults: list[str] = field(default_factory=list)


# What comes of a value that only somebody tampering writes: it must not hide the other faults.
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one moment."""

    database: Database
    rows: Fetch

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        return await self.rows(sql, values)

    async def asked(self, sql: str, *values: int) -> Sequence[Any]:
        """Rows of a statement whose values are $1, $2 …"""
        return await self.rows(*numbered(self.database, sql, *values))


async def size(database: Database) -> int:
    """How many accounts and transfers there are to look at, for a bar."""
    [row] = await database.fetch(
        "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM transfer)", []
    )
    return int(row[0])


async def verify(database: Database, advance: Advance = lambda _: None) -> Verdict:
    """Every sequence, balance, bound, hold, reversal, lapse and sealed day.

    `advance` is told how many more accounts, and then transfers, were looked at.
    """
    found = Verdict()
    async with database.snapshot() as rows:
        snapshot = Snapshot(database, rows)
        for sql, says in EVERYWHERE:
            found.faults += [said(says, row) for row in await snapshot.asked(sql)]
        async for after, last, accounts in _ranges(snapshot):
            for sql, says in IN_RANGE:
                found.faults += [said(says, row) for row in await snapshot.asked(sql, after, last)]
            found.faults += await _lapses(snapshot, after, last)
            found.accounts += accounts
            advance(accounts)
        try:
            await _days(snapshot, found, advance)
        except UNREADABLE as error:
            found.faults.append(f"The days cannot be read: {error!r}.")
    return found


async def rebuild(database: Database, advance: Advance = lambda _: None) -> Verdict:
    """Balances computed from the transfers' amounts alone, compared with those that are kept."""
    found = Verdict()
    sql, says = REBUILT
    async with database.snapshot() as rows:
        snapshot = Snapshot(database, rows)
        async for after, last, accounts in _ranges(snapshot):
            found.faults += [said(says, row) for row in await snapshot.asked(sql, after, last)]
            found.accounts += accounts
            advance(accounts)
    return found


def said(says: str, row: Sequence[Any]) -> str:
    """A fault as a sentence: a row's first value is an account's number, or a word."""
    who, *others = row
    return says.format(written_id("acc", who) if isinstance(who, int) else who, *others)


async def _ranges(snapshot: Snapshot) -> AsyncIterator[tuple[int, int, int]]:
    """All numbers, in parts (after, last] with so many accounts in each.

    A movement of an account that is not there is in one of them too.
    """
    sql = f"SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT {ACCOUNTS_AT_ONCE}"
    after = -MOST
    while True:
        accounts = await snapshot.asked(sql, after)
        last = accounts[-1][0] if len(accounts) == ACCOUNTS_AT_ONCE else MOST
        yield after, last, len(accounts)
        if last == MOST:
            return
        after = last


async def _lapses(snapshot: Snapshot, after: int, last: int) -> list[str]:
    """Checkpoints and `next_expiry` against what a replay of all movements leaves."""
    faults: list[str] = []
    for row in await snapshot.asked(EXPIRING, after, last):
        account = written_id("acc", row[0])
        try:
            faults += [f"{account}: {why}" async for why in _expiring(snapshot, row)]
        except UNREADABLE as error:
            faults.append(f"{account}: what expires in it cannot be read: {error!r}.")
    return faults


async def _expiring(snapshot: Snapshot, row: Sequence[Any]) -> AsyncIterator[str]:
    number, version, next_expiry, kept_version, kept = row
    due, lots, reached = instant(next_expiry), Lots(), 0
    if kept_version is not None:
        await _replay(snapshot, lots, number, 0, kept_version)
        reached = kept_version
        there = lots_of(orjson.loads(kept) if isinstance(kept, str | bytes) else kept)
        if (there.lots, there.debt) != (lots.lots, lots.debt):
            yield (
                f"its checkpoint at movement {kept_version} leaves {_left(there)}, "
                f"and a replay {_left(lots)}."
            )
    await _replay(snapshot, lots, number, reached, version)
    soonest = lots.next_expiry()
    if soonest is not None and (due is None or due > soonest):
        amount = sum(amount for at, amount in lots.lots if at == soonest)
        yield f"{amount} of it expires at {_at(soonest)}, and it says {_at(due)}."


async def _replay(snapshot: Snapshot, lots: Lots, account: int, after: int, last: int) -> None:
    while after < last:
        until = min(after + MOVEMENTS_AT_ONCE, last)
        found = await movements(snapshot, account, after, until)
        if not found:  # a balance that counts more than there are: that is said already
            return
        lots.replay(found)
        after = until


def _left(lots: Lots) -> str:
    amounts = ", ".join(f"{amount} until {_at(at)}" for at, amount in lots.lots)
    return f"{amounts or 'nothing'}{f' and a debt of {lots.debt}' if lots.debt else ''}"


def _at(at: datetime | None) -> str:
    return at.isoformat() if at else "never"


async def _days(snapshot: Snapshot, found: Verdict, advance: Advance) -> None:
    """The sealed days against the transfers, in one walk over them."""
    sealed = await sealing.days_sealed(snapshot.rows)
    last = sealed[-1]["day"] if sealed else None
    trees: dict[date, sealing.Tree] = {each["day"]: sealing.Tree() for each in sealed}
    missing: dict[date, int] = {}  # days in between that nobody sealed, and their transfers
    async for posted in sealing.transfers_of(snapshot.database, snapshot.rows, advance=advance):
        found.transfers += 1
        day = sealing.day_of(posted)
        if tree := trees.get(day):
            tree.add(sealing.leaf(sealing.content(posted)))
        elif last and day < last:
            missing[day] = missing.get(day, 0) + 1
    found.days = len(sealed)
    for day, transfers in missing.items():
        found.faults.append(f"{day}: it is not sealed, and has {transfers} transfers.")
    before = None
    for each in sealed:
        tree = trees[each["day"]]
        found.faults += [f"{each['day']}: {why}." for why in _unsealed(each, before, tree)]
        before = each


def _unsealed(each: dict[str, Any], before: dict[str, Any] | None, tree: sealing.Tree) -> list[str]:
    """What is wrong with a sealed day."""
    why = []
    if before and (each["day"] - before["day"]).days != 1:
        why.append(f"the day sealed before it is {before['day']}")
    if each["previous"] != (before["chained"] if before else sealing.BEGINNING):
        why.append("it is not chained to the day before")
    chain = sealing.chained(each["previous"], each["day"], each["transfers"], each["root"])
    if each["chained"] != chain:
        why.append("what is chained is not its day, number and root")
    if each["transfers"] != tree.size:
        why.append(f"{each['transfers']} transfers were sealed, and there are {tree.size}")
    elif each["root"] != tree.root():
        why.append(f"its {tree.size} transfers are not those that were sealed: their root differs")
    return why

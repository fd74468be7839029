"""The whole ledger as JSON Lines, for auditors: what `docs/check_ledger.py` rechecks alone.

Each line is an object with one key that says what it is: `ledger` (first: the format's version and
how many lines of each kind follow), `account`, `balance`, `hold`, `transfer` (in the order of ids,
its content the leaf of sealing.py) and `sealed_day`. All is of one moment, and memory stays flat.
Whose an account is, is an id; names are elsewhere and never here.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from commonweal.store.database import Database, Fetch

from .sealing import (
    READ_AT_ONCE,
    canonical,
    content,
    days_sealed,
    transfers_of,
    written_id,
    written_instant,
)
from .statements import instant, numbered

FORMAT: Final = 1
KINDS: Final = ("account", "balance", "hold", "transfer", "sealed_day")
COLUMNS: Final = {
    "account": ("id", "kind", "owner", "unit", "shards", "lapses_to", "opened_at", "closed_at"),
    "balance": (
        "account", "shard", "unit", "posted", "held", "owed", "version", "floor", "ceiling",
        "next_expiry",
    ),
    "hold": (
        "id", "account", "amount", "cause", "actor", "state", "created_at", "expires_at",
        "ended_at",
    ),
}  # fmt: skip
INSTANTS: Final = frozenset(
    ["opened_at", "closed_at", "next_expiry", "created_at", "expires_at", "ended_at"]
)
Advance = Callable[[int], None]


async def lines(database: Database) -> int:
    """How many there will be, about: for a bar."""
    return 1 + sum((await _counts(database.fetch)).values())


async def exported(database: Database, advance: Advance = lambda _: None) -> AsyncIterator[bytes]:
    """The lines, some at a time."""
    async with database.snapshot() as fetch:
        head = {"format": FORMAT, "made_at": written_instant(database.clock.now())}
        yield _line("ledger", head | await _counts(fetch))
        for kind in COLUMNS:
            async for row in _rows(database, fetch, kind):
                yield _line(kind, row)
                advance(1)
        async for posted in transfers_of(database, fetch, advance=advance):
            yield _line("transfer", content(posted))
        for each in await days_sealed(fetch):
            day = {"day": each["day"].isoformat(), "sealed_at": written_instant(each["sealed_at"])}
            yield _line("sealed_day", each | day)
            advance(1)


async def _counts(fetch: Fetch) -> dict[str, int]:
    asked = ", ".join(f"(SELECT count(*) FROM {kind})" for kind in KINDS)
    [row] = await fetch(f"SELECT {asked}", [])
    return {f"{kind}s": int(count) for kind, count in zip(KINDS, row, strict=True)}


async def _rows(database: Database, fetch: Fetch, kind: str) -> AsyncIterator[dict[str, Any]]:
    """A table's rows, a page of keys at a time."""
    names = COLUMNS[kind]
    key = names[:2] if kind == "balance" else names[:1]
    marks = ", ".join(f"${n}" for n in range(1, len(key) + 1))
    sql = (
        f"SELECT {', '.join(names)} FROM {kind} WHERE ({', '.join(key)}) > ({marks})"
        f" ORDER BY {', '.join(key)} LIMIT {READ_AT_ONCE}"
    )
    after = [-(2**63), 0][: len(key)]
    while rows := await fetch(*numbered(database, sql, *after)):
        for row in rows:
            yield {name: _value(kind, name, value) for name, value in zip(names, row, strict=True)}
        after = list(rows[-1])[: len(key)]


def _value(kind: str, name: str, value: Any) -> Any:
    if name in INSTANTS:
        return written_instant(instant(value))
    if name in ("account", "lapses_to") or (kind, name) == ("account", "id"):
        return written_id("acc", value)
    return written_id("hld", value) if name == "id" else value


def _line(kind: str, what: dict[str, Any]) -> bytes:
    return canonical({kind: what}).encode() + b"\n"

"""Taking turns over something that is no row: what is summed over many, say."""

from .transaction import Transaction


async def one_at_a_time(tx: Transaction, number: int) -> None:
    """Wait until no other transaction has this number, and keep it until this one ends.

    Numbers are ids, which are unique across kinds, or small ones that no id is. On SQLite a writer
    is alone anyway.
    """
    if tx.database.engine == "postgresql":
        await tx.fetch("SELECT pg_advisory_xact_lock($1)", [number])

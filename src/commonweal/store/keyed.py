"""Digests that only this service can make: HMAC-SHA256 under a key of its own.

    digest(tx.database, "sign-in code", f"{id}:{code}")

What is short or known (six digits, an e-mail address, a home) could be found again from a plain
hash by trying all there are. The key is made when a database is first opened, and never changes:
the place at which somebody's home is shown hangs on it. Whoever has the whole database has the
key; it keeps what is answered, not what is stolen. `purpose` keeps two uses from ever agreeing.
"""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from .tables import ServiceKey
from .transaction import Transaction, in_transaction

if TYPE_CHECKING:
    from .database import Database

THE_ONE: Final = 1
KEY_BYTES: Final = 32


def digest(database: "Database", purpose: str, text: str) -> bytes:
    """32 bytes, always the same for one purpose and text."""
    whole = f"{purpose}\0{text}".encode(errors="surrogatepass")
    return hmac.digest(database.key, whole, hashlib.sha256)


def hex_digest(database: "Database", purpose: str, text: str) -> str:
    """The same as 64 hexadecimal characters, for a column."""
    return digest(database, purpose, text).hex()


async def key_of(database: "Database") -> bytes:
    """The service's key, made by whoever is first."""
    made = ServiceKey(id=THE_ONE, key=secrets.token_hex(KEY_BYTES))

    async def work(_tx: Transaction) -> str:
        held = await ServiceKey.get_or_none(id=THE_ONE)
        if held is None:
            await ServiceKey.bulk_create([made], ignore_conflicts=True)
            held = await ServiceKey.get(id=THE_ONE)
        return held.key

    return bytes.fromhex(await in_transaction(database, work))

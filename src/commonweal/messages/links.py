"""What a link in a letter says of whom it was sent to, so that one click needs no signing in.

    token_of(database, person_id, "unsubscribe")     # into the link
    person_of(database, token, "unsubscribe")        # out of it; None of what was never sent

A token is good for the one use that it was made for, for as long as that makes sense.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hmac import compare_digest
from typing import Final

from commonweal.store.database import Database
from commonweal.store.keyed import digest

MAC_BYTES: Final = 16  # nobody guesses one
ID_BYTES: Final = 8


def token_of(database: Database, person_id: int, use: str) -> str:
    """What a link carries: who it was sent to, and a proof of that for one use."""
    number = person_id.to_bytes(ID_BYTES, "big")
    return urlsafe_b64encode(number + _mac(database, number, use)).decode().rstrip("=")


def person_of(database: Database, token: str, use: str) -> int | None:
    """Whom a link for this use was sent to; None where it was sent to nobody."""
    try:
        whole = urlsafe_b64decode(f"{token}==")
    except (Error, ValueError):
        return None
    number, mac = whole[:ID_BYTES], whole[ID_BYTES:]
    known = compare_digest(mac, _mac(database, number, use))
    return int.from_bytes(number, "big") if known else None


def _mac(database: Database, number: bytes, use: str) -> bytes:
    return digest(database, use, number.hex())[:MAC_BYTES]

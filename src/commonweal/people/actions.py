"""Making tokens."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from commonweal.store.transaction import Transaction

from .rules import TOKEN_DAYS, Role, checked_days, checked_label
from .tables import AccessToken

PREFIX: Final = "cw_"  # so that a leaked token is recognised for what it is
SECRET_BYTES: Final = 32


async def create_token(
    tx: Transaction, *, role: Role, council_id: int, label: str, days: int = TOKEN_DAYS
) -> str:
    """A new token's text, which is stored nowhere. Raises TokenLifetime, TokenLabel."""
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await AccessToken.create(
        id=tx.new_id(),
        label=checked_label(label),
        role=role,
        council_id=council_id,
        secret_hash=hash_of(secret),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=checked_days(days)),
    )
    return secret


def hash_of(secret: str) -> str:
    """A token is long and random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()

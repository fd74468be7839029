"""Doing a thing once, however often it is asked for: keys that are claimed with the work itself.

    facts, replayed = await once(tx, Claim(actor, key, operation, given), work)

The key is a row of the transaction of the work, so there are two outcomes: both are committed, or
neither. A second request with the key waits for the first one's outcome; it is then given the
same facts, or, where the first was refused, does the work itself. Keys are an actor's own.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any, Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept

from .sweeping import swept
from .tables import IdempotencyKey
from .transaction import Overtaken, Transaction

KEY_CHARACTERS: Final = limit("idempotency key", 64, "characters", "a UUID has 36")
KEYS_KEPT: Final = kept(
    "idempotency keys", 7, date(2026, 11, 22), "an app that was offline on holiday may ask again"
)


@fact
class KeyLength(UserError):
    says = "An idempotency key has 1 to {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class KeyReused(UserError):
    says = (
        "This idempotency key stands for another request of yours ({operation}). "
        "Take a new key for each thing that is to be done once."
    )
    operation: str


@fact
class KeyRequired(UserError):
    says = (
        "This is done only with an idempotency key, so that asking again does it no second time: "
        "make one up and send it again with every attempt."
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks under which key for what. Raises KeyLength."""

    actor: str
    key: str
    operation: str
    given: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= KEY_CHARACTERS.value:
            raise KeyLength(KEY_CHARACTERS.value, len(self.key))

    def fingerprint(self) -> str:
        """SHA-256 of all but the key: the same for the same request, whatever its variables."""
        whole = [self.actor, self.operation, self.given]
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"), default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()

    async def kept(self) -> Mapping[str, Any] | None:
        """What came of the key, None where it is free; in a transaction. Raises KeyReused.

        For what is long to prepare: a key that is free now may be taken when `once` claims it.
        """
        held = await IdempotencyKey.get_or_none(actor=self.actor, key=self.key)
        return None if held is None else self.facts_of(held)

    def facts_of(self, held: IdempotencyKey) -> Mapping[str, Any]:
        """What is kept under the key. Raises KeyReused where that is another request's."""
        if held.fingerprint != self.fingerprint():
            raise KeyReused(held.operation).at("idempotencyKey")
        facts: Mapping[str, Any] = held.facts
        return facts


def _plain(value: Any) -> Any:
    """What an input may hold besides JSON. Raises TypeError: a guess could take two for one."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):  # an instant is a date too
        return value.isoformat()
    raise TypeError(f"an input holds a {type(value).__name__}, which has no canonical JSON")


async def once(
    tx: Transaction, claim: Claim, work: Callable[[], Awaitable[Mapping[str, Any] | UserError]]
) -> tuple[Mapping[str, Any] | UserError, bool]:
    """What the work found, and whether that was an earlier time. Raises KeyReused.

    A refusal that the work returns frees the key, as one that it raises does.
    The insertion is where a concurrent duplicate waits, for the whole of the first one's
    transaction; it holds nothing else yet, so nobody waits for it in turn.
    """
    row = IdempotencyKey(
        id=tx.new_id(),
        actor=claim.actor,
        key=claim.key,
        operation=claim.operation,
        fingerprint=claim.fingerprint(),
        claimed_at=tx.now,
    )
    await IdempotencyKey.bulk_create([row], ignore_conflicts=True)
    held = await IdempotencyKey.get_or_none(actor=claim.actor, key=claim.key)
    if held is None:  # swept between the two statements
        raise Overtaken
    if held.id != row.id:
        return claim.facts_of(held), True
    done = await work()
    if isinstance(done, UserError):
        await IdempotencyKey.filter(id=row.id).delete()
        return done, False
    await IdempotencyKey.filter(id=row.id).update(facts=dict(done))
    return dict(done), False


async def sweep(tx: Transaction) -> int:
    """Forget a batch of keys that were claimed long ago: how many."""
    before = KEYS_KEPT.oldest(tx.now)
    return await swept(IdempotencyKey.filter(claimed_at__lt=before).order_by("claimed_at"))

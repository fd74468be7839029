"""A key stands for one request of one actor: its work is done once, and its facts are kept."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

import pytest

from commonweal.store.database import Database
from commonweal.store.idempotency import (
    KEY_CHARACTERS,
    KEYS_KEPT,
    Claim,
    KeyLength,
    KeyReused,
    once,
    sweep,
)
from commonweal.store.tables import IdempotencyKey
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.store.rows import add_area, codes

DAY = timedelta(days=1)


def asked(key: str = "k1", actor: str = "tok_1", name: str = "Mutation.x", **given: Any) -> Claim:
    return Claim(actor, key, name, given)


async def added_once(database: Database, claim: Claim, code: str = "E1") -> tuple[Any, bool]:
    """Add an area under a key: its id, and whether that was done before."""

    async def work(tx: Transaction) -> tuple[Any, bool]:
        async def act() -> dict[str, int]:
            return {"area": (await add_area(tx, code)).id}

        return await once(tx, claim, act)

    return await in_transaction(database, work)


async def test_the_same_request_is_done_once_and_answered_alike(database: Database) -> None:
    first, before = await added_once(database, asked(n=1))
    again, after = await added_once(database, asked(n=1))

    assert (before, after) == (False, True)
    assert first == again
    assert await codes(database) == ["E1"]


async def test_of_sixty_four_at_once_one_does_the_work_and_all_get_its_facts(
    database: Database,
) -> None:
    done = await asyncio.gather(*(added_once(database, asked()) for _ in range(64)))

    assert sorted(replayed for _, replayed in done) == [False] + [True] * 63
    assert len({facts["area"] for facts, _ in done}) == 1
    assert await codes(database) == ["E1"]


@pytest.mark.parametrize(
    "other", [asked(n=2), asked(n=None), asked(), asked(name="Mutation.y", n=1)], ids=str
)
async def test_the_same_key_for_another_request_is_refused_and_does_nothing(
    database: Database, other: Claim
) -> None:
    await added_once(database, asked(n=1))

    with pytest.raises(KeyReused) as refused:
        await added_once(database, other, "E2")
    assert refused.value == KeyReused("Mutation.x")
    assert await codes(database) == ["E1"]


async def test_a_key_is_its_actor_s_own(database: Database) -> None:
    await added_once(database, asked(actor="tok_1"), "E1")
    facts, replayed = await added_once(database, asked(actor="tok_2"), "E2")

    assert not replayed
    assert await codes(database) == ["E1", "E2"]
    assert facts == (await added_once(database, asked(actor="tok_2")))[0]


async def test_work_that_fails_leaves_its_key_free_even_for_another_request(
    database: Database,
) -> None:
    async def fails(tx: Transaction) -> None:
        async def act() -> dict[str, int]:
            await add_area(tx, "E1")
            raise LookupError

        await once(tx, asked(n=1), act)

    with pytest.raises(LookupError):
        await in_transaction(database, fails)
    assert not await IdempotencyKey.exists()
    assert (await added_once(database, asked(n=2)))[1] is False
    assert await codes(database) == ["E1"]


async def test_of_many_whose_first_ones_fail_one_does_the_work(database: Database) -> None:
    """Whoever waited for a refused one is the next to try, and not answered with nothing."""
    tries = 0

    async def work(tx: Transaction) -> tuple[Any, bool]:
        async def act() -> dict[str, int]:
            nonlocal tries
            tries += 1
            await asyncio.sleep(0.01)
            if tries < 4:
                raise LookupError
            return {"area": (await add_area(tx)).id}

        return await once(tx, asked(), act)

    everyone = (in_transaction(database, work) for _ in range(16))
    done = await asyncio.gather(*everyone, return_exceptions=True)

    assert sum(isinstance(each, LookupError) for each in done) == 3
    answered = [each for each in done if not isinstance(each, BaseException)]
    assert sorted(replayed for _, replayed in answered) == [False] + [True] * 12
    assert await codes(database) == ["E1"]


@pytest.mark.parametrize("length", [0, KEY_CHARACTERS.value + 1])
def test_a_key_of_no_or_too_many_characters_is_refused(length: int) -> None:
    with pytest.raises(KeyLength) as refused:
        asked("k" * length)
    assert refused.value == KeyLength(KEY_CHARACTERS.value, length)


async def test_the_longest_key_fits_whatever_its_characters(database: Database) -> None:
    for key in ("k" * KEY_CHARACTERS.value, "ŵ🌳" * (KEY_CHARACTERS.value // 2), " ", "'; --"):
        assert (await added_once(database, asked(key), key[:2] + "E"))[1] is False
        assert (await added_once(database, asked(key)))[1] is True


async def test_keys_are_forgotten_after_their_days_and_not_before(
    database: Database, advance: Advance
) -> None:
    await added_once(database, asked())
    await advance((KEYS_KEPT.days or 0) * DAY)
    assert await in_transaction(database, sweep) == 0
    assert (await added_once(database, asked(), "E2"))[1] is True
    await advance(timedelta(microseconds=1))

    assert await in_transaction(database, sweep) == 1
    assert await in_transaction(database, sweep) == 0
    assert (await added_once(database, asked(), "E2"))[1] is False


class Kind(Enum):
    HALL = "hall"


def test_a_fingerprint_is_that_of_the_request_and_not_of_how_it_was_written() -> None:
    given: dict[str, Any] = {
        "b": 1, "a": [{"y": 1.5, "x": None}], "on": date(2026, 1, 2), "kind": Kind.HALL
    }  # fmt: skip
    other = dict(reversed(given.items())) | {"a": [{"x": None, "y": 1.5}]}

    assert asked(**given).fingerprint() == asked("another key", **other).fingerprint()
    assert len(asked(**given).fingerprint()) == 64
    assert asked(at=datetime(2026, 1, 2, tzinfo=UTC)).fingerprint()
    others: list[dict[str, Any]] = [
        {"b": 2}, {"b": 1.5}, {"b": "1"}, {"b": True}, {"b": None}, {"a": []}, {"c": None},
        {"on": date(2026, 1, 3)},
    ]  # fmt: skip
    for changed in others:
        assert asked(**given | changed).fingerprint() != asked(**given).fingerprint()
    assert asked(actor="tok_2").fingerprint() != asked().fingerprint()


def test_an_input_that_has_no_canonical_form_is_a_defect_and_not_guessed_at() -> None:
    with pytest.raises(TypeError, match="an input holds a object, which has no canonical JSON"):
        asked(n=object()).fingerprint()

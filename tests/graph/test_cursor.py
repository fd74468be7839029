"""A cursor is a place in an order, or it is refused: whatever else somebody sends."""

import base64
import contextlib
import json
import random
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.graph.cursor import MAX_CURSOR, NotACursor, read_cursor, write_cursor
from commonweal.store.database import Database
from tests.asking import ask
from tests.graph.arguments import CURSORS
from tests.graph.town import ASSETS

TYPES: Final = [sa.BigInteger(), sa.String(), sa.TIMESTAMP(timezone=True), sa.Float(), sa.Boolean()]
SIZES: Final = [(sa.SmallInteger(), 2**15), (sa.Integer(), 2**31), (sa.BigInteger(), 2**63)]
LISTS: Final = {  # a query of each list, with its cursor as $after; some in every order
    "search": "search(after: $after) { edges { cursor } }",
    "nearest": 'search(near: {place: "GL50"}, after: $after) { edges { cursor } }',
    "closing": "search(order: CLOSING_SOON, after: $after) { edges { cursor } }",
    "areas": "areas(after: $after) { edges { cursor } }",
    "places": "places(after: $after) { edges { cursor } }",
    "assets": "assets(after: $after) { edges { cursor } }",
    "values": "assets(first: 2) { edges { node { values(after: $after) { edges { cursor } } } } }",
    "listings": "assets(first: 2) { edges { node { listings(after: $after) { totalCount } } } }",
}


def encoded(keys: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode()


def test_a_cursor_is_read_back_as_it_was_written() -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, 1, UTC)
    keys = [2**62, "Gogledd & “Tŷ”", now, 1.5, True]
    found = read_cursor(write_cursor(*keys), [*TYPES[:2], sa.String(), *TYPES[3:]])

    assert found == [keys[0], keys[1], now.isoformat(), keys[3], keys[4]]


@pytest.mark.parametrize(("type_", "bound"), SIZES, ids=["small", "int", "big"])
def test_a_number_is_within_its_column(type_: Any, bound: int) -> None:
    for number in (bound - 1, -bound, 0):
        assert read_cursor(encoded([number]), [type_]) == [number]
    for number in (bound, -bound - 1):
        with pytest.raises(NotACursor):
            read_cursor(encoded([number]), [type_])


@given(st.text(max_size=MAX_CURSOR + 10))
@settings(deadline=None)
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    for type_ in TYPES:
        with contextlib.suppress(NotACursor):
            read_cursor(text, [type_])


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(JSON)
@settings(deadline=None)
def test_any_json_is_a_cursor_or_refused(keys: Any) -> None:
    for type_ in TYPES:
        try:
            [found] = read_cursor(encoded(keys), [type_])
        except NotACursor:
            continue
        assert isinstance(keys, list)
        as_float = isinstance(found, float) and found == float(keys[0])
        assert as_float or isinstance(found, datetime) or found == keys[0]


MALFORMED: Final = {
    "nothing": "",
    "a word": "nonsense",
    "not base64": "???",
    "base64 of nothing": encoded([]),
    "padding gone": encoded([1, 22]).rstrip("="),
    "no list": encoded({"1": 2}),
    "a number alone": encoded(5),
    "null": encoded([None, None, None]),
    "NaN": base64.urlsafe_b64encode(b"[NaN]").decode(),
    "infinity": base64.urlsafe_b64encode(b"[1e999, 1]").decode(),
    "huge": base64.urlsafe_b64encode(b"[1" + b"0" * 200 + b"]").decode(),
    "just too large": encoded([2**63]),
    "lists in lists": base64.urlsafe_b64encode(b"[" * 150 + b"]" * 150).decode(),
    "truth": encoded([True]),
    "a number as text": encoded(["10001"]),
    "a fraction": encoded([10_001.5]),
    "too many keys": encoded([1, 2, 3, 4, 5]),
    "NUL": encoded(["a\x00", 1]),
    "too long": encoded(["x" * MAX_CURSOR, 1]),
    "an id": "ast_00000000009rg",
    "emoji": "🌊",
    "other alphabet": base64.b64encode(b"\xfb\xff\xfe").decode(),
    "an impossible day": encoded(["2026-13-45T00:00:00Z", 1]),
    "before all days": encoded(["0001-01-01T00:00:00+14:00", 1]),
    "a day without a time": encoded(["2026-11-22", 1]),
    "no such kind": encoded(["PLANET", "Mars", 1]),
    "a rank too large": encoded([2**15, "a", "b", 1]),
    "an instant as a number": encoded([1_790_000_000, "1"]),
}


async def test_a_malformed_cursor_is_a_typed_error_or_a_place(town: Database) -> None:
    for field in LISTS.values():
        query, refused = f"query($after: String) {{ {field} }}", 0
        for what, cursor in MALFORMED.items():
            body = await ask(town, query, {"after": cursor})
            codes = [error["extensions"]["code"] for error in body.get("errors", ())]

            assert set(codes) <= {"NOT_A_CURSOR"}, (field, what, body)
            refused += bool(codes)
        assert refused >= len(MALFORMED) - 1  # instants are lenient: a day is its midnight


async def test_random_base64_is_refused(town: Database) -> None:
    pick = random.Random(1)
    query = "query($after: String) { areas(after: $after) { edges { cursor } } }"
    for size in range(1, 40):
        cursor = base64.urlsafe_b64encode(pick.randbytes(size)).decode()
        body = await ask(town, query, {"after": cursor})

        assert [error["extensions"]["code"] for error in body["errors"]] == ["NOT_A_CURSOR"]


async def test_another_list_s_cursor_is_refused_where_its_keys_are_others(town: Database) -> None:
    by_id = {"assets", "openings", "registers", "rows", "values"}
    kept: Final = {"assets": by_id, "values": by_id}
    for name in ("areas", "places", "assets", "values"):
        query = f"query($after: String) {{ {LISTS[name]} }}"
        for other, cursors in CURSORS.items():
            body = await ask(town, query, {"after": cursors[-1]})
            fits = other in kept.get(name, {name})

            assert ("errors" in body) is not fits, (name, other)


async def test_a_cursor_need_not_be_that_of_a_row(town: Database) -> None:
    """It is a place in the order, so a row that has gone since does not matter."""
    query = "query($after: String) { assets(after: $after, first: 1) { edges { node { id } } } }"
    before = await ask(town, query, {"after": encoded([ASSETS - 1])})
    first = await ask(town, query)

    assert before == first
    beyond = await ask(town, query, {"after": encoded([2**63 - 1])})
    assert beyond == {"data": {"assets": {"edges": []}}}

"""Keyset cursors: where in its order a row stands, not how many rows come before it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final

import orjson

from commonweal.kernel.errors import UserError, fact

MAX_CURSOR: Final = 500  # characters; three keys and a title need less
INT64: Final = range(-(2**63), 2**63)


@fact
class NotACursor(UserError):
    says = "This cursor is not one of this list's. Take `endCursor` of the page before, unchanged."


def write_cursor(*keys: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(keys)).decode()


def read_cursor(text: str, types: Sequence[Any]) -> list[Any]:
    """The keys, as Python values of their columns; each must be of its column's type."""
    try:
        if len(text) > MAX_CURSOR:
            raise ValueError
        keys = orjson.loads(urlsafe_b64decode(text.encode()))
        return [read_key(key, type_) for key, type_ in zip(keys, types, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise NotACursor() from error


def read_key(key: Any, type_: Any) -> Any:
    if key is None:
        raise TypeError
    if hasattr(type_, "field"):
        key = type_.field.to_python_value(key)
    wanted = getattr(type_, "base", type_).python_type
    if isinstance(key, bool) is not (wanted is bool) or not isinstance(key, wanted | _also(wanted)):
        raise TypeError
    if wanted is int and key not in INT64:
        raise ValueError
    if isinstance(key, str) and "\x00" in key:
        raise ValueError
    return wanted(key) if wanted is float else key


def _also(wanted: type) -> type:
    return int if wanted is float else wanted

"""Keyset cursors: where in its order a row stands, not how many rows come before it."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from commonweal.kernel.errors import UserError, fact

MAX_CURSOR: Final = 500  # characters; three keys and a title need less
WRITTEN_AS: Final[dict[type, tuple[type, ...]]] = {  # in JSON; all else as text
    int: (int,),
    float: (float, int),
    bool: (bool,),
}
WHOLE_NUMBERS: Final = {  # what a column of this type could hold: PostgreSQL refuses any other
    sa.SmallInteger: range(-(2**15), 2**15),
    sa.Integer: range(-(2**31), 2**31),
    sa.BigInteger: range(-(2**63), 2**63),
}


@fact
class NotACursor(UserError):
    says = "This cursor is not one of this list's. Take `endCursor` of the page before, unchanged."


def write_cursor(*keys: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(keys)).decode()


def read_cursor(text: str, types: Sequence[Any], named: Sequence[str] = ()) -> list[Any]:
    """The keys, as Python values of their columns. Raises NotACursor for anything else.

    `named` is what stands before them: the name of the order, in a list that has several.
    """
    if len(text) > MAX_CURSOR:
        raise NotACursor
    try:
        keys = _listed(orjson.loads(b64decode(text, b"-_", validate=True)))
        if keys[: len(named)] != [*named]:
            raise NotACursor
        return [_key(key, type_) for key, type_ in zip(keys[len(named) :], types, strict=True)]
    except (ValueError, TypeError, OverflowError) as error:
        raise NotACursor from error


def _listed(keys: Any) -> list[Any]:
    if not isinstance(keys, list):
        raise TypeError
    return keys


def _key(key: Any, type_: Any) -> Any:
    """One key, as its column's type has it. Raises what `read_cursor` catches."""
    base = getattr(type_, "base", type_)
    wanted = base.python_type
    if type(key) not in WRITTEN_AS.get(wanted, (str,)):
        raise TypeError
    if wanted is int and key not in WHOLE_NUMBERS[type(base)]:
        raise ValueError
    if isinstance(key, str) and "\x00" in key:
        raise ValueError
    if hasattr(type_, "field"):
        key = type_.field.to_python_value(key)
    if isinstance(key, datetime):
        return key.astimezone(UTC)
    return float(key) if wanted is float else key

"""Whose rows there are in the access matrix, and what is known of one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from commonweal.kernel.ids import write_id
from commonweal.store.transaction import Transaction

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Side:
    """Somebody, and what is theirs or that of those they belong to."""

    person: int
    email: str
    household: int
    organisation: int
    hidden: int  # an organisation that an officer hid
    council: int  # the area


@dataclass(frozen=True)
class Row:
    """A row by its id in the API, and by standing: whose it is, or whether something is so."""

    id: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, prefix: str, number: int, **facts: Any) -> "Row":
        return cls(write_id(prefix, number), facts)


Maker = Callable[[Transaction, Side], Awaitable[Row]]

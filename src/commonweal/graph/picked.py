"""The columns that an inner select hands on: only those that somebody around it asks for.

A row of many columns is sorted, cut and joined by the few that its page shows. SQLAlchemy's own
subqueries would hand on all of them, at a cost in the statement and a greater one in making it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa


class Picked:
    """What stands around a select sees this as its columns, by name."""

    def __init__(self, name: str, inner: Any) -> None:
        self.table, self.inner = sa.table(name), inner
        self.outer: dict[str, Any] = {}
        self.taken: list[Any] = []
        self._made: Callable[[Sequence[Any]], Any] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self.inner

    def __getitem__(self, name: str) -> Any:
        known = self.outer.get(name)
        return self.add(name, self.inner[name]) if known is None else known

    def add(self, name: str, expression: Any) -> Any:
        """Hand on an expression under a name, and give what it is called outside."""
        self.taken.append(expression.label(name))
        return self.there(name, expression.type)

    def there(self, name: str, type_: Any) -> Any:
        """What the select hands on by itself."""
        column: Any = sa.column(name, type_)
        self.table.append_column(column)
        self.outer[name] = column
        return column

    def select_from(self, made: Callable[[Sequence[Any]], Any]) -> None:
        """How the select is made, when it is known what to hand on."""
        self._made = made

    def select(self) -> Any:
        assert self._made, "nobody said what it selects from"
        return self._made(self.taken)

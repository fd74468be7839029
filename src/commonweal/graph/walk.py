"""Lists whose first rows are found without reading the others: step by step, each looking further.

A list's `sort` may give a `Walk` instead of keys. On PostgreSQL an index gives rows nearly in the
order that is meant, so that a few more than a page of them, sorted exactly, surely hold the page;
what a step reached says whether they do. SQLite has no such index: there a step is a condition
that keeps to what is near, and reaches further until the page is full. Where a step was not
enough, the reader asks the statement again, a step further.

Answers are the same as without walking: the reference never walks (reference.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import Limit

from .ask import FLOAT, INTEGER, Ask, Bound, Compute
from .sql import once_a_statement

WIDER: Final = 4  # times as far with each step: two steps go from a street to a town
SPARE: Final = 4  # rows beyond a page, and one more for each SHARE: the index's order is not exact
SHARE: Final = 16


@fact
class TooFarDown(UserError):
    says = (
        "This order goes {most} rows deep: narrow the search, or choose an order that goes on for "
        "ever, such as the newest first."
    )
    most: int


@dataclass(frozen=True, slots=True)
class Walk:
    """An order, and how to walk along it.

    `by` is what the index has rows in the order of, and `surely(by)` a first key that no row
    beyond it can be below. `apart` are conditions, each with an index of its own: one walk each,
    merged. `all_seen` tells of a step's condition that it kept nothing out. A page's depth is
    counted in its cursors, up to `deepest`.
    """

    keys: Sequence[Any]
    by: Any  # None: deep as the others, but not walked
    surely: Callable[[float], int]
    apart: Sequence[Any]
    all_seen: Compute
    deepest: Limit
    nearly: Callable[[Any], float]  # what `by` is at least, for a first key

    def beyond(self, keys: Sequence[Any], last: Sequence[Bound]) -> Any:
        """True of rows that come after the last one seen. Each works out its first key once, and
        those that PostgreSQL can tell by the index's own measure not even that.
        """
        far, nearly = last[0].compute, self.nearly
        least = Bound(lambda ask: nearly(far(ask)), FLOAT)
        after = sa.tuple_(*keys) > sa.tuple_(*last)
        return after if self.by is None else sa.and_(further(self.by, least), after)


class further(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """True of rows whose measure, by which PostgreSQL's index goes, is so much at least."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, *_: Any, **__: Any) -> Any:  # else SQLite is given `(...) = 1`
        return self


@compiles(further, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    measure, least = (compiler.process(c, **how) for c in element.clauses)
    return f"{measure} >= {least}"


@compiles(further, "sqlite")
def _(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "1"  # there is no such index, and its measure costs as much as the exact one


@dataclass(frozen=True, slots=True)
class Walked:
    """How a statement's rows tell whether its step went far enough."""

    wanted: Compute  # rows: one more than the page has
    walk: Walk
    key: int = 0  # the column of the first key
    reached: int | None = None  # and how far the index was walked, null where it ended

    def enough(self, rows: Sequence[Any], ask: Ask) -> bool:
        if self.reached is None:
            return len(rows) >= self.wanted(ask) or bool(self.walk.all_seen(ask))
        if not rows or rows[0][self.reached] is None:
            return True
        return bool(rows[-1][self.key] < self.walk.surely(rows[0][self.reached]))


class Steps:
    """The SQL of a walk along the index: the rows that a step meets, and how far it reached."""

    def __init__(self, walk: Walk, wanted: Compute) -> None:
        def some(ask: Ask) -> int:
            rows = int(wanted(ask))
            further: int = WIDER ** (ask.step or 0)
            return (rows + SPARE + rows // SHARE) * further

        self.walk, self.apart = walk, walk.apart or [sa.true()]
        self.most = once_a_statement(Bound(some, INTEGER))

    def met(self, columns: Sequence[Any], from_: Any, conditions: Sequence[Any]) -> Any:
        """The rows, and each one's measure; of several walks, merged, how far its own reached."""
        by = self.walk.by.label("walked")
        steps = [
            sa.select(*columns, by).where(*conditions, apart).order_by(by).limit(self.most)
            for apart in self.apart
        ]
        steps = [step.select_from(from_) for step in steps]
        if len(steps) == 1:
            return steps[0]
        own: list[Any] = [sa.column(column.name) for column in columns]
        reached = self._reached(sa.column("walked")).label("reached")
        tables = [step.subquery(f"walk_{number}") for number, step in enumerate(steps)]
        return sa.union_all(*(sa.select(*own, reached).select_from(each) for each in tables))

    def reached(self, column: Callable[[str, Any], Any]) -> Any:
        """How far all of it reached, over those rows; null where the index ended."""
        if len(self.apart) == 1:
            return self._reached(column("walked", FLOAT))
        return sa.func.min(column("reached", FLOAT)).over()

    def _reached(self, walked: sa.ColumnElement[Any]) -> Any:
        return sa.case((sa.func.count().over() >= self.most, sa.func.max(walked).over()))


def depth(before: int, deepest: Limit) -> int:
    """How many rows came before a page. Raises TooFarDown."""
    if before >= deepest.value:
        raise TooFarDown(deepest.value).at("after")
    return before

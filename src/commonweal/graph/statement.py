"""One SQL statement per level of lists, built with SQLAlchemy Core and compiled once per engine.

A list's rows are picked first, in an inner select that knows only what visibility, filters and
order need; joins and expressions are then worked out for the rows of the page alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from commonweal.kernel.errors import UserError, fact
from commonweal.store.core_tables import table

from .ask import INTEGER, NO_ARGS, Args, Ask, Bound, Compute, PlanViewer, constant
from .declare import PAGE_MOST, First, Many, One, Source
from .order import after_cursor, falls, order_keys, plain
from .picked import Picked
from .sql import Statement, among, compiled, once_a_statement
from .visibility import condition
from .walk import Steps, Walked


@fact
class PageTooLong(UserError):
    says = "`first` must be between 0 and {most}; it was {first}."
    most: int
    first: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What writing SQL depends on: for whom, in which dialect."""

    dialect: sa.Dialect
    viewer: PlanViewer
    taken: Counter[Any] = field(default_factory=Counter)  # aliases, by model

    def alias(self, model: Any) -> Any:
        """Another alias of a model's table."""
        self.taken[model] += 1
        return _alias(model, self.taken[model])


@cache
def _alias(model: Any, _number: int) -> Any:
    """Kept, since an alias has all the columns of its table, and making them takes its time."""
    return table(model).alias()


class Scope:
    """A FROM clause that grows as columns are asked for, and what its rows must satisfy."""

    def __init__(self, engine: Engine, from_: Any) -> None:
        self.engine, self.from_ = engine, from_
        self.conditions: list[Any] = []

    def join(self, target: Any, on: Any) -> None:
        self.from_ = sa.outerjoin(self.from_, target, on)

    def require(self, *conditions: Any) -> None:
        for each in conditions:
            if each is not None and not any(each is known for known in self.conditions):
                self.conditions.append(each)


class Row:
    """A table reached at one place of a query. `row.title` is a column.

    `via` are the arguments of the list through which it was reached; `whole` is the interface's
    row that this one is a kind of.
    """

    __slots__ = (
        "_joined", "_kinds", "_standing", "columns", "ranks", "scope", "source", "via", "whole"
    )  # fmt: skip

    def __init__(
        self, scope: Scope, columns: Any, source: Source, via: Args, whole: "Row | None" = None
    ) -> None:
        self.scope, self.columns, self.source, self.via = scope, columns, source, via
        self.whole = whole
        self.ranks: Sequence[Any] = ()  # of a list's row, the keys that it was ordered by
        self._joined: dict[Any, Row] = {}
        self._kinds: dict[Any, Row] = {}
        self._standing: dict[str, Any] = {}

    @property
    def key(self) -> Any:
        return self.columns[self.source.model._meta.pk_attr]

    @property
    def level(self) -> "Level":
        """The statement that reads it."""
        assert isinstance(self.scope, Level)
        return self.scope

    def __getattr__(self, name: str) -> Any:
        if name in self.columns:
            return self.columns[name]
        raise AttributeError(f"{self.source.model.__name__} has no column {name}")

    def standing(self, name: str) -> Any:
        """The column, or the condition, that this kind calls by the name a rule uses."""
        if name not in self._standing:
            meant = self.source.standing[name]
            self._standing[name] = getattr(self, meant) if isinstance(meant, str) else meant(self)
        return self._standing[name]

    def as_kind(self, source: Source) -> "Row":
        """The same row, seen as one of its interface's kinds."""
        if source.kind not in self._kinds:
            self._kinds[source.kind] = Row(self.scope, self.columns, source, self.via, self)
        return self._kinds[source.kind]

    def admitted(self) -> list[Any]:
        """The conditions under which the row exists, for this viewer and as this type."""
        source = self.source
        seen = condition(source.rule, self, self.scope.engine.viewer)
        of_kind = source.kind is not None and source.kind_column
        return [seen, getattr(self, of_kind) == source.kind if of_kind else None]

    def one(self, declared: One, source: Source) -> "Row":
        """The row that a foreign key of this one points at."""
        owner = self.whole or self  # what a kind joins, its interface's row has joined
        if declared not in owner._joined:
            target = self.scope.engine.alias(source.model)
            row = Row(self.scope, target.c, source, NO_ARGS)
            on = [row.key == getattr(self, foreign_key(self.source, declared.by)), *row.admitted()]
            self.scope.join(target, sa.and_(*(c for c in on if c is not None)))
            owner._joined[declared] = row
        return owner._joined[declared]


def foreign_key(source: Source, name: str) -> str:
    """The column of a relation: `council` is kept in `council_id`."""
    found = source.model._meta.fields_map[name]
    return found.source_field or name


class Level(Scope):
    """One statement of a plan: the columns it reads, and whose rows its own hang from."""

    def __init__(self, engine: Engine, from_: Any) -> None:
        super().__init__(engine, from_)
        self.selected: list[Any] = []
        self.order: list[Any] = []
        self.groups: list[Any] = []
        self.limit: Any = None
        self.parent: tuple[int, int] | None = None  # level, column; ours is our first column
        self.wanted: Compute = constant(True)
        self.most: Compute = constant(None)  # rows of a page, if it is one
        self.walk: Walked | None = None
        self.picked: Picked | None = None  # the rows of a page, picked in a select of their own
        self._statement: Statement | None = None

    def index(self, column: Any) -> int:
        """Which of the row's values this is; asked for from now on."""
        for i, known in enumerate(self.selected):
            if known is column:
                return i
        self.selected.append(column)
        return len(self.selected) - 1

    @property
    def statement(self) -> Statement:
        if self._statement is None:
            columns = [c.label(f"c{i}") for i, c in enumerate(self.selected or [sa.true()])]
            select = sa.select(*columns).select_from(self.from_).where(*self.conditions)
            select = select.group_by(*self.groups).order_by(*self.order).limit(self.limit)
            if self.picked:
                select = select.add_cte(self.picked.select().cte(self.picked.table.name))
            self._statement = compiled(select, self.engine.dialect)
        return self._statement


def single(engine: Engine, source: Source, key: Compute) -> tuple[Level, Row]:
    """The row with a key."""
    target = engine.alias(source.model)
    level = Level(engine, target)
    row = Row(level, target.c, source, NO_ARGS)
    level.require(row.key == Bound(key, sa.BigInteger()), *row.admitted())
    level.wanted = lambda ask: key(ask) is not None
    return level, row


def first_row(engine: Engine, source: Source, declared: First, args: Args) -> tuple[Level, Row]:
    """The first row in an order."""
    target = engine.alias(source.model)
    level = Level(engine, target)
    row = Row(level, target.c, source, args)
    level.require(*row.admitted(), *declared.where(row, args, engine.viewer))
    level.order = [*declared.sort(row, args, engine.viewer), row.key]
    level.limit = sa.literal(1)
    return level, row


@dataclass(frozen=True, slots=True)
class Connection:
    """A list as one selection asks for it."""

    engine: Engine
    source: Source
    declared: Many
    args: Args
    above: Source | None  # whose rows have such a list each; None at the root


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection's rows before they are cut into pages: what list and count share."""

    scope: Scope
    row: Row
    parent: Any  # the column that says whose row it is; None at the root


def listed(asked: Connection) -> Listed:
    source, declared, args, viewer = asked.source, asked.declared, asked.args, asked.engine.viewer
    target = asked.engine.alias(source.model)
    scope = Scope(asked.engine, target)
    row = Row(scope, target.c, source, args)
    parent = None
    if declared.through and asked.above:
        owners = asked.engine.alias(asked.above.model)
        owner = Row(scope, owners.c, asked.above, NO_ARGS)
        scope.from_ = sa.join(owners, target, declared.through(owner, row, args, viewer))
        parent = owner.key
    elif declared.link:
        links = asked.engine.alias(declared.link.model)
        scope.from_ = sa.join(links, target, links.c[declared.link.row] == row.key)
        parent = links.c[declared.link.parent]
    elif declared.by:
        parent = getattr(row, foreign_key(source, declared.by))
    if parent is not None:
        scope.require(among(parent, Bound(lambda ask: ask.parents)))
    scope.require(*row.admitted())
    if declared.where:
        scope.require(*declared.where(row, args, viewer))
    return Listed(scope, row, parent)


@dataclass(frozen=True, slots=True)
class Paged:
    """The rows of a page, and what they are in the order of."""

    asked: Connection
    row: Row
    keys: list[Any]
    before: Compute | None  # the rows of earlier pages, where a list's depth is counted


def page(asked: Connection) -> Paged:
    """A page of a connection, of every parent at once if it has parents."""
    args, rows = asked.args, listed(asked)
    inner, row = rows.scope, rows.row
    keys, walk = order_keys(row, asked.declared, args, asked.engine.viewer)
    beyond_it, before = after_cursor(keys, walk, asked.declared, args, quick=True)

    def wanted(ask: Ask) -> int:
        return how_many(args, ask) + 1

    inner.require(beyond_it)
    limit: Any = Bound(wanted, INTEGER)
    walk = None if walk is None or walk.by is None or rows.parent is not None else walk
    by_index = asked.engine.dialect.name == "postgresql"
    steps = Steps(walk, wanted) if walk and by_index else None
    limit = once_a_statement(limit) if steps else limit
    picked = Picked("page", row.columns)
    outer = [picked.add(f"key_{i}", plain(key)) for i, key in enumerate(keys[:-1])]
    outer.append(picked[asked.source.model._meta.pk_attr])
    level = Level(asked.engine, picked.table)
    level.picked, level.most = picked, lambda ask: how_many(args, ask)
    if rows.parent is not None:
        rank = sa.func.row_number().over(partition_by=rows.parent, order_by=keys)
        level.index(picked.add("parent", rows.parent))
        level.order = [picked.add("rank", rank)]
        level.require(level.order[0] <= limit)
    else:
        level.order = [sa.desc(o) if falls(k) else o for k, o in zip(keys, outer, strict=True)]
        level.limit = limit
    if walk:
        reached = level.index(steps.reached(picked.there)) if steps else None
        level.walk = Walked(wanted, walk, level.index(outer[0]), reached)

    def select(columns: Sequence[Any]) -> Any:
        if steps:
            return steps.met(columns, inner.from_, inner.conditions)
        made = sa.select(*columns).select_from(inner.from_).where(*inner.conditions)
        return made if rows.parent is not None else made.order_by(*keys).limit(limit)

    picked.select_from(select)
    picked_row = Row(level, picked, asked.source, args)
    picked_row.ranks = outer
    return Paged(asked, picked_row, outer, before)


def count(asked: Connection) -> Level:
    """How many rows a connection has in all, of every parent if it has parents."""
    rows = listed(asked)
    level = Level(asked.engine, rows.scope.from_)
    level.require(*rows.scope.conditions)
    if rows.parent is not None:
        level.index(rows.parent)
        level.groups = [rows.parent]
    level.index(sa.func.count())
    return level


def how_many(args: Args, ask: Ask) -> int:
    wanted = args.reads["first"](ask)
    if not isinstance(wanted, int) or not 0 <= wanted <= PAGE_MOST:
        raise PageTooLong(PAGE_MOST, str(wanted)).at("first")
    return wanted

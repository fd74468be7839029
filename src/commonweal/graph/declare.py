"""How a graphene type says where its fields come from.

    @rows_of(tables.Asset, standing=queries.ASSET)     # which rows, and their standing
    class Asset(graphene.ObjectType):
        name = graphene.String(required=True)           # a column of the same name: nothing to say

Functions that write SQL take `(row, args, viewer)`: `row.title` is a column, `args.near` is None or
a bound value (or `Args`, for an input object), `viewer.signed_in` is known. Who sees which rows
stands in `access` under the type's name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import graphene
import sqlalchemy as sa
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLSchema, is_interface_type
from tortoise import Model

from commonweal import access
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import id_writer, read_id

Sql = Callable[[Any, Any, Any], Any]  # (row, args, viewer) -> SQL
Through = Callable[[Any, Any, Any, Any], Any]  # (parent's row, row, args, viewer) -> SQL
Standing = Mapping[str, str | Callable[[Any], Any]]

PAGE: Final = 20  # rows of a page unless asked otherwise: a phone's screen or two
PAGE_MOST: Final = 100  # rows of a page at most: what a request may cost is counted in these


@dataclass(frozen=True)
class Source:
    """The rows that a type stands for."""

    model: type[Model]
    rule: access.Rule
    standing: Standing
    kind_column: str | None = None  # set where one table holds several types
    kind: Any = None  # this type's value in that column
    kinds: dict[Any, Any] = field(default_factory=dict)
    interface: Any = None  # of which this type is a kind


def rows_of(
    model: type[Model], standing: Standing | None = None, kind: str | None = None
) -> Callable[[Any], Any]:
    """The type stands for a table's rows; an interface names the column that tells their kind."""

    def declare(cls: Any) -> Any:
        rule = access.KINDS.get(cls.__name__)
        if rule is None:
            raise TypeError(f"access.KINDS does not say who sees a {cls.__name__}")
        return _with_source(cls, Source(model, rule, standing or {}, kind))

    return declare


def kind_of(interface: Any, value: Any) -> Callable[[Any], Any]:
    """The type stands for one kind of an interface's rows."""
    whole: Source = interface.source

    def declare(cls: Any) -> Any:
        whole.kinds[value] = cls
        source = replace(whole, kind=value, kinds={}, interface=interface)
        return _with_source(cls, source)

    return declare


def _with_source(cls: Any, source: Source) -> Any:
    cls.source = source
    cls.connection = connection_of(cls.__name__, lambda: cls)
    return cls


class PageInfo(graphene.ObjectType):
    """Where a page lies in its list."""

    has_next_page = graphene.Boolean(required=True)
    has_previous_page = graphene.Boolean(required=True)
    start_cursor = graphene.String()
    end_cursor = graphene.String(description="Give it as `after` to read on.")


def connection_of(
    name: str,
    node: Callable[[], Any],
    on_edge: Mapping[str, Any] | None = None,
    on_list: Mapping[str, Any] | None = None,
) -> Any:
    """A list's type: edges, page, count; with fields of the edge's and of the list's own."""
    edge = type(
        f"{name}Edge",
        (graphene.ObjectType,),
        {
            "node": graphene.Field(node, required=True),
            "cursor": graphene.String(required=True),
            "planned": True,
            **(on_edge or {}),
        },
    )
    return type(
        f"{name}Connection",
        (graphene.ObjectType,),
        {
            "edges": graphene.List(graphene.NonNull(edge), required=True),
            "page_info": graphene.Field(PageInfo, required=True),
            "total_count": graphene.Int(
                required=True, description="Rows on all pages; counted only when asked for."
            ),
            "planned": True,
            **(on_list or {}),
        },
    )


class Column(graphene.Field):
    """A column of the row."""

    def __init__(self, type_: Any, column: str, **more: Any) -> None:
        super().__init__(type_, **more)
        self.column = column


class Key(graphene.Field):
    """The row's id with its kind's prefix: `ast_0c1n2h5xjz3qk`. What `ByKey` looks rows up by."""

    def __init__(self, prefix: str, **more: Any) -> None:
        super().__init__(graphene.ID, required=True, **more)
        self.prefix, self.write = prefix, id_writer(prefix)

    def read(self, text: str) -> int | None:
        return read_id(self.prefix, text)


class Expression(graphene.Field):
    """SQL over the row, the arguments and the viewer."""

    def __init__(self, type_: Any, sql: Sql, **more: Any) -> None:
        super().__init__(type_, **more)
        self.sql = sql


class Computed(graphene.Field):
    """A pure Python function over named columns, or over what SQL says of the row."""

    def __init__(
        self,
        type_: Any,
        function: Callable[..., Any],
        needs: Iterable[str | Callable[[Any], Any]],
        **more: Any,
    ) -> None:
        super().__init__(type_, **more)
        self.function, self.needs = function, tuple(needs)

    def columns(self, row: Any) -> list[Any]:
        """What the function is given, in SQL."""
        return [getattr(row, n) if isinstance(n, str) else n(row) for n in self.needs]


class One(graphene.Field):
    """The row that a foreign key points at: a join. Null where there is none or none is visible."""

    def __init__(self, type_: Any, by: str, **more: Any) -> None:
        super().__init__(type_, **more)
        self.by = by


@dataclass(frozen=True)
class Link:
    """A table that relates rows to parents: its columns for either's key."""

    model: type[Model]
    parent: str
    row: str


class Many(graphene.Field):
    """A connection.

    Below another type: the rows whose foreign key `by` points at the parent, those that a `link`
    relates to it, or those that `through` does by a condition. At the root: all rows. `where`
    yields conditions; `sort` gives the keys to order by, none of them null: the row's id is added
    unless it is the last. Where it gives them in one order or another, `named` says it in the
    list's cursors, so that another's is refused. An enum argument named in `shapes` is known when
    the SQL is written; a text named there counts as not given where it is blank. `on_edge` and
    `on_list` are further fields of the edge and of the list.
    """

    def __init__(
        self,
        type_: Any,
        by: str | None = None,
        *,
        link: Link | None = None,
        through: Through | None = None,
        where: Sql | None = None,
        sort: Sql | None = None,
        named: Callable[[Any], str] | None = None,
        shapes: Sequence[str] = (),
        name: str | None = None,
        on_edge: Mapping[str, Any] | None = None,
        on_list: Mapping[str, Any] | None = None,
        required: bool = True,
        **arguments: Any,
    ) -> None:
        def node() -> Any:
            return type_() if callable(type_) and not isinstance(type_, type) else type_

        own = name and connection_of(name, node, on_edge, on_list)
        super().__init__(
            lambda: own or node().connection,
            required=required,
            first=graphene.Int(
                default_value=PAGE, description=f"How many rows, at most {PAGE_MOST}."
            ),
            after=graphene.String(description="Read on from this cursor."),
            **arguments,
        )
        self.by, self.link, self.through, self.where, self.sort = by, link, through, where, sort
        self.named, self.shapes = named, tuple(shapes)

    def name_of_order(self, args: Any) -> list[str]:
        """What stands before the keys in a cursor: nothing where there is but one order."""
        return [self.named(args)] if self.named else []


class First(graphene.Field):
    """The first row, in an order, of those that satisfy conditions; null where there is none."""

    def __init__(self, type_: Any, where: Sql, sort: Sql, **more: Any) -> None:
        super().__init__(type_, **more)
        self.where, self.sort = where, sort
        self.shapes: tuple[str, ...] = ()


class Remark(graphene.Field):
    """A word about a list itself: SQL over its arguments and the viewer, a statement of its own."""

    def __init__(self, type_: Any, sql: Callable[[Any, Any], Any], **more: Any) -> None:
        super().__init__(type_, **more)
        self.sql = sql


class Groups(graphene.Field):
    """At the root: the rows of a kind gathered into groups, of which there are few.

    `where` yields conditions on the rows of the kind `of`, `each` names columns of such a row,
    `by` those of them that a group has in common, and `values` what is known of a group, over all
    of them. The group's type is declared `planned`; its fields are over the columns named.
    """

    def __init__(
        self,
        type_: Any,
        of: Any,
        *,
        where: Sql,
        each: Callable[[Any, Any], dict[str, Any]],
        by: Sequence[str],
        values: Callable[[Any], dict[str, Any]],
        shapes: Sequence[str] = (),
        **more: Any,
    ) -> None:
        super().__init__(graphene.List(graphene.NonNull(type_)), required=True, **more)
        self.of, self.where, self.each, self.by, self.values = of, where, each, by, values
        self.shapes = tuple(shapes)


class Worked(graphene.Field):
    """At the root: a list that Python works out of the arguments and one column of a kind's rows.

    `where` yields conditions on the rows of the kind `of`; `function(values, **arguments)` gives
    objects whose attributes are the fields of the type, which are leaves.
    """

    def __init__(
        self,
        type_: Any,
        of: Any,
        *,
        column: str,
        where: Sql,
        function: Callable[..., Sequence[Any]],
        **more: Any,
    ) -> None:
        super().__init__(graphene.List(graphene.NonNull(type_)), required=True, **more)
        self.of, self.column, self.where, self.function = of, column, where, function


class ByKey(graphene.Field):
    """At the root: the one row that an id names, of this type or of any that implements it."""

    def __init__(self, type_: Any, **more: Any) -> None:
        super().__init__(type_, id=graphene.ID(required=True), **more)


class Announced(graphene.Field):
    """At the subscription's root: rows that were announced under a topic, each as it is now.

    `where` yields conditions on them (store/announcements.py, subscription.py).
    """

    def __init__(self, type_: Any, topic: str, where: Sql, **more: Any) -> None:
        super().__init__(type_, required=True, **more)
        self.topic, self.where = topic, where


Declarations = Mapping[str, Mapping[str, graphene.Field]]


def declarations(schema: GraphQLSchema) -> Declarations:
    """Type name -> field name -> how it is answered.

    A field with a resolver of its own is left out: the planner does not cover it.
    """
    found: dict[str, dict[str, graphene.Field]] = {}
    columns: dict[int, Column] = {}  # an interface's field is its types' field too
    for name, type_ in schema.type_map.items():
        cls = getattr(type_, "graphene_type", None)
        root = type_ in (schema.query_type, schema.mutation_type, schema.subscription_type)
        if cls is None or not (root or hasattr(cls, "source") or hasattr(cls, "planned")):
            continue
        found[name] = {}
        for attribute, declared in cls._meta.fields.items():
            if declared.resolver or hasattr(cls, f"resolve_{attribute}"):
                continue
            if type(declared) is graphene.Field and hasattr(cls, "source"):
                declared = columns.setdefault(id(declared), Column(declared._type, attribute))
            found[name][declared.name or to_camel_case(attribute)] = declared
    return found


MAX_SHOWN: Final = 40  # characters of what was given instead of an id


@fact
class NotAnId(UserError):
    says = "{given!r} is no id: ids look like ast_0c1n2h5xjz3qk and are taken from an answer."
    given: str


class NotCovered(Exception):
    """The planner does not answer this; graphql-core's executor does."""


@dataclass(frozen=True)
class Schema:
    """What planning needs to know of a schema."""

    core: GraphQLSchema
    declared: Declarations
    dialect: sa.Dialect

    def source(self, type_: Any) -> Source:
        source: Source | None = getattr(getattr(type_, "graphene_type", None), "source", None)
        if source is None:
            raise NotCovered(f"{type_.name} stands for no rows")
        return source

    @cached_property
    def keys(self) -> list[Key]:
        """How every kind that has ids writes and reads them."""
        found = (fields.get("id") for fields in self.declared.values())
        return [key for key in found if isinstance(key, Key)]

    def check_id(self, text: str) -> None:
        """Raises NotAnId for what is no kind's id; another kind's merely names nothing here."""
        if all(key.read(text) is None for key in self.keys):
            raise NotAnId(text[:MAX_SHOWN]).at("id")

    def core_type(self, cls: Any) -> Any:
        return self.core.type_map[cls._meta.name]

    def keyed(self, type_: Any) -> list[tuple[Any, Key]]:
        """The types that an id of this type may name, with their key fields.

        The kinds of one table are looked up together, as their interface.
        """
        types: Any = self.core.get_possible_types(type_) if is_interface_type(type_) else [type_]
        found: dict[Any, Key] = {}
        for concrete in types:
            key = self.declared.get(concrete.name, {}).get("id")
            if isinstance(key, Key):
                whole = self.source(concrete).interface if is_interface_type(type_) else None
                found[self.core_type(whole) if whole else concrete] = key
        return list(found.items())

"""The same types answered field by field, in the plainest way there is.

graphql-core's executor calls these resolvers. Each asks its own small statement about one row, so
they are slow; what they are for is to be right: tests hold the planner against them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLResolveInfo, get_named_type, is_interface_type, is_union_type

from commonweal import access
from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.store.core_tables import table

from .ask import NO_ARGS, Args, Ask, Bound, PlanViewer, arguments, constant
from .assemble import to_python
from .cursor import write_cursor
from .declare import (
    ByKey,
    Column,
    Computed,
    Expression,
    First,
    Groups,
    Key,
    Many,
    One,
    Remark,
    Worked,
)
from .groups import gathered
from .mutation import Command, Outcome
from .order import after_cursor, order_keys, plain
from .payload import Replayed, Result, Secret, Tally
from .refusals import UserErrors, refusal_field
from .sql import compiled
from .statement import Engine, Row, Scope, foreign_key, how_many
from .visibility import condition


@dataclass
class Answering:
    """The executor's context: the schema, and who asks through which connection."""

    schema: Any
    fetch: Any
    viewer: Viewer
    outcomes: Mapping[str, Outcome]


@dataclass
class Found:
    """A row that was reached: its type, its key, and the arguments of the list it came through."""

    type: Any
    key: int
    via: Args = field(default_factory=lambda: NO_ARGS)


@dataclass
class Group:
    """A group of rows: its type, by which list, and what its rows have in common."""

    type: Any
    declared: Groups
    args: Args
    values: list[Any]


@dataclass
class Told:
    """A refusal as a value of the response: graphql-core would raise a plain exception."""

    error: UserError


def attach(schema: Any) -> None:
    """Give every declared field its resolver, and every interface and union its type."""
    for name, fields in schema.declared.items():
        for field_name, declared in fields.items():
            if resolver := RESOLVERS.get(type(declared)):
                core_field = schema.core.type_map[name].fields[field_name]
                core_field.resolve = partial(resolver, declared)
        if "totalCount" in (core_fields := getattr(schema.core.type_map[name], "fields", {})):
            core_fields["totalCount"].resolve = lambda page, _: page["total"]()
    for type_ in schema.core.type_map.values():
        if is_interface_type(type_) or is_union_type(type_):
            type_.resolve_type = lambda found, *_: type_name(found)
        if hasattr(getattr(type_, "graphene_type", None), "refusal"):
            for core_field in type_.fields.values():
                core_field.resolve = lambda told, info: refusal_field(told.error, info.field_name)


def type_name(found: "Found | Told") -> str:
    return str(found.type.name) if isinstance(found, Found) else type(found.error).__name__


class Question:
    """One small statement about a type's rows."""

    def __init__(self, context: Answering, type_: Any, via: Args) -> None:
        self.context, self.type = context, type_
        self.source = context.schema.source(type_)
        self.viewer = PlanViewer(context.viewer.signed_in)
        self.engine = Engine(context.schema.dialect, self.viewer)
        target = table(self.source.model)
        self.scope = Scope(self.engine, target)
        self.row = Row(self.scope, target.c, self.source, via)

    async def ask(self, *columns: Any, order: Any = (), limit: Any = None) -> list[list[Any]]:
        """Rows of Python values."""
        dialect = self.context.schema.dialect
        select = sa.select(*(c.label(f"c{i}") for i, c in enumerate(columns)))
        select = select.select_from(self.scope.from_).where(*self.scope.conditions)
        statement = compiled(select.order_by(*order).limit(limit), dialect)
        values = statement.values(Ask({}, self.context.viewer))
        rows = await self.context.fetch(statement.sql, values)
        reads = [to_python(c.type, dialect) or (lambda v: v) for c in columns]
        return [
            [None if v is None else read(v) for read, v in zip(reads, row, strict=True)]
            for row in rows
        ]

    async def found(self, key: int | None) -> Found | None:
        """The visible row with this key, as the type that it is."""
        if key is None:
            return None
        self.scope.require(self.row.key == Bound(constant(key), sa.BigInteger()))
        self.scope.require(*self.row.admitted())
        rows = await self.ask(*self.identity())
        return self.as_found(rows[0]) if rows else None

    def identity(self) -> list[Any]:
        kinds = self.source.kinds
        return [self.row.key, *([getattr(self.row, self.source.kind_column)] if kinds else [])]

    def as_found(self, values: list[Any], via: Args = NO_ARGS) -> Found:
        schema, kinds = self.context.schema, self.source.kinds
        type_ = schema.core_type(kinds[values[1]]) if kinds else self.type
        return Found(type_, values[0], via)


class GroupQuestion(Question):
    """One small statement about groups."""

    def __init__(self, context: Answering, declared: Groups, args: Args) -> None:
        self.context, self.source = context, declared.of.source
        self.viewer = PlanViewer(context.viewer.signed_in)
        self.engine = Engine(context.schema.dialect, self.viewer)
        found = gathered(self.engine, declared, args)
        self.scope = Scope(self.engine, found)
        self.row = Row(self.scope, found.c, self.source, args)


def about(context: Answering, parent: Found | Group) -> Question:
    """A question about a row that was found, or a group."""
    if isinstance(parent, Group):
        whole = GroupQuestion(context, parent.declared, parent.args)
        for name, value in zip(parent.declared.by, parent.values, strict=True):
            column = getattr(whole.row, name)
            whole.scope.require(column == Bound(constant(value), column.type))
        return whole
    question = Question(context, parent.type, parent.via)
    question.scope.require(question.row.key == Bound(constant(parent.key), sa.BigInteger()))
    return question


def args_of(declared: Any, info: GraphQLResolveInfo, given: Mapping[str, Any]) -> Args:
    definition = info.parent_type.fields[info.field_name]
    reads = {
        name: (type_, constant(given.get(name)))
        for name, (type_, _) in arguments(definition, info.field_nodes[0])
    }
    sample = Ask(info.variable_values, info.context.viewer)
    return Args(reads, sample, getattr(declared, "shapes", ()))


async def shown(question: Question, info: GraphQLResolveInfo) -> bool:
    """Whether a private field is this viewer's to see."""
    rule = access.FIELDS.get(f"{info.parent_type.name}.{info.field_name}")
    allowed = None if rule is None else condition(rule, question.row, question.viewer)
    return allowed is None or bool((await question.ask(sa.case((allowed, 1), else_=0)))[0][0])


async def column(declared: Column, parent: Found, info: GraphQLResolveInfo) -> Any:
    question = about(info.context, parent)
    if not await shown(question, info):
        return None
    return (await question.ask(getattr(question.row, declared.column)))[0][0]


async def key(declared: Key, parent: Found, _info: GraphQLResolveInfo) -> str:
    return declared.write(parent.key)


async def expression(
    declared: Expression, parent: Any, info: GraphQLResolveInfo, **given: Any
) -> Any:
    on_edge = isinstance(parent, dict)  # an edge is about its node, with the list's arguments
    found = parent["node"] if on_edge else parent
    question = about(info.context, found)
    if not on_edge and not await shown(question, info):
        return None
    args = found.via if on_edge else args_of(declared, info, given)
    return (await question.ask(declared.sql(question.row, args, question.viewer)))[0][0]


async def computed(declared: Computed, parent: Found, info: GraphQLResolveInfo) -> Any:
    question = about(info.context, parent)
    columns = declared.columns(question.row)
    return declared.function(*(await question.ask(*columns))[0])


async def one(declared: One, parent: Found, info: GraphQLResolveInfo) -> Found | None:
    question = about(info.context, parent)
    row = question.row
    number = (await question.ask(getattr(row, foreign_key(row.source, declared.by))))[0][0]
    return await Question(info.context, get_named_type(info.return_type), NO_ARGS).found(number)


async def by_key(
    _declared: ByKey, _parent: None, info: GraphQLResolveInfo, **given: Any
) -> Found | None:
    info.context.schema.check_id(given["id"])
    for type_, named in info.context.schema.keyed(get_named_type(info.return_type)):
        found = await Question(info.context, type_, NO_ARGS).found(named.read(given["id"]))
        if found:
            return found
    return None


async def first(
    declared: First, parent: Any, info: GraphQLResolveInfo, **given: Any
) -> Found | None:
    on_list = isinstance(parent, dict)
    args = parent["args"] if on_list else args_of(declared, info, given)
    question = Question(info.context, get_named_type(info.return_type), args)
    row, viewer = question.row, question.viewer
    question.scope.require(*row.admitted(), *declared.where(row, args, viewer))
    order = [*declared.sort(row, args, viewer), row.key]
    rows = await question.ask(*question.identity(), order=order, limit=sa.literal(1))
    return question.as_found(rows[0], args) if rows else None


async def many(declared: Many, parent: Found | None, info: GraphQLResolveInfo, **given: Any) -> Any:
    context: Answering = info.context
    args = args_of(declared, info, given)
    if parent is not None and not await shown(about(context, parent), info):
        return None
    connection: Any = get_named_type(info.return_type)
    edge: Any = get_named_type(connection.fields["edges"].type)
    question = Question(context, get_named_type(edge.fields["node"].type), args)
    row, scope = question.row, question.scope
    scope.require(*row.admitted())
    if declared.where:
        scope.require(*declared.where(row, args, question.viewer))
    if parent is not None:
        hang(declared, parent, question)
    counting = list(scope.conditions), scope.from_
    keys, walk = order_keys(row, declared, args, question.viewer)
    beyond_it, before = after_cursor(keys, walk, declared, args)
    scope.require(beyond_it)
    named = declared.name_of_order(args)
    limit = how_many(args, Ask({}, context.viewer))
    identity = question.identity()
    rows = await question.ask(
        *identity,
        *map(plain, keys),
        order=keys,
        limit=Bound(constant(limit + 1), sa.Integer()),
    )
    deep = [before(Ask({}, context.viewer)) + min(len(rows), limit)] if before else []
    edges = [
        {
            "node": question.as_found(values, args),
            "cursor": write_cursor(*named, *values[len(identity) :], *deep),
        }
        for values in rows[:limit]
    ]

    async def total(*_: Any) -> int:
        scope.conditions, scope.from_ = counting
        return int((await question.ask(sa.func.count()))[0][0])

    return {
        "args": args,
        "edges": edges,
        "total": total,
        "page_info": {
            "has_next_page": len(rows) > limit,
            "has_previous_page": args.after is not None,
            "start_cursor": edges[0]["cursor"] if edges else None,
            "end_cursor": edges[-1]["cursor"] if edges else None,
        },
    }


async def groups(
    declared: Groups, _parent: None, info: GraphQLResolveInfo, **given: Any
) -> list[Group]:
    args = args_of(declared, info, given)
    question = GroupQuestion(info.context, declared, args)
    by = [getattr(question.row, name) for name in declared.by]
    type_ = get_named_type(info.return_type)
    return [Group(type_, declared, args, row) for row in await question.ask(*by, order=by)]


async def worked(
    declared: Worked, _parent: None, info: GraphQLResolveInfo, **given: Any
) -> Sequence[Any]:
    args = args_of(declared, info, given)
    question = Question(info.context, info.context.schema.core_type(declared.of), args)
    row = question.row
    question.scope.require(*row.admitted(), *declared.where(row, args, question.viewer))
    rows = await question.ask(getattr(row, declared.column))
    return declared.function([value for [value] in rows], **given)


async def remark(declared: Remark, parent: Any, info: GraphQLResolveInfo) -> Any:
    context, viewer = info.context, PlanViewer(info.context.viewer.signed_in)
    statement = compiled(sa.select(declared.sql(parent["args"], viewer)), context.schema.dialect)
    return (await context.fetch(statement.sql, statement.values(Ask({}, context.viewer))))[0][0]


def hang(declared: Many, parent: Found, question: Question) -> None:
    """Keep the rows that are this parent's."""
    number = Bound(constant(parent.key), sa.BigInteger())
    if declared.by:
        column = getattr(question.row, foreign_key(question.source, declared.by))
        question.scope.require(column == number)
    elif declared.link:
        links = table(declared.link.model).alias()
        on = links.c[declared.link.row] == question.row.key
        question.scope.from_ = sa.join(links, question.scope.from_, on)
        question.scope.require(links.c[declared.link.parent] == number)
    elif declared.through:
        above = question.context.schema.source(parent.type)
        owners = table(above.model).alias()
        owner = Row(question.scope, owners.c, above, NO_ARGS)
        on = declared.through(owner, question.row, question.row.via, question.viewer)
        question.scope.from_ = sa.join(owners, question.scope.from_, on)
        question.scope.require(owner.key == number)


def command(_declared: Command, _parent: None, info: GraphQLResolveInfo, **_given: Any) -> Outcome:
    """What the mutation did; it was done before this. Raises the defect that it met instead."""
    outcome: Outcome = info.context.outcomes[info.path.key]
    if outcome.defect:
        raise outcome.defect
    return outcome


async def result(declared: Result, parent: Outcome, info: GraphQLResolveInfo) -> Found | None:
    number = parent.facts.get(declared.fact)
    return await Question(info.context, get_named_type(info.return_type), NO_ARGS).found(number)


def replayed(_declared: Replayed, parent: Outcome, _info: GraphQLResolveInfo) -> bool:
    return parent.replayed


def told(declared: Tally | Secret, parent: Outcome, _info: GraphQLResolveInfo) -> Any:
    return parent.facts.get(declared.fact)


def user_errors(_declared: UserErrors, parent: Outcome, _info: GraphQLResolveInfo) -> Any:
    return [Told(error) for error in parent.errors]


RESOLVERS: dict[type, Callable[..., Any]] = {
    ByKey: by_key,
    Column: column,
    Command: command,
    Computed: computed,
    Expression: expression,
    First: first,
    Groups: groups,
    Key: key,
    Many: many,
    One: one,
    Remark: remark,
    Replayed: replayed,
    Result: result,
    Secret: told,
    Tally: told,
    UserErrors: user_errors,
    Worked: worked,
}

"""From a selection to a plan: which statements to run, and how their rows become the response.

A plan holds for a document, an operation, the outcome of its @skip and @include, which optional
values are given, the enums that shape lists, and whether the viewer is signed in. It holds
whatever the other values are, and whoever asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields

from commonweal import access

from .announced import announced_rows
from .ask import Args, Ask, Compute, PlanViewer, arguments, constant, once
from .assemble import (
    Assemble,
    Call,
    Constant,
    Count,
    Derived,
    Each,
    Edges,
    Given,
    Kinds,
    Object,
    Page,
    Single,
    Value,
    Word,
    assembler,
    to_json,
    to_python,
)
from .declare import (
    Announced,
    ByKey,
    Column,
    Computed,
    Expression,
    First,
    Groups,
    Key,
    Many,
    NotCovered,
    One,
    Remark,
    Schema,
    Worked,
)
from .groups import groups
from .mutation import Command, Outcome
from .payload import Replayed, Result, Secret, Tally
from .refusals import UserErrors, project
from .statement import (
    Connection,
    Engine,
    Level,
    Paged,
    Row,
    count,
    first_row,
    page,
    single,
)
from .visibility import condition
from .worked import shown_as, worked

Nodes = list[FieldNode]
PAGE_WORDS: Final = {  # field -> Python, in the function that `assemble` writes for a page
    "cursor": "at(r)",
    "hasNextPage": "more",
    "hasPreviousPage": "again",
    "startCursor": "(at(rows[0]) if rows else None)",
    "endCursor": "(at(rows[-1]) if rows else None)",
}


@dataclass(frozen=True)
class Plan:
    levels: list[Level]
    assemble: Assemble


class Planner:
    """One walk over one operation. `sample` is a request of the shape that the plan is to serve."""

    def __init__(
        self,
        schema: Schema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        sample: Ask,
    ) -> None:
        self.schema, self.operation = schema, operation
        self.fragments, self.sample = dict(fragments), sample
        self.engine = Engine(schema.dialect, PlanViewer(sample.viewer.signed_in))
        self.levels: list[Level] = []
        self.shapes: dict[tuple[Any, ...], Any] = {}

    def plan(self) -> Plan:
        root: Any = self.schema.core.get_root_type(self.operation.operation)
        selected = collect_fields(
            self.schema.core,
            self.fragments,
            self.sample.variables,
            root,
            self.operation.selection_set,
        )
        answered = Object({k: self.root(root, k, nodes) for k, nodes in selected.items()})
        return Plan(self.levels, assembler(answered))

    def sub(self, type_: Any, nodes: Nodes) -> dict[str, Nodes]:
        variables = self.sample.variables
        return collect_sub_fields(self.schema.core, self.fragments, variables, type_, nodes)

    def object(
        self, type_: Any, selected: Mapping[str, Nodes], answer: Callable[[Any, str, Nodes], Any]
    ) -> Object:
        """An object whose fields are answered by a function; `__typename` answers itself."""
        return Object(
            {
                key: Constant(type_.name)
                if (name := nodes[0].name.value) == "__typename"
                else answer(type_, name, nodes)
                for key, nodes in selected.items()
            }
        )

    def args(self, type_: Any, name: str, nodes: Nodes, shapes: tuple[str, ...] = ()) -> Args:
        return Args(dict(arguments(type_.fields[name], nodes[0])), self.sample, shapes)

    def added(self, level: Level) -> int:
        self.levels.append(level)
        return len(self.levels) - 1

    # ---- the root ------------------------------------------------------------------------------

    def root(self, type_: Any, key: str, nodes: Nodes) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return Constant(type_.name)
        match self.schema.declared[type_.name].get(name):
            case Many():
                return self.many(type_, name, nodes, None)
            case First() as declared:
                return self.first(declared, self.args(type_, name, nodes), type_, name, nodes)
            case ByKey():
                return self.by_key(type_, name, nodes)
            case Command():
                return self.payload(type_, name, nodes, key)
            case Groups() | Announced() | Worked() as declared:
                answer: Any = self.worked if isinstance(declared, Worked) else self.each
                return answer(declared, type_, name, nodes)
        raise NotCovered(name)

    def each(self, declared: Groups | Announced, type_: Any, name: str, nodes: Nodes) -> Each:
        target, shapes = get_named_type(type_.fields[name].type), getattr(declared, "shapes", ())
        args = self.args(type_, name, nodes, shapes)
        if isinstance(declared, Groups):
            level, row = groups(self.engine, declared, args)
        else:
            level, row = announced_rows(self.engine, self.schema.source(target), declared, args)
        at = self.added(level)
        return Each(at, self.row(target, nodes, row))

    def worked(self, declared: Worked, type_: Any, name: str, nodes: Nodes) -> Derived:
        target: Any = get_named_type(type_.fields[name].type)
        chosen = {k: shown_as(target, n[0].name.value) for k, n in self.sub(target, nodes).items()}
        level, listed = worked(self.engine, declared, self.args(type_, name, nodes), chosen)
        return Derived(self.added(level), listed)

    def first(self, declared: First, args: Args, type_: Any, name: str, nodes: Nodes) -> Single:
        target = get_named_type(type_.fields[name].type)
        level, row = first_row(self.engine, self.schema.source(target), declared, args)
        at = self.added(level)
        return Single({at: self.row(target, nodes, row)})

    def by_key(self, type_: Any, name: str, nodes: Nodes) -> Single:
        read = self.args(type_, name, nodes).reads["id"]
        target = get_named_type(type_.fields[name].type)

        def number(key: Key) -> Compute:
            def compute(ask: Ask) -> int | None:
                self.schema.check_id(read(ask))
                return key.read(read(ask))

            return once(compute)

        return Single(self.keyed(target, nodes, number))

    def keyed(self, type_: Any, nodes: Nodes, number: Callable[[Key], Compute]) -> dict[int, Any]:
        """A level for each type that an id may name; only the one it does name is run."""
        levels = {}
        for target, key in self.schema.keyed(type_):
            level, row = single(self.engine, self.schema.source(target), number(key))
            at = self.added(level)  # before the levels that hang from it
            levels[at] = self.row(target, nodes, row)
        return levels

    def payload(self, type_: Any, name: str, nodes: Nodes, key: str) -> Object:
        """What a mutation answers: rows named by its outcome, and its errors."""
        payload = get_named_type(type_.fields[name].type)

        def part(owner: Any, name: str, nodes: Nodes) -> Any:
            inner = get_named_type(owner.fields[name].type)
            declared = self.schema.declared[owner.name].get(name)
            if isinstance(declared, UserErrors):
                chosen = {
                    t.name: {k: n[0].name.value for k, n in self.sub(t, nodes).items()}
                    for t in self.schema.core.get_possible_types(inner)
                }
                return Given(lambda ask: [project(e, chosen) for e in outcome(ask).errors])
            if isinstance(declared, Replayed):
                return Given(lambda ask: outcome(ask).replayed)
            if isinstance(declared, Tally | Secret):
                return Given(lambda ask: outcome(ask).facts.get(declared.fact))
            if not isinstance(declared, Result):
                raise NotCovered(f"{owner.name}.{name}")
            field = declared.fact
            levels = self.keyed(inner, nodes, lambda _: lambda ask: outcome(ask).facts.get(field))
            return Single(levels)

        def outcome(ask: Ask) -> Outcome:
            found: Outcome = ask.outcomes[key]
            return found

        return self.object(payload, self.sub(payload, nodes), part)

    # ---- rows ----------------------------------------------------------------------------------

    def row(self, type_: Any, nodes: Nodes, row: Row, present: int | None = None) -> Any:
        """The shape of a row, of one type or of several that share an interface.

        `present` is the column that is null where a join found no row.
        """
        if not is_interface_type(type_):

            def field(owner: Any, name: str, nodes: Nodes) -> Any:
                return self.field(owner, name, nodes, row)

            shape = self.object(type_, self.sub(type_, nodes), field)
            shape.present = present
            return shape
        source, cases, shared = row.source, {}, self.schema.declared[type_.name]
        for kind, cls in source.kinds.items():
            target, case = self.schema.core_type(cls), row.as_kind(cls.source)

            def answer(owner: Any, name: str, nodes: Nodes, case: Row = case) -> Any:
                # what the interface declares is read once, not once for each kind
                own = self.schema.declared[owner.name].get(name) is not shared.get(name)
                return self.field(owner, name, nodes, case if own else row)

            cases[getattr(kind, "value", kind)] = self.object(
                target, self.sub(target, nodes), answer
            )
        assert source.kind_column
        return Kinds(row.level.index(getattr(row, source.kind_column)), cases, present)

    def field(self, type_: Any, name: str, nodes: Nodes, row: Row) -> Any:
        """A field of a row: one shape, however many of an interface's kinds ask for it."""
        memo = (row, self.schema.declared[type_.name].get(name), *map(id, nodes))
        if memo not in self.shapes:
            self.shapes[memo] = self.answer(type_, name, nodes, row)
        return self.shapes[memo]

    def answer(self, type_: Any, name: str, nodes: Nodes, row: Row) -> Any:
        level, named = row.level, get_named_type(type_.fields[name].type)
        match self.schema.declared[type_.name].get(name):
            case Column() as declared if is_leaf_type(named):
                return self.leaf(type_, name, row, getattr(row, declared.column))
            case Expression() as declared:
                args = self.args(type_, name, nodes)
                return self.leaf(type_, name, row, declared.sql(row, args, self.engine.viewer))
            case Key() as declared:
                return Value(level.index(row.key), declared.write, False)
            case Computed() as declared:
                columns = declared.columns(row)
                dialect = self.schema.dialect
                values = [Value(level.index(c), to_python(c.type, dialect)) for c in columns]
                return computed(declared, named, values)
            case One() as declared:
                target = row.one(declared, self.schema.source(named))
                return self.row(named, nodes, target, level.index(target.key))
            case Many():
                return self.many(type_, name, nodes, row)
        raise NotCovered(f"{type_.name}.{name}")

    def leaf(self, type_: Any, name: str, row: Row, sql: Any) -> Value:
        """A column or an expression; null where it is private and not this viewer's to see."""
        shown = self.shown(type_, name, row)
        output = get_nullable_type(type_.fields[name].type)
        column = sql if shown is None else sa.case((shown, sql))
        return Value(row.level.index(column), to_json(sql.type, output, self.schema.dialect))

    def shown(self, type_: Any, name: str, row: Row) -> Any:
        """The condition under which a private field is shown, None where it is public."""
        rule = access.FIELDS.get(f"{type_.name}.{name}")
        return None if rule is None else condition(rule, row, self.engine.viewer)

    def remark(self, declared: Remark, args: Args, type_: Any, name: str, _: Nodes) -> Single:
        said = sa.select(declared.sql(args, self.engine.viewer).label("said")).subquery()
        level, output = Level(self.engine, said), get_nullable_type(type_.fields[name].type)
        convert = to_json(said.c.said.type, output, self.schema.dialect)
        return Single({self.added(level): Value(level.index(said.c.said), convert)})

    # ---- lists ---------------------------------------------------------------------------------

    def many(self, type_: Any, name: str, nodes: Nodes, parent: Row | None) -> Page:
        """A connection: of a row, or at the root."""
        declared = self.schema.declared[type_.name][name]
        assert isinstance(declared, Many)
        args = self.args(type_, name, nodes, declared.shapes)
        connection: Any = get_named_type(type_.fields[name].type)
        edge: Any = get_named_type(connection.fields["edges"].type)
        source = self.schema.source(get_named_type(edge.fields["node"].type))
        above = None if parent is None else parent.source
        paged = page(Connection(self.engine, source, declared, args, above))
        level, dialect = paged.row.level, self.schema.dialect
        shape = Page(
            level=self.added(level),
            key=None,
            private=False,
            limit=level.most,
            again=lambda ask: args.reads["after"](ask) is not None,
            cursor=[
                *map(Constant, declared.name_of_order(args)),
                *(Value(level.index(k), to_python(k.type, dialect), False) for k in paged.keys),
            ],
            before=paged.before,
        )
        if parent is not None:
            shown = self.shown(type_, name, parent)
            shape.key, shape.private = parent.level.index(owner(parent, shown)), shown is not None
            level.parent = (self.levels.index(parent.level), shape.key)
        selected = self.sub(connection, nodes)
        rows_shown = any(n[0].name.value in ("edges", "pageInfo") for n in selected.values())
        level.wanted = constant(rows_shown or args.after is not None)  # else no cursor to refuse
        shape.fields = self.object(connection, selected, partial(self.page_part, paged, shape))
        return shape

    def page_part(self, paged: Paged, shape: Page, type_: Any, name: str, nodes: Nodes) -> Any:
        """A field of a connection, of its edges or of its page info."""
        if name in PAGE_WORDS:
            return Word(PAGE_WORDS[name])
        inner, row, args = get_named_type(type_.fields[name].type), paged.row, paged.asked.args
        match name, self.schema.declared[type_.name].get(name):
            case "edges" | "pageInfo", _:
                part = partial(self.page_part, paged, shape)
                whole = self.object(inner, self.sub(inner, nodes), part)
                return Edges(whole) if name == "edges" else whole
            case "node", _:
                return self.row(inner, nodes, row)
            case "totalCount", _:
                total = count(paged.asked)
                total.parent = row.level.parent
                return Count(self.added(total), shape.key)
            case _, First() | Remark() as declared:
                answer: Any = self.first if isinstance(declared, First) else self.remark
                return answer(declared, args, type_, name, nodes)
            case _, Expression() as declared:
                return self.leaf(type_, name, row, declared.sql(row, args, self.engine.viewer))
        raise NotCovered(f"{type_.name}.{name}")


def owner(row: Row, shown: Any) -> Any:
    """The key that a list hangs from: of rows of the kind that has the list, if it may be seen."""
    key, source = row.key, row.source
    conditions = [] if shown is None else [shown]
    if source.kind is not None and row.whole is not None and source.kind_column:
        conditions.append(getattr(row, source.kind_column) == source.kind)
    return sa.case((sa.and_(*conditions), key)) if conditions else key


def computed(declared: Computed, leaf: Any, values: list[Value]) -> Call:
    made = Call(declared.function, values)
    if leaf.name in ("String", "Int", "Float", "Boolean", "ID"):
        return made
    return Call(
        lambda *given: None if (v := declared.function(*given)) is None else leaf.serialize(v),
        values,
    )

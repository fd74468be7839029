"""What one request brings, and how SQL that was written long before it refers to that.

A plan is made once and serves many requests, so the functions that write its SQL never see a
value: they see an argument as None (not given), a `Bound` (given, whatever it is) or `Args` (an
input object). Whether a thing is given may change the SQL and is therefore part of a plan's key;
so is the member of an enum that a list declares as its `shape` (an order, say).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLString,
    Undefined,
    VariableNode,
    Visitor,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    value_from_ast,
    visit,
)

from commonweal.access import Role, Scope, Viewer

from .request import UNWATCHED, Trace


@dataclass(slots=True)
class Ask:
    """One request while it is being answered."""

    variables: dict[str, Any]
    viewer: Viewer
    outcomes: Mapping[str, Any] = field(default_factory=dict)  # of the mutations, by response key
    parents: Sequence[int] = ()  # whose lists the next statement fetches
    memo: dict[object, Any] = field(default_factory=dict)
    step: int | None = None  # of a walk, how far the next statement looks; None: at all there is
    announced: tuple[int, int] = (0, 0)  # of a subscription: what came after the first, to the last
    trace: Trace = UNWATCHED


Compute = Callable[[Ask], Any]
FEW: Final = 4  # members of an enum: fifteen choices of them, of the 64 plans of a document
# One of each: what SQLAlchemy works out of a type, it keeps for that one alone.
FLOAT: Final = sa.Float()
INTEGER: Final = sa.Integer()
STRING: Final = sa.String()
SQL_TYPES: Final[dict[str, Any]] = {
    "Float": FLOAT,
    "Int": INTEGER,
    "Boolean": sa.Boolean(),
    "String": STRING,
    "ID": STRING,
    "Date": sa.Date(),
}


class Bound(sa.BindParameter[Any]):
    """A place in a statement for a value that every request works out anew."""

    inherit_cache = False

    def __init__(self, compute: Compute, type_: Any = None) -> None:
        super().__init__(None, None, type_=type_, unique=True)
        self.compute = compute


def constant(value: Any) -> Compute:
    """The same value for every request."""
    return lambda _: value


def once(compute: Compute) -> Compute:
    """The same value throughout a request, worked out when it is first needed."""
    key = object()

    def remembered(ask: Ask) -> Any:
        if key not in ask.memo:
            ask.memo[key] = compute(ask)
        return ask.memo[key]

    return remembered


def derive(
    function: Callable[..., Sequence[Any]], sources: Sequence[Bound], types: Sequence[Any]
) -> list[Bound]:
    """Values worked out together from other values: a checked point, the keys in a cursor."""
    whole = once(lambda ask: function(*(source.compute(ask) for source in sources)))

    def part(i: int) -> Compute:
        return lambda ask: whole(ask)[i]

    return [Bound(part(i), type_) for i, type_ in enumerate(types)]


class PlanViewer:
    """The viewer as SQL sees them: whether signed in is known, the rest is bound."""

    def __init__(self, signed_in: bool) -> None:
        self.signed_in = signed_in
        self.id = Bound(lambda ask: ask.viewer.id, sa.BigInteger())
        self.own_id = Bound(lambda ask: ask.viewer.own_id, sa.BigInteger())
        self.token_id = Bound(lambda ask: ask.viewer.token_id, sa.BigInteger())
        self.audits = Bound(lambda ask: ask.viewer.audits, sa.Boolean())
        self.belongs = Bound(lambda ask: ask.viewer.belongs)
        self.councils = self.councils_of(None)

    def councils_of(self, scope: Scope | None) -> "Bound":
        """Those in whose office they act, with a token that is good for this."""
        return Bound(
            lambda ask: ask.viewer.councils if scope is None or ask.viewer.good_for(scope) else ()
        )

    def organisations(self, roles: Sequence[Role]) -> "Bound":
        """Those in which they have one of these roles."""
        return Bound(lambda ask: ask.viewer.organisations(roles))


class Args:
    """Arguments as SQL sees them, by their Python names."""

    def __init__(
        self,
        reads: Mapping[str, tuple[Any, Compute]],
        sample: Ask | None,
        shapes: Sequence[str] = (),
    ) -> None:
        self.reads = {name: read for name, (_, read) in reads.items()}
        self.memo: dict[str, Any] = {}  # SQL that several uses of these arguments share
        self._seen = {
            name: shape(type_, read, sample)
            if name in shapes and sample and not is_list_type(get_nullable_type(type_))
            else seen(type_, read, sample)
            for name, (type_, read) in reads.items()
        }
        lists = [name for name in shapes if is_list_type(get_nullable_type(reads[name][0]))]
        assert all(lists_few(reads[name][0]) for name in lists), "no plan is keyed by these"
        self._known = {name: members(self.reads[name](sample)) for name in lists if sample}

    def __getattr__(self, name: str) -> Any:
        try:
            return self._seen[name]
        except KeyError:
            raise AttributeError(f"no argument {name}") from None

    def known(self, name: str) -> tuple[Any, ...] | None:
        """The members of a list of enums that is declared as a shape; None where none is given."""
        return self._known.get(name)

    def get(self, name: str) -> Any:
        """The argument, or None where it is not given or there is none of that name."""
        return self._seen.get(name)


NO_ARGS: Final = Args({}, None)


def seen(type_: Any, read: Compute, sample: Ask | None) -> Any:
    """An argument as SQL sees it: None, a `Bound`, or `Args` for an input object."""
    if sample is None or read(sample) is None:
        return None
    inner: Any = get_nullable_type(type_)
    if not is_input_object_type(inner):
        return Bound(read, SQL_TYPES.get(getattr(inner, "name", "")))

    def member(name: str) -> Compute:
        return lambda ask: read(ask).get(name)

    names = {f.out_name or name: f.type for name, f in inner.fields.items()}
    return Args({name: (of, member(name)) for name, of in names.items()}, sample)


def shape(type_: Any, read: Compute, sample: Ask) -> Any:
    """An argument that decides the SQL: an enum's member itself; of a text that it is not blank."""
    value = read(sample)
    if not holds_text(type_):
        return value
    return seen(type_, read, sample) if value and value.strip() else None


def arguments(
    definition: GraphQLField, node: FieldNode
) -> Iterator[tuple[str, tuple[Any, Compute]]]:
    """Each argument's name, type and a function that reads it from a request."""
    given = {a.name.value: a.value for a in node.arguments}
    for name, arg in definition.args.items():
        default = None if arg.default_value is Undefined else arg.default_value
        yield arg.out_name or name, (arg.type, reader(given.get(name), arg.type, default))


def reader(node: Any, type_: Any, default: Any) -> Compute:
    """A function that reads an argument's value from a request."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return lambda ask: ask.variables.get(name, default)
    if node is None:
        return constant(default)
    if not variables_in(node):
        return constant(value_from_ast(node, type_))
    return once(lambda ask: value_from_ast(node, type_, ask.variables))


def variables_in(node: Any) -> set[str]:
    """The names of the variables that a piece of a document mentions."""
    names: set[str] = set()

    class Names(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            names.add(variable.name.value)

    visit(node, Names())
    return names


def holds_text(type_: Any) -> bool:
    return get_nullable_type(type_) is GraphQLString


def holds_enum(type_: Any) -> bool:
    """Whether a variable of this type may choose the shape of SQL."""
    return bool(is_enum_type(get_nullable_type(type_)))


def lists_few(type_: Any) -> bool:
    """Whether it is a list of so few members that each choice of them may have SQL of its own."""
    inner: Any = get_nullable_type(type_)
    member: Any = get_nullable_type(inner.of_type) if is_list_type(inner) else None
    return is_enum_type(member) and len(member.values) <= FEW


def members(given: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """A list of an enum's members, each once and in one order."""
    return None if given is None else tuple(sorted(set(given), key=str))

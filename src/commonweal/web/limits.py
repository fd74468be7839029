"""Limits: what one request may ask of us, refused before any of it is looked up.

An answerer calls, in this order: `parse_document`, `check`, `validate_document` (all three once per
document text), then `Measured.refuse_cost` once per request, since a variable may stand in `first`.

Nothing here may recurse along the document or visit a fragment twice: both are how documents of a
few hundred bytes stop a server. What is merely wrong (an unknown field, a cycle of fragments) is
passed over: saying so is the validator's work. All rooms' limits: schema/limits.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    Token,
    TokenKind,
    get_named_type,
    parse,
    validate,
)
from graphql.language import ast
from graphql.validation.rules import max_introspection_depth_rule, overlapping_fields_can_be_merged

from commonweal.graph.declare import PAGE as PAGE_ROWS
from commonweal.graph.declare import PAGE_MOST
from commonweal.graph.reader import DOCUMENTS, MUTATION_SECONDS, QUERY_SECONDS
from commonweal.graph.subscription import EVENTS_AT_ONCE
from commonweal.kernel.limits import Limit, limit

BODY_BYTES: Final = limit("request body", 100_000, "bytes", "held in memory; see PUT /files")
BODY_SECONDS: Final = limit(
    "time for a request body", 10, "seconds", "one sent drop by drop would keep its place for ever"
)
GET_PARAMETERS: Final = limit(
    "parameters of a GET", 20, "parameters", "four are ours, the others are decoded for nothing"
)
VARIABLES_DEPTH: Final = limit(
    "nesting of variables", 20, "levels", "GeoJSON needs 10; deep ones exhaust whoever walks them"
)
VARIABLES_VALUES: Final = limit(
    "values in variables", 20_000, "values", "each is looked at; a shape may have 3,000"
)
DOCUMENT_CHARACTERS: Final = limit(
    "document length", 10_000, "characters", "reading costs time for each one"
)
TOKENS: Final = limit("document tokens", 1_000, "tokens", "full introspection needs under 200")
COMMENTS: Final = limit("document comments", 50, "comments", "each is kept (CVE-2026-75508)")
DIRECTIVES: Final = limit(
    "directives of a document", 20, "directives", "each unknown one is an error to report"
)
DEPTH: Final = limit(
    "depth", 15, "levels of fields", "four connections in each other; introspection is exempt"
)
ALIASES: Final = limit(
    "aliases of an operation",
    15,
    "aliases",
    "they repeat a field, to guess a password say; counted wherever spread (CVE-2026-35401)",
)
INTROSPECTION_DEPTH: Final = limit(
    "depth of introspection", 1, "lists of a type's parts", "each multiplies by the whole schema"
)
ROOT_FIELDS: Final = limit("fields of a query", 10, "root fields", "each is at least a statement")
ROOT_MUTATIONS: Final = limit("fields of a mutation", 3, "mutations", "each is a transaction")
PAGE: Final = limit("page", PAGE_MOST, "rows", "what `first` may be; cost is counted in it")
PAGE_DEFAULT: Final = limit("page without `first`", PAGE_ROWS, "rows", "a screen or two")
ROWS: Final = limit("cost", 2_000, "rows", "over all lists, `first` times that of those around")
VALIDATION_ERRORS: Final = limit(
    "validation errors", 5, "errors", "enough to mend a document by (CVE-2023-26144)"
)
FIELD_COMPARISONS: Final = limit(
    "comparisons of fields", 10_000, "pairs", "they grow with the square (CVE-2026-75507)"
)
QUERY_TIME: Final = limit("time of a query", QUERY_SECONDS, "seconds", "a page needs a tenth")
MUTATION_TIME: Final = limit("time of a mutation", MUTATION_SECONDS, "seconds", "it may wait")
DOCUMENTS_CACHED: Final = limit(
    "documents kept parsed", DOCUMENTS, "documents", "an app sends the same few texts for ever"
)

# graphql-core reads these two when a rule runs, and has no parameter for them. A comparison costs
# two units (the budget's older name, MAX_FIELD_COMPARISONS, warns of its removal when it is set).
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 2 * FIELD_COMPARISONS.value
max_introspection_depth_rule.MAX_LIST_DEPTH = INTROSPECTION_DEPTH.value + 1


def parse_document(text: str) -> ast.DocumentNode:
    """Parse a document of bounded length. Raises GraphQLError, with a code in its extensions."""
    if len(text) > DOCUMENT_CHARACTERS.value:
        raise _over(DOCUMENT_CHARACTERS, "DOCUMENT_TOO_LONG", len(text))
    try:
        document = parse(text, max_lexical_tokens=TOKENS.value, max_comments=COMMENTS.value)
    except GraphQLError as error:
        error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        raise
    if "\0" in text:
        raise _refused("NUL_CHARACTER", "The document holds a NUL character, which no text may.")
    _refuse_literals(document)
    return document


def _refuse_literals(document: ast.DocumentNode) -> None:
    """Refuse what JSON refuses in variables: it would be a failure in the midst of the work."""
    assert document.loc is not None
    token: Token | None = document.loc.start_token
    while token:
        value = token.value or ""
        if token.kind is TokenKind.STRING and "\0" in value:
            raise _refused("NUL_CHARACTER", "A string holds a NUL character, which no text may.")
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and math.isinf(float(value)):
            raise _refused("NUMBER_TOO_LARGE", "A number of the document is too large.")
        token = token.next


def validate_document(schema: GraphQLSchema, document: ast.DocumentNode) -> list[GraphQLError]:
    """The specification's rules, with bounded effort; suggestions would spell a hidden schema."""
    most = VALIDATION_ERRORS.value
    try:
        errors = validate(schema, document, max_errors=most, hide_suggestions=True)
    except GraphQLError as raised:  # a rule that wants the values of a subscription's @include
        errors = [raised]
    for error in errors:
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
    return errors


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable in the place of `first`."""

    name: str
    default: int  # the argument's own, for when the variable is not given

    def rows(self, variables: Mapping[str, object], defaults: Mapping[str, int]) -> int:
        if self.name in variables:
            return _page(variables[self.name])
        return defaults.get(self.name, self.default)


@dataclass(frozen=True, slots=True)
class _Spread:
    fragment: str
    depth: int  # of the fields around it
    inside: int  # the list it stands in, see _Definition.lists


@dataclass(slots=True)
class _Definition:
    """What an operation or a fragment asks for; its own first, then also by what it spreads."""

    directives: int = 0
    depth: int = 0
    aliases: int = 0
    aliased_introspection: bool = False
    keys: set[str] = field(default_factory=set)  # response names of its outermost fields
    spreads: list[_Spread] = field(default_factory=list)
    # Each list: the number of the list around it (counted from 1; 0 is the definition), `first`.
    lists: list[tuple[int, int | _Variable]] = field(default_factory=list)
    defaults: dict[str, int] = field(default_factory=dict)  # of an operation's variables
    times: int = 1  # a subscription is answered for several announcements at once

    def add_spreads(self, fragments: "Mapping[str, _Definition]") -> None:
        """Count what the spread fragments hold, given that they have counted theirs."""
        for spread in self.spreads:
            if fragment := fragments.get(spread.fragment):
                self.depth = max(self.depth, spread.depth + fragment.depth)
                self.aliases += fragment.aliases
                hidden = spread.depth < 0 and fragment.aliases > 0
                self.aliased_introspection |= hidden or fragment.aliased_introspection
                if spread.depth == 0:
                    self.keys |= fragment.keys

    def rows(
        self,
        fragments: Mapping[str, int],
        variables: Mapping[str, object],
        defaults: Mapping[str, int],
    ) -> int:
        """Rows in all, from those of each fragment. A list is numbered after the one around it."""
        within = [0] * (len(self.lists) + 1)
        for spread in self.spreads:
            within[spread.inside] += fragments.get(spread.fragment, 0)
        for number in range(len(self.lists), 0, -1):
            around, first = self.lists[number - 1]
            if isinstance(first, _Variable):
                first = first.rows(variables, defaults)
            within[around] += first * (1 + within[number])
        return within[0] * self.times


@dataclass(frozen=True, slots=True)
class Measured:
    """A document within the limits, with what is needed to count the rows of a request."""

    operations: Mapping[str | None, _Definition]
    fragments: Mapping[str, _Definition]  # each after those that it spreads
    costs: Mapping[str | None, int] | None  # of each operation, when no variable stands in `first`

    def cost(self, operation_name: str | None, variables: Mapping[str, object] | None) -> int:
        """Rows that the operation can return: at every list, `first` times those around it.

        A list without `first` and a single object are free; what @skip and @include leave out and
        what is asked twice counts all the same. A `first` that is null, no integer or beyond a page
        counts as a full page: refusing it is left to whoever reads it. Where the name is not given
        or names no operation, the dearest counts.
        """
        if self.costs is not None:
            dearest = max(self.costs.values(), default=0)
            return self.costs.get(operation_name, dearest)
        named = self.operations.get(operation_name)
        candidates = [named] if named else self.operations.values()
        return max((self._rows(each, variables or {}) for each in candidates), default=0)

    def refuse_cost(
        self, operation_name: str | None, variables: Mapping[str, object] | None
    ) -> None:
        """Raise GraphQLError (TOO_COSTLY) when the operation could return too many rows."""
        cost = self.cost(operation_name, variables)
        if cost > ROWS.value:
            raise _over(ROWS, "TOO_COSTLY", cost)

    def _rows(self, operation: _Definition, variables: Mapping[str, object]) -> int:
        rows: dict[str, int] = {}
        for name, fragment in self.fragments.items():
            rows[name] = fragment.rows(rows, variables, operation.defaults)
        return operation.rows(rows, variables, operation.defaults)


def check(document: ast.DocumentNode, schema: GraphQLSchema) -> Measured:
    """Measure a document, before it is validated. Raises GraphQLError, with a code, over a limit.

    The rows of an operation whose `first` is a variable are not known yet: see `refuse_cost`.
    """
    operations: list[tuple[ast.OperationDefinitionNode, _Definition]] = []
    fragments: dict[str, _Definition] = {}
    for node in document.definitions:
        if isinstance(node, ast.OperationDefinitionNode):
            operations.append((node, _operation(node, schema)))
        elif isinstance(node, ast.FragmentDefinitionNode):
            on = schema.get_type(node.type_condition.name.value)
            fragments[node.name.value] = _measure(node, on, schema)
    measured = [*fragments.values(), *(operation for _, operation in operations)]
    directives = sum(definition.directives for definition in measured)
    if directives > DIRECTIVES.value:
        raise _over(DIRECTIVES, "TOO_MANY_DIRECTIVES", directives)

    ordered = _ordered(fragments)
    for definition in [*ordered.values(), *(operation for _, operation in operations)]:
        definition.add_spreads(ordered)
    for node, operation in operations:
        _check_operation(node, operation)

    by_name = {node.name.value if node.name else None: each for node, each in operations}
    whole = Measured(by_name, ordered, None)
    if any(isinstance(first, _Variable) for each in measured for _, first in each.lists):
        return whole
    whole = replace(whole, costs={name: whole.cost(name, None) for name in by_name})
    for name in by_name:
        whole.refuse_cost(name, None)
    return whole


def _check_operation(node: ast.OperationDefinitionNode, operation: _Definition) -> None:
    mutates = node.operation is OperationType.MUTATION
    for most, code, found in (
        (DEPTH, "TOO_DEEP", operation.depth),
        (ALIASES, "TOO_MANY_ALIASES", operation.aliases),
        (ROOT_MUTATIONS, "TOO_MANY_MUTATIONS", len(operation.keys) if mutates else 0),
        (ROOT_FIELDS, "TOO_MANY_ROOT_FIELDS", len(operation.keys)),
    ):
        if found > most.value:
            raise _over(most, code, found, node)
    if operation.aliased_introspection:
        message = "Introspection takes no aliases: each would walk the schema once more."
        raise _refused("INTROSPECTION_ALIASED", message, node)


def _over(limit: Limit, code: str, found: int, node: ast.Node | None = None) -> GraphQLError:
    most = f"at most {limit.value:,} are allowed"
    return _refused(code, f"The request comes to {found:,} {limit.unit}; {most}.", node)


def _refused(code: str, message: str, node: ast.Node | None = None) -> GraphQLError:
    return GraphQLError(message, node, extensions={"code": code})


def _ordered(fragments: Mapping[str, _Definition]) -> dict[str, _Definition]:
    """The fragments, each after those that it spreads; none when some spread each other.

    Such a document is refused by the validator, so that what it would cost does not matter.
    """
    spreads = {
        name: {spread.fragment for spread in fragment.spreads}
        for name, fragment in fragments.items()
    }
    try:
        order = list(TopologicalSorter(spreads).static_order())
    except CycleError:
        return {}
    return {name: fragments[name] for name in order if name in fragments}


def _operation(node: ast.OperationDefinitionNode, schema: GraphQLSchema) -> _Definition:
    operation = _measure(node, schema.get_root_type(node.operation), schema)
    if node.operation is OperationType.SUBSCRIPTION:
        operation.times = EVENTS_AT_ONCE.value
    for variable in node.variable_definitions:
        operation.directives += len(variable.directives)
        if variable.default_value is not None:
            operation.defaults[variable.variable.name.value] = _literal(variable.default_value)
    return operation


# Added to one by one, a depth that begins here stays below zero, and so below every limit.
_EXEMPT: Final = -1_000_000


def _measure(
    node: ast.OperationDefinitionNode | ast.FragmentDefinitionNode,
    on: GraphQLNamedType | None,
    schema: GraphQLSchema,
) -> _Definition:
    """What a definition asks for itself, without what it spreads."""
    found = _Definition(directives=len(node.directives))
    pending = [(node.selection_set, on, 0, 0)]
    while pending:
        selection_set, on, depth, inside = pending.pop()
        for selection in selection_set.selections:
            found.directives += len(selection.directives)
            if isinstance(selection, ast.FragmentSpreadNode):
                found.spreads.append(_Spread(selection.name.value, depth, inside))
            elif isinstance(selection, ast.InlineFragmentNode):
                narrowed = selection.type_condition
                to = schema.get_type(narrowed.name.value) if narrowed else on
                pending.append((selection.selection_set, to, depth, inside))
            elif isinstance(selection, ast.FieldNode):
                name = selection.name.value
                if selection.alias:
                    found.aliases += 1
                    found.aliased_introspection |= depth < 0 or name == "__schema"
                if depth == 0 and name != "__typename":
                    found.keys.add(selection.alias.value if selection.alias else name)
                below = _EXEMPT if name in ("__schema", "__type") else depth + 1
                found.depth = max(found.depth, below)
                known: GraphQLField | None = None
                if isinstance(on, GraphQLObjectType | GraphQLInterfaceType):
                    known = on.fields.get(name)
                first = _first(selection, known)
                around = inside
                if first is not None:
                    found.lists.append((inside, first))
                    around = len(found.lists)
                if selection.selection_set:
                    to = get_named_type(known.type) if known else None
                    pending.append((selection.selection_set, to, below, around))
    return found


def _first(node: ast.FieldNode, known: GraphQLField | None) -> int | _Variable | None:
    """How many rows the field can return; None when it is no list with `first`."""
    argument = known.args.get("first") if known else None
    default = _page(argument.default_value) if argument else PAGE.value
    for given in node.arguments:
        if given.name.value == "first":
            if isinstance(given.value, ast.VariableNode):
                return _Variable(given.value.name.value, default)
            return _literal(given.value)
    return default if argument else None


def _literal(node: ast.ValueNode) -> int:
    # Python refuses to convert thousands of digits, and three are all that a page can have.
    if isinstance(node, ast.IntValueNode) and len(node.value) <= 3:
        return _page(int(node.value))
    return PAGE.value


def _page(first: object) -> int:
    """The rows that a `first` stands for, supposing the worst of what is none."""
    if type(first) is int and 0 <= first <= PAGE.value:
        return first
    return PAGE.value

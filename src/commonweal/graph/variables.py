"""A request's variables as Python values, and what of them decides its SQL.

What is plain goes a quick way; everything else, and every refusal, is graphql-core's.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_non_null_type,
    type_from_ast,
    visit,
)
from graphql.execution.values import get_variable_values

from .ask import holds_enum, holds_text, lists_few, members, variables_in

INT32: Final = range(-(2**31), 2**31)
CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    "Int": lambda v: type(v) is int and v in INT32,
    "Float": lambda v: type(v) is float and math.isfinite(v),
    "String": lambda v: type(v) is str,
    "ID": lambda v: type(v) is str,
    "Boolean": lambda v: type(v) is bool,
}
LEFT_OUT: Final = object()
Coerce = Callable[[Any], Any]


BLANK: Final = "blank"


class Unusual(Exception):
    """A value that the quick way does not judge."""


def _checker(check: Callable[[Any], bool]) -> Coerce:
    def checked(value: Any) -> Any:
        if not check(value):
            raise Unusual
        return value

    return checked


def _coercer(type_: Any) -> Coerce | None:
    """A quick way from JSON to a variable's value, or None where only graphql-core's will do."""
    if is_non_null_type(type_):
        inner = type_.of_type
        if is_enum_type(inner):
            return {name: member.value for name, member in inner.values.items()}.__getitem__
        name = getattr(inner, "name", "")  # a list has none
        if name == "Float":
            real, whole = _checker(CHECKS["Float"]), _checker(CHECKS["Int"])
            return lambda v: real(v) if type(v) is float else float(whole(v))
        return _checker(CHECKS[name]) if name in CHECKS else None
    some = _coercer(GraphQLNonNull(type_))
    return some and (lambda value: None if value is None else some(value))


class Variables:
    """The variables of one operation: their values, and what of them decides its SQL."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode
    ) -> None:
        self.schema, self.definitions = schema, node.variable_definitions
        directed = _in_directives(document)
        types: dict[str, Any] = {
            d.variable.name.value: type_from_ast(schema, d.type) for d in self.definitions
        }
        self.coercers = {name: _coercer(type_) for name, type_ in types.items()}
        self.quick = all(self.coercers.values())
        self.telling: dict[str, Coerce] = {}
        for name, type_ in types.items():
            if name in directed or holds_enum(type_):
                self.telling[name] = _whole
            elif lists_few(type_):
                self.telling[name] = members
            elif (
                not is_non_null_type(type_)
                or holds_text(type_)
                or is_input_object_type(type_.of_type)
            ):
                self.telling[name] = partial(_given, type_)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises GraphQLError for a value that its type refuses."""
        try:
            if self.quick:
                return {n: c(given[n]) for n, c in self.coercers.items() if c}
        except (KeyError, TypeError, OverflowError, Unusual):
            pass  # graphql-core says what is wrong with it, or fills in what is not given
        values = get_variable_values(
            self.schema, self.definitions, dict(given), max_errors=1, hide_suggestions=True
        )
        if isinstance(values, list):
            first = values[0]  # never what caused it: no value of a request is a defect of ours
            raise GraphQLError(first.message, first.nodes, extensions={"code": "NOT_COERCED"})
        return values

    def outline(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """What of these values decides the SQL.

        Where a variable is left out, the default of its place counts; where it is null, null does.
        """
        return tuple(
            tell(values[name]) if name in values else LEFT_OUT
            for name, tell in self.telling.items()
        )


def _whole(value: Any) -> Any:
    return value


def _given(type_: Any, value: Any) -> Any:
    """Whether a value is given, of a text whether it is blank, of an input object which fields."""
    inner: Any = get_nullable_type(type_)
    if type(value) is str and not value.strip():
        return BLANK
    if value is None or not is_input_object_type(inner):
        return value is not None
    return tuple(
        _given(field.type, value.get(field.out_name or name))
        for name, field in inner.fields.items()
    )


def _in_directives(document: DocumentNode) -> set[str]:
    names: set[str] = set()

    class Directives(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            names.update(variables_in(node))

    visit(document, Directives())
    return names

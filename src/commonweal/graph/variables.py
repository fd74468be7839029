"""A request's variables as Python values, and what of them decides its SQL.

What is plain goes a quick way; everything else, and every refusal, is graphql-core's.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    Visitor,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
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


REAL, WHOLE = _checker(CHECKS["Float"]), _checker(CHECKS["Int"])


def _coercer(type_: Any) -> Coerce:
    """A quick way from JSON to a value of this type. It raises whatever it likes for any other."""
    if not is_non_null_type(type_):
        some = _coercer(GraphQLNonNull(type_))
        return lambda value: None if value is None else some(value)
    inner = type_.of_type
    if is_list_type(inner):
        return _list(_coercer(inner.of_type))
    if is_input_object_type(inner):
        return _object(inner)
    if is_enum_type(inner):
        return {name: member.value for name, member in inner.values.items()}.__getitem__
    if inner.name == "Float":
        return lambda value: REAL(value) if type(value) is float else float(WHOLE(value))
    return _checker(CHECKS[inner.name]) if inner.name in CHECKS else _parsed(inner)


def _list(item: Coerce) -> Coerce:
    def coerced(value: Any) -> Any:
        if type(value) is not list:
            raise Unusual  # one alone is a list of one
        return [item(each) for each in value]

    return coerced


def _parsed(scalar: Any) -> Coerce:
    def coerced(value: Any) -> Any:
        if value is None or (parsed := scalar.parse_value(value)) is Undefined:
            raise Unusual
        return parsed

    return coerced


def _object(type_: Any) -> Coerce:
    @cache  # when it is first needed: a type may hold itself
    def fields() -> list[tuple[str, str, Coerce, Any, bool]]:
        return [
            (
                name,
                field.out_name or name,
                _coercer(field.type),
                field.default_value,
                is_non_null_type(field.type) and field.default_value is Undefined,
            )
            for name, field in type_.fields.items()
        ]

    def coerced(value: Any) -> Any:
        if type(value) is not dict:
            raise Unusual
        made, met = {}, 0
        for name, out_name, coerce, default, needed in fields():
            if name in value:
                made[out_name] = coerce(value[name])
                met += 1
            elif needed:
                raise Unusual
            elif default is not Undefined:
                made[out_name] = default
        if met != len(value):
            raise Unusual  # it has a field that the type has not
        return type_.out_type(made)

    return coerced


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
        self.coercers = [
            (d.variable.name.value, _coercer(types[d.variable.name.value]), _may_be_left_out(d))
            for d in self.definitions
        ]
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
                self.telling[name] = _giver(type_)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises GraphQLError for a value that its type refuses."""
        try:
            return {
                name: coerce(given[name])
                for name, coerce, optional in self.coercers
                if name in given or not optional
            }
        except Exception:  # noqa: BLE001, S110  # graphql-core says what is wrong with it, if it is
            pass
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


def _may_be_left_out(definition: VariableDefinitionNode) -> bool:
    """Whether it has no value where none is given: neither a default nor a refusal."""
    plain = not isinstance(definition.type, NonNullTypeNode)
    return plain and definition.default_value is None


def _giver(type_: Any) -> Coerce:
    """What tells whether a value is given, of a text whether it is blank, of an input object which
    of its fields are.
    """
    inner: Any = get_nullable_type(type_)
    if not is_input_object_type(inner):
        return _is_given

    @cache
    def fields() -> list[tuple[str, Coerce]]:
        return [(f.out_name or name, _giver(f.type)) for name, f in inner.fields.items()]

    def tell(value: Any) -> Any:
        if value is None:
            return False
        return tuple([given(value.get(name)) for name, given in fields()])

    return tell


def _is_given(value: Any) -> bool | str:
    return BLANK if type(value) is str and not value.strip() else value is not None


def _in_directives(document: DocumentNode) -> set[str]:
    names: set[str] = set()

    class Directives(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            names.update(variables_in(node))

    visit(document, Directives())
    return names

"""What must hold of a schema before it serves: found when it is built, not when it is asked.

Every operation has its row in `access.py` and every row its operation; a relation to a kind that
not everybody sees is nullable, and so is a private field; no required field stands over a column
that may be null; sort keys are not null; every kind has a type; nothing below the root has a
resolver of its own.
"""

from collections.abc import Iterator
from typing import Any

import graphene
from graphql import GraphQLSchema, get_named_type, is_non_null_type

from commonweal import access

from .declare import Column, Declarations, Many, One, declarations
from .mutation import Command
from .statement import Row


def check(schema: graphene.Schema) -> None:
    """Raises TypeError with every fault, one a line."""
    core = schema.graphql_schema
    faults = [
        *_operations(core),
        *_fields(core, declarations(core)),
        *_kinds(core),
        *_columns(core),
    ]
    if faults:
        raise TypeError("The schema does not hold together:\n" + "\n".join(faults))


def _operations(core: GraphQLSchema) -> Iterator[str]:
    there = {
        f"{root.name}.{name}"
        for root in (core.query_type, core.mutation_type)
        if root
        for name in root.fields
    }
    for name in sorted(there - access.OPERATIONS.keys()):
        yield f"{name} has no row in access.OPERATIONS"
    for name in sorted(access.OPERATIONS.keys() - there):
        yield f"access.OPERATIONS has a row for {name}, which is not there"
    for name in sorted(access.FIELDS):
        type_name, _, field = name.partition(".")
        if field not in getattr(core.type_map.get(type_name), "fields", {}):
            yield f"access.FIELDS has a row for {name}, which is not there"


def _fields(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    for type_name, fields in declared.items():
        type_: Any = core.type_map[type_name]
        source = getattr(type_.graphene_type, "source", None)
        for name, field in type_.fields.items():
            where, answer = f"{type_name}.{name}", fields.get(name)
            if source and answer is None:
                yield f"{where} has a resolver of its own, which the planner does not cover"
            required = is_non_null_type(field.type)
            if required and where in access.FIELDS:
                yield f"{where} is private and must be nullable"
            match answer:
                case One():
                    if required:
                        yield f"{where} is a relation and must be nullable: {_why(field)}"
                case Column() if required and source:
                    if source.model._meta.fields_map[answer.column].null:
                        yield f"{where} is required, but its column may be null"
                case Command():
                    if not answer.action.__doc__:
                        yield f"{where} says nothing of itself"
                case Many() if source and not (answer.by or answer.through):
                    yield f"{where} does not say what relates it to its {type_name}"


def _columns(core: GraphQLSchema) -> Iterator[str]:
    """`row.key` must mean one thing."""
    types: Any = (getattr(t, "graphene_type", None) for t in core.type_map.values())
    for model in {t.source.model for t in types if hasattr(t, "source")}:
        for name in sorted(set(model._meta.fields_db_projection) & set(dir(Row))):
            yield f"{model.__name__}.{name} hides a name of the rows that SQL is written over"


def _why(field: Any) -> str:
    return f"a {get_named_type(field.type).name} may be out of sight"


def _kinds(core: GraphQLSchema) -> Iterator[str]:
    for type_ in core.type_map.values():
        source = getattr(getattr(type_, "graphene_type", None), "source", None)
        if source is None or source.kind_column is None or source.kind is not None:
            continue
        enum = source.model._meta.fields_map[source.kind_column].enum_type
        for missing in set(enum) - source.kinds.keys():
            yield f"{type_.name} has no type for the kind {missing.name}"

"""What must hold of a schema before it serves: found when it is built, not when it is asked.

Every operation and every kind has its row in `access`, and every row what it speaks of; what a
query shows is decided row by row; a relation to a kind that not everybody sees is nullable, and so
is a private field; no required field stands over a column that may be null; every kind has a
type; an id's prefix names one table; nothing has a resolver of its own.
That sort keys are not null is seen when a list is first planned (`statement.order_keys`).
"""

from collections.abc import Iterator
from typing import Any

import graphene
from graphql import GraphQLSchema, get_named_type, is_interface_type, is_non_null_type

from commonweal import access

from .declare import (
    Announced,
    ByKey,
    Column,
    Declarations,
    Expression,
    First,
    Groups,
    Key,
    Many,
    One,
    Worked,
    declarations,
)
from .mutation import Command, Reference
from .statement import Row


def check(schema: graphene.Schema) -> None:
    """Raises TypeError with every fault, one a line."""
    core = schema.graphql_schema
    declared = declarations(core)
    faults = [
        *_operations(core, declared),
        *_private(core, declared),
        *_fields(core, declared),
        *_commands(core, declared),
        *_types(core, declared),
    ]
    if faults:
        raise TypeError("The schema does not hold together:\n" + "\n".join(faults))


def _operations(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    query: Any = core.query_type
    roots: list[Any] = [r for r in (query, core.mutation_type, core.subscription_type) if r]
    there = {f"{root.name}.{name}" for root in roots for name in root.fields}
    for name in sorted(there - access.OPERATIONS.keys()):
        yield f"{name} has no row in access.OPERATIONS"
    for name in sorted(access.OPERATIONS.keys() - there):
        yield f"access.OPERATIONS has a row for {name}, which is not there"
    for name in sorted(access.SCOPES.keys() - there):
        yield f"access.SCOPES has a row for {name}, which is not there"
    for root in roots:
        asked = (Many, First, ByKey, Groups, Worked)
        known: dict[Any, Any] = {query: asked, core.mutation_type: Command}
        wanted = known.get(root, Announced)
        for name in root.fields:
            answer = declared[root.name].get(name)
            if answer is not None and not isinstance(answer, wanted):
                yield f"{root.name}.{name} is declared as a {type(answer).__name__}"
            rule = access.OPERATIONS.get(f"{root.name}.{name}", access.anyone)
            if root is not core.mutation_type and rule != access.anyone:
                yield f"{root.name}.{name} is open to all: access.KINDS says who sees which rows"


def _private(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    for where in sorted(access.FIELDS):
        type_name, _, name = where.partition(".")
        type_: Any = core.type_map.get(type_name)
        answer = declared.get(type_name, {}).get(name)
        if name not in getattr(type_, "fields", {}):
            yield f"access.FIELDS has a row for {where}, which is not there"
            continue
        if is_non_null_type(type_.fields[name].type):
            yield f"{where} is private and must be nullable"
        if not isinstance(answer, Column | Expression | Many):
            yield f"{where} cannot be private: it is a {type(answer).__name__}"
        shared = (declared.get(i.name, {}).get(name) for i in getattr(type_, "interfaces", ()))
        if is_interface_type(type_) or any(each is answer for each in shared):
            yield f"{where} cannot be private: the kinds of its interface share it"


def _fields(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    for type_name, fields in declared.items():
        type_: Any = core.type_map[type_name]
        source = getattr(type_.graphene_type, "source", None)
        for name, field in type_.fields.items():
            where, required = f"{type_name}.{name}", is_non_null_type(field.type)
            match fields.get(name):
                case None:
                    yield f"{where} has a resolver of its own, which the planner does not cover"
                case One() if required:
                    kind = get_named_type(field.type).name
                    yield f"{where} is a relation and must be nullable: a {kind} may be unseen"
                case Column() as answer if required and source:
                    if source.model._meta.fields_map[answer.column].null:
                        yield f"{where} is required, but its column may be null"
                case Many() as answer if source and not (
                    answer.by or answer.link or answer.through
                ):
                    yield f"{where} does not say what relates it to its {type_name}"


def _commands(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    for name, answer in declared.get(getattr(core.mutation_type, "name", ""), {}).items():
        if isinstance(answer, Command):
            if not answer.action.__doc__:
                yield f"{name} says nothing of itself"
            rule = access.OPERATIONS.get(f"Mutation.{name}")
            of_viewer = isinstance(rule, access.Anyone | access.SignedIn)
            if answer.subject is None and rule is not None and not of_viewer:
                yield f"{name} acts on no row, but its rule speaks of one: {rule}"
            if answer.subject and not isinstance(answer.input.get(answer.subject), Reference):
                yield f"{name} acts on {answer.subject}, which is no reference of its input"
            if f"Mutation.{name}" not in access.SCOPES:
                yield f"{name} has no row in access.SCOPES: for what must a token be good?"


def _types(core: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    types: Any = [getattr(type_, "graphene_type", None) for type_ in core.type_map.values()]
    sources = {cls._meta.name: cls.source for cls in types if hasattr(cls, "source")}
    for name in sorted(access.KINDS.keys() - sources.keys()):
        yield f"access.KINDS has a row for {name}, which is not there"
    for model in {source.model for source in sources.values()}:
        # `row.key` must mean one thing
        for column in sorted(set(model._meta.fields_db_projection) & set(dir(Row))):
            yield f"{model.__name__}.{column} hides a name of the rows that SQL is written over"
    for name, source in sources.items():
        if source.kind_column and source.kind is None:
            enum = source.model._meta.fields_map[source.kind_column].enum_type
            for missing in (kind for kind in enum if kind not in source.kinds):
                yield f"{name} has no type for the kind {missing.name}"
    known: dict[str, Any] = {}
    for name, source in sources.items():
        key = declared[name].get("id")
        if isinstance(key, Key) and known.setdefault(key.prefix, source.model) != source.model:
            yield f"{name}.id has the prefix {key.prefix}, which is another table's"

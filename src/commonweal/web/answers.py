"""The one answerer of a process: the schema, its limits and validation, and the database."""

import re
from collections.abc import Mapping
from typing import Any, Final

import graphene
from graphql import GraphQLError, GraphQLSchema

from commonweal.graph.reader import Prepared, Reader

from .limits import check, parse_document, validate_document

# GraphQL knows no other way to write a name, so the text tells (and a string that holds it must go
# as a variable).
INTROSPECTION: Final = re.compile(r"\b__(?:schema|type)\b", re.ASCII)


def reader(schema: graphene.Schema, engine: str, *, introspection: bool = True) -> Reader:
    """A schema's answers on one engine, every document within the limits.

    Without introspection neither what asks for the schema nor what does not fit it is told more.
    """
    if introspection:
        return Reader(schema, engine, prepare)
    return Reader(schema, engine, prepare_unshown, terse=True)


def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Limits before validation: a validator's time can be made long by a short document."""
    try:
        document = parse_document(text)
        measured = check(document, schema)
    except GraphQLError as error:
        return Prepared(None, [error], _free)
    if errors := validate_document(schema, document):
        return Prepared(None, errors, _free)
    return Prepared(document, (), measured.refuse_cost)


def prepare_unshown(schema: GraphQLSchema, text: str) -> Prepared:
    """The same where the schema is not to be asked for."""
    if INTROSPECTION.search(text):
        message = "Introspection is off on this service."
        error = GraphQLError(message, extensions={"code": "INTROSPECTION_OFF"})
        return Prepared(None, [error], _free)
    return prepare(schema, text)


def _free(name: str | None, variables: Mapping[str, Any]) -> None:
    """What is not run costs nothing."""

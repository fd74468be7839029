"""The one answerer of a process: the schema, its limits and validation, and the database."""

from collections.abc import Mapping
from typing import Any

import graphene
from graphql import GraphQLError, GraphQLSchema

from commonweal.graph.reader import Prepared, Reader

from .limits import check, parse_document, validate_document


def reader(schema: graphene.Schema, engine: str) -> Reader:
    """A schema's answers on one engine, every document within the limits."""
    return Reader(schema, engine, prepare)


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


def _free(name: str | None, variables: Mapping[str, Any]) -> None:
    """What is not run costs nothing."""

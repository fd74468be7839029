"""Scalars that more than one room's types use."""

from typing import Any, Final

import graphene
import orjson
from graphql import GraphQLError
from graphql.language import ast


class GeoJSON(graphene.Scalar):
    """A shape as RFC 7946 writes it: longitude first, WGS84."""

    @staticmethod
    def serialize(value: Any) -> Any:
        """The engines write GeoJSON themselves: the text goes into the response as it is."""
        return orjson.Fragment(value) if isinstance(value, str) else value

    @staticmethod
    def parse_value(value: Any) -> Any:
        if not isinstance(value, dict):
            raise GraphQLError("A GeoJSON shape is an object with a type and coordinates.")
        return value

    @staticmethod
    def parse_literal(node: ast.ValueNode, _variables: Any = None) -> Any:
        return GeoJSON.parse_value(plain(node))


MOST_AMOUNT: Final = 2**53 - 1  # what every client's numbers hold exactly


class Amount(graphene.Scalar):
    """A whole number of a unit's smallest part, as a JSON integer of at most 2^53 - 1."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return int(value)  # a sum is of an engine's own wider type

    @staticmethod
    def parse_value(value: Any) -> Any:
        if type(value) is not int or abs(value) > MOST_AMOUNT:
            raise GraphQLError("An amount is a whole number, at most 9007199254740991 either way.")
        return value

    @staticmethod
    def parse_literal(node: ast.ValueNode, _variables: Any = None) -> Any:
        return Amount.parse_value(plain(node))


class JSON(graphene.Scalar):
    """Facts as they were recorded; the field says in what form."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value


def plain(node: ast.ValueNode) -> Any:
    """A literal in a document as JSON has it; a variable inside it is refused."""
    match node:
        case ast.ObjectValueNode():
            return {f.name.value: plain(f.value) for f in node.fields}
        case ast.ListValueNode():
            return [plain(v) for v in node.values]
        case ast.IntValueNode():
            return int(node.value)
        case ast.FloatValueNode():
            return float(node.value)
        case ast.StringValueNode() | ast.BooleanValueNode():
            return node.value
        case ast.NullValueNode():
            return None
    raise GraphQLError("Give the whole shape as one variable, or write it out.")

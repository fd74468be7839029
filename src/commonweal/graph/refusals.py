"""Refusals in the API: a type for each kind of `UserError`, with its facts as fields.

A mutation's payload lists them; a query's stand in `errors` with the same facts.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from typing import Any, Final

import graphene
from graphene.utils.str_converters import to_camel_case

from commonweal.kernel.errors import UserError, fact


@fact
class NotFound(UserError):
    says = "There is no {what} with this id."
    what: str


@fact
class SignInNeeded(UserError):
    says = "Sign in first: send the header `Authorization: Bearer …` with your token."


@fact
class NotAllowed(UserError):
    says = "Only {who} may do this."
    who: str


@fact
class ScopeLacking(UserError):
    says = "This token is not good for {scope}. Sign in yourself, or make a token that is."
    scope: str


class UserErrors(graphene.Field):
    """A payload's refusals; empty when the work was done."""

    def __init__(self, union: Any) -> None:
        super().__init__(graphene.List(graphene.NonNull(union)), required=True)


class Refusal(graphene.Interface):
    """Why something was not done, as facts to act on."""

    class Meta:
        name = "UserError"

    code = graphene.String(required=True)
    message = graphene.String(required=True)
    path = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="The input it concerns."
    )


FACT_TYPES: Final[dict[Any, Any]] = {  # all else is text, and may be null where it says so
    int: graphene.Int(required=True),
    float: graphene.Float(required=True),
    bool: graphene.Boolean(required=True),
    str: graphene.String(required=True),
    tuple[str, ...]: graphene.List(graphene.NonNull(graphene.String), required=True),
}


@cache
def refusal_type(error: type[UserError]) -> Any:
    """The GraphQL type of one kind of refusal: code, message, path and its facts."""
    own = {
        f.name: FACT_TYPES.get(f.type, graphene.String())
        for f in fields(error)  # type: ignore[arg-type]  # `fact` makes it a dataclass
    }
    meta = type("Meta", (), {"interfaces": (Refusal,), "description": error.says})
    return type(error.__name__, (graphene.ObjectType,), {"Meta": meta, "refusal": error, **own})


def project(error: UserError, chosen: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What a selection asks of a refusal: type name -> response key -> field name."""
    wanted = chosen[type(error).__name__]
    return {key: refusal_field(error, name) for key, name in wanted.items()}


def refusal_field(error: UserError, name: str) -> Any:
    match name:
        case "__typename":
            return type(error).__name__
        case "code" | "message":
            return sendable(getattr(error, name))
        case "path":
            return list(error.path)
    return facts_of(error)[name]


def facts_of(error: UserError) -> dict[str, Any]:
    """Its facts by their names in the API, as JSON has them."""
    return {to_camel_case(name): _value(value) for name, value in error.facts().items()}


def _value(value: Any) -> Any:
    match value:
        case str():
            return sendable(value)
        case None | int() | float():
            return value
        case tuple() | list():
            return [str(one) for one in value]
        case date() | datetime():
            return value.isoformat()
    return str(value)


def sendable(text: str) -> str:
    """Text without half characters: a refusal may quote what was given, and JSON has none."""
    return text.encode(errors="replace").decode()


def shown(error: UserError) -> dict[str, Any]:
    """A refusal as an entry of `errors`; `argument` is the one it concerns, where that is known."""
    about = {"argument": ".".join(error.path)} if error.path else {}
    return {
        "message": sendable(error.message),
        "extensions": {"code": error.code, **about, **facts_of(error)},
    }

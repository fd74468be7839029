"""What of the schema each role may ever use: `schema/roles/<role>.graphql`.

A field goes whose rule in `access` can hold for nobody of the role; so does a kind of which no
row ever exists for them, with all fields that lead to it; and then whatever nothing leads to any
more. It shows people their part. Nothing is decided by it: the service answers by the one schema.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from graphql import DocumentNode, parse, print_ast

from commonweal import access
from commonweal.access import (
    Anyone,
    Auditor,
    Both,
    Either,
    Impartial,
    MemberOf,
    OfficerOf,
    Oneself,
    Owner,
    Role,
    Rule,
    SignedIn,
    When,
)

Types = dict[str, Any]  # a type's definition by its name
ROOTS: Final = ("Query", "Mutation", "Subscription")
AROUND: Final = ("edges", "node")  # by which a list holds its rows


def possible(
    rule: Rule, *, signed_in: bool = True, post: Role | None = None, audits: bool = False
) -> bool:
    """Whether the rule may hold of some row. Raises TypeError for a rule not known here."""
    match rule:
        case Anyone() | When():
            return True
        case SignedIn() | Owner() | Oneself() | Impartial():
            return signed_in
        case Auditor():
            return audits
        case OfficerOf():
            return post is Role.OFFICER
        case MemberOf(_, roles):
            return post in roles
        case Either(one, other) | Both(one, other):
            ways = [
                possible(way, signed_in=signed_in, post=post, audits=audits) for way in (one, other)
            ]
            return all(ways) if isinstance(rule, Both) else any(ways)
    raise TypeError(f"for whom may {type(rule).__name__} hold? Say so in web/printed_roles.py")


ROLES: Final[dict[str, Callable[[Rule], bool]]] = {
    "stranger": partial(possible, signed_in=False),
    "resident": possible,
    "auditor": partial(possible, signed_in=False, audits=True),
    **{role.lower(): partial(possible, post=role) for role in Role},
}


def printed_roles(sdl: str) -> dict[str, str]:
    """File name -> content, of the whole schema's SDL."""
    return {f"roles/{role}.graphql": part_of(sdl, holds) for role, holds in ROLES.items()}


def part_of(sdl: str, holds: Callable[[Rule], bool]) -> str:
    """The SDL of what somebody may use for whom such rules may hold."""
    definitions: Any = parse(sdl, no_location=True).definitions
    types = {each.name.value: each for each in definitions}
    rules = access.OPERATIONS | access.FIELDS
    for name, type_ in types.items():
        if hasattr(type_, "fields"):
            where = {f"{name}.{field.name.value}": field for field in type_.fields}
            type_.fields = [where[each] for each in where if holds(rules.get(each, access.anyone))]
    unseen = {kind for kind, rule in access.KINDS.items() if not holds(rule)}
    reached = _reached(_without(types, unseen))
    kept = [each for each in definitions if each.name.value in reached]
    return print_ast(DocumentNode(definitions=kept)) + "\n"


def _without(types: Types, gone: set[str]) -> Types:
    """The types but these, what is of no use without them, and all that leads there."""
    while more := {name for name in types.keys() - gone if _useless(types[name], gone)}:
        gone = gone | more
    for type_ in types.values():
        if hasattr(type_, "fields"):
            type_.fields = [field for field in type_.fields if _named(field) not in gone]
        elif hasattr(type_, "types"):
            type_.types = [member for member in type_.types if member.name.value not in gone]
    return {name: type_ for name, type_ in types.items() if name not in gone}


def _useless(type_: Any, gone: set[str]) -> bool:
    """Whether nothing is left of it, its interface is gone, or it is a list of what is gone."""
    if gone.intersection(_interfaces(type_)):
        return True
    if hasattr(type_, "fields"):
        around = [_named(field) for field in type_.fields if field.name.value in AROUND]
        return bool(gone.intersection(around)) or gone.issuperset(map(_named, type_.fields))
    return hasattr(type_, "types") and gone.issuperset(each.name.value for each in type_.types)


def _reached(types: Types) -> set[str]:
    """What a document may lead to. That a type is an interface's does not lead to the others."""
    found: set[str] = set()
    waiting = [*ROOTS]
    while waiting:
        name = waiting.pop()
        if name in types and name not in found:
            found.add(name)
            type_ = types[name]
            for field in getattr(type_, "fields", ()):
                waiting += map(_named, (field, *getattr(field, "arguments", ())))
            waiting += (member.name.value for member in getattr(type_, "types", ()))
            waiting += (other for other in types if name in _interfaces(types[other]))
    return found.union(*(_interfaces(types[name]) for name in found))


def _interfaces(type_: Any) -> list[str]:
    return [each.name.value for each in getattr(type_, "interfaces", ())]


def _named(typed: Any) -> str:
    """The name of a field's or an argument's type, be it required or a list."""
    type_ = typed.type
    while hasattr(type_, "type"):
        type_ = type_.type
    name: str = type_.name.value
    return name

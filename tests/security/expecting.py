"""What the access tables say of an asker and a row, and how each operation is asked for.

What is expected is worked out in plain Python over what matrix.py says of its rows; the SQL that
is tested (graph/visibility.py) has no part in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from graphene.utils.str_converters import to_camel_case
from graphql import (
    GraphQLID,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

from commonweal import access
from commonweal.access import KINDS, OPERATIONS, SCOPES, Scope
from commonweal.graph.declare import ByKey, Key, Many, declarations
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.request import GraphQLRequest
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.asking import reader_on, schema
from tests.security.askers import Asker
from tests.security.matrix import MAKERS
from tests.security.sides import Row

CORE: Final[Any] = schema().graphql_schema
DECLARED: Final = declarations(CORE)
COMMANDS: Final[dict[str, Command]] = {
    name: declared
    for name, declared in DECLARED["Mutation"].items()
    if isinstance(declared, Command)
}
ROOTS: Final = DECLARED["Query"]
ALLOWED, NOT_FOUND = "allowed", "NOT_FOUND"
REFUSED: Final = {"SCOPE_LACKING", "SIGN_IN_NEEDED", "NOT_ALLOWED", NOT_FOUND}
ERRORS: Final = "userErrors { __typename ... on UserError { code message path } }"
MISSING: Final = 5
# What an argument must be more than its type says.
VALUES: Final[dict[str, Any]] = {
    "email": "new@example.org", "north": 1.0, "east": 1.0, "zoom": 12,
    "council": write_id("are", MISSING),
}  # fmt: skip
OF_TYPE: Final[dict[str, Any]] = {
    "String": "x", "ID": write_id("ast", MISSING), "Boolean": True, "Int": 1, "Float": 0.5,
    "Date": "2026-11-30", "DateTime": "2026-11-30T12:00:00Z", "JSON": {}, "Time": "10:00",
    "Amount": 1,
}  # fmt: skip


# ---- what the tables say -------------------------------------------------------------------------


def holds(rule: access.Rule, asker: Asker, row: Row) -> bool:
    """A rule in plain Python, over what is known of the asker and the row."""
    personal = asker.scopes is None or Scope.PERSONAL in asker.scopes
    match rule:
        case access.Anyone():
            return True
        case access.SignedIn():
            return asker.secret is not None
        case access.Either(one, other):
            return holds(one, asker, row) or holds(other, asker, row)
        case access.Both(one, other):
            return holds(one, asker, row) and holds(other, asker, row)
        case access.Impartial(standing):
            own = {asker.person, *(n for n, _ in asker.posts)} - {None}  # a token is nobody
            return asker.secret is not None and row.facts[standing] not in own
        case access.When(standing):
            return bool(row.facts[standing])
        case access.OfficerOf(standing, scope):
            good = asker.scopes is None or scope is None or scope in asker.scopes
            return good and row.facts[standing] in asker.councils
        case access.Auditor():
            return asker.scopes is not None and Scope.LEDGER in asker.scopes
        case access.Owner(standing):
            return asker.person is not None and row.facts[standing] == asker.person
        case access.Oneself(standing):
            return personal and asker.person is not None and row.facts[standing] == asker.person
        case access.MemberOf(standing, roles):
            good = personal or bool({Scope.ORGANISATIONS, Scope.CREDITS} & {*(asker.scopes or ())})
            return good and row.facts[standing] in {n for n, role in asker.posts if role in roles}
    raise TypeError(rule)


def rule_of(type_: str) -> access.Rule:
    """Whose rows of a type there are; a kind of an interface's has the interface's rule."""
    if type_ in KINDS:
        return KINDS[type_]
    return KINDS[CORE.type_map[type_].graphene_type.source.interface.__name__]


def expected(operation: str, asker: Asker, type_: str | None, row: Row | None) -> str:
    rule, scope = OPERATIONS[operation], SCOPES[operation]
    if asker.scopes is not None and scope not in asker.scopes:
        return "SCOPE_LACKING"
    if asker.secret is None and COMMANDS[operation.removeprefix("Mutation.")].key_required:
        return "SIGN_IN_NEEDED"  # a key of a stranger's is nobody's
    if type_ is not None and (row is None or not holds(rule_of(type_), asker, row)):
        return NOT_FOUND
    if holds(rule, asker, row or Row("", {})):
        return ALLOWED
    return "SIGN_IN_NEEDED" if asker.secret is None else "NOT_ALLOWED"


# ---- what is asked -------------------------------------------------------------------------------


def value(type_: Any, name: str) -> Any:
    """The least that a type allows."""
    inner = get_nullable_type(type_)
    if name in VALUES:
        return VALUES[name]
    if is_list_type(inner):
        return [value(inner.of_type, name)]
    if is_enum_type(inner):
        return next(iter(inner.values))
    if is_input_object_type(inner):
        return required(inner.fields)
    return OF_TYPE[inner.name]


def required(fields: Any) -> dict[str, Any]:
    """Values for what must be given."""
    return {name: value(f.type, name) for name, f in fields.items() if is_non_null_type(f.type)}


async def answered(
    database: Database, query: str, given: dict[str, Any], asker: Asker
) -> tuple[bytes, Any]:
    """The answer as it goes out, and what it says. A top-level error is a difference by itself."""
    request = GraphQLRequest(query, given, None, safe=False)
    answer = await reader_on(database.engine).answer(request, asker.viewer, database)
    return answer.body, orjson.loads(answer.body)


@dataclass
class Tried:
    """How many combinations there were, and where the answer was another than expected."""

    combinations: int = 0
    allowed: int = 0
    differences: list[str] = field(default_factory=list)

    def note(self, what: str, found: Any, wanted: Any) -> None:
        self.combinations += 1
        self.allowed += wanted is True or wanted == ALLOWED
        if found != wanted:
            self.differences.append(f"{what}: {found!r} instead of {wanted!r}")

    def is_as_expected(self, of: str) -> None:
        print(
            f"{of}: {self.combinations:,} combinations, {self.allowed:,} of them allowed; "
            f"{len(self.differences)} differences"
        )
        assert self.allowed
        assert self.differences[:20] == []


@dataclass(frozen=True)
class Attempt:
    """A mutation and what it acts on, ready to be asked for."""

    name: str
    command: Command

    @property
    def type(self) -> str | None:
        if self.command.subject is None:
            return None
        name = self.command.input[self.command.subject].target._meta.name
        return str(name)

    @property
    def query(self) -> str:
        arguments = CORE.mutation_type.fields[self.name].args
        key = ['idempotencyKey: "once"'] if self.command.key_required else []
        if "input" not in arguments:
            given = f"({key[0]})" if key else ""
            return f"mutation {{ made: {self.name}{given} {{ {ERRORS} }} }}"
        given = ", ".join(["input: $input", *key])
        kind = arguments["input"].type
        return f"mutation($input: {kind}) {{ made: {self.name}({given}) {{ {ERRORS} }} }}"

    def input(self, **more: str) -> dict[str, Any]:
        arguments = CORE.mutation_type.fields[self.name].args
        if "input" not in arguments:
            return {}
        named = {
            to_camel_case(name): write_id(declared.target._meta.fields["id"].prefix, MISSING)
            for name, declared in self.command.input.items()
            if isinstance(declared, Reference)
            and hasattr(declared.target, "source")
            and isinstance(declared.target._meta.fields["id"], Key)
        }
        return {"input": required(arguments["input"].type.of_type.fields) | named | more}

    @property
    def subject(self) -> str:
        name: str = to_camel_case(self.command.subject or "")
        return name

    def mentioned(self) -> Iterator[tuple[str, list[str]]]:
        """The inputs that name a row besides the subject, and of which type it may be."""
        arguments = CORE.mutation_type.fields[self.name].args
        for name, declared in self.command.input.items():
            api = to_camel_case(name)
            type_ = get_nullable_type(arguments["input"].type.of_type.fields[api].type)
            if name != self.command.subject and type_ is GraphQLID:
                named = isinstance(declared, Reference)
                yield api, [declared.target._meta.name] if named else list(MAKERS)

    async def made(self, database: Database, asker: Asker, id_: str | None) -> tuple[bytes, str]:
        """The answer's bytes without the id, and what came of it."""
        given = self.input(**({self.subject: id_} if id_ else {}))
        body, said = await answered(database, self.query, given, asker)
        shown = body.replace((id_ or "none").encode(), b"ID")
        if "errors" in said or said["data"]["made"] is None:
            return shown, f"a defect: {body.decode()[:300]}"
        codes = [
            error["code"]
            for error in said["data"]["made"]["userErrors"]
            if error["code"] != NOT_FOUND or error["path"] == ["input", self.subject]
        ]
        return shown, next((code for code in codes if code in REFUSED), ALLOWED)


ATTEMPTS: Final = [Attempt(name, command) for name, command in COMMANDS.items()]


def missing(id_: str) -> str:
    """An id of the same kind that names nothing."""
    return write_id(id_.partition("_")[0], MISSING)


def by_id(type_: str) -> list[str]:
    """The queries that look a row of this type up by its id."""
    of = CORE.type_map[type_]
    of = CORE.get_possible_types(of)[0] if is_abstract_type(of) else of
    return [
        name
        for name, declared in ROOTS.items()
        if isinstance(declared, ByKey)
        and (named := get_named_type(CORE.query_type.fields[name].type))
        and (named is of or (is_abstract_type(named) and CORE.is_sub_type(named, of)))
    ]


def lists_of(type_: str) -> list[str]:
    """The queries that list rows of this type."""
    found = []
    for name, declared in ROOTS.items():
        if isinstance(declared, Many):
            connection = get_named_type(CORE.query_type.fields[name].type)
            edge = get_named_type(connection.fields["edges"].type)
            if get_named_type(edge.fields["node"].type).name == type_:
                found.append(name)
    return found

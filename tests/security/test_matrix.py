"""Every operation, for everybody, on what is theirs, what is others' and what is not there (A3).

Generated from the schema and access.py: what is expected is worked out here, over what matrix.py
says of its rows, and not by the SQL that is tested. Each mutation is asked for as it is, by the
reader itself, and then undone. For who may not see it, what is others' is what is not there: the
same bytes, apart from the id that was asked for.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, TypeVar

import orjson
import pytest
from graphene.utils.str_converters import to_camel_case
from graphql import (
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from commonweal import access
from commonweal.access import FIELDS, KINDS, OPERATIONS, SCOPES, Scope
from commonweal.graph.declare import ByKey, Key, Many, declarations
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.request import GraphQLRequest
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import reader_on, schema
from tests.security.askers import Asker, World, build
from tests.security.matrix import MAKERS, Row

T = TypeVar("T")
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
VALUES: Final[dict[str, Any]] = {"email": "new@example.org", "number": "1234567", "zoom": 12}
OF_TYPE: Final[dict[str, Any]] = {
    "String": "x", "ID": write_id("ast", MISSING), "Boolean": True, "Int": 1, "Float": 0.5,
    "Date": "2026-11-30", "DateTime": "2026-11-30T12:00:00Z", "JSON": {}, "Time": "10:00",
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
        case access.When(standing):
            return bool(row.facts[standing])
        case access.OfficerOf(standing):
            return row.facts[standing] in asker.councils
        case access.Owner(standing):
            return asker.person is not None and row.facts[standing] == asker.person
        case access.Oneself(standing):
            return personal and asker.person is not None and row.facts[standing] == asker.person
        case access.MemberOf(standing, roles):
            return any(row.facts[standing] == n and role in roles for n, role in asker.posts)
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


class Undone(Exception):
    """So that nothing stays of what was tried."""


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutations are run as ever, and their transactions rolled back instead of committed."""

    async def and_undo(database: Database, work: Callable[[Transaction], Awaitable[T]]) -> T:
        done: list[T] = []

        async def first(tx: Transaction) -> None:
            done[:] = [await work(tx)]
            raise Undone

        with pytest.raises(Undone):
            await in_transaction(database, first)
        return done[0]

    monkeypatch.setattr("commonweal.graph.mutation.in_transaction", and_undo)


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
        name: str = self.command.input[self.command.subject].target._meta.name
        return name

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
        return to_camel_case(self.command.subject or "")

    def mentioned(self) -> Iterator[tuple[str, list[str]]]:
        """The inputs that name a row besides the subject, and of which type it may be."""
        for name, declared in self.command.input.items():
            if name == self.command.subject or "ID" not in str(get_named_type(declared.type)):
                continue
            named = isinstance(declared, Reference)
            yield to_camel_case(name), [declared.target._meta.name] if named else list(MAKERS)

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


# ---- the tests -----------------------------------------------------------------------------------


def by_id(type_: str) -> list[str]:
    """The queries that look a row of this type up by its id."""
    of = CORE.type_map[type_]
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


def test_every_type_that_is_acted_on_or_private_has_rows_in_the_matrix() -> None:
    subjects = {attempt.type for attempt in ATTEMPTS if attempt.type}
    private = {
        name for name, rule in KINDS.items()
        if not isinstance(rule, access.Anyone) and name != "Me" and (by_id(name) or lists_of(name))
    }  # fmt: skip
    fields = {name.split(".")[0] for name in FIELDS}
    lacking = sorted((subjects | private | fields) - MAKERS.keys())
    assert lacking == [], f"add makers of {lacking} to tests/security/matrix.py"


@pytest.fixture
async def world(database: Database) -> World:
    return await build(database)


@pytest.mark.usefixtures("undone")
async def test_who_may_do_what_to_whose(database: Database, world: World) -> None:
    tried = Tried()
    for attempt in [a for a in ATTEMPTS if a.type in (None, *MAKERS) and a.name != "saveSearch"]:
        operation, type_ = f"Mutation.{attempt.name}", attempt.type
        for asker in world.askers:
            if type_ is None:
                _, found = await attempt.made(database, asker, None)
                wanted = expected(operation, asker, None, None)
                tried.note(f"{operation} by {asker.name}", found, wanted)
                continue
            for rows in world.rows[type_]:
                own, others = rows[asker.side], rows[world.others]
                nothing, found = await attempt.made(database, asker, missing(own.id))
                wanted = expected(operation, asker, type_, None)
                tried.note(f"{operation} by {asker.name} of nothing", found, wanted)
                for whose, row in (("their own", own), ("another's", others)):
                    body, found = await attempt.made(database, asker, row.id)
                    what = f"{operation} by {asker.name} of {whose} {row.facts}"
                    wanted = expected(operation, asker, type_, row)
                    tried.note(what, found, wanted)
                    if wanted == NOT_FOUND:
                        tried.note(f"{what}, byte for byte", body, nothing)
    tried.is_as_expected(f"{len(ATTEMPTS)} mutations, {database.engine}")


@pytest.mark.usefixtures("undone")
async def test_what_a_mutation_only_mentions_is_not_revealed_either(
    database: Database, world: World
) -> None:
    """Of every input that names a row besides the subject; where it is no reference, of any row."""
    tried = Tried()
    for attempt in ATTEMPTS:
        for name, types in attempt.mentioned():
            for asker, type_ in product(world.askers, types):
                own = {}
                if attempt.type:
                    rows = world.rows[attempt.type][0]
                    own = {attempt.subject: rows[asker.side].id}
                for rows in world.rows[type_]:
                    row = rows[world.others]
                    if holds(rule_of(type_), asker, row):
                        continue
                    bodies = []
                    for id_ in (row.id, missing(row.id)):
                        given = attempt.input(**own, **{name: id_})
                        body, said = await answered(database, attempt.query, given, asker)
                        assert "errors" not in said, (attempt.name, said)
                        bodies.append(body.replace(id_.encode(), b"ID"))
                    what = f"{attempt.name}({name}: {type_} {row.facts}) by {asker.name}"
                    tried.note(what, *bodies)
    tried.allowed = tried.combinations
    tried.is_as_expected(f"what is mentioned, {database.engine}")

"""Every operation, for everybody, on what is theirs, what is others' and what is not there (A3).

Generated from the schema and access (expecting.py), over the rows of matrix.py. Each mutation is
asked for as it is, by the reader itself, and then undone. For who may not see it, what is others'
is what is not there: the same bytes, apart from the id that was asked for.
"""

import re
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, TypeVar

import pytest
from graphql import get_named_type, get_nullable_type, is_leaf_type, is_non_null_type

from commonweal import access
from commonweal.access import FIELDS, KINDS, Scope
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.limits import TOKENS
from tests.security.askers import Asker, World, build
from tests.security.expecting import (
    ATTEMPTS,
    CORE,
    NOT_FOUND,
    ROOTS,
    Tried,
    answered,
    by_id,
    expected,
    holds,
    lists_of,
    missing,
    required,
    rule_of,
)
from tests.security.matrix import MAKERS

T = TypeVar("T")


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


def test_every_type_that_is_acted_on_or_private_has_rows_in_the_matrix() -> None:
    subjects = {attempt.type for attempt in ATTEMPTS if attempt.type}
    private = {
        name for name, rule in KINDS.items()
        if not isinstance(rule, access.Anyone) and (by_id(name) or lists_of(name))
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
    for attempt in ATTEMPTS:
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
        subjects = world.rows[attempt.type] if attempt.type else [{}]
        for name, types in attempt.mentioned():
            for asker, subject, type_ in product(world.askers, subjects, types):
                own = {attempt.subject: subject[asker.side].id} if subject else {}
                for rows in world.rows[type_]:
                    row = rows[world.others]
                    if holds(rule_of(type_), asker, row):
                        continue
                    bodies = []
                    for id_ in (row.id, missing(row.id)):
                        given = attempt.input(**own, **{name: id_})
                        body, _ = await answered(database, attempt.query, given, asker)
                        bodies.append(body.replace(id_.encode(), b"ID"))
                    what = f"{attempt.name}({name}: {type_} {row.facts}) by {asker.name}"
                    tried.note(what, *bodies)
                    tried.note(f"{what}, a defect", b'"errors":' in bodies[1], False)
    tried.allowed = tried.combinations
    tried.is_as_expected(f"what is mentioned, {database.engine}")


async def test_who_may_see_whose_by_its_id(database: Database, world: World) -> None:
    """What is not for them is null, as what is not there; also in `node`, which knows all kinds."""
    tried = Tried()
    for type_, makers in world.rows.items():
        for asker, rows, root in product(world.askers, makers, {"node", *by_id(type_)}):
            query = f"query($id: ID!) {{ found: {root}(id: $id) {{ id }} }}"
            own, others = rows[asker.side], rows[world.others]
            nothing = await answered(database, query, {"id": missing(own.id)}, asker)
            assert nothing[1] == {"data": {"found": None}}
            for row in (own, others):
                body, said = await answered(database, query, {"id": row.id}, asker)
                there = root in by_id(type_) and holds(rule_of(type_), asker, row)
                what = f"{root} of {type_} {row.facts} by {asker.name}"
                tried.note(what, said, {"data": {"found": {"id": row.id} if there else None}})
                if not there:
                    tried.note(f"{what}, byte for byte", body, nothing[0])
                tried.allowed += there
    tried.is_as_expected(f"rows by their ids, {database.engine}")


async def test_who_finds_whose_in_a_list(database: Database, world: World) -> None:
    tried = Tried()
    for type_, makers in world.rows.items():
        for asker, root in product(world.askers, lists_of(type_)):
            found = await listed(database, root, asker)
            for rows in makers:
                for side, row in rows.items():
                    there = holds(rule_of(type_), asker, row)
                    there &= row.facts.get("open", True)  # a search finds nothing else
                    what = f"{root} by {asker.name}: {type_} {row.facts} of {side.person}"
                    tried.note(what, row.id in found, there)
    tried.is_as_expected(f"rows in lists, {database.engine}")


async def listed(database: Database, root: str, asker: Asker) -> set[str]:
    """The ids on all pages, as many as it counts."""
    shown = "totalCount pageInfo { endCursor hasNextPage } edges { node { id } }"
    query = f"query($after: String) {{ {root}(first: 100, after: $after) {{ {shown} }} }}"
    found: set[str] = set()
    page: dict[str, Any] = {"endCursor": None, "hasNextPage": True}
    while page["hasNextPage"]:
        _, said = await answered(database, query, {"after": page["endCursor"]}, asker)
        rows, page = said["data"][root], said["data"][root]["pageInfo"]
        found |= {edge["node"]["id"] for edge in rows["edges"]}
    assert len(found) == rows["totalCount"]
    return found


async def test_who_may_see_whose_private_fields(database: Database, world: World) -> None:
    tried = Tried()
    for where, rule in FIELDS.items():
        type_, name = where.split(".")
        of = CORE.type_map[type_].fields[name].type
        shown = name if is_leaf_type(get_nullable_type(of)) else f"{name} {{ __typename }}"
        for asker, rows in product(world.askers, world.rows[type_]):
            for row in (rows[asker.side], rows[world.others]):
                if not holds(rule_of(type_), asker, row):
                    continue
                found = await one(database, asker, type_, row.id, shown)
                what = f"{where} {row.facts} by {asker.name}"
                tried.note(what, found[name] is not None, holds(rule, asker, row))
    tried.is_as_expected(f"{len(FIELDS)} private fields, {database.engine}")


async def one(database: Database, asker: Asker, type_: str, id_: str, shown: str) -> Any:
    """A row, by its id or out of a list."""
    if roots := by_id(type_):
        query = f"query($id: ID!) {{ {roots[-1]}(id: $id) {{ id ... on {type_} {{ {shown} }} }} }}"
        return (await answered(database, query, {"id": id_}, asker))[1]["data"][roots[-1]]
    [root] = lists_of(type_)
    query = f"{{ {root}(first: 100) {{ edges {{ node {{ id {shown} }} }} }} }}"
    edges = (await answered(database, query, {}, asker))[1]["data"][root]["edges"]
    return next(edge["node"] for edge in edges if edge["node"]["id"] == id_)


def deepest(type_: Any) -> str:
    """As much of it as a document may have tokens for (limits.py)."""
    tokens = re.compile(r"\w+|[^\s\w]")
    texts = (selection(type_, levels) for levels in (4, 3, 2))
    return next(text for text in texts if len(tokens.findall(text)) < TOKENS.value - 50)


def selection(type_: Any, levels: int) -> str:
    """All that a type shows without arguments, so many levels deep."""
    shown = ["__typename"]
    for name, declared in type_.fields.items():
        needed = any(is_non_null_type(a.type) for a in declared.args.values())
        of = get_named_type(declared.type)
        if needed or (not is_leaf_type(of) and levels == 1):
            continue
        first = "(first: 2)" if "first" in declared.args else ""
        shown.append(
            name if is_leaf_type(of) else f"{name}{first} {{ {selection(of, levels - 1)} }}"
        )
    return " ".join(shown)


async def test_every_query_answers_everybody(database: Database, world: World) -> None:
    tried = Tried()
    for root, declared in CORE.query_type.fields.items():
        given = required(declared.args)
        names = ", ".join(f"${name}: {declared.args[name].type}" for name in given)
        passed = ", ".join(f"{name}: ${name}" for name in given)
        shown = deepest(get_named_type(declared.type))
        query = f"query({names}) {{ {root}({passed}) {{ {shown} }} }}" if given else (
            f"{{ {root} {{ {shown} }} }}"
        )  # fmt: skip
        for asker in world.askers:
            _, said = await answered(database, query, given, asker)
            tried.note(f"{root} by {asker.name}", said.get("errors"), None)
            if root == "me":
                personal = asker.scopes is None or Scope.PERSONAL in asker.scopes
                themselves = personal and asker.person is not None
                tried.note(f"me by {asker.name}", said["data"]["me"] is not None, themselves)
    tried.is_as_expected(f"{len(ROOTS)} queries, {database.engine}")

"""Rules: what they mean in SQL is what they say, and the tables say who may do what."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
import sqlalchemy as sa

from commonweal.access import (
    ANONYMOUS,
    FIELDS,
    GRANTABLE,
    KINDS,
    OPERATIONS,
    SCOPES,
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
    Scope,
    SignedIn,
    Viewer,
    When,
    anyone,
)
from commonweal.assets.tables import Asset
from commonweal.graph.ask import Ask, PlanViewer
from commonweal.graph.sql import DIALECTS, compiled
from commonweal.graph.statement import Engine, Row
from commonweal.graph.statement import Scope as Within
from commonweal.graph.visibility import condition
from commonweal.kernel.ids import write_id
from commonweal.places.tables import Area
from commonweal.store.core_tables import table
from commonweal.store.database import Database
from commonweal.web.printed import permissions
from tests.asking import data, schema
from tests.conftest import TODAY
from tests.graph.town import ASSETS, COUNCIL, ISLES, LISTINGS, VIEWERS

# ---- what a rule means ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What a rule may ask of a row."""

    council: int
    subject: int
    open: bool


def holds(rule: Rule, viewer: Viewer, row: Standing) -> bool:
    """The rule in plain Python."""
    match rule:
        case Anyone():
            return True
        case SignedIn():
            return viewer.id is not None
        case OfficerOf("council", scope):
            good = scope is None or viewer.scopes is None or scope in viewer.scopes
            return good and row.council in viewer.councils
        case Impartial("council"):
            own = {viewer.id, *(place for place, _ in viewer.posts)}
            return viewer.id is not None and row.council not in own
        case Owner("subject"):
            return row.subject == viewer.id
        case Oneself("subject" | "several"):
            good = viewer.scopes is None or Scope.PERSONAL in viewer.scopes
            return good and row.subject == viewer.id
        case MemberOf("council" | "several councils", roles):
            belongs = {Scope.PERSONAL, Scope.ORGANISATIONS}
            good = viewer.scopes is None or bool(viewer.scopes & belongs)
            theirs = {place for place, role in viewer.posts if role in roles}
            return good and row.council in theirs
        case When("open"):
            return row.open
        case Either(one, other):
            return holds(one, viewer, row) or holds(other, viewer, row)
        case Both(one, other):
            return holds(one, viewer, row) and holds(other, viewer, row)
    raise TypeError(rule)


OWNERS: Final = (Role.OWNER, Role.COORDINATOR)
SIMPLE: Final[list[Rule]] = [
    Anyone(), SignedIn(), OfficerOf("council"), When("open"), Owner("subject"), Oneself("subject"),
    Oneself("several"), MemberOf("council", OWNERS), MemberOf("several councils", tuple(Role)),
    Impartial("council"), OfficerOf("council", Scope.SAFETY),
]  # fmt: skip
SUBJECT: Final = ASSETS  # as if a listing were about somebody
PEOPLE: Final = [
    ANONYMOUS,
    *VIEWERS.values(),
    Viewer(7, "of no council", ()),
    Viewer(8, "of both", (COUNCIL, ISLES)),
    Viewer(9, "of one that is not there", (2**62,)),
    Viewer(SUBJECT, "themselves"),
    Viewer(SUBJECT, "a token of theirs", scopes=frozenset({Scope.ASSETS})),
    Viewer(SUBJECT, "another token", scopes=frozenset({Scope.PERSONAL})),
    Viewer(8, "of both, for assets", (COUNCIL, ISLES), scopes=frozenset({Scope.ASSETS})),
    Viewer(8, "of both, for safety", (COUNCIL, ISLES), scopes=frozenset({Scope.SAFETY})),
    Viewer(10, "an owner", posts=((COUNCIL, Role.OWNER), (2**62, Role.OWNER))),
    Viewer(11, "a till", posts=((COUNCIL, Role.TILL), (ISLES, Role.COORDINATOR))),
    *(
        Viewer(10, scope, posts=((COUNCIL, Role.OWNER),), scopes=frozenset({scope}))
        for scope in (Scope.SAFETY, Scope.ORGANISATIONS)
    ),
]


def rules() -> Iterator[Rule]:
    pick = random.Random(3)
    yield from SIMPLE
    yield from (one | other for one in SIMPLE for other in SIMPLE)
    for _ in range(40):
        made = pick.choice(SIMPLE)
        for _ in range(pick.randint(2, 4)):
            made = made | pick.choice(SIMPLE) if pick.random() < 0.5 else pick.choice(SIMPLE) | made
        yield made


async def test_a_rule_in_sql_is_the_rule_in_python(town: Database) -> None:
    """Of every listing of the town, for everybody, for every rule."""
    rows = await standings(town)
    assert len({(row.council, row.open) for row in rows.values()}) == 4, "each, open and not"
    assert SUBJECT in {row.subject for row in rows.values()}
    for rule in rules():
        for viewer in PEOPLE:
            allowed = await admitted(town, rule, viewer)

            assert allowed == {n for n, row in rows.items() if holds(rule, viewer, row)}, rule


def councils_of(row: Any) -> Any:
    area = table(Area).alias().c
    return sa.select(area.id).where(area.id == row.council_id)


def subjects_of(row: Any) -> Any:
    asset = table(Asset).alias().c
    return sa.select(asset.id).where(asset.id == row.subject_id)


# What of a listing is one thing might be several of something else.
MORE: Final = {"subject": "subject_id", "several": subjects_of, "several councils": councils_of}


async def standings(database: Database) -> dict[int, Standing]:
    sql = "SELECT id, council_id, subject_id, state, closes_at FROM listing"
    now = TODAY if database.engine == "postgresql" else TODAY.isoformat(" ")
    return {
        number: Standing(
            council, subject, state == "open" and (closes_at is None or closes_at > now)
        )
        for number, council, subject, state, closes_at in await database.fetch(sql, [])
    }


async def admitted(database: Database, rule: Rule, viewer: Viewer) -> set[int]:
    """The rows that SQL admits."""
    source: Any = schema().graphql_schema.type_map["Listing"].graphene_type.source
    source = replace(source, standing={**source.standing, **MORE})
    engine = Engine(DIALECTS[database.engine], PlanViewer(viewer.signed_in))
    target = table(source.model)
    row = Row(Within(engine, target), target.c, source, via=None)  # type: ignore[arg-type]
    said = condition(rule, row, engine.viewer)
    statement = compiled(
        sa.select(row.key).where(sa.true() if said is None else said), engine.dialect
    )
    found = await database.fetch(statement.sql, statement.values(Ask({}, viewer)))
    return {number for (number,) in found}


def test_a_rule_that_always_holds_or_never_does_costs_no_condition() -> None:
    stranger = PlanViewer(False)

    assert condition(anyone, None, stranger) is None
    assert condition(OfficerOf("council") | anyone, None, stranger) is None
    assert condition(SignedIn(), None, PlanViewer(True)) is None
    for rule in (SignedIn(), OfficerOf("council"), Owner("owner"), SignedIn() | Owner("owner")):
        assert str(condition(rule, None, stranger)) == "false"


def test_a_rule_that_is_not_known_is_a_defect() -> None:
    with pytest.raises(TypeError):
        condition(Rule(), None, PlanViewer(True))


# ---- who may do what -----------------------------------------------------------------------------

MISSING: Final = 5
# One open listing and its asset of each council; and an asset of each that is held.
HELD: Final = {"own": ASSETS + 1, "other's": ASSETS + 8, "missing": MISSING}
OPEN: Final = {"own": LISTINGS, "other's": LISTINGS + 8, "missing": MISSING}
WHOSE: Final = ("own", "other's", "missing")  # as the officer of the council sees it
DONE, SIGN_IN, REFUSED, NOT_THERE = "DONE", "SIGN_IN_NEEDED", "NOT_ALLOWED", "NOT_FOUND"
MATRIX: Final = {
    ("anyone", "own"): SIGN_IN,
    ("anyone", "other's"): SIGN_IN,
    ("anyone", "missing"): NOT_THERE,
    ("officer", "own"): DONE,
    ("officer", "other's"): REFUSED,
    ("officer", "missing"): NOT_THERE,
    ("islander", "own"): REFUSED,
    ("islander", "other's"): DONE,
    ("islander", "missing"): NOT_THERE,
}


async def outcome(database: Database, mutation: str, viewer: Viewer) -> str:
    told = "userErrors { ... on UserError { code } }"
    made = await data(database, f"mutation {{ made: {mutation} {{ {told} }} }}", None, viewer)
    return next((error["code"] for error in made["made"]["userErrors"]), DONE)


@pytest.mark.parametrize("operation", ["publishListing", "withdrawListing"])
async def test_who_may_change_whose_listing(own_town: Database, operation: str) -> None:
    found = {}
    for who, whose in sorted(MATRIX, key=lambda pair: MATRIX[pair] == DONE):  # refusals first
        given = (
            f'assetId: "{write_id("ast", HELD[whose])}"'
            if operation == "publishListing"
            else f'listingId: "{write_id("lst", OPEN[whose])}", reason: "x"'
        )
        found[who, whose] = await outcome(
            own_town, f"{operation}(input: {{{given}}})", VIEWERS[who]
        )

    assert found == MATRIX


async def test_who_may_see_whose_history(town: Database) -> None:
    query = "query($id: ID!) { asset(id: $id) { history { totalCount } } }"
    for who, whose in MATRIX:
        given = {"id": write_id("ast", HELD[whose])}
        asset = (await data(town, query, given, VIEWERS[who]))["asset"]

        if whose == "missing":
            assert asset is None
        else:
            assert (asset["history"] is not None) is (MATRIX[who, whose] == DONE)


async def test_who_may_see_whose_listing_once_it_is_over(town: Database) -> None:
    query = "query($id: ID!) { listing(id: $id) { id } }"
    over = {n: row.council for n, row in (await standings(town)).items() if not row.open}
    assert set(over.values()) == {COUNCIL, ISLES}
    for viewer in PEOPLE:
        for number, council in over.items():
            found = await data(town, query, {"id": write_id("lst", number)}, viewer)

            assert (found["listing"] is not None) is (council in viewer.councils)


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    core = schema().graphql_schema
    roots: list[Any] = [core.query_type, core.mutation_type, core.subscription_type]

    assert {f"{root.name}.{name}" for root in roots for name in root.fields} == OPERATIONS.keys()


def test_the_table_lists_every_rule_and_says_whom_it_admits() -> None:
    text = permissions()
    for rules_ in (OPERATIONS, KINDS, FIELDS):
        for name, rule in rules_.items():
            assert text.count(f"| `{name}` | {rule} |") == 1
    assert text.count("\n| `") == len(OPERATIONS) + len(KINDS) + len(FIELDS)
    assert "| `Mutation.publishListing` | an officer of its council |" in text
    assert "| `Listing` | anyone, when it is open; or an officer of its council |" in text


def test_nothing_is_allowed_by_default() -> None:
    """A viewer without a name has no office; a rule knows no other way in."""
    assert Viewer() == ANONYMOUS
    assert not ANONYMOUS.signed_in
    assert ANONYMOUS.councils == ()
    assert ANONYMOUS.posts == ()
    assert ANONYMOUS.own_id is None
    known = {Anyone, SignedIn, OfficerOf, Owner, Oneself, MemberOf, When, Either, Both, Impartial}
    known |= {Auditor}
    assert set(kinds_of(*OPERATIONS.values(), *KINDS.values(), *FIELDS.values())) <= known


def kinds_of(*rules: Rule) -> Iterator[type[Rule]]:
    for rule in rules:
        yield type(rule)
        if isinstance(rule, Either | Both):
            yield from kinds_of(rule.one, rule.other)


def test_every_mutation_says_for_what_a_token_must_be_good() -> None:
    mutations = {name for name in OPERATIONS if name.startswith("Mutation.")}

    assert mutations == SCOPES.keys()
    assert Scope.ACCOUNT not in GRANTABLE

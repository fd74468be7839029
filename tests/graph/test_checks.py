"""Each fault that a schema can have is found when it is built: planted here, one at a time."""

from collections.abc import Callable
from typing import Any, Final

import graphene
import pytest
import sqlalchemy as sa

from commonweal import access
from commonweal.access import OfficerOf, SignedIn, anyone
from commonweal.graph.ask import PlanViewer
from commonweal.graph.checks import check
from commonweal.graph.declare import (
    ByKey,
    Column,
    Computed,
    Expression,
    Key,
    Many,
    One,
    kind_of,
    rows_of,
)
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.order import order_keys
from commonweal.graph.sql import SQLITE
from commonweal.graph.statement import Engine, Row, Scope
from commonweal.kernel.errors import ERRORS
from commonweal.listings.rules import ListingKind
from commonweal.listings.tables import Listing
from commonweal.places.tables import Area, Place
from commonweal.store.core_tables import table
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction
from commonweal.web.schema import build


async def rename(tx: Transaction, viewer: Any, *, spot_id: int) -> dict[str, int]:
    """Give a spot another name."""
    return {"spot": spot_id}


async def unsaid(tx: Transaction, viewer: Any, *, spot_id: int) -> dict[str, int]:
    return {}


class Tiny:
    """A small schema that holds together, to be changed in one place."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made: Any = None
        self.whole = lambda: self.made  # the type Ground, once it is there
        self.operations: dict[str, access.Rule] = {
            "Query.spot": anyone,
            "Query.spots": anyone,
            "Query.windows": anyone,
            "Mutation.rename": OfficerOf("council"),
        }
        self.scopes = {"Mutation.rename": access.Scope.ASSETS}
        self.kinds: dict[str, access.Rule] = {"Spot": anyone, "Window": anyone, "Ground": anyone}
        self.fields: dict[str, access.Rule] = {}
        self.spot: dict[str, Any] = {"id": Key("spt"), "name": graphene.String(required=True)}
        self.window: dict[str, Any] = {"id": graphene.ID(required=True), "title": graphene.String()}
        self.pane: dict[str, Any] = {"id": Key("win")}
        self.ground: dict[str, Any] = {
            "id": Key("grd"),
            "council": One(self.whole, by="council"),
        }
        self.missing: set[ListingKind] = set()
        self.query: dict[str, Any] = {}
        self.command: Callable[[Any], Any] = lambda spot: Command(
            rename, subject="spot_id", input={"spot_id": Reference(spot)}, result={"spot": spot}
        )
        patch.setattr(access, "OPERATIONS", self.operations)
        patch.setattr(access, "SCOPES", self.scopes)
        patch.setattr(access, "KINDS", self.kinds)
        patch.setattr(access, "FIELDS", self.fields)

    def schema(self) -> graphene.Schema:
        self.made = rows_of(Area)(type("Ground", (graphene.ObjectType,), self.ground))
        spot = rows_of(Place)(type("Spot", (graphene.ObjectType,), self.spot))
        window = rows_of(Listing, kind="kind")(type("Window", (graphene.Interface,), self.window))
        meta = type("Meta", (), {"interfaces": (window,)})
        panes = [
            kind_of(window, kind)(
                type(f"{kind.title()}Pane", (graphene.ObjectType,), {"Meta": meta, **self.pane})
            )
            for kind in ListingKind
            if kind not in self.missing
        ]
        query = {"spot": ByKey(spot), "spots": Many(spot), "windows": Many(window), **self.query}
        return graphene.Schema(
            query=type("Query", (graphene.ObjectType,), query),
            mutation=type("Mutation", (graphene.ObjectType,), {"rename": self.command(spot)}),
            types=[self.made, *panes],
        )


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Tiny:
    return Tiny(monkeypatch)


def test_the_tiny_schema_holds_together(tiny: Tiny) -> None:
    check(tiny.schema())


def test_the_real_schema_holds_together() -> None:
    build()


def no_row(tiny: Tiny) -> None:
    del tiny.operations["Query.spots"]


def no_operation(tiny: Tiny) -> None:
    tiny.operations["Mutation.demolish"] = anyone


def no_private_field(tiny: Tiny) -> None:
    tiny.fields["Spot.secret"] = SignedIn()


def no_kind(tiny: Tiny) -> None:
    tiny.kinds["Castle"] = anyone


def a_rule_for_a_query(tiny: Tiny) -> None:
    tiny.operations["Query.spots"] = SignedIn()


def a_plain_query(tiny: Tiny) -> None:
    tiny.operations["Query.version"] = anyone
    tiny.query["version"] = graphene.String()


def a_query_s_resolver(tiny: Tiny) -> None:
    tiny.operations["Query.version"] = anyone
    tiny.query["version"] = graphene.String(resolver=lambda *_: "1")


def a_resolver(tiny: Tiny) -> None:
    tiny.spot["shout"] = graphene.String()
    tiny.spot["resolve_shout"] = lambda *_: "!"


def a_required_private_field(tiny: Tiny) -> None:
    tiny.fields["Spot.name"] = SignedIn()


def a_private_computation(tiny: Tiny) -> None:
    tiny.spot["length"] = Computed(graphene.Int, len, needs=("name",))
    tiny.fields["Spot.length"] = SignedIn()


def a_private_relation(tiny: Tiny) -> None:
    tiny.fields["Ground.council"] = SignedIn()


def a_private_field_of_an_interface(tiny: Tiny) -> None:
    tiny.fields["Window.title"] = SignedIn()


def a_private_field_of_one_kind_only(tiny: Tiny) -> None:
    tiny.fields["ShopPane.title"] = SignedIn()


def a_required_relation(tiny: Tiny) -> None:
    tiny.ground["council"] = One(tiny.whole, by="council", required=True)


def a_required_field_over_a_null(tiny: Tiny) -> None:
    tiny.ground["welsh"] = Column(graphene.String, "name_cy", required=True)


def a_list_without_a_relation(tiny: Tiny) -> None:
    tiny.ground["parts"] = Many(tiny.whole)


def a_command_without_words(tiny: Tiny) -> None:
    tiny.command = lambda spot: Command(
        unsaid, subject="spot_id", input={"spot_id": Reference(spot)}, result={"spot": spot}
    )


def a_command_without_a_subject(tiny: Tiny) -> None:
    tiny.command = lambda spot: Command(
        rename, subject="spot", input={"spot_id": Reference(spot)}, result={"spot": spot}
    )


def a_command_without_a_row(tiny: Tiny) -> None:
    tiny.command = lambda spot: Command(
        rename, input={"spot_id": Reference(spot)}, result={"spot": spot}
    )


def a_command_without_a_scope(tiny: Tiny) -> None:
    tiny.scopes.clear()


def a_scope_of_nothing(tiny: Tiny) -> None:
    tiny.scopes["Mutation.demolish"] = access.Scope.ASSETS


def a_kind_without_a_type(tiny: Tiny) -> None:
    tiny.missing.add(ListingKind.OFFER)


def a_prefix_of_two_tables(tiny: Tiny) -> None:
    tiny.ground["id"] = Key("spt")


FAULTS: Final[dict[Callable[[Tiny], None], str]] = {
    no_row: "Query.spots has no row in access.OPERATIONS",
    no_operation: "access.OPERATIONS has a row for Mutation.demolish, which is not there",
    no_private_field: "access.FIELDS has a row for Spot.secret, which is not there",
    no_kind: "access.KINDS has a row for Castle, which is not there",
    a_rule_for_a_query: "Query.spots is open to all: access.KINDS says who sees which rows",
    a_plain_query: "Query.version is declared as a Field",
    a_query_s_resolver: "Query.version has a resolver of its own",
    a_resolver: "Spot.shout has a resolver of its own",
    a_required_private_field: "Spot.name is private and must be nullable",
    a_private_computation: "Spot.length cannot be private: it is a Computed",
    a_private_relation: "Ground.council cannot be private: it is a One",
    a_private_field_of_an_interface: "Window.title cannot be private: the kinds of",
    a_private_field_of_one_kind_only: "ShopPane.title cannot be private: the kinds of",
    a_required_relation: "Ground.council is a relation and must be nullable: a Ground may be",
    a_required_field_over_a_null: "Ground.welsh is required, but its column may be null",
    a_list_without_a_relation: "Ground.parts does not say what relates it to its Ground",
    a_command_without_words: "rename says nothing of itself",
    a_command_without_a_subject: "rename acts on spot, which is no reference of its input",
    a_command_without_a_row: "rename acts on no row, but its rule speaks of one",
    a_command_without_a_scope: "rename has no row in access.SCOPES",
    a_scope_of_nothing: "access.SCOPES has a row for Mutation.demolish, which is not there",
    a_kind_without_a_type: "Window has no type for the kind OFFER",
    a_prefix_of_two_tables: "has the prefix spt, which is another table's",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_found_when_the_schema_is_built(
    tiny: Tiny, fault: Callable[[Tiny], None]
) -> None:
    fault(tiny)

    with pytest.raises(TypeError) as found:
        check(tiny.schema())
    first, *faults = str(found.value).splitlines()
    assert first == "The schema does not hold together:"
    assert len(faults) == 1, faults
    assert FAULTS[fault] in faults[0]


def test_a_kind_without_a_rule_is_found_before_that(tiny: Tiny) -> None:
    del tiny.kinds["Spot"]

    with pytest.raises(TypeError, match=r"access\.KINDS does not say who sees a Spot"):
        tiny.schema()


def test_a_column_may_not_hide_what_rows_are_written_with(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = Place._meta.fields_db_projection
    monkeypatch.setattr(Place._meta, "fields_db_projection", {**columns, "source": "source"})

    with pytest.raises(TypeError, match=r"Place\.source hides a name of the rows"):
        check(tiny.schema())


async def test_a_key_to_sort_by_that_may_be_null_is_found_when_a_list_is_planned(
    town: Database,
) -> None:
    target = table(Listing)
    engine = Engine(SQLITE, PlanViewer(False))
    row = Row(Scope(engine, target), target.c, rows_of_listing(), via=None)  # type: ignore[arg-type]
    for sort in (lambda row, *_: [row.closes_at], lambda row, *_: [sa.desc(row.summary)]):
        with pytest.raises(TypeError, match="may be null: no page could begin after it"):
            order_keys(row, Many(Listing, sort=sort), None, engine.viewer)  # type: ignore[arg-type]


def rows_of_listing() -> Any:
    return build().graphql_schema.type_map["Listing"].graphene_type.source


def test_every_refusal_is_an_error_that_is_known_by_its_code() -> None:
    assert {"NOT_A_CURSOR", "PAGE_TOO_LONG", "UNSTORABLE_TEXT", "NOT_FOUND"} <= ERRORS.keys()


def test_an_expression_may_be_private(tiny: Tiny) -> None:
    tiny.spot["shout"] = Expression(graphene.String, lambda row, *_: sa.func.upper(row.name))
    tiny.fields["Spot.shout"] = SignedIn()

    check(tiny.schema())

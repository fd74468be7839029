"""Defects planted in plan and assemble, one at a time: comparing both ways catches each of them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from graphql.execution.collect_fields import collect_sub_fields

from commonweal.access import ANONYMOUS
from commonweal.graph import plan as planning
from commonweal.graph import reader as reading
from commonweal.graph.ask import Ask, Bound, PlanViewer, constant
from commonweal.graph.assemble import Constant, Object, Page, Value, Writer
from commonweal.graph.plan import Planner
from commonweal.graph.reader import Reader
from commonweal.graph.statement import Level
from commonweal.graph.variables import Variables
from commonweal.store.database import Database, Fetch
from commonweal.web.answers import prepare
from tests.asking import schema
from tests.graph.both_ways import both_ways
from tests.graph.town import ISLANDER, OFFICER

prepared = cache(prepare)
Defect = Callable[[pytest.MonkeyPatch], None]

# Each is asked in turn, the second with the plan of the first where there is one to reuse.
CORPUS: Final[list[tuple[str, list[tuple[dict[str, Any], Any]]]]] = [
    (
        """query($n: Int, $no: Boolean!, $near: NearInput) {
          found: search(first: $n, near: $near) {
            totalCount
            edges { cursor node { __typename id heading: title title @skip(if: $no) ...Who
              council { name }
              ... on AssetListing { asset { category landOnly listable } } } }
            pageInfo { hasNextPage hasPreviousPage endCursor }
          }
        }
        fragment Who on Listing { council { code council { name } } publishedAt state }""",
        [
            ({"n": 5, "no": False}, ANONYMOUS),
            ({"n": 7, "no": True}, ANONYMOUS),
            ({"n": 7, "no": True, "near": {"place": "GL50"}}, ANONYMOUS),
            ({"n": 6, "no": True}, OFFICER),
        ],
    ),
    (
        """query($after: String) { assets(first: 12, after: $after) {
          pageInfo { hasPreviousPage } edges { node { id
          values(first: 1) { totalCount edges { cursor node { field row { rowNumber } } } }
          rows(first: 1) { pageInfo { hasNextPage hasPreviousPage } edges { node { cells } } }
          areas { edges { node { kind name } } }
          history(first: 2) { totalCount edges { node { sequence at } } } } } } }""",
        [
            ({}, ANONYMOUS),
            ({}, OFFICER),
            ({}, ISLANDER),
            ({"after": "WzEwMDA4XQ=="}, ISLANDER),
        ],
    ),
    (
        """query($id: ID!) { node(id: $id) { id ... on Asset { name }
          ... on Listing { title state areas { edges { node { name } } } } } }""",
        [({"id": "lst_0000000001gtg"}, ANONYMOUS), ({"id": "ast_00000000009rj"}, ANONYMOUS)],
    ),
]


async def first_difference(database: Database) -> str | None:
    """What the comparison says first, with plans made anew."""
    reader = Reader(schema(), database.engine, prepared)
    for query, askings in CORPUS:
        for values, viewer in askings:
            try:
                both = await both_ways(reader, database, query, values, viewer)
            except Exception as error:  # noqa: BLE001  # a defect may raise anything
                return f"{type(error).__name__}: {error}"
            if both.planned != both.executed:
                return f"{both.planned!r} is not {both.executed!r}"
    return None


async def test_without_a_defect_nothing_differs(town: Database) -> None:
    assert await first_difference(town) is None


def lost_alias(patch: pytest.MonkeyPatch) -> None:
    original = Planner.object

    def object_(self: Planner, type_: Any, selected: Any, answer: Any) -> Object:
        renamed = {nodes[0].name.value: nodes for nodes in selected.values()}
        return original(self, type_, renamed, answer)

    patch.setattr(Planner, "object", object_)


def dropped_fragment(patch: pytest.MonkeyPatch) -> None:
    original = Planner.sub
    patch.setattr(
        Planner,
        "sub",
        lambda self, *about: {key: nodes[:1] for key, nodes in original(self, *about).items()},
    )


def ignored_skip(patch: pytest.MonkeyPatch) -> None:
    original: Any = collect_sub_fields
    patch.setattr(
        planning,
        "collect_sub_fields",
        lambda core, fragments, values, *about: original(
            core, fragments, {**values, "no": False}, *about
        ),
    )


def unseen_nulls(patch: pytest.MonkeyPatch) -> None:
    """A plan made for a given argument, used where there is none."""
    patch.setattr(Variables, "outline", lambda self, values: ())


def unseen_signing_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planning, "PlanViewer", lambda _: PlanViewer(False))


def forgotten_parents(patch: pytest.MonkeyPatch) -> None:
    original = reading._read

    async def read(level: Level, ask: Ask, fetch: Fetch) -> Any:
        ask.parents = ask.parents[:1]
        return await original(level, ask, fetch)

    patch.setattr(reading, "_read", read)


def first_values_kept(patch: pytest.MonkeyPatch) -> None:
    """A plan that holds the values of the request for which it was made."""
    original = Bound.__init__

    def kept(self: Bound, compute: Any, type_: Any = None) -> None:
        known: list[Any] = []

        def first(ask: Any) -> Any:
            known.append(compute(ask))
            return known[0]

        original(self, first, type_)

    patch.setattr(Bound, "__init__", kept)


def written(name: str, change: Callable[..., str]) -> Defect:
    """A defect in the Python that one shape becomes; `change(text, shape)` is what is written."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        original: Any = getattr(Writer, name)
        patch.setattr(Writer, name, lambda self, shape: change(original(self, shape), shape))

    return plant


def shaped(name: str, change: Callable[[Any], Any]) -> Defect:
    """A defect in a shape before it is written."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        original: Any = getattr(Writer, name)
        patch.setattr(Writer, name, lambda self, shape: original(self, change(shape)))

    return plant


def patched(owner: Any, name: str, value: Any) -> Defect:
    return lambda patch: patch.setattr(owner, name, value)


def beyond_the_page(page: Page) -> Page:
    return replace(page, limit=lambda ask: page.limit(ask) + 1)


def private_shown(*_: object) -> None:
    """As if no rule said who sees the field."""


def moved(value: Value) -> Value:
    return replace(value, index=max(value.index - 1, 0))


def another_parents(text: str, page: Page) -> str:
    found = f"found[{page.level}]"
    return text.replace(f"{found}.get(r[{page.key}], ())", f"next(iter({found}.values()), ())")


DEFECTS: Final[dict[str, Defect]] = {
    "an alias is lost": lost_alias,
    "a fragment to be merged is dropped": dropped_fragment,
    "@skip is ignored": ignored_skip,
    "a null stands where there is none": written("value", lambda text, value: "None"),
    "a list's order is reversed": written(
        "edges", lambda text, _: text.replace("in rows", "in reversed(rows)")
    ),
    "a column is another's": shaped("value", moved),
    "a value is not converted": shaped("value", lambda value: replace(value, convert=None)),
    "the row beyond the page is shown": shaped("page_function", beyond_the_page),
    "a list is another parent's": written("page", another_parents),
    "only one parent's lists are read": forgotten_parents,
    "a private field is shown": patched(Planner, "shown", private_shown),
    "a count is off by one": written("count", lambda text, _: f"{text} + 1"),
    "a count is of the page": written("count", lambda text, _: "len(rows)"),
    "a joined row is shown that is not there": patched(
        Writer, "if_present", staticmethod(lambda present, text: text)
    ),
    "a cursor's keys are swapped": shaped(
        "page_function", lambda page: replace(page, cursor=page.cursor[::-1])
    ),
    "there is never a next page": patched(
        planning, "PAGE_WORDS", planning.PAGE_WORDS | {"hasNextPage": "False"}
    ),
    "there was never a page before": shaped(
        "page_function", lambda page: replace(page, again=constant(False))
    ),
    "the end is the beginning": patched(
        planning, "PAGE_WORDS", planning.PAGE_WORDS | {"endCursor": "at(rows[0])"}
    ),
    "a kind is taken for another": shaped(
        "kinds",
        lambda kinds: replace(
            kinds, cases=dict(zip(kinds.cases, [*kinds.cases.values()][::-1], strict=True))
        ),
    ),
    "a type's name is its interface's": shaped("constant", lambda _: Constant("Listing")),
    "a single row is not found": written("single", lambda text, _: "None"),
    "a null is taken for a value": unseen_nulls,
    "somebody is taken for a stranger": unseen_signing_in,
    "the first request's values are kept": first_values_kept,
}


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
async def test_a_planted_defect_is_caught(
    town: Database, monkeypatch: pytest.MonkeyPatch, defect: Defect
) -> None:
    defect(monkeypatch)

    assert await first_difference(town), "nothing differs"

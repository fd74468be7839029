"""Random questions over the real schema: any field, nested lists, fragments, directives.

What is generated is valid and within the limits (what is not is thrown away and generated anew).
A question is asked twice, with other values in the same places, so that the second finds the
plan of the first. A seed gives the same questions for ever.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_leaf_type,
    is_non_null_type,
)

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.reader import Prepare
from commonweal.web.answers import prepare
from tests.graph.arguments import NULLS, OMITTED, literal, values_for
from tests.graph.town import ISLANDER, OFFICER
from tests.graph.townspeople import SOMEBODY

LISTS_DEEP: Final = 3
FIELDS_DEEP: Final = 13  # of the 15 that the limits allow
ROOTS: Final = {
    "search": 6, "assets": 4, "asset": 3, "listing": 2, "node": 2, "areas": 2, "clusters": 2,
}  # fmt: skip
# how often an optional argument is given: many at once find nothing
USUAL: Final = {
    "after": 0.2, "words": 0.2, "near": 0.5, "inside": 0.1, "area": 0.15, "box": 0.15, "code": 0.1,
}  # fmt: skip
DIRECTIVES: Final = (
    "@skip(if: $no)", "@include(if: $yes)", "@skip(if: true)", "@include(if: $no)",
    "@skip(if: $yes) @include(if: $yes)",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    text: str
    askings: list[tuple[dict[str, Any], Viewer]]


def questions(
    schema: GraphQLSchema, seed: int, count: int, prepare: Prepare = prepare
) -> Iterator[Question]:
    """So many different questions; `prepare` judges what is written."""
    pick = random.Random(seed)
    made = 0
    while made < count:
        document = Document(schema, pick)
        text = document.write()
        prepared = prepare(schema, text)
        if prepared.document is None:
            continue
        viewers = pick.choice([(ANONYMOUS, ANONYMOUS), (OFFICER, ISLANDER), (SOMEBODY, OFFICER)])
        shape = document.shape()
        askings = [(document.values(shape), viewer) for viewer in viewers]
        try:
            for values, _ in askings:
                prepared.price(None, values)
        except GraphQLError:
            continue
        made += 1
        yield Question(text, askings)


class Document:
    """One document while it is being written."""

    def __init__(self, schema: GraphQLSchema, pick: random.Random) -> None:
        self.schema, self.pick = schema, pick
        self.fragments: list[str] = []
        self.variables: dict[str, tuple[Any, Any]] = {}  # name -> type, the field it serves
        self.aliases = 0

    def write(self) -> str:
        root: Any = self.schema.query_type
        weighted = [name for name in root.fields for _ in range(ROOTS.get(name, 1))]
        names = dict.fromkeys(self.pick.sample(weighted, self.pick.choice([1, 1, 1, 2])))
        body = " ".join(self.field(root, name, 0, 0) for name in names)
        declared = [f"${name}: {type_}{self.default(type_)}" for name, (type_, _) in
                    self.variables.items()]  # fmt: skip
        whole = " ".join(["{", body, "}", *self.fragments])
        declared += [f"${name}: Boolean!" for name in ("yes", "no") if f"${name}" in whole]
        return f"query({', '.join(declared)}) {whole}" if declared else f"query {whole}"

    def default(self, type_: Any) -> str:
        return " = 2" if str(type_) == "Int" and self.pick.random() < 0.3 else ""

    # ---- selections ----------------------------------------------------------------------------

    def selection(self, type_: Any, depth: int, lists: int) -> str:
        pick = self.pick
        leaves = [n for n, f in type_.fields.items() if is_leaf_type(get_named_type(f.type))]
        objects = [n for n in type_.fields if n not in leaves]
        if type_.name.endswith(("Connection", "Search")) and "edges" in objects:
            chosen = ["edges", *pick.sample(["totalCount", "pageInfo"], pick.choice([0, 0, 1, 2]))]
            chosen += [n for n in ("centre", "understoodAs") if n in type_.fields
                       and pick.random() < 0.3]  # fmt: skip
        elif type_.name.endswith("Edge"):
            chosen = ["node", *pick.sample(leaves, pick.randint(0, len(leaves)))]
        else:
            chosen = pick.sample(leaves, min(len(leaves), pick.choice([1, 1, 2, 2])))
            if depth < FIELDS_DEEP - 3:
                deeper = [n for n in objects if lists < LISTS_DEEP or not self.is_list(type_, n)]
                chosen += pick.sample(deeper, min(len(deeper), pick.choice([0, 0, 1, 1, 1, 2])))
        pick.shuffle(chosen)
        parts = [self.field(type_, name, depth, lists) for name in chosen]
        if pick.random() < 0.15:
            parts.append(pick.choice(["__typename", "sort: __typename"]))
        if is_interface_type(type_):
            parts += self.kinds(type_, depth, lists)
        elif pick.random() < 0.15 and depth:
            parts.append(self.fragment(type_, depth, lists))  # merged with what stands beside it
        return "{ " + " ".join(parts) + " }"

    def is_list(self, type_: Any, name: str) -> bool:
        return "edges" in get_named_type(type_.fields[name].type).fields

    def kinds(self, type_: Any, depth: int, lists: int) -> list[str]:
        types = list(self.schema.get_possible_types(type_))
        if type_.name == "Node":
            types.append(self.schema.type_map["Listing"])  # type: ignore[arg-type]
        chosen = self.pick.sample(types, self.pick.randint(0, 2))
        return [self.fragment(target, depth, lists) for target in chosen]

    def fragment(self, type_: Any, depth: int, lists: int) -> str:
        body, directive = self.selection(type_, depth, lists), self.directive()
        if self.pick.random() < 0.5:
            return f"... on {type_.name}{directive} {body}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {body}")
        return f"...{name}{directive}"

    def directive(self) -> str:
        return " " + self.pick.choice(DIRECTIVES) if self.pick.random() < 0.12 else ""

    def field(self, type_: Any, name: str, depth: int, lists: int) -> str:
        definition = type_.fields[name]
        inner: Any = get_named_type(definition.type)
        given = [
            text
            for argument, declared in definition.args.items()
            if (text := self.argument(type_, name, argument, declared.type, lists))
        ]
        text = name
        if self.pick.random() < (0.4 if given else 0.08):
            self.aliases += 1
            text = f"a{self.aliases}: {name}"
        if given:
            text += f"({', '.join(given)})"
        text += self.directive()
        if is_leaf_type(inner):
            return text
        below = lists + ("edges" in inner.fields)
        return f"{text} {self.selection(inner, depth + 1, below)}"

    # ---- arguments -----------------------------------------------------------------------------

    def argument(self, type_: Any, field: str, name: str, of: Any, lists: int) -> str | None:
        """`name: value`, or None to leave it out."""
        pick, required = self.pick, is_non_null_type(of)
        usual = {**USUAL, "first": 0.95 if lists else 0.85}
        if not required and pick.random() > usual.get(name, 0.3):
            return None
        if pick.random() < 0.5:
            variable = f"{name}_{len(self.variables)}"
            self.variables[variable] = (of, (field, name, lists))
            return f"{name}: ${variable}"
        value = pick.choice(values_for(field, name, lists))
        if isinstance(value, dict) and "longitude" in value and pick.random() < 0.4:
            variable = f"x_{len(self.variables)}"
            self.variables[variable] = ("Float!", ("", "x", lists))
            written = literal({**value, "longitude": f"${variable}"}, get_nullable_type(of))
        else:
            written = literal(value, get_nullable_type(of))
        return f"{name}: {written}"

    def shape(self) -> dict[str, Any]:
        """Which variables are given, null, or left out: what both askings share."""
        chances: Any = random.Random(self.pick.random())
        return {
            name: None if str(type_).endswith("!") else chances.choice([None] * 5 + [*NULLS])
            for name, (type_, _) in self.variables.items()
        }

    def values(self, shape: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"yes": True, "no": False}
        for name, (_, about) in self.variables.items():
            if shape[name] is OMITTED:
                continue
            found[name] = None if shape[name] else self.pick.choice(values_for(*about))
        return found

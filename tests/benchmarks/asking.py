"""The requests of the read benchmark, for each server in its own words: a body a line."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from commonweal.kernel.ids import read_id, write_id

from .listings import BELOW, COUNCILS, Town, centres

BODIES: Final = 5_000  # different ones: more than a cache of answers would hold

SEARCH: Final = """query Nearest($near: NearInput!, $kinds: [ListingKind!], $first: Int) {
  search(near: $near, kinds: $kinds, first: $first) {
    edges { distance node { id title summary location council { id name } } }
    pageInfo { endCursor } } }"""
POINT: Final = "query Council($id: ID!) { area(id: $id) { id name } }"
PEER_SEARCH: Final = """query Nearest($lat: Float!, $lon: Float!, $radius: Float!, $kind: String!,
    $first: Int!) {
  listingsNear(lat: $lat, lon: $lon, radius: $radius, kind: $kind, first: $first) {
    nodes { rowId title summary distance(lat: $lat, lon: $lon) locationGeojson
      council { rowId name } }
    pageInfo { endCursor } } }"""
PEER_POINT: Final = "query Council($id: BigInt!) { area(rowId: $id) { rowId name } }"
PATHS: Final = {  # where a server answers which operation; GraphQL has one place for all
    ("bare", "nearest"): "/search",
    ("bare", "hundred"): "/search",
    ("bare", "point"): "/area",
}


@dataclass(frozen=True)
class Asked:
    """One question: where, how far, of which kind, how many; or which council."""

    longitude: float
    latitude: float
    metres: float
    kind: str
    first: int
    council: int

    @property
    def variables(self) -> dict[str, Any]:
        near = {
            "longitude": self.longitude,
            "latitude": self.latitude,
            "withinMetres": self.metres,
        }
        return {"near": near, "kinds": [self.kind], "first": self.first}


def questions(towns: list[Town], metres: float, first: int) -> Iterator[Asked]:
    """Centres weighted by town, kinds by how many there are."""
    chance = random.Random(7)
    kinds = [chance.random() for _ in range(BODIES)]
    for share, (x, y) in zip(kinds, centres(towns, BODIES, chance), strict=True):
        kind = next(kind for kind, below in BELOW.items() if share < below)
        yield Asked(x, y, metres, kind, first, chance.randint(1, COUNCILS))


def of_ours(asked: Asked) -> dict[str, Any]:
    return {"query": SEARCH, "variables": asked.variables}


def of_postgraphile(asked: Asked) -> dict[str, Any]:
    variables = {
        "lat": asked.latitude,
        "lon": asked.longitude,
        "radius": asked.metres,
        "kind": asked.kind,
        "first": asked.first,
    }
    return {"query": PEER_SEARCH, "variables": variables}


def point_of_ours(asked: Asked) -> dict[str, Any]:
    return {"query": POINT, "variables": {"id": write_id("are", asked.council)}}


def point_of_bare(asked: Asked) -> dict[str, Any]:
    return {"variables": {"number": asked.council}}


def point_of_postgraphile(asked: Asked) -> dict[str, Any]:
    return {"query": PEER_POINT, "variables": {"id": str(asked.council)}}


Words = Callable[[Asked], dict[str, Any]]
SEARCHED: Final[dict[str, Words]] = {
    "commonweal": of_ours,
    "bare": of_ours,
    "ordinary": of_ours,
    "postgraphile": of_postgraphile,
}
POINTED: Final[dict[str, Words]] = {
    "commonweal": point_of_ours,
    "bare": point_of_bare,
    "postgraphile": point_of_postgraphile,
}


@dataclass(frozen=True)
class Operation:
    """What is asked, and each server's words for it."""

    name: str
    words: dict[str, Words]
    metres: float
    first: int


OPERATIONS: Final = {
    "nearest": Operation("nearest", SEARCHED, 10_000.0, 20),
    "hundred": Operation("hundred", SEARCHED, 50_000.0, 100),
    "point": Operation("point", POINTED, 10_000.0, 1),
}


def written(folder: Path, towns: list[Town]) -> dict[tuple[str, str], Path]:
    """(server, operation) -> the file of its bodies."""
    files = {}
    for operation in OPERATIONS.values():
        asked = list(questions(towns, operation.metres, operation.first))
        for server, words in operation.words.items():
            path = folder / f"{server}-{operation.name}.jsonl"
            path.write_bytes(b"\n".join(orjson.dumps(words(each)) for each in asked))
            files[server, operation.name] = path
    return files


def found(server: str, body: bytes) -> list[tuple[int, float]]:
    """(listing's number, metres to the decimetre) of a search's answer."""
    answer = orjson.loads(body)
    assert "errors" not in answer, (server, answer["errors"])
    if server == "postgraphile":
        nodes = answer["data"]["listingsNear"]["nodes"]
        return [(int(node["rowId"]), round(node["distance"], 1)) for node in nodes]
    rows = []
    for edge in answer["data"]["search"]["edges"]:
        text = str(edge["node"]["id"])
        number = read_id("lst", text) if server == "commonweal" else int(text.removeprefix("lst_"))
        assert number is not None
        rows.append((number, round(edge["distance"], 1)))
    return rows

"""Views: a search that is kept by its URL, as a page with a map, and as GeoJSON for maps elsewhere.

    /views?near=GL50+1DY&within=3000&kind=ASSET&words=hall      a page, without any script
    /views.geojson?…                                            the same, for a GIS or a website

Nothing is stored: whoever has the link has the view, as a bookmark, in a newsletter, on a poster.
It asks the same question of the same endpoint as anybody, signed in as nobody.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.listings.rules import ListingKind, ListingOrder
from commonweal.places.rules import MAX_RADIUS_METRES

from .asgi import Refused
from .http import checked
from .observing import trace_of

PAGE: Final = Path(__file__).with_name("view.html")
PAGE_ROWS: Final = 50  # what one scrolls through on a phone, and what a map shows without a blot
MAP_ROWS: Final = 100  # of the GeoJSON, whose reader follows `next` by itself
MAP_SIZE: Final = 400  # the drawing's units, not pixels
GEOJSON: Final = "application/geo+json"
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "access-control-allow-origin": "*",  # what is public anyway, for any website's map
    "x-content-type-options": "nosniff",
}
ADDRESS_CHARACTERS: Final = limit(
    "address of a view", 8_000, "characters", "what mail programs and printed codes still carry"
)
VALUES: Final = limit("values of one parameter of a view", 20, "values", "the page repeats them")
DISTANCE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(km|m|)", re.IGNORECASE)
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DEGREES: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")
SIDES: Final = ("west", "south", "east", "north")  # in RFC 7946's order, as every map gives them
INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
SHOWN: Final = 60  # characters of a value that a refusal repeats

QUERY: Final = """query View(
  $near: NearInput, $area: ID, $inside: GeoJSON, $words: String, $kinds: [ListingKind!],
  $categories: [String!], $openOn: Date, $openAt: DateTime, $box: BoxInput,
  $order: ListingOrder, $first: Int, $after: String, $counted: Boolean!, $placed: Boolean!
) {
  search(
    near: $near, area: $area, inside: $inside, words: $words, kinds: $kinds,
    categories: $categories, openOn: $openOn, openAt: $openAt, box: $box,
    order: $order, first: $first, after: $after
  ) {
    totalCount @include(if: $counted)
    centre @include(if: $placed) { place { name } }
    edges { distance node { id kind title summary category address location closesAt } }
    pageInfo { hasNextPage endCursor }
  }
}"""


@fact
class NotABox(UserError):
    says = (
        "box is four numbers of degrees, west,south,east,north: box=-2.2,51.8,-2.0,52.0 for one. "
        "{given} was given."
    )
    given: str


@fact
class NotAnInstant(UserError):
    says = (
        "open_at is a day and a time, the place's own unless it ends in Z or an offset: "
        "open_at=2026-12-05T14:30 for one. {given} was given. For a whole day say open_on."
    )
    given: str


@fact
class NotADay(UserError):
    says = "open_on is a day: open_on=2026-12-05 for one. {given} was given."
    given: str


@fact
class NotADistance(UserError):
    says = (
        "within is how far around the place to look, in metres, or in km if it says so, more than "
        "0 and at most 1,000 km: within=3000 or within=3km for one. {given} was given."
    )
    given: str


@fact
class NotOneOf(UserError):
    says = "{parameter} may be {allowed}, in capitals. {given} was given."
    parameter: str
    allowed: str
    given: str


@fact
class NoShapeGiven(UserError):
    says = (
        "inside is a GeoJSON shape, an object with a type and coordinates: "
        'inside={{"type": "Polygon", "coordinates": […]}}. {given} was given.'
    )
    given: str


@fact
class NoSuchPlace(UserError):
    says = (
        "No place called {given} is known here. Look at how it is spelt, or try a whole postcode, "
        "the first half of one, such as GL50, or the nearest town."
    )
    given: str


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of the URL: the variable it becomes, and how."""

    variable: str
    read: Callable[[list[str]], Any] = lambda texts: texts[-1]


FIELDS: Final = {
    "words": Field("words"),
    "area": Field("area"),
    "kind": Field("kinds", lambda texts: [read_name("kind", t, ListingKind) for t in texts]),
    "category": Field("categories", list),
    "open_on": Field("openOn", lambda texts: read_day(texts[-1])),
    "open_at": Field("openAt", lambda texts: read_instant(texts[-1])),
    "order": Field("order", lambda texts: read_name("order", texts[-1], ListingOrder)),
    "box": Field("box", lambda texts: read_box(texts[-1])),
    "inside": Field("inside", lambda texts: read_shape(texts[-1])),
    "after": Field("after"),
}


@cache
def template() -> str:
    """The page with its places empty."""
    return PAGE.read_text(encoding="utf-8")


def read_name(parameter: str, text: str, names: type[Enum]) -> str:
    """One of the names. Raises NotOneOf."""
    if text not in names.__members__:
        raise NotOneOf(parameter, " or ".join(names.__members__), text[:SHOWN])
    return text


def read_day(text: str) -> str:
    """A day in ISO 8601. Raises NotADay."""
    if not _is(text, DAY, date.fromisoformat):
        raise NotADay(text[:SHOWN])
    return text


def read_distance(text: str) -> float:
    """Metres, of "3000", "3000 m" or "3km". Raises NotADistance."""
    if read := DISTANCE.fullmatch(text):
        metres = float(read[1]) * (1_000 if read[2].lower() == "km" else 1)
        if 0 < metres <= MAX_RADIUS_METRES:
            return metres
    raise NotADistance(text[:SHOWN])


def read_shape(text: str) -> dict[str, Any]:
    """An object of JSON; the endpoint judges its shape. Raises NoShapeGiven."""
    try:
        if isinstance(shape := orjson.loads(text), dict):
            return shape
    except orjson.JSONDecodeError:
        pass
    raise NoShapeGiven(text[:SHOWN])


def read_box(text: str) -> dict[str, float]:
    """Its sides in degrees; the endpoint judges where they lie. Raises NotABox."""
    sides = [side.strip() for side in text.split(",")]
    if len(sides) != len(SIDES) or not all(DEGREES.fullmatch(side) for side in sides):
        raise NotABox(text[:SHOWN])
    return dict(zip(SIDES, map(float, sides), strict=True))


def read_instant(text: str) -> str:
    """An instant in ISO 8601, or a civil time. Raises NotAnInstant."""
    mended = text.replace(" ", "+")  # which a URL's plus sign has become
    if not _is(mended, INSTANT, datetime.fromisoformat):
        raise NotAnInstant(text[:SHOWN])
    return mended


def _is(text: str, form: re.Pattern[str], read: Callable[[str], object]) -> bool:
    """Whether a text has a form and can be read: 2026-02-30 has the form of a day."""
    try:
        return bool(form.fullmatch(text) and read(text))
    except ValueError:
        return False


def variables_of(parameters: Mapping[str, list[str]], first: int) -> dict[str, Any]:
    """The search that a URL's parameters mean; what is blank or unknown means nothing.

    Raises NotABox, NotADay, NotADistance, NotAnInstant, NoShapeGiven, NotOneOf.
    """
    given = {name: [t.strip() for t in texts if t.strip()] for name, texts in parameters.items()}
    variables: dict[str, Any] = {"first": first}
    for name, field in FIELDS.items():
        if given.get(name):
            variables[field.variable] = field.read(given[name])
    within = given.get("within")
    around = {"withinMetres": read_distance(within[-1])} if within else {}
    if given.get("near"):
        variables["near"] = {"place": given["near"][-1], **around}
    return variables


@dataclass(frozen=True, slots=True)
class Found:
    """What a view shows, or why it shows nothing."""

    status: int
    said: str = ""
    search: Mapping[str, Any] | None = None


class Views:
    """The two forms of a view; `answer` is the service's own."""

    def __init__(self, answer: Callable[[GraphQLRequest, Viewer], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def page(self, request: Request) -> Response:
        """A page to look at: a form with what was asked, a map, a list."""
        found = await self._found(request, PAGE_ROWS, counted=True)
        text = template()
        said = {} if found.status == 414 else _parameters(request)
        for name, html in _page_parts(said, found).items():
            text = text.replace(f"<!-- {name} -->", html)
        return HTMLResponse(text, found.status, HEADERS)

    async def geojson(self, request: Request) -> Response:
        """The listings as a FeatureCollection (RFC 7946); `next` is the URL of the next page."""
        found = await self._found(request, MAP_ROWS, counted=False)
        if found.search is None:
            errors = orjson.dumps({"errors": [{"message": found.said}]})
            return Response(errors, found.status, HEADERS, media_type="application/json")
        search = found.search
        shown = {"type": "FeatureCollection", "features": [feature(e) for e in search["edges"]]}
        if link := _next(_parameters(request), search):
            shown["next"] = f"views.geojson?{link}"
        return Response(orjson.dumps(shown), headers=HEADERS, media_type=GEOJSON)

    async def _found(self, request: Request, first: int, *, counted: bool) -> "Found":
        if len(request.scope["query_string"]) > ADDRESS_CHARACTERS.value:
            return Found(414, f"An address has at most {ADDRESS_CHARACTERS.value} characters.")
        try:
            variables = variables_of(_parameters(request), first)
            variables |= {"counted": counted, "placed": "near" in variables}
            asked = {"query": QUERY, "variables": variables}
            checked_request = checked(asked, safe=True, trace=trace_of(request.scope))
        except Refused as refused:
            return Found(refused.status, refused.message)
        except UserError as refusal:
            return Found(400, refusal.message)
        answer = await self._answer(checked_request, ANONYMOUS)
        body: dict[str, Any] = orjson.loads(answer.body)
        if "errors" not in body:
            search = body["data"]["search"]
            if "near" in variables and search["centre"] is None:
                return Found(404, NoSuchPlace(variables["near"]["place"][:SHOWN]).message)
            return Found(200, search=search)
        status = 400 if answer.kind == "request_error" else 503  # what was asked, or our trouble
        return Found(status, body["errors"][0]["message"])


def feature(edge: Mapping[str, Any]) -> dict[str, Any]:
    """A listing for a map: its point, and all else as properties."""
    node = dict(edge["node"])
    point, number = node.pop("location"), node.pop("id")
    properties = node | ({} if edge["distance"] is None else {"distance": edge["distance"]})
    return {"type": "Feature", "id": number, "geometry": point, "properties": properties}


def _parameters(request: Request) -> dict[str, list[str]]:
    """Those that a view knows, each value once: the page repeats them, and nothing else."""
    given = request.query_params
    return {
        name: list(dict.fromkeys(given.getlist(name)))[: VALUES.value]
        for name in (*FIELDS, "near", "within")
        if name in given
    }


def _next(parameters: Mapping[str, list[str]], search: Mapping[str, Any]) -> str | None:
    page = search["pageInfo"]
    if not page["hasNextPage"]:
        return None
    return urlencode({**parameters, "after": [page["endCursor"]]}, doseq=True)


def _page_parts(parameters: Mapping[str, list[str]], found: Found) -> dict[str, str]:
    """What stands in the places of view.html."""
    same = urlencode(parameters, doseq=True)
    parts = {"feed": escape(f"views.geojson?{same}"), "more": "", "map": "", "list": ""}
    for name in ("near", "within", "words", "open_on"):
        parts[name] = escape((parameters.get(name) or [""])[-1])
    kept = ((n, t) for n in ("area", "box", "inside", "order", "kind", "category")
            for t in parameters.get(n, ()))  # fmt: skip
    parts["kept"] = "".join(
        f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in kept
    )
    if instant := (parameters.get("open_at") or [""])[-1]:  # shown where it is asked for
        parts["kept"] += f'<label>Open at <input name="open_at" value="{escape(instant)}"></label>'
    search = found.search
    if search is None:
        return parts | {"said": escape(found.said)}
    count = search["totalCount"]
    parts["said"] = "Nothing here yet." if not count else f"{count} found."
    parts["list"] = "".join(_item(n, edge) for n, edge in enumerate(search["edges"], 1))
    parts["map"] = drawn([edge["node"] for edge in search["edges"]])
    if link := _next(parameters, search):
        parts["more"] = f'<a href="views?{escape(link)}">More</a>'
    return parts


def _item(number: int, edge: Mapping[str, Any]) -> str:
    node = edge["node"]
    facts = [node["category"].replace("_", " ").capitalize(), node["address"]]
    if edge["distance"] is not None:
        facts.append(f"{edge['distance'] / 1000:.1f} km away")
    if node["closesAt"]:
        last = civil_day(datetime.fromisoformat(node["closesAt"]) - timedelta(microseconds=1))
        facts.append(f"until {last.day} {last:%B %Y}")
    line = escape(" · ".join(fact for fact in facts if fact))
    summary = f"<p>{escape(node['summary'])}</p>" if node["summary"] else ""
    return f'<li id="l{number}"><h2>{escape(node["title"])}</h2><p>{line}</p>{summary}</li>'


def drawn(nodes: list[Mapping[str, Any]]) -> str:
    """Dots on a square, north up, each a link to its entry; shrunk east and west as it is there."""
    points = [
        (number, node["title"], *node["location"]["coordinates"])
        for number, node in enumerate(nodes, 1)
        if node["location"]
    ]
    if not points:
        return ""
    west, east = (pick(p[2] for p in points) for pick in (min, max))
    south, north = (pick(p[3] for p in points) for pick in (min, max))
    # 0.62 is the cosine of the latitude of these islands' middle: enough for a sketch
    span = max((east - west) * 0.62, north - south, 0.002)
    scale = (MAP_SIZE - 40) / span
    dots = []
    for number, title, x, y in points:
        left = MAP_SIZE / 2 + (x - (west + east) / 2) * 0.62 * scale
        top = MAP_SIZE / 2 - (y - (south + north) / 2) * scale
        dots.append(
            f'<a href="#l{number}"><circle cx="{left:.1f}" cy="{top:.1f}" r="7">'
            f"<title>{escape(title)}</title></circle></a>"
        )
    size = f"0 0 {MAP_SIZE} {MAP_SIZE}"
    return f'<svg viewBox="{size}" role="img" aria-label="Map">{"".join(dots)}</svg>'

"""Values for the arguments of generated questions: most find something, some do not."""

import json
from typing import Any, Final

from graphql import get_named_type, is_enum_type, is_input_object_type

from commonweal.graph.cursor import write_cursor
from commonweal.kernel.ids import write_id
from tests.conftest import TODAY
from tests.graph.town import ASSETS, AUDIT, FILES, LISTINGS, PLACES, ROWS, VALUES
from tests.graph.townspeople import GROUPS

OMITTED: Final = "omitted"
NULLS: Final = ("null", OMITTED)  # how a variable may be absent

POINTS: Final = [
    {"longitude": -2.0755, "latitude": 51.8994},
    {"longitude": -2.05, "latitude": 51.9},
    {"longitude": 179.9995, "latitude": -16.5},
    {"longitude": -180.0, "latitude": -16.5},
]
POLYGON: Final = {
    "type": "Polygon",
    "coordinates": [[[-2.2, 51.8], [-1.9, 51.8], [-2.0, 52.0], [-2.2, 51.8]]],
}
CURSORS: Final = {
    "search": [
        write_cursor("nearest", 0, LISTINGS + 21, 5),
        write_cursor("nearest", 6_357_984, LISTINGS + 9, 9),
        write_cursor("best_match", 1, 1, LISTINGS + 1),
        write_cursor("best_match", 1, 1, 6_357_984, LISTINGS + 1),
        write_cursor("newest", "2026-11-22T02:00:00+00:00", LISTINGS + 12),
    ],
    "areas": [write_cursor("COUNCIL", "Lower Vale", 1), write_cursor("WARD", "North", 3)],
    "assets": [write_cursor(ASSETS + n) for n in (1, 25, 58)],
    "places": [write_cursor(2, "gl50", "", PLACES), write_cursor(3, "newport", "Isles", 105)],
    "listings": [write_cursor("2026-11-22T02:00:00+00:00", LISTINGS + 12)],
    "values": [write_cursor(VALUES + n) for n in (0, 3, 40)],
    "rows": [write_cursor(ROWS + n) for n in (0, 10, 60)],
    "registers": [write_cursor(FILES + 1)],
    "proposals": [write_cursor(5), write_cursor("CHANGE", 5)],
    "openings": [write_cursor(5)],
    "holidays": [write_cursor("2026-04-06", 5)],
    "ledgerDays": [write_cursor("2026-11-21", 5)],
    "organisations": [write_cursor("Friends", GROUPS), write_cursor("Friends", GROUPS + 1)],
    "history": [write_cursor(1, AUDIT), write_cursor(2, AUDIT + 5)],
}
IDS: Final = {
    "bid": [write_id("bid", 1)],  # nobody in the town bids
    "case": [write_id("cas", 80_000), write_id("cas", 1)],
    "decision": [write_id("dec", 1)],  # the town has decided nothing
    "round": [write_id("rnd", 60_000), write_id("rnd", 1)],
    "area": [write_id("are", n) for n in (1, 2, 3, 4, 7)],
    "asset": [write_id("ast", ASSETS + n) for n in (0, 1, 3, 4, 24, 29, 58)],
    "listing": [write_id("lst", LISTINGS + n) for n in (0, 1, 3, 8, 12, 14, 20, 25)],
    "file": [write_id("fil", n) for n in (1, 2)],  # the town has none
    "register": [write_id("rgf", FILES + n) for n in (0, 1)],
    "place": [write_id("plc", PLACES + n) for n in (0, 2, 5)],
    "opportunity": [write_id("opp", 1)],  # the town has nothing to do
    "organisation": [write_id("org", GROUPS + n) for n in (0, 1, 2)],
    "pot": [write_id("pot", 1)],  # the town has no scheme of credits
    "scheme": [write_id("sch", 1)],
    "wallet": [write_id("wal", 1)],
    "ledgerAccount": [write_id("acc", 1)],  # the town has no value, and nobody who may see it
    "ledgerTransfer": [write_id("trf", 1)],
}
ANY_ID: Final = [i for some in IDS.values() for i in some] * 2 + [write_id("lst", 1), "nonsense"]
VALUES_OF: Final[dict[str, list[Any]]] = {
    "near": [
        *({**point, "withinMetres": metres} for point in POINTS for metres in (3_000.0, 40_000.0)),
        POINTS[0],
        {"place": "gl50 1dy"},
        {"place": "GL51 1AA", "withinMetres": 30_000.0},
        {"place": "Newport", "withinMetres": 900_000.0},
        {"place": "nowhere"},
    ],
    "from": POINTS,
    "at": POINTS,
    "area": [*IDS["area"], "are_0000000000099"],
    "council": IDS["area"][:3],
    "box": [
        {"west": -2.2, "south": 51.8, "east": -1.9, "north": 52.0},
        {"west": 179.0, "south": -17.0, "east": -179.0, "north": -16.0},
        {"west": -180.0, "south": -90.0, "east": 180.0, "north": 90.0},
    ],
    "inside": [POLYGON, {**POLYGON, "coordinates": [[[-3, 50], [0, 50], [0, 53], [-3, 50]]]}],
    "order": ["NEAREST", "BEST_MATCH", *["NEWEST", "CLOSING_SOON"] * 3],
    "words": ["summary", "shop su", "neuadd", "ofer", "plot river", "offer 7", "xyzzy", " "],
    "within": IDS["area"][:3],
    "name": ["nor", "South & R", "gogl", "lower vale", "", "&", "far"],
    "zoom": [0, 1, 2, 3, 3, 8],
    "since": ["2026-01-01", "2026-11-22", "0001-01-01"],
    "until": ["2026-12-31", "2026-11-22", "9999-12-31"],
    "on": ["2026-05-06", "2026-05-07", "2020-02-29", TODAY.date().isoformat()],
    "openOn": ["2026-11-23", "2026-11-29", "2020-02-29"],
    "openAt": ["2026-11-23T12:00:00Z", "2026-11-29T23:59:00+00:00"],
    "code": ["E05000911", "E05000912", "E07000900", "none"],
    "matching": ["gl5", "GL50 1DY", "newport", "st marys", "", "é"],
    "reference": ["ref/1", "REF/6", "none"],
    "declaredSurplus": [True, False],
    "states": [["HELD"], ["LISTED"], ["HELD", "LISTED"], []],
    "x": [-2.0755, -2.05, 179.9995],
}
VALUES_BY_FIELD: Final[dict[tuple[str, str], list[Any]]] = {
    ("node", "id"): ANY_ID,
    ("ledgerAccounts", "owner"): ["org_0000000000001", ""],
    ("ledgerAccounts", "unit"): ["minutes", "pence"],
    ("ledgerAccounts", "kind"): ["wallet", "pot"],
    ("ledgerTransfers", "journal"): [write_id("jnl", 1), "nonsense"],
    ("ledgerTransfers", "cause"): ["clm_1/mint", ""],
    **{(field, "id"): [*ids * 3, *ANY_ID[-2:]] for field, ids in IDS.items()},
    ("search", "kinds"): [["ASSET"], ["ASSET", "OFFER"], ["SHOP", "OPPORTUNITY"], []],
    ("search", "categories"): [["FOOD"], ["FOOD", "TOOLS", "PARK"], ["ALLOTMENT", "CAR_PARK"]],
    ("registers", "states"): [["IMPORTED"], ["READ", "FAILED"], []],
    ("proposals", "kinds"): [["CHANGE"], ["NEW", "SPLIT"], []],
    ("cases", "states"): [["LISTED"], ["BUSINESS_CASE", "ASSESSMENT"], []],
    ("proposals", "states"): [["OPEN"], ["ACCEPTED", "REFUSED"], []],
    ("organisations", "kinds"): [["COMMUNITY_GROUP"], ["BUSINESS", "SPONSOR"], []],
    ("organisations", "states"): [["UNVERIFIED"], ["VERIFIED", "DECLINED"], []],
    ("reports", "states"): [["OPEN"], ["UPHELD", "DISMISSED"], []],
    ("appeals", "states"): [["OPEN"], ["UPHELD", "DISMISSED"], []],
    ("values", "field"): ["name", "tenure", "nothing"],
    ("clusters", "categories"): [["FOOD", "TOOLS"], ["PARK"]],
    ("clusters", "kinds"): [["ASSET"], ["ASSET", "OFFER"], []],
    ("hours", "state"): ["SUBMITTED", "APPROVED"],
    ("expenses", "state"): ["SUBMITTED", "PAID"],
    ("applications", "state"): ["APPLIED", "ACCEPTED"],
    ("terms", "taxonomy"): ["CAUSE", "SKILL", "TIME"],
    ("shifts", "since"): ["2026-11-01T00:00:00+00:00", "2027-03-28T01:30:00+01:00"],
    ("shifts", "until"): ["2026-12-24T18:00:00+00:00", "2026-11-01T00:00:00+00:00"],
    ("areas", "kinds"): [["WARD"], ["COUNCIL", "PARISH"], []],
    ("places", "kinds"): [["POSTCODE"], ["TOWN", "VILLAGE"]],
    ("holidays", "jurisdiction"): ["ENGLAND", "SCOTLAND", "NORTHERN_IRELAND"],
    ("whatIf", "regime"): ["LA2011", "LA2011", "LA2011", "CE2015", "EDCE2026"],
    ("whatIf", "jurisdiction"): ["ENGLAND", "ENGLAND", "ENGLAND", "SCOTLAND"],
    ("whatIf", "events"): [
        [{"event": "DISPOSAL_NOTICE_RECEIVED", "on": "2026-11-23"}],
        [
            {"event": "NOMINATION_RECEIVED", "on": "2024-02-29"},
            {"event": "LISTED", "on": "2024-04-01"},
        ],
        [{"event": "DECISION_GIVEN", "on": "2026-11-23"}],
        [],
    ],
    ("volunteeredMinutes", "cause"): ["Environment", "none"],
    ("volunteers", "cause"): ["Environment", "none"],
    ("assets", "categories"): [["ALLOTMENT", "NOT_LAND"], ["PARK", "CEMETERY", "CAR_PARK"]],
}


def values_for(field: str, argument: str, lists: int) -> list[Any]:
    """Lists in lists are kept short: the executor asks a statement for every field of every row."""
    if argument == "first":
        return [1, 2, 2, 1, 0] if lists else [1, 2, 3, 5, 0]
    if argument == "after":
        own = CURSORS.get(field) or [write_cursor(5)]  # of most lists an id is all there is
        return [*own * 4, "nonsense", write_cursor("x")]
    return VALUES_BY_FIELD.get((field, argument)) or VALUES_OF[argument]


def literal(value: Any, type_: Any) -> str:
    """A value as GraphQL writes it; `$name` stays the variable that it is."""
    if isinstance(value, str) and value.startswith("$"):
        return value
    if isinstance(value, dict):
        named: Any = get_named_type(type_)
        fields = named.fields if is_input_object_type(named) else {}
        members = (
            f"{name}: {literal(inner, fields[name].type if name in fields else None)}"
            for name, inner in value.items()
        )
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(inner, type_) for inner in value) + "]"
    if type_ is not None and is_enum_type(get_named_type(type_)):
        return str(value)
    return json.dumps(value)

"""A register that goes out is read again as it was held, and runs nothing in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.assets.registers import Draft, Mapping, guess, interpret, read_register
from commonweal.assets.registers.layout import COLUMNS, READING
from commonweal.assets.registers.mapping import own
from commonweal.assets.registers.reading import Register, clean, unguarded
from commonweal.assets.registers.readings import READINGS, ReadingNotRead, read, written
from commonweal.assets.registers.splitting import Row
from commonweal.assets.registers.writing import (
    HEADERS,
    Entry,
    cells,
    grid_pair,
    guarded,
    iso6709,
    texts,
)
from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from commonweal.places.coordinates import GridSystem, from_grid, from_iso6709, read_pair

FIXTURES = Path(__file__).parents[3] / "fixtures"
EASTMERE = shapely.box(-2.08, 51.87, -2.02, 51.90)
HALL = Entry(
    name="Old Hall",
    tenure=Tenure.FREEHOLD,
    occupation=Occupation.VACANT,
    category=AssetCategory.COMMUNITY_BUILDING,
    declared_surplus=False,
    council="Eastmere Town Council (E04000998)",
    licence="Open Government Licence v3.0",
    attribution="Eastmere Town Council: register.csv",
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def entry(draft: Draft) -> Entry:
    """A draft as the asset that would be made of it."""
    held = {name: getattr(draft, name) for name in READINGS}
    said = {f.name: draft.values.get(f.name) for f in fields(Entry) if f.name not in held}
    whose = {name: getattr(HALL, name) for name in ("council", "licence", "attribution", "gone")}
    return Entry(**(held | said | whose | {"point": draft.point}))


def out(entries: Sequence[Entry], area: shapely.Polygon | None = EASTMERE) -> bytes:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([HEADERS, *(cells(texts(e, area)) for e in entries)])
    return table.getvalue().encode("utf-8-sig")


def back(raw: bytes, area: shapely.Polygon | None = EASTMERE) -> list[Entry]:
    register = read_register(raw)
    return [entry(draft) for draft in interpret(register, guess(register), area)]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("**/register*/*.csv")), ids=lambda p: p.stem)
def test_every_made_up_register_reads_back_to_the_last_value(path: Path) -> None:
    register = read_register(path.read_bytes())
    held = [entry(draft) for draft in interpret(register, guess(register), EASTMERE)]
    assert back(out(held)) == held


def test_the_real_register_reads_back_to_the_last_value(open_data: Path) -> None:
    register = read_register((open_data / "cheltenham_land_assets_2023.csv").read_bytes())
    held = [entry(draft) for draft in interpret(register, guess(register))]
    assert len(held) == 459
    assert back(out(held, None), None) == held


AWKWARD = [
    "=CMD()", "'=1+1", "''@x", "+44 1", "-", "-5", "'-5", "007", "&amp;", "&amp;amp;", "a,b", 'a"b',
    "a\nb", "'", "N/A", "Yes", "no", "Surplus", "not surplus", "Art", "Vacant", "Freehold",
    "Leasehold: vacant", "GL59 1AA", "Land", "Total", "Contains OS data", "\ufffd", "1,2", "ŵ",
    "\uff1d1", "Chattels", "396120", "221340", "sold", "0.5 ha", "&#61;x",
]  # fmt: skip
MAPPED = {
    "Ref": "reference", "UPRN": "uprn", "Name": "name", "Site": "name", "No": "street_number",
    "Street": "street", "Road": "street", "Town": "post_town", "Village": "locality",
    "Postcode": "postcode", "Address 1": "address", "Address 2": "address", "E": "easting",
    "N": "northing", "Where": "map_reference", "Tenure": "tenure", "Vacant": "tenure_detail",
    "Let": "tenure_detail", "Held as": "tenure_detail", "Type": "holding_type", "Kind": "",
    "Land only": "land_only", "Size (ha)": "area_hectares", "Notes": "description",
    "Surplus": "status", "State": "status", "ACV": "transfer_status", "Why": "reason_for_holding",
}  # fmt: skip
awkward = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
    st.lists(st.sampled_from(AWKWARD), min_size=2, max_size=3).map(" ".join),
)


@settings(QUICK, max_examples=300)
@given(st.lists(st.dictionaries(st.sampled_from(list(MAPPED)), awkward), min_size=1, max_size=4))
def test_whatever_was_read_out_of_any_cells_reads_back(rows: list[dict[str, str]]) -> None:
    headers = tuple(MAPPED)
    table = tuple(Row(n, tuple(map(r.get, headers, [""] * 99))) for n, r in enumerate(rows, 2))
    register = Register(headers, table, "utf-8", ",", 1, (), (), (), ())
    by_hand = guess(register).with_corrections(
        Mapping.parse(f"{header}={field}" for header, field in MAPPED.items())
    )
    held = [entry(draft) for draft in interpret(register, by_hand, EASTMERE)]
    assert back(out(held)) == held


@QUICK
@given(st.one_of(awkward, st.text(st.sampled_from("'=+-@x1. \t\n"), max_size=6)))
def test_no_cell_runs_in_a_spreadsheet_and_every_text_comes_back(text: str) -> None:
    cell = guarded(text)
    assert unguarded(clean(cell)) == clean(text)
    runs = cell[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
    assert not runs or not set(cell) - set("+-.0123456789/")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1-2", "'+1-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("- none", "'- none"),
        ("'=1", "''=1"),
        ("-2.08", "-2.08"),
        ("+51.9-002.08/", "+51.9-002.08/"),
        ("\t=1", "'=1"),
        ("'Twixt Hills", "'Twixt Hills"),
        ("0070", "0070"),
    ],
)
def test_a_formula_is_kept_from_running_by_an_apostrophe_and_a_figure_is_left(
    text: str, cell: str
) -> None:
    assert guarded(text) == cell


def test_the_columns_are_the_codes_in_its_order_and_are_known_again_by_name() -> None:
    assert HEADERS[:13] == (
        "Unique Property Reference Number",
        "Unique asset identity",
        "Name of the building/land or both",
        "Street number or numbers",
        "Street name",
        "Post town",
        "UK postcode",
        "Map reference (Ordnance Survey or ISO 6709)",
        "Freehold or lease",
        "For freehold assets",
        "For leasehold assets",
        "For other assets",
        "Land only or land with permanent building",
    )
    town = read_register((FIXTURES / "demo" / "register.csv").read_bytes())
    held = [entry(draft) for draft in interpret(town, guess(town))]
    more = "Of nothing"  # a column that somebody added: the layout is no longer ours to the letter
    lines = out(held, None).decode("utf-8-sig").splitlines(keepends=True)
    raw = "".join([f"{more},{lines[0]}", *(f",{line}" for line in lines[1:])]).encode()
    guessed = guess(read_register(raw))
    assert {h: guessed.field_of(h) for h in HEADERS} == COLUMNS
    assert guessed.field_of(more) is None


def test_the_layout_is_known_whatever_its_cells_look_like() -> None:
    odd = [replace(HALL, uprn=None, reference="100121234567", name=str(n)) for n in range(9)]
    register = read_register(out(odd))
    assert guess(register) == own()


def test_an_ordinary_row_says_nothing_twice_and_a_tick_is_said_once() -> None:
    assert texts(HALL)[READING] == ""
    assert texts(replace(HALL, declared_surplus=True))[READING] == '{"declared_surplus": true}'
    sold = replace(HALL, not_land_reason="Kind says Art", category=AssetCategory.NOT_LAND)
    assert back(out([sold])) == [sold]


@pytest.mark.parametrize(("tenure", "use"), list(product(Tenure, Occupation)))
def test_every_tenure_with_every_use_reads_back(tenure: Tenure, use: Occupation) -> None:
    held = replace(HALL, tenure=tenure, occupation=use, not_land_reason=None)
    said = texts(held)
    assert back(out([held])) == [held]
    if tenure in (Tenure.FREEHOLD, Tenure.LEASEHOLD):
        assert said[READING] == ""  # the Code's own columns say it
    detail = replace(held, tenure_detail="See the deed")
    assert back(out([detail])) == [detail]


def test_the_detail_stands_in_the_column_of_its_tenure() -> None:
    for tenure, column in (
        (Tenure.FREEHOLD, "For freehold assets"),
        (Tenure.LEASEHOLD, "For leasehold assets"),
        (Tenure.UNKNOWN, "For other assets"),
    ):
        said = texts(replace(HALL, tenure=tenure, tenure_detail="Vacant"))
        assert [h for h in HEADERS if h.startswith("For ") and said[h]] == [column]


@pytest.mark.parametrize(
    ("east", "north", "written_as"),
    [
        ("396120", "221340", "396120 221340"),
        ("396120.5", "221340", "396120.5 221340.0"),
        ("396120.123456", "221340.1", "396120.123456 221340.100000"),
    ],
)
def test_a_published_easting_goes_out_with_the_decimals_it_came_with(
    east: str, north: str, written_as: str
) -> None:
    located = read_pair(east, north, EASTMERE)
    assert located is not None
    assert grid_pair(located.point, located.system) == written_as


def test_an_irish_place_of_a_council_without_a_border_goes_out_in_degrees() -> None:
    """Its easting and northing would be read as British."""
    belfast = from_grid(333_900, 374_000, GridSystem.IRISH)
    held = replace(HALL, point=belfast, coordinate_system="IRISH")
    said = texts(held)
    assert said["Map reference (Ordnance Survey or ISO 6709)"].startswith("+54.")
    assert said[READING] == '{"coordinate_system": "IRISH"}'
    assert back(out([held], None), None) == [held]
    border = belfast.buffer(0.1)
    assert texts(held, border)["Map reference (Ordnance Survey or ISO 6709)"] == "333900 374000"


def test_a_thing_of_a_column_of_kinds_is_one_wherever_that_column_stands_now() -> None:
    """Read alone its row says so by itself; among prose, only by its last column."""
    mace = replace(
        HALL,
        status="Civic regalia",
        category=AssetCategory.NOT_LAND,
        not_land_reason="Status says Civic regalia",
    )
    prose = [replace(HALL, status=f"Seen to by the committee in {year}") for year in range(9)]
    assert back(out([*prose, mace])) == [*prose, mace]
    gallery = replace(HALL, status="Art")  # and there nobody took it for a kind
    assert back(out([gallery] * 3)) == [gallery] * 3


def test_short_eastings_are_written_in_full() -> None:
    kilda = from_grid(9_100, 899_500)
    assert grid_pair(kilda, "BRITISH") == "009100 899500"
    held = replace(HALL, point=kilda, coordinate_system="BRITISH")
    assert back(out([held], None), None) == [held]


@QUICK
@given(st.floats(-2.08, -2.02), st.floats(51.87, 51.9), st.sampled_from(["WGS84", "BRITISH", None]))
def test_any_point_reads_back_bit_for_bit(x: float, y: float, system: str | None) -> None:
    held = replace(HALL, point=shapely.Point(x, y), coordinate_system=system)
    assert back(out([held])) == [held]
    assert from_iso6709(iso6709(shapely.Point(x, y))) == shapely.Point(x, y)


def test_what_is_no_reading_is_a_problem_beside_the_row_and_the_columns_are_read() -> None:
    for text in (
        "yes", "[]", '{"point": 1}', '{"tenure": "MINE"}', '{"declared_surplus": 1}',
        '{"name": ""}', '{"area_square_metres": true}', '{"category": []}', "[" * 99_999,
        '{"name": "a\\u0000"}',
        '{"name": "\\ud800"}', '{"uprn": "12x"}', '{"postcode": "far too long"}', '{"uprn": {}}',
        '{"area_square_metres": 1.5}', '{"name": NaN}', '{"land_only": "no"}', '{"name": null}',
    ):  # fmt: skip
        with pytest.raises(ReadingNotRead):
            read(text)
        said = texts(HALL) | {READING: text}
        table = io.StringIO(newline="")
        csv.writer(table).writerows([HEADERS, cells(said)])
        register = read_register(table.getvalue().encode())
        [draft] = interpret(register, guess(register))
        assert entry(draft) == HALL
        assert [problem.code for problem in draft.problems] == ["READING_NOT_READ"]
    assert read(written({"land_only": None, "tenure": Tenure.OTHER})) == {
        "land_only": None,
        "tenure": Tenure.OTHER,
    }

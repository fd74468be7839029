"""Layouts of real registers that were misread once: art, ticks, decimal commas, Welsh, totals."""

import pytest

from commonweal.assets.registers import Draft, Level, guess, interpret, read_register
from commonweal.assets.registers.spelling import without_hints
from commonweal.assets.registers.wording import declares_surplus, says_gone, tenure_of
from commonweal.assets.rules import AssetCategory, Occupation, Tenure


def drafts(*lines: str) -> tuple[Draft, ...]:
    register = read_register("\n".join(lines).encode())
    return interpret(register, guess(register))


def fields_of(header: str, row: str) -> dict[str, str | None]:
    entries = guess(read_register(f"{header}\n{row}\n{row}".encode())).entries
    return {entry.header: entry.field for entry in entries}


@pytest.mark.parametrize(
    "header", ["Type of holding", "Asset type", "Holding", "Class", "Kind", "Kind of asset"]
)
def test_art_and_chattels_are_no_land_however_their_column_is_called(header: str) -> None:
    art, park, mace, piano = drafts(
        f"Ref,Name,{header}", "1,Portrait of a Lady,Art", "2,Park,Land",
        "3,Silver mace,Civic Regalia", "4,Piano,Chattel ",
    )  # fmt: skip
    assert [d.category for d in (art, mace, piano)] == [AssetCategory.NOT_LAND] * 3
    assert art.not_land_reason == "its holding type is Art"
    assert park.not_land_reason is None


@pytest.mark.parametrize("header", ["Grouping", "Sort", "Category", "Notes", "Land or building"])
def test_a_cell_of_a_column_of_kinds_that_says_art_is_enough_mapped_or_not(header: str) -> None:
    art, hall, park = drafts(
        f"Ref,Name,Asset type,{header},Easting,Northing",
        "1,Portrait of a Lady,Cultural,Art,394800,222400",
        "2,Arts Centre,Cultural,Building,394801,222401",
        "3,Gallery,Cultural,Art Gallery,394802,222402",
    )
    assert art.not_land_reason == f"{header} says Art"
    assert (hall.not_land_reason, park.not_land_reason) == (None, None)


def test_a_column_of_kinds_is_known_by_its_late_cells_too() -> None:
    rows = [f"{n},Hall {n}," for n in range(1, 400)]
    found = drafts("Ref,Name,Grouping", *rows, "400,Portrait,Art")
    assert found[-1].not_land_reason == "Grouping says Art"


@pytest.mark.parametrize(
    ("header", "cell"), [("Name", "Art"), ("Services", "Fleet"), ("Known as", "Art"), ("Odd", "x")]
)
def test_a_name_or_a_service_called_art_leaves_land_what_it_is(header: str, cell: str) -> None:
    rows = [f"{n},Hall {n},{cell},Offices,394800,222400" for n in (1, 2)]
    assert not any(
        draft.not_land_reason
        for draft in drafts(f"Ref,Property name,{header},Asset type,Easting,Northing", *rows)
    )


def test_a_column_of_prose_is_no_column_of_kinds() -> None:
    found = drafts("Ref,Name,Remark", "1,Hall,Art", "2,Hut,see the file", "3,Store,as agreed")
    assert not any(draft.not_land_reason for draft in found)


@pytest.mark.parametrize("tick", ["X", "Yes", "Y", "1", "TRUE"])
@pytest.mark.parametrize("between", [": ", " - ", " ", ":"])
def test_the_codes_tick_columns_say_tenure_and_occupation(tick: str, between: str) -> None:
    headers = [
        f"Freehold{between}vacant", f"Freehold{between}licence (Y/N)",
        f"Leasehold{between}occupied by LA",
        f"Freehold{between}occupied by the local authority", f"Freehold{between}leasehold",
    ]  # fmt: skip
    rows = [
        f"{n},Hall {n}," + ",".join(tick if place == n else "" for place in range(5))
        for n in range(5)
    ]
    found = drafts("Ref,Name," + ",".join(headers), *rows)
    assert [(draft.tenure, draft.occupation) for draft in found] == [
        (Tenure.FREEHOLD, Occupation.VACANT),
        (Tenure.FREEHOLD, Occupation.LICENCE),
        (Tenure.LEASEHOLD, Occupation.OCCUPIED_BY_COUNCIL),
        (Tenure.FREEHOLD, Occupation.OCCUPIED_BY_COUNCIL),
        (Tenure.FREEHOLD, Occupation.LEASEHOLD),
    ]


def test_tick_columns_stand_beside_a_plain_column_of_tenure() -> None:
    hall, field, hut = drafts(
        "Ref,Name,Freehold or lease,Freehold: vacant,Freehold: leasehold,Leasehold: vacant",
        "1,Hall,Freehold,No,Yes,", "2,Field,Leasehold,,,Y", "3,Hut,Freehold,No - let,,",
    )  # fmt: skip
    assert (hall.tenure, hall.occupation) == (Tenure.FREEHOLD, Occupation.LEASEHOLD)
    assert (field.tenure, field.occupation) == (Tenure.LEASEHOLD, Occupation.VACANT)
    assert (hut.tenure, hut.occupation) == (Tenure.FREEHOLD, Occupation.LEASEHOLD)


def test_a_plain_column_called_freehold_leasehold_is_still_the_tenure() -> None:
    for header in ("Freehold/Leasehold", "Freehold - Leasehold", "Freehold: Leasehold"):
        assert fields_of(f"Ref,Name,{header}", "1,Hall,Freehold")[header] == "tenure"
        assert fields_of(f"Ref,Name,{header}", "1,Hall,Y")[header] == "tenure_detail"


def test_ticks_of_both_tenures_are_another_interest() -> None:
    (draft,) = drafts("Ref,Name,Freehold: vacant,Leasehold: vacant", "1,Hall,Y,Y")
    assert (draft.tenure, draft.occupation) == (Tenure.OTHER, Occupation.VACANT)


@pytest.mark.parametrize(
    "header",
    ["Surplus (Y/N)", "Surplus?", "Surplus? [yes/no]", "Surplus (tick)", "Surplus (x)", "Surplus",
     "Surplus Y/N", "Surplus (tick if yes)", "Is it surplus?", "Dros ben (Y/N)"],
)  # fmt: skip
def test_a_hint_in_a_column_name_does_not_hide_what_is_ticked(header: str) -> None:
    cells = ["Y", "Yes", "TRUE", "1", "x", "Yes - Cabinet 2022", "N", "No", "", "No (let)", "0"]
    found = drafts(f"Ref,Name,{header}", *[f"{n},Hall {n},{cell}" for n, cell in enumerate(cells)])
    assert [draft.declared_surplus for draft in found] == [True] * 6 + [False] * 5


def test_a_vacancy_with_a_hint_in_its_column_name_is_ticked() -> None:
    empty, used = drafts("Ref,Name,Vacant (yes/no)", "1,Hall,1", "2,Hut,No")
    assert (empty.occupation, used.occupation) == (Occupation.VACANT, Occupation.UNKNOWN)


def test_what_is_no_hint_stays_in_a_column_name() -> None:
    assert without_hints("Area (ha)") == "Area (ha)"
    assert without_hints("Listed as ACV (Yes / No)?") == "Listed as ACV"
    assert without_hints("(Y/N)") == "(Y/N)"


@pytest.mark.parametrize("said", ["but sold 2021", "- disposed of May 2020", "(SOLD)"])
def test_what_is_surplus_but_sold_is_not_surplus_and_a_problem_says_so(said: str) -> None:
    (draft,) = drafts("Ref,Name,Surplus (Y/N)", f"1,Hall,Declared surplus {said}")
    assert not draft.declared_surplus
    (problem,) = draft.problems
    assert (problem.code, problem.level) == ("SURPLUS_BUT_GONE", Level.NOTE)
    assert said in problem.message
    (sold,) = drafts("Ref,Name,Holding type,Status", "1,Hall,Declared surplus,Sold")
    assert not sold.declared_surplus


@pytest.mark.parametrize(
    "text", ["Surplus, to be sold", "Surplus: not yet disposed of", "Surplus, part sold", "Surplus"]
)
def test_what_is_still_to_be_sold_is_surplus(text: str) -> None:
    assert not says_gone(text)
    (draft,) = drafts("Ref,Name,Status", f'1,Hall,"{text}"')
    assert (draft.declared_surplus, draft.problems) == (True, ())


@pytest.mark.parametrize(
    ("note", "is_surplus"),
    [
        ("Declared surplus 2023", True),
        ("Closed in 2019 and now surplus to requirements", True),
        ("Surplus", True),
        ("Beside the army surplus store", False),
        ("Not declared surplus", False),
        ("May be declared surplus", False),
        ("Surplus store to rear", False),
    ],
)
def test_a_note_says_surplus_only_where_it_says_it_of_this(note: str, is_surplus: bool) -> None:
    (draft,) = drafts("Ref,Name,Remarks", f"1,Hall,{note}")
    assert draft.declared_surplus is is_surplus


def test_a_decimal_comma_is_read_and_noted_where_the_comma_divides_no_cells() -> None:
    lines = [
        "Ref;Name;Easting;Northing;Area (ha);Street number",
        "1;Pool;394800,50;222400;1,2345;1,3",
        "2;Park;394801;222401,25;0,0345;5",
    ]
    register = read_register("\n".join(lines).encode())
    pool, park = interpret(register, guess(register))
    assert (pool.area_square_metres, park.area_square_metres) == (12_345, 345)
    assert pool.point is not None
    assert pool.point.x == pytest.approx(-2.07697507)
    assert (pool.values["easting"], pool.address) == ("394800,50", "1,3")
    note = "the comma in the figures of Easting, Northing, Area (ha) is a decimal point"
    assert note in register.notes


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_comma_that_may_divide_thousands_does(delimiter: str) -> None:
    lines = ["Ref;Name;Easting;Northing;Sqm", "1;Pool;394,800;222,400;1,250", "2;Hut;;;900"]
    register = read_register("\n".join(lines).replace(";", delimiter).encode())
    pool, _ = interpret(register, guess(register))
    assert register.decimal_commas == frozenset()
    assert pool.area_square_metres == 1_250
    assert pool.point is not None


def test_a_comma_in_a_quoted_cell_of_a_comma_file_is_no_decimal_point() -> None:
    register = read_register(b'Ref,Name,Area (ha)\n1,Pool,"1,2345"\n2,Hut,"0,03"')
    assert register.decimal_commas == frozenset()


def test_a_welsh_register_is_read() -> None:
    hall, park, house = drafts(
        "Cyfeirnod,Enw'r Eiddo,Deiliadaeth,Statws,Defnydd",
        "1,Neuadd y Dref,Rhydd-ddaliad,Dros ben,Neuadd",
        "2,Parc y Llyn,Prydles,Nid yw dros ben,Parc",
        "3,Tŷ Gwyn,Rhydd ddaliadol,Gwag,Tŷ",
    )
    assert [d.tenure for d in (hall, park, house)] == [
        Tenure.FREEHOLD, Tenure.LEASEHOLD, Tenure.FREEHOLD,
    ]  # fmt: skip
    assert [d.declared_surplus for d in (hall, park, house)] == [True, False, False]
    assert (hall.category, park.category) == (AssetCategory.COMMUNITY_BUILDING, AssetCategory.PARK)
    assert house.occupation is Occupation.VACANT
    assert declares_surplus("Yn dros ben i ofynion")
    assert tenure_of("Ar brydles") is Tenure.LEASEHOLD


@pytest.mark.parametrize("word", ["Sub-total", "Subtotal", "SUB TOTAL", "sub-totals"])
def test_a_sub_total_above_a_grand_total_is_no_asset(word: str) -> None:
    lines = ["Ward,Property,Type,Tenure", "North,Hall A,Building,F", ",Hall B,Land,L",
             f"{word},2,,", "GRAND TOTAL,2,,"]  # fmt: skip
    register = read_register("\n".join(lines).encode())
    assert [row.number for row in register.footer] == [4, 5]
    assert len(register.rows) == 2


@pytest.mark.parametrize(
    ("west", "north", "fields"),
    [
        ("X_WGS", "Y_WGS", ("longitude", "latitude")),
        ("lon_wgs84", "lat_wgs84", ("longitude", "latitude")),
        ("GeoPointLong", "GeoPointLat", ("longitude", "latitude")),
        ("X_BNG", "Y_BNG", ("easting", "northing")),
        ("easting_osgb", "northing_osgb", ("easting", "northing")),
        ("OSGB36 X", "OSGB36 Y", ("easting", "northing")),
    ],
)
def test_coordinates_are_known_by_a_name_with_its_system(
    west: str, north: str, fields: tuple[str, str]
) -> None:
    cells = "-2.07,51.9" if fields[0] == "longitude" else "394800,222400"
    found = fields_of(f"Ref,{west},Name,{north}", f"1,{cells.replace(',', ',Hall,')}")
    assert (found[west], found[north]) == fields


def test_not_known_in_short_is_unknown() -> None:
    assert tenure_of("n/k") is Tenure.UNKNOWN


@pytest.mark.parametrize("header", ["BusinessName", "Business Name", "Site", "Premises"])
def test_a_business_name_is_a_name(header: str) -> None:
    assert fields_of(f"Ref,{header}", "1,Hall")[header] == "name"

"""What each made-up register must be read as; fixtures/registers/README.md says what ails it."""

import pytest

from commonweal.assets.registers import guess, read_register
from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from tests.assets.registers.conftest import REGISTERS, Drafts, Published

TWELVE = [f"EM{number:03}" for number in range(1, 13)]
NAMES = {
    "EM001": "Eastmere Town Hall",
    "EM002": "Old Library",
    "EM004": "Long Meadow Allotments",
    "EM012": "Nether Eastmere Village Hall",
}


def test_every_register_is_described_and_read_here(published: Published) -> None:
    files = {path.stem for path in REGISTERS.glob("*.csv")}
    described = (REGISTERS / "README.md").read_text(encoding="utf-8")
    here = (REGISTERS.parents[1] / "tests/assets/registers/test_defects.py").read_text("utf-8")
    for name in files:
        assert f"`{name}.csv`" in described
        assert f'"{name}"' in here
        assert read_register(published(name)).rows


@pytest.mark.parametrize(
    "name",
    ["plain", "cp1252", "utf16_tabs", "mac_line_ends", "line_ends_in_cells", "titles_and_totals",
     "split_header", "semicolons", "ragged_pipes", "stray_quotes", "map_references", "ticks",
     "scotland", "wales"],
)  # fmt: skip
def test_all_twelve_assets_come_out_of_whatever_the_file_is(name: str, drafts: Drafts) -> None:
    assert list(drafts(name)) == TWELVE


@pytest.mark.parametrize(
    "name", ["plain", "cp1252", "mac_line_ends", "titles_and_totals", "split_header", "semicolons"]
)
def test_names_postcodes_and_tenures_survive(name: str, drafts: Drafts) -> None:
    found = drafts(name)
    assert {reference: found[reference].name for reference in NAMES} == NAMES
    assert found["EM010"].postcode == "GL59 5FG"
    leased = [reference for reference in TWELVE if found[reference].tenure is Tenure.LEASEHOLD]
    assert leased == ["EM007", "EM012"]
    assert not any(draft.problems for draft in found.values())


def test_the_codes_own_words_need_no_help(published: Published, drafts: Drafts) -> None:
    register = read_register(published("plain"))
    assert register.notes == ()
    assert guess(register).unmapped == ()
    allotments = drafts("plain")["EM004"]
    assert allotments.address == "Long Meadow Road, Eastmere, GL59 2BE"
    assert (allotments.land_only, allotments.area_square_metres) == (True, 18_500)
    assert (allotments.occupation, allotments.category) == (
        Occupation.LICENCE,
        AssetCategory.ALLOTMENT,
    )


def test_the_lgas_layout_with_columns_twice(published: Published, drafts: Drafts) -> None:
    register = read_register(published("repeated_headers_bom"))
    assert register.encoding == "utf-8"
    assert register.headers[:4] == (
        "Organisation",
        "OrganisationLabel",
        "Organisation (2)",
        "OrganisationLabel (2)",
    )
    found = drafts("repeated_headers_bom")
    hall = found["09/00003/Land and Building"]
    assert (hall.tenure, hall.postcode) == (Tenure.FREEHOLD, "GL59 2BD")
    assert hall.raw["PostCode"] == "GL59 2BD\n"
    assert found["09/00001/Land and Building"].uprn == "100990000011"  # a leading zero
    unplaced = [reference for reference, draft in found.items() if draft.point is None]
    assert unplaced == ["09/00006/Land and Building"]


def test_windows_bytes_are_all_kept(published: Published, drafts: Drafts) -> None:
    assert "decoded as cp1252" in read_register(published("cp1252")).notes
    found = drafts("cp1252")
    assert found["EM002"].values["description"] == "Roof repairs \u2013 £12,500"
    assert found["EM009"].values["description"] == "Hole: \x81 here"
    assert found["EM010"].name == "St Bride\u2019s Burial Ground"


def test_excels_unicode_text(published: Published, drafts: Drafts) -> None:
    register = read_register(published("utf16_tabs"))
    assert (register.encoding, register.delimiter) == ("utf-16", "\t")
    assert drafts("utf16_tabs")["EM001"].values["ward"] == "Tŷ Gwyn"


def test_an_old_macs_text(published: Published, drafts: Drafts) -> None:
    assert read_register(published("mac_line_ends")).encoding == "mac_roman"
    found = drafts("mac_line_ends")
    assert found["EM010"].name == "St Bride\u2019s Burial Ground"
    assert found["EM004"].raw["Remarks"] == "two lines\nin one cell"


def test_line_ends_in_cells_do_not_end_rows(published: Published, drafts: Drafts) -> None:
    register = read_register(published("line_ends_in_cells"))
    assert register.blank_rows == (14, 15, 16)
    found = drafts("line_ends_in_cells")
    assert found["EM001"].address == "Eastmere Town Hall Market Street Eastmere GL59 1AA"
    assert found["EM002"].address == "Old Library, Church Walk Eastmere GL59 1AB"
    assert "\r" in found["EM001"].raw["Site Address"]
    assert all(draft.point and draft.postcode for draft in found.values())


def test_titles_and_totals_are_no_assets(published: Published) -> None:
    register = read_register(published("titles_and_totals"))
    assert register.header_row == 5
    assert [row.number for row in register.preamble] == [1, 2, 3]
    assert [row.number for row in register.footer] == [20, 21]
    assert register.blank_rows == (4, 12, 19, 22, 23)


def test_names_over_two_rows_are_understood(drafts: Drafts) -> None:
    library = drafts("split_header")["EM002"]
    assert library.address == "14 Church Walk, Eastmere, GL59 1AB"
    assert (library.area_square_metres, library.coordinate_system) == (1_200, "BRITISH")


def test_rows_of_any_length_keep_all_their_cells(published: Published, drafts: Drafts) -> None:
    register = read_register(published("ragged_pipes"))
    assert register.headers[6:] == ("column 7", "column 8", "column 9", "column 10")
    assert len(register.notes) == 4  # pipes; one long row, one short, one longer
    found = drafts("ragged_pipes")
    assert found["EM003"].raw["column 7"] == "held for the people of the parish"
    assert found["EM008"].raw["column 10"] == "cells"
    assert (found["EM005"].postcode, found["EM005"].holding_type) == (None, None)


def test_duplicates_are_kept_and_told(published: Published, drafts: Drafts) -> None:
    register = read_register(published("duplicates"))
    assert "row 10 repeating the column names skipped" in register.notes
    assert len(register.rows) == 15  # twelve, the same again, a reference again, a heading
    found = drafts("duplicates")
    told = {draft.row_number: [p.code for p in draft.problems] for draft in found.values()}
    assert told[8] == ["DUPLICATE_ROW"]
    assert told[9] == ["REPEATED_REFERENCE"]
    assert told[17] == ["ONLY_A_NAME"]
    assert found["EM001"].address == "1 Market Street, Eastmere, Gloucestershire, GL59 1AA"
    assert len({found[reference].uprn for reference in TWELVE[6:]}) == 1  # one UPRN, six assets


def test_stray_marks_swallow_nothing(drafts: Drafts) -> None:
    found = drafts("stray_quotes")
    assert found["EM002"].name == '"The Old Library'
    assert found["EM004"].name == '"Long Meadow" Allotments'
    assert found["EM006"].name == 'Pavilion 12" drain'
    assert found["EM008"].name == 'Toilets "Quay Street"'
    assert found["EM009"].name == "Depot, Harbour"


def test_each_bad_pair_of_coordinates_is_named(drafts: Drafts) -> None:
    found = drafts("coordinates")
    told = {reference: [p.code for p in draft.problems] for reference, draft in found.items()}
    assert {reference: codes[0] for reference, codes in told.items() if codes} == {
        "C08": "LOOKS_SWAPPED",
        "C09": "LOOKS_SWAPPED",
        "C10": "OUTSIDE_AREA",
        "C11": "ONE_COORDINATE_MISSING",
        "C12": "NO_PLACE_AT_ZERO",
        "C13": "OUTSIDE_AREA",
        "C14": "MIXED_SYSTEMS",
        "C15": "NOT_A_COORDINATE",
        "C16": "OUTSIDE_AREA",
    }
    placed = [reference for reference, draft in found.items() if draft.point]
    assert placed == ["C01", "C02", "C03", "C04", "C05"]
    assert found["C10"].problems[0].likely_fix == "give the longitude its minus sign"
    assert found["C05"].coordinate_system == "WGS84"


def test_map_references_of_every_form_are_placed(drafts: Drafts) -> None:
    found = drafts("map_references")
    assert [reference for reference in TWELVE if not found[reference].point] == TWELVE[9:]
    assert [bool(found[reference].problems) for reference in TWELVE[9:]] == [False, False, True]


def test_ticks_are_understood(drafts: Drafts) -> None:
    found = drafts("ticks")
    tenures = [found[reference].tenure for reference in TWELVE]
    assert tenures == [
        *[Tenure.FREEHOLD] * 6,
        Tenure.LEASEHOLD,
        *[Tenure.FREEHOLD] * 3,
        Tenure.OTHER,  # both are ticked
        Tenure.LEASEHOLD,
    ]
    assert found["EM012"].occupation is Occupation.SUB_LEASEHOLD  # "Sub-let" under Leasehold
    vacant = [r for r in TWELVE if found[r].occupation is Occupation.VACANT]
    surplus = [r for r in TWELVE if found[r].declared_surplus]
    assert vacant == surplus == ["EM002", "EM008"]
    assert [r for r in TWELVE if found[r].land_only] == ["EM004", "EM005", "EM007", "EM010"]


def test_words_are_read_through_typos_and_negations(drafts: Drafts) -> None:
    found = drafts("words")
    assert [r for r, d in found.items() if d.not_land_reason] == ["W06", "W07", "W12", "W13"]
    assert [r for r, d in found.items() if d.declared_surplus] == ["W08", "W10"]
    assert {r: d.tenure for r, d in found.items()} == {
        "W01": Tenure.FREEHOLD,
        "W02": Tenure.FREEHOLD,
        "W03": Tenure.LEASEHOLD,
        "W04": Tenure.FREEHOLD,
        "W05": Tenure.LEASEHOLD,
        "W06": Tenure.NOT_LAND,
        "W07": Tenure.FREEHOLD,
        "W08": Tenure.FREEHOLD,
        "W09": Tenure.OTHER,
        "W10": Tenure.OTHER,
        "W11": Tenure.OTHER,
        "W12": Tenure.UNKNOWN,
        "W13": Tenure.FREEHOLD,
        "W14": Tenure.FREEHOLD,
    }
    assert [d.occupation for d in found.values()][:5] == [
        Occupation.LEASEHOLD,
        Occupation.GROUND_LEASEHOLD,
        Occupation.SUB_LEASEHOLD,
        Occupation.LICENCE,
        Occupation.VACANT,
    ]
    assert found["W14"].category is AssetCategory.SPORT  # by its name, and not by Park Road


def test_figures_are_read_or_refused_one_by_one(published: Published, drafts: Drafts) -> None:
    register = read_register(published("figures"))
    assert "64 padding characters at the end left out" in register.notes
    assert "row 4: a character that cannot be kept became \ufffd" in register.notes
    found = drafts("figures")
    assert {r: d.uprn for r, d in found.items() if d.uprn} == {
        "U01": "10012805653",
        "U02": "10012805654",
        "U03": "100990000011",
        "U04": "100990000012",
        "U05": "100990000013",
        "U06": "100990000014",
        "U14": "10001145206",
    }
    assert {r: d.area_square_metres for r, d in found.items() if d.area_square_metres} == {
        "U01": 5_000,
        "U02": 1_250,
        "U03": 8_094,
        "U06": 32_000,
        "U10": 450,
        "U11": 93,
        "U12": 50_000,
    }
    assert {r: d.postcode for r, d in found.items() if d.postcode} == {
        "U01": "GL59 1AA",
        "U02": "GL59 1AB",
        "U03": "GL59",
        "U04": "GL59 2",
        "U05": "GL59 1AA",
        "U10": "GL59 1AA",
        "U12": "GL59 3DA",
        "U13": "GL59 3DB",
        "U14": "GL59 4EE",
    }
    told = {r: {p.code for p in d.problems} for r, d in found.items() if d.problems}
    assert told == {
        "U03": {"CHARACTER_LOST"},
        "U05": {"POSTCODE_NOT_ALONE"},
        "U08": {"AREA_NOT_READ"},
        "U09": {"AREA_NOT_READ"},
        "U10": {"UPRN_ROUNDED"},
        "U11": {"UPRN_NOT_READ", "POSTCODE_NOT_READ"},
        "U12": {"UPRN_NOT_READ"},
        "U13": {"UPRN_NOT_READ", "AREA_NOT_READ"},
    }
    assert found["U01"].name == "St Andrew's Hall & Gardens"


def test_scotlands_owned_and_leased(drafts: Drafts) -> None:
    found = drafts("scotland")
    assert found["EM001"].tenure is Tenure.FREEHOLD  # Owned
    assert found["EM002"].tenure is Tenure.LEASEHOLD  # Leased-in
    assert found["EM003"].tenure is Tenure.OTHER  # Leased out says nothing of the council's own
    assert found["EM003"].occupation is Occupation.LEASEHOLD
    assert [r for r in TWELVE if found[r].declared_surplus] == ["EM003", "EM006", "EM009", "EM012"]
    assert found["EM003"].uprn == "99123990013"


def test_wales_in_two_languages(published: Published, drafts: Drafts) -> None:
    assert guess(read_register(published("wales"))).unmapped == ()
    found = drafts("wales")
    assert (found["EM001"].name, found["EM001"].tenure) == ("Neuadd y Dref", Tenure.FREEHOLD)
    assert found["EM007"].tenure is Tenure.LEASEHOLD
    assert all(draft.point for draft in found.values())

"""Bytes to a table: finding the header, naming columns, setting aside what is no asset, notes."""

import contextlib
import csv
import io
import time

import pytest

from commonweal.assets.registers.reading import (
    MAX_REGISTER_BYTES,
    Register,
    check_size,
    clean,
    listed,
    read_register,
)
from commonweal.assets.registers.refusals import (
    NoHeaderFound,
    OneColumnOnly,
    RegisterIsEmpty,
    RegisterTooLarge,
)
from commonweal.kernel.errors import UserError

HEADER = "UPRN,Site Name,Address,Postcode,Tenure"
ROW = "100990000011,Old Hall,1 Mill Lane,GL59 1AA,Freehold"


def read(*lines: str) -> Register:
    return read_register("\n".join(lines).encode())


def test_clean_collapses_blanks_of_every_kind_and_unescapes_nothing() -> None:
    assert clean("  Old\u00a0\u00a0Hall,\r\n\tMill Lane\ufeff &amp; more ") == (
        "Old Hall, Mill Lane &amp; more"
    )


def test_cells_are_kept_as_published() -> None:
    register = read(HEADER, "1, Old\u00a0Hall ,\t1 Mill Lane,GL59 1AA,Freehold")
    assert register.rows[0].cells[1:3] == (" Old\u00a0Hall ", "\t1 Mill Lane")


def test_row_numbers_are_a_spreadsheets() -> None:
    register = read("A title", "", HEADER, '1,"Old\nHall",x,GL59 1AA,F', "2,New Hall,y,,F")
    assert register.header_row == 3
    assert [row.number for row in register.rows] == [4, 5]


def test_titles_above_the_header_are_kept_as_a_preamble() -> None:
    register = read("Land and property assets", "Freehold and leasehold, 2024", HEADER, ROW)
    assert [row.number for row in register.preamble] == [1, 2]
    assert "rows 1, 2 above the column names kept as a preamble" in register.notes


def test_column_names_over_two_rows_are_put_together() -> None:
    register = read(
        "Unique Property,Name of,Post,Map reference,",
        "Reference Number,Building/Land,code,Easting,Northing",
        "100990000011,Old Hall,GL59 1AA,396120,221340",
    )
    assert register.headers == (
        "Unique Property Reference Number",
        "Name of Building/Land",
        "Post code",
        "Map reference Easting",
        "Northing",
    )
    assert "the column names are put together from rows 1, 2" in register.notes


def test_the_first_asset_is_never_taken_for_a_second_row_of_names() -> None:
    register = read("Ref,Name,,Tenure", "A,Old Hall,Site,Freehold", "B,New Hall,Site,Freehold")
    assert register.header_row == 1
    assert len(register.rows) == 2


def test_repeated_names_are_numbered_and_missing_ones_given() -> None:
    register = read("UPRN,Address,address,,Address", "1,a,b,c,d")
    assert register.headers == ("UPRN", "Address", "address (2)", "column 4", "Address (3)")


def test_empty_trailing_columns_are_no_columns() -> None:
    assert read(f"{HEADER},,,", f"{ROW},,,").headers == tuple(HEADER.split(","))


def test_a_row_with_more_cells_keeps_them_under_a_made_up_name() -> None:
    register = read(HEADER, ROW, f"{ROW},extra")
    assert register.headers[-1] == "column 6"
    assert register.rows[1].cells[-1] == "extra"
    assert (
        "row 3 has 6 cells where the header has 5: the extra are kept as column 6" in register.notes
    )


def test_a_row_with_fewer_cells_is_filled_with_blanks() -> None:
    register = read(HEADER, ROW, "2,New Hall")
    assert register.rows[1].cells == ("2", "New Hall", "", "", "")
    assert "row 3 has 2 cells where the header has 5: the missing are taken as blank" in (
        register.notes
    )


def test_blank_rows_are_skipped_and_named() -> None:
    register = read(HEADER, ROW, ",,,,", "")
    assert register.blank_rows == (3,)
    assert "1 blank row skipped (row 3)" in register.notes


def test_a_total_below_the_table_is_set_aside_and_kept() -> None:
    register = read(HEADER, ROW, ",,,Total,1", ',,,"£8,901",', "Source: the council,,,,")
    assert len(register.rows) == 1
    assert [row.number for row in register.footer] == [3, 4, 5]


@pytest.mark.parametrize(
    "last",
    [
        "2,Total Fitness,3 Mill Lane,GL59 1AB,Freehold",
        "2,County Hall,,,",
        "3,Note,,,x",
        "100990000012,,,,",
    ],
)
def test_an_asset_at_the_end_is_no_total(last: str) -> None:
    assert len(read(HEADER, ROW, last).rows) == 2


def test_the_header_again_in_mid_table_is_no_asset() -> None:
    register = read(HEADER, ROW, HEADER, ROW)
    assert len(register.rows) == 2
    assert "row 3 repeating the column names skipped" in register.notes


def test_characters_that_no_database_takes_are_replaced_and_their_rows_noted() -> None:
    register = read_register(f"{HEADER}\n{ROW}\n2,New\0Hall,,,\n".encode())
    assert register.rows[1].cells[1] == "New\ufffdHall"
    assert "row 3: a character that cannot be kept became \ufffd" in register.notes


def test_excels_own_hint_of_the_delimiter_is_believed() -> None:
    register = read("sep=;", "Old, Ref;Short, Name", "1, 2;Hall, Mill Lane")
    assert register.delimiter == ";"
    assert register.headers == ("Old, Ref", "Short, Name")


def test_rows_quoted_as_wholes_are_divided_again() -> None:
    register = read('"UPRN,Site Name,Tenure"', '"1,""Hall, Mill Lane"",Freehold"', '"2,Barn,"')
    assert register.headers == ("UPRN", "Site Name", "Tenure")
    assert register.rows[0].cells == ("1", "Hall, Mill Lane", "Freehold")
    assert register.rows[1].number == 3
    assert "every row was quoted as a whole, and has been divided again" in register.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_among_cells_full_of_the_others(delimiter: str) -> None:
    others = "".join(set(",;\t|") - {delimiter})
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=delimiter)
    writer.writerows([["UPRN", "Address"], *[[str(n), f"a{others}b{others}"] for n in range(9)]])
    register = read_register(table.getvalue().encode())
    assert register.delimiter == delimiter
    assert register.headers == ("UPRN", "Address")


def test_unknown_column_names_are_read_where_data_stands_below_them() -> None:
    register = read("Kolonne,Verdi", "a,1", "b,2")
    assert register.headers == ("Kolonne", "Verdi")
    assert "none of the column names in row 1 is a known one" in register.notes


@pytest.mark.parametrize(
    "lines", [("1,2,3", "4,5,6"), ("Dear all, please find", "attached, our list")]
)
def test_a_table_without_names_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(NoHeaderFound) as refusal:
        read(*lines)
    assert clean(lines[0].split(",")[0]) in refusal.value.message


def test_a_register_without_its_header_is_refused_and_not_read_from_its_first_asset() -> None:
    with pytest.raises(NoHeaderFound):
        read(*[f"Eastmere Council,{n},Hall {n},39612{n},221340,Freehold" for n in range(5)])


def test_values_that_could_be_names_of_columns_are_not_taken_for_a_header() -> None:
    with pytest.raises(NoHeaderFound):
        read(*[f"Freehold,Vacant,{kind}" for kind in ("Hall", "Barn", "Yard", "Mill", "Quay")])


def test_a_single_column_is_refused_naming_what_was_tried() -> None:
    with pytest.raises(OneColumnOnly) as refusal:
        read("Name", "Old Hall", "New Hall")
    assert "comma, tab, semicolon, pipe" in refusal.value.message


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(RegisterIsEmpty):
        read_register(b"")


def test_a_header_alone_is_a_register_without_assets() -> None:
    register = read(HEADER)
    assert register.rows == ()
    assert "there are no rows below the column names" in register.notes


def test_the_size_is_refused_before_anything_is_read() -> None:
    check_size(MAX_REGISTER_BYTES.value)
    with pytest.raises(RegisterTooLarge):
        check_size(MAX_REGISTER_BYTES.value + 1)
    huge = b"x" * (MAX_REGISTER_BYTES.value + 1)
    started = time.thread_time()
    with pytest.raises(RegisterTooLarge):
        read_register(huge)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    "raw",
    [
        b'"' * 1_000_000,
        b"UPRN,Name" + b"\r" * 100_000 + b"\n",
        b"UPRN,Name\n" + b'1,"a""b\n' * 30_000,
    ],
    ids=["marks", "returns", "unclosed"],
)
def test_hostile_text_is_dealt_with_in_linear_time(raw: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(UserError):
        read_register(raw)
    assert time.process_time() - started < 5


def test_row_numbers_are_listed_for_people() -> None:
    assert listed([17]) == "row 17"
    assert listed([461, 462]) == "rows 461, 462"
    assert listed([3, 5, 6, 7, 8]) == "rows 3, 5 to 8"
    assert listed(range(1, 99, 2)).endswith("21, 23 and others")

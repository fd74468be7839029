"""Text to rows: delimiters, row ends, quotation marks, and the limits on all of them."""

import pytest

from commonweal.assets.registers.refusals import TooManyRegisterColumns, TooManyRegisterRows
from commonweal.assets.registers.splitting import (
    MAX_BLANK_ROWS,
    MAX_CELLS_IN_ROW,
    MAX_REGISTER_COLUMNS,
    MAX_REGISTER_ROWS,
    divide,
    records,
)


def rows(text: str, delimiter: str = ",") -> list[tuple[str, ...]]:
    return [row.cells for row in divide(text, delimiter).rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_habit_of_ending_rows_gives_the_same_rows(end: str) -> None:
    assert rows(end.join(["a,b", "c,d", ""])) == [("a", "b"), ("c", "d")]


def test_a_bare_return_within_a_row_is_text() -> None:
    assert rows("a,b,c\r\nd,e\rf,g\r\n") == [("a", "b", "c"), ("d", "e\rf", "g")]


def test_a_bare_newline_among_windows_rows_is_text() -> None:
    assert rows("a,b,c\r\nd,e\nf,g\r\nh,i,j\r\n")[1] == ("d", "e\nf", "g")


def test_two_files_joined_with_different_row_ends_keep_all_their_rows() -> None:
    assert len(rows("a,b,c\r\nd,e,f\r\ng,h,i\nj,k,l\n")) == 4


def test_line_ends_and_delimiters_within_quotes_are_text() -> None:
    assert rows('a,"b,\r\nc","d\ne"\n') == [("a", "b,\r\nc", "d\ne")]


def test_doubled_marks_within_quotes_are_one() -> None:
    assert rows('a,"the ""Old"" Hall"\n') == [("a", 'the "Old" Hall')]


def test_blanks_around_a_quoted_cell_do_not_undo_its_quotes() -> None:
    assert rows('a, "b, c" ,d\n') == [("a", "b, c", "d")]


def test_an_unclosed_mark_does_not_swallow_the_rows_after_it() -> None:
    text = 'a,"Old Hall,c\nd,"e, f",g\nh,i,j\n'
    assert rows(text) == [("a", '"Old Hall', "c"), ("d", "e, f", "g"), ("h", "i", "j")]


def test_a_mark_within_a_cell_is_text() -> None:
    assert rows('"Long" Meadow,12" pipe\n') == [('"Long" Meadow', '12" pipe')]


def test_blank_rows_are_numbered_and_rows_keep_their_place_in_the_file() -> None:
    split = divide('a,b\n\n,\n"c\nd",e\n\u00a0,\ufeff\nf,g\n', ",")
    assert split.blank_rows == [2, 3, 5]
    assert [row.number for row in split.rows] == [1, 4, 6]


def test_a_delimiter_at_the_very_end_leaves_an_empty_last_cell() -> None:
    assert rows("a,b\nc,") == [("a", "b"), ("c", "")]


def test_one_row_too_many_is_refused() -> None:
    most = divide("a,b\n" * MAX_REGISTER_ROWS.value, ",")
    assert len(most.rows) == MAX_REGISTER_ROWS.value
    with pytest.raises(TooManyRegisterRows):
        divide("a,b\n" * (MAX_REGISTER_ROWS.value + 1), ",")


def test_a_whole_sheet_of_blank_rows_is_skipped_and_one_more_refused() -> None:
    assert (
        len(divide("a,b\n" + "\n" * MAX_BLANK_ROWS.value, ",").blank_rows) == MAX_BLANK_ROWS.value
    )
    with pytest.raises(TooManyRegisterRows):
        divide("a,b\n" + "\n" * (MAX_BLANK_ROWS.value + 1), ",")


def test_too_many_columns_are_refused_unless_they_are_blank() -> None:
    wide = "a," * (MAX_REGISTER_COLUMNS.value - 1) + "a"
    assert len(rows(wide)[0]) == MAX_REGISTER_COLUMNS.value
    assert len(rows(wide + "," * 2_000)[0]) == MAX_REGISTER_COLUMNS.value
    with pytest.raises(TooManyRegisterColumns):
        rows(wide + ",a")
    with pytest.raises(TooManyRegisterColumns):
        rows("," * MAX_CELLS_IN_ROW.value)


def test_a_row_as_wide_as_a_spreadsheet_can_be_is_still_read() -> None:
    assert (
        len(next(records("," * (MAX_CELLS_IN_ROW.value - 1), ",", "LF"))) == MAX_CELLS_IN_ROW.value
    )

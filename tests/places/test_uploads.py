"""What the file readers share."""

import pytest

from commonweal.places.coordinates import NoPlaceAtZero
from commonweal.places.uploads import MAX_FILE_BYTES, PlacesFileTooLarge, Problem, text_of

WELSH = "Ynys Môn, Tŷ Ddewi"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_whatever_it_is_encoded_in(encoding: str) -> None:
    assert text_of(WELSH.encode(encoding)) == WELSH


def test_text_out_of_an_old_spreadsheet_is_read_as_windows_wrote_it() -> None:
    assert text_of("Café \u2013 £5".encode("cp1252")) == "Café \u2013 £5"
    assert text_of(b"Caf\xe9 \x81") == "Café \ufffd"  # a byte that Windows never wrote


def test_a_file_may_have_the_most_bytes_and_not_one_more() -> None:
    assert len(text_of(b" " * MAX_FILE_BYTES)) == MAX_FILE_BYTES
    with pytest.raises(PlacesFileTooLarge, match=str(MAX_FILE_BYTES + 1)):
        text_of(b" " * (MAX_FILE_BYTES + 1))


def test_a_problem_says_where_it_is() -> None:
    assert Problem("row", 7, NoPlaceAtZero()).message.startswith("Row 7: Zero and zero")

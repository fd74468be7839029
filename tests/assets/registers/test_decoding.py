"""Bytes to text: encodings, marks, padding, and files that are no text at all."""

import pytest

from commonweal.assets.registers.decoding import decode
from commonweal.assets.registers.refusals import NotARegister, RegisterIsEmpty

TEXT = "Name,Town\nCafé – Tŷ Gwyn,£5\n"  # noqa: RUF001
WINDOWS_TEXT = "Name,Town\nCafé – St Bride’s,£5\n"  # noqa: RUF001


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_every_unicode_encoding_is_read_with_and_without_its_mark(
    encoding: str, named: str
) -> None:
    decoded = decode(TEXT.encode(encoding))
    assert decoded.text == TEXT
    assert decoded.encoding == named


def test_windows_text_is_noted_as_such() -> None:
    decoded = decode(WINDOWS_TEXT.encode("cp1252"))
    assert decoded.text == WINDOWS_TEXT
    assert decoded.notes == ("decoded as cp1252",)


def test_the_five_holes_of_cp1252_keep_a_character_each() -> None:
    holes = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
    assert decode(b"Name,\xa3\n" + holes).text == "Name,£\n\x81\x8d\x8f\x90\x9d"


def test_a_few_windows_bytes_do_not_spoil_a_file_in_utf_8() -> None:
    raw = "Tŷ Gwyn, Dŵr, Café\n".encode() + "Café\n".encode("cp1252")
    decoded = decode(raw)
    assert decoded.text == "Tŷ Gwyn, Dŵr, Café\nCafé\n"
    assert decoded.encoding == "utf-8 with 1 bytes of cp1252"


def test_a_file_cut_in_mid_character_is_still_utf_8() -> None:
    assert decode("Tŷ Gwyn, Café é".encode()[:-1]).text == "Tŷ Gwyn, Café Ã"


def test_an_old_macs_line_ends_bring_its_encoding_with_them() -> None:
    text = "Name,Town\rSt Bride’s,Café\r"  # noqa: RUF001
    assert decode(text.encode("mac_roman")).text == text
    assert decode(text.encode("cp1252")).text == text


def test_a_mark_before_windows_text_is_no_part_of_the_first_name() -> None:
    assert decode(b"\xef\xbb\xbfName\n\xa35").text == "Name\n£5"


def test_nul_and_half_a_surrogate_pair_become_the_replacement_character() -> None:
    assert decode(b"Name,To\0wn").text == "Name,To\ufffdwn"
    half = "Name,Town,X".encode("utf-16-le") + b"\x00\xd8" + "Y".encode("utf-16-le")
    text = decode(b"\xff\xfe" + half).text
    assert text.startswith("Name,Town,X\ufffd")
    assert not any(0xD800 <= ord(character) < 0xE000 for character in text)


def test_padding_after_the_end_is_left_out_and_counted() -> None:
    decoded = decode(b"Name,Town\n" + b"\0" * 20 + b"\x1a")
    assert decoded.text == "Name,Town\n"
    assert decoded.notes == ("21 padding characters at the end left out",)


@pytest.mark.parametrize(
    ("raw", "looks_like"),
    [
        (b"PK\x03\x04....xl/workbook.xml", "an Excel workbook (.xlsx)"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "(.ods)"),
        (b"PK\x03\x04word/document.xml", "a Word document"),
        (b"PK\x03\x04assets.csv", "a compressed file (.zip)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"SQLite format 3\0", "a database or GeoPackage"),
        (b'{"type": "FeatureCollection", "features": []}', "GeoJSON"),
        (b'[{"name": "Hall"}]', "JSON"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "a web page"),
        (b'<?xml version="1.0"?><kml>', "a web page or XML"),
        (bytes(range(256)) * 4, "no text but some program's own data"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_looks_like(raw: bytes, looks_like: str) -> None:
    with pytest.raises(NotARegister) as refusal:
        decode(raw)
    assert looks_like in refusal.value.message
    assert "CSV" in refusal.value.message


@pytest.mark.parametrize("raw", [b"", b" \r\n\t", b"\0" * 9, b"\xef\xbb\xbf", b"\xff\xfe"])
def test_nothing_to_read_is_refused_as_empty(raw: bytes) -> None:
    with pytest.raises(RegisterIsEmpty):
        decode(raw)

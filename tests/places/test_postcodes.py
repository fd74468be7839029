"""Postcodes as people type them, and keys that agree where names do."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.places.postcodes import MOST_CHARACTERS, PostcodeParts, key, parse


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("GL50 1DY", "GL50 1DY"),
        ("gl501dy", "GL50 1DY"),
        (" gl50   1dy ", "GL50 1DY"),
        ("GL50\xa01DY", "GL50 1DY"),
        ("GL50-1DY.", "GL50 1DY"),
        ("\uff27\uff2c50 1DY", "GL50 1DY"),  # the wide letters of an East Asian keyboard
        ("GL5O 1DY", "GL50 1DY"),
        ("GL50 IDY", "GL50 1DY"),
        ("N1O 1AA", "N10 1AA"),
        ("SO14 2AA", "SO14 2AA"),  # the letter O, where a letter stands
        ("SOI4 2AA", "SO14 2AA"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("W1A 0AX", "W1A 0AX"),
        ("EC1A1BB", "EC1A 1BB"),
        ("M1 1AE", "M1 1AE"),
        ("BT1 5GS", "BT1 5GS"),
        ("JE2 4WD", "JE2 4WD"),
        ("BS0 1AA", "BS0 1AA"),
        ("GL50", "GL50"),
        ("GL 50", "GL50"),
        ("N7", "N7"),
        ("N79", "N79"),
        ("B1O", "B10"),
        ("W1M", "W1M"),
        ("N7 9", "N7 9"),
        ("GL50 1D", "GL50 1"),
        ("GL501", "GL50 1"),
    ],
)
def test_a_postcode_is_spelt_properly_however_it_is_typed(text: str, full: str) -> None:
    parts = parse(text)

    assert parts
    assert parts.full == full


@pytest.mark.parametrize(
    "text",
    ["", " ", "GL", "Cheltenham", "Bio", "Zoo", "Oi", "GL50 1DY 2", "Q1 1AA", "GL50 1CK", "S01 2AB",
     "GL500 1DY", "50", "1DY", "Ä1 1AA", "SO 952 224", "B" * 1_000_000],
)  # fmt: skip
def test_what_is_no_postcode_is_none(text: str) -> None:
    assert parse(text) is None


def test_the_parts_of_a_postcode_have_their_names() -> None:
    assert parse("gl501dy") == PostcodeParts("GL50", "1DY", "GL50 1")
    assert parse("n7 9") == PostcodeParts("N7", None, "N7 9")
    assert parse("n7") == PostcodeParts("N7", None, None)


def test_blanks_up_to_the_limit_are_forgiven() -> None:
    blanks = " " * (MOST_CHARACTERS - 7)

    assert parse(f"GL50{blanks}1DY")
    assert parse(f"GL50{blanks} 1DY") is None


@given(st.from_regex(r"[A-Z]{1,2}[0-9O]{1,2}[A-Z]? ?([0-9I][A-Z]{0,2})?", fullmatch=True))
def test_a_postcode_spelt_properly_is_read_as_itself(text: str) -> None:
    if parts := parse(text):
        assert parse(parts.full) == parts
        assert parse(parts.full.lower()) == parts


@given(st.text(max_size=40))
def test_any_text_whatever_has_an_answer_and_a_settled_key(text: str) -> None:
    parse(text)
    assert key(key(text)) == key(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("GL50 1DY", "gl501dy", "gl501dy"),
        ("St. Mary's", "st marys", "stmarys"),
        ("St Mary\u2019s", "ST. MARYS", "stmarys"),
        ("Bourton-on-the-Water", "bourton on the water", "bourtononthewater"),
        ("Tyne & Wear", "Tyne and Wear", "tyneandwear"),
        ("Ynys Môn", "YNYS MO\u0302N", "ynysmon"),
        ("Cheltenham", "CHELTENHAM ", "cheltenham"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str, expected: str) -> None:
    assert key(one) == key(other) == expected


def test_names_that_differ_have_different_keys() -> None:
    assert len({key(name) for name in ("Newport", "Newport Pagnell", "Newbury", "東京")}) == 4


def test_every_real_district_and_postcode_is_read_and_none_is_changed(open_data: Path) -> None:
    for name, count in (("uk_outcodes.csv", 2856), ("banes_postcodes.csv", 5783)):
        with (open_data / name).open(newline="", encoding="utf-8") as file:
            codes = [row["postcode"] for row in csv.DictReader(file)]
        read = [parse(code) for code in codes]
        assert [parts.full.replace(" ", "") for parts in read if parts] == [
            code.replace(" ", "") for code in codes
        ]
        assert len(codes) == count


def test_partial_postcodes_of_a_real_register_are_districts(open_data: Path) -> None:
    path = open_data / "lambeth_food_businesses_2021.csv"
    with path.open(newline="", encoding="utf-8") as file:
        codes = [row["PostCode"] for row in csv.DictReader(file)]
    read = [parse(code) for code in codes if code.strip()]

    assert sum(parts is None for parts in read) == 0
    assert sum(not parts.incode for parts in read if parts) == 364

"""UPRNs and areas as spreadsheets give them."""

import pytest

from commonweal.assets.registers.figures import (
    AREA_MOST_SQUARE_METRES,
    UPRN_DIGITS_MOST,
    AreaNotRead,
    UprnNotRead,
    UprnRounded,
    read_area,
    read_uprn,
)


@pytest.mark.parametrize(
    ("text", "uprn"),
    [
        ("010012805653", "10012805653"),
        ("100990000011", "100990000011"),
        ("100990000011.0", "100990000011"),
        ("'010012805653", "10012805653"),
        ('="010012805653"', "10012805653"),
        ("100,990,000,011", "100990000011"),
        ("100 990 000 011", "100990000011"),
        ("UPRN: 12345", "12345"),
        ("1", "1"),
        ("0000000000001", "1"),
        ("0", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_a_uprn_is_its_digits_without_leading_zeros(text: str, uprn: str | None) -> None:
    assert read_uprn(text) == uprn


@pytest.mark.parametrize(
    "text", ["1" * (UPRN_DIGITS_MOST + 1), "10O990000017", "1; 2", "12.5", "-1", "see plan", "٣"]
)
def test_what_is_no_uprn_is_refused(text: str) -> None:
    with pytest.raises(UprnNotRead):
        read_uprn(text)


def test_the_longest_uprn_is_read() -> None:
    assert read_uprn("9" * UPRN_DIGITS_MOST) == "9" * UPRN_DIGITS_MOST


@pytest.mark.parametrize("text", ["1.00991E+11", "1e+11", "1.00991E11"])
def test_a_uprn_that_a_spreadsheet_rounded_is_refused_as_that(text: str) -> None:
    with pytest.raises(UprnRounded):
        read_uprn(text)


@pytest.mark.parametrize(
    ("text", "header", "square_metres"),
    [
        ("0.5", "Site area (ha)", 5_000),
        ("0.5 ha", "Size", 5_000),
        ("1,250 sqm", "Site area (ha)", 1_250),
        ("450m2", "", 450),
        ("450 m²", "", 450),
        ("2", "Area (acres)", 8_094),
        ("2 acres", "Area (ha)", 8_094),
        ("1000 sq ft", "", 93),
        ("c. 3.2 hectares", "", 32_000),
        (".25", "hectares", 2_500),
        ("0.0", "ha", None),
        ("0", "ha", None),
        ("N/A", "ha", None),
        ("", "ha", None),
        ("1,170", "sqm", 1_170),
        ("2.6km2", "", 2_600_000),
    ],
)
def test_an_area_is_square_metres_by_the_nearest_unit(
    text: str, header: str, square_metres: int | None
) -> None:
    assert read_area(text, header, "hectare") == square_metres


def test_a_bare_number_under_a_bare_name_has_the_fields_unit() -> None:
    assert read_area("3", "Size", "hectare") == 30_000
    assert read_area("3", "Size", "square metre") == 3


@pytest.mark.parametrize("text", ["-1", "12 x 30 m", "not measured", "1.2.3", "0.5 ha 200 sqm"])
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(AreaNotRead):
        read_area(text, "ha", "hectare")


def test_an_area_larger_than_any_council_is_refused() -> None:
    assert read_area(str(AREA_MOST_SQUARE_METRES), "sqm", "square metre") == (
        AREA_MOST_SQUARE_METRES
    )
    with pytest.raises(AreaNotRead):
        read_area(str(AREA_MOST_SQUARE_METRES + 1), "sqm", "square metre")

"""The one real register at hand: Cheltenham's of 2023 (open data; skips where it is absent)."""

import csv
import io
import json
import time
from collections import Counter
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from commonweal.assets.registers import Draft, guess, interpret, read_register
from commonweal.assets.rules import Occupation, Tenure


@pytest.fixture
def raw(open_data: Path) -> bytes:
    return (open_data / "cheltenham_land_assets_2023.csv").read_bytes()


@pytest.fixture
def cheltenham(open_data: Path) -> shapely.geometry.base.BaseGeometry:
    wards = json.loads((open_data / "cheltenham_wards_2013.geojson").read_text("utf-8"))
    return shapely.union_all([shape(ward["geometry"]) for ward in wards["features"]])


@pytest.fixture
def drafts(raw: bytes, cheltenham: shapely.geometry.base.BaseGeometry) -> tuple[Draft, ...]:
    register = read_register(raw)
    return interpret(register, guess(register), cheltenham)


def test_its_table_is_read_without_a_doubt(raw: bytes) -> None:
    register = read_register(raw)
    assert len(register.rows) == 459
    assert register.blank_rows == (461, 462)
    assert register.notes == ("2 blank rows skipped (rows 461, 462)",)
    assert (register.header_row, register.preamble, register.footer) == (1, (), ())


def test_its_columns_are_all_understood(raw: bytes) -> None:
    assert {entry.header: entry.field for entry in guess(read_register(raw)).entries} == {
        "Organisation": "organisation_name",
        "Organisation Label": "organisation_code",
        "UPRN": "uprn",
        "AssetCode": "reference",
        "Site Address": "address",
        "GeoX": "x",
        "GeoY": "y",
        "TenureType": "tenure",
        "Tenure Detail": "tenure_detail",
        "Holding Type": "holding_type",
    }


def test_every_row_is_a_draft_with_a_place_and_no_problem(drafts: tuple[Draft, ...]) -> None:
    assert len(drafts) == 459
    assert all(draft.point and draft.coordinate_system == "BRITISH" for draft in drafts)
    assert [problem for draft in drafts for problem in draft.problems] == []


def test_twelve_are_not_land(drafts: tuple[Draft, ...]) -> None:
    assert Counter(draft.not_land_reason for draft in drafts if draft.not_land_reason) == {
        "its holding type is Civic Regalia": 5,
        "its tenure is Chattel": 4,
        "its holding type is Art": 3,
    }


def test_six_are_declared_surplus(drafts: tuple[Draft, ...]) -> None:
    assert Counter(draft.holding_type for draft in drafts if draft.declared_surplus) == {
        "Buildings Declared Surplus": 5,
        "Land Declared Surplus": 1,
    }


def test_its_tenures_and_occupations_are_read_through_the_typos(
    drafts: tuple[Draft, ...],
) -> None:
    assert Counter(draft.tenure for draft in drafts) == {
        Tenure.FREEHOLD: 444,
        Tenure.LEASEHOLD: 9,
        Tenure.NOT_LAND: 4,
        Tenure.UNKNOWN: 2,
    }
    assert Counter(draft.occupation for draft in drafts) == {
        Occupation.OCCUPIED_BY_COUNCIL: 263,
        Occupation.LEASEHOLD: 170,  # with one "Leashold"
        Occupation.LICENCE: 21,
        Occupation.VACANT: 4,
        Occupation.GROUND_LEASEHOLD: 1,  # "Groundlease"
    }


@pytest.mark.alone
def test_five_thousand_rows_are_read_in_two_seconds(
    raw: bytes, cheltenham: shapely.geometry.base.BaseGeometry
) -> None:
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    table = io.StringIO(newline="")
    csv.writer(table).writerows([header, *(rows[:459] * 11)[:5_000]])
    started = time.process_time()
    register = read_register(table.getvalue().encode())
    assert len(interpret(register, guess(register), cheltenham)) == 5_000
    assert time.process_time() - started < 2

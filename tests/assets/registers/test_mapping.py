"""Columns to fields: names in the words of many councils, cells where names do not decide."""

import json

import pytest

from commonweal.assets.registers import fields
from commonweal.assets.registers.mapping import Mapping, guess, signature
from commonweal.assets.registers.reading import read_register
from commonweal.assets.registers.refusals import (
    FieldFedTwice,
    NotACorrection,
    UnknownField,
    UnknownHeader,
)

# Column names as councils publish them, and the field that each is best taken for.
PUBLISHED = {
    "UPRN ": "uprn",
    "Unique Property Reference Number (UPRN)": "uprn",
    "UPRN (where known)": "uprn",
    "NLPG UPRN": "uprn",
    "Asset ID": "reference",
    "AssetCode": "reference",
    "Unique asset identifier (council's own reference)": "reference",
    "Property Ref No.": "reference",
    "site_ref": "reference",
    "Terrier No": "reference",
    "Name of Building/Land": "name",
    "Name of the building / land or both": "name",
    "PropertyName": "name",
    "Street No.": "street_number",
    "StreetName": "street",
    "Post  Town": "post_town",
    "UK Postcode": "postcode",
    "PostCode": "postcode",
    "Post Code (if known)": "postcode",
    "Site Address": "address",
    "Address Line 2": "address",
    "OS_Easting": "easting",
    "NORTHING": "northing",
    "GeoX": "x",
    "Y co-ordinate": "y",
    "lat": "latitude",
    "Lng": "longitude",
    "Map Ref": "map_reference",
    "Map reference (OS or ISO 6709)": "map_reference",
    "Eastings & Northings": "map_reference",
    "Freehold/Leasehold": "tenure",
    "TenureType": "tenure",
    "Is the asset freehold or leasehold": "tenure",
    "Tenure Category": "tenure_detail",
    "Occupancy": "tenure_detail",
    "Land only / land with permanent building": "land_only",
    "Land/Building": "land_only",
    "Asset Type": "holding_type",
    "Asset Category": "holding_type",
    "Purpose": "holding_type",
    "Current Use": "holding_type",
    "Site area (ha)": "area_hectares",
    "Acreage": "area_hectares",
    "sqm": "area_square_metres",
    "Floor Area (m²)": "area_square_metres",
    "Electoral Ward (2023)": "ward",
    "Asset Description": "description",
    "Comments": "description",
    "Reason for holding the asset": "reason_for_holding",
    "Services offered from the asset": "services",
    "Listed as ACV (Y/N)": "transfer_status",
    "Whether listed as ACV and/or being actively sought for transfer": "transfer_status",
    "Building operation (revenue) costs": "running_costs",
    "Required Maintenance": "required_maintenance",
    "Functional suitability rating": "functional_suitability",
    "EPC": "energy_rating",
    "Operational / Non Operational": "status",
    "Organisation Name": "organisation_name",
    "la_s_code": "organisation_code",
    "C. Type": "holding_type",
    "Surplus Y/N": "status",
    "PROPERTY_NO": "reference",
    "(3) Ref": "reference",
    "Addres": "address",
    "Tennure": "tenure",
    "Cyfeiriad / Address": "address",
    "Name of Building &amp; Land": "name",
}
OTHERS = ["Tenure Start Date", "Address of tenant", "Book Value", "USRN", "ObjectID",
          "Contact email", "Tenant", "County"]  # fmt: skip


@pytest.mark.parametrize(("header", "field"), PUBLISHED.items())
def test_a_published_column_name_fits_its_field_best(header: str, field: str) -> None:
    found = fields.scores(header)
    assert max(found, key=lambda name: found[name], default=None) == field


@pytest.mark.parametrize("header", OTHERS)
def test_a_column_about_something_else_fits_no_field(header: str) -> None:
    assert fields.scores(header) == {}


def mapped(text: str) -> dict[str, str | None]:
    entries = guess(read_register(text.encode())).entries
    return {entry.header: entry.field for entry in entries}


def table(header: str, row: str, times: int = 8) -> str:
    """A register of `times` rows: # in a row is its number."""
    return "\n".join([header, *[row.replace("#", str(n)) for n in range(1, times + 1)]])


def test_a_property_reference_number_full_of_uprns_is_the_uprn() -> None:
    text = table("Property Reference Number,Site Name", "1009900000#1,Hall #")
    assert mapped(text)["Property Reference Number"] == "uprn"
    own = table("Property Reference Number,Site Name", "P/00#,Hall #")
    assert mapped(own)["Property Reference Number"] == "reference"


def test_an_area_is_a_place_or_a_size_by_its_cells() -> None:
    assert mapped(table("Ref,Name,Area", "#,Hall,North End"))["Area"] == "locality"
    assert mapped(table("Ref,Name,Area", "#,Hall,0.#5"))["Area"] == "area_hectares"


def test_an_organisation_label_that_is_a_code_is_the_code() -> None:
    found = mapped(table("Organisation,Organisation Label,Ref,Name", "Eastmere,99ZZ,#,Hall"))
    assert found["Organisation Label"] == "organisation_code"
    assert found["Organisation"] == "organisation_name"


def test_columns_without_a_known_name_are_told_by_their_cells() -> None:
    text = table("Ref,Kode,Rett,a,b", "#,GL59 #AA,Freehold,39612#,22134#")
    assert mapped(text) == {"Ref": "reference", "Kode": "postcode", "Rett": "tenure",
                            "a": "x", "b": "y"}  # fmt: skip


def test_a_map_reference_over_two_columns_is_a_pair() -> None:
    text = table("Ref,Name,Map Reference,,Tenure", "#,Hall #,39612#,22134#,Freehold")
    found = mapped(text)
    assert (found["Map Reference"], found["column 4"]) == ("x", "y")


def test_of_two_columns_for_one_fact_the_better_is_taken_and_the_other_said_to_be_kept() -> None:
    register = read_register(table("Asset ID,Site Code,Name", "A#,S1,Hall #").encode())
    first, second, _ = guess(register).entries
    assert first.field == "reference"
    assert second.field is None
    assert second.reason == "kept as published: Asset ID feeds reference better"


def test_of_two_like_names_the_fuller_and_more_distinct_is_taken() -> None:
    assert mapped(table("Asset ID,Asset Code,Name", ",A#,Hall #"))["Asset Code"] == "reference"
    assert mapped(table("Asset ID,Asset Code,Name", "S,A#,Hall #"))["Asset Code"] == "reference"


def test_address_lines_are_joined_and_other_texts_are_not() -> None:
    found = mapped(table("Ref,Address 1,Address 2,Notes,Comments", "#,1 Mill Lane,Eastmere,a,b"))
    assert found["Address 1"] == found["Address 2"] == "address"
    assert (found["Notes"], found["Comments"]) == ("description", None)


def test_tick_columns_feed_one_fact_together() -> None:
    found = mapped(table("Ref,Name,Freehold,Leasehold", "#,Hall #,Y,N"))
    assert found["Freehold"] == found["Leasehold"] == "tenure"


def test_a_short_description_is_the_name_where_there_is_no_other() -> None:
    assert mapped(table("Ref,Description,Location", "#,Hall #,Mill Lane"))["Description"] == "name"
    long = "A hall of two storeys, brick under slate, with a yard and a store, number #"
    assert (
        mapped(table("Ref,Description,Location", f'#,"{long}",Mill Lane'))["Description"]
        == "description"
    )
    assert mapped(table("Ref,Name,Description", "#,Hall #,Brick #"))["Description"] == "description"


@pytest.fixture
def guessed() -> Mapping:
    return guess(
        read_register(
            table("Site Ref,UPRN,Site Name,Notes,Old Ref", "#,10099,Hall #,x,O#").encode()
        )
    )


def test_corrections_by_hand_win(guessed: Mapping) -> None:
    corrected = guessed.with_corrections(Mapping.parse(["Old Ref=reference", "Notes="]))
    assert corrected.headers_of("reference") == ("Old Ref",)
    assert corrected.field_of("Notes") is None
    assert corrected.entries[0].reason == "kept as published: Old Ref feeds reference instead"


def test_corrections_may_be_sloppy_in_case_and_blanks(guessed: Mapping) -> None:
    corrected = guessed.with_corrections(Mapping.parse([" old  ref = Street Number "]))
    assert corrected.field_of("Old Ref") == "street_number"


def test_an_unknown_column_or_field_is_refused_with_the_nearest_named(guessed: Mapping) -> None:
    with pytest.raises(UnknownHeader) as header:
        guessed.with_corrections(Mapping.parse(["Sight Ref=reference"]))
    assert header.value == UnknownHeader("Sight Ref", "Site Ref")
    with pytest.raises(UnknownField) as field:
        Mapping.parse(["Site Ref=refrence"])
    assert field.value == UnknownField("refrence", "reference")


@pytest.mark.parametrize("text", ["Site Ref", "=uprn", "", "  =  "])
def test_a_correction_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(NotACorrection):
        Mapping.parse([text])


def test_a_column_name_may_hold_an_equals_sign() -> None:
    (entry,) = Mapping.parse(["a=b=uprn"]).entries
    assert (entry.header, entry.field) == ("a=b", "uprn")


def test_two_corrections_may_not_feed_one_value(guessed: Mapping) -> None:
    with pytest.raises(FieldFedTwice) as refusal:
        guessed.with_corrections(Mapping.parse(["Old Ref=uprn", "Notes=uprn"]))
    assert refusal.value == FieldFedTwice("uprn", "Notes", "Old Ref")
    joined = guessed.with_corrections(Mapping.parse(["Old Ref=address", "Notes=address"]))
    assert joined.headers_of("address") == ("Notes", "Old Ref")


def test_a_mapping_survives_being_kept_as_json(guessed: Mapping) -> None:
    assert Mapping.from_dict(json.loads(json.dumps(guessed.as_dict()))) == guessed


def test_a_kept_mapping_with_a_field_that_is_gone_is_refused() -> None:
    with pytest.raises(UnknownField):
        Mapping.from_dict({"columns": [{"header": "Ref", "field": "owner"}]})


def test_a_layout_is_known_again_in_other_order_and_case() -> None:
    assert signature(["UPRN", "Site Ref"]) == signature(["site_ref", "uprn "])
    assert signature(["UPRN", "Site Ref", "column 3"]) == signature(["UPRN", "Site Ref"])
    assert signature(["UPRN", "Site Ref"]) != signature(["UPRN", "Site Name"])


def test_a_kept_mapping_fits_the_same_layout_next_year(guessed: Mapping) -> None:
    next_year = guessed.for_headers(
        ["OLD REF", "Notes", "site name", "uprn", "Site_Ref", "column 6"]
    )
    assert next_year.field_of("Site_Ref") == "reference"
    assert next_year.field_of("column 6") is None
    with pytest.raises(UnknownHeader):
        guessed.for_headers(["Something else"])

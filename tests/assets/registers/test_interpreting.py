"""Rows to drafts: names, addresses, ticks, problems; nothing dropped."""

import pytest

from commonweal.assets.registers import (
    Draft,
    Level,
    Mapping,
    guess,
    interpret,
    read_register,
)
from commonweal.assets.registers.interpreting import ROWS_BETWEEN_LOOKS, NobodyWaits
from commonweal.assets.registers.refusals import UnknownHeader
from commonweal.assets.rules import AssetCategory, Occupation, Tenure


def drafts(*lines: str) -> tuple[Draft, ...]:
    register = read_register("\n".join(lines).encode())
    return interpret(register, guess(register))


def codes(draft: Draft) -> list[str]:
    return [problem.code for problem in draft.problems]


def test_a_draft_keeps_every_column_as_published() -> None:
    (draft,) = drafts("UPRN,Name,Odd one", "01, Old\u00a0Hall ,kept &amp; raw")
    assert draft.raw == {"UPRN": "01", "Name": " Old\u00a0Hall ", "Odd one": "kept &amp; raw"}
    assert draft.values == {"uprn": "01", "name": "Old Hall"}
    assert (draft.row_number, draft.uprn, draft.name) == (2, "1", "Old Hall")


def test_entities_are_decoded_for_people_and_kept_as_published() -> None:
    (draft,) = drafts("Ref,Name", "1,St Andrew&#39;s Hall &amp; Garden &c")
    assert draft.name == "St Andrew's Hall & Garden &c"
    assert draft.values["name"] == "St Andrew&#39;s Hall &amp; Garden &c"


def test_an_address_is_put_together_from_its_parts_each_once() -> None:
    (draft,) = drafts(
        "Ref,Name,Street number,Street name,Locality,Post town,Postcode",
        "1,Old Hall,12-14,Mill Lane,Nether End,Eastmere,gl591aa",
    )
    assert draft.address == "12-14 Mill Lane, Nether End, Eastmere, GL59 1AA"
    (draft,) = drafts(
        "Ref,Name,Full address,Town,Postcode",
        '1,Old Hall,"Mill Lane, Eastmere GL591AA",Eastmere,GL59 1AA',
    )
    assert draft.address == "Mill Lane, Eastmere GL591AA"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("R1,Old Hall,Mill Lane", "Old Hall"),
        ("R1,N/A,Mill Lane", "Mill Lane"),
        ("R1,,Mill Lane", "Mill Lane"),
        ("R1,,", "R1"),
        (",,", None),
    ],
)
def test_a_name_is_the_name_else_the_address_else_the_reference(row: str, name: str | None) -> None:
    found = drafts("Reference,Name,Address,Odd", f"{row},x", "R2,Hall,High Street,y")
    assert found[0].name == (name or "Unnamed asset, row 2")
    assert ("NAMELESS" in codes(found[0])) is (name is None)


def test_a_postcode_comes_from_the_address_where_its_column_is_blank() -> None:
    first, second = drafts(
        "Ref,Address,Postcode", "1,Mill Lane Eastmere GL59 1AA,", "2,Mill Lane,GL59"
    )
    assert (first.postcode, second.postcode) == ("GL59 1AA", "GL59")


def test_ticks_say_the_value_that_names_their_column() -> None:
    header = "Ref,Name,Freehold,Leasehold,Vacant,Surplus"
    owned, leased, said = drafts(
        header, "1,A Hall,Yes,No,Y,Y", "2,B Hall,,x,N,N", "3,C Hall,Vacant,,,not surplus"
    )
    assert (owned.tenure, owned.occupation) == (Tenure.FREEHOLD, Occupation.VACANT)
    assert (leased.tenure, leased.occupation) == (Tenure.LEASEHOLD, Occupation.UNKNOWN)
    assert (said.tenure, said.occupation) == (Tenure.FREEHOLD, Occupation.VACANT)
    assert [d.declared_surplus for d in (owned, leased, said)] == [True, False, False]
    assert owned.values["tenure"] == "Freehold: Yes, Leasehold: No"


def test_the_codes_two_columns_of_detail_are_one_fact() -> None:
    owned, leased = drafts(
        "Ref,Name,Freehold/leasehold,For freehold assets,For leasehold assets",
        "1,A Hall,Freehold,Vacant,", "2,B Hall,Leasehold,,Sub leasehold",
    )  # fmt: skip
    assert (owned.tenure_detail, owned.occupation) == ("Vacant", Occupation.VACANT)
    assert (leased.tenure_detail, leased.occupation) == (
        "Sub leasehold",
        Occupation.SUB_LEASEHOLD,
    )


def test_a_tick_beside_a_status_speaks_too() -> None:
    (draft,) = drafts("Ref,Name,Status,Surplus", "1,Hall,Operational,Yes")
    assert draft.declared_surplus
    assert draft.values["status"] == "Operational, Surplus: Yes"


def test_surplus_is_looked_for_in_the_columns_that_may_say_it() -> None:
    for header in ("Holding type", "Status", "Reason for holding", "Transfer status", "Notes"):
        (draft,) = drafts(f"Ref,Name,{header}", "1,Hall,Declared surplus")
        assert draft.declared_surplus, header
    (draft,) = drafts("Ref,Name,Services", "1,Hall,Declared surplus")
    assert not draft.declared_surplus


def test_a_holding_type_of_land_alone_says_land_only_and_lets_the_name_say_what() -> None:
    land, building = drafts(
        "AssetCode,PropertyName,HoldingType", "1,Welch Road Playing Field,Land",
        "2,Community Hall,Land and Building",
    )  # fmt: skip
    assert (land.land_only, land.category) == (True, AssetCategory.SPORT)
    assert (building.land_only, building.category) == (False, AssetCategory.COMMUNITY_BUILDING)


def test_a_thing_is_kept_with_its_reason_and_category() -> None:
    art, called, placed = drafts(
        "Ref,UPRN,Name,Asset type,Tenure", "1,,Portrait,Art,", "2,,Civic Regalia,,", "3,12,Art,,"
    )
    assert art.not_land_reason == "its holding type is Art"
    assert art.category is AssetCategory.NOT_LAND
    assert called.not_land_reason == "it is called Civic Regalia"
    assert placed.not_land_reason is None  # a thing has no UPRN


def test_a_cell_that_cannot_be_read_is_a_problem_of_a_row_that_is_kept() -> None:
    (draft,) = drafts(
        "Ref,UPRN,Name,Postcode,Easting,Northing,Site area (ha),Land only",
        "1,12a,Hall,nowhere,plan,plan,small,perhaps",
    )
    assert codes(draft) == [
        "UPRN_NOT_READ",
        "NOT_A_COORDINATE",
        "POSTCODE_NOT_READ",
        "LAND_ONLY_NOT_READ",
        "AREA_NOT_READ",
    ]
    assert (draft.uprn, draft.point, draft.postcode) == (None, None, None)
    assert draft.values["uprn"] == "12a"
    for problem in draft.problems:
        assert problem.row_number == 2
        assert problem.level is Level.WARNING
        assert problem.header
        assert problem.likely_fix
    assert [p.header for p in draft.problems][:2] == ["UPRN", "Easting"]


def test_an_unheard_of_tenure_is_another_interest_and_noted() -> None:
    known, unheard = drafts("Ref,Name,Tenure", "1,Hall,Easement", "2,Hall,Purple")
    assert known.tenure is unheard.tenure is Tenure.OTHER
    assert (codes(known), codes(unheard)) == ([], ["TENURE_NOT_KNOWN"])


def test_repeats_are_kept_and_noted() -> None:
    found = drafts("Ref,UPRN,Name", "A,1,Hall", "a,1,Barn", "A,1, Hall ", "B,1,Hut")
    assert [codes(draft) for draft in found] == [[], ["REPEATED_REFERENCE"], ["DUPLICATE_ROW"], []]
    assert found[2].problems[0].message == "This row says the same as row 2."
    assert all(p.level is Level.NOTE for draft in found for p in draft.problems)


def test_a_row_with_nothing_but_a_name_may_be_a_heading() -> None:
    found = drafts("Ref,Name,Address,Tenure", ",ALLOTMENTS,,", "1,Mill Lane,x,Freehold")
    assert codes(found[0]) == ["ONLY_A_NAME"]


def test_a_lost_character_is_noted_on_its_row() -> None:
    found = drafts("Ref,Name", "1,To\0wn Hall", "2,Hall\0\0", "3,Hut")
    assert [codes(draft) for draft in found] == [["CHARACTER_LOST"], ["CHARACTER_LOST"], []]
    assert found[1].name == "Hall"


def test_a_mapping_of_another_layout_is_refused() -> None:
    register = read_register(b"Ref,Name\n1,Hall\n")
    with pytest.raises(UnknownHeader):
        interpret(register, Mapping.parse(["Ref=reference"]))


def test_a_mapping_corrected_by_hand_is_followed() -> None:
    register = read_register(b"Ref,Kind,Name\n1,Hall,Art\n")
    mapping = guess(register).with_corrections(Mapping.parse(["Name=holding_type", "Kind=name"]))
    (draft,) = interpret(register, mapping)
    assert (draft.name, draft.holding_type) == ("Hall", "Art")
    assert draft.not_land_reason


def test_who_no_longer_waits_for_a_register_does_not_have_it_read_to_its_end() -> None:
    register = read_register(b"UPRN,Name\n" + b"1,Hall\n" * (3 * ROWS_BETWEEN_LOOKS))
    looks = []

    def given_up() -> bool:
        looks.append("look")
        return len(looks) == 2

    with pytest.raises(NobodyWaits):
        interpret(register, guess(register), None, given_up)
    assert len(looks) == 2

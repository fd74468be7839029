"""What councils' words mean, in the spellings that registers hold."""

import pytest

from commonweal.assets.registers.wording import (
    declares_surplus,
    land_only,
    occupation_beside,
    occupation_of,
    says_nothing,
    tenure_of,
    yes_or_no,
)
from commonweal.assets.rules import Occupation, Tenure

TENURES = {
    Tenure.FREEHOLD: ["Freehold", "Freehold\u00a0", "FREEHLOD", "Free hold", "F/H", "fh", "F",
                      "Owned", "Freehold (registered)", "Freehold - vacant", "Rhydd-ddaliad"],
    Tenure.LEASEHOLD: ["Leasehold", "Leashold", "lease hold", "L/H", "L", "Leased in", "Leased-in",
                       "Lease (999 years)", "Long leasehold", "Prydlesol"],
    Tenure.NOT_LAND: ["Chattel", "chattels", "Chatel"],
    Tenure.OTHER: ["Freehold/Leasehold", "Licence", "Easement", "Leased out", "Tenancy at will",
                   "Part freehold, part leasehold", "Household"],
    Tenure.UNKNOWN: ["", "\u00a0", "n/a", "Unknown", "TBC", "-"],
}  # fmt: skip

OCCUPATIONS = {
    Occupation.OCCUPIED_BY_COUNCIL: ["Occupied by local authority", "Occupied by the LA",
                                     "occupied", "Council occupied", "Owner-occupied",
                                     "Ocupied by council",
                                     "Not vacant", "Operational",
                                     "Leasehold, occupied by the local authority"],
    Occupation.LEASEHOLD: ["Leasehold", "Leashold", "Let to third party", "Tenanted", "Leased out",
                           "Occupied by tenant", "Laesehold"],
    Occupation.GROUND_LEASEHOLD: ["Ground leasehold", "Groundlease", "ground lease"],
    Occupation.SUB_LEASEHOLD: ["Sub leasehold", "sub-let", "Sublease", "Underlease"],
    Occupation.LICENCE: ["Licence", "License", "Licenced to scouts"],
    Occupation.VACANT: ["Vacant", "VOID", "un-occupied", "Unoccupied", "Not in use", "Vacent"],
    Occupation.UNKNOWN: ["", "N/A", "see file"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tenure"), [(text, tenure) for tenure, texts in TENURES.items() for text in texts]
)
def test_tenure_is_read_through_typos_and_abbreviations(text: str, tenure: Tenure) -> None:
    assert tenure_of(text) is tenure


@pytest.mark.parametrize(
    ("text", "occupation"), [(text, kind) for kind, texts in OCCUPATIONS.items() for text in texts]
)
def test_occupation_is_read_through_typos(text: str, occupation: Occupation) -> None:
    assert occupation_of(text) is occupation


@pytest.mark.parametrize(
    ("tenure", "occupation"),
    [
        ("Freehold - vacant", Occupation.VACANT),
        ("Freehold (leased out)", Occupation.LEASEHOLD),
        ("Freehold: Licence", Occupation.LICENCE),
        ("Leased out", Occupation.LEASEHOLD),
        ("Leasehold", Occupation.UNKNOWN),
        ("Leased in", Occupation.UNKNOWN),
        ("Freehold", Occupation.UNKNOWN),
    ],
)
def test_a_tenure_says_who_uses_it_only_beyond_itself(tenure: str, occupation: Occupation) -> None:
    assert occupation_beside(tenure) is occupation


@pytest.mark.parametrize(
    "text",
    [
        "Buildings Declared Surplus",
        "Land declared surplus",
        "Surplus",
        "Surplus to requirements",
        "Vacant surplus",
        "Not required by the service: declared surplus",
        "Surplus (Cabinet 12 May)",
        "Yes - surplus",
    ],
)
def test_surplus_is_found_in_whatever_says_so(text: str) -> None:
    assert declares_surplus(text)


@pytest.mark.parametrize(
    "text",
    [
        "Not surplus",
        "Non-surplus",
        "nonsurplus",
        "not declared surplus",
        "Not currently surplus to requirements",
        "has not yet been formally declared surplus",
        "No longer surplus",
        "Surplus: No",
        "Surplus to requirements? N",
        "Potentially surplus",
        "may become, if closed, surplus food store",
        "Surplus food store",
        "Budget surplus",
        "Vacant",
        "",
    ],
)
def test_surplus_denied_or_only_expected_is_not_declared(text: str) -> None:
    assert not declares_surplus(text)


@pytest.mark.parametrize(
    ("text", "header", "only"),
    [
        ("Land only", "", True),
        ("Land", "", True),
        ("L", "Land/Building", True),
        ("Land with permanent building", "", False),
        ("Land and Building", "", False),
        ("Building", "", False),
        ("B", "Land/Building", False),
        ("Land without buildings", "", True),
        ("Yes", "Land only", True),
        ("No", "Land only?", False),
        ("Y", "Permanent building on site", False),
        ("N", "Permanent building on site", True),
        ("Y", "Land only / land with permanent building", None),
        ("", "Land only", None),
        ("see plan", "Land only", None),
    ],
)
def test_land_only_is_read_from_words_and_from_answers(
    text: str, header: str, only: bool | None
) -> None:
    assert land_only(text, header) is only


@pytest.mark.parametrize("text", ["Y", "yes", " YES.", "TRUE", "1", "x", "X", "✓"])
def test_yes_is_known_in_many_spellings(text: str) -> None:
    assert yes_or_no(text) is True


@pytest.mark.parametrize("text", ["N", "no", "No.", "FALSE", "0"])
def test_no_is_known_in_many_spellings(text: str) -> None:
    assert yes_or_no(text) is False


@pytest.mark.parametrize("text", ["", "maybe", "North", "yesterday", "10"])
def test_what_is_neither_yes_nor_no_is_neither(text: str) -> None:
    assert yes_or_no(text) is None


@pytest.mark.parametrize("text", ["", " ", "N/A", "#N/A", "None", "TBC", "-", "Not applicable"])
def test_the_ways_of_writing_nothing_say_nothing(text: str) -> None:
    assert says_nothing(text)
    assert not says_nothing("0")
    assert not says_nothing("Nonesuch Hall")

"""Kinds of asset, and things that are no land."""

import pytest

from commonweal.assets.registers.categories import (
    category_of,
    not_land_reason,
    says_no_use,
)
from commonweal.assets.rules import AssetCategory, Tenure

HOLDING_TYPES = {
    "Open Space Land and Allottments": AssetCategory.OPEN_SPACE,
    "Parks, Gardens and open space": AssetCategory.PARK,
    "Allotment Gardens": AssetCategory.ALLOTMENT,
    "Car Parks": AssetCategory.CAR_PARK,
    "Business Park": AssetCategory.COMMERCIAL,
    "Park and Ride": AssetCategory.CAR_PARK,
    "Public Conveinences": AssetCategory.PUBLIC_TOILET,
    "Cemetery and Cremartoria": AssetCategory.CEMETERY,
    "Depot Industrial": AssetCategory.DEPOT,
    "Recreational Land and Buildings": AssetCategory.SPORT,
    "Sports Facilities": AssetCategory.SPORT,
    "Community Buildings": AssetCategory.COMMUNITY_BUILDING,
    "Community Centre": AssetCategory.COMMUNITY_BUILDING,
    "Cultural Buildings Non Operational": AssetCategory.CULTURAL,
    "Arts Centre": AssetCategory.CULTURAL,
    "Art Gallery": AssetCategory.CULTURAL,
    "Farmland and Farms": AssetCategory.FARMLAND,
    "Public House": AssetCategory.COMMERCIAL,
    "Council Housing": AssetCategory.HOUSING,
    "Primary School": AssetCategory.EDUCATION,
    "Children's Home": AssetCategory.SOCIAL_CARE,
    "Town Hall": AssetCategory.OFFICE,
    "Street Furniture": AssetCategory.HIGHWAY,
    "Bridges": AssetCategory.HIGHWAY,
    "Other Land": AssetCategory.LAND,
    "Miscellaneous Operational": AssetCategory.OTHER,
    "Llyfrgell": AssetCategory.CULTURAL,
}

NAMES = {
    "Long Meadow Allotments": AssetCategory.ALLOTMENT,
    "Jubilee Pavilion, Park Road": AssetCategory.SPORT,
    "12 Park Road": AssetCategory.OTHER,
    "Land in School Road": AssetCategory.LAND,
    "Church Street Car Park": AssetCategory.CAR_PARK,
    "Eastmere Town Hall": AssetCategory.OFFICE,
    "Village Hall": AssetCategory.COMMUNITY_BUILDING,
    "Library Lane": AssetCategory.OTHER,
}

THINGS = [
    "Art", "Public Art", "Works of Art", "Art & Museum Collections", "Civic Regalia", "Paintings",
    "Mayor's Chain of Office", "Vehicles", "Vehicles, Plant & Equipment", "Office Furniture",
    "Furniture", "Museum Objects",
]  # fmt: skip
LAND = [
    "Art Gallery", "Arts Centre", "Street Furniture", "Park Furniture Store", "Martin's Yard",
    "Vehicle Workshop", "Vehicle Depot", "Civic Offices", "Museum", "Plant Nursery",
    "Play Equipment",
    "Silver Street Car Park", "Chain Bridge", "Heritage Assets", "Works", "Mace Court", "",
]  # fmt: skip


@pytest.mark.parametrize(("holding_type", "category"), HOLDING_TYPES.items())
def test_a_holding_type_has_a_category(holding_type: str, category: AssetCategory) -> None:
    assert category_of(holding_type, "Long Meadow Allotments") is category


@pytest.mark.parametrize(("name", "category"), NAMES.items())
def test_a_name_decides_where_the_holding_type_says_nothing(
    name: str, category: AssetCategory
) -> None:
    assert category_of("", name) is category
    assert category_of("n/a", name) is category


@pytest.mark.parametrize("holding_type", ["Land and Building", "Buildings Declared Surplus"])
def test_a_holding_type_without_a_use_lets_the_name_decide(holding_type: str) -> None:
    assert says_no_use(holding_type)
    assert category_of(holding_type, "Quay Street Toilets") is AssetCategory.PUBLIC_TOILET
    assert category_of("Land", "Strip by the river") is AssetCategory.LAND


@pytest.mark.parametrize("text", THINGS)
def test_art_regalia_vehicles_and_furniture_are_not_land(text: str) -> None:
    assert not_land_reason(Tenure.FREEHOLD, "Freehold", text, "") == f"its holding type is {text}"
    assert not_land_reason(Tenure.UNKNOWN, "", "", text) == f"it is called {text}"


@pytest.mark.parametrize("text", LAND)
def test_land_with_such_words_in_its_name_is_land(text: str) -> None:
    assert not_land_reason(Tenure.FREEHOLD, "Freehold", text, "") is None
    assert not_land_reason(Tenure.FREEHOLD, "Freehold", "", text) is None


def test_a_name_does_not_make_a_thing_of_what_has_a_holding_type() -> None:
    assert not_land_reason(Tenure.FREEHOLD, "Freehold", "Community Buildings", "Art") is None


def test_a_chattel_by_tenure_is_not_land_whatever_its_type() -> None:
    reason = not_land_reason(Tenure.NOT_LAND, "Chattel", "Cultural Buildings", "Telephone kiosk")
    assert reason == "its tenure is Chattel"

"""Harrowmere, a made-up county: its register of 5,000 rows, and the register of a year later.

Everything follows from a seed; nobody and no place of these names exists. The two registers say
the same, but for what befell some assets meanwhile. That story is told here, asset by asset, with
what a person who knows it would propose; it knows nothing of how the service matches. As files:
county_files.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Final, TypeVar

ROWS: Final = 5_000
WEST, SOUTH = 372_000, 528_000  # the county's corner, in metres of the British grid
SPACE_METRES: Final = 75  # between neighbours: farther than parts of one site are from each other


def _words(text: str) -> list[str]:
    return text.split()


_FIRST: Final = _words(
    "Aller Birk Calder Dun Esk Fell Gar Hawk Ings Keld Lang Mickle Nether Over Pen Raven Scar"
    " Thorn Under Whin"
)
_LAST: Final = _words("beck by dale garth holme keld rigg thwaite ton wick")
_STREETS: Final = _words(
    "Abbey Bridge Castle Chapel Church Dyke Fell Ferry Forge Garth Green Hall Heath Hill King"
    " Kiln Lime Mart Mill Moor North Orchard Paddock Priory Quarry Queen Ridge School Smithy South"
    " Spring Station Tithe Tower Vicarage Wath Well West Willow Wood"
)
_WAYS: Final = ("Lane", "Road", "Street", "Terrace", "Bank")
# Kinds: what the name says before or after the street, the holding type, land only.
_KINDS: Final = (
    ("{street} Car Park", "Car Park", True),
    ("{street} Recreation Ground", "Recreation Ground", True),
    ("{street} Play Area", "Playground", True),
    ("{street} Allotments", "Allotments", True),
    ("Land at {street}", "Land", True),
    ("Verge at {street}", "Open Space", True),
    ("{street} Primary School", "School", False),
    ("{street} Depot", "Depot", False),
    ("{street} Library", "Library", False),
    ("{street} Day Centre", "Day Centre", False),
    ("{street} Offices", "Offices", False),
    ("{street} Youth Club", "Youth Club", False),
    ("{street} Garages", "Garages", False),
    ("{street} Workshops", "Industrial Unit", False),
    ("{street} Burial Ground", "Cemetery", True),
    ("{street} Farm", "Farm", False),
    ("Café at {street}", "Café", False),
    ("Clerk\u2019s House, {street}", "Dwelling", False),
)
_DETAILS: Final = ("Occupied by local authority", "Leasehold", "Licence", "Vacant", "")
_WHY: Final = (
    "Held for the service that uses it.",
    "Acquired in 1974, with the former rural district.",
    "Held for the improvement of the highway; \u00a31 a year.",
)


@dataclass(frozen=True)
class Row:
    """What a register says of an asset, in no layout yet. Metres, square metres."""

    code: str
    uprn: str
    name: str
    number: str
    street: str
    town: str
    postcode: str
    east: int
    north: int
    tenure: str
    detail: str
    kind: str
    land_only: bool
    area: int  # 0 where it is not known
    ward: str
    why: str


@dataclass(frozen=True, order=True)
class Expected:
    """A proposal: codes as the two files have them, the fields that would change."""

    kind: str
    old_code: str
    new_code: str
    reason: str = ""
    fields: str = ""


T = TypeVar("T")
Step = tuple[list[Row], list[Row], list[Expected]]  # last year's rows, this year's, and proposals


class County:
    """Deals out assets, each on ground of its own."""

    def __init__(self) -> None:
        self.random = Random(1974)
        self.places = iter(_shuffled(list(self._places()), 1998))
        self.made = 0

    def pick(self, among: Sequence[str]) -> str:
        return among[self.random.randrange(len(among))]

    def _places(self) -> Iterator[tuple[str, str, int, int]]:
        """Villages and streets, each with a spot that nothing else is near."""
        towns = [f"{first}{last}" for last in _LAST for first in _FIRST][::3]
        ways = [f"{name} {way}" for way in _WAYS for name in _STREETS]
        for n, town in enumerate(towns):
            west, south = WEST + 3_000 + n % 8 * 2_400, SOUTH + 3_000 + n // 8 * 2_300
            for spot in range(100):
                east = west + spot % 10 * SPACE_METRES + self.random.randrange(7)
                north = south + spot // 10 * SPACE_METRES + self.random.randrange(7)
                yield town, ways[(n * 7 + spot * 3) % len(ways)], east, north

    def asset(self, *, uprn: bool | None = None) -> Row:
        """The next asset; with a UPRN, without, or as most registers have it: with, mostly."""
        n = self.made = self.made + 1
        town, street, east, north = next(self.places)
        called, kind, land_only = _KINDS[self.random.randrange(len(_KINDS))]
        outcode = f"HW{11 + n % 37}"
        unit = "ABDEFGHJLN"
        return Row(
            code=f"{1 + n % 41:02}/{n:05}/{'Land' if land_only else 'Land and Building'}",
            uprn=f"10{810_000_000 + n * 7}" if uprn or (uprn is None and n % 9) else "",
            name=called.format(street=street),
            number="" if land_only else str(1 + n % 60),
            street=street,
            town=town,
            postcode=f"{outcode} {n % 9 + 1}{unit[n % 10]}{unit[n // 10 % 10]}",
            east=east,
            north=north,
            tenure="Leasehold" if n % 6 == 0 else "Freehold",
            detail=self.pick(_DETAILS),
            kind=kind,
            land_only=land_only,
            area=self.random.randrange(1, 900) * 50 if n % 5 else 0,
            ward=f"{town} and {self.pick(_FIRST)}side" if n % 4 else town,
            why=self.pick(_WHY) if n % 3 == 0 else "",
        )


def change(was: Row, now: Row, reason: str, *fields: str) -> Step:
    """One asset that the two registers say different things of."""
    return [was], [now], [Expected("CHANGE", was.code, now.code, reason, " ".join(sorted(fields)))]


def code_in_other_case(county: County, n: int) -> Step:
    """Typed again in capitals, and something else put right on the way."""
    was = county.asset()
    now = replace(was, code=was.code.upper())
    if n % 5 == 0:
        was, now = replace(was, detail="Vacant"), replace(now, detail="Licence")
        return change(was, now, "CODE", "reference", "tenure_detail", "occupation")
    if n % 5 == 1:
        now = replace(now, area=was.area + 150)
        return change(was, now, "CODE", "reference", "area_square_metres")
    if n % 5 == 2:
        now = replace(now, why="Held until the review of 2026.")
        return change(was, now, "CODE", "reference", "reason_for_holding")
    if n % 5 == 3:
        now = replace(now, name=f"{was.name}, {was.town}")
        return change(was, now, "CODE", "reference", "name")
    now = replace(now, postcode=was.postcode[:-1] + "W")
    return change(was, now, "CODE", "reference", "postcode", "address")


def code_with_another_ending(county: County, _n: int) -> Step:
    """`…/Land and Building` became `…/BLDG`."""
    was = county.asset()
    part = "LND" if was.land_only else "BLDG"
    now = replace(was, code=f"{was.code.rpartition('/')[0]}/{part}")
    return change(was, now, "CODE_PART", "reference")


def another_code_same_uprn(county: County, n: int) -> Step:
    """The new system numbered it anew."""
    was = county.asset(uprn=True)
    return change(was, replace(was, code=f"HMC-{n + 20_000}"), "UPRN_AND_PLACE", "reference")


def another_code_same_name(county: County, n: int) -> Step:
    """The same, of what never had a UPRN; every tenth is called what others are called too."""
    was = county.asset(uprn=False)
    if n % 10 == 0:
        was = replace(was, name="Public Conveniences", kind="Public Conveniences")
    return change(was, replace(was, code=f"HMC-{n + 30_000}"), "NAME_AND_PLACE", "reference")


def moved(county: County, n: int) -> Step:
    """The point was put right: from the gate to the middle, or from one end of the parish."""
    was = county.asset()
    by = (12, 16) if n % 2 else (1_800, 2_400)
    now = replace(was, east=was.east + by[0], north=was.north + by[1])
    return change(was, now, "CODE", "location")


def held_otherwise(county: County, n: int) -> Step:
    was = county.asset()
    if n % 4 == 0:
        was = replace(was, tenure="Freehold")
        return change(was, replace(was, tenure="Leasehold"), "CODE", "tenure")
    if n % 4 == 1:  # neither holding type says what it is for: its name does
        was = replace(was, kind="Land", land_only=True, name=f"Land at {was.street}")
        now = replace(was, kind="Land Declared Surplus")
        return change(was, now, "CODE", "holding_type", "declared_surplus")
    if n % 4 == 2:
        was, now = replace(was, kind="Offices"), replace(was, kind="Community Centre")
        return change(was, now, "CODE", "holding_type", "category")
    was, now = replace(was, detail="Occupied by local authority"), replace(was, detail="Vacant")
    return change(was, now, "CODE", "tenure_detail", "occupation")


def merged(county: County, n: int) -> Step:
    """Two units of a yard, let as one since: the second has no row any more."""
    one = replace(county.asset(uprn=True), kind="Industrial Unit", land_only=False, area=300)
    yard, stem = f"{one.street} Yard", one.code.rpartition("/")[0]
    one = replace(one, name=f"{yard}, Unit 1", code=f"{stem}/Unit 1")
    two = replace(one, name=f"{yard}, Unit 2", code=f"{stem}/Unit 2", east=one.east + 15, uprn="")
    reason = "CODE_PART"
    if n % 3 == 1:
        two, reason = replace(two, code=f"YU/{n:04}", uprn=one.uprn), "UPRN_AND_PLACE"
    elif n % 3 == 2:
        two, reason = replace(two, code=f"YU/{n:04}"), "NAME_AND_PLACE"
    now = replace(one, name=f"{yard}, Units 1 and 2", area=600)
    expected = [
        Expected("CHANGE", one.code, now.code, "CODE", "area_square_metres name"),
        Expected("MERGE", two.code, now.code, reason),
    ]
    return [one, two], [now], expected


def split(county: County, n: int) -> Step:
    """A house whose upper floor has an entry of its own since it was let."""
    house = replace(county.asset(uprn=True), kind="Offices", land_only=False, area=800)
    called = f"{house.street} House"
    house = replace(house, name=called)
    below = replace(house, name=f"{called}, Ground Floor", area=450)
    above = replace(house, name=f"{called}, First Floor", area=350, detail="Leasehold")
    reason = "CODE_PART"
    if n % 3 == 0:
        above = replace(above, code=f"{house.code.rpartition('/')[0]}/First Floor", uprn="")
    elif n % 3 == 1:
        above, reason = replace(above, code=f"FF/{n:04}"), "UPRN_AND_PLACE"
    else:
        above, reason = replace(above, code=f"FF/{n:04}", uprn=""), "NAME_AND_PLACE"
    expected = [
        Expected("CHANGE", house.code, below.code, "CODE", "area_square_metres name"),
        Expected("SPLIT", house.code, above.code, reason),
    ]
    return [house], [below, above], expected


def missing(county: County, _n: int) -> Step:
    was = county.asset()
    return [was], [], [Expected("MISSING", was.code, "")]


def new(county: County, _n: int) -> Step:
    now = county.asset()
    return [], [now], [Expected("NEW", "", now.code)]


def estate(county: County, n: int) -> Step:
    """Nineteen units on one point under one UPRN, of which one estate's three get other codes.

    Of the next one a unit is given up, and of the third nothing changes.
    """
    first = replace(county.asset(uprn=True), kind="Industrial Unit", land_only=False)
    stem = first.code.rpartition("/")[0]
    units = [
        replace(
            first, name=f"Unit {u}, {first.street} Estate", code=f"{stem}/Unit {u}", area=u * 50
        )
        for u in range(1, 20)
    ]
    if n == 0:
        recoded = [replace(u, code=f"HMC-{40_000 + k}") for k, u in enumerate(units[4:7])]
        both = zip(units[4:7], recoded, strict=True)
        expected = [
            Expected("CHANGE", was.code, now.code, "UPRN_AND_PLACE", "reference")
            for was, now in both
        ]
        return units, [*units[:4], *recoded, *units[7:]], expected
    if n == 1:
        return units, units[:-1], [Expected("MISSING", units[-1].code, "")]
    return units, units, []


def one_code_for_two(county: County, _n: int) -> Step:
    """A mistake that stays: one code for two assets, miles apart. Nothing is to be proposed."""
    one, two = county.asset(), county.asset()
    both = [one, replace(two, code=one.code, east=two.east + 900)]
    return both, both, []


def the_same_row_twice(county: County, _n: int) -> Step:
    both = [county.asset()] * 2
    return both, both, []


def one_uprn_for_several(county: County, _n: int) -> Step:
    """A park, its pavilion and its toilets; the pavilion's code changes its ending."""
    park = replace(county.asset(uprn=True), name="Jubilee Park", kind="Park", land_only=True)
    stem = park.code.rpartition("/")[0]
    hut = replace(park, name="Cricket Pavilion", code=f"{stem}P/Land and Building", kind="Pavilion")
    hut = replace(hut, east=park.east + 30, land_only=False)
    toilets = replace(hut, name="Toilets", code=f"{stem}T/Land and Building", kind="Toilets")
    now = replace(hut, code=f"{stem}P/BLDG")
    expected = [Expected("CHANGE", hut.code, now.code, "CODE_PART", "reference")]
    return [park, hut, toilets], [park, now, toilets], expected


STORY: Final = (
    (code_in_other_case, 150),
    (code_with_another_ending, 120),
    (another_code_same_uprn, 57),  # and three units of an estate
    (another_code_same_name, 60),
    (moved, 80),
    (held_otherwise, 40),
    (merged, 25),
    (split, 25),
    (missing, 69),  # and a unit of an estate
    (new, 70),
    (estate, 3),
    (one_code_for_two, 3),
    (the_same_row_twice, 2),
    (one_uprn_for_several, 5),
)


@cache
def told() -> Step:
    """Both registers' rows, each in an order of its own, and every proposal to expect."""
    county = County()
    before: list[Row] = []
    after: list[Row] = []
    expected: list[Expected] = []
    for step, times in STORY:
        for n in range(times):
            was, now, proposals = step(county, n)
            before += was
            after += now
            expected += proposals
    assert len(before) == len(after), (len(before), len(after))
    quiet = [county.asset() for _ in range(ROWS - len(before))]
    return _shuffled(before + quiet, 1), _shuffled(after + quiet, 2), sorted(expected)


def _shuffled(things: list[T], seed: int) -> list[T]:
    random = Random(seed)
    for n in range(len(things) - 1, 0, -1):
        other = random.randrange(n + 1)
        things[n], things[other] = things[other], things[n]
    return things

"""Which row speaks of which asset, and why: by made-up rows, by generated ones, by a county's."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.assets.matching import (
    CROWD,
    FAMILY_METRES,
    NAME_METRES,
    UPRN_METRES,
    Matching,
    Side,
    match,
    metres_between,
    score,
)
from commonweal.assets.rules import MatchReason

HERE = (-2.08, 51.9)
METRE = 1 / 111_195  # in degrees of latitude
MOST_SECONDS = 6  # for 5,000 rows and assets; on an idle core it is about one


def side(number: int, code: str = "", name: str = "", **more: Any) -> Side:
    """A row or an asset at HERE, unless said otherwise."""
    values: dict[str, Any] = {"uprn": "", "address": "", "place": HERE, **more}
    everything = (code, name, *sorted(map(str, values.items())))
    return Side(number, code, name=name, **{"everything": everything, **values})


def north(metres: float) -> tuple[float, float]:
    return (HERE[0], HERE[1] + metres * METRE)


def reasons(found: Matching) -> dict[int, tuple[int, MatchReason]]:
    """By row: asset and reason."""
    return {m.row.number: (m.asset.number, m.reason) for m in found.matches}


CODE, PART = MatchReason.CODE, MatchReason.CODE_PART
UPRN, NAME = MatchReason.UPRN_AND_PLACE, MatchReason.NAME_AND_PLACE


@pytest.mark.parametrize(
    ("row", "asset", "reason"),
    [
        (side(2, "v/1", "Baths"), side(1, "V/1", "Old Baths"), CODE),
        (side(2, " V/1  a", "Baths"), side(1, "V/1 A", "Old Baths"), CODE),
        (side(2, "09/25/BLDG", "1 Mews"), side(1, "09/25/Land and Building", "No. 1"), PART),
        (side(2, "X9", "Baths", uprn="7"), side(1, "V/1", "Old Baths", uprn="7"), UPRN),
        (side(2, "X9", "Gym", uprn="7"), side(1, "V/1", "Old Baths", uprn="7"), UPRN),
        (side(2, "X9", "THE OLD BATHS"), side(1, "V/1", "Old Bath"), NAME),
        (
            side(2, "X9", "Baths", place=None, address="1, The Green"),
            side(1, "", "Baths", place=None, address="1 the green"),
            NAME,
        ),
        (side(2, "", "Baths", place=None), side(1, "", "Baths", place=None), NAME),
        (side(2, "X9", "Baths"), side(1, "V/1", "Toilets"), None),
        (side(2, "V/2", "Baths"), side(1, "V/1", "Toilets", place=north(600)), None),
    ],
)
def test_a_row_is_known_by_each_reason_in_turn(
    row: Side, asset: Side, reason: MatchReason | None
) -> None:
    found = match([row], [asset])
    assert reasons(found) == ({2: (1, reason)} if reason else {})
    assert bool(found.new) == bool(found.missing) == (reason is None)


@pytest.mark.parametrize(
    ("given_by", "most"),
    [({"uprn": "7", "name": "Gym"}, UPRN_METRES), ({"name": "Old Baths"}, NAME_METRES)],
)
def test_a_uprn_or_a_name_far_off_is_another_s(given_by: dict[str, str], most: int) -> None:
    known = side(1, "V/1", "Old Baths", uprn="7")
    near = side(2, "X9", place=north(most - 1), **given_by)
    far = side(2, "X9", place=north(most + 1), **given_by)
    assert len(match([near], [known]).matches) == 1
    assert match([far], [known]).matches == []


def test_a_leading_part_counts_only_where_one_row_and_one_asset_have_it() -> None:
    field, barn = side(1, "F/Land", "Field"), side(3, "F/Building", "Barn")
    row = side(2, "F/BLDG", "Shed")
    assert reasons(match([row], [field])) == {2: (1, PART)}
    assert reasons(match([row], [field, barn])) == {}
    far = side(4, "F/STRUC", "Sty", place=north(400))
    assert reasons(match([row, far], [field])) == {2: (1, PART)}  # the only one at its place
    assert reasons(match([far], [field, barn])) == {}


def test_a_leading_part_that_a_whole_series_shares_makes_no_family() -> None:
    series = [side(n, f"09/{n}", f"Hall {n} Road", place=north(n * 30)) for n in range(25)]
    rows = [replace(asset, number=asset.number + 100) for asset in series]
    new = side(200, "09/99", "Kiosk", place=north(-40))
    assert match([*rows, new], series).new == [new]
    assert len(match([*rows[:5], new], series[:5]).splits) == 1


def test_two_assets_that_exchange_codes_are_told_by_all_else_they_are() -> None:
    mill = side(1, "V/1", "Mill", uprn="7")
    pool = side(2, "V/2", "Pool", uprn="8", place=north(3_000))
    farm = side(3, "V/3", "Farm", uprn="", place=north(6_000))
    rows = [
        replace(mill, number=12, code="V/2", everything="a"),
        replace(pool, number=13, code="V/3", everything="b"),
        replace(farm, number=14, code="V/1", everything="c"),
    ]
    found = match(rows, [mill, pool, farm])
    assert reasons(found) == {12: (1, UPRN), 13: (2, UPRN), 14: (3, NAME)}


def test_a_code_that_nothing_else_speaks_for_gives_way_but_is_taken_where_nobody_else_is() -> None:
    mill = side(1, "V/1", "Mill", uprn="7", address="Mill Lane")
    reused = side(2, "V/1", "Crematorium", uprn="9", address="Hill", place=north(9_000))
    moved = side(3, "X9", "Mill", uprn="7", address="Mill Lane")
    assert reasons(match([reused, moved], [mill])) == {3: (1, UPRN)}
    alone = match([reused], [mill])
    assert reasons(alone) == {2: (1, CODE)}
    assert alone.matches[0].score < 4_500


def test_of_several_with_one_code_each_row_finds_the_likest_and_none_is_taken_twice() -> None:
    assets = [side(n, "V/1", f"Garage {n}", address=f"{n} Row") for n in (1, 2, 3)]
    rows = [side(n, "V/1", f"Garage {n}", address=f"{n} Row", uprn="5") for n in (3, 1, 2, 4)]
    found = match(rows, assets)
    assert reasons(found) == {n: (n, CODE) for n in (1, 2, 3)}
    assert [row.number for row in found.new] == [4]
    assert match(rows[:2], assets).missing == [assets[1]]


def test_a_former_asset_is_known_again_after_those_that_are_held() -> None:
    gone = side(1, "V/1", "Baths", former=True)
    assert reasons(match([side(2, "V/1", "Baths")], [gone])) == {2: (1, CODE)}
    held = side(3, "V/1", "Baths, rear")
    assert reasons(match([side(2, "V/1", "Baths")], [gone, held])) == {2: (3, CODE)}
    nobody = match([], [gone])
    assert nobody.missing == []


def test_a_further_row_about_a_place_that_one_asset_held_alone_is_a_split() -> None:
    asset = side(1, "09/7/Land", "Yard", uprn="7")
    kept = side(2, "09/7/Land", "Yard, unit 1", uprn="7")
    for row, reason in (
        (side(3, "09/7/BLDG", "Store"), PART),
        (side(3, "X9", "Workshop", uprn="7"), UPRN),
        (side(3, "X9", "Yard, unit 2"), NAME),
    ):
        found = match([kept, row], [asset])
        assert [(m.row.number, m.asset.number, m.reason) for m in found.splits] == [(3, 1, reason)]
        assert found.new == []
    elsewhere = side(3, "X9", "Yard, unit 2", place=north(FAMILY_METRES + 1))
    assert match([kept, elsewhere], [asset]).new == [elsewhere]
    beside = side(4, "09/8", "Yard")  # now nobody held it alone
    found = match([kept, replace(beside), side(3, "X9", "Yard, unit 2")], [asset, beside])
    assert [row.number for row in found.new] == [3]


def test_what_is_nowhere_shares_no_place() -> None:
    asset = side(1, "V/1", "Yard", place=None)
    kept, other = replace(asset, number=2), side(3, "V/2", "Yard, unit 2", place=None)
    assert match([kept, other], [asset]).new == [other]


def test_an_asset_whose_place_and_name_another_row_took_up_is_merged_into_it() -> None:
    kept, gone = side(1, "A1", "Garages 1"), side(2, "B2", "Garages 2")
    grown = side(3, "A1", "Garages 1 to 2")
    found = match([grown], [kept, gone])
    assert [(m.asset.number, m.row.number, m.reason) for m in found.merges] == [(2, 3, NAME)]
    same = match([replace(kept, number=3)], [kept, gone])  # its neighbour is as it was
    assert (same.merges, same.missing) == ([], [gone])
    annexe = side(2, "B2", "Garages 1, annexe")
    assert len(match([replace(kept, number=3)], [kept, annexe]).merges) == 1


def test_a_score_is_the_share_of_what_both_say_that_agrees() -> None:
    asset = side(1, "V/1/Land", "Old Baths", uprn="7", address="1 Bath Road")
    assert score(replace(asset, number=2), asset) == 10_000
    renamed = replace(asset, code="V/1/LND")
    assert score(renamed, asset) == 10_000 - 10_000 * 4 // 11 // 4 - 1  # a quarter of the code's
    assert score(side(2, place=None), asset) == 0
    assert score(replace(asset, uprn=""), asset) == 10_000  # what one does not say counts nothing
    assert score(replace(asset, place=north(250)), asset) == pytest.approx(9_090, abs=20)


def test_metres_are_those_of_the_globe_within_one_in_a_hundred() -> None:
    assert metres_between(HERE, (HERE[0], HERE[1] + 0.01)) == pytest.approx(1_112, rel=0.01)
    assert metres_between(HERE, (HERE[0] + 0.01, HERE[1])) == pytest.approx(688, rel=0.01)


SIDES = st.lists(
    st.tuples(
        st.sampled_from(["", "V/1", "v/1", "V/2", "V/1/A", "V/1/B", "W", "W/A"]),
        st.sampled_from(["", "7", "8"]),
        st.sampled_from(["", "Hall", "The Halls", "Hall, rear", "Baths"]),
        st.sampled_from(["", "1 Row", "2 Row"]),
        st.sampled_from([None, HERE, north(20), north(300), north(2_000)]),
    ),
    max_size=12,
)


def sides(drawn: Sequence[tuple[Any, ...]], first: int) -> list[Side]:
    return [
        side(first + n, code, name, uprn=uprn, address=address, place=place)
        for n, (code, uprn, name, address, place) in enumerate(drawn)
    ]


@given(SIDES, SIDES)
@settings(max_examples=300, deadline=None)
def test_every_row_and_every_asset_is_in_one_place_of_the_outcome(
    drawn: list[Any], known: list[Any]
) -> None:
    rows, assets = sides(drawn, 1), sides(known, 100)
    found = match(rows, assets)
    of_rows = [m.row for m in (*found.matches, *found.splits)] + found.new
    of_assets = [m.asset for m in (*found.matches, *found.merges)] + found.missing
    assert sorted(s.number for s in of_rows) == [s.number for s in rows]
    assert sorted(s.number for s in of_assets) == [s.number for s in assets]
    matched = {m.asset.number for m in found.matches}
    assert all(m.asset.number in matched for m in found.splits)
    assert all(0 <= m.score <= 10_000 for m in (*found.matches, *found.splits, *found.merges))


@given(SIDES, SIDES, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_rows_does_not_matter(
    drawn: list[Any], known: list[Any], shuffler: random.Random
) -> None:
    assets = sides(known, 100)
    other = list(drawn)
    shuffler.shuffle(other)

    def outcome(rows: Sequence[Any]) -> Counter[Any]:
        found = match(sides(rows, 1), assets)
        return Counter(
            [(m.row.everything, m.asset.everything, m.reason) for m in found.matches]
            + [(m.row.everything, m.asset.everything, "split") for m in found.splits]
            + [(m.row.everything, m.asset.everything, "merge") for m in found.merges]
            + [(row.everything, None, "new") for row in found.new]
        )

    assert outcome(drawn) == outcome(other)


@given(SIDES, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_what_is_unchanged_is_matched_with_what_is_wholly_alike(
    drawn: list[Any], shuffler: random.Random
) -> None:
    assets = sides(drawn, 100)
    shuffler.shuffle(drawn)
    found = match(sides(drawn, 1), assets)
    assert all(m.row.everything == m.asset.everything for m in found.matches)
    assert len(found.matches) == len(assets)


def grid(count: int, code: str, name: str = "Depot", uprn: bool = True) -> list[Side]:
    """So many things, a hundred metres apart."""
    return [
        side(
            n,
            f"{code}/{n}" if code else "",
            f"{name} {n % 50}",
            uprn=str(n) if uprn else "",
            place=(-2.2 + n % 100 * 0.0015, 51.8 + n // 100 * 0.001),
            everything=(code, name, n),
        )
        for n in range(count)
    ]


@pytest.mark.alone
@pytest.mark.parametrize(
    ("rows", "assets", "matched"),
    [
        (grid(5_000, "V"), grid(5_000, "V"), 5_000),
        (grid(5_000, "X"), grid(5_000, "V", name="Store"), 5_000),  # by UPRN and place
        (grid(5_000, "X", uprn=False), grid(5_000, "V"), 5_000),  # by name and place
        ([side(n, "V", str(n)) for n in range(5_000)], [side(1, "V")] * 1, 1),
    ],
    ids=["same codes", "other codes", "no UPRNs", "one code"],
)
def test_5_000_rows_find_their_assets_in_about_a_second(
    rows: list[Side], assets: list[Side], matched: int
) -> None:
    start = time.process_time()
    found = match(rows, assets)
    assert time.process_time() - start < MOST_SECONDS
    assert len(found.matches) == matched


@pytest.mark.alone
def test_a_crowd_under_one_key_is_looked_at_only_so_far() -> None:
    """1,500 rows under one code, at one point, of one name: not two million pairs."""
    alike = [side(n, "V/1", "Garage", uprn="7", everything=n) for n in range(1_500)]
    start = time.process_time()
    found = match([replace(s, everything=-1 - s.number) for s in alike], alike)
    assert time.process_time() - start < 2 * MOST_SECONDS
    assert len(found.matches) >= CROWD

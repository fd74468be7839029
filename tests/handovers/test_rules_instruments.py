"""What of an asset may be awarded beside what."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_instruments as interests
from commonweal.handovers.rules_instruments import Instrument, Interest

JANUARY, JUNE, DECEMBER = date(2027, 1, 1), date(2027, 6, 1), date(2027, 12, 1)
GROUND, ABOVE = frozenset({"ground floor"}), frozenset({"first floor"})
BOTH = GROUND | ABOVE


def lease(since: date, until: date, parts: frozenset[str] = frozenset()) -> Interest:
    return Interest(1, Instrument.LEASE, since, until, parts)


FREEHOLD = Interest(1, Instrument.FREEHOLD, JUNE)
days = st.integers(0, 30).map(lambda days: JANUARY + timedelta(days=days))
some = st.builds(
    Interest,
    st.integers(1, 2),
    st.sampled_from(Instrument),
    days,
    st.none() | days,
    st.sets(st.sampled_from("abc")).map(frozenset),
)


def test_an_asset_is_awarded_once() -> None:
    """Invariant 12."""
    for taken in (FREEHOLD, lease(JANUARY, JUNE)):
        with pytest.raises(interests.AlreadyAwarded):
            interests.check_free(taken, [taken])


def test_a_lease_leaves_the_freehold_listed() -> None:
    """Invariant 12."""
    interests.check_free(FREEHOLD, [lease(JANUARY, DECEMBER)])
    interests.check_free(lease(JANUARY, DECEMBER), [FREEHOLD])


def test_two_leases_of_one_floor_may_follow_one_another_to_the_day() -> None:
    """Invariant 12."""
    interests.check_free(lease(JUNE, DECEMBER), [lease(JANUARY, JUNE)])
    with pytest.raises(interests.AlreadyAwarded) as refused:
        interests.check_free(lease(JUNE - timedelta(days=1), DECEMBER), [lease(JANUARY, JUNE)])
    assert refused.value.message == (
        "From 2027-01-01 until 2027-06-01 a lease of the whole is awarded already. Choose other "
        "parts or other days, or end that award first."
    )


def test_two_leases_at_one_time_may_be_of_two_floors_but_not_of_the_whole() -> None:
    """Invariant 12."""
    ground = lease(JANUARY, DECEMBER, GROUND)
    interests.check_free(lease(JANUARY, DECEMBER, ABOVE), [ground])
    for parts in (GROUND, BOTH, frozenset[str]()):
        with pytest.raises(interests.AlreadyAwarded):
            interests.check_free(lease(JANUARY, DECEMBER, parts), [ground])


def test_who_manages_it_under_a_licence_is_in_the_way_of_a_lease_and_a_service_is_not() -> None:
    licence = Interest(1, Instrument.LICENCE, JANUARY, DECEMBER)
    with pytest.raises(interests.AlreadyAwarded):
        interests.check_free(lease(JUNE, DECEMBER), [licence])
    interests.check_free(
        lease(JUNE, DECEMBER), [Interest(1, Instrument.SERVICE, JANUARY, DECEMBER)]
    )


def test_another_asset_is_another_matter() -> None:
    interests.check_free(FREEHOLD, [Interest(2, Instrument.FREEHOLD, JUNE)])


@given(some, some)
def test_who_is_in_whose_way_is_the_same_from_both_sides(one: Interest, other: Interest) -> None:
    """Invariant 12: whichever award is made first."""
    assert one.rivals(other) == other.rivals(one)


@given(some, some)
def test_what_rivals_shares_a_day_and_a_part(one: Interest, other: Interest) -> None:
    """Invariant 12, day by day and part by part."""
    if any(each.until and each.until <= each.since for each in (one, other)):
        return

    def had(each: Interest) -> set[tuple[int, str, date, str]]:
        last = each.until or JANUARY + timedelta(days=40)
        held = [each.since + timedelta(days=n) for n in range((last - each.since).days)]
        kind = interests.RIVALS[each.instrument]
        return {(each.asset_id, kind, day, part) for day in held for part in each.parts or "abc"}

    assert one.rivals(other) == bool(had(one) & had(other))


def test_only_a_freehold_has_no_end_and_what_ends_begins_before() -> None:
    interests.check_interest(FREEHOLD)
    interests.check_interest(lease(JANUARY, JUNE))
    with pytest.raises(interests.EndNeeded):
        interests.check_interest(Interest(1, Instrument.LICENCE, JANUARY))
    with pytest.raises(interests.EndsBeforeItBegins):
        interests.check_interest(lease(JUNE, JUNE))

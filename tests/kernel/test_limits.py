"""Limits that a request can run into, said beside the code that refuses."""

from collections.abc import Iterator

import pytest

from commonweal.kernel.limits import LIMITS, Limit, limit


@pytest.fixture(autouse=True)
def limits_as_they_were() -> Iterator[None]:
    kept = dict(LIMITS)
    yield
    LIMITS.clear()
    LIMITS.update(kept)


def test_a_limit_that_is_said_is_known_by_its_name() -> None:
    made = limit("radius", 50_000, "metres", "a county")

    assert made == Limit("radius", 50_000, "metres", "a county") == LIMITS["radius"]
    assert limit("radius", 50_000, "metres", "a county") == made


def test_two_limits_cannot_have_one_name() -> None:
    limit("radius", 50_000, "metres", "a county")

    with pytest.raises(TypeError, match="there is another limit named 'radius'"):
        limit("radius", 60_000, "metres", "a county")
    assert LIMITS["radius"].value == 50_000

"""Amounts: what may become one, and how they read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.amounts import (
    MOST_AMOUNT,
    NotAnAmount,
    hours_text,
    minutes,
    pence,
    pounds_text,
)


@pytest.mark.parametrize("value", [0, 1, MOST_AMOUNT])
def test_a_whole_number_is_an_amount(value: int) -> None:
    assert minutes(value) == value
    assert pence(value) == value


def test_the_most_is_what_a_json_reader_keeps_exact() -> None:
    assert MOST_AMOUNT == 2**53 - 1


@pytest.mark.parametrize(
    ("value", "given"),
    [
        (1.0, "a float"),
        (float("nan"), "a float"),
        (True, "a bool"),
        ("60", "a str"),
        (Decimal(60), "a Decimal"),
        (None, "a NoneType"),
        (-1, "less than 0"),
        (MOST_AMOUNT + 1, "more than that"),
        pytest.param(10**5000, "more than that", id="more digits than Python agrees to write"),
    ],
)
def test_anything_else_is_refused_and_told_what_it_was(value: object, given: str) -> None:
    with pytest.raises(NotAnAmount) as caught:
        minutes(value)
    assert caught.value == NotAnAmount("minutes", given)
    with pytest.raises(NotAnAmount, match=rf"of pence from 0 to 9007199254740991; it was {given}"):
        pence(value)


def test_hours_read_as_hours_and_minutes() -> None:
    assert hours_text(870) == "14:30"
    assert hours_text(5) == "0:05"
    assert hours_text(-90) == "-1:30"
    assert hours_text(6_000) == "100:00"


def test_pounds_read_as_pounds_and_pence() -> None:
    assert pounds_text(1250) == "£12.50"
    assert pounds_text(5) == "£0.05"
    assert pounds_text(-250) == "-£2.50"
    assert pounds_text(123_456_789) == "£1,234,567.89"


@given(st.integers(-MOST_AMOUNT, MOST_AMOUNT))
def test_no_minute_and_no_penny_is_lost_in_the_text(amount: int) -> None:
    sign = -1 if amount < 0 else 1
    hours, rest = hours_text(amount).lstrip("-").split(":")
    assert sign * (int(hours) * 60 + int(rest)) == amount
    assert sign * int(pounds_text(amount).translate({ord(c): None for c in "-£,."})) == amount

"""The numbers of exchanges. Pure."""

import pytest

from commonweal.exchanges.rules import (
    DESCRIPTION,
    MINUTES,
    TITLE,
    TOLERANCE,
    WORDS,
    ExchangeMinutesUnfit,
    HelpTextUnfit,
    agreed_minutes,
    checked_minutes,
    checked_text,
)


def test_of_two_who_differ_a_little_the_lower_holds() -> None:
    assert agreed_minutes(60, 60 + TOLERANCE.value) == 60
    assert agreed_minutes(60 + TOLERANCE.value, 60) == 60
    assert agreed_minutes(60, 61 + TOLERANCE.value) is None


def test_minutes_are_whole_and_of_a_day() -> None:
    assert [checked_minutes(n, 1) for n in (1, MINUTES.value)] == [1, MINUTES.value]
    assert checked_minutes(0, 0) == 0
    for minutes in (0, MINUTES.value + 1):
        with pytest.raises(ExchangeMinutesUnfit):
            checked_minutes(minutes, 1)


@pytest.mark.parametrize("most", [TITLE.value, DESCRIPTION.value, WORDS.value])
def test_texts_have_ends(most: int) -> None:
    assert len(checked_text("x" * most, "title", most)) == most
    for text in ("", " ", "x" * (most + 1)):
        with pytest.raises(HelpTextUnfit):
            checked_text(text, "title", most)

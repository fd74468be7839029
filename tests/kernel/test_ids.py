"""Ids: they only go up, stay inside their lease, and survive being read aloud."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.ids import (
    EPOCH_MS,
    MOST_COUNT,
    MOST_ID,
    MOST_MS,
    MOST_PROCESS,
    IdMaker,
    LeaseExpired,
    prefix_of,
    read_id,
    write_id,
)

NOW = EPOCH_MS + 1_000
numbers = st.integers(0, MOST_ID)


class Hands:
    """A clock whose hands the test moves: Unix milliseconds."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def parts(number: int) -> tuple[int, int, int]:
    """Millisecond, process and count, read independently of the maker."""
    bits = f"{number:063b}"
    return EPOCH_MS + int(bits[:41], 2), int(bits[41:51], 2), int(bits[51:], 2)


def test_an_id_holds_its_millisecond_process_and_count() -> None:
    maker = IdMaker(777, NOW + 10, Hands())
    assert [parts(maker.make()) for _ in range(2)] == [(NOW, 777, 0), (NOW, 777, 1)]
    assert (maker.process, maker.last_ms) == (777, NOW)


def test_the_epoch_is_the_first_of_january_2026() -> None:
    assert EPOCH_MS == 1_767_225_600_000


def test_the_last_id_of_all_fits_a_signed_64_bit_column() -> None:
    maker = IdMaker(MOST_PROCESS, MOST_MS, Hands(MOST_MS - 1))
    assert MOST_ID == 2**63 - 1
    assert parts(maker.make()) == (MOST_MS - 1, 1023, 0)
    assert parts(MOST_ID) == (MOST_MS, 1023, 4095)


@given(st.lists(st.integers(-5_000, 5_000), max_size=50), st.integers(0, MOST_PROCESS))
def test_ids_only_go_up_whatever_the_clock_does(steps: list[int], process: int) -> None:
    hands = Hands()
    maker = IdMaker(process, MOST_MS, hands)
    made = []
    for step in steps:
        hands.at += step
        made.append(maker.make())
    assert made == sorted(set(made))
    assert all(parts(number)[1] == process for number in made)


@given(st.tuples(st.integers(0, 10**12), st.integers(0, 1023)), st.integers(1, 10**11))
def test_ids_of_any_processes_sort_by_their_time(first: tuple[int, int], later_ms: int) -> None:
    after_ms, process = first
    earlier = IdMaker(process, MOST_MS, Hands(EPOCH_MS + after_ms)).make()
    later = IdMaker(MOST_PROCESS - process, MOST_MS, Hands(EPOCH_MS + after_ms + later_ms)).make()
    assert earlier < later
    assert write_id("abc", earlier) < write_id("abc", later)


def test_a_full_millisecond_borrows_from_the_next_and_the_clock_catches_up() -> None:
    hands = Hands()
    maker = IdMaker(1, NOW + 10, hands)
    assert parts([maker.make() for _ in range(MOST_COUNT + 1)][-1]) == (NOW, 1, MOST_COUNT)
    assert parts(maker.make()) == (NOW + 1, 1, 0)
    hands.at = NOW + 1
    assert parts(maker.make()) == (NOW + 1, 1, 1)
    hands.at = NOW + 2
    assert parts(maker.make()) == (NOW + 2, 1, 0)


def test_no_id_is_made_at_or_after_the_end_of_the_lease() -> None:
    hands = Hands(NOW + 9)
    maker = IdMaker(1, NOW + 10, hands)
    maker.make()
    hands.at = NOW + 10
    with pytest.raises(LeaseExpired, match="process number 1 "):
        maker.make()
    assert maker.last_ms == NOW + 9
    maker.extend(NOW + 11)
    assert parts(maker.make()) == (NOW + 10, 1, 0)


def test_borrowing_stops_at_the_end_of_the_lease_too() -> None:
    maker = IdMaker(1, NOW + 1, Hands())
    for _ in range(MOST_COUNT + 1):
        maker.make()
    with pytest.raises(LeaseExpired):
        maker.make()


def test_a_renewal_that_arrives_late_does_not_shorten_the_lease() -> None:
    maker = IdMaker(1, NOW + 10, Hands(NOW + 9))
    maker.extend(NOW)
    assert parts(maker.make()) == (NOW + 9, 1, 0)


def test_the_next_holder_of_a_number_begins_where_the_last_lease_ended() -> None:
    slow = Hands(NOW - 500)
    first = IdMaker(1, NOW, Hands(NOW - 1)).make()
    second = IdMaker(1, NOW + 10, slow, not_before_ms=NOW)
    assert second.last_ms == NOW - 1
    assert parts(second.make()) == (NOW, 1, 0) > parts(first)


def test_a_clock_before_the_epoch_begins_at_the_epoch() -> None:
    maker = IdMaker(1, NOW, Hands(0), not_before_ms=0)
    assert maker.make() == 1 << 12


def test_threads_never_get_the_same_id() -> None:
    def slow_clock() -> int:
        time.sleep(0)  # lets another thread run in the middle of making an id
        return NOW

    maker = IdMaker(1, NOW + 1_000, slow_clock)
    with ThreadPoolExecutor(8) as pool:
        batches = pool.map(lambda _: [maker.make() for _ in range(200)], range(8))
    assert len({number for batch in batches for number in batch}) == 1_600


@pytest.mark.parametrize("process", [-1, MOST_PROCESS + 1])
def test_a_process_number_beyond_ten_bits_is_refused(process: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 1023"):
        IdMaker(process, NOW, Hands())


def test_a_lease_beyond_the_last_millisecond_is_refused() -> None:
    maker = IdMaker(1, MOST_MS, Hands())
    with pytest.raises(ValueError, match="no room"):
        maker.extend(MOST_MS + 1)


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), numbers)
def test_an_id_reads_back_as_it_was_written(prefix: str, number: int) -> None:
    text = write_id(prefix, number)
    assert len(text) == len(prefix) + 14
    assert read_id(prefix, text) == read_id(prefix, text.upper()) == number
    assert prefix_of(text) == prefix_of(text.upper()) == prefix


@given(numbers, numbers)
def test_texts_sort_as_their_numbers_do(one: int, other: int) -> None:
    assert (one < other) == (write_id("abc", one) < write_id("abc", other))


def test_the_text_is_crockfords_base_32() -> None:
    assert write_id("abc", 0) == "abc_0000000000000"
    assert write_id("abc", 31) == "abc_000000000000z"
    assert write_id("abc", MOST_ID) == "abc_7zzzzzzzzzzzz"
    tens = sum(place * 32 ** (12 - place) for place in range(13))
    assert write_id("abc", tens) == "abc_0123456789abc"
    twenties = sum((19 + place) * 32 ** (12 - place) for place in range(1, 13))
    assert write_id("abc", twenties) == "abc_0mnpqrstvwxyz"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert read_id("abc", "abc_oO00000000iIl") == read_id("abc", "abc_0000000000111")
    assert read_id("abc", "ABC_000000000000L") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "abc_",
        "_0000000000001",
        "abc_000000000001",  # 12 characters
        "abc_00000000000001",  # 14
        "abc0000000000001",
        "abc-0000000000001",
        "abc_000000000000u",  # no letter of Crockford's
        "abc_000000000-001",
        "abc_8000000000000",  # 64 bits
        "abc_zzzzzzzzzzzzz",
        " abc_0000000000001",
        "abc_0000000000001\n",
        "abc_00000000000\N{FULLWIDTH DIGIT ZERO}1",  # a digit, but a wide one
        "abc_000000000000\N{KELVIN SIGN}",  # its lower case is k
        "a1c_0000000000001",
        "a_b_0000000000001",
    ],
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert read_id("abc", text) is None
    assert prefix_of(text) is None


def test_another_kinds_id_is_none() -> None:
    assert read_id("abc", "abd_0000000000001") is None
    assert prefix_of("abd_0000000000001") == "abd"


@given(st.text(max_size=20))
def test_reading_never_raises(text: str) -> None:
    assert read_id("abc", "abc_" + text) is None or len(text) == 13


@pytest.mark.parametrize("number", [-1, MOST_ID + 1])
def test_a_number_beyond_63_bits_is_not_written(number: int) -> None:
    with pytest.raises(ValueError, match="an id is from 0 to"):
        write_id("abc", number)


@pytest.mark.parametrize("prefix", ["", "Abc", "a1", "a_b", "é"])
def test_a_prefix_that_could_not_be_read_is_not_written(prefix: str) -> None:
    with pytest.raises(ValueError, match="a prefix is lower-case letters"):
        write_id(prefix, 1)

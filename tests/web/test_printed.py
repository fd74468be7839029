"""What is printed from the code: nothing of a room may be missing."""

from commonweal.kernel.limits import LIMITS as LIMITS_BELOW
from commonweal.web.limits import LIMITS
from commonweal.web.printed import limits


def test_the_limits_of_every_room_are_printed_once() -> None:
    rows = [line.split(" | ")[0] for line in limits().splitlines()[2:]]

    assert "| idempotency key" in rows
    assert len(rows) == len(set(rows))
    assert {row.removeprefix("| ") for row in rows} == {each.name for each in LIMITS} | {
        *LIMITS_BELOW
    }

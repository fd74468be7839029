"""What is printed from the code: nothing of a room may be missing."""

import importlib
import pkgutil
from datetime import date

import pytest

import commonweal
from commonweal.kernel.limits import LIMITS, Limit
from commonweal.kernel.retention import RETENTION, Kept
from commonweal.web.printed import limits, retention

LATER = Kept("jobs that were done", 1_000, date(2027, 5, 1), "for a trial")


def test_the_limits_of_every_room_are_printed_once() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in limits().splitlines()[2:]]

    assert rows == sorted(LIMITS)
    assert {"idempotency key", "request body", "file"} <= {*rows}
    assert "| request body | 100,000 bytes | " in limits()
    assert all(each.value > 0 and each.unit and each.why for each in LIMITS.values())


def test_no_limit_stands_outside_the_one_register() -> None:
    for module in pkgutil.walk_packages(commonweal.__path__, "commonweal."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Limit):
                assert LIMITS.get(value.name) == value, f"{module.name}.{name}: say limit(...)"


def test_what_is_kept_is_printed_with_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    retention()  # which imports all who say so
    monkeypatch.setitem(RETENTION, ("jobs that were done", date(2027, 5, 1)), LATER)
    head, _, *rows = retention().splitlines()

    assert head == "| what | kept for | from | why |"
    assert len(rows) == len(RETENTION)
    forever = "| audit records | as long as the service stands | 2026-11-22 | "
    assert [row for row in rows if row.startswith(forever)]
    jobs = [row for row in rows if row.startswith("| jobs that were done |")]
    assert jobs[0].startswith("| jobs that were done | 7 days | 2026-11-22 | ")
    assert jobs[1] == "| jobs that were done | 1,000 days | 2027-05-01 | for a trial |"
    assert all(row.why for row in RETENTION.values())

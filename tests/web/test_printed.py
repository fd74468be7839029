"""What is printed from the code: nothing of a room may be missing."""

import importlib
import pkgutil

import commonweal
from commonweal.kernel.limits import LIMITS, Limit
from commonweal.web.printed import limits


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

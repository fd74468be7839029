"""What holds in every test here; the town that most of them ask is in tests/towns.py."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def planned_answers_do_not_fail(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The executor would answer in their stead, and no answer would show it."""
    yield
    records = caplog.get_records("call")
    assert not [each.exc_text for each in records if "planned answer failed" in each.message]

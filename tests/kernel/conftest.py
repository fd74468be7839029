"""The facts and lifecycles of these tests must not reach what is printed in `schema/`."""

from collections.abc import Iterator

import pytest

from commonweal.kernel.errors import ERRORS
from commonweal.kernel.lifecycle import LIFECYCLES


@pytest.fixture(autouse=True)
def registries_as_they_were() -> Iterator[None]:
    errors, lifecycles = dict(ERRORS), dict(LIFECYCLES)
    yield
    ERRORS.clear()
    ERRORS.update(errors)
    LIFECYCLES.clear()
    LIFECYCLES.update(lifecycles)

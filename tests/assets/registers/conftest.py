"""The made-up registers, and the box in which Eastmere, their town, would lie."""

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from commonweal.assets.registers import Draft, guess, interpret, read_register

REGISTERS = Path(__file__).parents[3] / "fixtures" / "registers"

Published = Callable[[str], bytes]
Drafts = Callable[[str], dict[str, Draft]]


@pytest.fixture
def published() -> Published:
    """The bytes of a made-up register, by name."""
    return lambda name: (REGISTERS / f"{name}.csv").read_bytes()


@pytest.fixture
def eastmere() -> shapely.Polygon:
    return shapely.box(-2.08, 51.87, -2.02, 51.90)


@pytest.fixture
def drafts(published: Published, eastmere: shapely.Polygon) -> Drafts:
    """The drafts of a made-up register, read with nobody's help, by their references."""

    def read(name: str) -> dict[str, Draft]:
        register = read_register(published(name))
        return {d.reference or "": d for d in interpret(register, guess(register), eastmere)}

    return read

"""The operations of fixtures/operations: their text, budget, who asks, and what with."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from commonweal.access import Viewer
from tests.graph.town import VIEWERS

FOLDER: Final = Path(__file__).parents[2] / "fixtures" / "operations"
HEADER: Final = re.compile(r"# sql<=(?P<budget>\d+)\n# as (?P<who>\w+)\n# (?P<story>.+)\n")


@dataclass(frozen=True)
class Operation:
    name: str
    text: str
    budget: int  # statements
    viewer: Viewer
    askings: list[dict[str, Any]]  # the variables of each

    @property
    def is_mutation(self) -> bool:
        return "\nmutation " in self.text


def read(path: Path) -> Operation:
    text, values = path.read_text(), path.with_suffix(".json")
    header = HEADER.match(text)
    assert header, f"{path.name} does not begin with its budget, who asks, and the story"
    askings = orjson.loads(values.read_bytes()) if values.exists() else [{}]
    viewer = VIEWERS[header["who"]]
    return Operation(path.stem, text, int(header["budget"]), viewer, askings)


OPERATIONS: Final = [read(path) for path in sorted(FOLDER.glob("*.graphql"))]
QUERIES: Final = [each for each in OPERATIONS if not each.is_mutation]

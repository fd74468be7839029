"""Each invariant of the assets' design note that is promised so far has a test that names it."""

import ast
import re
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parents[1]
PROMISED: Final = {1, 3, *range(5, 25), 29, 35, 37}  # design note: assets, 6


def test_every_promised_invariant_is_named_by_a_test() -> None:
    named: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                named |= numbers(ast.get_docstring(node) or "")
    assert sorted(PROMISED - named) == []


def numbers(text: str) -> set[int]:
    """Those of "Invariant 8." and "Invariants 14 and 17"."""
    found = re.findall(r"[Ii]nvariants?((?:,? (?:and )?\d+)+)", text)
    return {int(number) for each in found for number in re.findall(r"\d+", each)}

"""Rules of the house that import-linter cannot express, read from the syntax trees.

Each test says why it is not a contract in pyproject.toml. Every failure lists file and line.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "commonweal"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TREES = {path: ast.parse(path.read_text(), path) for path in SOURCES + TESTS}

# One can hold this much in one's head: a file is read in a sitting, a function on a screen.
FILE_LINES = 400
FUNCTION_LINES = 70
DOCSTRING_LINES = 15

NAMELESS = re.compile(r"(util|helper|manager|service)s?$")
# Not here, for they have other senses: (decimal) place, (bit) shift, (match) group, message.
DOMAIN_WORDS = re.compile(
    r"(asset|bid|building|council|credit|ledger|listing|offer|opportunity|organisation|park"
    r"|people|person|resident|shop|volunteer|wallet|ward)(s|ies)?$"
)
SETS_STATE = re.compile(r"\bset\s+state\s*=", re.IGNORECASE)

Finding = tuple[int, str]


def findings(paths: list[Path], look: Callable[[ast.AST], Iterator[Finding]]) -> list[str]:
    """What `look` says of each node, as `src/commonweal/x.py:12 what`."""
    return [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in paths
        for node in ast.walk(TREES[path])
        for line, what in look(node)
    ]


def room(path: Path) -> str:
    """`assets` for both src/commonweal/assets/rules.py and src/commonweal/assets.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def outside(*exempt: str) -> list[Path]:
    """The sources but those of a room (`store`) or one file (`store/transaction.py`)."""
    return [
        path
        for path in SOURCES
        if room(path) not in exempt and str(path.relative_to(PACKAGE)) not in exempt
    ]


def imported(node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.lineno, node.module or "." * node.level


def test_kernel_and_rules_import_only_the_standard_library_and_kernel() -> None:
    """A contract forbids packages that it names, not every package; nor does it see rules_bids."""
    pure = [path for path in SOURCES if room(path) == "kernel" or path.name.startswith("rules")]

    def foreign(node: ast.AST) -> Iterator[Finding]:
        for line, name in imported(node):
            known = name.startswith("commonweal.kernel") or re.fullmatch(
                r"commonweal\.\w+\.rules\w*", name
            )
            if not known and name.split(".")[0] not in sys.stdlib_module_names:
                yield line, f"imports {name}"

    assert not findings(pure, foreign)


def test_a_file_that_was_split_by_noun_is_named_in_the_contracts() -> None:
    """A contract's `*` stands for a whole name: `commonweal.*.schema` is not schema_bids."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    split = [
        f"commonweal.{room(path)}.{path.stem}"
        for path in SOURCES
        if re.match(r"(rules|queries|actions|schema)_", path.stem)
    ]

    assert not [module for module in split if f"'{module}'" not in str(contracts)]


def test_a_state_is_assigned_only_by_a_lifecycle() -> None:
    """Not an import. The store's compare-and-swap asks the table of moves; none goes round it."""

    def assigns(node: ast.AST) -> Iterator[Finding]:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr == "state":
                yield node.lineno, "assigns .state"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "update" and any(word.arg == "state" for word in node.keywords):
                yield node.lineno, "updates state"
        elif isinstance(node, ast.Constant) and SETS_STATE.search(str(node.value)):
            yield node.lineno, "sets state in SQL"

    assert not findings(outside("store", "kernel/lifecycle.py"), assigns)


def test_a_transaction_is_opened_only_by_the_store() -> None:
    """A contract could forbid the module, not the connection's own `in_transaction`."""

    def opens(node: ast.AST) -> Iterator[Finding]:
        if isinstance(node, ast.Attribute) and node.attr == "in_transaction":
            yield node.lineno, "in_transaction"
        for line, name in imported(node):
            if name == "tortoise.transactions":
                yield line, name

    assert not findings(outside("store/transaction.py"), opens)


def test_kernel_has_no_word_of_the_domain() -> None:
    """About names, not imports. Docstrings may give examples; names may not."""

    def words(node: ast.AST) -> Iterator[Finding]:
        for field in ("name", "id", "attr", "arg"):
            if isinstance(name := getattr(node, field, None), str):
                for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name):
                    if DOMAIN_WORDS.match(word.lower()):
                        yield getattr(node, "lineno", 0), name

    assert not findings([path for path in SOURCES if room(path) == "kernel"], words)


def test_no_module_is_named_after_nothing() -> None:
    """`utils`, `helpers`, `managers` and `services` say where a thing lies, not what it is."""
    names = {
        part for path in SOURCES + TESTS for part in path.relative_to(ROOT).with_suffix("").parts
    }

    assert not [name for name in names if NAMELESS.search(name)]


@pytest.mark.parametrize("paths", [outside("migrations"), TESTS], ids=["sources", "tests"])
def test_files_and_functions_are_short(paths: list[Path]) -> None:
    """Migrations are exempt: they are written by a tool and read by one."""

    def long_function(node: ast.AST) -> Iterator[Finding]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines"

    lengths = {path: len(path.read_text().splitlines()) for path in paths}

    assert not [f"{path} {length}" for path, length in lengths.items() if length > FILE_LINES]
    assert not findings(paths, long_function)


def test_every_module_says_what_it_is_for_in_few_lines() -> None:
    """Migrations are exempt, as above."""
    docstrings = {path: ast.get_docstring(TREES[path]) or "" for path in outside("migrations")}

    assert not [str(path) for path, text in docstrings.items() if not text]
    assert not [
        str(path) for path, text in docstrings.items() if len(text.splitlines()) > DOCSTRING_LINES
    ]

"""Every kind of job that is written down is one that a worker knows (web/jobs.py)."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import commonweal
from commonweal.web.jobs import jobs_of
from commonweal.web.settings import Settings

JOBS = jobs_of(Settings())
SRC = Path(commonweal.__file__).parent
SCHEDULED = "store/jobs.py"  # `schedule` writes lines for the kinds that its caller has in JOBS


def enqueued() -> Iterator[tuple[str, ast.expr]]:
    """Where `enqueue` is called, and with what for a kind."""
    for path in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "attr", getattr(node.func, "id", "")) == "enqueue":
                named = [each.value for each in node.keywords if each.arg == "kind"]
                yield path.relative_to(SRC).as_posix(), (named or [node.args[1]])[0]


def value_of(file: str, kind: ast.expr) -> object:
    """What is written there, or what the module's constant of that name is."""
    if isinstance(kind, ast.Constant):
        return kind.value
    module = importlib.import_module("commonweal." + file.removesuffix(".py").replace("/", "."))
    assert isinstance(kind, ast.Name), f"{file}:{kind.lineno}: say the kind, or a constant's name"
    assert hasattr(module, kind.id), f"{file}:{kind.lineno}: {kind.id} is no constant of the module"
    return getattr(module, kind.id)


def test_every_kind_that_is_enqueued_stands_in_the_table_of_jobs() -> None:
    kinds = [(file, value_of(file, kind)) for file, kind in enqueued() if file != SCHEDULED]
    assert kinds, "nothing is enqueued: has `enqueue` another name?"
    for file, kind in kinds:
        assert kind in JOBS, f"{file} enqueues {kind!r}, which web/jobs.py does not know"


def test_a_line_is_written_without_its_kind_being_said_in_one_place_only() -> None:
    said = [kind for file, kind in enqueued() if file == SCHEDULED]
    assert [kind.id for kind in said if isinstance(kind, ast.Name)] == ["kind"]

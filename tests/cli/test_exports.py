"""`commonweal export register`: a file that is whole, and that `import assets` takes again."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.journeys.test_register_to_window import Run, run

__all__ = ["run"]  # a fixture

# what the engines have of their own, tests/assets/test_exporting.py tries on both
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
COUNCIL = ("--council", "E07000999")


@pytest.fixture
def town(run: Run) -> Run:
    """Commands on a database that has Wernbridge's areas and register."""
    run("import", "areas", f"{DEMO / 'areas.geojson'}", "--kind", "ward", *COUNCIL)
    run("import", "assets", f"{DEMO / 'register.csv'}", *COUNCIL, "--licence", "CC0 1.0")
    return run


def test_a_register_is_written_whole_and_comes_in_again_without_a_change(
    town: Run, tmp_path: Path
) -> None:
    to = tmp_path / "out.csv"
    to.write_text("what was there before")
    assert "60 assets written" in town("export", "register", "E07000999", "--to", f"{to}")
    rows = list(csv.DictReader(io.StringIO(to.read_bytes().decode("utf-8-sig"), newline="")))
    assert len(rows) == 60
    assert {row["Data licence"] for row in rows} == {"CC0 1.0"}
    assert {row["Register of"] for row in rows} == {"Wernbridge District Council (E07000999)"}
    assert [path.name for path in tmp_path.glob("*.part")] == []
    done = town("import", "assets", f"{to}", *COUNCIL)
    assert "60 rows kept" in done
    assert "by the layout in which this service writes" in " ".join(done.split())
    shapes = tmp_path / "out.geojson"
    town("export", "register", "E07000999", "--format", "geojson", "--to", f"{shapes}")
    assert len(json.loads(shapes.read_bytes())["features"]) == 60


def test_an_unknown_council_leaves_no_file(run: Run, tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    with pytest.raises(AssertionError, match="There is no council E07000001"):
        run("export", "register", "E07000001", "--to", f"{to}")
    assert [path.suffix for path in tmp_path.glob("out*")] == []


@pytest.mark.parametrize("words", [("register", "E07000999", "--to"), ("ledger",)], ids=str)
def test_a_file_that_cannot_be_written_is_said(
    town: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    to = tmp_path / "nowhere" / "out"
    with pytest.raises(AssertionError, match=r"cannot be written \(No such file or directory\)"):
        town("export", *words, f"{to}")

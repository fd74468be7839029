"""The command line, run as a newcomer runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REGISTERS = Path(__file__).parents[2] / "fixtures" / "registers"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A command in an empty folder; its outcome."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        code = "from commonweal.cli import main; main()"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *words],
            cwd=tmp_path,
            env=kept | {"COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "words",
    [
        (),
        *zip(["demo", "serve", "worker", "jobs", "migrate", "schema", "import", "export", "token"]),
    ],
    ids=" ".join,
)
def test_every_command_explains_itself(command: Command, words: tuple[str, ...]) -> None:
    done = command(*words, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_without_a_database_a_command_says_how_to_get_one(command: Command) -> None:
    done = command("serve")
    assert done.returncode == 1
    assert "`commonweal migrate` makes it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_another_program_s_file_is_refused_in_a_sentence(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "commonweal.db").write_text("not a database, but long enough" * 50)
    done = command("serve")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cannot be used" in done.stderr


def test_a_register_is_shown_first_then_imported_then_not_again(
    command: Command, tmp_path: Path
) -> None:
    wards = tmp_path / "wards.geojson"
    wards.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
        '{"WD13NM":"All Saints","WD13CD":"E05000001"},"geometry":{"type":"Polygon","coordinates":'
        "[[[-2.2,51.8],[-2.0,51.8],[-2.0,52.0],[-2.2,52.0],[-2.2,51.8]]]}}]}"
    )
    register = tmp_path / "register.csv"
    register.write_text(
        "Site Ref;Name;GeoX;GeoY;Tenure;Remarks\n"
        "R1;Old Library;394592;222387;Freehold;leaking\n"
        "R2;Swapped Hall;222387;394592;Freehold;\n"
        "R3;The Mayor's Chain;;;Chattel;\n"
    )
    assert command("migrate").returncode == 0
    council = ("--council", "E07000078")
    made = command("import", "areas", str(wards), "--kind", "ward", *council, "--council-name", "C")
    assert "1 areas added" in made.stdout, made.stderr

    shown = command("import", "assets", str(register), *council, "--dry-run")
    assert "Nothing was changed" in shown.stdout
    assert "Swapped Hall" in shown.stdout
    assert "swapped" in shown.stdout.lower()

    mapped = ("--map", "Remarks=description")
    done = command("import", "assets", str(register), *council, *mapped)
    assert "3 rows kept: 3 assets added" in done.stdout, done.stderr
    assert "1 can never be listed" in done.stdout

    again = command("import", "assets", str(register), *council)
    assert again.returncode == 1
    assert "imported before" in again.stderr

    register.write_text(register.read_text() + "R4;New Barn;394600;222400;Freehold;thatched\n")
    more = command("import", "assets", str(register), *council)
    assert "kept from last time" in more.stdout
    assert "0 assets added, 3 were held already" in more.stdout
    assert "A row speaks of what is not known here" in more.stdout


def test_a_wrong_correction_names_what_was_probably_meant(command: Command, tmp_path: Path) -> None:
    command("migrate")
    wards = tmp_path / "w.geojson"
    wards.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"A"},'
        '"geometry":{"type":"Polygon","coordinates":[[[0,51],[1,51],[1,52],[0,51]]]}}]}'
    )
    council = ("--council", "E07000001")
    command("import", "areas", str(wards), "--kind", "ward", *council, "--council-name", "C")
    file = str(next(iter(sorted(REGISTERS.glob("*.csv")))))
    done = command("import", "assets", file, *council, "--map", "Nmae=refrence")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "reference" in done.stderr


def test_a_token_is_shown_once_and_a_silly_lifetime_refused(command: Command) -> None:
    command("migrate")
    done = command("token", "create", "--council", "E07000078")
    assert done.returncode == 1
    assert "no council E07000078" in done.stderr

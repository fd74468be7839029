"""What `tests/no_skips.py` promises, seen from outside: a pytest run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PASSES = "def test_works(): pass\n"
SKIPS = PASSES + "import pytest\ndef test_waits(): pytest.skip('no database here')\n"
SKIPS_WHOLE = "import pytest\npytest.skip('no Node here', allow_module_level=True)\n"

pytestmark = pytest.mark.parametrize("workers", ["0", "2"])  # in this process, and in two others


def run(
    folder: Path, workers: str, no_skips: str, **files: str
) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    asked = ["-p", "tests.no_skips", "-n", workers, "-c", os.devnull, str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *asked],
        check=False,
        cwd=folder,
        env=os.environ | {"COMMONWEAL_NO_SKIPS": no_skips, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_a_skipped_test_fails_the_run_and_is_named(tmp_path: Path, workers: str) -> None:
    result = run(tmp_path, workers, "1", test_one=SKIPS)

    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "test_one.py::test_waits: Skipped: no database here" in result.stdout


def test_a_skipped_module_fails_the_run_and_is_named(tmp_path: Path, workers: str) -> None:
    result = run(tmp_path, workers, "1", test_one=PASSES, test_two=SKIPS_WHOLE)

    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "test_two.py: Skipped: no Node here" in result.stdout


def test_a_run_without_skips_passes(tmp_path: Path, workers: str) -> None:
    assert run(tmp_path, workers, "1", test_one=PASSES).returncode == pytest.ExitCode.OK


def test_a_skip_is_allowed_where_nobody_asked(tmp_path: Path, workers: str) -> None:
    assert run(tmp_path, workers, "", test_one=SKIPS).returncode == pytest.ExitCode.OK

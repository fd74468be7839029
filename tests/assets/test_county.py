"""The made-up county's registers are what their story makes them, to the byte."""

import csv
import io
from collections import Counter

import pytest

from commonweal.assets.registers import Level, guess, interpret, read_register
from commonweal.places.area_files import read_areas
from tests.assets.county import ROWS, Expected, Row, told
from tests.assets.county_files import FOLDER, files


@pytest.mark.parametrize("name", sorted(files()))
def test_the_kept_file_is_what_the_story_makes_again(name: str) -> None:
    assert (FOLDER / name).read_bytes() == files()[name], (
        "run `python -m tests.assets.county_files`"
    )


def test_the_files_are_small_enough_to_keep() -> None:
    assert all(path.stat().st_size < 1_000_000 for path in FOLDER.iterdir())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


@pytest.mark.parametrize("name", ["2025.csv", "2026.csv"])
def test_every_row_of_either_year_is_read_with_nobodys_help(name: str) -> None:
    [area] = read_areas((FOLDER / "area.geojson").read_bytes()).areas
    register = read_register((FOLDER / name).read_bytes())
    drafts = interpret(register, guess(register), area.shape)
    assert len(drafts) == ROWS
    assert all(draft.point and draft.coordinate_system == "BRITISH" for draft in drafts)
    problems = [problem for draft in drafts for problem in draft.problems]
    assert {problem.code for problem in problems} == {"REPEATED_REFERENCE", "DUPLICATE_ROW"}
    assert {problem.level for problem in problems} == {Level.NOTE}


def test_the_two_years_differ_in_layout_as_councils_registers_do() -> None:
    first, second = (read_register((FOLDER / n).read_bytes()) for n in ("2025.csv", "2026.csv"))
    assert (first.encoding, second.encoding) == ("cp1252", "utf-8")
    assert (len(first.blank_rows), len(second.blank_rows)) == (3, 0)
    assert not set(first.headers) & set(second.headers)
    assert {e.field for e in guess(first).entries} - {e.field for e in guess(second).entries} == {
        "x", "y", "area_hectares",
    }  # fmt: skip


def test_what_is_expected_accounts_for_every_row_that_differs() -> None:
    before, after, expected = told()
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    kinds = Counter(proposal.kind for proposal in expected)
    assert kinds == {"CHANGE": 565, "MERGE": 25, "MISSING": 70, "NEW": 70, "SPLIT": 25}
    assert gone.total() == kinds["CHANGE"] + kinds["MERGE"] + kinds["MISSING"]
    assert come.total() == kinds["CHANGE"] + kinds["NEW"] + kinds["SPLIT"]
    rows = list(csv.DictReader(io.StringIO((FOLDER / "expected.csv").read_text())))
    assert [Expected(*row.values()) for row in rows] == expected
    assert {e.new_code for e in expected if e.kind != "MISSING"} <= {row.code for row in after}


def test_the_traps_are_there() -> None:
    before, _, expected = told()

    def most(of: list[object]) -> int:
        return Counter(of).most_common(1)[0][1]

    assert most([(row.east, row.north) for row in before]) == 19
    assert most([row.uprn for row in before if row.uprn]) == 19
    told_of = {e.old_code for e in expected} | {e.new_code for e in expected}
    twice = [code for code, times in Counter(r.code for r in before).items() if times > 1]
    assert len(twice) == 5  # three codes of two assets each, and two rows given twice
    assert not told_of & set(twice)
    alike: list[Row] = [row for row in before if row.name == "Public Conveniences"]
    assert len(alike) == 6
    assert len({row.town for row in alike}) == 6

"""The README says what is so: settings, rooms and commands."""

import re
from pathlib import Path

from commonweal.web.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_has_its_line_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        line = re.search(rf"\| `COMMONWEAL_{name.upper()}` \| `([^`]*)` \|", README)
        assert line, name
        assert line[1].lower() == str(field.default).lower()


def test_every_setting_that_it_names_is_one() -> None:
    known = {f"COMMONWEAL_{name.upper()}" for name in Settings.model_fields}
    tests_own = {"COMMONWEAL_TEST_POSTGRES_URL", "COMMONWEAL_OPEN_DATA"}
    assert set(re.findall(r"COMMONWEAL_[A-Z_]+", README)) == known | tests_own


def test_every_room_is_in_the_picture() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "commonweal").glob("*/__init__.py")}
    picture = README.split("## The rooms")[1].split("```")[1]
    assert {room for room in rooms if room not in picture} == {"migrations"}


def test_every_file_that_it_names_is_there() -> None:
    for path in re.findall(r"`((?:graph|listings|assets|store)/[a-z_]+\.py)`", README):
        assert (ROOT / "src" / "commonweal" / path).exists(), path

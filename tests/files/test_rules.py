"""Names and limits of uploads."""

import pytest

from commonweal.assets.registers.reading import MAX_REGISTER_BYTES
from commonweal.files.rules import (
    DAY_SECONDS,
    FILE_BYTES,
    MAX_NAME,
    MEDIA_TYPES,
    OWNER_BYTES,
    UPLOAD_SECONDS,
    DailyUploadsReached,
    FileEmpty,
    FileNameNeeded,
    check_day,
    check_size,
    cleaned_name,
    named_for,
)
from commonweal.places.uploads import MAX_FILE_BYTES
from commonweal.store.contents import ORPHAN_SECONDS


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("hall.pdf", "hall.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/var/plans/", "plans"),
        (".htaccess", "htaccess"),
        ("plan.pdf...", "plan.pdf"),
        ("a\x00b\x1b[31m\r\n.pdf", "ab[31m .pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066a\u2069\u200b\ufeff.pdf", "a.pdf"),
        ("half\ud83d.pdf", "half.pdf"),
        ("a\u2028b\u00a0\tc.pdf", "a b c.pdf"),
        ("Ty\u0302.pdf", "T\u0177.pdf"),
        ("Cynllun Tŷ Mawr £5.pdf", "Cynllun Tŷ Mawr £5.pdf"),
    ],
)
def test_a_name_is_what_can_be_seen_of_a_paths_last_part(given: str, cleaned: str) -> None:
    assert cleaned_name(given) == cleaned


@pytest.mark.parametrize("given", ["", " ", ".", "..", "../", "a/..", "\u202e", "\r\n", "\\"])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(FileNameNeeded):
        cleaned_name(given)


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("a.pdf", "application/pdf", "a.pdf"),
        ("a.PDF", "application/pdf", "a.PDF"),
        ("a.exe", "application/pdf", "a.exe.pdf"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("page.html", "text/csv", "page.html.csv"),
        ("register", "text/csv", "register.csv"),
        ("x" * 400, "image/png", "x" * (MAX_NAME - 4) + ".png"),
        ("y" * 400 + ".JPeG", "image/jpeg", "y" * (MAX_NAME - 5) + ".JPeG"),
    ],
)
def test_a_name_ends_as_its_type_does_and_is_not_too_long(
    name: str, media_type: str, kept: str
) -> None:
    assert named_for(name, media_type) == kept
    assert len(kept) <= MAX_NAME


def test_every_type_has_endings_of_its_own_that_nothing_runs() -> None:
    runs = {".exe", ".bat", ".cmd", ".js", ".html", ".htm", ".svg", ".xml", ".sh", ".ps1", ".docm"}
    for taken in MEDIA_TYPES.values():
        assert taken.endings
        assert not runs & set(taken.endings)


def test_a_file_without_bytes_is_refused() -> None:
    check_size(1)
    with pytest.raises(FileEmpty):
        check_size(0)


def test_a_day_holds_so_many_bytes_and_not_one_more() -> None:
    most = OWNER_BYTES.value
    check_day(most - 5, 5)
    with pytest.raises(DailyUploadsReached, match="500,000,000 bytes, and 499,999,996 are used"):
        check_day(most - 4, 5)


def test_the_limits_fit_each_other() -> None:
    assert FILE_BYTES.value < OWNER_BYTES.value
    # who reads what was uploaded says the number again, for it may not import this room
    assert FILE_BYTES.value == MAX_REGISTER_BYTES.value == MAX_FILE_BYTES
    assert UPLOAD_SECONDS.value < ORPHAN_SECONDS < DAY_SECONDS

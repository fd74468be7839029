"""What the readers of this room's files share: a limit, decoding, and problems by row or feature.

A reader keeps what can be kept and reports the rest: nothing of a file is dropped in silence. It
raises only when the file as a whole is of no use. area_files.py, gazetteer_files.py.
"""

from dataclasses import dataclass
from typing import Final

from commonweal.kernel.errors import UserError, fact

MAX_FILE_BYTES: Final = 50_000_000  # what PUT /files takes; all wards of England are under 40 MB


@fact
class PlacesFileTooLarge(UserError):
    says = "The file has {size_bytes} bytes; the most is {most_bytes}. Split it."
    size_bytes: int
    most_bytes: int


@dataclass(frozen=True)
class Problem:
    """What a reader could not use, and where: the feature's or the row's number in the file."""

    what: str  # "feature", counted from 1, or "row", as a spreadsheet counts: the header is row 1
    number: int
    error: UserError

    @property
    def message(self) -> str:
        return f"{self.what.capitalize()} {self.number}: {self.error.message}"


def text_of(raw: bytes) -> str:
    """The text of an upload: UTF-8, UTF-16 if marked, else Windows's cp1252.

    Raises PlacesFileTooLarge. A byte that no encoding explains becomes U+FFFD.
    """
    if len(raw) > MAX_FILE_BYTES:
        raise PlacesFileTooLarge(len(raw), MAX_FILE_BYTES)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")

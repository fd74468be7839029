"""What may be uploaded and how much of it, and what it is called then. Pure.

What a file is, its bytes say: `sniffing.py` finds one of the MEDIA_TYPES below or refuses.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

FILE_BYTES: Final = limit(
    "file", 50_000_000, "bytes", "a survey's scan, all wards of England: both under 40 MB"
)
OWNER_BYTES: Final = limit(
    "files of one owner in a day", 500_000_000, "bytes", "ten of the largest; a disk is finite"
)
OWNER_UPLOADS: Final = limit(
    "uploads of one owner at once", 4, "uploads", "each may hold 50 MB of disk before it is counted"
)
UPLOAD_SECONDS: Final = limit(
    "time for an upload", 600, "seconds", "50 MB at 0.7 Mbit/s; a part an hour old is swept"
)
NAME_CHARACTERS: Final = limit(
    "name of a file", 255, "characters", "what file systems take where it is saved again"
)
MAX_NAME: Final = NAME_CHARACTERS.value
DAY_SECONDS: Final = 86_400  # of OWNER_BYTES, counted back from the upload


@dataclass(frozen=True, slots=True)
class Taken:
    """A type of file that is taken: what people call it, what its name may end in."""

    called: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
MEDIA_TYPES: Final[dict[str, Taken]] = {
    "application/pdf": Taken("PDF", (".pdf",)),
    "image/png": Taken("PNG", (".png",)),
    "image/jpeg": Taken("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif")),
    "image/gif": Taken("GIF", (".gif",)),
    "image/webp": Taken("WebP", (".webp",)),
    "text/csv": Taken("CSV", (".csv", ".tsv", ".txt")),
    "text/plain": Taken("plain text", (".txt", ".csv", ".tsv", ".md")),
    "application/json": Taken("JSON", (".json", ".geojson", ".txt")),
    "application/geo+json": Taken("GeoJSON", (".geojson", ".json", ".txt")),
    f"{_OFFICE}.wordprocessingml.document": Taken("DOCX", (".docx",)),
    f"{_OFFICE}.spreadsheetml.sheet": Taken("XLSX", (".xlsx",)),
    f"{_OFFICE}.presentationml.presentation": Taken("PPTX", (".pptx",)),
    f"{_OPEN}.text": Taken("ODT", (".odt",)),
    f"{_OPEN}.spreadsheet": Taken("ODS", (".ods",)),
    f"{_OPEN}.presentation": Taken("ODP", (".odp",)),
}
TAKEN: Final = ", ".join(each.called for each in MEDIA_TYPES.values())


@fact
class FileEmpty(UserError):
    says = "The file has no bytes. Choose it again, or send it as the body of the request."


@fact
class FileTypeUnknown(UserError):
    says = "By its bytes this is none of the types that are taken: {taken}."
    taken: str = TAKEN


@fact
class FileCouldRun(UserError):
    """Whatever its name says: it could act on the device of whoever opens it."""

    says = "By its bytes this is {what}, which could run where it is opened. Taken are: {taken}."
    what: str
    taken: str = TAKEN


@fact
class FileNameNeeded(UserError):
    says = "Say what the file is called: PUT /files?name=…"


@fact
class DailyUploadsReached(UserError):
    says = (
        "Within a day you may upload {most_bytes:,} bytes, and {used_bytes:,} are used. "
        "Try again tomorrow."
    )
    most_bytes: int
    used_bytes: int


@fact
class TooManyUploadsAtOnce(UserError):
    says = "You have {most} uploads running already. Wait for one of them to end."
    most: int


def cleaned_name(given: str) -> str:
    """What a file may be called: the last part of a path, never hidden. Raises FileNameNeeded.

    Without what cannot be seen, above all the marks that turn the direction of reading and so put
    an ending elsewhere than at the end.
    """
    *_, last = re.split(r"[/\\]", given.rstrip("/\\ "))
    shown = seen(unicodedata.normalize("NFC", last))
    name = " ".join(shown.split()).strip(". ")
    if not name:
        raise FileNameNeeded
    return name


def named_for(name: str, media_type: str) -> str:
    """The name with an ending of its type, and not too long.

    A system runs what is called `.bat`, whatever is in it: here that becomes `.bat.txt`.
    """
    endings = MEDIA_TYPES[media_type].endings
    ending = next((each for each in endings if name.lower().endswith(each)), "")
    at = len(name) - len(ending)
    stem, ending = name[:at], name[at:] or endings[0]
    return stem[: MAX_NAME - len(ending)] + ending


def check_size(size_bytes: int) -> None:
    """Raises FileEmpty."""
    if size_bytes == 0:
        raise FileEmpty


def check_day(used_bytes: int, more_bytes: int) -> None:
    """Whether an owner who used so much may bring more. Raises DailyUploadsReached."""
    if used_bytes + more_bytes > OWNER_BYTES.value:
        raise DailyUploadsReached(OWNER_BYTES.value, used_bytes)

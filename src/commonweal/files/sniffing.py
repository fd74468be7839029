"""What a file is, by its bytes: never by its name or by what its sender calls it.

Only what is listed in `rules.MEDIA_TYPES` is taken. What a browser or a desktop would run (pages,
drawings with scripts, programs, documents with macros) is refused by name, so that its sender
knows why; all else is merely unknown. That a file is whole and sound nobody can say by its
beginning: whoever reads it later finds out.
"""

import codecs
import csv
import io
import re
import struct
from collections import Counter
from pathlib import Path
from typing import BinaryIO, Final

from .rules import MEDIA_TYPES, FileCouldRun, FileTypeUnknown

SIGNATURES: Final = (
    (re.compile(rb"%PDF-\d"), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)
PROGRAMS: Final = re.compile(
    rb"MZ|\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|\0asm"
)
MARKUP: Final = re.compile(r"\s*<[a-z!?/]", re.I)  # whichever tag, at the beginning
PAGE: Final = re.compile(  # wherever it stands
    r"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|math)\b", re.I
)
SCRIPT: Final = re.compile(r"\s*(?:#!|@echo\b|<\?php|<#|%!ps)", re.I)

ZIP: Final = b"PK\x03\x04"
OFFICE: Final = "application/vnd.openxmlformats-officedocument"
ZIP_PARTS: Final = {  # by a part that only such a document has
    b"word/document": f"{OFFICE}.wordprocessingml.document",
    b"xl/workbook": f"{OFFICE}.spreadsheetml.sheet",
    b"ppt/presentation": f"{OFFICE}.presentationml.presentation",
}
MACROS: Final = (b"vbaproject.bin", b"basic/script-lc.xml")  # in any case
OPEN_DOCUMENT: Final = re.compile(  # its first part says what it is, not compressed
    rb"PK\x03\x04.{22}\x08\0..mimetype"
    rb"(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))PK",
    re.DOTALL,
)
END_OF_ZIP: Final = struct.Struct("<4s4H2LH")  # 22 bytes, and a comment of up to 65,535
DIRECTORY_BYTES: Final = 1_000_000  # 10,000 parts: a document has some dozens

BYTE_ORDERS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
CONTROLS: Final = re.compile("[\0-\x08\x0e-\x19\x1b-\x1f\x7f]")  # \x1a ended files in DOS
OBJECT: Final = re.compile(r'\s*(?:\{\s*["}]|\[\s*(?:[\[{"\]\d-]|true|false|null))')
GEO: Final = re.compile(
    r'"type"\s*:\s*"(?:FeatureCollection|Feature|GeometryCollection'
    r'|(?:Multi)?(?:Point|LineString|Polygon))"'
)
DELIMITERS: Final = ",;\t|"
ROWS_READ: Final = 50  # of a table, to see that its rows are alike


def media_type_of(head: bytes, whole: Path | bytes) -> str:
    """The type of a file that begins so, and lies there or is in memory.

    Raises FileCouldRun, FileTypeUnknown.
    """
    for signature, media_type in SIGNATURES:
        if signature.match(head):
            return media_type
    if head.startswith(ZIP):
        return _in_zip(head, whole)
    text = text_of(head)
    if text is not None:
        return _of_text(text)
    if PROGRAMS.match(head):
        raise FileCouldRun("a program")
    raise FileTypeUnknown


def text_of(head: bytes) -> str | None:
    """A beginning as text: UTF-8, UTF-16 where it is marked, else Windows's cp1252; or None."""
    order = BYTE_ORDERS.get(head[:2])
    for encoding in (order,) if order else ("utf-8-sig", "cp1252"):
        try:  # what is cut off at the end is no fault
            text = codecs.getincrementaldecoder(encoding)().decode(head[2:] if order else head)
        except UnicodeDecodeError:
            continue
        return None if CONTROLS.search(text) else text
    return None


def _of_text(text: str) -> str:
    if SCRIPT.match(text):
        raise FileCouldRun("a script")
    if MARKUP.match(text) or PAGE.search(text):
        raise FileCouldRun("a web page or a drawing in XML (HTML, SVG)")
    if OBJECT.match(text):
        return "application/geo+json" if GEO.search(text) else "application/json"
    return "text/csv" if _is_table(text) else "text/plain"


def _is_table(text: str) -> bool:
    """Whether most of the first rows have as many columns as each other, and more than one."""
    lines = text.splitlines()[:ROWS_READ]
    for delimiter in DELIMITERS:
        rows = list(csv.reader(lines, delimiter=delimiter))
        widths = Counter(len(row) for row in rows if row)
        width, alike = max(widths.items(), key=lambda each: each[1], default=(0, 0))
        if width > 1 and alike > 1 and alike * 2 > len(rows):
            return True
    return False


def _in_zip(head: bytes, whole: Path | bytes) -> str:
    """Of a document in a ZIP file, by the names of its parts; nothing is unpacked."""
    with io.BytesIO(whole) if isinstance(whole, bytes) else whole.open("rb") as file:
        parts = _directory(file)
    if any(name in parts.lower() for name in MACROS):
        raise FileCouldRun("a document with macros")
    if told := OPEN_DOCUMENT.match(head):
        return told[1].decode()
    for name, media_type in ZIP_PARTS.items():
        if name in parts:
            return media_type
    raise FileTypeUnknown


def _directory(file: BinaryIO) -> bytes:
    """The list at the end of a ZIP file. Raises FileTypeUnknown where it has none, or a long one.

    Read by hand: Python's `zipfile` would make an object of each of a million parts.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - END_OF_ZIP.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_OF_ZIP.size:
        raise FileTypeUnknown
    *_, length, offset, _comment = END_OF_ZIP.unpack_from(tail, at)
    if length > DIRECTORY_BYTES or offset + length > size:
        raise FileTypeUnknown
    file.seek(offset)
    return file.read(length)


assert all(media_type in MEDIA_TYPES for _, media_type in SIGNATURES)
assert all(media_type in MEDIA_TYPES for media_type in ZIP_PARTS.values())

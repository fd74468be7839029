"""From bytes to text: what the file is, and in which encoding, without losing a byte.

Anything that is no text (workbooks, PDF, images, GeoJSON) is refused by what it looks like. Bytes
that no encoding explains become the characters of their own number, never a gap. NUL bytes and
halves of surrogate pairs, which no database takes, become U+FFFD. Next: splitting.py.
"""

import re
from dataclasses import dataclass
from typing import Final

from commonweal.assets.registers.refusals import NotARegister, RegisterIsEmpty

SAMPLE_BYTES: Final = 65_536  # enough to know a file by; the rest is not looked at twice
CONTROL_SHARE_MOST: Final = 0.02  # of the sample; text has next to none
CONTROLS_MOST: Final = 8  # so that one odd cell does not condemn a short file
REPLACEMENT: Final = "\ufffd"

_SAVE = "save it as CSV and send that"
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or Office document (.xls)", _SAVE),
    (b"%PDF", "a PDF document", "ask for the table that it was printed from, as CSV"),
    (b"\x89PNG", "an image (PNG)", "ask for the table itself, as CSV"),
    (b"\xff\xd8\xff", "an image (JPEG)", "ask for the table itself, as CSV"),
    (b"GIF8", "an image (GIF)", "ask for the table itself, as CSV"),
    (b"II*\x00", "an image (TIFF)", "ask for the table itself, as CSV"),
    (b"MM\x00*", "an image (TIFF)", "ask for the table itself, as CSV"),
    (b"\x1f\x8b", "a compressed file (.gz)", "unpack it and send the CSV inside"),
    (b"7z\xbc\xaf", "a compressed file (.7z)", "unpack it and send the CSV inside"),
    (b"Rar!", "a compressed file (.rar)", "unpack it and send the CSV inside"),
    (b"SQLite format 3", "a database or GeoPackage (.gpkg)", "export its table as CSV"),
    (b"\x00\x00\x27\x0a", "a shapefile (.shp)", "export its table as CSV, with coordinates"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"{\\rtf", "a Rich Text document", _SAVE),
)
_ZIPPED: Final = (
    (b"xl/", "an Excel workbook (.xlsx)", _SAVE),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)", _SAVE),
    (b"word/", "a Word document (.docx)", "copy its table into a spreadsheet and save that as CSV"),
)
_MARKUP = re.compile(rb"<(!doctype|html|head|body|table|\?xml|kml|wfs|gml|!--)", re.IGNORECASE)
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Control characters that no text editor writes; NUL is counted apart, Ctrl-Z ended DOS files.
_CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_MULTIBYTE = re.compile(
    rb"((?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2})+)"
)
_HIGH = bytes(range(128, 256))
# cp1252 leaves five bytes undefined; they keep their latin-1 meaning, so that nothing is lost.
_WINDOWS: Final = {
    number: character
    for number in range(0x80, 0xA0)
    if (character := bytes([number]).decode("cp1252", "ignore"))
}
# What people in these islands type beyond ASCII. Tells an old Mac's bytes from Windows'.
_USUAL: Final = frozenset(
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u00a0£°²½¼¾âêîôûŵŷäëïöüáéíóúàèìòùÂÊÔ"
)


@dataclass(frozen=True)
class Decoded:
    """The text of a file, the encoding it was read in, and what was decided on the way."""

    text: str
    encoding: str
    notes: tuple[str, ...]


def decode(raw: bytes) -> Decoded:
    """The text of `raw`. Raises RegisterIsEmpty, or NotARegister naming what the file looks like.

    U+FFFD stands for each NUL; every other byte has a character of its own.
    """
    _refuse_what_is_no_text(raw)
    padded, encoding = _text_of(raw)
    text = padded.lstrip("\ufeff").rstrip("\x00\x1a")
    if not text.strip():
        raise RegisterIsEmpty(len(raw))
    notes = [] if encoding == "utf-8" else [f"decoded as {encoding}"]
    if padding := len(padded) - len(padded.rstrip("\x00\x1a")):
        notes.append(f"{padding} padding characters at the end left out")
    return Decoded(text.replace("\x00", REPLACEMENT), encoding, tuple(notes))


def _text_of(raw: bytes) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if raw.startswith(mark) and encoding != "utf-8":
            return raw.decode(encoding, "replace"), encoding
    if order := _utf16(raw):
        return raw.decode(order, "replace"), order
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return _single_bytes(raw.removeprefix(b"\xef\xbb\xbf"))


def _single_bytes(body: bytes) -> tuple[str, str]:
    """Text that is not wholly UTF-8: Windows', an old Mac's, or UTF-8 with some bytes of Windows'.

    The last is what joining two councils' files leaves behind, or a cut in mid-character.
    """
    parts = _MULTIBYTE.split(body)
    characters = sum(len(part.decode("utf-8")) for part in parts[1::2])
    strays = sum(len(part) - len(part.translate(None, _HIGH)) for part in parts[0::2])
    if characters > strays:
        mixed = (part.decode("utf-8") if i % 2 else _windows(part) for i, part in enumerate(parts))
        return "".join(mixed), f"utf-8 with {strays} bytes of cp1252"
    # Excel for the Mac wrote its encoding and its line ends together.
    if b"\r\n" not in body and body.count(b"\r") > body.count(b"\n"):
        mac, windows = body.decode("mac_roman"), _windows(body)
        if _usual(mac) > _usual(windows):
            return mac, "mac_roman"
    return _windows(body), "cp1252"


def _windows(part: bytes) -> str:
    try:
        return part.decode("cp1252")
    except UnicodeDecodeError:
        return part.decode("latin-1").translate(_WINDOWS)


def _usual(text: str) -> int:
    return sum(character in _USUAL for character in text)


def _utf16(raw: bytes) -> str | None:
    """UTF-16 that lacks its mark: every other byte of Latin text is then NUL, the rest are not."""
    sample = raw[:SAMPLE_BYTES]
    pairs = len(sample) // 2
    if pairs < 4:
        return None
    even, odd = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if odd > 0.7 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.7 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


def _refuse_what_is_no_text(raw: bytes) -> None:
    sample = raw[:SAMPLE_BYTES].rstrip(b"\x00\x1a")
    for mark, looks_like, advice in _SIGNATURES:
        if sample.startswith(mark):
            raise NotARegister(looks_like, advice)
    if sample.startswith(b"PK\x03\x04"):
        for mark, looks_like, advice in _ZIPPED:
            if mark in raw:
                raise NotARegister(looks_like, advice)
        raise NotARegister("a compressed file (.zip)", "unpack it and send the CSV inside")
    wide = any(raw.startswith(mark) for mark, encoding in _BOMS if encoding != "utf-8")
    start = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb'(\{|\[)\s*["{\[\]}]', start):
        if b'"FeatureCollection"' in sample or b'"Feature"' in sample:
            raise NotARegister("GeoJSON", "export its table as CSV, with coordinates")
        raise NotARegister("JSON", "export its table as CSV")
    if _MARKUP.match(start):
        raise NotARegister("a web page or XML", "download the CSV that it links to or describes")
    if not wide and not _utf16(raw):
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        many = controls > max(CONTROLS_MOST, CONTROL_SHARE_MOST * len(sample))
        if many or sample.count(0) > len(sample) / 2:
            raise NotARegister("no text but some program's own data", _SAVE)

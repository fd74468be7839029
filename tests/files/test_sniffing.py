"""A file is what its bytes say, whatever it is called."""

import io
import zipfile
from pathlib import Path

import pytest

from commonweal.files.rules import FileCouldRun, FileTypeUnknown
from commonweal.files.sniffing import DIRECTORY_BYTES, media_type_of
from commonweal.store.contents import HEAD_BYTES

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
TABLE = "Name;Straße\r\nTŷ Mawr;1\r\nHalle;2\r\n"


def sniffed(content: bytes, folder: Path) -> str:
    path = folder / "content"
    path.write_bytes(content)
    return media_type_of(content[:HEAD_BYTES], path)


def zipped(*parts: str, first: tuple[str, str] | None = None, comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.comment = comment
        if first:
            whole.writestr(zipfile.ZipInfo(first[0]), first[1])
        for part in parts:
            whole.writestr(part, "<x/>")
    return made.getvalue()


DOCX = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.4\n\x00\x01", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x0a\x00WEBPVP8 ", "image/webp"),
        (TABLE.encode(), "text/csv"),
        (TABLE.encode("utf-8-sig"), "text/csv"),
        (TABLE.replace("ŷ", "y").encode("cp1252"), "text/csv"),
        (TABLE.encode("utf-16"), "text/csv"),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), "text/csv"),
        (b"a\tb\n1\t2\n", "text/csv"),
        (b'name,note\n"The, hall","two\nlines"\nShed,-\n', "text/csv"),
        (b"Minutes of the meeting.\nAll were there, and stayed.\n", "text/plain"),
        ("Bore da: £5, 20 °C\x1a".encode("cp1252"), "text/plain"),
        (b"1 < 2\nand 3 <4", "text/plain"),
        (b'{"name": "Hall"}', "application/json"),
        (b" [1, 2]", "application/json"),
        (b"[section]\nkey=1\n", "text/plain"),
        (b'{"type": "FeatureCollection", "features": []}', "application/geo+json"),
        (b'{"type":"MultiPolygon","coordinates":[]}', "application/geo+json"),
        (DOCX, f"{OFFICE}.wordprocessingml.document"),
        (zipped("xl/worksheets/sheet1.xml", "xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
        (zipped("ppt/presentation.xml"), f"{OFFICE}.presentationml.presentation"),
        (zipped("word/document.xml", comment=b"x" * 60_000), f"{OFFICE}.wordprocessingml.document"),
        (zipped("content.xml", first=("mimetype", f"{OPEN}.text")), f"{OPEN}.text"),
        (zipped("content.xml", first=("mimetype", f"{OPEN}.spreadsheet")), f"{OPEN}.spreadsheet"),
    ],
)
def test_what_is_taken_is_known_by_its_bytes(
    content: bytes, media_type: str, tmp_path: Path
) -> None:
    assert sniffed(content, tmp_path) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><p>",
        b"\xef\xbb\xbf  \n<html>",
        "<html>".encode("utf-16"),
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<?xml version='1.0'?><gpx/>",
        b"<p onclick=x>",
        b"name,note\nHall,<ScRiPt src=x>\n",
        b"name,note\nHall,< iframe src=x>\n",
        b"#!/bin/sh\nrm -rf .\n",
        b"@echo off\r\n",
        b"<?php system($x);",
        b"MZ\x90\x00\x03\x00",
        b"\x7fELF\x02\x01\x01\x00",
        b"\xcf\xfa\xed\xfe\x07\x00",
        b"\x00asm\x01\x00\x00\x00",
        zipped("word/document.xml", "word/vbaProject.bin"),
        zipped("word/document.xml", "word/VBAPROJECT.BIN"),
        zipped("Basic/script-lc.xml", first=("mimetype", f"{OPEN}.text")),
    ],
)
def test_what_could_run_is_refused_and_named(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileCouldRun, match=r"could run where it is opened\. Taken are: PDF, PNG"):
        sniffed(content, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00",
        bytes(range(256)),
        b"text, then\x00nothing",
        b"\xff\xfe\x00\x00h\x00\x00\x00",
        b"\xff\xfe\x00\xd8\x00\xd8",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        zipped("readme.txt"),
        zipped("a.html", first=("mimetype", "application/epub+zip")),
        DOCX[:-30],
        b"PK\x03\x04",
        b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18,
    ],
)
def test_what_is_unknown_is_refused_with_what_is_taken(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileTypeUnknown, match="GeoJSON, DOCX, XLSX"):
        sniffed(content, tmp_path)


def test_a_directory_of_a_million_parts_is_not_read(tmp_path: Path) -> None:
    parts = [f"word/{n:060}" for n in range(DIRECTORY_BYTES // 100)]
    assert len(zipped(*parts)) > DIRECTORY_BYTES
    with pytest.raises(FileTypeUnknown):
        sniffed(zipped("word/document.xml", *parts), tmp_path)


def test_a_character_that_the_head_cuts_in_two_is_no_fault(tmp_path: Path) -> None:
    text = ("a" + "ŷ" * HEAD_BYTES).encode()
    assert sniffed(text, tmp_path) == "text/plain"

"""For any bytes whatever, and for any table: the reader's promises, tried on what nobody wrote."""

import csv
import io

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from commonweal.assets.registers import Register, guess, interpret, read_register
from commonweal.kernel.errors import UserError

HEADER = ["UPRN", "Site Name", "Postcode", "Tenure", "Easting", "Northing"]
FRAGMENTS = [
    b'"', b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\0", b"\xff", b"\xe9", b"\xc3\xa9",
    b"\xed\xa0\x80", b"UPRN", b"Name", b"Tenure", b"Easting", b"Northing", b"Map Ref", b"Postcode",
    b"Site area (ha)", b"Freehold", b"surplus", b"Total", b"GL59 1AA", b"396120", b"221340",
    b"-2.05", b"51.89", b"0", b"1e999", b"nan", b"9" * 30, b"SO 961 213", b"&#0;", b"x", b" ",
]  # fmt: skip
MARKS = [b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\x00\x00"]

anything = st.binary(max_size=300)
nearly_a_register = st.builds(
    lambda mark, parts: mark + b"".join(parts),
    st.sampled_from(MARKS),
    st.lists(st.sampled_from(FRAGMENTS), max_size=80),
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def kept(register: Register) -> list[list[str]]:
    """Every row below the header, whether taken for an asset or for a total."""
    return [list(row.cells) for row in (*register.rows, *register.footer)]


@QUICK
@given(st.one_of(anything, nearly_a_register))
def test_any_bytes_are_read_or_refused_for_a_reason(raw: bytes) -> None:
    try:
        register = read_register(raw)
    except UserError:
        return
    drafts = interpret(register, guess(register))
    assert len(drafts) == len(register.rows)
    for draft, row in zip(drafts, register.rows, strict=True):
        assert draft.name
        assert tuple(draft.raw.values()) == row.cells
        assert not any("\0" in cell for cell in row.cells)
        assert not any(0xD800 <= ord(letter) < 0xE000 for cell in row.cells for letter in cell)


def texts(encoding: str) -> st.SearchStrategy[str]:
    codec = encoding.removesuffix("-sig")
    characters = st.characters(codec=codec, exclude_categories=["Cc", "Cs"])
    awkward = st.sampled_from(list(" ,;\t|\"'\r\n\u00a0£é"))
    return st.text(st.one_of(awkward, characters), max_size=8)


@QUICK
@given(st.data())
def test_any_table_reads_back_with_the_same_cells(data: st.DataObject) -> None:
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    width = data.draw(st.integers(2, len(HEADER)))
    cells = st.lists(texts(encoding), min_size=width - 1, max_size=width - 1)
    rows = [[f"{n}", *row] for n, row in enumerate(data.draw(st.lists(cells, max_size=6)))]
    table = io.StringIO(newline="")
    delimiter = data.draw(st.sampled_from(",;\t|"))
    if encoding == "cp1252" or data.draw(st.booleans()):
        # an old Mac's row ends would speak for its encoding
        writer = csv.writer(table, delimiter=delimiter)
    else:
        # csv.writer leaves a bare \r unquoted before Python 3.13 unless it ends rows by \r\n
        end = data.draw(st.sampled_from(["\n", "\r"]))
        writer = csv.writer(table, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([HEADER[:width], *rows])
    raw = table.getvalue().encode(encoding)
    if encoding == "cp1252":
        assume(raw.isascii() or not _is_utf_8(raw))  # bytes that are both are read as UTF-8
    register = read_register(raw)
    assert register.headers == tuple(HEADER[:width])
    assert kept(register) == rows


def _is_utf_8(raw: bytes) -> bool:
    """Wholly, or so far that the reader takes it for UTF-8 with some bytes of Windows'."""
    return "utf-8" in read_register(raw).encoding

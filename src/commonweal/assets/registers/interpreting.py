"""From a register and its mapping to drafts of assets: one for every row that holds something.

Pure: no database, no decision what becomes of a draft. Each fact has one reading, in figures.py,
placing.py, wording.py or categories.py; this module asks them for each row, joins names and
addresses, and says what a person should look at. Nothing unreadable is dropped in silence.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from commonweal.assets.registers import categories, figures, placing, readings, wording
from commonweal.assets.registers.apart import GivenUp
from commonweal.assets.registers.drafts import Draft, Level
from commonweal.assets.registers.evidence import SAMPLE_CELLS
from commonweal.assets.registers.fields import scores
from commonweal.assets.registers.mapping import Entry, Mapping
from commonweal.assets.registers.reading import Register, clean
from commonweal.assets.registers.rows import NO_AND_MORE, RowReader, feeds, readable, ticked
from commonweal.assets.registers.spelling import words
from commonweal.assets.registers.wording import says_nothing
from commonweal.assets.rules import AssetCategory, Occupation, Tenure
from commonweal.kernel.errors import UserError
from commonweal.places import postcodes
from commonweal.places.coordinates import BaseGeometry, Located

SURPLUS_FIELDS: Final = ("holding_type", "status", "reason_for_holding", "transfer_status")
# What may say of which kind it is, besides columns that nothing is known of.
KIND_FIELDS: Final = frozenset(
    ["holding_type", "land_only", "tenure", "tenure_detail", "status", "reason_for_holding",
     "description"]
)  # fmt: skip
ROWS_BETWEEN_LOOKS: Final = 500  # at whether anybody waits for it still: a tenth of a second
KIND_SHARE_LEAST: Final = 0.5  # of a column's different cells, for it to be a column of kinds
_WORD = re.compile(r"\w+")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9OI][0-9A-Z]? {0,2}[0-9OI][A-Z]{2}\b", re.IGNORECASE)
# Interests that are neither freehold nor leasehold, and need no remark.
_OTHER_INTERESTS = re.compile(
    r"free|lease|lett?\b|licen|tenan|easement|wayleave|right|trust|agree|crown|common|adopt|highway"
    r"|other|mixed|part|both|management|regist|service|pfi|ppp|statut|shared|ground|rent"
)


class NobodyWaits(Exception):
    """Whoever asked for what was being read is gone."""


def interpret(
    register: Register,
    mapping: Mapping,
    area: BaseGeometry | None = None,
    given_up: GivenUp = lambda: False,
) -> tuple[Draft, ...]:
    """A draft for each row. `area` is the council's, to tell grids and swapped pairs by.

    Raises UnknownHeader for a mapping of another layout, and NobodyWaits soon after `given_up`.
    Bad cells are problems of their draft.
    """
    entries = mapping.for_headers(register.headers).entries
    feeding = feeds(entries)
    kinds = _kinds(register, entries)
    drafts = []
    first_rows: dict[tuple[str, ...], int] = {}
    first_references: dict[str, int] = {}
    for done, row in enumerate(register.rows):
        if done % ROWS_BETWEEN_LOOKS == 0 and given_up():
            raise NobodyWaits
        cells = tuple(map(clean, row.cells))
        said = [(header, cells[place]) for place, header in kinds]
        reader = RowReader(row, cells, feeding, said, register.decimal_commas)
        _remark_repeats(reader, first_rows, first_references)
        drafts.append(_draft(reader, register.headers, area))
    return tuple(drafts)


def _kinds(register: Register, entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """The columns whose cells say what kind of thing each asset is, whether mapped or not.

    Not those that name or place it: a hall may be called "Art".
    """
    found = []
    for place, entry in enumerate(entries):
        fields = {entry.field} if entry.field else set(scores(entry.header))
        if fields <= KIND_FIELDS:
            cells = dict.fromkeys(clean(row.cells[place]) for row in register.rows)
            filled = [cell for cell in cells if not says_nothing(cell)][:SAMPLE_CELLS]
            alike = sum(map(categories.is_a_kind, filled))
            if filled and alike >= KIND_SHARE_LEAST * len(filled):
                found.append((place, entry.header))
    return found


def _draft(reader: RowReader, headers: Sequence[str], area: BaseGeometry | None) -> Draft:
    tenure_text, detail = reader.text("tenure"), reader.text("tenure_detail")
    holding_type = reader.text("holding_type")
    tenure = _tenure(reader, tenure_text)
    uprn = _uprn(reader)
    located = _located(reader, area)
    postcode = _postcode(reader)
    address = _address(reader, postcode)
    name = _name(reader, address)
    called = name if uprn is None and located is None else ""
    reason = categories.not_land_reason(tenure, tenure_text, holding_type, called, reader.kinds)
    category = categories.category_of(holding_type, name)
    said = _said(reader)
    if any("\ufffd" in cell for cell in reader.row.cells):
        message = "A character of this row was lost before or in reading it."
        fix = "export the file again, as UTF-8"
        reader.remark(None, "CHARACTER_LOST", message, fix, Level.NOTE)
    draft = Draft(
        row_number=reader.row.number,
        values=_values(reader),
        raw=dict(zip(headers, reader.row.cells, strict=True)),
        reference=reader.text("reference") or None,
        uprn=uprn,
        name=name,
        address=address or None,
        postcode=postcode,
        point=located.point if located else None,
        coordinate_system=located.system if located else None,
        tenure=tenure,
        tenure_detail=detail or None,
        occupation=_occupation(tenure_text, detail, reader.text("status")),
        holding_type=holding_type or None,
        category=AssetCategory.NOT_LAND if reason else category,
        land_only=_land_only(reader, holding_type),
        area_square_metres=_area(reader),
        declared_surplus=_declared_surplus(reader),
        not_land_reason=reason,
        problems=tuple(reader.problems),
    )
    return replace(draft, **said) if said else draft


def _said(reader: RowReader) -> dict[str, Any]:
    """Readings that the row says itself: a register that went out from here (readings.py)."""
    [(_, cell)] = reader.columns.get("reading", [("", "")])
    try:
        return readings.read(cell)
    except readings.ReadingNotRead as error:
        reader.warn("reading", error, "leave the cell blank")
        return {}


def _values(reader: RowReader) -> dict[str, str]:
    """As published: joined where several columns feed a field, with their names if ticks."""
    values = {}
    for name, cells in reader.columns.items():
        if name == "reading":  # about the others
            continue
        if len(cells) == 1:
            if cells[0][1]:
                values[name] = cells[0][1]
            continue
        parts = [
            f"{header}: {cell}" if reader.is_ticked(name, header) else cell
            for header, cell in cells
            if cell
        ]
        if parts:
            values[name] = ", ".join(parts)
    return values


def _tenure(reader: RowReader, text: str) -> Tenure:
    tenure = wording.tenure_of(text)
    if tenure is Tenure.UNKNOWN:
        return _ticked_tenure(reader)
    if tenure is Tenure.OTHER and not _OTHER_INTERESTS.search(wording.plain(text)):
        message = f"{text[:60]} is neither freehold nor leasehold: taken as another interest."
        fix = "write Freehold, Leasehold, or which other interest it is"
        reader.remark("tenure", "TENURE_NOT_KNOWN", message, fix, Level.NOTE)
    return tenure


def _ticked_tenure(reader: RowReader) -> Tenure:
    """By the columns of occupation that name a tenure too, "Freehold: vacant"; both are OTHER."""
    found = {
        first
        for header, cell in reader.columns.get("tenure_detail", [])
        if reader.is_ticked("tenure_detail", header) and ticked(header, cell, several=True)
        if (first := wording.tenure_of(words(header)[0])) in wording.PLAIN_TENURES
        and not NO_AND_MORE.match(cell)
    }
    return found.pop() if len(found) == 1 else Tenure.OTHER if found else Tenure.UNKNOWN


def _declared_surplus(reader: RowReader) -> bool:
    """Said by any of its texts; not of what is said to be sold."""
    texts = {name: reader.text(name) for name in (*SURPLUS_FIELDS, "description")}
    said = [
        name
        for name, text in texts.items()
        if wording.declares_surplus(text, in_prose=name == "description")
    ]
    gone = [name for name in dict.fromkeys([*said, "status"]) if wording.says_gone(texts[name])]
    if not said or not gone:
        return bool(said)
    message = f"It is called surplus, but {texts[gone[0]][:60]}: not taken as surplus."
    fix = "leave the row out if the asset is the council's no more"
    reader.remark(gone[0], "SURPLUS_BUT_GONE", message, fix, Level.NOTE)
    return False


def _occupation(tenure_text: str, detail: str, status: str) -> Occupation:
    """By the detail; else by what the tenure says beyond itself; else a status that says vacant."""
    found = wording.occupation_of(detail)
    if found is Occupation.UNKNOWN:
        found = wording.occupation_beside(tenure_text)
    if found is Occupation.UNKNOWN and wording.occupation_of(status) is Occupation.VACANT:
        found = Occupation.VACANT
    return found


def _uprn(reader: RowReader) -> str | None:
    try:
        return figures.read_uprn(reader.text("uprn"))
    except figures.UprnRounded as error:
        reader.warn("uprn", error, "format the column as text and export the register again")
    except UserError as error:
        reader.warn("uprn", error, "give one UPRN, digits only")
    return None


def _area(reader: RowReader) -> int | None:
    for name, unit in (("area_square_metres", "square metre"), ("area_hectares", "hectare")):
        try:
            area = figures.read_area(readable(reader.figure(name)), reader.header(name) or "", unit)
        except UserError as error:
            reader.warn(name, error, "give one number, with its unit in the column's name")
        else:
            if area:
                return area
    return None


def _land_only(reader: RowReader, holding_type: str) -> bool | None:
    """By its own column; else by a holding type that is only "Land" or "Land and Building"."""
    header = reader.header("land_only") or ""
    cells = [cell for _, cell in reader.columns.get("land_only", [])]
    text = cells[0] if cells else ""
    found = wording.land_only(text, header)
    if found is None and not says_nothing(text):
        message = f"{text[:60]} under {header} says neither land only nor land with a building."
        fix = "write Land only, or Land with permanent building"
        reader.remark("land_only", "LAND_ONLY_NOT_READ", message, fix, Level.WARNING)
    if found is None and categories.says_no_use(holding_type):
        found = wording.land_only(holding_type)
    return found


def _located(reader: RowReader, area: BaseGeometry | None) -> Located | None:
    texts = {name: reader.figure(name) for name in placing.FIELDS if name in reader.columns}
    located, refused = placing.place(texts, area)
    for refusal in refused:
        at = next((name for name in refusal.fields if texts.get(name)), refusal.fields[0])
        headers = [reader.header(name) for name in refusal.fields if reader.header(name)]
        message = f"{' and '.join(map(str, headers))}: {refusal.message}"
        reader.remark(at, refusal.code, message, refusal.likely_fix, Level.WARNING)
    return located


def _postcode(reader: RowReader) -> str | None:
    """Of its own column; where that is blank, the last whole one in the address."""
    text = reader.text("postcode")
    parts = postcodes.parse(text)
    if parts:
        return parts.full
    for name in ("postcode", "address", "locality", "post_town"):
        candidates = _POSTCODE.findall(reader.text(name))
        # an address ends in its postcode; a list of postcodes begins with the main one
        for candidate in candidates if name == "postcode" else reversed(candidates):
            parts = postcodes.parse(candidate)
            if parts and parts.incode:
                if text:
                    message = f"{text[:60]} is more than a postcode: {parts.full} was taken."
                    fix = "give one postcode"
                    reader.remark("postcode", "POSTCODE_NOT_ALONE", message, fix, Level.NOTE)
                return parts.full
    if text:
        message = f"{text[:60]} is no postcode."
        fix = "check it, or leave it blank"
        reader.remark("postcode", "POSTCODE_NOT_READ", message, fix, Level.WARNING)
    return None


def _address(reader: RowReader, postcode: str | None) -> str:
    """One line of all that the address columns say, each part once."""
    street = f"{reader.text('street_number')} {reader.text('street')}".strip()
    parts = [reader.text("address"), street, *map(reader.text, ("locality", "post_town"))]
    line = bare_line = ""
    for part in (part.strip(" ,") for part in parts):
        if part and f" {(bare := _bare(part))} " not in f" {bare_line} ":
            line, bare_line = (f"{line}, {part}", f"{bare_line} {bare}") if line else (part, bare)
    code = postcode or reader.text("postcode")
    if _bare(code).replace(" ", "") not in bare_line.replace(" ", ""):
        line = f"{line}, {code}" if line else code
    return line


def _bare(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _name(reader: RowReader, address: str) -> str:
    """Its name, else its address, description or reference: an asset must be called something."""
    name = reader.text("name") or address or reader.text("description")
    if not name and reader.text("reference"):
        name = reader.text("reference")
    if name:
        if len(reader.cells) > 3 and sum(map(bool, reader.cells)) == 1:
            message = "Nothing is given but a name: this may be a heading within the table."
            fix = "leave the row out if it is no asset"
            reader.remark("name", "ONLY_A_NAME", message, fix, Level.NOTE)
        return name
    message = "This row has no name, address or reference."
    fix = "give it one, or leave the row out if it is no asset"
    reader.remark(None, "NAMELESS", message, fix, Level.WARNING)
    return f"Unnamed asset, row {reader.row.number}"


def _remark_repeats(
    reader: RowReader, first_rows: dict[tuple[str, ...], int], first_references: dict[str, int]
) -> None:
    """Duplicate rows and repeated references are kept; whoever imports them should know."""
    number = reader.row.number
    same = first_rows.setdefault(reader.cells, number)
    reference = reader.text("reference").casefold()
    first = first_references.setdefault(reference, number) if reference else number
    if same != number:
        message = f"This row says the same as row {same}."
        reader.remark(None, "DUPLICATE_ROW", message, "leave one of them out", Level.NOTE)
    elif first != number:
        message = f"{reader.text('reference')} is also the reference of row {first}."
        fix = "give each asset a reference of its own"
        reader.remark("reference", "REPEATED_REFERENCE", message, fix, Level.NOTE)

"""A register's way out: a council's assets as CSV in the Code's form, or as GeoJSON.

Pages of assets are read and sent one after the other, so memory stays flat however long the
register is, and no connection waits for a slow reader. What they have in common is a version of
the register, asked before and after: a register that came out whole is of one moment, one that
changed meanwhile ends in RegisterChanged. Which columns, and how none of their values is lost:
registers/layout.py and registers/writing.py. Everything here is public (Transparency Code 2015).
"""

import asyncio
import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any, Final

import orjson
import sqlalchemy as sa

import commonweal
from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask, Bound
from commonweal.graph.sql import DIALECTS, Statement, among, compiled
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import write_id
from commonweal.places.coordinates import BaseGeometry
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.core_tables import table
from commonweal.store.database import Database

from .registers import writing
from .registers.writing import Entry
from .rules import AssetState
from .tables import Asset, AssetValue, RegisterFile, RegisterRow

PAGE: Final = 200  # assets: a tenth of a second's work, which others then wait for at most
BOM: Final = "\ufeff"  # without it Excel takes UTF-8 for Windows' own, and ŵ for Åµ
AS_PUBLISHED: Final = ("ward", "organisation_name", "organisation_code")  # no column holds them
OURS: Final = frozenset([
    "status", "point", "gone", "council", "licence", "attribution", *AS_PUBLISHED,
])  # fmt: skip
SAME: Final = tuple(f.name for f in fields(Entry) if f.name not in OURS)  # an asset's own names
COLUMNS: Final = ("id", "state", "status_text", "location", *SAME)
JOINT: Final = "; "  # between the licences, or the attributions, of one asset
Progress = Callable[[int], None]  # so many more assets are out


@fact
class RegisterChanged(UserError):
    says = "The register changed while it went out: what came is not whole. Ask for it again."


class Form(StrEnum):
    """What a register goes out as; the ending of its file."""

    CSV = "csv"
    GEOJSON = "geojson"


MEDIA_TYPES: Final = {
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.GEOJSON: "application/geo+json",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A council's register that is about to go out."""

    council_id: int
    code: str
    council: str
    area: BaseGeometry | None
    with_former: bool  # also what no register has any more
    rows: int
    version: str  # another whenever anything that goes out may be another


@dataclass(frozen=True, slots=True)
class Out:
    """An asset on its way out."""

    id: int
    entry: Entry


async def outgoing(
    database: Database, council_id: int, *, with_former: bool = False
) -> Outgoing | None:
    """A council's register; None where there is no such council."""
    asked = {"council": council_id}
    found = await _fetch(database, _council, asked)
    if not found:
        return None
    code, name, shape = found[0]
    [(rows, former, *changes)] = await _fetch(database, _state_of, asked)
    said = [commonweal.__version__, council_id, code, name, rows, former, *changes]
    return Outgoing(
        council_id=council_id,
        code=code,
        council=name,
        area=_python(Area, "shape", shape),
        with_former=with_former,
        rows=rows if with_former else rows - former,
        version=hashlib.sha256(repr([*map(str, said), with_former]).encode()).hexdigest()[:32],
    )


async def written(
    database: Database,
    register: Outgoing,
    form: Form,
    progress: Progress = lambda _: None,
    turn: asyncio.Lock | None = None,
) -> AsyncIterator[bytes]:
    """The register, piece by piece. Raises RegisterChanged, after all of what it was is out.

    Who holds the `turn` writes out a page; several registers on their way take turns.
    """
    writer = _Csv() if form is Form.CSV else _GeoJson()
    turn = turn or asyncio.Lock()
    yield writer.head()
    async for page in _pages(database, register):
        async with turn:
            piece = await asyncio.to_thread(writer.page, page, register.area)
        yield piece  # however slowly it is taken, the turn is another's
        progress(len(page))
    now = await outgoing(database, register.council_id, with_former=register.with_former)
    if now is None or now.version != register.version:
        raise RegisterChanged
    yield writer.tail()


class _Csv:
    def head(self) -> bytes:
        return self._lines([writing.HEADERS], BOM)

    def page(self, assets: Sequence[Out], area: BaseGeometry | None) -> bytes:
        return self._lines([writing.cells(writing.texts(out.entry, area)) for out in assets])

    def tail(self) -> bytes:
        return b""

    @staticmethod
    def _lines(rows: Sequence[Sequence[str]], before: str = "") -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        return f"{before}{text.getvalue()}".encode()


@dataclass
class _GeoJson:
    """A FeatureCollection (RFC 7946) whose properties are the columns of the CSV.

    The terms of all that is in it come last, when all is known.
    """

    begun: bool = False
    licences: dict[str, None] = field(default_factory=dict)
    attributions: dict[str, None] = field(default_factory=dict)

    def head(self) -> bytes:
        return b'{"type":"FeatureCollection","features":['

    def page(self, assets: Sequence[Out], area: BaseGeometry | None) -> bytes:
        pieces = []
        for out in assets:
            self.licences |= dict.fromkeys(filter(None, out.entry.licence.split(JOINT)))
            self.attributions |= dict.fromkeys(filter(None, out.entry.attribution.split(JOINT)))
            pieces.append(orjson.dumps(feature(out, area)))
        before = b"," if self.begun and pieces else b""
        self.begun = self.begun or bool(pieces)
        return before + b",\n".join(pieces)

    def tail(self) -> bytes:
        terms = {"licences": list(self.licences), "attributions": list(self.attributions)}
        return b"]," + orjson.dumps(terms)[1:] + b"\n"


def feature(out: Out, area: BaseGeometry | None) -> dict[str, Any]:
    """An asset as a GeoJSON feature; a column that says nothing is null."""
    said: dict[str, Any] = {h: text or None for h, text in writing.texts(out.entry, area).items()}
    if said["Site area (sq m)"]:
        said["Site area (sq m)"] = int(said["Site area (sq m)"])
    point = out.entry.point
    return {
        "type": "Feature",
        "id": write_id("ast", out.id),
        "geometry": point and {"type": "Point", "coordinates": [point.x, point.y]},
        "properties": said,
    }


async def _pages(database: Database, register: Outgoing) -> AsyncIterator[list[Out]]:
    """The assets in the order in which they came in, with the sources of their values."""
    states = [s for s in AssetState if register.with_former or s is not AssetState.FORMER]
    after = 0
    while True:
        asked = {"council": register.council_id, "after": after, "states": states}
        rows = [
            {name: _python(Asset, name, v) for name, v in zip(COLUMNS, row, strict=True)}
            for row in await _fetch(database, _assets, asked)
        ]
        if rows:
            sources = await _fetch(database, _values, {"assets": [row["id"] for row in rows]})
            yield _entries(register, rows, sources)
            after = rows[-1]["id"]
        if len(rows) < PAGE:
            return


def _entries(
    register: Outgoing, rows: Sequence[Mapping[str, Any]], sources: Sequence[Sequence[Any]]
) -> list[Out]:
    """Assets with what no column holds, and with the terms of the files that gave their values."""
    published: dict[int, dict[str, str]] = defaultdict(dict)
    files: dict[int, dict[tuple[str, str, str], None]] = defaultdict(dict)
    for asset_id, name, value, licence, file_name, imported_at in sources:
        if not value:  # blank since: it comes of no file
            continue
        files[asset_id][licence, file_name, str(imported_at)[:10]] = None
        if name in AS_PUBLISHED:
            published[asset_id][name] = value
    made = []
    for row in rows:
        terms = list(files[row["id"]])
        known: dict[str, Any] = {name: row[name] for name in SAME} | published[row["id"]]
        entry = Entry(
            **known,
            status=row["status_text"],
            point=row["location"],
            gone=row["state"] is AssetState.FORMER,
            council=f"{register.council} ({register.code})",
            licence=JOINT.join(dict.fromkeys(licence for licence, _, _ in terms)),
            attribution=JOINT.join(f"{register.council}: {name}, {day}" for _, name, day in terms),
        )
        made.append(Out(row["id"], entry))
    return made


def _python(model: type[Any], column: str, value: Any) -> Any:
    return model._meta.fields_map[column].to_python_value(value)


async def _fetch(
    database: Database, statement: Callable[[], Any], asked: dict[str, Any]
) -> Sequence[Sequence[Any]]:
    ready = _compiled(statement, database.engine)
    rows: Sequence[Sequence[Any]] = await database.fetch(
        ready.sql, ready.values(Ask(asked, ANONYMOUS))
    )
    return rows


@cache
def _compiled(statement: Callable[[], Any], engine: str) -> Statement:
    return compiled(statement(), DIALECTS[engine])


def _asked(name: str, type_: Any = None) -> Bound:
    return Bound(lambda ask: ask.variables[name], type_ or sa.BigInteger())


def _council() -> Any:
    area = table(Area)
    select = sa.select(area.c.code, area.c.name, area.c.shape)
    return select.where(area.c.id == _asked("council"), area.c.kind == AreaKind.COUNCIL)


def _state_of() -> Any:
    """What is another whenever an asset, or a file that its values may come from, is.

    A row that says nothing new changes no asset; but its file is then where a value comes from.
    """
    asset, file = table(Asset), table(RegisterFile)
    mine = file.c.council_id == _asked("council")
    files = sa.select(sa.func.sum(file.c.version)).where(mine).scalar_subquery()
    former = sa.func.count().filter(asset.c.state == AssetState.FORMER)
    changes, last = sa.func.sum(asset.c.version), sa.func.max(asset.c.id)
    select = sa.select(sa.func.count(), former, changes, last, files)
    return select.where(asset.c.council_id == _asked("council"))


def _assets() -> Any:
    asset = table(Asset)
    select = sa.select(*(asset.c[name] for name in COLUMNS)).order_by(asset.c.id).limit(PAGE)
    select = select.where(asset.c.council_id == _asked("council"), asset.c.id > _asked("after"))
    return select.where(among(asset.c.state, _asked("states")))


def _values() -> Any:
    """The last value of each field of each asset, and the file that gave it."""
    value, row, file = table(AssetValue), table(RegisterRow), table(RegisterFile)
    of = (value.c.asset_id, value.c.field)
    age = sa.func.row_number().over(partition_by=of, order_by=value.c.id.desc()).label("age")
    given = sa.select(*of, value.c.value, value.c.row_id, age)
    last = given.where(among(value.c.asset_id, _asked("assets"))).subquery()
    select = sa.select(last.c.asset_id, last.c.field, last.c.value, file.c.licence)
    select = select.add_columns(file.c.file_name, file.c.imported_at)
    select = select.join(row, last.c.row_id == row.c.id).join(file, row.c.file_id == file.c.id)
    return select.where(last.c.age == 1).order_by(file.c.id)

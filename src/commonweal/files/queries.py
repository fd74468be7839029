"""How files are read: who sees which, also when their bytes are asked for."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from commonweal import access
from commonweal.access import Viewer
from commonweal.graph.ask import Ask, PlanViewer
from commonweal.graph.declare import Source, Standing
from commonweal.graph.sql import DIALECTS, Statement
from commonweal.graph.statement import Engine, single
from commonweal.store.database import Database

from .tables import File

STANDING: Final[Standing] = {"owner": "owner_id", "public": "is_public"}


@dataclass(frozen=True, slots=True)
class Found:
    """What is needed to send a file."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    is_public: bool


async def found(database: Database, viewer: Viewer, file_id: int) -> Found | None:
    """A file as this viewer may see it; None where there is none, or not for them."""
    statement = _statement(database.engine, viewer.signed_in)
    rows = await database.fetch(statement.sql, statement.values(Ask({"id": file_id}, viewer)))
    if not rows:
        return None
    sha256, name, media_type, size_bytes, is_public = rows[0]
    return Found(sha256, name, media_type, size_bytes, bool(is_public))


@cache
def _statement(engine: str, signed_in: bool) -> Statement:
    source = Source(File, access.KINDS["File"], STANDING)
    reading = Engine(DIALECTS[engine], PlanViewer(signed_in))
    level, row = single(reading, source, lambda ask: ask.variables["id"])
    for column in (row.sha256, row.name, row.media_type, row.size_bytes, row.is_public):
        level.index(column)
    return level.statement

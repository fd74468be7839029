"""Whose an attachment's bytes are, where no request of GraphQL's asks for them."""

from functools import cache
from typing import Final

from commonweal import access
from commonweal.access import Viewer
from commonweal.graph.ask import Ask, PlanViewer
from commonweal.graph.declare import Source
from commonweal.graph.sql import DIALECTS, Statement
from commonweal.graph.statement import Engine, single
from commonweal.store.database import Database

from .queries import ATTACHMENT, BID
from .tables_bids import Attachment, Bid

SOURCES: Final = {
    "their bid": Source(Bid, access.bidding, BID),
    "attachment": Source(Attachment, access.KINDS["Attachment"], ATTACHMENT),
}


async def is_there(database: Database, viewer: Viewer, what: str, number: int) -> bool:
    """Whether this viewer has, by the table of permissions, one of SOURCES with this id."""
    statement = _statement(database.engine, viewer.signed_in, what)
    return bool(await database.fetch(statement.sql, statement.values(Ask({"id": number}, viewer))))


@cache
def _statement(engine: str, signed_in: bool, what: str) -> Statement:
    reading = Engine(DIALECTS[engine], PlanViewer(signed_in))
    level, row = single(reading, SOURCES[what], lambda ask: ask.variables["id"])
    level.index(row.id)
    return level.statement

"""Who a token stands for."""

from functools import cache

import sqlalchemy as sa

from commonweal.access import Viewer
from commonweal.graph.ask import Ask, Bound
from commonweal.graph.sql import DIALECTS, Statement, compiled, now
from commonweal.kernel.ids import write_id
from commonweal.store.core_tables import table
from commonweal.store.database import Database

from .actions import hash_of
from .rules import Role
from .tables import AccessToken


async def viewer_of(database: Database, secret: str) -> Viewer | None:
    """The officer who bears a token, or None where it is unknown or over. One statement."""
    statement = _statement(database.engine)
    ask = Ask({"hash": hash_of(secret)}, Viewer())
    rows = await database.fetch(statement.sql, statement.values(ask))
    if not rows:
        return None
    number, council = rows[0]
    return Viewer(number, write_id("tok", number), (council,))


@cache
def _statement(engine: str) -> Statement:
    token = table(AccessToken)
    given = Bound(lambda ask: ask.variables["hash"], sa.String())
    select = sa.select(token.c.id, token.c.council_id)
    select = select.where(token.c.secret_hash == given, token.c.expires_at > now())
    select = select.where(token.c.role == Role.OFFICER)  # what else there may be has its own rule
    return compiled(select, DIALECTS[engine])

"""Rows that were announced, in one statement: what `declare.Announced` asks for."""

import sqlalchemy as sa

from commonweal.store.tables import Announcement

from .ask import Args, Bound, constant
from .declare import Announced, Source
from .statement import Engine, Level, Row


def announced_rows(
    engine: Engine, source: Source, declared: Announced, args: Args
) -> tuple[Level, Row]:
    """The rows that were announced in a request's range of numbers."""
    target, news = engine.alias(source.model), engine.alias(Announcement).c
    level = Level(engine, target)
    row = Row(level, target.c, source, args)
    number = news.sequence.type
    told = sa.select(news.subject_id).where(
        news.topic == Bound(constant(declared.topic), sa.String()),
        news.sequence > Bound(lambda ask: ask.announced[0], number),
        news.sequence <= Bound(lambda ask: ask.announced[1], number),
    )
    level.require(row.key.in_(told), *row.admitted(), *declared.where(row, args, engine.viewer))
    level.order = [row.key]
    return level, row

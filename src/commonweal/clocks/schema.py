"""Clocks in the API: what would be due if something happened, and the bank holidays behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import graphene

from commonweal.graph.declare import Column, Key, Many, Worked, rows_of

from . import queries, rules, tables
from .rules_regimes import ClockEvent, Jurisdiction, RegimeCode, Silence, regime_of

JurisdictionEnum = graphene.Enum.from_enum(Jurisdiction)
RegimeEnum = graphene.Enum.from_enum(RegimeCode)
EventEnum = graphene.Enum.from_enum(ClockEvent)
SilenceEnum = graphene.Enum.from_enum(Silence)


@rows_of(tables.Holiday)
class Holiday(graphene.ObjectType):
    """A bank holiday; substitute days are days of their own."""

    id = Key("hol")
    jurisdiction = JurisdictionEnum(required=True)
    day = graphene.Date(required=True)
    name = graphene.String(required=True)
    citation = Column(
        graphene.String, "citation", name="source", required=True, description="Where it says so."
    )
    added_at = graphene.DateTime(
        required=True, description="Since when it counts, for deadlines that are frozen then."
    )


class Deadline(graphene.ObjectType):
    """What follows from an event: its legal end, and the working day to act by."""

    name = graphene.String(required=True, description="Of the period, within its regime.")
    event = EventEnum(required=True)
    counted_from = graphene.Date(required=True)
    legal_end = graphene.Date(required=True, description="The last day, all of it; on any weekday.")
    ends_at = graphene.DateTime(required=True, description="The first instant that is too late.")
    act_by = graphene.Date(required=True, description="A working day on or before the legal end.")
    silence = SilenceEnum(required=True, description="What it means that nothing was done by then.")
    says = graphene.String(required=True, description="All of it in words.")
    citation = graphene.String(
        required=True, name="source", description="Of the rule, and how well it is known."
    )
    is_default = graphene.Boolean(
        required=True, description="Whether officers may change the rule: no statute was read."
    )
    is_certain = graphene.Boolean(
        required=True, description="Whether all bank holidays that it depends on are known."
    )


class SupposedEventInput(graphene.InputObjectType):
    """Something that happened, or might, on a day."""

    event = EventEnum(required=True)
    on = graphene.Date(required=True)


def what_if(
    holidays: Sequence[date],
    *,
    regime: RegimeCode,
    jurisdiction: Jurisdiction,
    events: Sequence[Any],
) -> list[rules.Deadline]:
    """What would be due. Raises what `rules.deadlines` does, TooManyEvents and EventTwice."""
    days = rules.once_each([(each["event"], each["on"]) for each in events])
    return rules.deadlines(regime_of(regime), jurisdiction, days, frozenset(holidays))


class Query(graphene.ObjectType):
    holidays = Many(
        Holiday,
        where=queries.known_now,
        sort=queries.by_day,
        jurisdiction=JurisdictionEnum(required=True),
        description="Bank holidays that deadlines are counted with, the earliest first.",
    )
    what_if = Worked(
        Deadline,
        Holiday,
        column="day",
        where=queries.known_now,
        function=what_if,
        regime=RegimeEnum(required=True),
        jurisdiction=JurisdictionEnum(required=True),
        events=graphene.List(graphene.NonNull(SupposedEventInput), required=True),
        description="The deadlines that would follow from events on such days.",
    )

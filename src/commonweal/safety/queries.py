"""How reports, hidings and appeals are read."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.graph.sql import among
from commonweal.listings.tables import Listing
from commonweal.people.tables import Person
from commonweal.people.tables_organisations import Organisation
from commonweal.store.core_tables import table

from .rules import SubjectKind
from .tables import Hiding, ReportCouncil


def councils(row: Any) -> Any:
    """The councils that a report concerns."""
    concerned = table(ReportCouncil).alias().c
    return sa.select(concerned.council_id).where(concerned.report_id == row.key)


def publisher(row: Any) -> Any:
    """Of a hidden listing the council, in whose place its officers are the author."""
    return sa.case((row.subject_kind == SubjectKind.LISTING, row.council_id))


def of_hiding(column: str) -> Any:
    """What the hiding of an appeal says."""

    def found(row: Any) -> Any:
        hiding = table(Hiding).alias().c
        return sa.select(hiding[column]).where(hiding.id == row.hiding_id)

    return found


REPORT: Final[Standing] = {
    "person": "reporter_id",
    "council": councils,
    "subject": "subject_id",
}
HIDING: Final[Standing] = {
    "organisation": "subject_id",
    "council": "council_id",
    "publisher": publisher,
}
APPEAL: Final[Standing] = {
    "organisation": of_hiding("subject_id"),
    "council": of_hiding("council_id"),
}


def subject_name(row: Any, *_: Any) -> Any:
    """What a report is about, as it is called."""
    named = ((Listing, "title"), (Organisation, "name"), (Person, "name"))
    found = [(table(model).alias().c, column) for model, column in named]
    names = [
        sa.select(each[column]).where(each.id == row.subject_id).scalar_subquery()
        for each, column in found
    ]
    return sa.func.coalesce(*names, type_=sa.String())


def in_states(row: Any, args: Any, _viewer: Any) -> Any:
    """Only those in the states that were asked for."""
    if args.states is not None:
        yield among(row.state, args.states)


def of_subject(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a listing or an organisation to what was done about it."""
    return row.subject_id == owner.key


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time

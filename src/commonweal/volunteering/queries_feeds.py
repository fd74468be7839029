"""What other programs read: a page of the feed, the shifts of an opportunity, somebody's own.

Each is one statement. Shown is what whoever asks without signing in is shown by the API; that a
listing is hidden counts too.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.access import ANONYMOUS
from commonweal.graph.ask import Ask, Bound
from commonweal.graph.sql import DIALECTS, Statement, compiled, now, parts
from commonweal.listings.queries import is_hidden
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.listings.tables import Listing
from commonweal.people.tables_organisations import Organisation
from commonweal.places.spatial import latitude, longitude
from commonweal.places.tables import Area
from commonweal.store.core_tables import table
from commonweal.store.database import Database

from .rules import OpportunityState
from .rules_feeds import BEHIND, EVENTS, PAGE, SETTLED
from .rules_signups import SignUpState
from .tables import Opportunity, OpportunityTerm, Shift, ShiftRole, Term
from .tables_calendars import CalendarAddress
from .tables_signups import SignUp

Rows = Sequence[Sequence[Any]]
MINE: Final = (  # what stands in somebody's calendar
    SignUpState.SIGNED_UP,
    SignUpState.OFFERED,
    SignUpState.CHECKED_IN,
    SignUpState.CHECKED_OUT,
)


class listed(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The rows of a select as JSON's objects, in no order; of their own columns' names."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, **columns: Any) -> None:
        pairs: list[Any] = []
        for name, column in columns.items():
            pairs += [sa.literal_column(f"'{name}'"), column]
        super().__init__(*pairs)


@compiles(listed, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    pairs = ", ".join(parts(element, compiler, how))
    return f"CAST(coalesce(json_agg(json_build_object({pairs})), '[]') AS text)"


@compiles(listed, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    return f"json_group_array(json_object({', '.join(parts(element, compiler, how))}))"


class ago(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The instant so many seconds before now; on SQLite its whole second, which is no later."""

    inherit_cache = True
    type = sa.TIMESTAMP(timezone=True)

    def __init__(self, seconds: int) -> None:
        super().__init__(sa.literal_column(f"'{-seconds} seconds'"))


@compiles(ago, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    [seconds] = parts(element, compiler, how)
    return f"(commonweal_now() + interval {seconds})"


@compiles(ago, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    [seconds] = parts(element, compiler, how)
    return f"datetime(commonweal_now(), {seconds})"


async def feed_page(database: Database, after: tuple[Any, int] | None) -> Rows:
    """Opportunities that were changed after an instant and an id, in the order of those."""
    if after is None:
        return await _fetch(database, _first_page, {})
    return await _fetch(database, _page, {"at": after[0], "id": after[1]})


async def shifts_of(database: Database, opportunity_id: int) -> Rows:
    """An opportunity with each of its shifts to come, or with none; no rows: there is no such."""
    return await _fetch(database, _shifts, {"opportunity": opportunity_id})


async def calendar_of(database: Database, secret_hash: str) -> Rows:
    """A person with each of their shifts, or with none; no rows: it is nobody's address."""
    return await _fetch(database, _calendar, {"hash": secret_hash})


async def _fetch(database: Database, statement: Callable[[], Any], asked: dict[str, Any]) -> Rows:
    ready = _compiled(statement, database.engine)
    return await database.fetch(ready.sql, ready.values(Ask(asked, ANONYMOUS)))


@cache
def _compiled(statement: Callable[[], Any], engine: str) -> Statement:
    return compiled(statement(), DIALECTS[engine])


def _asked(name: str, type_: Any) -> Bound:
    return Bound(lambda ask: ask.variables[name], type_)


def _is_open(opportunity: Any) -> Any:
    """Whether it is in the window."""
    of = table(Listing).alias()
    its = (of.c.kind == ListingKind.OPPORTUNITY, of.c.subject_id == opportunity.c.id)
    return sa.exists().where(*its, of.c.state == ListingState.OPEN).correlate_except(of)


def _first_page() -> Any:
    opportunity = table(Opportunity).alias("o")
    return _feed(opportunity)


def _page() -> Any:
    opportunity = table(Opportunity).alias("o")
    at = _asked("at", opportunity.c.modified_at.type)
    number = _asked("id", sa.BigInteger())
    later = opportunity.c.modified_at > at
    beside = sa.and_(opportunity.c.modified_at == at, opportunity.c.id > number)
    return _feed(opportunity).where(opportunity.c.modified_at >= at, sa.or_(later, beside))


def _feed(opportunity: Any) -> Any:
    """What was ever in the shop window, and whether it still is, with all that is said of it."""
    o, organisation, area = opportunity.c, table(Organisation).alias(), table(Area).alias()
    here = _is_open(opportunity)
    shown = sa.and_(organisation.c.id == o.organisation_id, organisation.c.hidden == sa.false())
    select = (
        sa.select(
            o.id,
            o.modified_at,
            sa.case((sa.and_(o.state == OpportunityState.OPEN, here), 1), else_=0),
            o.title,
            o.description,
            o.cause,
            sa.case((o.hidden_place == sa.true(), sa.null()), else_=o.address),
            longitude(o.shown_location),
            latitude(o.shown_location),
            o.pot_id,
            organisation.c.id,
            organisation.c.name,
            organisation.c.website,
            area.c.name,
            _terms(o),
            _times(o),
            _roles(o),
        )
        .select_from(opportunity.outerjoin(organisation, shown))
        .outerjoin(area, area.c.id == o.area_id)
        .where(o.published_at.is_not(None), o.modified_at < ago(SETTLED.value))
    )
    return select.order_by(o.modified_at, o.id).limit(PAGE.value)


def _terms(o: Any) -> Any:
    term, link = table(Term).alias(), table(OpportunityTerm).alias()
    mine = link.c.opportunity_id == o.id
    shown = listed(taxonomy=term.c.taxonomy, code=term.c.code, label=term.c.label)
    found = sa.select(shown).select_from(link.join(term, term.c.id == link.c.term_id)).where(mine)
    return found.correlate_except(term, link).scalar_subquery()


def _to_come(o: Any, shift: Any) -> Any:
    return sa.and_(shift.c.opportunity_id == o.id, shift.c.starts_at > now())


def _times(o: Any) -> Any:
    """Its shifts to come that take place."""
    shift = table(Shift).alias()
    shown = listed(id=shift.c.id, starts=shift.c.starts_at, ends=shift.c.ends_at)
    found = sa.select(shown).where(_to_come(o, shift), shift.c.cancelled_at.is_(None))
    return found.correlate_except(shift).scalar_subquery()


def _roles(o: Any) -> Any:
    """What is done in those, for each of them."""
    shift, role = table(Shift).alias(), table(ShiftRole).alias()
    skill, training = table(Term).alias(), table(Term).alias()
    of = role.join(shift, shift.c.id == role.c.shift_id)
    of = of.outerjoin(skill, skill.c.id == role.c.skill_id)
    of = of.outerjoin(training, training.c.id == role.c.training_id)
    shown = listed(
        id=role.c.id,
        shift=shift.c.id,
        name=role.c.name,
        places=role.c.places,
        age=role.c.minimum_age,
        skill=skill.c.code,
        training=training.c.code,
    )
    found = sa.select(shown).select_from(of)
    found = found.where(_to_come(o, shift), shift.c.cancelled_at.is_(None))
    return found.correlate_except(role, shift, skill, training).scalar_subquery()


def _event(o: Any, shift: Any, area: Any) -> list[Any]:
    """Of a shift: what any calendar has of it."""
    return [
        o.title,
        o.description,
        o.created_at,
        o.modified_at,
        area.c.name,
        shift.c.id,
        shift.c.starts_at,
        shift.c.ends_at,
        shift.c.version,
    ]


def _shifts() -> Any:
    """Those that do not take place are told too: they may stand in calendars already."""
    opportunity, shift, area = table(Opportunity), table(Shift), table(Area)
    o = opportunity.c
    off = sa.or_(shift.c.cancelled_at.is_not(None), o.state == OpportunityState.CLOSED)
    public = sa.case((o.hidden_place == sa.true(), sa.null()), else_=o.address)
    columns = [*_event(o, shift, area), public, sa.case((off, 1), else_=0)]
    of = opportunity.outerjoin(shift, _to_come(o, shift)).outerjoin(area, area.c.id == o.area_id)
    select = sa.select(*columns).select_from(of)
    select = select.where(o.id == _asked("opportunity", sa.BigInteger()))
    select = select.where(o.published_at.is_not(None))
    select = select.where(sa.not_(is_hidden(ListingKind.OPPORTUNITY, o.id)))
    return select.order_by(shift.c.starts_at, shift.c.id).limit(EVENTS.value)


def _calendar() -> Any:
    """Whoever has a place is told where it is, also where the public is not."""
    address, mine, shift = table(CalendarAddress), table(SignUp), table(Shift)
    opportunity, role, area = table(Opportunity), table(ShiftRole), table(Area)
    o = opportunity.c
    offered = mine.c.state == SignUpState.OFFERED
    stands = sa.or_(*(mine.c.state == each for each in MINE))
    over = sa.and_(offered, mine.c.offered_until <= now())
    told = sa.or_(o.hidden_place == sa.false(), sa.not_(offered))
    off = shift.c.cancelled_at.is_not(None)
    its = sa.and_(mine.c.person_id == address.c.person_id, stands, sa.not_(over), _lately(mine))
    theirs = (
        address.outerjoin(mine, its)
        .outerjoin(shift, shift.c.id == mine.c.shift_id)
        .outerjoin(opportunity, o.id == shift.c.opportunity_id)
        .outerjoin(role, role.c.id == mine.c.role_id)
        .outerjoin(area, area.c.id == o.area_id)
    )
    select = sa.select(
        *_event(o, shift, area),
        sa.case((told, o.address), else_=sa.null()),
        sa.case((off, 1), else_=0),
        role.c.name,
        mine.c.version,
        sa.case((offered, 1), else_=0),
    ).select_from(theirs)
    select = select.where(address.c.secret_hash == _asked("hash", sa.String()))
    return select.order_by(sa.desc(shift.c.starts_at), sa.desc(shift.c.id)).limit(EVENTS.value)


def _lately(mine: Any) -> Any:
    """A sign-up whose shift is to come, or was not long ago."""
    of = table(Shift).alias()
    found = sa.select(of.c.ends_at).where(of.c.id == mine.c.shift_id)
    return found.correlate_except(of).scalar_subquery() > ago(BEHIND.value * 24 * 3600)

"""How opportunities, shifts and sign-ups are read, and whose each is."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.declare import Standing
from commonweal.graph.sql import now
from commonweal.listings.queries import is_hidden
from commonweal.listings.rules import ListingKind
from commonweal.people.queries_households import adults_of
from commonweal.people.tables import Person
from commonweal.store.core_tables import table

from .rules import OpportunityState
from .rules_signups import SignUpState
from .tables import Opportunity, Series, Shift, Term
from .tables_signups import Application, SignUp

HOLDS: Final = (SignUpState.SIGNED_UP, SignUpState.CHECKED_IN, SignUpState.CHECKED_OUT)


def of(model: Any, key: Any, column: str) -> Any:
    """A column of the row that a key points at, as a value."""
    row = table(model).alias()
    found = sa.select(row.c[column]).where(row.c.id == key)
    return found.correlate_except(row).scalar_subquery()


def of_opportunity(opportunity_id: Any, column: str) -> Any:
    """A column of an opportunity, as a value."""
    return of(Opportunity, opportunity_id, column)


def of_shift(shift_id: Any, column: str) -> Any:
    """A column of a shift, as a value."""
    return of(Shift, shift_id, column)


def organisation_of(shift_id: Any) -> Any:
    """Whose shift it is."""
    return of_opportunity(of_shift(shift_id, "opportunity_id"), "organisation_id")


def guardians_of(person_id: Any) -> Any:
    """The adults in whose care somebody is; of most people nobody."""
    child = table(Person).alias().c
    household = adults_of(child.household_id)
    return household.where(child.id == person_id, child.age_band.is_not(None))


def _shown(opportunity_id: Any) -> Any:
    """Whether everybody may see an opportunity: it was published, and no officer hid it."""
    published = of_opportunity(opportunity_id, "published_at").is_not(None)
    return sa.and_(published, sa.not_(is_hidden(ListingKind.OPPORTUNITY, opportunity_id)))


def _comers(opportunity_id: Any) -> Any:
    """Who has a place in one of an opportunity's shifts, and who cares for them."""
    place, shift = table(SignUp).alias(), table(Shift).alias()
    comer, person = table(Person).alias(), table(Person).alias()
    cares = sa.and_(
        comer.c.age_band.is_not(None),
        person.c.household_id == comer.c.household_id,
        person.c.age_band.is_(None),
    )
    has_place = sa.or_(*(place.c.state == each for each in HOLDS))
    found = (
        sa.select(person.c.id)
        .join_from(place, shift, shift.c.id == place.c.shift_id)
        .join(comer, comer.c.id == place.c.person_id)
        .join(person, sa.or_(person.c.id == comer.c.id, cares))
        .where(shift.c.opportunity_id == opportunity_id, has_place)
    )
    return found.correlate_except(place, shift, comer, person)


def _opportunitys(find: Any) -> Standing:
    """Whose something of an opportunity is; `find` gives that one's key."""
    return {
        "shown": lambda row: _shown(find(row)),
        "organisation": lambda row: of_opportunity(find(row), "organisation_id"),
        "council": lambda row: of_opportunity(find(row), "council_id"),
        "comers": lambda row: _comers(find(row)),
    }


OPPORTUNITY: Final[Standing] = {
    "shown": lambda row: _shown(row.key),
    "organisation": "organisation_id",
    "council": "council_id",
    "comers": lambda row: _comers(row.key),
}
SHIFT: Final = _opportunitys(lambda row: row.opportunity_id)
SERIES: Final = SHIFT
ROLE: Final = _opportunitys(lambda row: of_shift(row.shift_id, "opportunity_id"))
SIGN_UP: Final[Standing] = {
    "person": "person_id",
    "adults": lambda row: guardians_of(row.person_id),
    "organisation": lambda row: organisation_of(row.shift_id),
    "reserver": "reserved_for_id",
}
STANDING_SIGN_UP: Final[Standing] = {
    "person": "person_id",
    "organisation": lambda row: of_opportunity(
        of(Series, row.series_id, "opportunity_id"), "organisation_id"
    ),
}
APPLICATION: Final[Standing] = {
    "person": "person_id",
    "organisation": lambda row: of_opportunity(row.opportunity_id, "organisation_id"),
}
REFERENCE: Final[Standing] = {
    "organisation": lambda row: of_opportunity(
        of(Application, row.application_id, "opportunity_id"), "organisation_id"
    ),
}
QUALIFICATION: Final[Standing] = {"person": "person_id", "organisation": "organisation_id"}
ITEM: Final[Standing] = {"organisation": lambda row: organisation_of(row.shift_id)}
CLAIM: Final[Standing] = {
    "person": "person_id",
    "adults": lambda row: guardians_of(row.person_id),
    "organisation": lambda row: of_opportunity(row.opportunity_id, "organisation_id"),
}


def name(row: Any, *_: Any) -> Any:
    """Of whom it is: for who sees the row, whether or not they are of one organisation."""
    return of(Person, row.person_id, "name")


def phone(row: Any, *_: Any) -> Any:
    """Of a sign-up: by which who comes is reached, until the shift is over."""
    over = of_shift(row.shift_id, "ends_at") <= now()
    return sa.case((sa.not_(over), of(Person, row.person_id, "phone")))


def address(row: Any, *_: Any) -> Any:
    """Of an opportunity, for everybody: none where its place is hidden."""
    return sa.case((row.hidden_place == sa.false(), row.address))


def remote(row: Any, *_: Any) -> Any:
    """Whether it is done from anywhere."""
    return sa.and_(row.location.is_(None), row.area_id.is_(None))


def _count(role_id: Any, condition: Any) -> Any:
    row = table(SignUp).alias()
    found = sa.select(sa.func.count()).where(row.c.role_id == role_id, condition(row.c))
    return found.correlate_except(row).scalar_subquery()


def places_left(row: Any, *_: Any) -> Any:
    """Of a role: what nobody has, and is offered to nobody just now."""
    return row.places - _count(row.key, _holds)


def _holds(row: Any) -> Any:
    over = sa.and_(row.state == SignUpState.OFFERED, row.offered_until <= now())
    return sa.and_(row.place.is_not(None), sa.not_(over))


def waiting(row: Any, *_: Any) -> Any:
    """Of a role: how many wait for a place."""
    return _count(row.key, lambda each: each.state == SignUpState.WAITING)


def stand_ins_wanted(row: Any, *_: Any) -> Any:
    """Of a role: for how many places a stand-in is looked for."""
    return _count(row.key, _looks)


def _looks(row: Any) -> Any:
    return sa.and_(
        row.state == SignUpState.SIGNED_UP,
        row.stand_in_wanted == sa.true(),
        row.swap_role_id.is_(None),
    )


def term_label(column: str) -> Any:
    """Of a role: what a skill or a training that it asks for is called."""
    return lambda row, *_: of(Term, getattr(row, column), "label")


def exchanges(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a sign-up to the shifts in which somebody would give their place for it."""
    other = table(SignUp).alias()
    wanted = sa.exists().where(
        other.c.shift_id == row.key,
        other.c.swap_role_id == owner.role_id,
        other.c.state == SignUpState.SIGNED_UP,
    )
    return wanted.correlate_except(other)


def close_by(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a sign-up to those of the same person that are at the same time, or so soon before or
    after that they might not get from the one to the other: a soft clash.
    """
    mine, other = table(Shift).alias(), table(Shift).alias()
    near = sa.exists().where(
        mine.c.id == owner.shift_id,
        other.c.id == row.shift_id,
        other.c.starts_at < mine.c.free_at,
        mine.c.starts_at < other.c.free_at,
    )
    return sa.and_(
        row.person_id == owner.person_id,
        row.key != owner.key,
        row.ended_at.is_(None),
        near.correlate_except(mine, other),
    )


def to_come(row: Any, *_: Any) -> Any:
    """Shifts that have not begun."""
    yield row.starts_at > now()


def taking_place(row: Any, args: Any, _viewer: Any) -> Any:
    """Shifts that have not begun, or of some days; all that were not called off."""
    yield row.cancelled_at.is_(None)
    if args.since is None and args.until is None:
        yield row.starts_at > now()
    if args.since is not None:
        yield row.starts_at >= args.since
    if args.until is not None:
        yield row.starts_at < args.until


def standing(row: Any, *_: Any) -> Any:
    """Sign-ups that have not ended, of shifts that are not over."""
    yield row.ended_at.is_(None)
    yield of_shift(row.shift_id, "ends_at") > now()


def going_on(row: Any, *_: Any) -> Any:
    """What has not ended."""
    yield row.ended_at.is_(None)


def not_withdrawn(row: Any, *_: Any) -> Any:
    """What holds still."""
    yield row.withdrawn_at.is_(None)


def by_state(row: Any, args: Any, _viewer: Any) -> Any:
    """Rows in a state, where one is asked for."""
    if args.state is not None:
        yield row.state == args.state


def terms_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """Words of a taxonomy, where one is asked for."""
    if args.taxonomy is not None:
        yield row.taxonomy == args.taxonomy


def proposed(row: Any, *_: Any) -> Any:
    """Opportunities that wait for an officer."""
    yield row.state == OpportunityState.PROPOSED


def soonest(row: Any, *_: Any) -> list[Any]:
    return [row.starts_at]


def by_code(row: Any, *_: Any) -> list[Any]:
    return [row.taxonomy, row.code]


def in_line(row: Any, *_: Any) -> list[Any]:
    return [row.key]  # ids are in the order of time


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]

"""How a deadline follows from an event: regimes, their periods, and what is refused. Pure.

A regime is chosen by the day of the event that begins a case, and the case keeps it; a period says
from which event it is counted, how, and on whose word (design note `domain/assets.md` 2, 2.8). What
stands there from memory is marked so (M): a default, for officers to change.

Holidays are the caller's to give, as they were known when the case froze its deadlines
(actions.holidays_known): what is added later moves nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Final

from commonweal.clocks.rules_regimes import (
    ClockEvent,
    Jurisdiction,
    Regime,
    RegimeCode,
    Right,
    Silence,
)
from commonweal.kernel.calendar import (
    CIVIL_ZONE,
    civil_day,
    end_of_day,
    working_day_on_or_before,
)
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

YEARS: Final = limit("an event after 2000", 200, "years", "a later one is mistyped")
LAST_YEAR: Final = 2000 + YEARS.value
MOST_EVENTS: Final = limit("supposed events", 20, "events", "a case has a dozen")
HOLIDAYS_A_YEAR: Final = 8  # of England and of Wales, which have the fewest: with less, not all


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a period came to: all of it is fixed, and a later rule or holiday changes none of it."""

    name: str
    event: ClockEvent
    counted_from: date
    legal_end: date
    act_by: date
    silence: Silence
    rule: str
    citation: str  # of the rule, with the marks that say how well it is known
    is_default: bool
    is_certain: bool  # all bank holidays that it depends on are known
    extendable: bool = False

    @property
    def ends_at(self) -> datetime:
        """The first instant after it, in UTC."""
        return end_of_day(self.legal_end, CIVIL_ZONE)

    @property
    def says(self) -> str:
        """In a sentence or three, for people."""
        return f"{self.rule} Last day: {spelt(self.legal_end)}. Act by {spelt(self.act_by)}."

    def met(self, at: datetime) -> bool:
        """Whether what was done at this instant was in time: on the last day, all day."""
        return at < self.ends_at


@fact
class RegimeNotInForce(UserError):
    says = "{regime} was not in force in {jurisdiction} on {on}: no deadline follows from it."
    regime: RegimeCode
    jurisdiction: Jurisdiction
    on: date


@fact
class NoRegime(UserError):
    says = "No regime of {right} was in force in {jurisdiction} on {on}."
    right: Right
    jurisdiction: Jurisdiction
    on: date


@fact
class EventNotOfRegime(UserError):
    says = "{regime} counts nothing from {event}. It counts from: {known}."
    regime: RegimeCode
    event: ClockEvent
    known: str


@fact
class EventTwice(UserError):
    says = "{event} is given twice; of each event one day."
    event: ClockEvent


@fact
class TooManyEvents(UserError):
    says = "At most {most} events can be supposed at once; there are {given}."
    most: int
    given: int


@fact
class EventTooLate(UserError):
    says = "{on} is after the year {last_year}."
    on: date
    last_year: int


@fact
class AgreedTooLate(UserError):
    says = "A deadline that ended with {legal_end} can no longer be extended."
    legal_end: date


@fact
class NotExtendable(UserError):
    says = "Nobody may extend this deadline: {name}."
    name: str


@fact
class NotLater(UserError):
    says = "An extension ends after {legal_end}; {until} is not."
    legal_end: date
    until: date


@fact
class DatesGoBackwards(UserError):
    says = "{later} ({second}) must come after {earlier} ({first})."
    earlier: str
    first: date
    later: str
    second: date


@fact
class HolidayKnown(UserError):
    says = "{day} is a bank holiday in {jurisdiction} already."
    jurisdiction: Jurisdiction
    day: date


@fact
class NoSuchHoliday(UserError):
    says = "{day} is no bank holiday in {jurisdiction}."
    jurisdiction: Jurisdiction
    day: date


def regime_for(
    right: Right, jurisdiction: Jurisdiction, on: date, regimes: Sequence[Regime]
) -> Regime:
    """The regime of a case that an event on this day begins. Raises NoRegime."""
    for regime in regimes:
        if regime.right is right and regime.in_force(jurisdiction, on):
            return regime
    raise NoRegime(right, jurisdiction, on)


def commenced(regimes: Sequence[Regime], code: RegimeCode, on: date) -> tuple[Regime, ...]:
    """The regimes, with one in force from a day; until then, whichever it follows."""
    [new] = [regime for regime in regimes if regime.code is code]

    def dated(regime: Regime) -> Regime:
        if regime is new:
            return replace(regime, since=on)
        same = regime.right is new.right and regime.jurisdictions <= new.jurisdictions
        return replace(regime, until=on) if same and regime.until is None else regime

    return tuple(map(dated, regimes))


def deadlines(
    regime: Regime,
    jurisdiction: Jurisdiction,
    events: Mapping[ClockEvent, date],
    holidays: Collection[date],
) -> list[Deadline]:
    """What follows from a case's events so far, in the regime's order.

    The earliest of them begins the case; the others may come after the regime's end. Raises
    RegimeNotInForce, EventNotOfRegime, EventTooLate.
    """
    if not events:
        return []
    for event, on in events.items():
        known = list(dict.fromkeys(period.event for period in regime.periods))
        if event not in known:
            raise EventNotOfRegime(regime.code, event, ", ".join(known)).at("events")
        if on.year > LAST_YEAR:
            raise EventTooLate(on, LAST_YEAR).at("events")
    begun = min(events.values())
    if not regime.in_force(jurisdiction, begun):
        raise RegimeNotInForce(regime.code, jurisdiction, begun).at("regime")
    return list(_counted(regime, events, holidays))


def once_each(given: Sequence[tuple[ClockEvent, date]]) -> dict[ClockEvent, date]:
    """Each event with its day. Raises TooManyEvents, EventTwice."""
    if len(given) > MOST_EVENTS.value:
        raise TooManyEvents(MOST_EVENTS.value, len(given)).at("events")
    for event, times in Counter(event for event, _ in given).items():
        if times > 1:
            raise EventTwice(event).at("events")
    return dict(given)


def _counted(
    regime: Regime, events: Mapping[ClockEvent, date], holidays: Collection[date]
) -> Iterator[Deadline]:
    for period in regime.periods:
        if (start := events.get(period.event)) is None:
            continue
        last = period.last_day(start, holidays)
        act_by = period.act_by(last, holidays)
        first = start if period.counts_working_days else act_by
        yield Deadline(
            name=period.name,
            event=period.event,
            counted_from=start,
            legal_end=last,
            act_by=act_by,
            silence=period.silence,
            rule=period.says,
            citation=f"{period.source} [{']['.join(period.marks)}]",
            is_default=period.is_default,
            is_certain=all_known(first, last, holidays),
            extendable=period.extendable,
        )


def all_known(first: date, last: date, holidays: Collection[date]) -> bool:
    """Whether the bank holidays of all these years are there: beyond some year none is said yet."""
    in_year = Counter(day.year for day in holidays)
    return all(in_year[year] >= HOLIDAYS_A_YEAR for year in range(first.year, last.year + 1))


def extended(
    deadline: Deadline, until: date, agreed_at: datetime, holidays: Collection[date]
) -> Deadline:
    """The deadline with a later end, agreed before the old one was over.

    Raises NotExtendable, AgreedTooLate, NotLater.
    """
    if not deadline.extendable:
        raise NotExtendable(deadline.name)
    if not deadline.met(agreed_at):
        raise AgreedTooLate(deadline.legal_end)
    if until <= deadline.legal_end:
        raise NotLater(deadline.legal_end, until)
    rule = f"{deadline.rule} Extended by agreement on {spelt(civil_day(agreed_at))}."
    act_by = working_day_on_or_before(until, holidays)
    certain = all_known(act_by, until, holidays)
    return replace(deadline, legal_end=until, act_by=act_by, rule=rule, is_certain=certain)


def increasing(dates: Sequence[tuple[str, date]]) -> None:
    """Raises DatesGoBackwards where a stage is not after the one before it."""
    for (earlier, first), (later, second) in pairwise(dates):
        if second <= first:
            raise DatesGoBackwards(earlier, first, later, second)


def instant(day: date, clock_time: time) -> datetime:
    """ "17:00 on 30 October" where the service is, in UTC."""
    return datetime.combine(day, clock_time, CIVIL_ZONE).astimezone(UTC)


def spelt(day: date) -> str:
    """ "Sunday 3 January 2027"."""
    return f"{day:%A} {day.day} {day:%B %Y}"

"""A scheme's terms: what leaves a wallet, what it has room for, how long credits last. Pure.

Whole minutes and days. Terms change from a later day on and never reach back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from commonweal.credits.rules import MOST_MINUTES
from commonweal.kernel.calendar import CIVIL_ZONE, civil_day, end_of_day
from commonweal.kernel.errors import UserError, fact


@fact
class TermUnfit(UserError):
    says = "{term} is a whole number from {least:,} to {most:,}."
    term: str
    least: int
    most: int


@fact
class TermsReachBack(UserError):
    says = "Terms change from tomorrow on at the earliest: what was done stays as it was agreed."


@fact
class TermsSetAlready(UserError):
    says = "Terms from {since} are set already: choose another day."
    since: str


@fact
class SpentEnough(UserError):
    says = "A wallet gives at most {most:,} minutes a {period}; {left:,} of these are left."
    period: str
    most: int
    left: int


@dataclass(frozen=True, slots=True)
class Span:
    """What a term may be; `open` where none is a value as well, and means without end."""

    least: int
    most: int
    usual: int | None
    open: bool = False


MONTH: Final = 44_640  # the minutes of the longest
SPANS: Final = {
    "credit_minutes": Span(1, 1_440, 60),  # one credit, as people count them
    "wallet_minutes": Span(60, MOST_MINUTES.value, 6_000),  # hoarded hours help nobody
    "lifetime_days": Span(30, 3_650, 365, open=True),
    "gift_days": Span(1, 365, 30),
    "day_minutes": Span(1, MONTH, None, open=True),
    "week_minutes": Span(1, MONTH, None, open=True),
    "month_minutes": Span(1, MONTH, None, open=True),
    "alone_minutes": Span(0, MOST_MINUTES.value, 6_000),  # funded at one officer's word
    "grant_minutes": Span(0, MOST_MINUTES.value, 3_000),  # granted at one person's word
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme's wallets and pots go by from a day on; None is without end."""

    credit_minutes: int
    wallet_minutes: int
    lifetime_days: int | None
    gift_days: int
    day_minutes: int | None
    week_minutes: int | None
    month_minutes: int | None
    alone_minutes: int
    grant_minutes: int
    shops_accept: bool = False
    recognition_only: bool = False

    def expires_at(self, at: datetime) -> datetime | None:
        """When what is earned at an instant lapses: at the end of its last day."""
        if self.lifetime_days is None:
            return None
        return end_of_day(civil_day(at) + timedelta(days=self.lifetime_days), CIVIL_ZONE)

    def within(self, week_minutes: int | None) -> "Terms":
        """For a wallet that a guardian, or a household, bounds further."""
        bounds = [each for each in (self.week_minutes, week_minutes) if each is not None]
        return replace(self, week_minutes=min(bounds, default=None))


def checked_week(minutes: int | None) -> int | None:
    """What a wallet may give in a week; null: as the scheme. Raises TermUnfit."""
    if minutes is not None and not 0 <= minutes <= MONTH:
        raise TermUnfit("weekMinutes", 0, MONTH).at("input", "weekMinutes")
    return minutes


def checked_terms(given: Mapping[str, Any], before: Terms | None = None) -> Terms:
    """Terms of which what is not given stays, or is usual. Raises TermUnfit."""
    found: dict[str, Any] = {}
    for name, span in SPANS.items():
        value = given.get(name, getattr(before, name) if before else span.usual)
        if value is None and not span.open:
            value = span.usual
        if value is not None and not span.least <= value <= span.most:
            raise TermUnfit(name, span.least, span.most).at("input", name)
        found[name] = value
    for name in ("shops_accept", "recognition_only"):
        value = given.get(name)
        found[name] = value if value is not None else bool(before and getattr(before, name))
    return Terms(**found)


def terms_of(row: Any) -> Terms:
    """As a row has them."""
    return Terms(**{each.name: getattr(row, each.name) for each in fields(Terms)})


def check_since(since: date, today: date) -> None:
    """Raises TermsReachBack."""
    if since <= today:
        raise TermsReachBack


PERIODS: Final = {"day": "day_minutes", "week": "week_minutes", "month": "month_minutes"}


def since_of(period: str, today: date) -> date:
    """The first day of the day, the week (from Monday) or the month that a day lies in."""
    if period == "week":
        return today - timedelta(days=today.weekday())
    return today.replace(day=1) if period == "month" else today


def check_spending(terms: Terms, spent: Mapping[str, int], minutes: int) -> None:
    """`spent` is what has left the wallet in each period. Raises SpentEnough."""
    for period, name in PERIODS.items():
        most = getattr(terms, name)
        if most is not None and spent[period] + minutes > most:
            raise SpentEnough(period, most, max(most - spent[period], 0))

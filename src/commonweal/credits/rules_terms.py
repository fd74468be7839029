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
from commonweal.kernel.limits import limit


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
class RaisedTooSoon(UserError):
    says = "What one person decides alone is raised {days} days ahead: others see it coming."
    days: int


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
    "wallet_ceiling_minutes": Span(60, MOST_MINUTES.value, 6_000),  # hoarded hours help nobody
    "credit_lifetime_days": Span(30, 3_650, 365, open=True),
    "gift_days": Span(1, 365, 30),
    "daily_limit_minutes": Span(1, MONTH, None, open=True),
    "weekly_limit_minutes": Span(1, MONTH, None, open=True),
    "monthly_limit_minutes": Span(1, MONTH, None, open=True),
    "sole_funding_minutes": Span(0, MOST_MINUTES.value, 6_000),  # funded at one officer's word
    "sole_grant_minutes": Span(0, MOST_MINUTES.value, 3_000),  # granted at one person's word
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme's wallets and pots go by from a day on; None is without end."""

    credit_minutes: int
    wallet_ceiling_minutes: int
    credit_lifetime_days: int | None
    gift_days: int
    daily_limit_minutes: int | None
    weekly_limit_minutes: int | None
    monthly_limit_minutes: int | None
    sole_funding_minutes: int
    sole_grant_minutes: int
    shops_accept: bool = False
    recognition_only: bool = False
    opportunities_approved: bool = False  # an officer looks at what offers these credits first

    def expires_at(self, at: datetime) -> datetime | None:
        """When what is earned at an instant lapses: at the end of its last day."""
        if self.credit_lifetime_days is None:
            return None
        return end_of_day(civil_day(at) + timedelta(days=self.credit_lifetime_days), CIVIL_ZONE)

    def within(self, weekly_limit_minutes: int | None) -> "Terms":
        """For a wallet that a guardian, or a household, bounds further."""
        both = (self.weekly_limit_minutes, weekly_limit_minutes)
        most = min((each for each in both if each is not None), default=None)
        return replace(self, weekly_limit_minutes=most)


def checked_week(minutes: int | None) -> int | None:
    """What a wallet may give in a week; null: as the scheme. Raises TermUnfit."""
    if minutes is not None and not 0 <= minutes <= MONTH:
        raise TermUnfit("weeklyLimitMinutes", 0, MONTH).at("input", "weeklyLimitMinutes")
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
    for name in ("shops_accept", "recognition_only", "opportunities_approved"):
        value = given.get(name)
        found[name] = value if value is not None else bool(before and getattr(before, name))
    return Terms(**found)


def terms_of(row: Any) -> Terms:
    """As a row has them."""
    return Terms(**{each.name: getattr(row, each.name) for each in fields(Terms)})


NOTICE: Final = limit("days until one person decides more alone", 30, "days", "others see it")
SOLE: Final = ("sole_funding_minutes", "sole_grant_minutes")


def check_raising(found: Terms, before: Terms, days_ahead: int) -> None:
    """Else who is bound by it would raise it first. Raises RaisedTooSoon."""
    raised = any(getattr(found, name) > getattr(before, name) for name in SOLE)
    if raised and days_ahead < NOTICE.value:
        raise RaisedTooSoon(NOTICE.value)


def check_since(since: date, today: date) -> None:
    """Raises TermsReachBack."""
    if since <= today:
        raise TermsReachBack


PERIODS: Final = {
    "day": "daily_limit_minutes",
    "week": "weekly_limit_minutes",
    "month": "monthly_limit_minutes",
}


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

"""What a rule of days means: RRULE (RFC 5545, 3.3.10), read by python-dateutil."""

from datetime import date, datetime, time
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr

from .rules_series import FREQUENCIES, KEYS, READ, RULE, RecurrenceUnfit

NUMBERS = ("COUNT", "INTERVAL")


def checked_rule(rule: str) -> str:
    """In large letters, with keys that say days. Raises RecurrenceUnfit."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = _parts(text)
    whole = len(parts) == text.count(";") + 1 and set(parts) <= set(KEYS)
    days_only = len(parts.get("UNTIL", "20270331")) == len("20270331")
    counted = all(_is_some(parts[key]) for key in NUMBERS if key in parts)
    known = parts.get("FREQ") in FREQUENCIES
    if not (whole and days_only and counted and known and len(text) <= RULE.value):
        raise _unfit()
    days_of(text, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2))
    return text


def days_of(rule: str, starts_on: date, since: date, until: date) -> list[date]:
    """The days that a rule means, in [since, until). Raises RecurrenceUnfit.

    A rule that means no day at all would be looked through to the end of the calendar: so it is
    read up to `until`, and its COUNT is counted here.
    """
    parts = _parts(rule)
    most = min(int(parts.pop("COUNT", READ.value)), READ.value)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    end = datetime.combine(until, time.min)
    try:
        days: Any = rrulestr(text, dtstart=datetime.combine(starts_on, time.min))
        if last := parts.get("UNTIL"):
            end = min(end, datetime.combine(date.fromisoformat(last), time.min))
        found = [each.date() for each in islice(days.replace(until=end), most)]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise _unfit() from None
    return [day for day in found if since <= day < until]


def _parts(text: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in text.split(";"))


def _is_some(number: str) -> bool:
    return number.isdecimal() and int(number) > 0


def _unfit() -> RecurrenceUnfit:
    unfit = RecurrenceUnfit(", ".join(KEYS))
    unfit.at("input", "rule")
    return unfit

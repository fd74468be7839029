"""What a rule of days means: RRULE (RFC 5545, 3.3.10), read by python-dateutil."""

from datetime import date, datetime

from dateutil.rrule import rrulestr

from .rules_series import FREQUENCIES, KEYS, READ, RULE, RecurrenceUnfit


def checked_rule(rule: str) -> str:
    """In large letters, with keys that say days. Raises RecurrenceUnfit."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    whole = len(parts) == text.count(";") + 1 and set(parts) <= set(KEYS)
    days_only = len(parts.get("UNTIL", "20270331")) == len("20270331")
    if not (whole and days_only and parts.get("FREQ") in FREQUENCIES and len(text) <= RULE.value):
        raise RecurrenceUnfit(", ".join(KEYS)).at("input", "rule")
    if "COUNT" in parts and not parts["COUNT"].isdecimal():
        raise RecurrenceUnfit(", ".join(KEYS)).at("input", "rule")
    days_of(text, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2))
    return text


def days_of(rule: str, starts_on: date, since: date, until: date) -> list[date]:
    """The days that a rule means, in [since, until). Raises RecurrenceUnfit."""
    found: list[date] = []
    try:
        days = rrulestr(rule, dtstart=datetime.combine(starts_on, datetime.min.time()))
        for number, each in enumerate(days):
            if each.date() >= until or number >= READ.value:
                break
            if each.date() >= since:
                found.append(each.date())
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise RecurrenceUnfit(", ".join(KEYS)).at("input", "rule") from None
    return found

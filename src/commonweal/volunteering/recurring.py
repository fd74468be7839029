"""What a rule of days means: RRULE (RFC 5545, 3.3.10), read by python-dateutil."""

import calendar
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr

from .rules_series import LEAP, READ, RULE, VALUES, RecurrenceUnfit


def checked_rule(rule: str) -> str:
    """In large letters, with keys that say days. Raises RecurrenceUnfit."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    whole = len(parts) == text.count(";") + 1 and len(text) <= RULE.value
    known = all(re.fullmatch(VALUES.get(key, ""), value) for key, value in parts.items())
    if not (whole and known and "FREQ" in parts and _fit(parts) and _there(parts)):
        raise RecurrenceUnfit(", ".join(VALUES)).at("input", "rule")
    days_of(text, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2))
    return text


def _fit(parts: Mapping[str, str]) -> bool:
    """Whether its parts may stand together."""
    often = parts["FREQ"] in ("DAILY", "WEEKLY")
    counted = any(each.isdecimal() for each in parts.get("BYDAY", ""))
    weekly = parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts
    return not ((often and counted) or weekly or {"COUNT", "UNTIL"} <= set(parts))


def _there(parts: Mapping[str, str]) -> bool:
    """Whether its days of its months are in any year: the 30th of February is not."""
    months = [int(each) for each in parts.get("BYMONTH", "1").split(",")]
    longest = max(calendar.monthrange(LEAP, month)[1] for month in months)
    days = [abs(int(each)) for each in parts.get("BYMONTHDAY", "1").split(",")]
    return min(days) <= longest


def days_of(rule: str, starts_on: date, since: date, until: date) -> list[date]:
    """The days that a rule means, in [since, until). Raises RecurrenceUnfit.

    A rule that means no day would be looked through to the end of the calendar: so it is read up to
    `until`, and its COUNT is counted here.
    """
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    most = min(int(parts.pop("COUNT", READ.value)), READ.value)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    end = datetime.combine(until, time.min)
    try:
        if last := parts.get("UNTIL"):
            end = min(end, datetime.combine(date.fromisoformat(last), time.min))
        days: Any = rrulestr(text, dtstart=datetime.combine(starts_on, time.min))
        found = [each.date() for each in islice(days.replace(until=end), most)]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise RecurrenceUnfit(", ".join(VALUES)).at("input", "rule") from None
    return [day for day in found if since <= day < until]

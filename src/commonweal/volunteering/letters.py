"""What volunteers, and who coordinates them, are told by mail."""

from datetime import date, datetime

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.messages.rules import Letter


def _letter(kind: str, subject: str, *parts: str) -> Letter:
    return Letter(kind=kind, subject=subject, body="\n\n".join(parts) + "\n")


def place_offered(title: str, starts_at: datetime, until: datetime) -> Letter:
    """To whoever waited longest: a place was freed, and for how long it is theirs."""
    return _letter(
        "place_offered",
        f"A place for you: {title}",
        f"A place was freed for you: {title}, {when(starts_at)}.",
        f"It is yours to take until {when(until)}; afterwards the next who waits is asked.",
    )


def shift_off(title: str, starts_at: datetime) -> Letter:
    """To whoever had a place, or waited for one, in a shift that does not take place."""
    says = f"{title}, {when(starts_at)}, does not take place."
    return _letter("shift_off", f"Not taking place: {title}", says)


def shift_moved(title: str, was: datetime, starts_at: datetime) -> Letter:
    """To whoever has a place in a shift, or waits for one."""
    return _letter(
        "shift_moved",
        f"Moved: {title}",
        f"{title} was to begin {when(was)}. It begins {when(starts_at)} instead.",
        "Your place is kept. If you cannot come then, please say so: somebody else may want it.",
    )


def reminder(title: str, starts_at: datetime, where: str | None, url: str) -> Letter:
    """The day before, to whoever has a place; one click gives it back."""
    return _letter(
        "shift_reminder",
        f"Tomorrow: {title}",
        f"{title}: {when(starts_at)}{f', {where}' if where else ''}.",
        f"You cannot come after all? One click, and somebody else is asked: {url}",
    )


def swap_offered(title: str, mine: datetime, theirs: datetime) -> Letter:
    """To who has a place for which another would give theirs."""
    return _letter(
        "swap_offered",
        f"A place to exchange: {title}",
        f"Somebody would come {when(theirs)} in your place, if you came {when(mine)} in theirs.",
        "If that suits you, say so in your list of shifts; the first to say so has it.",
    )


def stood_in(title: str, starts_at: datetime) -> Letter:
    """To who looked for a stand-in, and to who exchanged a place."""
    says = f"Somebody else comes in your place: {title}, {when(starts_at)}."
    return _letter("stood_in", f"Taken over: {title}", says)


def returned(title: str, reason: str) -> Letter:
    """To an organisation, from an officer who looked at what it would like to show."""
    return _letter("opportunity_returned", f"To be put right: {title}", reason)


def stale(title: str, ends_on: date) -> Letter:
    """To an organisation that has not looked at an opportunity for long."""
    says = f'Does "{title}" still hold? Unless you say so it is taken down on {_day(ends_on)}.'
    return _letter("opportunity_stale", f"Still true? {title}", says)


def application_decided(title: str, says: str) -> Letter:
    """To who applied: what came of it."""
    return _letter("application_decided", f"Your application: {title}", says)


def hours_queried(title: str, question: str) -> Letter:
    """To who claimed hours."""
    return _letter("hours_queried", f"A question about your hours: {title}", question)


def hours_declined(title: str, reason: str) -> Letter:
    """To who claimed hours: why not, and what they can do."""
    appeal = "If that is wrong, appeal: somebody else looks at it."
    return _letter("hours_declined", f"Your hours: {title}", reason, appeal)


def when(at: datetime) -> str:
    """By the clock there."""
    there = at.astimezone(CIVIL_ZONE)
    return f"{_day(there)} at {there:%H:%M}"


def _day(on: date) -> str:
    return f"{on:%A} {on.day} {on:%B %Y}"

"""What people are told by mail of credits: a gift that waits, and what lapses soon."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from commonweal.kernel.amounts import hours_text
from commonweal.messages.rules import Letter

Lapsing = tuple[date, int]  # the last day on which it can be used, and how many minutes
INSTEAD: Final = "Use them, or give them to somebody. What is left goes to the community pot."


def gift_offered(scheme: str, minutes: int, words: str, until: date) -> Letter:
    """To an address, which may be nobody's yet: who gives is in the giver's own words."""
    parts = [
        f"Somebody gives you {hours_text(minutes)} hours of {scheme}:",
        words,
        f"Sign in with this address by {until.isoformat()} to take them; else they go back.",
    ]
    return Letter(
        kind="gift_offered",
        subject=f"{hours_text(minutes)} hours for you",
        body="\n\n".join(parts) + "\n",
    )


def lapsing(scheme: str, told: Sequence[Lapsing], link: str = "") -> Letter:
    """What lapses on which days, and what can be done instead; `link` gives it to the community."""
    lines = [
        f"- {hours_text(minutes)} hours at the end of {on.isoformat()}" for on, minutes in told
    ]
    parts = [f"Of your {scheme} lapse:", "\n".join(lines), INSTEAD]
    if link:
        parts.append(f"To give it there today, where somebody is waiting for it:\n{link}")
    return Letter(
        kind="credits_lapsing",
        subject=f"{hours_text(sum(minutes for _, minutes in told))} hours lapse soon",
        body="\n\n".join(parts) + "\n",
        secret=True,  # whoever has the link can click on it
    )

"""Searches that somebody saved: what is kept of one, and when its digest is due. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

SEARCHES: Final = limit(
    "saved searches of a person", 20, "searches", "a page of them; each is run every morning"
)
MAX_SEARCH_NAME: Final = limit("name of a saved search", 100, "characters", "a line").value
SEARCH_CHARACTERS: Final = limit(
    "what a saved search asks", 2_000, "characters", "every filter there is, filled in by hand"
)
FOUND: Final = limit(
    "listings of a digest", 50, "listings", "a letter one reads; beyond it, search again"
)
DIGEST_HOUR: Final = 7  # of civil time: with the first coffee
SETTLING: Final = timedelta(seconds=60)  # no mutation takes so long: what it published is seen
FILTERS: Final = {  # what is kept: the argument of `search` -> its name in the API
    "words": "words",
    "near": "near",
    "area": "area",
    "kinds": "kinds",
    "categories": "categories",
    "open_on": "openOn",
    "longitude": "longitude",
    "latitude": "latitude",
    "place": "place",
    "within_metres": "withinMetres",
}


@fact
class TooManySearches(UserError):
    says = "You saved {most} searches. Delete one that you no longer need."
    most: int


@fact
class SearchNameLength(UserError):
    says = "The name of a search has 1 to {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class SearchTooLong(UserError):
    says = "A saved search asks with at most {most} characters in all; these are {characters}."
    most: int
    characters: int


def checked_search_name(name: str) -> str:
    """One line. Raises SearchNameLength."""
    text = " ".join(seen(name).split())
    if not 1 <= len(text) <= MAX_SEARCH_NAME:
        raise SearchNameLength(MAX_SEARCH_NAME, len(text)).at("input", "name")
    return text


def as_arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as `search` takes it in a request's variables; nothing of what was not."""
    return {
        FILTERS[name]: as_arguments(value) if name == "near" else _plain(value)
        for name, value in given.items()
        if value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each) for each in value]
    return value if isinstance(value, str | float | int) else value.isoformat()


def is_morning(now: datetime) -> bool:
    """Whether the day's digests may go out by now."""
    return now.astimezone(CIVIL_ZONE).hour >= DIGEST_HOUR

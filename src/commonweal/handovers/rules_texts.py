"""What people write about a case, as it is kept: without what is not seen, and bounded. Pure."""

from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.texts import seen

TITLE: Final = limit("title of a round or a case", 200, "characters", "as of a listing")
REASON: Final = limit(
    "reason that is given in a case", 4_000, "characters", "two pages: somebody will ask for them"
)
TEXT: Final = limit("text of a decision", 10_000, "characters", "it is published: four pages")


@fact
class TextLength(UserError):
    says = "This text has {least} to {most:,} characters; yours has {characters:,}."
    least: int
    most: int
    characters: int


def checked_lines(given: str, most: int, field: str, *, least: int = 1) -> str:
    """A text of several lines, given in an input's field. Raises TextLength."""
    text = seen(given, lines=True)
    if not least <= len(text) <= most:
        raise TextLength(least, most, len(text)).at("input", field)
    return text


def checked_line(given: str, most: int, field: str) -> str:
    """The same on one line."""
    return checked_lines(" ".join(seen(given).split()), most, field)


def checked_reason(given: str) -> str:
    """Why somebody does this. Raises TextLength."""
    return checked_lines(given, REASON.value, "reason")


def checked_title(given: str) -> str:
    """Raises TextLength."""
    return checked_line(given, TITLE.value, "title")

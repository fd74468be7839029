"""Whom to call when something happens to somebody at a shift, and when it is seen. Pure."""

from typing import Final

from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends
from commonweal.volunteering.rules import SINCE

CALLED: Final = limit("name of who is called in an emergency", 100, "characters", "as of a person")
AROUND: Final = limit(
    "hours around a shift in which its coordinator sees whom to call",
    12,
    "hours",
    "before it begins and after it ends: a night's shift has two days, and a hospital asks late",
)
ends("emergency contacts", None, SINCE, "when whose they are forgets or replaces or is erased")

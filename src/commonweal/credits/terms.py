"""Which terms of a scheme hold on a day."""

from datetime import date

from .rules_terms import Terms, terms_of
from .tables import SchemeTerms


async def terms_on(scheme_id: int, day: date) -> Terms:
    """What holds in a scheme on a day: from its first day on there is something."""
    rows = SchemeTerms.filter(scheme_id=scheme_id, since__lte=day).order_by("-since")
    return terms_of(await rows.first())

"""`/opportunities/opp_…`: what there is to do, and when, as a page without scripts.

It is what the feed's links lead to. Shown is what its public calendar has (calendars.py).
"""

from html import escape
from typing import Any, Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.volunteering.linked import instant

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "public, max-age=300",
    "x-content-type-options": "nosniff",
}
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: {title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ margin: 0 auto; max-width: 40rem; padding: 1rem }}
  .words {{ white-space: pre-line }} s {{ opacity: .75 }}
</style>
<h1>{title}</h1>
{body}
"""


def opportunity_page(number: str, shown: list[Any]) -> str:
    """A page of its shifts to come, as calendars.py reads them; there is one row at least."""
    first = shown[0]
    place = first.address or first.area
    parts = [f'<p class="words">{escape(first.description)}</p>']
    parts += [f"<p>Where: {escape(place)}</p>"] if place else []
    items = "".join(_times(each) for each in shown if each.shift_id is not None)
    parts.append(f"<ul>{items}</ul>" if items else "<p>No shift is planned just now.</p>")
    parts.append(f'<p><a href="{escape(number)}.ics">These times for your calendar</a></p>')
    parts.append("<p>To take part, sign in with an app of this service and join a shift.</p>")
    return PAGE.format(title=escape(first.title), body="\n".join(parts))


def _times(shown: Any) -> str:
    both = (shown.starts_at, shown.ends_at)
    begins, ends = (instant(each).astimezone(CIVIL_ZONE) for each in both)
    words = f"{begins.day} {begins:%B %Y, %H:%M} to {ends:%H:%M}"
    return f"<li><s>{words}</s> Cancelled</li>" if shown.off else f"<li>{words}</li>"

"""The demo's mail, as a page: what would have gone out, if anybody lived there.

It shows codes by which one signs in, so it is there in the demo alone (app.py, `Settings.outbox`).
"""

import sys
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.messages.tables import Message

SHOWN: Final = 50  # what one scrolls through
HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: the demo's outbox</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 0 auto; max-width: 40rem; padding: 1rem }
  article { border-top: 1px solid #7778; padding: .5rem 0 } h2 { font-size: 1.1rem; margin: 0 }
  h2, p, pre { overflow-wrap: anywhere } p { margin: 0 }
  pre { font: inherit; white-space: pre-wrap }
</style>
<h1>The demo's outbox</h1>
<p>What goes out by mail, newest first. Nothing leaves the demo.</p>
"""


async def outbox(_request: Request) -> HTMLResponse:
    """`/outbox`: the last messages."""
    messages = await Message.all().order_by("-id").limit(SHOWN)
    shown = "".join(map(_article, messages)) or "<p>Nothing yet.</p>"
    return HTMLResponse(PAGE + shown, headers=HEADERS)


def _article(message: Message) -> str:
    when = f"{message.created_at.astimezone(CIVIL_ZONE):%Y-%m-%d %H:%M}"
    facts = f"{when} · to {message.to_address} · {message.state.value}"
    subject, body = escape(message.subject), escape(message.body)
    return f"<article><h2>{subject}</h2><p>{escape(facts)}</p><pre>{body}</pre></article>\n"


def show(message: Message) -> None:
    """Print what would have gone out by mail: on a demo's terminal, where its reader sits."""
    sys.stdout.write(f"\nMail to {message.to_address}: {message.subject}\n{message.body}\n")
    sys.stdout.flush()


def unseen(_message: Message) -> None:
    """Anywhere but in a demo nobody reads along."""

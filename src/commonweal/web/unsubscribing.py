"""`/unsubscribe/{token}`: the end of letters, by one click in the mail or on this page.

A GET changes nothing: mail programs follow links by themselves. A POST is what RFC 8058 calls a
one-click; it needs no cookie and reads no body. No answer tells whether a token was anybody's.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal.handovers.actions_watches import unwatch_all
from commonweal.listings.actions_searches import unsubscribe
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: letters of the morning</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 0 auto; max-width: 30rem; padding: 1rem }
  button { font: inherit; padding: .5rem 1rem }
</style>
"""
ASKED: Final = """<h1>No more letters?</h1>
<p>You get a letter in the morning when there is something new for your saved searches, and another
when something happened to an asset that you watch. This ends those of the kind that you clicked in.
</p>
<form method="post"><button>No more of these letters</button></form>
"""
DONE: Final = """<h1>No more letters</h1>
<p>They are off. Your searches are kept: when you are signed in you can turn each on again, and
watch assets again.</p>
"""


class Unsubscribing:
    """The endpoint, over the database that is open by then."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self.database = database

    async def answer(self, request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(PAGE + ASKED, headers=HEADERS)
        token: str = request.path_params["token"]
        await in_transaction(self.database(), partial(_end, token=token))
        return HTMLResponse(PAGE + DONE, headers=HEADERS)


async def _end(tx: Transaction, token: str) -> None:
    """A token is good for the letters that it came in, and means nothing to the others."""
    await unsubscribe(tx, token)
    await unwatch_all(tx, token)

"""Pages behind the links of letters: what they do is done by one click, and by nobody's program.

A GET changes nothing: mail programs follow links by themselves. A POST is what RFC 8058 calls a
one-click; it needs no cookie and reads no body. No answer tells whether a link was anybody's.
"""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal.credits.actions_warnings import donate_lapsing
from commonweal.handovers.actions_watches import unwatch_all
from commonweal.kernel.amounts import hours_text
from commonweal.listings.actions_searches import unsubscribe
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.actions_reminders import give_back

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
<title>Commonweal: {title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ margin: 0 auto; max-width: 30rem; padding: 1rem }}
  button {{ font: inherit; padding: .5rem 1rem }}
</style>
<h1>{title}</h1>
{body}
"""
Act = Callable[[Transaction, Mapping[str, Any]], Awaitable[str]]  # what is in the link -> HTML


class OneClick:
    """The endpoint of a kind of link: what it asks, and what a click does and answers."""

    def __init__(self, database: Callable[[], Database], asked: str, act: Act) -> None:
        self.database, self.asked, self.act = database, asked, act

    async def answer(self, request: Request) -> Response:
        """Answer one HTTP request."""
        if request.method != "POST":
            return HTMLResponse(self.asked, headers=HEADERS)
        given = request.path_params
        done = await in_transaction(self.database(), lambda tx: self.act(tx, given))
        return HTMLResponse(done, headers=HEADERS)


def page(title: str, body: str) -> str:
    """A page of few words."""
    return PAGE.format(title=escape(title), body=body)


def unsubscribing(database: Callable[[], Database]) -> OneClick:
    """`/unsubscribe/{token}`: the end of letters."""
    return OneClick(database, NO_MORE, _unsubscribe)


NO_MORE: Final = page(
    "No more letters?",
    """<p>You get a letter in the morning when there is something new for your saved searches, and
another when something happened to an asset that you watch. This ends those of the kind that you
clicked in.</p>
<form method="post"><button>No more of these letters</button></form>""",
)
ENDED: Final = page(
    "No more letters",
    """<p>They are off. Your searches are kept: when you are signed in you can turn each on again,
and watch assets again.</p>""",
)


async def _unsubscribe(tx: Transaction, given: Mapping[str, Any]) -> str:
    """A token is good for the letters that it came in, and means nothing to the others."""
    await unsubscribe(tx, given["token"])
    await unwatch_all(tx, given["token"])
    return ENDED


def donating(database: Callable[[], Database]) -> OneClick:
    """`/donate/{warning}/{token}`: what a letter said lapses, given to the community."""
    return OneClick(database, GIVE, _donate)


GIVE: Final = page(
    "Give what lapses to the community?",
    """<p>The hours that this letter told you of go to the community pot on their last day. Given
today, they are there for somebody who is waiting for them.</p>
<form method="post"><button>Give them to the community pot</button></form>""",
)


async def _donate(tx: Transaction, given: Mapping[str, Any]) -> str:
    """A second click finds nothing left to give."""
    if minutes := await donate_lapsing(tx, given["warning"], given["token"]):
        return page("Thank you", f"<p>{hours_text(minutes)} hours are in the community pot.</p>")
    return page("Nothing left to give", "<p>Of what this letter told of, nothing is left.</p>")


def giving_back(database: Callable[[], Database]) -> OneClick:
    """`/give-back/{place}/{token}`: a place in tomorrow's shift, for somebody else to take."""
    return OneClick(database, CANNOT, _give_back)


CANNOT: Final = page(
    "You cannot come after all?",
    """<p>The place that this letter reminded you of is offered to whoever waited longest.</p>
<form method="post"><button>Give my place to somebody else</button></form>""",
)


async def _give_back(tx: Transaction, given: Mapping[str, Any]) -> str:
    """A second click finds nothing to give back."""
    if await give_back(tx, given["place"], given["token"]):
        return page("Thank you for saying so", "<p>Somebody else is asked now.</p>")
    return page("Nothing to give back", "<p>You have no place there, or it has begun.</p>")

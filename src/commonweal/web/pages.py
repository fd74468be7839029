"""What a person sees who comes by with a browser: what is near, and a box for questions."""

from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from .examples import EXAMPLES

HOME: Final = Path(__file__).with_name("home.html")


@cache
def page() -> str:
    """The page with the examples in their place."""
    buttons = "".join(
        f'<button data-query="{escape(e.query)}">{escape(e.says)}</button> ' for e in EXAMPLES
    )
    return HOME.read_text(encoding="utf-8").replace("<!-- examples -->", buttons)


async def home(_request: Request) -> HTMLResponse:
    return HTMLResponse(page())

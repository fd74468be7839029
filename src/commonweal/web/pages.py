"""What a person sees who comes by with a browser: how to ask, and a box to ask in."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse

from .examples import EXAMPLES

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 60rem; padding: 1rem }
textarea, pre { box-sizing: border-box; font: 14px/1.4 ui-monospace, monospace; width: 100% }
textarea { min-height: 16rem } pre { border: 1px solid #8888; overflow: auto; padding: .5rem }
button { font: inherit; margin: .25rem .5rem .25rem 0; min-height: 2.75rem; padding: 0 1rem }
"""
SCRIPT = """
const box = document.querySelector('textarea'), out = document.querySelector('pre');
const token = document.querySelector('input');
async function ask() {
  const headers = {'content-type': 'application/json'};
  if (token.value) headers.authorization = 'Bearer ' + token.value;
  const body = JSON.stringify({query: box.value});
  const answer = await fetch('graphql', {method: 'POST', headers, body});
  out.textContent = JSON.stringify(await answer.json(), null, 2);
}
document.querySelector('#ask').onclick = ask;
for (const button of document.querySelectorAll('[data-query]'))
  button.onclick = () => { box.value = button.dataset.query; ask(); };
"""


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def page() -> str:
    buttons = "".join(
        f'<button data-query="{escaped(e.query)}">{escaped(e.says)}</button>' for e in EXAMPLES
    )
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Commonweal</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style>
<h1>Commonweal</h1><p>The service through which a place looks after itself.
Its one endpoint is <code>/graphql</code>. Try a question:</p>
<p>{buttons}</p>
<label>Question <textarea spellcheck="false">{escaped(EXAMPLES[0].query)}</textarea></label>
<label>Token, for officers <input type="password" autocomplete="off"></label>
<p><button id="ask">Ask</button></p><pre aria-live="polite"></pre>
<script>{SCRIPT}</script></html>"""


async def home(request: Request) -> HTMLResponse:
    return HTMLResponse(page())


async def health(request: Request) -> PlainTextResponse:
    """The process lives; whether the database does, a query tells."""
    return PlainTextResponse("ok\n")

"""The one place where the Host header is looked at, before any route.

A page that rebinds its own name to our address (CVE-2026-48710 and its like) sends its own name,
and comes no further; nor does a target that is no path. A probe knows an address rather than our
name, and may say so: an address cannot be rebound, and a probe's answer is the same for anybody.
"""

from collections.abc import Collection
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from .asgi import ALWAYS, Refused, check_host, error_body, headers_of, hosts_of, send_whole
from .observing import PROBES, trace_of

JSON = (b"content-type", b"application/json; charset=utf-8")


class OurHosts:
    """An application that only sees requests to hosts of ours.

    Raises ValueError for a name that no Host header could give.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app, self.hosts = app, hosts_of(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to what is not for us; hand on the rest."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        try:
            headers = headers_of(scope)
            if not (scope["path"] in PROBES and _is_address(headers.get(b"host", ""))):
                check_host(scope, headers, self.hosts)
        except Refused as refused:
            trace_of(scope).code = refused.code
            if scope["type"] == "websocket":
                return await send({"type": "websocket.close", "code": 1008})
            body = error_body(refused.message, code=refused.code)
            return await send_whole(send, scope, refused.status, body, (JSON, *ALWAYS))
        return await self.app(scope, receive, send)


def _is_address(host: str) -> bool:
    """Whether it is an address, with or without a port, and no name."""
    name, colon, port = host.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        name = host
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True

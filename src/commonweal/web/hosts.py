"""The one place where the Host header is looked at, before any route.

A page that rebinds its own name to our address (CVE-2026-48710 and its like) sends its own name,
and comes no further; nor does a target that is no path. A probe knows an address rather than our
name, and may say so: an address cannot be rebound, and a probe's answer is the same for anybody.
"""

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from .asgi import Refused, bad, headers_of, send_refused
from .observing import PROBES, trace_of

HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?")


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
            return await send_refused(send, scope, refused)
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


def hosts_of(names: Collection[str]) -> frozenset[str]:
    """The names that a Host header may give. Raises ValueError for one that none can match."""
    hosts = frozenset(name.lower() for name in names)
    for name in hosts:
        host = HOST.fullmatch(name)
        if host is None or host["name"] != name:
            raise ValueError(f"{name!r} is no host name (a name or an address, without a port)")
    return hosts


def check_host(scope: Scope, headers: Mapping[bytes, str], hosts: frozenset[str]) -> None:
    """Refuse a request that is not meant for us."""
    # A target that names a host of its own (`http://other/…`, `//other/…`) is read by some as
    # a path and by others not: no rule about paths would hold for it.
    path = scope["path"]
    if not path.startswith("/") or path.startswith("//"):
        raise bad("The request's target must be a path.")
    # Only hosts that are ours, against a page that rebinds its own name to our address.
    host = HOST.fullmatch(headers.get(b"host", "").lower())
    if host is None or host["name"] not in hosts:
        raise Refused(400, "BAD_HOST", "The Host header names no host of this service.")

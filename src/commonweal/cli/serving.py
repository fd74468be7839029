"""Running the server in this process."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from datetime import date
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.errors import UserError, fact
from commonweal.web.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

STOPPING_SECONDS: Final = 10  # for answers in hand; a client that dawdles keeps nobody longer
STALLED_SECONDS: Final = 30  # a phone in a tunnel comes back within it, or connects anew


@fact
class PortTaken(UserError):
    says = "{host}:{port} cannot be listened on ({reason}). Choose another with --port."
    host: str
    port: int
    reason: str


def check_port(host: str, port: int) -> None:
    """Ask before anything is prepared for it. Raises PortTaken."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.create_server((host, port), family=found[0][0]):
            pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise PortTaken(host, port, reason) from None


def run(
    settings: Settings, host: str, port: int, *, today: date | None = None, worker: bool = True
) -> None:
    """Serve until the process is told to stop. Raises SystemExit where it could not start."""
    from commonweal.web.app import application
    from commonweal.web.logs import set_up

    set_up(settings.log_level, settings.log_format)
    app = application(settings, today=today, worker=worker)
    running = server(app, settings, host=host, port=port)
    # uvicorn hands the signal on when all is closed: a stop that was asked for is no failure
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt):
        running.run()
    if not running.started:
        raise SystemExit(1)


def server(app: "Starlette", settings: Settings, **options: Any) -> "uvicorn.Server":
    """A server that is seen to stop before it stops: `/readyz` says so for a while (SIGTERM).

    Whoever shares out requests then sends them elsewhere; a second signal stops it at once.
    """
    import uvicorn

    from commonweal.web.limits import BODY_BYTES

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for listener in (each for server in self.servers for each in server.sockets):
                cut_the_stalled(listener)
            gc.collect()
            gc.freeze()  # the schema and its plans stay: no collection has to look through them

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            first, readiness = not app.state.readiness.stopping, app.state.readiness
            readiness.stopping = True
            if not (first and sig == signal.SIGTERM and settings.stop_seconds):
                return super().handle_exit(sig, frame)
            later = super().handle_exit
            asyncio.get_running_loop().call_later(settings.stop_seconds, later, sig, frame)
            return None

    proxies = settings.networks_of_proxies
    config = uvicorn.Config(
        app,
        proxy_headers=bool(proxies),  # else the caller would write where they come from
        forwarded_allow_ips=proxies,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=BODY_BYTES.value,
        timeout_graceful_shutdown=STOPPING_SECONDS,
        ws_per_message_deflate=False,  # it keeps memory for each connection, and inflates bombs
        **options,
    )
    return Server(config)


def cut_the_stalled(listener: Any) -> None:
    """Have the system cut connections whose other side takes nothing, though it is there.

    Closing one waits until all is sent, which is never where nobody reads; so a client could keep
    as many as it likes. Not every system knows this option.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT") and listener.family != socket.AF_UNIX:
        milliseconds = STALLED_SECONDS * 1_000
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

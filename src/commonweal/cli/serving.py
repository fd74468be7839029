"""Running the server in this process."""

import os
import socket
from datetime import date

from commonweal.kernel.errors import UserError, fact
from commonweal.web.settings import Settings


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
    import uvicorn

    from commonweal.web.app import application

    uvicorn.run(
        application(settings, today=today, worker=worker),
        host=host,
        port=port,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
    )

"""An application behind the real server, on a port of its own, for as long as a block runs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(
    app: Any, *, instead: uvicorn.Server | None = None, **config: Any
) -> AsyncIterator[int]:
    """Its port, once it answers; `instead` is a server that was made for it."""
    server = instead or uvicorn.Server(uvicorn.Config(app, log_config=None, **config))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve([listener]))
        try:
            while not (server.started or running.done()):  # noqa: ASYNC110  # it has no event
                await asyncio.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running

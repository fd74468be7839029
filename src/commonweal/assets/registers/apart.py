"""Threads apart for registers: reading one takes seconds and hundreds of megabytes.

Each does one thing at a time; who comes next waits. So registers never take up the threads that
uploads and passwords are for. Work whose asker went away is told so, and ends soon.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

T = TypeVar("T")
GivenUp = Callable[[], bool]  # whether nobody waits for the work any more


class Apart:
    """A thread of its own."""

    def __init__(self, name: str) -> None:
        self.threads = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[GivenUp], T]) -> T:
        """What the work answers, when its turn has come; it may ask whether it was given up."""
        given_up = threading.Event()
        context = copy_context()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self.threads, context.run, work, given_up.is_set)
        finally:
            given_up.set()


READING: Final = Apart("register-reading")
# Comparing is done inside a transaction, which must not wait until somebody's preview is read.
COMPARING: Final = Apart("register-comparing")

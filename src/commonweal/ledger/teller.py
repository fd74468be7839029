"""A small queue in each process: commands that come together are done in one transaction.

    teller = Teller(database, post_many, key=lambda order: order.cause)
    posted = await teller.ask(order)          # in no transaction: it has its own

Nothing is answered before its commit. A command that was taken is done, whether or not its asker
still waits; so whoever does not know what became of it asks again, under the same key. `many` does
commands one after another as if each came alone, and each must be safe to do twice: a batch that
failed is done again, command by command. What is to be shown is read afterwards, by the asker.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from commonweal.kernel.errors import UserError
from commonweal.kernel.limits import limit
from commonweal.store.database import Database
from commonweal.store.errors import Busy, DatabaseAway, TryAgain
from commonweal.store.transaction import Transaction, in_transaction

Command = TypeVar("Command")
Result = TypeVar("Result")

MOST_TOGETHER: Final = 128  # of a batch: with more, all wait for longer, and little is won for each
GATHERING_SECONDS: Final = 0.002  # what one commit costs on a quick disk
FLUSHERS: Final = {
    "postgresql": 2,  # one computes while the other commits
    "sqlite": 1,  # it has one writer: a second batch would only wait, and gather nothing meanwhile
}
MOST_WAITING: Final = limit(
    "commands waiting for a teller", 1024, "commands", "eight batches: what is done in a second"
)
UNREACHABLE: Final = (Busy, DatabaseAway)  # no command's fault: none is tried alone


@dataclass(frozen=True, slots=True, eq=False)
class Entered(Generic[Command, Result]):
    """A command that was taken, and what will have become of it."""

    key: Hashable
    command: Command
    outcome: "asyncio.Future[Result | Exception]"


class Teller(Generic[Command, Result]):
    """Does commands in batches. `key` is what happens once: of equal keys, one is in a batch.

    An equal command that comes while the first is being done is given the first one's outcome,
    which is `again(result)` where that was no refusal. Another command under that key comes after.
    """

    def __init__(
        self,
        database: Database,
        many: Callable[[Transaction, Sequence[Command]], Awaitable[Sequence[Result | UserError]]],
        *,
        key: Callable[[Command], Hashable],
        again: Callable[[Result], Result] = lambda result: result,
    ) -> None:
        self.database, self.many, self.key, self.again = database, many, key, again
        self.entered: dict[Hashable, Entered[Command, Result]] = {}
        self.queue: deque[Entered[Command, Result]] = deque()
        self.flushers: set[asyncio.Task[None]] = set()
        self.full = asyncio.Event()
        self.stopped = False
        self.company = False  # whether the last batch had several: one who is alone waits for none
        self.context = copy_context()  # not an asker's, whose request or transaction may be over

    async def ask(self, command: Command) -> Result:
        """What came of it, after the commit. Raises what it was refused with, TryAgain where too
        many wait or the teller has stopped, Busy and DatabaseAway (it may be done or not).
        """
        key = self.key(command)
        while (first := self.entered.get(key)) and first.command != command:
            await asyncio.wait([first.outcome])
        mine = first or self._enter(key, command)
        outcome = await asyncio.shield(mine.outcome)  # it is done, whoever goes away
        if isinstance(outcome, Exception):
            raise outcome.with_traceback(None)  # several may raise it
        return self.again(outcome) if first else outcome

    async def stop(self) -> None:
        """Take nothing more, and finish what was taken."""
        self.stopped = True
        while self.flushers:
            await asyncio.wait(self.flushers)

    def _enter(self, key: Hashable, command: Command) -> Entered[Command, Result]:
        if self.stopped or len(self.queue) >= MOST_WAITING.value:
            raise TryAgain
        mine: Entered[Command, Result] = Entered(key, command, asyncio.Future())
        self.entered[key] = mine
        self.queue.append(mine)
        if len(self.queue) >= MOST_TOGETHER:
            self.full.set()
        if len(self.flushers) < FLUSHERS[self.database.engine]:
            task = asyncio.create_task(self._flush(), context=self.context.copy())
            self.flushers.add(task)
            task.add_done_callback(self.flushers.discard)
        return mine

    async def _flush(self) -> None:
        """Batch after batch, until nobody waits."""
        while self.queue:
            if self.company and not self.stopped:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.full.wait(), GATHERING_SECONDS)
            batch = [self.queue.popleft() for _ in range(min(MOST_TOGETHER, len(self.queue)))]
            if not batch:  # the other flusher took it
                return
            self.full.set() if len(self.queue) >= MOST_TOGETHER else self.full.clear()
            self.company = len(batch) > 1
            try:
                await self._do(batch)
            finally:  # where even this was cancelled, whoever waits is too
                for each in batch:
                    self._settle(each, None)

    async def _do(self, batch: Sequence[Entered[Command, Result]]) -> None:
        """A batch, and where that fails its commands alone, so that none fails for another's."""
        failure = await self._together(batch)
        alone = len(batch) > 1 and failure and not isinstance(failure, UNREACHABLE)
        for each in batch if failure else ():
            if alone:
                failure = await self._together([each])
                alone = not isinstance(failure, UNREACHABLE)
            if failure:
                self._settle(each, failure)

    async def _together(self, batch: Sequence[Entered[Command, Result]]) -> Exception | None:
        """In one transaction: None, and everybody is told, or why it failed."""
        commands = [each.command for each in batch]
        try:
            done = await in_transaction(self.database, lambda tx: self.many(tx, commands))
            for each, outcome in zip(batch, done, strict=True):
                self._settle(each, outcome)
        except Exception as failure:  # noqa: BLE001  # its askers raise it
            return failure
        return None

    def _settle(self, each: Entered[Command, Result], outcome: Result | Exception | None) -> None:
        if not each.outcome.done():
            del self.entered[each.key]
            each.outcome.cancel() if outcome is None else each.outcome.set_result(outcome)

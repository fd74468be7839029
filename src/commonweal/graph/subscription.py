"""A subscription: an operation that is planned once and answered whenever there is news for it.

    asked = await subscribe(reader, request, viewer, database)       # or the answer that refuses it
    for body in await asked.answers(viewer, since, until): ...

Each answer is one planned read of the rows announced in a range of numbers, within the viewer's
rights of that moment; several changes of a row in one range are one. It never knows who listens,
nor how long they will: the transport does (web/socket.py).
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLError

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.limits import limit
from commonweal.kernel.timing import within
from commonweal.store.database import Database

from .ask import Ask
from .declare import NotCovered
from .reader import OUR_SIDE, QUERY_SECONDS, Operation, Reader, TookTooLong, failed, run
from .request import Answer, GraphQLRequest, Trace

EVENTS_AT_ONCE: Final = limit(
    "announcements answered at once", 20, "announcements", "what one costs is counted so often"
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is to be answered again and again."""

    operation: Operation
    variables: dict[str, Any]
    database: Database
    trace: Trace

    async def answers(self, viewer: Viewer, since: int, until: int) -> list[bytes]:
        """The responses to what was announced after `since` and up to `until`, one a row."""
        ask = Ask(self.variables, viewer, announced=(since, until), trace=self.trace)
        plan = self.operation.plan(ask)
        if plan is None:
            raise NotCovered(self.operation.name)
        data = await within(
            QUERY_SECONDS, run(plan, ask, self.database), lambda: TookTooLong(QUERY_SECONDS)
        )
        if len(data) != 1:
            message = "A subscription asks for one thing, and this one leaves it out."
            raise GraphQLError(message, extensions={"code": "NO_SUBSCRIPTION"})
        [(key, rows)] = data.items()
        return [orjson.dumps({"data": {key: row}}) for row in rows]


async def subscribe(
    reader: Reader, request: GraphQLRequest, viewer: Viewer, database: Database
) -> Subscription | Answer:
    """What to answer from now on; or, where the request is at fault, what it is told."""
    trace, trace.viewer = request.trace, viewer.id
    operation = reader.operation(request.query, request.operation_name)
    if not isinstance(operation, Operation):
        return reader.refused(operation, trace)
    given = request.variables or {}
    try:
        operation.price(request.operation_name, given)
        made = Subscription(operation, operation.variables.values(given), database, trace)
        await made.answers(viewer, 0, 0)  # of nothing: what it would refuse later, it refuses now
    except (GraphQLError, UserError) as refusal:
        if isinstance(refusal, OUR_SIDE):
            return failed(refusal, trace)
        return reader.refused([refusal], trace)
    except Exception as error:  # noqa: BLE001  # whatever it is, the log has it whole
        return failed(error, trace)
    return made

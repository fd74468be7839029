"""Plans that are made before anybody asks: of the operations that a service offers by their hash.

The first to ask a document anew waits for its reading, its validation, its plan and its SQL, some
ten times what an answer costs. Beside `NAME.graphql` there may be `NAME.json`, a list of variables:
each of a shape that is asked for. What cannot be planned is passed over; asking it says why.
"""

from pathlib import Path

from graphql import GraphQLError

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.ask import Ask
from commonweal.graph.reader import Operation, Reader
from commonweal.kernel.errors import UserError

from .persisted import askings_of, operations_in

SOMEBODY = Viewer(id=0, name="somebody")  # a plan knows of a viewer only whether they signed in


def warm(reader: Reader, folder: Path | None) -> int:
    """Make the plans of a folder's operations, and say how many there are now.

    Raises OperationUnfit where the variables beside an operation cannot be read.
    """
    plans = 0
    for path in operations_in(folder):
        operation = reader.operation(path.read_text(encoding="utf-8"), None)
        if isinstance(operation, Operation) and not operation.is_mutation:
            for given in askings_of(path):
                for viewer in (ANONYMOUS, SOMEBODY):
                    try:
                        plan = operation.plan(Ask(operation.variables.values(given), viewer))
                    except (GraphQLError, UserError):
                        continue
                    for level in plan.levels if plan else ():
                        assert level.statement
            plans += len(operation.plans)
    return plans

"""Plans that are made before anybody asks: of the operations that a service offers by their hash.

The first to ask a document anew waits for its reading, its validation, its plan and its SQL, some
ten times what an answer costs. Beside `NAME.graphql` there may be `NAME.json`, a list of variables:
each of a shape that is asked for. What cannot be planned is passed over; asking it says why.
"""

from pathlib import Path

import orjson

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.ask import Ask
from commonweal.graph.reader import Operation, Reader
from commonweal.kernel.errors import UserError

SOMEBODY = Viewer(id=0, name="somebody")  # a plan knows of a viewer only whether they signed in


def warm(reader: Reader, folder: Path | None) -> int:
    """Make the plans of a folder's operations, and say how many there are now."""
    plans = 0
    for path in sorted(folder.glob("*.graphql")) if folder else ():
        operation = reader.operation(path.read_text(encoding="utf-8"), None)
        if isinstance(operation, Operation) and not operation.is_mutation:
            values = path.with_suffix(".json")
            for given in orjson.loads(values.read_bytes()) if values.exists() else [{}]:
                for viewer in (ANONYMOUS, SOMEBODY):
                    ask = Ask(operation.variables.values(given), viewer)
                    try:
                        plan = operation.plan(ask)
                    except UserError:
                        continue
                    for level in plan.levels if plan else ():
                        assert level.statement
            plans += len(operation.plans)
    return plans

from commonweal.store.database import Database
from tests.asking import ask, reader_on
from tests.graph.both_ways import *
from tests.graph.operations import *
async def test_it(own_town: Database) -> None:
    c = Counted(own_town)
    for o in OPERATIONS:
        for v in o.askings:
            c.asked.clear()
            body = await ask(own_town, o.text, v, o.viewer)
            print(o.name, o.budget, len(c.asked), str(body)[:230])

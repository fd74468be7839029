import time, collections
from tests.asking import *
from tests.graph.generated import questions
from tests.graph.both_ways import *
def test_g():
    t=time.time()
    qs=list(questions(schema().graphql_schema, 1, 60))
    print(time.time()-t)
    for q in qs[:12]: print(q.text, q.askings[0]); print()
async def test_it(town: Database) -> None:
    qs=list(questions(schema().graphql_schema, 1, 50))
    t=time.time(); c=Counted(town); n=collections.Counter()
    r = reader_on(town.engine)
    for q in qs:
        for v,w in q.askings:
            b = await both_ways(r, town, q.text, v, w)
            n["planned"]+= b.planned is not None; n["reused"]+=b.reused; n["all"]+=1
            assert_equal(b, q.text, v, w)
    print(time.time()-t, len(c.asked), n)
    town.reader=c.reader

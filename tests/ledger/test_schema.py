"""What an auditor reads of the ledger through the API."""

from datetime import timedelta
from functools import partial
from typing import Any

import orjson

from commonweal.access import ANONYMOUS, Viewer
from commonweal.graph.request import GraphQLRequest
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import post_all
from commonweal.ledger.actions_holds import place_hold
from commonweal.ledger.actions_reversals import reverse
from commonweal.people.actions import create_auditor_token
from commonweal.people.queries import viewer_of
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from tests.asking import reader_on
from tests.conftest import Advance
from tests.ledger.accounts import EVENT, UNIT, opened, order, posted

ACCOUNT = """query($id: ID!) { ledgerAccount(id: $id) {
  owner unit balance held available owed
  movements { edges { node { version amount balanceAfter counterpart { id }
    transfer { cause reversal } } } } } }"""


async def asked(database: Database, viewer: Viewer, query: str, **given: Any) -> Any:
    request = GraphQLRequest(query, given, None, safe=True)
    answer = await reader_on(database.engine).answer(request, viewer, database)
    said = orjson.loads(answer.body)
    assert "errors" not in said, said
    return said["data"]


async def an_auditor(database: Database) -> Viewer:
    secret = await in_transaction(database, partial(create_auditor_token, label="audit"))
    found = await viewer_of(database, secret)
    assert found
    return found


async def test_an_auditor_reads_an_account_with_the_balance_after_each_movement(
    database: Database, advance: Advance
) -> None:
    ann, bob = await opened(database, first=2**53 - 1), await opened(database)
    await posted(database, order(ann, bob, 90, "visit"))
    await in_transaction(
        database,
        partial(reverse, cause="visit", actor="per_tester", event_at=EVENT, amount=30),
    )
    now = database.clock.now()
    holding = partial(
        place_hold, account=bob, unit=UNIT, amount=20, cause="h", actor="x",
        expires_at=now + timedelta(minutes=5),
    )  # fmt: skip
    await in_transaction(database, holding)
    auditor = await an_auditor(database)
    found = (await asked(database, auditor, ACCOUNT, id=write_id("acc", bob)))["ledgerAccount"]
    assert (found["balance"], found["held"], found["available"]) == (60, 20, 40)
    nodes = [edge["node"] for edge in found["movements"]["edges"]]
    assert [(n["version"], n["amount"], n["balanceAfter"]) for n in nodes] == [
        (2, -30, 60), (1, 90, 90),
    ]  # fmt: skip
    assert nodes[0]["transfer"] == {"cause": "visit/reversal/1", "reversal": 1}
    assert {n["counterpart"]["id"] for n in nodes} == {write_id("acc", ann)}
    await advance(timedelta(minutes=6))  # the hold is over, though no job has let it go
    found = (await asked(database, auditor, ACCOUNT, id=write_id("acc", bob)))["ledgerAccount"]
    assert (found["held"], found["available"]) == (20, 60)
    found = (await asked(database, auditor, ACCOUNT, id=write_id("acc", ann)))["ledgerAccount"]
    assert found["balance"] == 2**53 - 1 - 60


async def test_a_journal_is_read_whole_and_a_cause_is_found(database: Database) -> None:
    ann, bob, eve = await opened(database, first=9), await opened(database), await opened(database)
    orders = [order(ann, bob, 4, "a"), order(ann, eve, 5, "b")]
    done = await in_transaction(database, partial(post_all, orders=orders))
    auditor = await an_auditor(database)
    query = """query($journal: ID, $cause: String) {
      ledgerTransfers(journal: $journal, cause: $cause) { edges { node { cause journal amount } } }
    }"""
    journal = write_id("jnl", done[0].journal)
    found = await asked(database, auditor, query, journal=journal)
    nodes = [edge["node"] for edge in found["ledgerTransfers"]["edges"]]
    assert nodes == [
        {"cause": "b", "journal": journal, "amount": 5},
        {"cause": "a", "journal": journal, "amount": 4},
    ]
    found = await asked(database, auditor, query, cause="a")
    assert [edge["node"]["amount"] for edge in found["ledgerTransfers"]["edges"]] == [4]


async def test_who_is_no_auditor_finds_no_account(database: Database) -> None:
    ann = await opened(database, first=9)
    assert await asked(database, ANONYMOUS, ACCOUNT, id=write_id("acc", ann)) == {
        "ledgerAccount": None
    }
    query = "{ ledgerAccounts { totalCount } ledgerTransfers { totalCount } }"
    assert await asked(database, ANONYMOUS, query) == {
        "ledgerAccounts": {"totalCount": 0}, "ledgerTransfers": {"totalCount": 0},
    }  # fmt: skip

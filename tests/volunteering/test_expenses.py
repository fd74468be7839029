"""What volunteers paid comes back: by somebody else's word, once, and with its receipt."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.files.tables import File
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.rules_expenses import (
    PENCE,
    REFERENCE,
    SPENT,
    WHAT,
    PenceUnfit,
    checked_pence,
)
from commonweal.web.expenses import Expenses
from tests.conftest import Advance
from tests.credits.making import Town, a_volunteer
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import taken_on
from tests.volunteering.making_hours import a_paid_shift, was_there
from tests.web.test_statements import Service, of


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    expenses: Any = Expenses(Service(database))
    routes = [
        Route("/expenses/{organisation}", expenses),
        Route("/expenses/{expense}/receipt", expenses),
    ]
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def there(database: Database, advance: Advance) -> tuple[Town, Somebody, str]:
    """Somebody who was there: their sign-up."""
    town, helped = await a_paid_shift(database)
    ann, _ = await a_volunteer(town)
    sign_up, _ = await was_there(helped, ann, advance, 60)
    return town, ann, sign_up


async def claimed(who: Somebody, sign_up: str, pence: int = 240, **more: Any) -> str:
    given: dict[str, Any] = {"signUpId": sign_up, "pence": pence, "what": "The bus", **more}
    done = await who.does("claimExpense", "expense { id state }", **given)
    assert refused(done) == []
    return str(done["expense"]["id"])


async def test_an_expense_is_approved_by_another_and_paid_once(
    database: Database, advance: Advance
) -> None:
    town, ann, sign_up = await there(database, advance)
    one, other = [await claimed(ann, sign_up, pence) for pence in (240, 310)]
    assert refused(await ann.does("approveExpense", expenseId=one)) == ["NOT_ALLOWED"]
    for expense in (one, other):
        assert refused(await town.owner.does("approveExpense", expenseId=expense)) == []
    given = {"organisationId": town.friends, "reference": "BACS 12"}
    done = await asyncio.gather(
        *(town.owner.does("payExpenses", "paid", **given) for _ in range(5))
    )
    assert sorted(refused(each) for each in done) == [[], *[["NOTHING_TO_PAY"]] * 4]
    assert max(each["paid"] or 0 for each in done) == 2
    late = await town.owner.does("declineExpense", expenseId=one, reason="Too late.")
    assert refused(late) == ["WRONG_STATE"]


async def test_nobody_approves_their_own(database: Database, advance: Advance) -> None:
    town, helped = await a_paid_shift(database)
    sign_up, _ = await was_there(helped, town.owner, advance, 60)
    expense = await claimed(town.owner, sign_up)
    assert refused(await town.owner.does("approveExpense", expenseId=expense)) == ["OWN_EXPENSE"]
    tess = await signed_in(database, "tess@example.org")
    await taken_on(town.owner, town.friends, tess, "tess@example.org", "TREASURER")
    assert refused(await tess.does("approveExpense", expenseId=expense)) == []


async def test_it_is_of_who_was_there_and_of_a_quarter(
    database: Database, advance: Advance
) -> None:
    town, ann, sign_up = await there(database, advance)
    given: dict[str, Any] = {"signUpId": sign_up, "pence": 1, "what": "The bus"}
    for wrong, code in (
        ({"pence": 0}, "PENCE_UNFIT"),
        ({"pence": PENCE.value + 1}, "PENCE_UNFIT"),
        ({"what": "x" * (WHAT.value + 1)}, "TEXT_UNFIT"),
    ):
        assert refused(await ann.does("claimExpense", **(given | wrong))) == [code]
    long = {"organisationId": town.friends, "reference": "x" * (REFERENCE.value + 1)}
    assert refused(await town.owner.does("payExpenses", **long)) == ["TEXT_UNFIT"]
    await advance(timedelta(days=SPENT.value))
    ann = await signed_in(database, "ann@example.org")
    assert refused(await ann.does("claimExpense", **given)) == ["SPENT_TOO_LONG_AGO"]


def test_pence_are_some_and_not_too_many() -> None:
    assert [checked_pence(n) for n in (1, PENCE.value)] == [1, PENCE.value]
    for pence in (0, -1, PENCE.value + 1):
        with pytest.raises(PenceUnfit):
            checked_pence(pence)


async def test_a_treasurer_has_the_table_and_nobody_else(
    database: Database, advance: Advance, http: httpx2.AsyncClient
) -> None:
    town, ann, sign_up = await there(database, advance)
    expense = await claimed(ann, sign_up, what="=HYPERLINK(1)")
    await town.owner.does("approveExpense", expenseId=expense)
    table = f"/expenses/{town.friends}.csv"
    found = await http.get(table, headers=of(town.owner))
    assert found.text.splitlines()[1].split(",")[:4] == [expense, "", "240", "'=HYPERLINK(1)"]
    assert (await http.get(table)).status_code == 404
    stranger = await signed_in(database, "new@example.org")
    assert len((await http.get(table, headers=of(stranger))).text.splitlines()) == 1


async def test_a_receipt_is_shown_to_who_pays_and_is_ones_own(
    database: Database, advance: Advance, http: httpx2.AsyncClient
) -> None:
    town, ann, sign_up = await there(database, advance)
    mine, theirs = [await a_file(database, name) for name in ("ann", "owner")]
    given: dict[str, Any] = {"signUpId": sign_up, "pence": 1, "what": "The bus"}
    other = await ann.does("claimExpense", **given, receiptId=theirs)
    assert refused(other) == ["NOT_FOUND"]
    expense = await claimed(ann, sign_up, receiptId=mine)
    receipt = f"/expenses/{expense}/receipt"
    for who in (ann, town.owner):
        found = await http.get(receipt, headers=of(who))
        assert (found.status_code, found.content) == (200, b"A ticket, ann.")
    stranger = await signed_in(database, "new@example.org")
    for headers in (of(stranger), {}):
        assert (await http.get(receipt, headers=headers)).status_code == 404
    assert read_id("exp", expense)


async def a_file(database: Database, name: str) -> str:
    """A file that somebody brought."""
    owner = await Person.get(email=f"{name}@example.org")
    content = f"A ticket, {name}.".encode()
    async with database.contents.receiving(chunks(content), 1_000) as received:
        written = await received.keep()

    async def work(tx: Transaction) -> int:
        row = await File.create(
            id=tx.new_id(), sha256=written.sha256, name="ticket.txt", media_type="text/plain",
            size_bytes=len(content), owner_id=owner.id, is_public=False, created_at=tx.now,
        )  # fmt: skip
        return int(row.id)

    return write_id("fil", await in_transaction(database, work))


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content

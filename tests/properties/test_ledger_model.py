"""L20: the ledger does what a model of plain dictionaries does, whatever it is asked for.

Every answer is compared as it comes, refusals by their code; after each example every balance,
hold and lot, and `verify` finds nothing. COMMONWEAL_MODEL_EXAMPLES and _STEPS make it longer.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from commonweal.kernel.clock import TestClock
from commonweal.kernel.errors import UserError
from commonweal.ledger import actions_holds, actions_lapses
from commonweal.ledger.actions import close_account, open_account, post_all, post_many, set_bounds
from commonweal.ledger.actions import post as post_one
from commonweal.ledger.actions_reversals import reverse
from commonweal.ledger.preparing import replayed
from commonweal.ledger.rules import UNBOUNDED, Order
from commonweal.ledger.statements import locked
from commonweal.ledger.tables import Balance, Hold
from commonweal.ledger.verifying import verify
from commonweal.store.database import Database, opened
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.rooms import LAYOUT
from tests.conftest import ENGINES, TODAY, copied
from tests.ledger.accounts import EVENT, UNIT
from tests.properties.ledger_model import Model, Moved

EXAMPLES: Final = int(os.environ.get("COMMONWEAL_MODEL_EXAMPLES", "200"))
STEPS: Final = int(os.environ.get("COMMONWEAL_MODEL_STEPS", "30"))
SHRINKS: Final = os.environ.get("COMMONWEAL_MODEL_SHRINKS", "1") == "1"
EXAMPLES_OF_A_DATABASE: Final = 20  # what is verified after each example stays small
WALLETS: Final = ("ann", "bob")  # in which value expires
SPENDERS: Final = (*WALLETS, "cat", "shop")
NAMES: Final = (*SPENDERS, "issuer", "pot", "pence", "nobody")
Work = Callable[[Transaction], Awaitable[Any]]

amounts = st.one_of(st.integers(1, 12), st.integers(1, 70))
hours = st.sampled_from([1, 2, 5, 24])
payees = st.sampled_from([*SPENDERS, *SPENDERS, *NAMES])
payers = st.sampled_from([*SPENDERS, *SPENDERS, "issuer", *NAMES])


@dataclass
class Place:
    """One engine: databases one after another, and the loop in which they are used."""

    folder: Path
    copy: Callable[[Path], Any]
    loop: asyncio.Runner
    examples: int = 0
    clock: TestClock = field(default_factory=lambda: TestClock(TODAY))
    stack: AsyncExitStack | None = None
    files: Any = None
    database: Database | None = None

    def next(self) -> Database:
        """The database of the next example."""
        if self.examples % EXAMPLES_OF_A_DATABASE == 0:
            self.close()
            folder = self.folder / str(self.examples)
            folder.mkdir()
            self.files = self.copy(folder)
            self.clock = TestClock(TODAY)
            self.stack = AsyncExitStack()
            opening = opened(self.files.__enter__(), self.clock, LAYOUT, files=folder / "files")
            self.database = self.loop.run(self.stack.enter_async_context(opening))
        self.examples += 1
        assert self.database
        return self.database

    def close(self) -> None:
        if self.stack:
            self.loop.run(self.stack.aclose())
            self.files.__exit__(None, None, None)


class Machine(RuleBasedStateMachine):
    """Asks the ledger and the model the same."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.database = self.place.next()
        self.clock = self.place.clock
        self.model = Model(self.clock.now())
        self.ids: dict[str, int] = {"nobody": 5}
        self.causes: list[str] = []
        self.hold_ids: dict[str, int] = {}
        self.settled: list[tuple[str, list[Moved]]] = []
        self.run(self.open_all)

    async def open_all(self, tx: Transaction) -> None:
        await self.open(tx, "issuer", floor=UNBOUNDED)
        await self.open(tx, "pot")
        await self.open(tx, "ann", lapses_to="pot")
        await self.open(tx, "bob", floor=-20, lapses_to="pot")
        await self.open(tx, "cat")
        await self.open(tx, "shop", hot=True)
        await self.open(tx, "pence", unit="pence")

    def run(self, work: Work) -> Any:
        return self.place.loop.run(in_transaction(self.database, work))

    async def open(
        self, tx: Transaction, name: str, unit: str = UNIT, floor: int = 0,
        lapses_to: str | None = None, *, hot: bool = False,
    ) -> None:  # fmt: skip
        self.model.open(name, unit, floor, lapses_to, hot)
        self.ids[name] = await open_account(
            tx, kind="wallet", owner=name, unit=unit, floor=floor, hot=hot,
            lapses_to=self.ids[lapses_to] if lapses_to else None,
        )  # fmt: skip

    def both(self, expected: Callable[[], Any], work: Work) -> Any:
        """Ask both; what the ledger gave, or the code of its refusal, which is the model's too."""
        self.model.now = self.clock.now()
        wanted = self.model.attempt(expected)
        try:
            found = self.run(work)
        except UserError as refusal:
            found = refusal.code
        assert (wanted if isinstance(wanted, str) else "") == (
            found if isinstance(found, str) else ""
        )
        return found

    def cause(self, again: int = 0) -> str:
        """A new cause, or an earlier one."""
        if again and len(self.causes) >= again:
            return self.causes[-again]
        self.causes.append(f"{self.place.examples}/{len(self.causes)}")
        return self.causes[-1]

    def asked(self, debit: str, credit: str, amount: int, again: int, until: int) -> Moved:
        expires = self.clock.now() + timedelta(hours=until) if until else None
        return {
            "debit": debit, "credit": credit, "unit": UNIT, "amount": amount, "expires": expires,
            "cause": self.cause(again),
        }  # fmt: skip

    def order(self, asked: Moved) -> Order:
        return Order(
            self.ids[asked["debit"]], self.ids[asked["credit"]], asked["unit"], asked["amount"],
            asked["cause"], "per_tester", EVENT, expires_at=asked["expires"],
        )  # fmt: skip

    @rule(to=st.sampled_from(SPENDERS), amount=amounts, until=st.sampled_from([0, 1, 2, 5, 24]))
    def issue(self, to: str, amount: int, until: int) -> None:
        asked = self.asked("issuer", to, amount, 0, until if to in WALLETS else 0)
        self.both(lambda: self.model.post_all([asked]), partial(post_one, order=self.order(asked)))

    @rule(debit=payers, credit=payees, amount=amounts, again=st.sampled_from([0, 0, 0, 0, 1, 3]))
    def post(self, debit: str, credit: str, amount: int, again: int) -> None:
        asked = self.asked(debit, credit, amount, again, 0)
        self.both(lambda: self.model.post_all([asked]), partial(post_one, order=self.order(asked)))

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        there = [
            each for each in self.model.transfers.values() if "/reversal/" not in each["cause"]
        ]
        if there:
            asked = data.draw(st.sampled_from(there[-8:]))
            order = self.order(asked)
            [found] = [
                self.both(lambda: self.model.post_all([asked]), partial(post_one, order=order))
            ]
            assert found.replayed

    several = st.lists(
        st.tuples(payers, payees, amounts, st.sampled_from([0, 0, 0, 1, 2]), st.just(0)),
        min_size=2, max_size=5,
    )  # fmt: skip

    @rule(several=several)
    def journal(self, several: list[tuple[str, str, int, int, int]]) -> None:
        asked = [self.asked(*each) for each in several]
        orders = [self.order(each) for each in asked]
        self.both(lambda: self.model.post_all(asked), partial(post_all, orders=orders))

    @rule(several=several)
    def batch(self, several: list[tuple[str, str, int, int, int]]) -> None:
        asked = [self.asked(*each) for each in several]
        orders = [self.order(each) for each in asked]
        wanted: list[Any] = []
        found = self.both(
            lambda: wanted.extend(self.model.post_many(asked)), partial(post_many, orders=orders)
        )
        codes = [each.code if isinstance(each, UserError) else "" for each in found]
        assert codes == [each if isinstance(each, str) else "" for each in wanted]

    @rule(name=st.sampled_from([*WALLETS, "cat", "nobody"]), amount=amounts, until=hours)
    def hold(self, name: str, amount: int, until: int) -> None:
        at = self.clock.now() + timedelta(hours=until - 1)
        cause = self.cause()
        given: dict[str, Any] = {"amount": amount, "cause": cause, "unit": UNIT}
        found = self.both(
            lambda: self.model.hold(name, until=at, **given),
            partial(
                actions_holds.place_hold, account=self.ids[name], actor="per_tester",
                expires_at=at, **given,
            ),
        )  # fmt: skip
        if not isinstance(found, str):
            self.hold_ids[cause] = found.id

    @rule(data=st.data(), to=payees, amounts=st.lists(amounts, min_size=1, max_size=2))
    def settle(self, data: st.DataObject, to: str, amounts: list[int]) -> None:
        if self.hold_ids:
            cause = data.draw(st.sampled_from(list(self.hold_ids)))
            name = self.model.holds[cause]["account"]
            self.settle_by(cause, [self.asked(name, to, amount, 0, 0) for amount in amounts])

    @rule(data=st.data())
    def settle_again(self, data: st.DataObject) -> None:
        if self.settled:
            self.settle_by(*data.draw(st.sampled_from(self.settled)))

    def settle_by(self, cause: str, asked: list[Moved]) -> None:
        orders = [self.order(each) for each in asked]
        hold = self.hold_ids[cause]
        work = partial(actions_holds.settle_hold, hold_id=hold, orders=orders)
        found = self.both(lambda: self.model.settle(cause, asked), work)
        if not isinstance(found, str):
            self.settled.append((cause, asked))

    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        if self.hold_ids:
            cause = data.draw(st.sampled_from(list(self.hold_ids)))
            work = partial(actions_holds.void_hold, hold_id=self.hold_ids[cause])
            self.both(lambda: self.model.void(cause), work)

    @rule(data=st.data(), amount=st.one_of(st.none(), amounts), may_owe=st.booleans())
    def take_back(self, data: st.DataObject, amount: int | None, may_owe: bool) -> None:
        cause = data.draw(st.sampled_from([*self.model.transfers, "never"]))
        work = partial(
            reverse, cause=cause, actor="per_tester", event_at=EVENT, amount=amount,
            may_owe=may_owe,
        )  # fmt: skip
        parts: list[int] = []
        found = self.both(
            lambda: parts.append(self.model.reverse(cause, amount, may_owe=may_owe)), work
        )
        if not isinstance(found, str):
            assert len(found) == parts[0]

    @rule(name=st.sampled_from([*WALLETS, "cat"]), floor=st.integers(-30, 10),
          ceiling=st.sampled_from([0, 20, 60, 90, 2**53 - 1]))  # fmt: skip
    def bound(self, name: str, floor: int, ceiling: int) -> None:
        work = partial(set_bounds, account=self.ids[name], floor=floor, ceiling=ceiling)
        self.both(lambda: self.model.bound(name, floor, ceiling), work)

    @rule(name=st.sampled_from(["cat", "pence"]))
    def close(self, name: str) -> None:
        work = partial(close_account, account=self.ids[name])
        self.both(lambda: self.model.close(name), work)

    @rule(by=st.sampled_from([1, 1, 2, 5, 24, -1]))
    def step(self, by: int) -> None:
        """The clock goes on, and once in a while back."""
        self.clock.advance(timedelta(hours=by))
        if self.database.engine == "postgresql":
            sql = "UPDATE test_clock SET at = $1"
            self.place.loop.run(self.database.client.execute_query(sql, [self.clock.now()]))

    @rule()
    def sweep(self) -> None:
        async def jobs(tx: Transaction) -> None:
            await actions_holds.expire_holds(tx)
            await actions_lapses.lapse_expired(tx)

        self.both(self.model.sweep, jobs)

    def teardown(self) -> None:
        for name, had in self.model.accounts.items():
            rows = self.place.loop.run(all_of(Balance.filter(account=self.ids[name])))
            assert sum(row.posted for row in rows) == had["posted"], name
            if not had["hot"]:
                [row] = rows
                kept = (row.held, row.owed, row.floor, row.ceiling, row.next_expiry)
                keys = ("held", "owed", "floor", "ceiling", "due")
                assert kept == tuple(had[key] for key in keys), name
            if had["lapses_to"]:
                lots = self.run(partial(lots_of, account=self.ids[name]))
                order = sorted(had["lots"], key=lambda lot: (lot[0] is None, lot[0], lot[1]))
                assert lots == ([(at, amount) for at, _, amount in order], had["debt"]), name
        for cause, number in self.hold_ids.items():
            [hold] = self.place.loop.run(all_of(Hold.filter(id=number)))
            assert hold.state == self.model.holds[cause]["state"]
        assert self.place.loop.run(verify(self.database)).faults == []


async def all_of(query: Any) -> list[Any]:
    return list(await query)


async def lots_of(tx: Transaction, account: int) -> Any:
    book = await locked(tx, [account], ())
    lots = await replayed(tx, book.accounts[account].rows[0])
    return lots.lots, lots.debt


@contextmanager
def running(place: Place) -> Iterator[None]:
    with place.loop:
        try:
            yield
        finally:
            place.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_l20_the_ledger_does_what_a_model_does(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    place = Place(tmp_path, lambda folder: copied(request, engine, folder), asyncio.Runner())
    machine = type("OnEngine", (Machine,), {"place": place})
    chosen = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
        phases=[Phase.generate, Phase.shrink] if SHRINKS else [Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with running(place):
        run_state_machine_as_test(machine, settings=chosen)
    assert place.examples >= EXAMPLES

"""L21: the tests themselves. Each defect that a ledger is known for is caught by the test it names.

Where the database alone would make a defect harmless (a check, a trigger, a lock), that guard is
taken away with it, so that it is the named property which breaks. Each runs on the engine where it
can break it: on SQLite there is one transaction at a time, and nothing that races.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import TEMPLATES
from tests.mutants.patching import SOURCE, Patch, asked_of_tests, copied_with
from tests.postgres import Cluster

LEDGER: Final = "tests/invariants/test_ledger.py"
HOLDS: Final = "tests/invariants/test_ledger_holds.py"
LAPSES: Final = "tests/ledger/test_lapses.py"
KILLED: Final = "tests/faults/test_kill_server.py"
RULES, BOOK, STATEMENTS = "ledger/rules.py", "ledger/rules_book.py", "ledger/statements.py"
HOLDING, TABLES = "ledger/actions_holds.py", "migrations/0019_ledger.py"
REFRESHED: Final = "    await hold.refresh_from_db()\n"
# so that a defect in the book's arithmetic is met by plain orders too
BY_THE_BOOK: Final = Patch(
    STATEMENTS, "    if not plain or order.debit == order.credit:\n", "    if order:\n"
)
PER_MOVEMENT: Final = """
    had = {(row[0], row[1]): row for row in map(values_of_row, book.changed)}
    rows = [
        [*had[side[:2]][:2], side[3], *had[side[:2]][3:5], side[2], *had[side[:2]][6:]]
        for each in reversed(book.written)
        for side in (
            (each.debit, each.debit_shard, each.debit_version, each.debit_after),
            (each.credit, each.credit_shard, each.credit_version, each.credit_after),
        )
    ]
"""
EARLY: Final = """
        commands = [each.command for each in batch]

        async def early(tx: Transaction) -> Sequence[Result | UserError]:
            done = await self.many(tx, commands)
            for each, outcome in zip(batch, done, strict=True):
                self._settle(each, outcome)
            await asyncio.sleep(0.2)
            return done

"""

TRIES: Final = 5  # a race that a defect lets happen does not happen every time


@dataclass(frozen=True)
class Defect:
    """What is patched, and which test says so."""

    file: str
    test: str
    engine: str
    patches: tuple[Patch, ...]
    says: str = ""  # a pattern, where the test may fail of other things too


DEFECTS: Final = {
    "check-then-act claim": Defect(
        LEDGER, "test_l5_of_sixty_four_who_race_with_one_key_one_is_applied", "postgresql",
        (
            Patch(
                "store/idempotency.py",
                "    await IdempotencyKey.bulk_create([row], ignore_conflicts=True)\n",
                "    if not await IdempotencyKey.exists(actor=claim.actor, key=claim.key):\n"
                "        await IdempotencyKey.bulk_create([row], ignore_conflicts=True)\n"
                "        return dict(await work()), False\n",
            ),
        ),
    ),
    "guard before lock": Defect(  # and without the check that refuses it all the same
        LEDGER, "test_l9_a_drain_takes_what_there_is_and_no_more", "postgresql",
        (
            Patch(STATEMENTS, "      FOR NO KEY UPDATE OF x, y\n", ""),
            Patch(STATEMENTS, "SET posted = side.posted + CASE", "SET posted = b.posted + CASE"),
            Patch(STATEMENTS, "version = side.version + 1", "version = b.version + 1"),
            Patch(TABLES, "CHECK (posted - held + owed >= floor)", "CHECK (owed >= 0)"),
        ),
    ),
    "unsorted locks": Defect(
        LEDGER, "test_l19_opposed_transfers_never_lock_each_other_out", "postgresql",
        (
            Patch(STATEMENTS, "WHEN 0 THEN x.account < y.account", "WHEN 0 THEN x.account = debit"),
        ),
    ),
    "float": Defect(
        LEDGER, "test_l10_a_thousand_times_one_does_not_drift_and_a_float_is_refused", "sqlite",
        (
            Patch(RULES, "isinstance(amount, bool) or not isinstance(amount, int)",
                  "amount is None"),
        ),
    ),
    "skipped leg": Defect(
        LEDGER, "test_l7_400_moves_between_8_accounts_conserve_what_there_is", "sqlite",
        (
            BY_THE_BOOK,
            Patch(
                BOOK, "        into.add(order.amount)\n",
                "        into.add(0 if into.version % 5 == 4 else order.amount)\n",
            ),
        ),
    ),
    "no compare-and-swap": Defect(  # of a hold's state, read before its balance was locked
        HOLDS, "test_l17_a_hold_ends_once_whoever_races_to_end_it", "postgresql",
        (
            Patch(
                "store/moves.py",
                "filter(id=found.id, state=found.state, version=found.version)",
                "filter(id=found.id)",
            ),
            Patch(HOLDING, f"{REFRESHED}    if hold.state in", "    if hold.state in"),
            Patch(HOLDING, f'{REFRESHED}    await move(hold, HOLD, "void"',
                  '    await move(hold, HOLD, "void"'),
        ),
    ),
    "clamp to zero": Defect(
        LEDGER, "test_l1_transfers_are_balanced_per_unit_and_half_of_one_cannot_be_written",
        "sqlite",
        (
            BY_THE_BOOK,
            Patch(BOOK, "        self.posted -= amount\n",
                  "        self.posted = max(self.posted - amount, 0)\n"),
        ),
    ),
    "hold not counted": Defect(  # nor by the check
        HOLDS, "test_l17_a_hold_keeps_until_its_instant_and_not_after", "sqlite",
        (
            Patch(BOOK, "return self.posted - self.held - self.floor",
                  "return self.posted - self.floor"),
            Patch(TABLES, "CHECK (posted - held + owed >= floor)", "CHECK (owed >= 0)"),
        ),
    ),
    "row updated twice in a batch": Defect(  # and without the count that refuses it
        LEDGER, "test_l14_an_account_s_sequence_has_no_gap", "postgresql",
        (
            Patch(STATEMENTS,
                  "    rows = [values_of_row(each) for each in book.changed]\n", PER_MOVEMENT),
            Patch(STATEMENTS, "    if done != len(rows):\n", "    if done > len(rows):\n"),
        ),
    ),
    "reversal twice": Defect(  # and without the trigger that refuses it
        LEDGER, "test_l12_a_reversal_compensates_once", "sqlite",
        (
            Patch("ledger/actions_reversals.py", "    if wanted > left or not left:\n",
                  "    if not wanted:\n"),
            Patch(TABLES,
                  "      - (SELECT coalesce(sum(r.amount), 0) FROM {at}transfer r"
                  " WHERE r.reverses = o.id))",
                  ")"),
        ),
    ),
    "expiry off by one": Defect(
        HOLDS, "test_l17_a_hold_keeps_until_its_instant_and_not_after", "sqlite",
        (
            Patch("ledger/preparing.py",
                  'state="held", expires_at__lte=tx.now)', 'state="held", expires_at__lt=tx.now)'),
        ),
    ),
    "expiry of what lapses off by one": Defect(  # where it is asked, and where it is taken
        LAPSES, "test_at_its_instant_it_has_expired_and_a_moment_before_not", "sqlite",
        (
            Patch("ledger/rules_lots.py", "at is not None and at <= now",
                  "at is not None and at < now"),
            Patch("ledger/preparing.py", "at is not None and at <= tx.now",
                  "at is not None and at < tx.now"),
        ),
    ),
    "hold not counted where one order is posted at once": Defect(  # nor by the check
        HOLDS, "test_l17_a_hold_keeps_until_its_instant_and_not_after", "sqlite",
        (
            Patch(STATEMENTS, "d.posted - d.held - ?6 >= d.floor", "d.posted - ?6 >= d.floor"),
            Patch(TABLES, "CHECK (posted - held + owed >= floor)", "CHECK (owed >= 0)"),
        ),
    ),
    "expiry off by one where one order is posted at once": Defect(
        LAPSES, "test_at_its_instant_it_has_expired_and_a_moment_before_not", "sqlite",
        (
            Patch(STATEMENTS, "d.next_expiry > ?10", "d.next_expiry >= ?10"),
        ),
    ),
    "acknowledged before the commit": Defect(  # which takes a moment, as on a busy disk
        KILLED, "test_a_killed_service_has_lost_and_doubled_nothing", "sqlite",
        (
            Patch("ledger/teller.py", "lambda tx: self.many(tx, commands))\n", "early)\n"),
            Patch("ledger/teller.py", "        commands = [each.command for each in batch]\n",
                  EARLY),
        ),
        says="[1-9][0-9]* lost, 0 doubled",
    ),
    "replay across actors": Defect(
        LEDGER, "test_l18_a_changed_request_under_the_same_key_is_refused", "sqlite",
        (
            Patch(
                "store/idempotency.py",
                "    held = await IdempotencyKey.get_or_none(actor=claim.actor, key=claim.key)\n"
                "    if held is None:  #",
                '    held = await IdempotencyKey.filter(key=claim.key).order_by("id").first()\n'
                "    if held is None:  #",
            ),
            Patch("store/idempotency.py", "whole = [self.actor, self.operation,",
                  "whole = [self.operation,"),
        ),
    ),
}  # fmt: skip
ENVIRONMENT: Final = {
    "COMMONWEAL_KILLS": "1",
    "COMMONWEAL_OPPOSED_SECONDS": "3",
}


@pytest.fixture(scope="module")
def place(postgres: Cluster, sqlite_template: Path, postgres_template: str) -> dict[str, str]:
    """The environment of the tests that are started: this process's server and templates."""
    return ENVIRONMENT | {
        "COMMONWEAL_TEST_POSTGRES_URL": postgres.base_url,
        TEMPLATES["sqlite"]: str(sqlite_template),
        TEMPLATES["postgresql"]: postgres_template,
    }


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_caught_by_the_test_that_it_names(
    name: str, tmp_path: Path, place: dict[str, str]
) -> None:
    defect = DEFECTS[name]
    if any(each.file.startswith("migrations/") for each in defect.patches):
        place = {name: value for name, value in place.items() if name not in TEMPLATES.values()}
    source = copied_with(defect.patches, tmp_path)
    test = f"{defect.file}::{defect.test}[{defect.engine}]"
    for _ in range(TRIES):
        found = asked_of_tests(source, [test], **place)
        if f"FAILED {test}" in found.stdout and re.search(defect.says, found.stdout):
            return
    pytest.fail(f"{test} does not see it:\n{found.stdout}{found.stderr}")


def test_without_a_defect_all_of_these_tests_pass(tmp_path: Path, place: dict[str, str]) -> None:
    tests = sorted({f"{each.file}::{each.test}[{each.engine}]" for each in DEFECTS.values()})
    source = copied_with((), tmp_path)
    found = asked_of_tests(source, tests, **place)
    assert f"{len(tests)} passed" in found.stdout, found.stdout + found.stderr


def test_a_defect_that_cannot_be_planted_any_more_is_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="has not once"):
        copied_with((Patch(RULES, "what never stood there", ""),), tmp_path)
    assert (SOURCE / RULES).is_file()

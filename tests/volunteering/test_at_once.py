"""How much one request, and one run of a job, sees to at once."""

from datetime import timedelta
from typing import Any

from tortoise.models import Model

from commonweal.exchanges.actions_settling import settle_silent
from commonweal.exchanges.rules import AT_ONCE, HELD
from commonweal.exchanges.tables import Exchange
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_attendance import stop_clocks
from commonweal.volunteering.actions_corrections import approve_unanswered
from commonweal.volunteering.rules_hours import (
    AUTOMATIC,
    AUTOMATIC_AT_ONCE,
    BULK,
    CODE_DIGITS,
    Evidence,
)
from commonweal.volunteering.rules_signups import OFFERED_AT_ONCE, SignUpState
from commonweal.volunteering.tables import Shift, ShiftRole
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_signups import SignUp
from tests.conftest import TODAY, Advance
from tests.credits.making import a_volunteer
from tests.exchanges.making import neighbours
from tests.volunteering.making import an_opportunity, people
from tests.volunteering.making_hours import a_paid_shift, code_of, until
from tests.volunteering.test_claims import worked

MINUTE = timedelta(minutes=1)


async def copied(database: Database, row: Model, count: int, **changed: Any) -> list[Any]:
    """So many more of a row; what is changed is told each one's number."""
    columns = [name for name in row._meta.fields_db_projection if name != "id"]
    was = {name: getattr(row, name) for name in columns}
    made = [
        type(row)(id=database.new_id(), **{**was, **{name: of(n) for name, of in changed.items()}})
        for n in range(1, count + 1)
    ]
    await type(row).bulk_create(made)
    return made


async def claims_a_minute_long(database: Database, count: int, **changed: Any) -> Any:
    """So many of the owner, one after the other."""
    town, of = await a_paid_shift(database)
    await worked(of, town.owner, TODAY - timedelta(days=2, minutes=TODAY.minute), 1)
    first = await HoursClaim.get()
    await HoursClaim.filter(id=first.id).update(**{k: made(0) for k, made in changed.items()})
    await copied(
        database,
        first,
        count - 1,
        starts_at=lambda n: first.starts_at + n * MINUTE,
        ends_at=lambda n: first.ends_at + n * MINUTE,
        **changed,
    )
    return town, of


async def test_a_request_approves_so_many_and_first_those_that_were_not_tried(
    database: Database,
) -> None:
    town, of = await claims_a_minute_long(database, BULK.value)
    given = {"opportunityId": of.opportunity}
    done = await town.owner.does("approveAllHours", "approved left", **given)
    assert (done["approved"], done["left"]) == (0, BULK.value), "they are the owner's own"
    assert await HoursClaim.filter(hindrance="OWN_HOURS").count() == BULK.value
    ann, _ = await a_volunteer(town)
    await worked(of, ann)
    done = await town.owner.does("approveAllHours", "approved left", **given)
    assert (done["approved"], done["left"]) == (1, BULK.value)


async def test_a_run_approves_so_many_that_nobody_decided(
    database: Database, advance: Advance
) -> None:
    most = AUTOMATIC_AT_ONCE.value
    seen = {"evidence": lambda _: Evidence.COORDINATOR}
    await claims_a_minute_long(database, most + 1, **seen)
    await advance(timedelta(days=AUTOMATIC.value, minutes=1))
    runs = [await in_transaction(database, approve_unanswered) for _ in range(3)]
    assert runs == [most, 1, 0]


async def test_a_run_stops_so_many_forgotten_clocks(database: Database, advance: Advance) -> None:
    most = OFFERED_AT_ONCE.value
    helped = await an_opportunity(database)
    [ann] = await people(database, 1)
    await helped.placed(ann)
    shift, role, row = await Shift.get(), await ShiftRole.get(), await SignUp.get()
    there = {"state": SignUpState.CHECKED_IN, "came_at": shift.starts_at}
    await SignUp.filter(id=row.id).update(**there)
    shifts = await copied(database, shift, most)
    roles = await copied(database, role, most, shift_id=lambda n: shifts[n - 1].id)
    await copied(
        database,
        row,
        most,
        shift_id=lambda n: shifts[n - 1].id,
        role_id=lambda n: roles[n - 1].id,
        **{name: lambda _, said=said: said for name, said in there.items()},
    )
    await until(advance, 24 * 60)
    runs = [await in_transaction(database, stop_clocks) for _ in range(3)]
    assert runs == [most, 1, 0]


async def test_a_run_ends_so_many_exchanges(database: Database, advance: Advance) -> None:
    most = AT_ONCE.value
    of = await neighbours(database)
    await of.agrees()
    others = {"hold": lambda _: None, "answered_by_id": lambda n: n}
    await copied(database, await Exchange.get(), most, **others)
    await advance(timedelta(days=HELD.value, minutes=1))
    runs = [await in_transaction(database, settle_silent) for _ in range(3)]
    assert runs == [most, 1, 0]


async def test_a_code_is_said_in_so_many_digits(database: Database, advance: Advance) -> None:
    helped = await an_opportunity(database)
    await until(advance, 0)
    code = await code_of(helped)
    assert code.isdigit()
    assert len(code) == CODE_DIGITS.value

"""The job that imports, where it does not work at once. The rest: test_register_mutations.py."""

import pytest

from commonweal.assets import importing
from commonweal.assets.actions_registers import import_accepted
from commonweal.store.database import Database
from commonweal.store.errors import Busy
from tests.assets.estate import councils, csv
from tests.assets.test_register_mutations import accepted, facts_of, state_of


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RuntimeError("SELECT secret"), "Something went wrong on our side."),
        (Busy(5), "Other changes kept the database busy for 5 seconds. Try again shortly."),
    ],
)
async def test_a_register_whose_job_did_not_work_says_so_until_it_does(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    await councils(database)
    register = await accepted(database, csv())
    facts = await facts_of(database)

    async def broken(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(importing, "keep", broken)
        with pytest.raises(type(error)):
            await import_accepted(database, facts)
    waiting = await state_of(database, register)
    assert (waiting["state"], waiting["failure"]) == (
        "ACCEPTED",
        f"It has not been imported yet: {why} It is tried again by itself for a day.",
    )
    await import_accepted(database, facts)
    done = await state_of(database, register)
    assert (done["state"], done["failure"]) == ("IMPORTED", None)

"""`commonweal holiday …`: bank holidays that come, or are taken back, after a release."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import typer

from commonweal.access import Viewer
from commonweal.clocks.actions import add_holiday, withdraw_holiday
from commonweal.clocks.rules_regimes import Jurisdiction
from commonweal.people.actions_organisations import OPERATOR
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction

from .opening import with_database
from .shown import say

app = typer.Typer(help="Bank holidays, by which deadlines are counted.", no_args_is_help=True)

Where = Annotated[Jurisdiction, typer.Argument(case_sensitive=False, help="Whose holiday.")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day: 2026-06-15.")]
Source = Annotated[str, typer.Option(help="Where it says so: an address, a proclamation.")]


@app.command("add")
def add(
    where: Where,
    day: Day,
    name: Annotated[str, typer.Option(help="What it is called.")],
    source: Source,
) -> None:
    """From now on a day is a bank holiday. Deadlines that are frozen stay as they are."""
    done(partial(add_holiday, name=name), where, day.date(), source)
    say(f"{day:%Y-%m-%d} is a bank holiday in {where}.")


@app.command("withdraw")
def withdraw(where: Where, day: Day, source: Source) -> None:
    """From now on a day is no bank holiday. Deadlines that are frozen stay as they are."""
    done(withdraw_holiday, where, day.date(), source)
    say(f"{day:%Y-%m-%d} is no bank holiday in {where}.")


def done(action: Any, where: Jurisdiction, day: date, citation: str) -> None:
    viewer = Viewer(0, OPERATOR)
    does = partial(action, viewer=viewer, jurisdiction=where, day=day, citation=citation)

    async def work(database: Database) -> None:
        await in_transaction(database, does)

    with_database(work)

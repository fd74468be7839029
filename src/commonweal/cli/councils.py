"""`commonweal council …`: setting up councils, and their first people."""

from typing import Annotated

import typer

from commonweal.access import Role, Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions_councils import appoint_council
from commonweal.people.actions_members import invite_member
from commonweal.people.actions_organisations import OPERATOR
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction

from .imports import council_named
from .opening import with_database
from .shown import say

app = typer.Typer(help="Councils as organisations, and their first people.", no_args_is_help=True)


@app.command("appoint")
def appoint(
    council: Annotated[str, typer.Option(help="The council's code (E07000078) or its id (are_…).")],
    email: Annotated[str, typer.Option(help="Who is invited.")],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="OWNER for the first, who invites the rest.")
    ] = Role.OWNER,
) -> None:
    """Set a council up as an organisation that owns its area, and invite somebody into it."""

    async def work(database: Database) -> None:
        area = await council_named(council, civil_day(database.clock.now()))

        async def invite(tx: Transaction) -> str:
            row = await appoint_council(tx, area_id=area.id, name=area.name)
            operator = Viewer(0, OPERATOR, posts=((row.id, Role.OWNER),))
            await invite_member(tx, operator, organisation_id=row.id, email=email, role=role)
            return write_id("org", row.id)

        given = await in_transaction(database, invite)
        say(f"{area.name} is {given}; the invitation is in the mail.")

    with_database(work)

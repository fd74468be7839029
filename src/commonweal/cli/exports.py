"""`commonweal export register`: a council's register out again, as a file."""

from pathlib import Path
from typing import Annotated

import typer

from commonweal.assets.exporting import Form, outgoing, written
from commonweal.kernel.calendar import civil_day
from commonweal.places.rules import CouncilUnknown
from commonweal.store.database import Database

from .imports import council_named
from .opening import with_database
from .shown import progress, say, whole_file

app = typer.Typer(help="Write out what is here, as files for others.", no_args_is_help=True)


@app.command("register")
def register(
    council: Annotated[str, typer.Argument(help="The council's code (E07000078) or its id.")],
    to: Annotated[Path, typer.Option(help="The file to write.", dir_okay=False)],
    form: Annotated[
        Form, typer.Option("--format", help="CSV in the Transparency Code's form, or GeoJSON.")
    ] = Form.CSV,
    former: Annotated[
        bool, typer.Option("--former", help="Also what no register has any more.")
    ] = False,
) -> None:
    """A council's register, with licence and attribution; as CSV it can be imported again.

    The file is there whole or not at all.
    """

    async def work(database: Database) -> int:
        area = await council_named(council, civil_day(database.clock.now()))
        going = await outgoing(database, area.id, with_former=former)
        if going is None:
            raise CouncilUnknown(council)
        with progress("Writing assets", going.rows) as advance:
            async for piece in written(database, going, form, advance):
                file.write(piece)
        return going.rows

    with whole_file(to) as file:
        rows = with_database(work)
    say(f"{rows} assets written to {to}.")

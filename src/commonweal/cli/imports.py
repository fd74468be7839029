"""`commonweal import …`: registers, areas and places from files."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commonweal.assets import importing
from commonweal.assets.registers.reading import check_size
from commonweal.assets.rules import SAYINGS, ProposalKind
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import read_id, write_id
from commonweal.places import actions as places
from commonweal.places.area_files import read_areas
from commonweal.places.gazetteer_files import read_places
from commonweal.places.rules import AreaKind, CouncilUnknown
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction

from .opening import with_database
from .shown import progress, say, table

app = typer.Typer(help="Bring in registers, areas and places from files.", no_args_is_help=True)

PROBLEMS_SHOWN = 200  # the rest are counted; all are kept with their rows
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Licence = Annotated[str, typer.Option(help="On what terms the file may be used.")]


async def council_named(given: str, on: date) -> Area:
    """A council by its code or its id in the API. Raises CouncilUnknown."""
    number = read_id("are", given)
    if number is None:
        return await places.council_of(given, on)
    found = await Area.get_or_none(id=number, kind=AreaKind.COUNCIL)
    if found is None:
        raise CouncilUnknown(given)
    return found


@app.command("assets")
def assets(
    file: File,
    council: Annotated[str, typer.Option(help="The council's code (E07000078) or its id (are_…).")],
    correction: Annotated[
        list[str] | None,
        typer.Option("--map", help="'COLUMN=field' corrects the guess; 'COLUMN=' leaves it out."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would become of it.")] = False,
    licence: Licence = places.OPEN_LICENCE,
) -> None:
    """A council's register of land and buildings (CSV, in any layout and encoding)."""
    check_size(file.stat().st_size)

    async def work(database: Database) -> None:
        area = await council_named(council, civil_day(database.clock.now()))
        reading = await importing.read(area, file.name, file.read_bytes(), correction or [])
        show(reading, every_row=dry_run)
        if dry_run:
            say("Nothing was changed: this was a dry run.")
            return
        with progress("Importing rows", len(reading.drafts)) as advance:
            done = await in_transaction(
                database,
                lambda tx: importing.import_register(
                    tx, "system:import", reading, licence, advance
                ),
            )
        say(
            f"{len(reading.drafts)} rows kept: {done.added} assets added, {done.held} were held "
            f"already and left as they are. {reading.not_listable} can never be listed, "
            f"{reading.declared_surplus} are declared surplus."
        )
        if done.proposals:
            table(
                "Proposed, for the council's officers to accept or refuse",
                ("kind", "", "proposals"),
                [(k.value, SAYINGS[k], str(n)) for k in ProposalKind if (n := done.proposals[k])],
            )

    with_database(work)


def show(reading: importing.Reading, *, every_row: bool) -> None:
    """The mapping, what each row becomes, and every problem with its row."""
    register, mapping = reading.register, reading.mapping
    whence = "kept from last time" if reading.remembered else "guessed"
    table(
        f"{reading.file_name}: columns, {whence}",
        ("column", "read as", "because"),
        [(e.header, e.field or "(kept, not read)", e.reason) for e in mapping.entries],
    )
    for note in (f"decoded as {register.encoding}", *register.notes):
        say(note)
    if every_row:
        table(
            "What the rows become",
            ("row", "reference", "name", "tenure", "category", "where", ""),
            [
                (
                    str(d.row_number),
                    d.reference or "",
                    d.name,
                    d.tenure.value,
                    d.category.value,
                    f"{d.point.x:.5f}, {d.point.y:.5f}" if d.point else "not on the map",
                    "surplus" if d.declared_surplus else d.not_land_reason or "",
                )
                for d in reading.drafts
            ],
        )
    problems = [p for d in reading.drafts for p in d.problems]
    if problems:
        table(
            f"{len(problems)} problems; the rows are kept all the same",
            ("row", "column", "problem", "likely mend"),
            [
                (str(p.row_number), p.header or "", p.message, p.likely_fix)
                for p in (problems if every_row else problems[:PROBLEMS_SHOWN])
            ],
        )


@app.command("areas")
def areas(
    file: File,
    kind: Annotated[AreaKind, typer.Option(case_sensitive=False, help="What the areas are.")],
    council: Annotated[str | None, typer.Option(help="The code of their council.")] = None,
    council_name: Annotated[
        str | None, typer.Option(help="Make that council of these areas, if it is not here.")
    ] = None,
    valid_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day of these borders.")
    ] = datetime.combine(places.ALWAYS, datetime.min.time()),  # a day
    replaces: Annotated[
        bool, typer.Option(help="The council's present areas of this kind end on that day.")
    ] = False,
    name_property: Annotated[str | None, typer.Option(help="Where names are.")] = None,
    code_property: Annotated[str | None, typer.Option(help="Where codes are.")] = None,
    licence: Licence = places.OPEN_LICENCE,
) -> None:
    """Councils, wards or parishes (GeoJSON), with the days on which their borders hold."""
    read = read_areas(file.read_bytes(), name_property, code_property)
    terms = places.AreaTerms(
        kind=kind,
        valid_from=valid_from.date(),
        licence=licence,
        council=council,
        council_name=council_name,
        replaces=replaces,
    )

    async def work(database: Database) -> None:
        done = await in_transaction(database, lambda tx: places.import_areas(tx, read, terms))
        _report(read, done, "areas")
        if council:
            area = await council_named(council, civil_day(database.clock.now()))
            made = " was made of them" if done.council_made else ""
            say(f"Their council: {area.name}, {write_id('are', area.id)}{made}.")

    with_database(work)


@app.command("places")
def gazetteer(file: File) -> None:
    """Postcodes, postcode districts and towns (CSV), by which people say where they mean."""
    read = read_places(file.read_bytes())

    async def work(database: Database) -> None:
        done = await in_transaction(database, lambda tx: places.import_places(tx, read))
        _report(read, done, "places")

    with_database(work)


def _report(read: Any, done: places.Imported, what: str) -> None:
    for line in (*read.notes, *(problem.message for problem in read.problems)):
        say(line)
    say(f"{done.added} {what} added, {done.held} were held already.")

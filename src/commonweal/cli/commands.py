"""The commands themselves."""

import asyncio
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions import create_auditor_token, create_council_token
from commonweal.people.rules import TOKEN_DAYS
from commonweal.store.database import Database
from commonweal.store.grants import grant
from commonweal.store.migrate import migrate as bring_up
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.web.settings import Settings

from . import demo as town
from . import holidays, jobs, ledger
from .councils import app as councils
from .exports import app as exports
from .files import app as files
from .imports import app as imports
from .imports import council_named
from .opening import with_database
from .serving import check_port, run
from .shown import complain, say
from .verify import verify

app = typer.Typer(
    help="Commonweal: the service through which a place looks after itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(councils, name="council")
app.add_typer(exports, name="export")
app.add_typer(files, name="files")
app.add_typer(holidays.app, name="holiday")
app.add_typer(imports, name="import")
app.add_typer(jobs.app, name="jobs")
exports.command("ledger")(ledger.export)
app.add_typer(ledger.app, name="ledger")
tokens = typer.Typer(help="Tokens by which officers act through the API.", no_args_is_help=True)
app.add_typer(tokens, name="token")

Port = Annotated[int, typer.Option(help="Where to listen.", min=1, max=65_535)]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Today = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Take this day for today, to try dates out."),
]


def day(given: datetime | None) -> date | None:
    return given.date() if given else None


@app.command()
def demo(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    today: Today = None,
    data: Annotated[Path, typer.Option(help="The folder for its database and files.")] = Path(
        ".data/demo"
    ),
) -> None:
    """Serve a small made-up town, to look around in. The second start is quick."""
    check_port(host, port)
    settings = town.DemoSettings(
        database_url=f"sqlite:{data / 'commonweal.db'}",
        files=data / "files",
        keys=data / "keys",
        smtp_url=None,
    )
    asyncio.run(town.prepare(settings, day(today), f"http://{host}:{port}"))
    run(settings, host, port, today=day(today))


@app.command()
def serve(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Do the jobs here too.")
    ] = True,
) -> None:
    """Serve the API from the database that COMMONWEAL_DATABASE_URL names."""
    check_port(host, port)
    settings = Settings()
    with_database(_nothing, settings)  # what the server would refuse, in one sentence
    run(settings, host, port, worker=worker)


app.command()(jobs.worker)
app.command()(verify)


@app.command()
def migrate() -> None:
    """Make the database, or bring it up to this version. Safe to run again."""
    done: list[str] = []
    settings = Settings()

    async def work(database: Database) -> None:
        await bring_up(database, done.append)
        if settings.service_role:
            await grant(database, settings.service_role)

    with_database(work, settings, ready=False)
    say("\n".join(f"applied {name}" for name in done) or "The database is up to date.")


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Only say what has changed.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the printed files are.")] = Path("schema"),
) -> None:
    """Print the schema, each role's too, permissions, limits and so on into their files."""
    from commonweal.web.printed import outdated, printed

    old = outdated(folder)
    if check:
        if old:
            complain(f"Not what the code says: {', '.join(old)}. Run `commonweal schema`.")
            raise typer.Exit(1)
        say("The printed files are current.")
        return
    for name, text in printed().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    say(f"Written to {folder}: {', '.join(old) or 'nothing new'}.")


@tokens.command("create")
def token_create(
    council: Annotated[str, typer.Option(help="The council's code (E07000078) or its id (are_…).")],
    label: Annotated[
        str, typer.Option(help="Whose it is, for your own list of tokens.")
    ] = "officer",
    days: Annotated[int, typer.Option(help="How many days it is valid.")] = TOKEN_DAYS,
) -> None:
    """Make a token for the API; it is shown once and stored as a hash only."""

    async def work(database: Database) -> str:
        area = await council_named(council, civil_day(database.clock.now()))

        async def create(tx: Transaction) -> str:
            return await create_council_token(tx, council_id=area.id, label=label, days=days)

        secret = await in_transaction(database, create)
        say(f"For {area.name} ({write_id('are', area.id)}), valid {days} days:")
        return secret

    say(with_database(work))


@tokens.command("auditor")
def token_auditor(
    label: Annotated[str, typer.Option(help="Whose it is, for your own list of tokens.")],
    days: Annotated[int, typer.Option(help="How many days it is valid.")] = TOKEN_DAYS,
) -> None:
    """Make a token that reads the whole ledger through the API, and nothing else."""

    async def work(database: Database) -> str:
        create = partial(create_auditor_token, label=label, days=days)
        return await in_transaction(database, create)

    say(with_database(work))


async def _nothing(_database: Database) -> None:
    """A database that can be opened can be served."""

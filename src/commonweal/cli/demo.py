"""The demo town: loaded once, shown at every start."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import commonweal
from commonweal.access import Viewer
from commonweal.assets import actions as assets
from commonweal.assets import importing
from commonweal.assets.tables import Asset
from commonweal.credits.tables import Wallet
from commonweal.handovers.tables import Case
from commonweal.handovers.tables_bids import Bid
from commonweal.kernel.calendar import civil_day
from commonweal.listings.openings import Weekday
from commonweal.listings.rules import ListingState
from commonweal.listings.tables import Listing
from commonweal.people.actions import create_council_token
from commonweal.places import actions as places
from commonweal.places.area_files import read_areas
from commonweal.places.gazetteer_files import read_places
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area, Place
from commonweal.store.database import Database
from commonweal.store.migrate import migrate
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.tables import Opportunity
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.web.examples import EXAMPLES
from commonweal.web.settings import Settings

from .demo_cases import load_cases
from .demo_credits import load_credits
from .demo_volunteering import load_volunteering
from .opening import database_of
from .shown import progress, say, table

COUNCIL: Final = "E07000999"
LICENCE: Final = "CC0 1.0"
SATURDAYS: Final = {"weekday": Weekday.SATURDAY, "opens": time(10), "closes": time(13)}
EVENINGS: Final = {"weekday": Weekday.WEDNESDAY, "opens": time(17, 30), "closes": time(19)}
# For how many days each offer of the town is open, and when it can be visited. The last stays open,
# so that somewhere can be visited on any Saturday, however long ago the town was loaded.
OFFERS: Final[tuple[tuple[int | None, list[dict[str, Any]]], ...]] = (
    (3, []),
    (12, [SATURDAYS, EVENINGS]),
    (20, []),
    (28, [EVENINGS]),
    (45, []),
    (60, [SATURDAYS]),
    (None, [SATURDAYS]),
)


class DemoSettings(Settings):
    """Nobody lives here: what would go out by mail stays, for everybody to see."""

    outbox: ClassVar[bool] = True


def folder() -> Path:
    """Where the town's files are: in the package, or beside it in a working copy."""
    packaged = Path(commonweal.__file__).parent / "demo_town"
    beside = Path(commonweal.__file__).parents[2] / "fixtures" / "demo"
    return packaged if packaged.is_dir() else beside


async def prepare(settings: Settings, today: date | None, url: str) -> None:
    """Make and fill the database where that is not done yet, and say what is there."""
    async with database_of(settings, today=today, ready=False) as database:
        await migrate(database)
    async with database_of(settings, today=today) as database:
        if not await Area.exists(kind=AreaKind.COUNCIL, code=COUNCIL):
            await load(database)
        await welcome(database, url)


async def load(database: Database) -> None:
    """All of the town in one transaction: a demo that was interrupted begins again."""
    areas = read_areas((folder() / "areas.geojson").read_bytes())
    gazetteer = read_places((folder() / "places.csv").read_bytes())
    raw = (folder() / "register.csv").read_bytes()
    assert not areas.problems, areas.problems
    assert not gazetteer.problems, gazetteer.problems
    terms = places.AreaTerms(kind=AreaKind.WARD, licence=LICENCE, council=COUNCIL)

    async def work(tx: Transaction) -> None:
        await places.import_areas(tx, areas, terms)
        await places.import_places(tx, gazetteer)
        council = await places.council_of(COUNCIL, civil_day(tx.now))
        reading = await importing.read(council, "register.csv", raw, [])
        with progress("Loading the demo town", len(reading.drafts)) as advance:
            await importing.import_register(tx, "system:import", reading, LICENCE, advance)
        officer = Viewer(0, "system:demo", (council.id,))
        surplus = await Asset.filter(declared_surplus=True).order_by("id")
        for asset, (days, openings) in zip(surplus, OFFERS, strict=True):
            closes_on = civil_day(tx.now) + timedelta(days=days) if days else None
            await assets.publish_listing(
                tx, officer, asset_id=asset.id, closes_on=closes_on, openings=openings
            )
        cast = await load_cases(tx, council)
        scheme, residents = await load_credits(tx, council, cast)
        await load_volunteering(tx, cast, scheme, residents)

    await in_transaction(database, work)


def visits(today: date) -> str:
    """The view of what can be visited near the town on the next Saturday, as a path."""
    saturday = today + timedelta(days=(Weekday.SATURDAY.value - today.weekday()) % 7)
    asked = {"near": "WB1 1AB", "within": 5_000, "open_on": saturday.isoformat()}
    return f"/views?{urlencode(asked)}"


async def welcome(database: Database, url: str) -> None:
    """What is there, three questions to begin with, a page, and a token for a day."""
    today = civil_day(database.clock.now())
    council = await places.council_of(COUNCIL, today)
    counts: list[tuple[str, Any]] = [
        ("areas: a council, its wards and parishes", Area.all()),
        ("places in the gazetteer", Place.all()),
        ("assets in the council's register", Asset.all()),
        ("of them declared surplus", Asset.filter(declared_surplus=True)),
        ("listings open for transfer", Listing.filter(state=ListingState.OPEN)),
        ("cases on their way to a group, or there", Case.all()),
        ("bids, sealed until their deadline", Bid.all()),
        ("wallets with a year of time credits", Wallet.all()),
        ("things to do, in shifts or whenever it suits", Opportunity.all()),
        ("claims of hours, of the past month", HoursClaim.all()),
    ]
    rows = [(str(await query.count()), what) for what, query in counts]
    table(council.name, ("", "what is there"), rows)

    async def token(tx: Transaction) -> str:
        return await create_council_token(tx, council_id=council.id, label="demo officer", days=1)

    secret = await in_transaction(database, token)
    for example in EXAMPLES:
        say(f"\n# {example.says}\n{example.query}")
    say(f"\n# What can be visited on Saturday? A page, kept by its address\n{url}{visits(today)}")
    say(f"\nA token for a day, to act as an officer:  Authorization: Bearer {secret}")
    say(f"Sign in as anybody: the code that goes out by mail is printed here, and at {url}/outbox")
    say(f"Ask at {url}/graphql, or with a browser at {url}/")

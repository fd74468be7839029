"""The demo town's time credits: a pot that was funded a year ago, and six wallets since."""

from datetime import timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.credits import actions_fundings as fundings
from commonweal.credits import actions_pots as pots
from commonweal.credits.actions import open_scheme
from commonweal.credits.actions_gifts import donate_credits, offer_gift
from commonweal.credits.actions_grants import grant_credits
from commonweal.credits.actions_wallets import wallet_for
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_lapses import lapse_expired
from commonweal.people.tables import Person
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.transaction import Transaction

from .demo_cast import Cast

YEAR: Final = 364  # days, whole weeks
WEEKS: Final = YEAR // 7
RESIDENTS: Final = ("Dot", "Eli", "Fay", "Gus", "Huw", "Ivy")
DONE: Final = (
    *("Served soup in the hall", "Drove to the hospital", "Dug the allotment paths"),
    *("Read with the school", "Mended the playground fence"),
)
LIFETIME: Final = 200  # days: so that in a year some has lapsed
LIFTS: Final = 3_600  # minutes: more than one person grants alone, so it waits for a second
FUNDED: Final = 24_000  # minutes: 400 hours


async def load_credits(tx: Transaction, council: Area, cast: Cast) -> tuple[int, list[int]]:
    """A year, week by week, and nothing of it ahead: the scheme, and who has wallets."""
    today = tx.now
    began = today - timedelta(days=YEAR)
    tx.now = began
    made = await open_scheme(
        tx,
        cast.officer,
        council_id=council.id,
        name="Wernbridge Hours",
        credit_lifetime_days=LIFETIME,
    )
    scheme = made["scheme"]
    pot = await _funded(tx, cast, scheme)
    ward = await Area.filter(kind=AreaKind.WARD).order_by("id").first()
    where = {"pot_id": pot, "area_id": ward and ward.id}
    residents = [await _resident(tx, name) for name in RESIDENTS]
    _, speaker = cast.groups[0]
    for week in range(WEEKS):
        tx.now = began + timedelta(days=7 * week)
        await lapse_expired(tx)
        for number, person in enumerate(residents):
            if (week + number) % 3 == 0:
                await _works(tx, speaker, person, week + number, where)
            if week % 13 == 12 and number % 2:
                await _donates(tx, scheme, person)
    tx.now = today
    await lapse_expired(tx)
    wallet = await wallet_for(tx, scheme, person_id=residents[0])
    words = "For the lift on Tuesday."
    gift: dict[str, Any] = {"email": "neighbour@example.org", "minutes": 30, "words": words}
    await offer_gift(tx, _viewer(residents[0]), wallet_id=wallet.id, **gift)
    lifts: dict[str, Any] = {"minutes": LIFTS, "purpose": "A year of lifts to town.", **where}
    await grant_credits(tx, speaker, person_id=residents[1], **lifts)
    return scheme, residents


async def _funded(tx: Transaction, cast: Cast, scheme: int) -> int:
    """By two officers, since it is more than one may give alone."""
    group, _ = cast.groups[0]
    opened = await pots.open_pot(
        tx, cast.officer, scheme_id=scheme, name="Warm places", organisation_id=group
    )
    day = civil_day(tx.now)
    funding = await fundings.fund_pot(
        tx,
        cast.officer,
        pot_id=opened["pot"],
        minutes=FUNDED,
        purpose="Places to be warm and in company, all year.",
        since=day,
        until=day + timedelta(days=2 * YEAR),
        document_reference="CAB/2025/88",
    )
    await fundings.approve_funding(tx, cast.second, funding_id=funding["funding"])
    number: int = opened["pot"]
    return number


async def _resident(tx: Transaction, name: str) -> int:
    """Somebody who signs in with the address of their name."""
    number, email = tx.new_id(), f"{name.lower()}@example.org"
    address: dict[str, Any] = {"email": email, "email_key": email}
    await Person.create(id=number, name=f"{name} Demo", created_at=tx.now, **address)
    return number


async def _works(
    tx: Transaction, speaker: Viewer, person: int, turn: int, where: dict[str, Any]
) -> None:
    minutes, purpose = 30 + 15 * (turn % 5), DONE[turn % len(DONE)]
    given = {"person_id": person, "minutes": minutes, "purpose": purpose, **where}
    await grant_credits(tx, speaker, **given)


async def _donates(tx: Transaction, scheme: int, person: int) -> None:
    wallet = await wallet_for(tx, scheme, person_id=person)
    await donate_credits(tx, _viewer(person), wallet_id=wallet.id, minutes=60)


def _viewer(person: int) -> Viewer:
    return Viewer(person, write_id("per", person))

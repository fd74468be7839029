"""Telling people what lapses, 90, 30 and 7 days ahead: once each, however often it is looked.

The letter has a link that gives it to the community instead, by one click.
"""

from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day, last_day
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions_lapses import lapse_expired
from commonweal.ledger.actions_lots import available_in, lots_in
from commonweal.messages.links import person_of, token_of
from commonweal.people.actions_households import guardians_of
from commonweal.people.actions_organisations import tell
from commonweal.people.tables import Person
from commonweal.store.transaction import Transaction

from . import letters
from .actions_gifts import donated
from .actions_wallets import own_wallet
from .expiring import together
from .posting import tell_wallets
from .rules import AT_ONCE, warning_of
from .tables import LapseWarning, Scheme, Wallet


async def warn_of_lapses(tx: Transaction) -> int:
    """Look at some wallets that nobody has looked at today: how many. A job's work.

    Whoever comes a day late is told of fewer days; a warning that was given is not given again.
    """
    today = civil_day(tx.now)
    due = Wallet.filter(Q(warned_on__isnull=True) | Q(warned_on__lt=today)).order_by("id")
    rows = await due.limit(AT_ONCE.value).select_for_update(skip_locked=True, no_key=True)
    for wallet in rows:
        await _warn(tx, wallet)
    await Wallet.filter(id__in=[wallet.id for wallet in rows]).update(warned_on=today)
    return len(rows)


async def _warn(tx: Transaction, wallet: Wallet) -> None:
    told: list[letters.Lapsing] = []
    last: LapseWarning | None = None
    given = dict[datetime, int]()  # of what lapses then: the fewest days ahead of which it was told
    for each in await LapseWarning.filter(wallet_id=wallet.id, lapses_at__gt=tx.now):
        given[each.lapses_at] = min(each.days, given.get(each.lapses_at, each.days))
    for at, minutes in together(await lots_in(tx, wallet.account)).items():
        days = warning_of(at, tx.now)
        if at <= tx.now or days is None:
            continue
        if at not in given or given[at] > days:
            about = {"wallet_id": wallet.id, "lapses_at": at, "days": days}
            last = await LapseWarning.create(id=tx.new_id(), told_at=tx.now, **about)
            told.append((last_day(at), minutes))
    if last:
        scheme = await Scheme.get(id=wallet.scheme_id)
        for holder in await _holders(wallet):
            token = token_of(tx.database, holder, _use(last.id))
            link = f"{tx.database.public_url}/donate/{last.id}/{token}"
            await tell(tx, [holder], letters.lapsing(scheme.name, told, link))
        if wallet.person_id is not None:  # of a child's, from which nobody gives
            guardians = await guardians_of(wallet.person_id)
            await tell(tx, guardians, letters.lapsing(scheme.name, told))


async def lapse_credits(tx: Transaction) -> int:
    """Lapse what is over in a batch of wallets, and say so to who looks: a job's work."""
    accounts = await lapse_expired(tx)
    await tell_wallets(tx, accounts)
    return len(accounts)


def _use(warning: int | str) -> str:
    """What a link may do: give what this warning told of, and nothing else."""
    return f"donate:{warning}"


async def donate_lapsing(tx: Transaction, warning: str, token: str) -> int:
    """Give to the community what a letter said lapses: how many minutes, 0 where none is left.

    By the one click of whom it was sent to, as long as the wallet is theirs; both come from a link.
    """
    person_id = person_of(tx.database, token, _use(warning))
    if person_id is None:
        return 0
    told = await LapseWarning.get(id=int(warning))
    viewer = Viewer(id=person_id, name=write_id("per", person_id))
    wallet = await Wallet.get(id=told.wallet_id)
    if person_id not in await _holders(wallet):
        return 0
    await own_wallet(viewer, wallet.id)
    free = await available_in(tx, wallet.account)  # locked: of two clicks the second finds none
    lapses = sum(
        minutes
        for at, minutes in together(await lots_in(tx, wallet.account)).items()
        if at <= told.lapses_at
    )
    minutes = min(lapses, free)
    if minutes:
        await donated(tx, viewer, wallet, minutes)
    return minutes


async def _holders(wallet: Wallet) -> list[int]:
    """Who gives from it: of a household's all its adults; from a child's nobody."""
    whose: dict[str, Any] = {"household_id": wallet.household_id}
    if wallet.person_id is not None:
        whose = {"id": wallet.person_id}
    adults = Person.filter(**whose, age_band__isnull=True, erased_at__isnull=True)
    return [adult.id for adult in await adults.order_by("id")]

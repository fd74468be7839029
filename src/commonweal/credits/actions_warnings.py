"""Telling people what lapses, 90, 30 and 7 days ahead: once each, however often it is looked."""

from datetime import datetime
from typing import Final

from tortoise.expressions import Q

from commonweal.kernel.calendar import civil_day
from commonweal.ledger.actions_lots import lots_in
from commonweal.people.actions_organisations import tell
from commonweal.people.tables import Person
from commonweal.store.transaction import Transaction

from . import letters
from .expiring import together
from .rules import warning_of
from .tables import LapseWarning, Scheme, Wallet

AT_ONCE: Final = 50  # wallets that one transaction of the job looks at


async def warn_of_lapses(tx: Transaction) -> int:
    """Look at some wallets that nobody has looked at today: how many. A job's work.

    Whoever comes a day late is told of fewer days; a warning that was given is not given again.
    """
    today = civil_day(tx.now)
    due = Wallet.filter(Q(warned_on__isnull=True) | Q(warned_on__lt=today)).order_by("id")
    rows = await due.limit(AT_ONCE).select_for_update(skip_locked=True, no_key=True)
    for wallet in rows:
        await _warn(tx, wallet)
    await Wallet.filter(id__in=[wallet.id for wallet in rows]).update(warned_on=today)
    return len(rows)


async def _warn(tx: Transaction, wallet: Wallet) -> None:
    told: list[letters.Lapsing] = []
    given = dict[datetime, int]()  # of what lapses then: the fewest days ahead of which it was told
    for each in await LapseWarning.filter(wallet_id=wallet.id, lapses_at__gt=tx.now):
        given[each.lapses_at] = min(each.days, given.get(each.lapses_at, each.days))
    for at, minutes in together(await lots_in(tx, wallet.account)).items():
        days = warning_of(at, tx.now)
        if at <= tx.now or days is None:
            continue
        if at not in given or given[at] > days:
            about = {"wallet_id": wallet.id, "lapses_at": at, "days": days}
            await LapseWarning.create(id=tx.new_id(), told_at=tx.now, **about)
            told.append((civil_day(at - letters.TICK), minutes))
    if told:
        scheme = await Scheme.get(id=wallet.scheme_id)
        await tell(tx, await _holders(wallet), letters.lapsing(scheme.name, told))


async def _holders(wallet: Wallet) -> list[int]:
    """Whose it is; of a household's all its adults."""
    if wallet.person_id is not None:
        return [wallet.person_id]
    adults = Person.filter(household_id=wallet.household_id, age_band__isnull=True)
    return [adult.id for adult in await adults.order_by("id")]

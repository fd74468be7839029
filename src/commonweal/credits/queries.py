"""How schemes, pots and wallets are read, and whose each is."""

from typing import Any, Final

import sqlalchemy as sa

from commonweal.graph.ask import derive
from commonweal.graph.declare import Standing
from commonweal.graph.sql import now
from commonweal.ledger import queries as ledger
from commonweal.ledger.tables import Movement
from commonweal.people.queries import invitee
from commonweal.people.queries_households import adults_of
from commonweal.people.tables import Person
from commonweal.places.queries import area_number
from commonweal.store.core_tables import table

from .rules import FEWEST, ApprovalState, GiftState, beginning, ending
from .tables import Funding, Gift, Grant, GrantReversal, Pot, Scheme, Wallet
from .tables_bulk import GrantFile


def council_of(scheme_id: Any) -> Any:
    """Whose scheme it is."""
    of = table(Scheme).alias()
    found = sa.select(of.c.council_id).where(of.c.id == scheme_id)
    return found.correlate_except(of).scalar_subquery()


def name_of_pot(account: Any) -> Any:
    """Of an account: the name of the pot whose it is, if it is one's."""
    of = table(Pot).alias()
    found = sa.select(of.c.name).where(of.c.account == account)
    return found.correlate_except(of).scalar_subquery()


def of_pot(pot_id: Any, column: str) -> Any:
    """A column of a pot, as a value."""
    of = table(Pot).alias()
    found = sa.select(of.c[column]).where(of.c.id == pot_id)
    return found.correlate_except(of).scalar_subquery()


def holders(row: Any) -> Any:
    """Of a wallet: who gives from it. A child's is seen by guardians and given from by nobody."""
    person = table(Person).alias().c
    mine = sa.and_(person.id == row.person_id, person.age_band.is_(None))
    ours = sa.and_(person.household_id == row.household_id, person.age_band.is_(None))
    return sa.select(person.id).where(sa.or_(mine, ours))


def watchers(row: Any) -> Any:
    """Of a wallet: the adults of the household that has it, or in whose care is who has it."""
    child = table(Person).alias()
    theirs = sa.select(child.c.household_id).where(
        child.c.id == row.person_id, child.c.look_again_on.is_not(None)
    )
    in_care = theirs.correlate_except(child).scalar_subquery()
    return adults_of(sa.func.coalesce(row.household_id, in_care))


def holders_of(wallet_id: Any) -> Any:
    """Of what concerns a wallet: who gives from it."""
    of = table(Wallet).alias()
    person = table(Person).alias()
    either = sa.or_(person.c.id == of.c.person_id, person.c.household_id == of.c.household_id)
    found = sa.select(person.c.id).where(of.c.id == wallet_id, either, person.c.age_band.is_(None))
    return found.correlate_except(of, person)


def _pot_of(line: Any) -> Any:
    """Whose line of a file it is."""
    of = table(GrantFile).alias()
    found = sa.select(of.c.pot_id).where(of.c.id == line.file_id)
    return found.correlate_except(of).scalar_subquery()


WORDS_OF: Final = {Grant: "purpose", Gift: "words", Funding: "purpose"}  # why it moved
SCHEME: Final[Standing] = {"council": "council_id"}
POT: Final[Standing] = {
    "council": lambda row: council_of(row.scheme_id),
    "organisation": "organisation_id",
}
OF_POT: Final[Standing] = {  # a proposal to grant from one, a file of grants
    "council": lambda row: council_of(of_pot(row.pot_id, "scheme_id")),
    "organisation": lambda row: of_pot(row.pot_id, "organisation_id"),
}
FUNDING: Final[Standing] = {
    "approved": lambda row: row.state == ApprovalState.APPROVED,
    **OF_POT,
}
GRANT: Final[Standing] = {"holders": lambda row: holders_of(row.wallet_id), **OF_POT}
GRANT_LINE: Final[Standing] = {
    "council": lambda row: council_of(of_pot(_pot_of(row), "scheme_id")),
    "organisation": lambda row: of_pot(_pot_of(row), "organisation_id"),
}
WALLET: Final[Standing] = {"person": "person_id", "holders": holders, "adults": watchers}
GIFT: Final[Standing] = {
    "holders": lambda row: holders_of(row.wallet_id),
    "receivers": lambda row: holders_of(row.into_id),
    "invitee": invitee,
}


def balance(row: Any, *_: Any) -> Any:
    """What is in it, held or not."""
    return ledger.total_of(row.account, "posted")


def held(row: Any, *_: Any) -> Any:
    """What gifts and payments keep aside; over or not, until that is swept."""
    return ledger.total_of(row.account, "held")


def available(row: Any, *_: Any) -> Any:
    """What can be given or spent now."""
    return ledger.available_of(row.account)


def granted(row: Any, *_: Any) -> Any:
    """All that left a pot for people; words of thanks alone are not in it."""
    of = table(Grant).alias()
    back = table(GrantReversal)
    stands = ~sa.exists().where(back.c.grant_id == of.c.id).correlate(of)
    whole = sa.select(sa.func.sum(of.c.minutes)).where(
        of.c.pot_id == row.key, of.c.recognition_only == sa.false(), stands
    )
    return sa.func.coalesce(whole.correlate_except(of).scalar_subquery(), 0)


def people(row: Any, *_: Any) -> Any:
    """How many people a pot's grants went to; null of fewer than five, who could be guessed.

    Who takes none is not counted, as what they did is not in `granted`: nobody shows by the two.
    """
    of = table(Grant).alias()
    count = sa.select(sa.func.count(sa.distinct(of.c.person_id))).where(
        of.c.pot_id == row.key, of.c.recognition_only == sa.false()
    )
    found = count.correlate_except(of).scalar_subquery()
    return sa.case((found >= sa.literal_column(str(FEWEST.value)), found))


def counterparty(row: Any, *_: Any) -> Any:
    """Of a movement: the pot that it came from or went to; people are not named."""
    return name_of_pot(row.counterpart)


def why(row: Any, *_: Any) -> Any:
    """Of a movement: what it was granted, given or funded for, in the words of who did."""
    return sa.func.coalesce(
        *(_said(model, column, row.journal) for model, column in WORDS_OF.items())
    )


def _said(model: Any, column: str, journal: Any) -> Any:
    of = table(model).alias()
    found = sa.select(sa.func.min(of.c[column])).where(of.c.journal == journal)
    return found.correlate_except(of).scalar_subquery()


def cause(row: Any) -> Any:
    """Of a movement: what in the world it records."""
    return ledger.of_transfer(row.transfer, "cause")


def lapses_at(row: Any, *_: Any) -> Any:
    """Of a movement that came in: when what is left of it lapses."""
    return sa.case((row.amount > 0, ledger.of_transfer(row.transfer, "expires_at")))


def schemes_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `schemes` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)


def of_account(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a wallet, or a pot, to its movements."""
    return row.account == owner.account


# what `expiring.expiring` is told of a wallet
LOTS: Final = (
    lambda row: ledger.checkpoint_of(row.account),
    lambda row: ledger.steps_of(row.account, "debit"),
    lambda row: ledger.steps_of(row.account, "credit"),
    lambda _row: now(),
)


def waiting(owner: Any, row: Any, *_: Any) -> Any:
    """Relates somebody to the gifts that went to their address: forgotten once one is over."""
    return row.email_key == owner.email_key


def any_of_mine(_row: Any, _args: Any, _viewer: Any) -> Any:
    """Whichever they may see: nothing else narrows it."""
    return ()


def in_period(row: Any, args: Any, _viewer: Any) -> Any:
    """Movements of some days, where the service is.

    A day ends with the last movement that was begun in it: so no two periods share a movement, none
    misses one, and the balance after one is the opening balance of the next.
    """
    if args.since is not None:
        yield row.version > _before(row, args.since, beginning)
    if args.until is not None:
        yield row.version <= _before(row, args.until, ending)


def _before(row: Any, day: Any, edge: Any) -> Any:
    """How many movements an account had by the edge of a day."""
    of = table(Movement).alias()
    at = derive(lambda given: (edge(given),), [day], [of.c.created_at.type])[0]
    last = sa.select(sa.func.max(of.c.version)).where(
        of.c.account == row.account, of.c.created_at < at
    )
    return sa.func.coalesce(last.correlate_except(of).scalar_subquery(), sa.literal_column("0"))


def granted_in_period(row: Any, args: Any, _viewer: Any) -> Any:
    """Grants of some days."""
    at = row.granted_at
    if args.since is not None:
        yield at >= derive(lambda day: (beginning(day),), [args.since], [at.type])[0]
    if args.until is not None:
        yield at < derive(lambda day: (ending(day),), [args.until], [at.type])[0]


def childs(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a child to its wallets."""
    return row.person_id == owner.key


def unclaimed(row: Any, *_: Any) -> Any:
    """Gifts that can still be claimed."""
    yield row.state == GiftState.OFFERED
    yield row.expires_at > now()


def ours(owner: Any, row: Any, *_: Any) -> Any:
    """Relates somebody to their wallets, and those of their household."""
    return sa.or_(row.person_id == owner.key, row.household_id == owner.household_id)


def most_first(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.minutes), row.key]


def newest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.key)]  # ids are in the order of time


def by_number(row: Any, *_: Any) -> list[Any]:
    return [row.number]


def latest(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.since)]


def newest_movement(row: Any, *_: Any) -> list[Any]:
    return [sa.desc(row.version), sa.desc(row.transfer)]

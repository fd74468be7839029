"""Schemes, pots and wallets of the access matrix."""

from typing import Any, Final

from commonweal.access import Viewer
from commonweal.credits.actions import open_scheme
from commonweal.credits.actions_pots import begun_pot
from commonweal.credits.actions_wallets import wallet_for
from commonweal.credits.posting import unit_of
from commonweal.credits.rules import ApprovalState, GiftState, PotKind
from commonweal.credits.tables import Funding, Gift, Grant, GrantProposal, Pot, Scheme, Wallet
from commonweal.credits.tables_bulk import GrantFile
from commonweal.kernel.ids import write_id
from commonweal.ledger.actions import post
from commonweal.ledger.actions_holds import place_hold
from commonweal.ledger.rules import Order
from commonweal.people.tables import Person
from commonweal.store.transaction import Transaction
from tests.security.sides import DAY, Maker, Row, Side


async def a_scheme(tx: Transaction, side: Side) -> int:
    """One for all of a council's: the matrix reads lists of a page."""
    if found := await Scheme.filter(council_id=side.council).first():
        known: int = found.id
        return known
    made = await open_scheme(tx, Viewer(id=1, name="x"), council_id=side.council, name="x")
    return int(str(made["scheme"]))


async def a_pot(tx: Transaction, side: Side) -> int:
    scheme = await Scheme.get(id=await a_scheme(tx, side))
    made = await begun_pot(tx, scheme, PotKind.ORGANISATION, "x", side.organisation)
    number: int = made.id
    return number


async def scheme(tx: Transaction, side: Side) -> Row:
    return Row.of("sch", await a_scheme(tx, side), council=side.council)


async def pot(tx: Transaction, side: Side) -> Row:
    number = await a_pot(tx, side)
    return Row.of("pot", number, council=side.council, organisation=side.organisation)


def a_funding(state: ApprovalState) -> Maker:
    async def made(tx: Transaction, side: Side) -> Row:
        number, day = tx.new_id(), tx.now.date()
        values: dict[str, Any] = {"minutes": 10, "purpose": "x", "document_reference": "x"}
        values |= {"since": day, "until": day + DAY, "state": state}
        values |= {"proposed_by_id": 1, "proposed_at": tx.now}
        await Funding.create(id=number, pot_id=await a_pot(tx, side), **values)
        approved = state is ApprovalState.APPROVED
        facts = {"council": side.council, "organisation": side.organisation}
        return Row.of("fnd", number, approved=approved, **facts)

    return made


async def a_wallet(tx: Transaction, side: Side, person: int) -> Wallet:
    return await wallet_for(tx, await a_scheme(tx, side), person_id=person)


async def wallet(tx: Transaction, side: Side) -> Row:
    number = (await a_wallet(tx, side, side.person)).id
    return Row.of("wal", number, person=side.person, holders=side.person, adults=None)


async def household_wallet(tx: Transaction, side: Side) -> Row:
    found = await wallet_for(tx, await a_scheme(tx, side), household_id=side.household)
    return Row.of("wal", found.id, person=None, holders=side.person, adults=side.person)


async def childs_wallet(tx: Transaction, side: Side) -> Row:
    """Seen by guardians, and given from by nobody."""
    child, day = tx.new_id(), tx.now.date() + DAY
    age: dict[str, Any] = {"age_band": "UNDER_13", "look_again_on": day}
    belongs: dict[str, Any] = {"household_id": side.household, "created_at": tx.now}
    await Person.create(id=child, name="Kit", **age, **belongs)
    number = (await a_wallet(tx, side, child)).id
    return Row.of("wal", number, person=child, holders=None, adults=side.person)


async def grant(tx: Transaction, side: Side) -> Row:
    number, wallet = tx.new_id(), await a_wallet(tx, side, side.person)
    values: dict[str, Any] = {"minutes": 10, "purpose": "x", "recognition_only": True}
    values |= {"pot_id": await a_pot(tx, side), "wallet_id": wallet.id}
    values["person_id"] = side.person
    await Grant.create(id=number, granted_by_id=1, granted_at=tx.now, **values)
    facts = {"council": side.council, "organisation": side.organisation}
    return Row.of("grt", number, holders=side.person, **facts)


async def grant_proposal(tx: Transaction, side: Side) -> Row:
    number, pot = tx.new_id(), await Pot.get(id=await a_pot(tx, side))
    scheme, unit = await Scheme.get(id=pot.scheme_id), unit_of(pot.scheme_id)
    cause = f"{write_id('grp', number)}/made"
    await post(tx, Order(scheme.issuance, pot.account, unit, 10, cause, "x", tx.now))
    how: dict[str, Any] = {"unit": unit, "amount": 10, "cause": cause, "actor": "x"}
    hold = await place_hold(tx, account=pot.account, expires_at=tx.now + DAY, **how)
    values: dict[str, Any] = {"minutes": 10, "purpose": "x", "state": ApprovalState.PROPOSED}
    values |= {"pot_id": pot.id, "person_id": side.person, "hold": hold.id}
    values |= {"reserved_until": tx.now + DAY, "proposed_by_id": 1, "proposed_at": tx.now}
    await GrantProposal.create(id=number, **values)
    return Row.of("grp", number, council=side.council, organisation=side.organisation)


async def grant_file(tx: Transaction, side: Side) -> Row:
    number = tx.new_id()
    values: dict[str, Any] = {"reference": "x", "name": "x", "actor": "x"}
    values |= {"pot_id": await a_pot(tx, side), "granted_by_id": 1}
    await GrantFile.create(id=number, read_at=tx.now, **values)
    return Row.of("grf", number, council=side.council, organisation=side.organisation)


async def a_gift(tx: Transaction, side: Side, giver: int, email_key: str) -> int:
    number, wallet = tx.new_id(), await a_wallet(tx, side, giver)
    values: dict[str, Any] = {"minutes": 10, "words": "x", "state": GiftState.OFFERED}
    scheme, unit = await Scheme.get(id=wallet.scheme_id), unit_of(wallet.scheme_id)
    cause = f"{write_id('gif', number)}/made"
    await post(tx, Order(scheme.issuance, wallet.account, unit, 10, cause, "x", tx.now))
    how: dict[str, Any] = {"unit": unit, "amount": 10, "cause": cause, "actor": "x"}
    hold = await place_hold(tx, account=wallet.account, expires_at=tx.now + DAY, **how)
    values |= {"hold": hold.id, "email_key": email_key}
    values |= {"given_by_id": giver, "wallet_id": wallet.id}
    await Gift.create(id=number, given_at=tx.now, expires_at=tx.now + DAY, **values)
    return number


async def gift(tx: Transaction, side: Side) -> Row:
    number = await a_gift(tx, side, side.person, f"{tx.new_id()}@example.org")
    return Row.of("gif", number, holders=side.person, receivers=None, invitee=None)


async def gift_to_oneself(tx: Transaction, side: Side) -> Row:
    giver = tx.new_id()
    await Person.create(id=giver, name="Sam Vale", created_at=tx.now)
    number = await a_gift(tx, side, giver, side.email)
    return Row.of("gif", number, holders=None, receivers=None, invitee=side.person)


CREDITS: Final[dict[str, list[Maker]]] = {
    "Funding": [a_funding(ApprovalState.PROPOSED), a_funding(ApprovalState.APPROVED)],
    "Gift": [gift, gift_to_oneself],
    "Grant": [grant],
    "GrantFile": [grant_file],
    "GrantProposal": [grant_proposal],
    "Pot": [pot],
    "Scheme": [scheme],
    "Wallet": [wallet, household_wallet, childs_wallet],
}

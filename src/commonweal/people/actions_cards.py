"""People without e-mail: a coordinator registers them, acts for them, and prints them a card.

With the code on the card they claim the account one day, by an address of their own; from then on
nobody else acts for them. Whatever is done by a coordinator's hand says so: the name that the audit
keeps is "per_… by per_…" (queries.viewer_of).
"""

import secrets
from datetime import timedelta
from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.access import Role, Scope, Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.messages.rules import address_key, checked_address
from commonweal.store.audit import Entry, record
from commonweal.store.keyed import hex_digest
from commonweal.store.transaction import Overtaken, Transaction

from .actions import begin_session, new_token, proved
from .actions_households import child_of
from .actions_organisations import appoint, locked
from .rules import (
    CARD_CHARACTERS,
    HAND_MINUTES,
    AlreadyClaimed,
    CardWrong,
    EmailTaken,
    Language,
    TokenKind,
    checked_name,
    checked_phone,
)
from .rules_households import AgeBand, StillUnderAge
from .tables import AccessToken, Person

LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: none that looks like another
MISREAD: Final = str.maketrans("oil", "011")


async def register_person(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    name: str,
    phone: str | None = None,
    language: Language = Language.ENGLISH,
) -> dict[str, Any]:
    """Register somebody who has no e-mail, as a member: I act for them until they claim it."""
    row = await locked(organisation_id)
    card = _new_card()
    person = await Person.create(
        id=tx.new_id(),
        name=checked_name(name),
        phone=checked_phone(phone or ""),
        language=language,
        registered_by_id=row.id,
        card_hash=_card_hash(tx, card),
        created_at=tx.now,
    )
    await appoint(tx, row.id, person.id, Role.MEMBER)
    facts = {"organisation": write_id("org", row.id)}
    await record(tx, viewer.name, [Entry("per", person.id, "register_person", facts)])
    return {"person": person.id, "card": card}


def _new_card() -> str:
    """As it is printed: `k7pd-03wm-9xq2`."""
    text = "".join(secrets.choice(LETTERS) for _ in range(CARD_CHARACTERS))
    return "-".join(text[at : at + 4] for at in range(0, CARD_CHARACTERS, 4))


def _card_hash(tx: Transaction, card: str) -> str:
    plain = "".join(c for c in card.lower().translate(MISREAD) if c in LETTERS)
    return hex_digest(tx.database, "card", plain)


async def print_card(tx: Transaction, viewer: Viewer, *, person_id: int) -> dict[str, Any]:
    """Make another card for somebody whom we registered; the one before is no good any more."""
    person = await unclaimed(person_id)
    card = _new_card()
    await Person.filter(id=person.id).update(card_hash=_card_hash(tx, card))
    await record(tx, viewer.name, [Entry("per", person.id, "print_card", {})])
    return {"person": person.id, "card": card}


async def print_grown_card(tx: Transaction, viewer: Viewer, *, child_id: int) -> dict[str, Any]:
    """Make a card for somebody who came of age in our household, to claim their account with."""
    grown = await child_of(viewer, child_id)
    if grown.age_band is not AgeBand.ADULT:
        raise StillUnderAge
    card = _new_card()
    await Person.filter(id=grown.id).update(card_hash=_card_hash(tx, card))
    await record(tx, viewer.name, [Entry("per", grown.id, "print_card", {})])
    return {"card": card}


async def act_for(tx: Transaction, viewer: Viewer, *, person_id: int) -> dict[str, Any]:
    """Act for somebody whom we registered, for an hour: whatever is done says by whose hand."""
    person = await unclaimed(person_id)
    secret = await new_token(
        tx,
        kind=TokenKind.HAND,
        person_id=person.id,
        by_hand_of_id=viewer.id,
        label="by a coordinator's hand",
        scopes=[Scope.PERSONAL],
        expires_at=tx.now + timedelta(minutes=HAND_MINUTES.value),
    )
    await record(tx, viewer.name, [Entry("per", person.id, "act_for", {})])
    return {"person": person.id, "token": secret}


async def unclaimed(person_id: int) -> Person:
    """Somebody for whom coordinators act, locked. Raises AlreadyClaimed."""
    person = await Person.select_for_update(no_key=True).get(id=person_id)
    if person.registered_by_id is None:
        raise AlreadyClaimed
    return person


async def claim_account(
    tx: Transaction, viewer: Viewer, *, card: str, email: str, code: str, device: str | None = None
) -> dict[str, Any] | UserError:
    """Make an account my own with the code of its card, and sign in by my address from now on.

    Ask for a sign-in code for that address first. Coordinators no longer act for me.
    """
    if refusal := await proved(tx, viewer, email=email, digits=code):
        return refusal
    held = Person.filter(card_hash=_card_hash(tx, card), email_key__isnull=True)
    person = await held.select_for_update(no_key=True).first()
    if person is None:
        return CardWrong()
    address = checked_address(email)
    if await Person.exists(email_key=address_key(address)):
        return EmailTaken()
    person.email, person.email_key = address, address_key(address)
    person.card_hash = person.registered_by_id = None
    changed = ["email", "email_key", "card_hash", "registered_by_id"]
    if person.age_band is not None:  # who grew up leaves the household in which they were a child
        gone: Any = None
        person.household_id = person.age_band = person.look_again_on = gone
        changed += ["household_id", "age_band", "look_again_on"]
    try:
        await person.save(update_fields=changed)
    except IntegrityError as error:
        raise Overtaken from error
    await AccessToken.filter(person_id=person.id).delete()
    name = write_id("per", person.id)
    await record(tx, name, [Entry("per", person.id, "claim_account", {})])
    return {"token": await begin_session(tx, person.id, device)}

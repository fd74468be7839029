"""Adding and removing passkeys, and signing in with one.

Each begins with a challenge, which the passkey signs and which counts once: a row that is deleted
when it comes back. What a browser sends is read and verified by the library webauthn, imported on
first use because it is slow to load.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.store.audit import Entry, record
from commonweal.store.keyed import hex_digest
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Overtaken, Transaction

from .actions import TRIES_OF_ADDRESS, begin_session
from .rules import checked_label
from .rules_passkeys import (
    CHALLENGE_MINUTES,
    CREDENTIAL_CHARACTERS,
    MAX_CREDENTIAL_ID,
    PASSKEYS,
    PasskeyCopied,
    PasskeyNotUsable,
    PasskeyTaken,
    TooManyPasskeys,
    counts_on,
    creation_options,
    relying_party,
    request_options,
)
from .tables import Person
from .tables_passkeys import Passkey, PasskeyChallenge


async def begin_passkey(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """Begin to add a passkey of mine: what to call `navigator.credentials.create` with."""
    mine = await Person.get(id=viewer.id)
    known = await _before_another(mine.id)
    host, _ = relying_party(tx.database.public_url)
    name = mine.email or mine.name or write_id("per", mine.id)
    person = {"id": _handle(tx, mine.id), "name": name, "displayName": mine.name or name}
    options = creation_options(host, await _challenge(tx, mine.id), person, known)
    return {"options": json.dumps(options)}


async def add_passkey(
    tx: Transaction, viewer: Viewer, *, credential: str, label: str
) -> dict[str, Any]:
    """Keep the passkey that the browser made, to sign in with from now on."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    mine = await Person.select_for_update(no_key=True).get(id=viewer.id)
    await _before_another(mine.id)
    challenge = await _spent(tx, credential, mine.id)
    host, origin = relying_party(tx.database.public_url)
    with _usable():
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    text = bytes_to_base64url(made.credential_id)
    if len(text) > MAX_CREDENTIAL_ID:
        raise PasskeyNotUsable
    if await Passkey.exists(credential_id=text):
        raise PasskeyTaken
    try:
        passkey = await Passkey.create(
            id=tx.new_id(),
            person_id=mine.id,
            label=checked_label(label),
            credential_id=text,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            created_at=tx.now,
        )
    except IntegrityError as error:  # somebody else's, at the same moment
        raise Overtaken from error
    await record(tx, viewer.name, [Entry("per", mine.id, "add_passkey", {})])
    return {"passkey": passkey.id}


async def remove_passkey(tx: Transaction, viewer: Viewer, *, passkey_id: int) -> dict[str, Any]:
    """Forget a passkey of mine: nobody signs in with it any more."""
    assert viewer.id is not None
    if await Passkey.filter(id=passkey_id, person_id=viewer.id).delete():
        await record(tx, viewer.name, [Entry("per", viewer.id, "remove_passkey", {})])
    return {}


async def begin_passkey_sign_in(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """Begin to sign in by a passkey: what to call `navigator.credentials.get` with.

    It names nobody: the passkey says whose it is.
    """
    host, _ = relying_party(tx.database.public_url)
    return {"options": json.dumps(request_options(host, await _challenge(tx, None)))}


async def sign_in_with_passkey(
    tx: Transaction, viewer: Viewer, *, credential: str, device: str | None = None
) -> dict[str, Any] | UserError:
    """Trade what a passkey signed for a token: `Authorization: Bearer …` from now on."""
    if refused := await TRIES_OF_ADDRESS.count(tx, viewer.address):
        return refused
    try:
        person_id = await _owner(tx, credential)
    except (PasskeyNotUsable, PasskeyCopied) as refusal:
        return refusal  # so that the try counts, and the challenge is spent
    await TRIES_OF_ADDRESS.forget(tx, viewer.address)
    return {"token": await begin_session(tx, person_id, device)}


async def _owner(tx: Transaction, credential: str) -> int:
    """Whose passkey signed a challenge of ours. Raises PasskeyNotUsable, PasskeyCopied."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    challenge = await _spent(tx, credential, None)
    with _usable():
        given = json.loads(credential)
        text = bytes_to_base64url(base64url_to_bytes(given["rawId"]))
        handle = given["response"]["userHandle"]
    passkey = await Passkey.select_for_update().get_or_none(credential_id=text)
    if passkey is None:
        raise PasskeyNotUsable
    host, origin = relying_party(tx.database.public_url)
    with _usable():
        shown = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # compared below: here it is before the signature
            require_user_verification=True,
        )
    if handle != _handle(tx, passkey.person_id):
        raise PasskeyNotUsable
    if not counts_on(passkey.sign_count, shown.new_sign_count):
        raise PasskeyCopied
    passkey.sign_count, passkey.last_used_at = shown.new_sign_count, tx.now
    await passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey.person_id


def _handle(tx: Transaction, person_id: int) -> str:
    """A person's name to their authenticators, which says nothing: 48 bytes in base64url."""
    return hex_digest(tx.database, "passkey", write_id("per", person_id))


async def _before_another(person_id: int) -> list[str]:
    """The credentials of somebody who adds one. Raises TooManyPasskeys."""
    known = await Passkey.filter(person_id=person_id).values_list("credential_id", flat=True)
    if len(known) >= PASSKEYS.value:
        raise TooManyPasskeys(PASSKEYS.value)
    return [str(text) for text in known]


async def _challenge(tx: Transaction, person_id: int | None) -> str:
    """Something new to sign, for the person who adds a passkey or for whoever signs in."""
    text = secrets.token_urlsafe(32)
    expires_at = tx.now + timedelta(minutes=CHALLENGE_MINUTES.value)
    await PasskeyChallenge.create(challenge=text, person_id=person_id, expires_at=expires_at)
    return text


async def _spent(tx: Transaction, credential: str, person_id: int | None) -> bytes:
    """The challenge that a browser's answer names, deleted. Raises PasskeyNotUsable."""
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json

    if len(credential) > CREDENTIAL_CHARACTERS.value:
        raise PasskeyNotUsable
    with _usable():
        client = base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"])
        challenge = parse_client_data_json(client).challenge
    text = bytes_to_base64url(challenge)
    live = PasskeyChallenge.filter(challenge=text, person_id=person_id, expires_at__gt=tx.now)
    if not await live.delete():
        raise PasskeyNotUsable
    return challenge


@contextmanager
def _usable() -> Iterator[None]:
    """Around reading what a browser sent: what the library and Python raise at it has no end."""
    try:
        yield
    except Exception as error:
        raise PasskeyNotUsable from error


async def sweep_challenges(tx: Transaction) -> int:
    """Delete a batch of challenges that are over: how many."""
    return await swept(PasskeyChallenge.filter(expires_at__lt=tx.now).order_by("expires_at"))

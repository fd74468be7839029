"""Signing in and out, and the tokens by which it is known who asks.

A code goes to an address by mail; whoever brings it back in time is the person of that address,
who is made when first seen. So asking for a code is the same work for a known address and for any
other. A token's text is shown once and stored as a hash. Whatever proves who somebody is (a code, a
passkey, one day an OpenID provider) ends in `begin_session`.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from commonweal.access import GRANTABLE, Scope, Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.messages.actions import send
from commonweal.messages.rules import address_key, checked_address
from commonweal.places.coordinates import point
from commonweal.places.homes import displaced
from commonweal.store.audit import Entry, record
from commonweal.store.keyed import hex_digest
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .rules import (
    ADDRESS_CODES,
    ADDRESS_TRIES,
    CODE_DIGITS,
    CODE_MINUTES,
    CODE_TRIES,
    DAY,
    HOME_CHANGES,
    HOUR,
    PERSON_CODES,
    PERSON_TRIES,
    SESSION_DAYS,
    TOKEN_DAYS,
    TOKENS,
    CodePurpose,
    CodeWrong,
    EmailTaken,
    Language,
    TokenKind,
    TooManyTokens,
    checked_days,
    checked_label,
    checked_name,
    checked_phone,
    checked_scopes,
)
from .tables import AccessToken, Person, SignInCode
from .tries import Tries

PREFIX: Final = "cw_"  # so that a leaked token is recognised for what it is
SECRET_BYTES: Final = 32
CODES_OF_ADDRESS: Final = Tries("codes of an address", ADDRESS_CODES.value, HOUR)
CODES_OF_EMAIL: Final = Tries("codes of an e-mail", PERSON_CODES.value, HOUR)
TRIES_OF_ADDRESS: Final = Tries("tries of an address", ADDRESS_TRIES.value, HOUR)
HOMES: Final = Tries("homes", HOME_CHANGES.value, DAY)
TRIES_OF_EMAIL: Final = Tries("tries of an e-mail", PERSON_TRIES.value, DAY)


async def request_sign_in_code(
    tx: Transaction, viewer: Viewer, *, email: str
) -> dict[str, Any] | UserError:
    """Send six digits to an address, to sign in with: the same answer whoever's address it is."""
    return await send_code(tx, viewer, email, CodePurpose.SIGN_IN, None)


async def request_email_code(
    tx: Transaction, viewer: Viewer, *, email: str
) -> dict[str, Any] | UserError:
    """Send six digits to an address that is to be mine from now on."""
    return await send_code(tx, viewer, email, CodePurpose.EMAIL, viewer.id)


async def send_code(
    tx: Transaction, viewer: Viewer, email: str, purpose: CodePurpose, person_id: int | None
) -> dict[str, Any] | UserError:
    """Send six digits that are good for one purpose; returns TooManyTries, so that it counts."""
    address = checked_address(email)
    key = address_key(address)
    refused = await CODES_OF_ADDRESS.count(tx, viewer.address)
    refused = refused or await CODES_OF_EMAIL.count(tx, key)
    if refused:
        return refused
    digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    number = tx.new_id()
    await SignInCode.create(
        id=number,
        email_key=key,
        purpose=purpose,
        person_id=person_id,
        code_hash=_code_hash(tx, number, digits),
        created_at=tx.now,
        expires_at=tx.now + timedelta(minutes=CODE_MINUTES.value),
    )
    await send(tx, address, letters.code(digits), person_id=person_id)
    return {}


def _code_hash(tx: Transaction, number: int, digits: str) -> str:
    return hex_digest(tx.database, "sign-in code", f"{number}:{digits}")


async def proved(
    tx: Transaction,
    viewer: Viewer,
    *,
    email: str,
    digits: str,
    purpose: CodePurpose = CodePurpose.SIGN_IN,
    person_id: int | None = None,
) -> UserError | None:
    """Whether the last code that was sent to an address is this one, each try counted; it is spent.

    The same statements are made whether or not there is a code.
    """
    key = address_key(checked_address(email))
    refused = await TRIES_OF_ADDRESS.count(tx, viewer.address)
    refused = refused or await TRIES_OF_EMAIL.count(tx, key)
    if refused:
        return refused
    sent = SignInCode.filter(email_key=key, purpose=purpose, person_id=person_id)
    last = await sent.order_by("-id").first()
    number = last.id if last else 0
    live = SignInCode.filter(id=number, used_at__isnull=True, expires_at__gt=tx.now)
    counted = await live.filter(tries__lt=CODE_TRIES.value).update(tries=F("tries") + 1)
    given = _code_hash(tx, number, "".join(digits.split()))
    right = compare_digest(given, last.code_hash if last else "0" * len(given))
    if not (counted and right and await live.update(used_at=tx.now)):
        return CodeWrong()
    await TRIES_OF_ADDRESS.forget(tx, viewer.address)
    await TRIES_OF_EMAIL.forget(tx, key)
    return None


async def sign_in(
    tx: Transaction, viewer: Viewer, *, email: str, code: str, device: str | None = None
) -> dict[str, Any] | UserError:
    """Trade the code that came by mail for a token: `Authorization: Bearer …` from now on."""
    if refusal := await proved(tx, viewer, email=email, digits=code):
        return refusal
    person = await _person_of(tx, email)
    return {"token": await begin_session(tx, person.id, device)}


async def _person_of(tx: Transaction, email: str) -> Person:
    """Whose address it is: somebody new, where it is nobody's yet."""
    address = checked_address(email)
    known = await Person.get_or_none(email_key=address_key(address))
    if known:
        return known
    try:
        person = await Person.create(
            id=tx.new_id(), email=address, email_key=address_key(address), created_at=tx.now
        )
    except IntegrityError as error:  # the same address, at the same moment
        raise Overtaken from error
    await record(tx, write_id("per", person.id), [Entry("per", person.id, "join", {})])
    return person


async def present(person_id: int | None) -> Person:
    """Somebody for whom something is written, kept from being erased until this is done.

    Raises Overtaken where they were erased since they asked.
    """
    there = Person.filter(id=person_id, erased_at__isnull=True)
    person = await there.select_for_update(no_key=True).first()
    if person is None:
        raise Overtaken
    return person


async def begin_session(tx: Transaction, person_id: int, device: str | None = None) -> str:
    """A new token for somebody who showed who they are; of too many, the oldest ends.

    Every session's token is new: none that was there before signing in can become one.
    """
    await present(person_id)
    mine = AccessToken.filter(person_id=person_id, kind=TokenKind.SESSION)
    newest = await mine.order_by("-id").limit(TOKENS.value - 1).values_list("id", flat=True)
    await mine.exclude(id__in=list(newest)).delete()
    return await new_token(
        tx,
        kind=TokenKind.SESSION,
        person_id=person_id,
        label=checked_label(device or "a device"),
        expires_at=tx.now + timedelta(days=SESSION_DAYS.value),
    )


async def new_token(tx: Transaction, **facts: Any) -> str:
    """A token's text, which is stored nowhere."""
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await AccessToken.create(
        id=tx.new_id(), secret_hash=hash_of(secret), created_at=tx.now, **facts
    )
    return secret


def hash_of(secret: str) -> str:
    """A token is long and random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


async def sign_out(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """End the token that this is asked with."""
    await AccessToken.filter(id=viewer.token_id).delete()
    return {}


async def revoke_access_token(
    tx: Transaction, viewer: Viewer, *, access_token_id: int
) -> dict[str, Any]:
    """End one of my sessions or tokens; whoever has it is signed out at once."""
    await AccessToken.filter(id=access_token_id, person_id=viewer.id).delete()
    return {}


async def create_access_token(
    tx: Transaction,
    viewer: Viewer,
    *,
    label: str,
    scopes: Collection[Scope],
    days: int = TOKEN_DAYS,
) -> dict[str, Any]:
    """Make a token for a program of mine, good for what I say and no more."""
    await present(viewer.id)
    held = await AccessToken.filter(person_id=viewer.id, kind=TokenKind.PERSONAL).count()
    if held >= TOKENS.value:
        raise TooManyTokens(TOKENS.value)
    secret = await new_token(
        tx,
        kind=TokenKind.PERSONAL,
        person_id=viewer.id,
        label=checked_label(label),
        scopes=checked_scopes(scopes, GRANTABLE),
        expires_at=tx.now + timedelta(days=checked_days(days)),
    )
    await record(tx, viewer.name, [Entry("per", _own(viewer), "create_access_token", {})])
    return {"token": secret}


async def create_council_token(
    tx: Transaction, *, council_id: int, label: str, days: int = TOKEN_DAYS
) -> str:
    """A token for a council's own program. Raises TokenLifetime, TokenLabel."""
    return await new_token(
        tx,
        kind=TokenKind.COUNCIL,
        label=checked_label(label),
        council_id=council_id,
        scopes=[each for each in GRANTABLE if each not in (Scope.PERSONAL, Scope.WALLET)],
        expires_at=tx.now + timedelta(days=checked_days(days)),
    )


async def create_auditor_token(tx: Transaction, *, label: str, days: int = TOKEN_DAYS) -> str:
    """A token that reads the whole ledger, and nothing else. Raises TokenLifetime, TokenLabel."""
    return await new_token(
        tx,
        kind=TokenKind.AUDITOR,
        label=checked_label(label),
        scopes=[Scope.LEDGER],
        expires_at=tx.now + timedelta(days=checked_days(days)),
    )


async def revise_me(
    tx: Transaction,
    viewer: Viewer,
    *,
    name: str | None = None,
    phone: str | None = None,
    language: Language | None = None,
) -> dict[str, Any]:
    """Change what is known of me; what is not given stays."""
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = checked_name(name)
    if phone is not None:
        changes["phone"] = checked_phone(phone)
    if language is not None:
        changes["language"] = language
    if changes:
        await Person.filter(id=viewer.id, erased_at__isnull=True).update(**changes)
    return {"me": _own(viewer)}


async def set_home(
    tx: Transaction, viewer: Viewer, *, longitude: float, latitude: float
) -> dict[str, Any]:
    """Say where I live: only a point some hundred metres from it is ever used."""
    home = point(longitude, latitude)
    mine = await present(viewer.id)
    if refused := await HOMES.count(tx, viewer.name):
        raise refused
    mine.shown_home = displaced(tx.database, write_id("per", mine.id), home, mine.shown_home)
    mine.home, mine.home_set_at = home, tx.now
    await mine.save(update_fields=["home", "shown_home", "home_set_at"])
    return {"me": mine.id}


async def forget_home(tx: Transaction, viewer: Viewer) -> dict[str, Any]:
    """Forget where I live."""
    mine = await present(viewer.id)
    await Person.filter(id=mine.id).update(home=None, shown_home=None, home_set_at=None)
    return {"me": mine.id}


async def change_email(
    tx: Transaction, viewer: Viewer, *, email: str, code: str
) -> dict[str, Any] | UserError:
    """Sign in with another address from now on: the code was sent to that.

    The former one is told, and all other sessions and tokens end.
    """
    wanted: Any = {"purpose": CodePurpose.EMAIL, "person_id": viewer.id}
    if refusal := await proved(tx, viewer, email=email, digits=code, **wanted):
        return refusal
    address = checked_address(email)
    key = address_key(address)
    if await Person.filter(email_key=key).exclude(id=_own(viewer)).exists():
        return EmailTaken()
    mine = await present(viewer.id)
    former, mine.email, mine.email_key = mine.email, address, key
    try:
        await mine.save(update_fields=["email", "email_key"])
    except IntegrityError as error:
        raise Overtaken from error
    others = AccessToken.filter(person_id=mine.id).exclude(id=viewer.token_id)
    await others.delete()  # whoever had one by the former address proves it again
    if former:
        await send(tx, former, letters.email_changed(), person_id=mine.id)
    await record(tx, viewer.name, [Entry("per", _own(viewer), "change_email", {})])
    return {"me": _own(viewer)}


def _own(viewer: Viewer) -> int:
    assert viewer.id is not None, "its rule asks for somebody who signed in"
    return viewer.id


async def sweep_codes(tx: Transaction) -> int:
    """Delete a batch of codes that are over: how many."""
    return await swept(SignInCode.filter(expires_at__lt=tx.now).order_by("expires_at"))


async def sweep_tokens(tx: Transaction) -> int:
    """Delete a batch of tokens that are over: how many."""
    return await swept(AccessToken.filter(expires_at__lt=tx.now).order_by("expires_at"))

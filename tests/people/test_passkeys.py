"""Passkeys: added once signed in, then signing in with one; whatever is wrong is refused."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from commonweal.access import GRANTABLE, Viewer
from commonweal.kernel.ids import read_id
from commonweal.people.actions_passkeys import sweep_challenges
from commonweal.people.rules import ADDRESS_TRIES, TokenKind
from commonweal.people.rules_passkeys import (
    CHALLENGE_MINUTES,
    CREDENTIAL_CHARACTERS,
    PASSKEYS,
    counts_on,
    relying_party,
)
from commonweal.people.tables import AccessToken
from commonweal.people.tables_passkeys import Passkey as Row
from commonweal.people.tables_passkeys import PasskeyChallenge
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.web.settings import Settings
from tests.asking import data
from tests.conftest import TODAY, Advance
from tests.people.authenticator import Passkey, text_of
from tests.people.signing import Somebody, done, refused, signed_in

STRANGER = Viewer(address="10.0.0.1")
MINE = "{ me { id passkeys { edges { node { id label createdAt lastUsedAt } } } } }"
LATER = timedelta(minutes=CHALLENGE_MINUTES.value)


async def begun(somebody: Somebody) -> str:
    payload = await somebody.does("beginPasskey", "options")
    assert payload["userErrors"] == []
    return str(payload["options"])


async def added(somebody: Somebody, credential: str, label: str = "phone") -> dict[str, Any]:
    return await somebody.does("addPasskey", "passkey { id }", credential=credential, label=label)


async def a_passkey(somebody: Somebody, **more: Any) -> tuple[Passkey, str]:
    """One of somebody's, and its id here."""
    passkey = Passkey(**more)
    payload = await added(somebody, passkey.created(await begun(somebody)))
    assert payload["userErrors"] == []
    return passkey, payload["passkey"]["id"]


async def options_of(database: Database) -> str:
    """What a stranger is to sign."""
    payload = await data(database, "mutation { beginPasskeySignIn { options } }", {}, STRANGER)
    return str(payload["beginPasskeySignIn"]["options"])


async def sign_in(database: Database, credential: str, viewer: Viewer = STRANGER) -> dict[str, Any]:
    given = {"credential": credential, "device": "a browser"}
    return await done(database, "signInWithPasskey", "token", given, viewer)


async def sessions() -> int:
    return await AccessToken.filter(kind=TokenKind.SESSION, label="a browser").count()


@pytest.fixture
async def ann(database: Database) -> Somebody:
    return await signed_in(database, "ann@example.org")


async def test_who_added_a_passkey_signs_in_with_it_as_themselves(
    database: Database, ann: Somebody, advance: Advance
) -> None:
    passkey, number = await a_passkey(ann)
    await advance(timedelta(days=1))
    payload = await sign_in(database, passkey.signed(await options_of(database)))
    assert payload["userErrors"] == []
    again = Somebody(database, payload["token"])
    me = (await again.asks(MINE))["me"]
    assert me["id"] == (await ann.asks(MINE))["me"]["id"]
    [edge] = me["passkeys"]["edges"]
    assert edge["node"] == {
        "id": number,
        "label": "phone",
        "createdAt": TODAY.isoformat(),
        "lastUsedAt": (TODAY + timedelta(days=1)).isoformat(),
    }
    assert (await again.viewer()).scopes is None
    assert refused(await sign_in(database, passkey.signed(await options_of(database)))) == []
    assert await PasskeyChallenge.all().count() == 0


async def test_the_options_ask_for_a_verified_and_discoverable_key_and_name_nobody(
    database: Database, ann: Somebody
) -> None:
    passkey, _ = await a_passkey(ann)
    new = json.loads(await begun(ann))
    assert new["rp"]["id"] == "localhost"
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert [key["id"] for key in new["excludeCredentials"]] == [text_of(passkey.number)]
    assert new["user"]["name"] == "ann@example.org"
    assert new["user"]["id"] == passkey.handle
    asked = json.loads(await options_of(database))
    assert asked.pop("challenge") != new["challenge"]
    assert asked == {
        "rpId": "localhost",
        "timeout": 300_000,
        "allowCredentials": [],
        "userVerification": "required",
    }


WRONG: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://localhost:8001"},
    "an origin that only begins like ours": {"origin": "http://localhost:8000.evil.example"},
    "another host": {"host": "evil.example"},
    "nobody verified": {"verified": False},
    "another ceremony": {"kind": "payment.get"},
    "a challenge of nobody's": {"challenge": text_of(bytes(32))},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_passkey_that_was_made_wrongly_is_not_kept(
    database: Database, ann: Somebody, wrong: dict[str, Any]
) -> None:
    payload = await added(ann, Passkey().created(await begun(ann), **wrong))
    assert refused(payload) == ["PASSKEY_NOT_USABLE"]
    assert await Row.all().count() == 0


MORE: dict[str, dict[str, Any]] = {
    "another signature": {"signature": b"0\x06\x02\x01\x01\x02\x01\x01"},
    "no signature": {"signature": b""},
    "another's handle": {"handle": text_of(bytes(48))},
}


@pytest.mark.parametrize("wrong", (WRONG | MORE).values(), ids=WRONG | MORE)
async def test_what_was_signed_wrongly_signs_nobody_in(
    database: Database, ann: Somebody, wrong: dict[str, Any]
) -> None:
    passkey, _ = await a_passkey(ann)
    payload = await sign_in(database, passkey.signed(await options_of(database), **wrong))
    assert refused(payload) == ["PASSKEY_NOT_USABLE"]
    assert payload["token"] is None
    assert await sessions() == 0


async def test_a_challenge_is_its_persons_and_its_purposes(
    database: Database, ann: Somebody
) -> None:
    bob = await signed_in(database, "bob@example.org")
    passkey, _ = await a_passkey(ann)
    for_ann = await begun(ann)
    assert refused(await added(bob, Passkey().created(for_ann))) == ["PASSKEY_NOT_USABLE"]
    nobodys = json.loads(for_ann)["challenge"]
    signed = passkey.signed(await options_of(database), challenge=nobodys)
    assert refused(await sign_in(database, signed)) == ["PASSKEY_NOT_USABLE"]
    strangers = json.loads(await options_of(database))["challenge"]
    made = Passkey().created(for_ann, challenge=strangers)
    assert refused(await added(ann, made)) == ["PASSKEY_NOT_USABLE"]
    assert refused(await added(ann, Passkey().created(for_ann))) == []


async def test_a_challenge_counts_once_and_for_five_minutes(
    database: Database, ann: Somebody, advance: Advance
) -> None:
    options = await begun(ann)
    passkey = Passkey()
    assert refused(await added(ann, passkey.created(options))) == []
    assert refused(await added(ann, Passkey().created(options))) == ["PASSKEY_NOT_USABLE"]
    asked = await options_of(database)
    signed = passkey.signed(asked)
    assert refused(await sign_in(database, signed)) == []
    assert refused(await sign_in(database, signed)) == ["PASSKEY_NOT_USABLE"]
    assert refused(await sign_in(database, passkey.signed(asked))) == ["PASSKEY_NOT_USABLE"]
    asked, options = await options_of(database), await begun(ann)
    await advance(LATER - timedelta(microseconds=1))
    assert refused(await sign_in(database, passkey.signed(asked))) == []
    asked = await options_of(database)
    await advance(LATER)
    assert refused(await sign_in(database, passkey.signed(asked))) == ["PASSKEY_NOT_USABLE"]
    assert refused(await added(ann, Passkey().created(options))) == ["PASSKEY_NOT_USABLE"]


async def test_a_wrong_signature_spends_its_challenge(database: Database, ann: Somebody) -> None:
    passkey, _ = await a_passkey(ann)
    asked = await options_of(database)
    assert refused(await sign_in(database, passkey.signed(asked, signature=b""))) != []
    assert refused(await sign_in(database, passkey.signed(asked))) == ["PASSKEY_NOT_USABLE"]


async def test_a_count_of_uses_that_goes_back_tells_of_a_copy(
    database: Database, ann: Somebody
) -> None:
    passkey, _ = await a_passkey(ann)
    for uses, says in ((7, []), (7, ["PASSKEY_COPIED"]), (0, ["PASSKEY_COPIED"]), (8, []),
                       (2**32 - 1, [])):  # fmt: skip
        signed = passkey.signed(await options_of(database), uses=uses)
        assert refused(await sign_in(database, signed)) == says, uses
    forged = passkey.signed(await options_of(database), uses=1, signature=b"")
    assert refused(await sign_in(database, forged)) == ["PASSKEY_NOT_USABLE"]


def test_a_count_grows_or_is_never_kept() -> None:
    assert counts_on(0, 0)
    assert counts_on(0, 1)
    assert counts_on(1, 2)
    assert not any(counts_on(before, now) for before, now in ((1, 1), (1, 0), (2, 1)))


async def test_a_passkey_that_keeps_no_count_signs_in_again_and_again(
    database: Database, ann: Somebody
) -> None:
    passkey, _ = await a_passkey(ann, counts=False)
    for _ in range(3):
        assert refused(await sign_in(database, passkey.signed(await options_of(database)))) == []


async def test_of_twenty_at_once_with_one_signature_one_signs_in(
    database: Database, ann: Somebody
) -> None:
    passkey, _ = await a_passkey(ann, counts=False)
    signed = passkey.signed(await options_of(database))
    payloads = await asyncio.gather(*(sign_in(database, signed) for _ in range(20)))
    assert sum(payload["token"] is not None for payload in payloads) == 1
    assert await sessions() == 1
    assert {code for p in payloads for code in refused(p)} <= {"PASSKEY_NOT_USABLE", "TRY_AGAIN"}


async def test_a_passkey_that_two_add_at_once_is_one_persons(
    database: Database, ann: Somebody
) -> None:
    bob = await signed_in(database, "bob@example.org")
    passkey = Passkey()
    mades = [(who, passkey.created(await begun(who))) for who in (ann, bob)]
    payloads = await asyncio.gather(*(added(who, made) for who, made in mades))
    assert sorted(code for p in payloads for code in refused(p)) == ["PASSKEY_TAKEN"]
    assert await Row.all().count() == 1
    assert refused(await added(ann, passkey.created(await begun(ann)))) == ["PASSKEY_TAKEN"]


async def test_of_twelve_that_are_added_at_once_ten_are_kept(
    database: Database, ann: Somebody
) -> None:
    mades = [Passkey().created(await begun(ann)) for _ in range(PASSKEYS.value + 2)]
    payloads = await asyncio.gather(*(added(ann, made) for made in mades))
    codes = [code for payload in payloads for code in refused(payload)]
    assert set(codes) <= {"TOO_MANY_PASSKEYS", "TRY_AGAIN"}
    kept = await Row.all().count()
    assert kept == len(payloads) - len(codes) <= PASSKEYS.value == 10
    while kept < PASSKEYS.value:
        await a_passkey(ann)
        kept += 1
    assert refused(await ann.does("beginPasskey", "options")) == ["TOO_MANY_PASSKEYS"]


async def test_a_removed_passkey_signs_nobody_in_and_anothers_is_not_there(
    database: Database, ann: Somebody
) -> None:
    passkey, number = await a_passkey(ann)
    bob = await signed_in(database, "bob@example.org")
    missing = await bob.does("removePasskey", passkeyId="pas_0000000000000")
    assert refused(missing) == ["NOT_FOUND"]
    assert await bob.does("removePasskey", passkeyId=number) == missing
    assert (await bob.asks(MINE))["me"]["passkeys"]["edges"] == []
    signed = passkey.signed(await options_of(database))
    assert refused(await ann.does("removePasskey", passkeyId=number)) == []
    assert refused(await sign_in(database, signed)) == ["PASSKEY_NOT_USABLE"]


async def test_no_token_of_a_program_adds_or_removes_a_passkey(
    database: Database, ann: Somebody
) -> None:
    scopes = [scope.value for scope in GRANTABLE]
    payload = await ann.does("createAccessToken", "token", label="a program", scopes=scopes)
    program = Somebody(database, payload["token"])
    _, number = await a_passkey(ann)
    assert refused(await program.does("beginPasskey", "options")) == ["SCOPE_LACKING"]
    made = Passkey().created(await begun(ann))
    assert refused(await added(program, made)) == ["SCOPE_LACKING"]
    assert refused(await program.does("removePasskey", passkeyId=number)) == ["SCOPE_LACKING"]
    stranger = Viewer(address="10.0.0.1")
    assert refused(await done(database, "beginPasskey", "options", {}, stranger)) == [
        "SIGN_IN_NEEDED"
    ]


async def test_tries_of_one_network_address_are_limited(database: Database, ann: Somebody) -> None:
    passkey, _ = await a_passkey(ann)
    elsewhere = Viewer(address="10.9.9.9")
    for _ in range(ADDRESS_TRIES.value):
        assert refused(await sign_in(database, "{}", elsewhere)) == ["PASSKEY_NOT_USABLE"]
    signed = passkey.signed(await options_of(database))
    assert refused(await sign_in(database, signed, elsewhere)) == ["TOO_MANY_TRIES"]
    assert refused(await sign_in(database, signed)) == []


def malformed(made: str) -> list[str]:
    """An answer with each part missing, of another kind, cut, or of odd text."""
    odd: list[Any] = [None, 7, [], {}, "", "\0", "\ud800", "é", "=", "A" * 5_000, [["x"]] * 9]
    texts = ["", "null", "[]", "{}", '"x"', "{", "\ufeff{}", "[" * 9_000, "9" * 9_000, "NaN"]
    texts.append(made.ljust(CREDENTIAL_CHARACTERS.value + 1))
    whole = json.loads(made)
    for key in ("id", "rawId", "type", "response"):
        texts += [json.dumps({**whole, key: value}) for value in odd]
    for key, text in whole["response"].items():
        cut = [text[:1], text[: len(text) // 2], text[:-2]]
        for value in odd + cut:
            texts.append(json.dumps({**whole, "response": {**whole["response"], key: value}}))
    return texts


async def test_whatever_is_malformed_is_refused_and_never_a_defect(
    database: Database, ann: Somebody
) -> None:
    passkey = Passkey()
    made = passkey.created(await begun(ann))
    for text in malformed(made):
        assert refused(await added(ann, text)) in (["PASSKEY_NOT_USABLE"], ["UNSTORABLE_TEXT"]), (
            text
        )
    assert refused(await added(ann, made, "\n")) == ["TOKEN_LABEL"]
    assert refused(await added(ann, made.ljust(CREDENTIAL_CHARACTERS.value))) == []
    for at, text in enumerate(malformed(passkey.signed(await options_of(database)))):
        viewer = Viewer(address=f"10.1.0.{at}")
        codes = refused(await sign_in(database, text, viewer))
        assert codes in (["PASSKEY_NOT_USABLE"], ["UNSTORABLE_TEXT"]), text


async def test_challenges_that_are_over_are_swept(
    database: Database, ann: Somebody, advance: Advance
) -> None:
    await begun(ann)
    await options_of(database)
    await advance(LATER)
    last = await options_of(database)
    await advance(timedelta(microseconds=1))
    assert await in_transaction(database, sweep_challenges) == 2
    [left] = await PasskeyChallenge.all()
    assert left.challenge == json.loads(last)["challenge"]


def test_the_origin_is_as_browsers_write_it() -> None:
    assert relying_party("http://localhost:8000") == ("localhost", "http://localhost:8000")
    assert relying_party("https://Example.ORG") == ("example.org", "https://example.org")
    assert relying_party("https://example.org:443") == ("example.org", "https://example.org")
    assert relying_party("http://example.org:443") == ("example.org", "http://example.org:443")
    assert relying_party("http://example.org:80") == ("example.org", "http://example.org")


async def test_a_credentials_number_is_as_long_as_the_standard_has_it(
    database: Database, ann: Somebody
) -> None:
    await a_passkey(ann, number=bytes(1_023))
    longer = Passkey(number=bytes(1_024)).created(await begun(ann))
    assert refused(await added(ann, longer)) == ["PASSKEY_NOT_USABLE"]


@pytest.mark.parametrize("url", ["localhost", "ftp://example.org", "https://example.org/x", "*"])
def test_a_public_address_is_an_origin(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(public_url=url)


async def test_what_is_kept_of_a_passkey_is_its_owners_alone(
    database: Database, ann: Somebody
) -> None:
    _, number = await a_passkey(ann)
    row = await Row.get()
    assert row.id == read_id("pas", number)
    assert row.person_id == (await ann.viewer()).id
    nobody = await data(database, MINE, {}, STRANGER)
    assert nobody["me"] is None

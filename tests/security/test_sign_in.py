"""Signing in by a code, attacked (A4; CVE-2026-39851, CVE-2026-35407): over HTTP where it can be.

The service's rates (web/rates.py) are off here: what stops a guesser must be counted in the
database, for those are each process's own and forgotten when it stops.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from commonweal.access import Viewer
from commonweal.messages.tables import Message
from commonweal.people.actions import request_sign_in_code
from commonweal.people.rules import (
    ADDRESS_CODES,
    ADDRESS_TRIES,
    CODE_MINUTES,
    CODE_TRIES,
    PERSON_CODES,
    PERSON_TRIES,
)
from commonweal.people.tables import AccessToken, Person, SignInCode, TryCount
from commonweal.store.database import Database
from commonweal.store.sqlite import SqliteTransaction
from commonweal.store.tables import Job
from commonweal.store.transaction import PostgresTransaction, Transaction, in_transaction
from commonweal.web.app import application
from commonweal.web.settings import Settings
from tests.asking import data
from tests.conftest import Advance
from tests.people.signing import code_for, code_sent, done, refused, signed_in
from tests.web.test_observing import Watched, watched, written

__all__ = ["watched", "written"]  # fixtures
ANN, EVE = "ann@example.org", "eve@example.org"
SIGN_IN = """mutation($email: String!, $a: String!, $b: String!, $c: String!) {
  a: signIn(input: {email: $email, code: $a}) { token userErrors { ... on UserError { code } } }
  b: signIn(input: {email: $email, code: $b}) { token userErrors { ... on UserError { code } } }
  c: signIn(input: {email: $email, code: $c}) { token userErrors { ... on UserError { code } } }
}"""
CODE_WRONG, TOO_MANY = "CODE_WRONG", "TOO_MANY_TRIES"


@dataclass(frozen=True)
class Service:
    """The application, as it is reached from many addresses."""

    app: Starlette

    @property
    def database(self) -> Database:
        database: Database = self.app.state.readiness.database()
        return database

    async def post(self, body: Any, address: str = "192.0.2.1", **headers: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.post("/graphql", json=body, headers=headers)

    async def guesses(self, email: str, codes: Sequence[str], address: str) -> list[Any]:
        """Three guesses in one request: as many as one may hold."""
        a, b, c = codes
        given = {"email": email, "a": a, "b": b, "c": c}
        answer = await self.post({"query": SIGN_IN, "variables": given}, address)
        return [answer.json()["data"][key] for key in ("a", "b", "c")]


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    settings = Settings(database_url=database_url, rates="off", log_level="error")
    app = application(settings, worker=False)
    async with app.router.lifespan_context(app):
        yield Service(app)


def other_than(digits: str, count: int) -> list[str]:
    """So many guesses, all of them wrong."""
    right = int(digits.replace(" ", ""))
    return [f"{(right + 1 + n) % 10**6:06}" for n in range(count)]


def outcomes(answers: Sequence[Any]) -> Counter[str]:
    """How often each refusal came, or `in` for who was let in."""
    return Counter(
        next((error["code"] for error in answer["userErrors"]), "in") for answer in answers
    )


# ---- guessing ------------------------------------------------------------------------------------


async def test_a_thousand_guesses_are_ten_tries_whatever_they_come_by(service: Service) -> None:
    """By three aliases a request, in parallel, from forty addresses."""
    right = await code_for(service.database, ANN)
    wrong = other_than(right, 1_002)
    batches = [wrong[n : n + 3] for n in range(0, len(wrong), 3)]
    answers: list[Any] = []
    for first in range(0, len(batches), 20):
        asked = [
            service.guesses(ANN, codes, f"192.0.2.{n % 40}")
            for n, codes in enumerate(batches[first : first + 20], first)
        ]
        answers += [each for three in await asyncio.gather(*asked) for each in three]
    found = outcomes(answers)
    print(f"{sum(found.values())} guesses: {dict(found)}")
    assert found == {CODE_WRONG: PERSON_TRIES.value, TOO_MANY: 1_002 - PERSON_TRIES.value}
    row = await SignInCode.get()
    assert (row.tries, row.used_at) == (CODE_TRIES.value, None)
    [late] = outcomes(await service.guesses(ANN, [right] * 3, "198.51.100.1"))
    assert late == TOO_MANY
    assert await AccessToken.all().count() == 0


async def test_a_code_is_tried_five_times_and_then_even_the_right_one_is_wrong(
    database: Database,
) -> None:
    right = await code_for(database, ANN)
    for digits in other_than(right, CODE_TRIES.value):
        assert await tried(database, ANN, digits) == CODE_WRONG
    assert await tried(database, ANN, right) == CODE_WRONG
    assert (await SignInCode.get()).tries == CODE_TRIES.value == 5


async def test_the_fifth_try_is_one_still(database: Database) -> None:
    right = await code_for(database, ANN)
    for digits in other_than(right, CODE_TRIES.value - 1):
        assert await tried(database, ANN, digits) == CODE_WRONG
    assert await tried(database, ANN, right) == "in"


async def test_a_new_code_gives_no_more_tries_than_ten_a_day(
    database: Database, advance: Advance
) -> None:
    tries = 0
    for _ in range(3):
        right = await code_for(database, ANN)
        for digits in other_than(right, CODE_TRIES.value):
            tries += await tried(database, ANN, digits, f"10.0.1.{tries}") == CODE_WRONG
    assert tries == PERSON_TRIES.value == 10
    assert await tried(database, ANN, right) == TOO_MANY
    await advance(timedelta(hours=12))  # at midnight by the clock it is another day
    assert await tried(database, ANN, await code_for(database, ANN)) == "in"


async def test_an_address_tries_thirty_times_an_hour_whoever_it_means(
    database: Database, advance: Advance
) -> None:
    found = Counter(
        [await tried(database, f"p{n}@example.org", "000000", "10.9.9.9") for n in range(40)]
    )
    assert found == {CODE_WRONG: ADDRESS_TRIES.value, TOO_MANY: 40 - ADDRESS_TRIES.value}
    assert await tried(database, "new@example.org", "000000", "10.9.9.8") == CODE_WRONG
    await advance(timedelta(hours=1))
    assert await tried(database, "new@example.org", "000000", "10.9.9.9") == CODE_WRONG


async def test_who_signs_in_rightly_uses_up_nobodys_tries(database: Database) -> None:
    for _ in range(3):
        assert await tried(database, ANN, await code_for(database, ANN)) == "in"
    assert {count.tries for count in await TryCount.filter(tries__gt=0)} == {3}  # codes alone


async def test_codes_are_sent_to_an_address_five_times_an_hour_and_from_one_sixty(
    database: Database,
) -> None:
    found = [await asked(database, ANN, f"10.0.2.{n}") for n in range(7)]
    assert found == ["sent"] * PERSON_CODES.value + [TOO_MANY] * (7 - PERSON_CODES.value)
    many = Counter([await asked(database, f"p{n}@example.org", "10.0.3.1") for n in range(65)])
    assert many == {"sent": ADDRESS_CODES.value, TOO_MANY: 65 - ADDRESS_CODES.value}
    assert await Message.all().count() == PERSON_CODES.value + ADDRESS_CODES.value


async def test_a_refusal_says_when_to_come_again_and_keeps_its_word(
    database: Database, advance: Advance
) -> None:
    for _ in range(PERSON_CODES.value):
        await asked(database, ANN, "10.0.0.1")
    shown = "userErrors { ... on TooManyTries { retryAfterSeconds } }"
    query = f'mutation {{ requestSignInCode(input: {{email: "{ANN}"}}) {{ {shown} }} }}'
    [refusal] = (await data(database, query, None, Viewer(address="10.0.0.1")))[
        "requestSignInCode"
    ]["userErrors"]
    await advance(timedelta(seconds=refusal["retryAfterSeconds"]))
    assert await asked(database, ANN, "10.0.0.1") == "sent"


async def tried(database: Database, email: str, code: str, address: str = "10.0.0.1") -> str:
    given = {"email": email, "code": code}
    payload = await done(database, "signIn", "token", given, Viewer(address=address))
    assert bool(payload["token"]) is not bool(payload["userErrors"])
    return (refused(payload) or ["in"])[0]


async def asked(database: Database, email: str, address: str) -> str:
    viewer = Viewer(address=address)
    payload = await done(database, "requestSignInCode", "", {"email": email}, viewer)
    return (refused(payload) or ["sent"])[0]


# ---- codes ---------------------------------------------------------------------------------------


async def test_the_right_code_twenty_times_at_once_is_one_session(database: Database) -> None:
    code = await code_for(database, ANN)
    found = Counter(await asyncio.gather(*(tried(database, ANN, code) for _ in range(20))))
    assert found["in"] == 1
    assert set(found) <= {"in", CODE_WRONG, TOO_MANY}
    assert await AccessToken.all().count() == await Person.all().count() == 1


async def test_who_signs_in_first_in_two_ways_to_type_it_is_one_person(service: Service) -> None:
    for n in range(3):
        email = f"p{n}@example.org"
        code = await code_for(service.database, email)
        both = await asyncio.gather(
            *(service.guesses(each, [code] * 3, "10.0.0.1") for each in (email, email.upper()))
        )
        assert outcomes([each for three in both for each in three])["in"] == 1
    assert await Person.all().count() == 3


async def test_a_code_is_good_for_ten_minutes_and_not_a_second_more(
    database: Database, advance: Advance
) -> None:
    code = await code_for(database, ANN)
    await advance(timedelta(minutes=CODE_MINUTES.value, seconds=-1))
    assert await tried(database, ANN, code) == "in"
    code = await code_for(database, ANN)
    await advance(timedelta(minutes=CODE_MINUTES.value, seconds=1))
    assert await tried(database, ANN, code) == CODE_WRONG


async def test_a_code_is_good_once_and_only_the_last_that_was_sent(database: Database) -> None:
    first, second = await code_for(database, ANN), await code_for(database, ANN)
    assert await tried(database, ANN, first) == CODE_WRONG
    assert await tried(database, ANN, second) == "in"
    assert await tried(database, ANN, second) == CODE_WRONG
    assert await tried(database, ANN, first) == CODE_WRONG


async def test_a_code_is_good_for_its_address_alone_however_that_is_typed(
    database: Database,
) -> None:
    code = await code_for(database, ANN)
    assert await tried(database, EVE, code) == CODE_WRONG
    await code_for(database, EVE)
    assert await tried(database, EVE, code) == CODE_WRONG
    assert await tried(database, f" {ANN.upper()} ", code.replace(" ", "")) == "in"


async def test_a_code_is_good_for_its_purpose_and_its_person_alone(database: Database) -> None:
    """As CVE-2026-35407 was not: who confirms an address is who asked for it."""
    ann, eve = await signed_in(database, ANN), await signed_in(database, EVE)
    new = "new@example.org"
    assert refused(await ann.does("requestEmailCode", email=new)) == []
    code = await code_sent(new)
    assert await tried(database, new, code) == CODE_WRONG
    assert refused(await eve.does("changeEmail", email=new, code=code)) == [CODE_WRONG]
    assert refused(await ann.does("eraseMe", code=code)) == [CODE_WRONG]
    signing = await code_for(database, new)
    assert refused(await ann.does("changeEmail", email=new, code=signing)) == [CODE_WRONG]
    assert refused(await ann.does("changeEmail", email=new, code=code)) == []
    assert (await ann.asks("{ me { email } }"))["me"]["email"] == new


async def test_what_is_no_code_is_wrong_and_nothing_more(database: Database) -> None:
    await code_for(database, ANN)
    garbage = [
        "",
        " ",
        "0",
        chr(0xFF11) * 6,
        "0" * 9_000,
        "\ud800",
        "123456\n",
        "' OR 1=1",
        "-00001",
    ]
    for n, text in enumerate(garbage):
        given = {"email": ANN, "code": text}
        viewer = Viewer(address=f"10.0.7.{n}")
        payload = await done(database, "signIn", "token", given, viewer)
        assert refused(payload)[0] in {CODE_WRONG, TOO_MANY, "UNSTORABLE_TEXT"}


# ---- nothing is told -----------------------------------------------------------------------------


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to the engines within transactions, without the values."""
    said: list[str] = []

    def spied(method: Any) -> Any:
        async def spy(self: Any, query: str, *more: Any) -> Any:
            said.append(query)
            return await method(self, query, *more)

        return spy

    for kind in (SqliteTransaction, PostgresTransaction):
        for name in ("execute_query", "execute_insert", "execute_many"):
            monkeypatch.setattr(kind, name, spied(getattr(kind, name)))
    return said


def timeless(body: bytes) -> bytes:
    """An answer without how long to wait: the clock went on between the two."""
    return re.sub(rb"in \d+ seconds", b"in a while", body)


async def test_a_known_address_and_any_other_are_asked_of_and_answered_alike(
    service: Service, statements: list[str]
) -> None:
    """The same bytes, and the same statements in the same order (CVE-2026-39851)."""
    await signed_in(service.database, ANN)
    await service.database.client.execute_query("DELETE FROM try_count")
    ask = "mutation($email: String!) { requestSignInCode(input: {email: $email}) { %s } }"
    query = ask % "__typename userErrors { __typename ... on UserError { code message path } }"
    wrong = "000001" if "000 001" not in await code_sent(ANN) else "000002"
    found: list[list[Any]] = [[], []]
    for kind, email in zip(found, (ANN, "nobody@example.org"), strict=True):
        for _ in range(PERSON_CODES.value + 2):
            statements.clear()
            answer = await service.post({"query": query, "variables": {"email": email}})
            headers = {k: v for k, v in answer.headers.items() if k != "x-request-id"}
            kind.append((answer.status_code, timeless(answer.content), headers, *statements))
        for n in range(PERSON_TRIES.value + 2):
            statements.clear()
            given = {"email": email, "a": wrong, "b": wrong, "c": wrong}
            answer = await service.post({"query": SIGN_IN, "variables": given}, f"10.0.5.{n}")
            kind.append((answer.status_code, timeless(answer.content), *statements))
    for known, unknown in zip(*found, strict=True):
        assert known == unknown
        assert len(known) > 4
    assert CODE_WRONG.encode() in found[0][PERSON_CODES.value + 2][1]


async def test_a_first_guess_is_the_same_work_whether_or_not_a_code_was_sent(
    database: Database, statements: list[str]
) -> None:
    found = []
    for email in (ANN, "nobody@example.org"):
        if email == ANN:
            await code_for(database, ANN)
        statements.clear()
        assert await tried(database, email, "000000") == CODE_WRONG
        found.append(list(statements))
    assert found[0] == found[1]
    assert len(found[0]) >= 6


async def test_mail_is_a_row_and_a_job_of_the_same_transaction_and_nothing_else(
    database: Database,
) -> None:
    class Lost(Exception):
        pass

    async def work(tx: Transaction) -> None:
        await request_sign_in_code(tx, Viewer(address="10.0.0.1"), email=ANN)
        assert await Message.all().count() == await Job.filter(kind="deliver_message").count() == 1
        raise Lost

    with pytest.raises(Lost):
        await in_transaction(database, work)
    left = [await kind.all().count() for kind in (Message, Job, SignInCode, TryCount)]
    assert left == [0, 0, 0, 0]
    await code_for(database, ANN)
    message = await Message.get()
    assert (message.state, message.secret, message.person_id) == ("waiting", True, None)


async def test_no_code_token_or_address_is_ever_logged(watched: Watched) -> None:
    email = "canary.person@example.org"
    ask = f'mutation {{ requestSignInCode(input: {{email: "{email}"}}) {{ __typename }} }}'
    await watched.ask(ask)
    code = await code_sent(email)
    digits = code.replace(" ", "")
    for given in ("999999", digits, digits):
        body = f'mutation {{ signIn(input: {{email: "{email}", code: "{given}"}}) {{ token }} }}'
        answer = await watched.ask(body)
        token = (answer.json()["data"]["signIn"] or {}).get("token") or "cw_none"
        if token != "cw_none":
            secret = token
    for path in ("/session", f"/session?token={secret}", f"/{secret}"):
        await watched.client.post(path, headers={"authorization": f"Bearer {secret}"})
    await watched.client.delete("/session", headers={"cookie": f"__Host-session={secret}"})
    await watched.ask("{ me { email } }", authorization=f"Bearer {secret}")
    text = watched.written.getvalue().decode()
    assert len(watched.requests) == 9
    kept = {"email": email, "code": code, "digits": digits, "token": secret}
    assert [name for name, canary in kept.items() if canary in text] == []

"""Certificates: what others see of them by a code, whether it stands, and a record to keep."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.routing import Route

from commonweal.kernel.ids import read_id
from commonweal.people.tables import Person
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.volunteering.rules_hours import ClaimState
from commonweal.volunteering.rules_recognition import CERTIFICATES, CODE_LETTERS, DAYS, LETTERS
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_recognition import Certificate
from commonweal.web.certificates import Certificates
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused, signed_in
from tests.security.matrix_volunteering import worked
from tests.volunteering.making import Help, an_opportunity

SHOWN = "certificate { id code name organisationName minutes shifts since until borneOut }"
YEAR = {"since": "2026-01-01", "until": "2026-11-22"}


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    certificates = Certificates(lambda: database)
    app = Starlette(
        routes=[
            Route("/certificates/{code}", certificates.one),
            Route("/.well-known/jwks.json", certificates.keys),
        ]
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=database.public_url) as client:
        yield client


async def ann_helped(database: Database, minutes: int = 90) -> tuple[Help, Somebody]:
    helped = await an_opportunity(database)
    ann = await signed_in(database, "ann@example.org")
    assert refused(await ann.does("reviseMe", name="Ann <b>Bee</b>")) == []
    await gave(helped, ann, minutes)
    return helped, ann


async def gave(helped: Help, somebody: Somebody, minutes: int, days_ago: int = 1) -> int:
    """Hours that were approved: the claim."""
    shift, person = read_id("shf", helped.shift), (await somebody.viewer()).id

    async def work(tx: Transaction) -> int:
        assert shift
        values = await worked(tx, shift)
        begins = TODAY - timedelta(days=days_ago)
        values |= {"shift_id": None, "minutes": minutes, "starts_at": begins}
        values |= {"ends_at": begins + timedelta(minutes=minutes)}
        row = await HoursClaim.create(
            id=tx.new_id(), person_id=person, state=ClaimState.APPROVED, **values
        )
        return int(row.id)

    return await in_transaction(helped.database, work)


async def issued(helped: Help, somebody: Somebody, **days: str) -> dict[str, Any]:
    asked = {"organisationId": helped.friends, **YEAR, **days}
    made = await somebody.does("issueCertificate", SHOWN, **asked)
    assert refused(made) == []
    found: dict[str, Any] = made["certificate"]
    return found


async def refusals(helped: Help, somebody: Somebody, **days: str) -> list[str]:
    asked = {"organisationId": helped.friends, **YEAR, **days}
    return refused(await somebody.does("issueCertificate", "", **asked))


async def test_whoever_has_the_code_sees_who_gave_how_many_hours_to_whom(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped, ann = await ann_helped(database)
    await gave(helped, ann, 30, days_ago=2)
    made = await issued(helped, ann)
    assert (made["minutes"], made["shifts"], made["borneOut"]) == (120, 2, True)
    code = made["code"]
    assert set(code.replace("-", "")) <= set(LETTERS)
    assert len(code.replace("-", "")) == CODE_LETTERS.value
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", "")):
        page = await http.get(f"/certificates/{typed}")
        assert page.status_code == 200
        assert "Ann &lt;b&gt;Bee&lt;/b&gt;" in page.text
        assert "2:00 hours" in page.text
        assert "from 1 January 2026 to 22 November 2026" in page.text
        assert "It stands" in page.text
        assert "<svg" in page.text
        assert "<script" not in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_nobodys_code_is_a_page_that_says_so(http: httpx2.AsyncClient) -> None:
    for code in ("AAAA-BBBB-CCCC", "x", "%00", "'; --", "AAAA-BBBB-CCCC.jwt", "ﬁ" * 50):
        answer = await http.get(f"/certificates/{code}")
        assert answer.status_code == 404
        assert answer.headers["x-robots-tag"] == "noindex"


async def test_asked_again_it_is_the_same_until_something_changed(database: Database) -> None:
    helped, ann = await ann_helped(database)
    first = await issued(helped, ann)
    assert await issued(helped, ann) == first
    await gave(helped, ann, 10, days_ago=3)
    second = await issued(helped, ann)
    assert second["id"] != first["id"]
    assert second["minutes"] == 100
    assert refused(await ann.does("revokeCertificate", certificateId=second["id"])) == []
    third = await issued(helped, ann)
    assert third["id"] not in (first["id"], second["id"])


async def test_asked_many_times_at_once_it_is_one_certificate(database: Database) -> None:
    helped, ann = await ann_helped(database)
    made = await asyncio.gather(*(issued(helped, ann) for _ in range(6)))
    assert len({each["id"] for each in made}) == 1
    assert await Certificate.all().count() == 1


async def test_what_was_approved_in_other_days_for_others_or_not_at_all_is_not_in_it(
    database: Database,
) -> None:
    helped, ann = await ann_helped(database)
    bob = await signed_in(database, "bob@example.org")
    assert refused(await bob.does("reviseMe", name="Bob")) == []
    assert await refusals(helped, bob) == ["NOTHING_TO_CERTIFY"]
    assert await refusals(helped, ann, until="2026-11-20") == ["NOTHING_TO_CERTIFY"]
    assert (await issued(helped, ann, since="2026-11-21"))["minutes"] == 90
    assert (await issued(helped, ann, since="2026-11-21", until="2026-11-21"))["minutes"] == 90
    waits = await gave(helped, ann, 60, days_ago=4)
    await HoursClaim.filter(id=waits).update(state=ClaimState.SUBMITTED)
    assert (await issued(helped, ann))["minutes"] == 90


async def test_a_day_begins_and_ends_where_the_service_is(database: Database) -> None:
    """In summer an hour before the day of UTC."""
    helped, ann = await ann_helped(database)
    claim = await gave(helped, ann, 30, days_ago=9)
    at = TODAY.replace(month=6, day=30, hour=23, minute=30)
    await HoursClaim.filter(id=claim).update(starts_at=at, ends_at=at + timedelta(minutes=30))
    day = {"since": "2026-07-01", "until": "2026-07-01"}
    assert (await issued(helped, ann, **day))["minutes"] == 30
    before = {"since": "2026-06-30", "until": "2026-06-30"}
    assert await refusals(helped, ann, **before) == ["NOTHING_TO_CERTIFY"]


async def test_days_and_a_name_are_needed_and_not_too_many(database: Database) -> None:
    helped, ann = await ann_helped(database)
    assert await refusals(helped, ann, until="2026-11-23") == ["DAYS_UNFIT"], "tomorrow"
    assert await refusals(helped, ann, since="2026-11-22", until="2026-11-21") == ["DAYS_UNFIT"]
    assert await refusals(helped, ann, since="0001-01-01", until="0001-01-02") == ["DAYS_UNFIT"]
    first = TODAY.date() - timedelta(days=DAYS.value - 1)
    assert await refusals(helped, ann, since=first.isoformat()) == []
    longer = first - timedelta(days=1)
    assert await refusals(helped, ann, since=longer.isoformat()) == ["DAYS_UNFIT"]
    await Person.filter(name="Ann <b>Bee</b>").update(name=None)
    assert await refusals(helped, ann) == ["NAME_NEEDED"]


async def test_somebody_has_so_many_certificates_and_no_more(database: Database) -> None:
    helped, ann = await ann_helped(database)
    await issued(helped, ann)

    async def work(tx: Transaction) -> None:
        row = await Certificate.get()
        for number in range(CERTIFICATES.value - 2):
            row.id, row.code, row.minutes = tx.new_id(), f"{number}", number + 1_000
            await row.save(force_create=True)

    await in_transaction(database, work)
    assert await refusals(helped, ann, since="2026-01-02") == []
    assert await refusals(helped, ann, since="2026-01-03") == ["TOO_MANY_CERTIFICATES"]
    assert await refusals(helped, ann, since="2026-01-02") == [], "that is there already"


async def test_hours_that_are_approved_no_more_bear_no_certificate_out(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped, ann = await ann_helped(database)
    made = await issued(helped, ann)
    url = f"/certificates/{made['code']}"
    more = await gave(helped, ann, 5, days_ago=5)
    assert "It stands" in (await http.get(url)).text, "more than it states bears it out"
    await HoursClaim.filter(minutes=90).update(state=ClaimState.REVERSED)
    page = await http.get(url)
    assert page.status_code == 200
    assert "no longer borne out" in page.text
    assert "It stands" not in page.text
    assert (await http.get(f"{url}.jwt")).status_code == 410
    mine = "{ me { certificates { edges { node { borneOut } } } } }"
    asked = await ann.asks(mine)
    assert [e["node"]["borneOut"] for e in asked["me"]["certificates"]["edges"]] == [False]
    await HoursClaim.filter(id=more).update(minutes=90)
    assert "It stands" in (await http.get(url)).text


async def test_a_certificate_that_was_withdrawn_says_no_more_and_is_withdrawn_by_its_own_alone(
    database: Database, http: httpx2.AsyncClient
) -> None:
    helped, ann = await ann_helped(database)
    made = await issued(helped, ann)
    url = f"/certificates/{made['code']}"
    theirs = await helped.owner.does("revokeCertificate", certificateId=made["id"])
    assert refused(theirs) != []
    for _ in range(2):
        assert refused(await ann.does("revokeCertificate", certificateId=made["id"])) == []
    page = await http.get(url)
    assert page.status_code == 410
    assert "Ann" not in page.text
    assert (await http.get(f"{url}.jwt")).status_code == 410


async def test_a_signed_record_is_verified_offline_by_the_public_keys_alone(
    database: Database, http: httpx2.AsyncClient, advance: Advance
) -> None:
    helped, ann = await ann_helped(database)
    made = await issued(helped, ann)
    answer = await http.get(f"/certificates/{made['code']}.jwt")
    assert answer.headers["content-type"] == "application/jwt"
    published = (await http.get("/.well-known/jwks.json")).json()
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "use", "alg", "kid"}]
    keys = KeySet.import_key_set(published)
    record = jwt.decode(answer.text, keys, algorithms=["Ed25519"])
    assert record.header["kid"] == published["keys"][0]["kid"]
    assert record.claims == {
        "iss": database.public_url,
        "sub": made["code"],
        "iat": int(TODAY.timestamp()),
        "name": "Ann <b>Bee</b>",
        "organisation": made["organisationName"],
        "minutes": 90,
        "since": "2026-01-01",
        "until": "2026-11-22",
    }
    await advance(timedelta(days=3))
    assert (await http.get(f"/certificates/{made['code']}.jwt")).text == answer.text
    head, body, signature = answer.text.split(".")
    forged = f"{head}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}"
    with pytest.raises(JoseError):
        jwt.decode(forged, keys, algorithms=["Ed25519"])

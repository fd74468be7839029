"""People without e-mail: registered, acted for, and one day their own masters."""

import asyncio
from datetime import timedelta

import pytest

from commonweal.access import GRANTABLE, Scope, Viewer
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.queries import viewer_of
from commonweal.people.rules import HAND_MINUTES
from commonweal.people.tables import AccessToken, Person
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.conftest import Advance
from tests.people.signing import Somebody, code_for, done, refused, signed_in
from tests.people.stories import a_group, taken_on


async def registered(database: Database) -> tuple[Somebody, str, str]:
    """A coordinator, the id of somebody they registered, and the code on the card."""
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    payload = await ann.does(
        "registerPerson", "person { id name } card", organisationId=group, name=" Mrs  Bee "
    )
    assert payload["userErrors"] == []
    assert payload["person"]["name"] == "Mrs Bee"
    return ann, payload["person"]["id"], payload["card"]


async def claimed(database: Database, card: str, email: str) -> dict[str, object]:
    code = await code_for(database, email)
    given = {"card": card, "email": email, "code": code}
    return await done(database, "claimAccount", "token", given, Viewer(address="10.0.0.1"))


async def test_whatever_is_done_by_a_coordinators_hand_says_so(database: Database) -> None:
    ann, bee, _ = await registered(database)
    payload = await ann.does("actFor", "token", personId=bee)
    hand = await viewer_of(database, payload["token"])
    me = await ann.asks("{ me { id } }")
    assert hand
    assert hand.id == read_id("per", bee)
    assert hand.name == f"{bee} by {me['me']['id']}"
    assert hand.scopes == frozenset({Scope.PERSONAL})
    by_hand = Somebody(database, payload["token"])
    group = await by_hand.asks("{ me { memberships { edges { node { organisation { id } } } } } }")
    [edge] = group["me"]["memberships"]["edges"]
    organisation = edge["node"]["organisation"]["id"]
    assert (await by_hand.does("reviseMe", name="Mallory"))["userErrors"][0]["code"] == (
        "SCOPE_LACKING"
    )
    assert refused(await by_hand.does("leaveOrganisation", organisationId=organisation)) == []
    acts = await AuditRecord.filter(actor=hand.name).order_by("id")
    assert [act.action for act in acts] == ["leave_organisation"]


async def test_an_hour_later_nobody_acts_for_them_any_more(
    database: Database, advance: Advance
) -> None:
    ann, bee, _ = await registered(database)
    payload = await ann.does("actFor", "token", personId=bee)
    await advance(timedelta(minutes=HAND_MINUTES.value))
    assert await viewer_of(database, payload["token"]) is None


async def test_a_coordinator_who_leaves_no_longer_acts_for_anybody(database: Database) -> None:
    ann, bee, _ = await registered(database)
    group = write_id("org", (await Person.get(id=read_id("per", bee))).registered_by_id or 0)
    bob = await signed_in(database, "bob@example.org")
    await taken_on(ann, group, bob, "bob@example.org", "COORDINATOR")
    payload = await bob.does("actFor", "token", personId=bee)
    assert await viewer_of(database, payload["token"])
    await bob.does("leaveOrganisation", organisationId=group)
    assert await viewer_of(database, payload["token"]) is None


async def test_with_the_code_on_the_card_they_claim_the_account(database: Database) -> None:
    ann, bee, card = await registered(database)
    hand = (await ann.does("actFor", "token", personId=bee))["token"]
    payload = await claimed(database, card.upper().replace("-", " "), "bee@example.org")
    assert payload["userErrors"] == []
    own = Somebody(database, str(payload["token"]))
    assert (await own.asks("{ me { id email name } }"))["me"] == {
        "id": bee,
        "email": "bee@example.org",
        "name": "Mrs Bee",
    }
    assert await viewer_of(database, hand) is None
    assert refused(await ann.does("actFor", "token", personId=bee)) == ["NOT_ALLOWED"]
    again = await claimed(database, card, "other@example.org")
    assert refused(again) == ["CARD_WRONG"]


async def test_a_card_that_was_replaced_and_one_that_never_was_are_the_same(
    database: Database,
) -> None:
    ann, bee, card = await registered(database)
    other = (await ann.does("printCard", "card", personId=bee))["card"]
    assert other != card
    old = await claimed(database, card, "bee@example.org")
    none = await claimed(database, "0000-0000-0000", "bee@example.org")
    assert old == none
    assert refused(old) == ["CARD_WRONG"]
    assert refused(await claimed(database, other, "bee@example.org")) == []


async def test_an_address_that_is_somebodys_cannot_claim_a_card(database: Database) -> None:
    _, _, card = await registered(database)
    assert refused(await claimed(database, card, "ann@example.org")) == ["EMAIL_TAKEN"]


async def test_twenty_claims_at_once_are_one(database: Database) -> None:
    _, bee, card = await registered(database)
    code = await code_for(database, "bee@example.org")
    given = {"card": card, "email": "bee@example.org", "code": code}
    asker = Viewer(address="10.0.0.2")
    payloads = await asyncio.gather(
        *(done(database, "claimAccount", "token", given, asker) for _ in range(20))
    )
    assert sum(not refused(each) for each in payloads) == 1
    number = read_id("per", bee)
    assert await AccessToken.filter(person_id=number).count() == 1


async def test_an_organisation_that_acts_for_people_cannot_end(database: Database) -> None:
    ann, bee, card = await registered(database)
    group = write_id("org", (await Person.get(id=read_id("per", bee))).registered_by_id or 0)
    ending = {"organisationId": group}
    assert refused(await ann.does("endOrganisation", **ending)) == ["STILL_ACTS_FOR_PEOPLE"]
    assert refused(await claimed(database, card, "bee@example.org")) == []
    assert refused(await ann.does("endOrganisation", **ending)) == []


async def test_no_program_acts_for_anybody_or_prints_cards(database: Database) -> None:
    ann, bee, _ = await registered(database)
    given = {"label": "a program", "scopes": [str(scope) for scope in GRANTABLE]}
    token = (await ann.does("createAccessToken", "token", **given))["token"]
    program = Somebody(database, token)
    for verb in ("actFor", "printCard", "erasePerson"):
        assert refused(await program.does(verb, personId=bee)) == ["SCOPE_LACKING"]


@pytest.mark.parametrize(
    ("scopes", "reads"), [(["PERSONAL"], "group"), (["ASSETS"], ""), (["ORGANISATIONS"], "group")]
)
async def test_a_token_reads_no_more_than_it_is_good_for(
    database: Database, scopes: list[str], reads: str
) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    made = await ann.does("createAccessToken", "token", label="t", scopes=scopes)
    program = Somebody(database, made["token"])
    answer = await program.asks(
        f'{{ me {{ id }} organisation(id: "{group}") {{ members {{ totalCount }} }} }}'
    )
    assert (answer["me"] is not None) == ("PERSONAL" in scopes)
    assert answer["organisation"]["members"]["totalCount"] == (1 if reads else 0)


async def test_nobody_but_its_coordinators_acts_for_a_person(database: Database) -> None:
    _, bee, _ = await registered(database)
    eve = await signed_in(database, "eve@example.org")
    await a_group(eve, "Others")
    missing = "per_0000000000000"
    for verb in ("actFor", "printCard"):
        other = await eve.does(verb, "person { id }", personId=bee)
        assert refused(other) == ["NOT_FOUND"]
        assert other == await eve.does(verb, "person { id }", personId=missing)

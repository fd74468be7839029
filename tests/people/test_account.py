"""One's own account, and what a thief of a session can do to it."""

import asyncio
from typing import Any

import pytest

from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.rules import AddressNotUsable, address_key, checked_address
from commonweal.messages.tables import Message
from commonweal.people.actions import begin_session
from commonweal.people.queries import viewer_of
from commonweal.people.rules import HOME_CHANGES, PERSON_TRIES
from commonweal.people.tables import AccessToken, Person, SignInCode
from commonweal.people.tables_organisations import Membership
from commonweal.privacy.actions import erase
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.tables import IdempotencyKey
from commonweal.store.transaction import in_transaction
from tests.asking import data
from tests.makers import the_council
from tests.people.families import a_household, invitation_of, overlapped
from tests.people.signing import code_sent, done, refused, signed_in
from tests.people.stories import a_group
from tests.people.test_members import BOB, inviting

ERASE = """mutation($code: String!, $key: String) {
  eraseMe(input: {code: $code}, idempotencyKey: $key) { userErrors { __typename } } }"""


async def test_a_guess_is_counted_under_an_idempotency_key_too(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    await ann.does("requestErasureCode")
    code, viewer = await code_sent("ann@example.org"), await ann.viewer()
    wrong = "000 000" if code != "000 000" else "000 001"
    for n in range(PERSON_TRIES.value):
        answer = await data(database, ERASE, {"code": wrong, "key": f"k{n}"}, viewer)
        assert answer["eraseMe"]["userErrors"] == [{"__typename": "CodeWrong"}]
    answer = await data(database, ERASE, {"code": code, "key": "last"}, viewer)
    assert answer["eraseMe"]["userErrors"] == [{"__typename": "TooManyTries"}]
    sent = await SignInCode.get(purpose="ERASURE")
    assert sent.tries == 5
    assert await IdempotencyKey.all().count() == 0  # a refusal frees its key


async def test_who_changes_the_address_tells_the_former_and_ends_all_else(
    database: Database,
) -> None:
    phone = await signed_in(database, "ann@example.org")
    thief = await signed_in(database, "ann@example.org")
    await thief.does("requestEmailCode", email="thief@example.org")
    given = {"email": "thief@example.org", "code": await code_sent("thief@example.org")}
    assert refused(await thief.does("changeEmail", "me { email }", **given)) == []
    assert await viewer_of(database, phone.token) is None
    assert await viewer_of(database, thief.token)
    told = await Message.get(kind="email_changed")
    assert told.to_address == "ann@example.org"
    assert "thief" not in told.body


async def test_an_address_that_is_anothers_cannot_be_made_mine(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    await signed_in(database, "bob@example.org")
    await ann.does("requestEmailCode", email="Bob@Example.org")
    given = {"email": "BOB@example.org", "code": await code_sent("Bob@example.org")}
    assert refused(await ann.does("changeEmail", **given)) == ["EMAIL_TAKEN"]


async def test_nobody_is_signed_in_as_somebody_who_was_erased_meanwhile(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    me = read_id("per", (await ann.asks("{ me { id } }"))["me"]["id"]) or 0
    await Person.filter(id=me).update(erased_at=database.clock.now(), name=None)
    with pytest.raises(TryAgain):
        await in_transaction(database, lambda tx: begin_session(tx, me))
    await ann.does("reviseMe", name="Back again")
    assert (await Person.get(id=me)).name is None


async def test_a_home_is_set_so_often_and_shown_only_as_another_point(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    home = {"longitude": -2.0781, "latitude": 51.9001}
    shown = {
        str((await ann.does("setHome", "me { shownHome }", **home))["me"]["shownHome"])
        for _ in range(HOME_CHANGES.value)
    }
    assert len(shown) == 1
    assert "-2.0781" not in shown.pop()
    assert refused(await ann.does("setHome", **home)) == ["TOO_MANY_TRIES"]
    assert refused(await ann.does("forgetHome")) == []
    assert (await ann.asks("{ me { shownHome } }"))["me"]["shownHome"] is None


async def test_the_oldest_of_too_many_sessions_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await signed_in(database, "ann@example.org")
    me = (await first.viewer()).id or 0
    for _ in range(49):
        await in_transaction(database, lambda tx: begin_session(tx, me))
    assert await viewer_of(database, first.token)
    await in_transaction(database, lambda tx: begin_session(tx, me))
    assert await viewer_of(database, first.token) is None
    assert await AccessToken.filter(person_id=me).count() == 50


@pytest.mark.parametrize(
    "typed", ["mi\u212ae@example.org", "ﬁn@example.org", "e\u0301@example.org"]
)
def test_letters_that_look_like_others_are_no_address_to_sign_in_with(typed: str) -> None:
    with pytest.raises(AddressNotUsable):
        checked_address(typed)


def test_only_large_and_small_ascii_letters_are_one_address() -> None:
    assert address_key("Mike@Example.org") == address_key("mike@example.org")
    assert address_key("Ä@example.org") != address_key("ä@example.org")


async def test_what_is_asked_while_somebody_is_erased_is_not_written_of_them(
    database: Database,
) -> None:
    ann, bob = await signed_in(database, "ann@example.org"), await signed_in(database, BOB)
    group, household = await a_group(bob), await a_household(bob)
    payload = await inviting(bob, group, "ann@example.org")
    await bob.does("inviteAdult", householdId=household, email="ann@example.org")
    council = write_id("are", (await the_council(database)).id)
    asked: dict[str, dict[str, Any]] = {
        "acceptHouseholdInvitation": {"householdInvitationId": await invitation_of(ann)},
        "acceptInvitation": {"invitationId": payload["invitation"]["id"]},
        "createAccessToken": {"label": "t", "scopes": ["PERSONAL"]},
        "forgetHome": {},
        "foundHousehold": {"name": "Home"},
        "foundOrganisation": {"kind": "COMMUNITY_GROUP", "name": "Ann's", "councilId": council},
        "setHome": {"longitude": -2.0781, "latitude": 51.9001},
    }
    viewer = await ann.viewer()
    person = await Person.get(id=viewer.id)

    async def all_at_once() -> dict[str, Any]:
        asking = (done(database, verb, "", given, viewer) for verb, given in asked.items())
        return dict(zip(asked, await asyncio.gather(*asking), strict=True))

    answers = await overlapped(database, lambda tx: erase(tx, viewer.name, person), all_at_once)
    codes = {verb: refused(answer) for verb, answer in answers.items()}
    gone = {verb for verb, found in codes.items() if found == ["NOT_FOUND"]}
    assert gone <= {"acceptHouseholdInvitation", "acceptInvitation"}  # no longer addressed to them
    assert {code for verb in set(codes) - gone for code in codes[verb]} == {"TRY_AGAIN"}
    left = await Person.get(id=viewer.id)
    assert (left.home, left.shown_home, left.household_id) == (None, None, None)
    assert await AccessToken.filter(person_id=left.id).count() == 0
    assert await Membership.filter(person_id=left.id).count() == 0

"""One's own account, and what a thief of a session can do to it."""

import pytest

from commonweal.kernel.ids import read_id
from commonweal.messages.rules import AddressNotUsable, address_key, checked_address
from commonweal.messages.tables import Message
from commonweal.people.actions import begin_session
from commonweal.people.queries import viewer_of
from commonweal.people.rules import HOME_CHANGES, PERSON_TRIES
from commonweal.people.tables import AccessToken, Person, SignInCode
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.tables import IdempotencyKey
from commonweal.store.transaction import in_transaction
from tests.asking import data
from tests.people.signing import code_sent, refused, signed_in

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

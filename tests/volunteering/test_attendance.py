"""Being there, on line and off: what a device noted is done once, in whatever order it comes."""

import asyncio
from datetime import timedelta
from typing import Any

from commonweal.messages.tables import Message
from commonweal.store.database import Database
from commonweal.store.transaction import in_transaction
from commonweal.volunteering.actions_attendance import stop_clocks
from commonweal.volunteering.actions_reminders import give_back, remind
from commonweal.volunteering.rules_hours import CLIENT_ID, ITEMS, OFFLINE
from commonweal.volunteering.rules_signups import QUIET, REMINDED
from commonweal.volunteering.tables_signups import AttendanceItem, SignUp
from tests.conftest import TODAY, Advance
from tests.people.signing import Somebody, refused
from tests.volunteering.making import SATURDAY, Help, an_opportunity, people
from tests.volunteering.making_hours import until

MINUTE = timedelta(minutes=1)


def note(
    sign_up: str, minutes: float, *, client: str = "a", arrived: bool = True
) -> dict[str, Any]:
    at = SATURDAY + minutes * MINUTE
    return {"clientId": client, "signUpId": sign_up, "arrived": arrived, "notedAt": at.isoformat()}


async def sends(of: Help, *items: dict[str, Any], by: Somebody | None = None) -> list[str]:
    given = {"shiftId": of.shift, "items": list(items)}
    return refused(await (by or of.owner).does("sendAttendance", "shift { id }", **given))


async def decisions(of: Help) -> dict[str, tuple[str, str | None]]:
    query = (
        "query($id: ID!) { node(id: $id) { ... on Shift { attendanceItems(first: 50) { edges {"
        " node { clientId decision code } } } } } }"
    )
    edges = (await of.owner.asks(query, id=of.shift))["node"]["attendanceItems"]["edges"]
    return {e["node"]["clientId"]: (e["node"]["decision"], e["node"]["code"]) for e in edges}


async def there(database: Database, advance: Advance) -> tuple[Help, Somebody, str]:
    """A shift of two hours that somebody is signed up for, as it ends."""
    of = await an_opportunity(database)
    [ann] = await people(database, 1)
    sign_up = (await of.joins(ann))["signUp"]["id"]
    await until(advance, 121)
    return of, ann, sign_up


async def test_what_was_noted_is_done_as_of_then_and_answered_the_same_again(
    database: Database, advance: Advance
) -> None:
    of, _, sign_up = await there(database, advance)
    items = (note(sign_up, 5), note(sign_up, 65, client="b", arrived=False))
    for _ in range(3):
        assert await sends(of, *items) == []
    assert await decisions(of) == {"a": ("ACCEPTED", None), "b": ("ACCEPTED", None)}
    row = await SignUp.get()
    assert row.state == "checked_out"
    assert (row.came_at, row.went_at) == (SATURDAY + 5 * MINUTE, SATURDAY + 65 * MINUTE)


async def test_who_went_before_they_came_came_first(database: Database, advance: Advance) -> None:
    """The queue of one device is sent before that of another."""
    of, _, sign_up = await there(database, advance)
    await sends(of, note(sign_up, 65, client="b", arrived=False))
    assert await decisions(of) == {"b": ("CONFLICT", "NOT_THERE")}
    await sends(of, note(sign_up, 5))
    assert await decisions(of) == {"a": ("ACCEPTED", None), "b": ("ACCEPTED", None)}
    assert (await SignUp.get()).went_at == SATURDAY + 65 * MINUTE


async def test_a_clock_that_was_stopped_is_put_right_by_what_comes_later(
    database: Database, advance: Advance
) -> None:
    of, ann, sign_up = await there(database, advance)
    await sends(of, note(sign_up, 5))
    row = await SignUp.get()
    assert (row.went_at, row.clock_stopped) == (SATURDAY + 120 * MINUTE, True)
    await sends(of, note(sign_up, 35, client="b", arrived=False))
    row = await SignUp.get()
    assert (row.went_at, row.clock_stopped) == (SATURDAY + 35 * MINUTE, False)
    claimed = await ann.does("claimHours", "claim { minutes }", signUpId=sign_up)
    assert claimed["claim"]["minutes"] == 30
    await sends(of, note(sign_up, 95, client="c", arrived=False))
    assert (await decisions(of))["c"] == ("CONFLICT", "NOT_THERE")


async def test_what_was_never_possible_is_rejected(database: Database, advance: Advance) -> None:
    of, _, sign_up = await there(database, advance)
    wrong = {"early": -31, "late": 120, "to come": 500}
    await sends(of, *(note(sign_up, minutes, client=name) for name, minutes in wrong.items()))
    assert await decisions(of) == dict.fromkeys(wrong, ("REJECTED", "NOT_NOW"))
    assert (await SignUp.get()).state == "signed_up"
    await advance(timedelta(days=OFFLINE.value))
    await sends(of, note(sign_up, 5, client="a week later"))
    assert (await decisions(of))["a week later"] == ("REJECTED", "NOT_NOW")


async def test_of_two_who_say_otherwise_the_first_holds(
    database: Database, advance: Advance
) -> None:
    of, _, sign_up = await there(database, advance)
    assert refused(await of.owner.does("markMissing", signUpId=sign_up)) == []
    await sends(of, note(sign_up, 5))
    assert await decisions(of) == {"a": ("CONFLICT", "WRONG_STATE")}


async def test_what_is_of_another_shift_is_not_written_down(
    database: Database, advance: Advance
) -> None:
    of, _, sign_up = await there(database, advance)
    await sends(of, note(of.shift, 5), note("sgn_00000000000", 5), note(sign_up, 5, client="x"))
    assert set(await decisions(of)) == {"x"}
    [stranger] = await people(database, 1)
    assert await sends(of, note(sign_up, 6, client="y"), by=stranger) == ["NOT_ALLOWED"]


async def test_ten_devices_that_send_the_same_write_it_down_once(
    database: Database, advance: Advance
) -> None:
    of, _, sign_up = await there(database, advance)
    done = await asyncio.gather(*(sends(of, note(sign_up, 5)) for _ in range(10)))
    assert done == [[]] * 10
    assert await AttendanceItem.all().count() == 1


async def test_a_device_sends_so_many_at_once(database: Database, advance: Advance) -> None:
    of, _, sign_up = await there(database, advance)
    many = [note(sign_up, 5, client=f"{n}") for n in range(ITEMS.value + 1)]
    assert await sends(of, *many) == ["TOO_MANY_ITEMS"]
    assert await sends(of, note(sign_up, 5, client="x" * (CLIENT_ID.value + 1))) == ["TEXT_UNFIT"]
    assert await sends(of, *many[:-1]) == []


async def test_an_absence_is_excused_contested_and_decided(
    database: Database, advance: Advance
) -> None:
    of = await an_opportunity(database, places=3)
    joiners = await people(database, 3)
    signs = [(await of.joins(each))["signUp"]["id"] for each in joiners]
    await until(advance, 10)
    excused = await of.owner.does("markMissing", signUpId=signs[0], excused="Her bus broke down.")
    assert refused(excused) == []
    for sign_up in signs[1:]:
        assert refused(await of.owner.does("markMissing", signUpId=sign_up)) == []
    for who, sign_up, good in zip(joiners[1:], signs[1:], (True, False), strict=True):
        said = await who.does("contestAbsence", signUpId=sign_up, words="I was there.")
        assert refused(said) == []
        done = await of.owner.does("decideAbsence", signUpId=sign_up, excused=good)
        assert refused(done) == []
    assert [await of.state_of(each) for each in signs] == ["EXCUSED", "EXCUSED", "MISSED"]
    again = await joiners[2].does("contestAbsence", signUpId=signs[2], words="I was.")
    assert refused(again) == ["WRONG_STATE"]


async def test_nobody_comes_to_what_was_called_off(database: Database, advance: Advance) -> None:
    of = await an_opportunity(database)
    await of.owner.does("cancelShift", shiftId=of.shift)
    await until(advance, 5)
    assert refused(await of.owner.does("showCode", shiftId=of.shift)) == ["SHIFT_OFF"]
    [ann] = await people(database, 1)
    assert refused(await of.joins(ann)) == ["SHIFT_OFF"]


async def test_a_code_is_shown_as_a_picture_too(database: Database, advance: Advance) -> None:
    of = await an_opportunity(database)
    await until(advance, 5)
    shown = await of.owner.does("showCode", "code qr", shiftId=of.shift)
    assert shown["qr"].startswith("<svg")
    assert len(shown["code"]) == 6


async def test_who_has_a_place_is_reminded_once_by_day_and_gives_it_back_by_one_click(
    database: Database, advance: Advance
) -> None:
    of = await an_opportunity(database, places=1)
    ann, bob = await people(database, 2)
    sign_up = (await of.joins(ann))["signUp"]["id"]
    await of.joins(bob)
    await advance(SATURDAY - timedelta(hours=REMINDED.value, minutes=1) - TODAY)
    assert await in_transaction(database, remind) == 0
    await advance(2 * MINUTE)
    assert await in_transaction(database, remind) == 1
    assert await in_transaction(database, remind) == 0
    letter = await Message.get(kind="shift_reminder")
    [link] = [word for word in letter.body.split() if "/give-back/" in word]
    number, token = link.split("/")[-2:]
    assert number == sign_up

    async def clicks(number: str, token: str) -> bool:
        return await in_transaction(database, lambda tx: give_back(tx, number, token))

    other = (await bob.asks("{ me { signUps { edges { node { id } } } } }"))["me"]["signUps"]
    for wrong in ((number, token[::-1]), (other["edges"][0]["node"]["id"], token), ("x", token)):
        assert not await clicks(*wrong)
    assert await clicks(number, token)
    assert not await clicks(number, token)
    states = sorted(each.state for each in await SignUp.all())
    assert states == ["cancelled", "offered"]


async def test_nobody_is_reminded_at_night(database: Database, advance: Advance) -> None:
    night = SATURDAY.replace(hour=QUIET[0] - 1, minute=30)
    of = await an_opportunity(database, starts_at=night + timedelta(hours=20))
    [ann] = await people(database, 1)
    await of.joins(ann)
    await advance(night - TODAY)
    assert await in_transaction(database, remind) == 0
    await advance(timedelta(hours=1))
    assert await in_transaction(database, remind) == 1


async def test_stopping_clocks_says_so(database: Database, advance: Advance) -> None:
    of = await an_opportunity(database)
    [ann] = await people(database, 1)
    sign_up = (await of.joins(ann))["signUp"]["id"]
    await until(advance, 5)
    assert refused(await of.owner.does("putOnList", signUpId=sign_up)) == []
    await until_end(advance)
    assert await in_transaction(database, stop_clocks) == 1
    assert (await SignUp.get()).clock_stopped


async def until_end(advance: Advance) -> None:
    await advance(timedelta(minutes=116))

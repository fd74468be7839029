"""Being there: a code that is shown at the place, or the coordinator's list, on line or off.

Each verb takes the shift's row, so a check-in and a mark of not having come are one or the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import segno

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.tries import Tries
from commonweal.store.keyed import digest
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_shifts import locked_shift
from .actions_signups import found, say
from .rules import REASON, ShiftOff, checked_text
from .rules_hours import (
    CLIENT_ID,
    CODE_DIGITS,
    ITEMS,
    OFFLINE,
    WRONG_CODES,
    Evidence,
    ItemDecision,
    NotNow,
    NotThere,
    TooManyCodes,
    TooManyItems,
    WrongCode,
    check_open,
    window_of,
)
from .rules_signups import OFFERED_AT_ONCE, SIGN_UP, SignUpState
from .tables import Shift
from .tables_hours import HoursClaim
from .tables_signups import AttendanceItem, SignUp

WRONG: Final = Tries("check-in codes", WRONG_CODES.value, 3_600)


async def show_code(tx: Transaction, viewer: Viewer, *, shift_id: int) -> dict[str, Any]:
    """The code to show at the place; it changes every few minutes."""
    shift = await Shift.get(id=shift_id)
    _check_open(shift, tx.now)
    code = code_of(tx, shift.id, window_of(tx.now))
    drawn = segno.make(f"{write_id('shf', shift.id)} {code}", error="m").svg_inline(scale=8)
    return {"shift": shift.id, "code": code, "qr": drawn}


def code_of(tx: Transaction, shift_id: int, window: int) -> str:
    """Nobody makes one who is not the service; who was there a while ago has an old one."""
    made = int.from_bytes(digest(tx.database, "check-in", f"{shift_id}:{window}")[:8], "big")
    return f"{made % 10**CODE_DIGITS.value:0{CODE_DIGITS.value}}"


async def check_in(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, code: str
) -> dict[str, Any] | UserError:
    """Say that I am there, by the code that is shown there now, or was a moment ago."""
    row, shift = await found(sign_up_id)
    SIGN_UP.check("check_in", row.state)
    _check_open(shift, tx.now)
    if await WRONG.count(tx, f"{write_id('shf', shift.id)}:{viewer.name}"):
        return TooManyCodes(WRONG_CODES.value)
    shown = [code_of(tx, shift.id, window_of(tx.now) - ago) for ago in (0, 1)]
    if code.strip().replace(" ", "") not in shown:
        return WrongCode()
    await move(row, SIGN_UP, "check_in", came_at=tx.now, evidence=Evidence.CODE)
    await say(tx, viewer.name, row, "check_in")
    return {"sign_up": row.id}


async def put_on_list(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Say that somebody is there, as the coordinator who sees them."""
    row, shift = await found(sign_up_id)
    _check_open(shift, tx.now)
    await move(row, SIGN_UP, "check_in", came_at=tx.now, evidence=Evidence.COORDINATOR)
    await say(tx, viewer.name, row, "put_on_list")
    return {"sign_up": row.id}


async def check_out(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Say that I go, or that somebody went; whoever forgets it went when the shift ended."""
    row, shift = await found(sign_up_id)
    await move(row, SIGN_UP, "check_out", went_at=min(tx.now, shift.ends_at))
    await say(tx, viewer.name, row, "check_out")
    return {"sign_up": row.id}


async def mark_missing(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, excused: str | None = None
) -> dict[str, Any]:
    """Say that somebody did not come, once the shift has begun; and where they had a reason, it."""
    row, shift = await found(sign_up_id)
    if tx.now < shift.starts_at:
        raise NotNow(0)
    words = excused and checked_text(excused, "excused", REASON.value, lines=True)
    await move(row, SIGN_UP, "miss", place=None, words=words)
    if words:
        await move(row, SIGN_UP, "excuse")
    await say(tx, viewer.name, row, "mark_missing")
    return {"sign_up": row.id}


async def contest_absence(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, words: str
) -> dict[str, Any]:
    """Say that I was there, or why I was not: a coordinator looks at it again."""
    row, _ = await found(sign_up_id)
    said = checked_text(words, "words", REASON.value, lines=True)
    await move(row, SIGN_UP, "contest", words=said)
    await say(tx, viewer.name, row, "contest_absence")
    return {"sign_up": row.id}


async def decide_absence(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, excused: bool
) -> dict[str, Any]:
    """Excuse that somebody did not come, or leave it at that."""
    row, _ = await found(sign_up_id)
    await move(row, SIGN_UP, "excuse" if excused else "uphold")
    await say(tx, viewer.name, row, "decide_absence")
    return {"sign_up": row.id}


async def stop_clocks(tx: Transaction) -> int:
    """Check out who forgot to, when their shift ended: of how many shifts. A job's work."""
    forgotten = SignUp.filter(state=SignUpState.CHECKED_IN, shift__ends_at__lte=tx.now)
    numbers: Any = await forgotten.limit(OFFERED_AT_ONCE.value).values_list("shift_id", flat=True)
    for number in sorted(set(numbers)):
        shift = await locked_shift(number)
        for row in await SignUp.filter(shift_id=number, state=SignUpState.CHECKED_IN):
            await _stopped(tx, row, shift)
    return len(set(numbers))


async def _stopped(tx: Transaction, row: SignUp, shift: Shift) -> None:
    await move(row, SIGN_UP, "check_out", went_at=shift.ends_at, clock_stopped=True)
    await say(tx, "system:clock", row, "stop_clock")


def _check_open(shift: Shift, now: datetime) -> None:
    """Raises ShiftOff, NotNow."""
    if shift.cancelled_at is not None:
        raise ShiftOff
    check_open(shift.starts_at, shift.ends_at, now)


# ---- a device that was offline -------------------------------------------------------------------


async def send_attendance(
    tx: Transaction, viewer: Viewer, *, shift_id: int, items: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Send what a coordinator's device noted while it was offline, in any order, as often as need
    be: what was sent before is answered as it was then.
    """
    if len(items) > ITEMS.value:
        raise TooManyItems(ITEMS.value).at("input", "items")
    shift = await locked_shift(shift_id)
    for item in sorted(items, key=lambda each: (each["noted_at"], not each["arrived"])):
        client_id = checked_text(item["client_id"], "items", CLIENT_ID.value)
        if await AttendanceItem.exists(shift_id=shift.id, client_id=client_id):
            continue
        await _noted(tx, viewer, shift, client_id, item)
    return {"shift": shift.id}


async def _noted(
    tx: Transaction, viewer: Viewer, shift: Shift, client_id: str, item: Mapping[str, Any]
) -> None:
    number = read_id("sgn", item["sign_up_id"])
    row = await SignUp.get_or_none(id=number, shift_id=shift.id) if number else None
    if row is None:  # of another shift, or of none
        return
    kept = await AttendanceItem.create(
        id=tx.new_id(),
        shift_id=shift.id,
        client_id=client_id,
        sign_up_id=row.id,
        arrived=item["arrived"],
        at=item["noted_at"],
        decision=ItemDecision.ACCEPTED,
        received_at=tx.now,
    )
    why = await (_came if kept.arrived else _went)(tx, viewer, shift, row, kept.at)
    if why is not None:
        decision = ItemDecision.REJECTED if isinstance(why, NotNow) else ItemDecision.CONFLICT
        await AttendanceItem.filter(id=kept.id).update(decision=decision, code=why.code)


async def _came(
    tx: Transaction, viewer: Viewer, shift: Shift, row: SignUp, at: datetime
) -> UserError | None:
    """Put somebody on the list as of then. A note of their going that came before it counts now."""
    if tx.now > shift.ends_at + timedelta(days=OFFLINE.value) or at > tx.now:
        return NotNow(0)
    try:
        _check_open(shift, at)
        SIGN_UP.check("check_in", row.state)
    except UserError as refused:
        return refused
    await move(row, SIGN_UP, "check_in", came_at=at, evidence=Evidence.COORDINATOR)
    await say(tx, viewer.name, row, "put_on_list")
    early = AttendanceItem.filter(sign_up_id=row.id, arrived=False, code=NotThere().code)
    if left := await early.filter(at__gt=at).order_by("at").first():
        await AttendanceItem.filter(id=left.id).update(decision=ItemDecision.ACCEPTED, code=None)
        await move(row, SIGN_UP, "check_out", went_at=min(left.at, shift.ends_at))
    elif shift.ends_at <= tx.now:
        await _stopped(tx, row, shift)
    return None


async def _went(
    tx: Transaction, viewer: Viewer, shift: Shift, row: SignUp, at: datetime
) -> UserError | None:
    """Check somebody out as of then; a clock that was stopped meanwhile is put right."""
    came = row.came_at
    if came is None or row.state not in (SignUpState.CHECKED_IN, SignUpState.CHECKED_OUT):
        return NotThere()
    if not came <= at <= tx.now:
        return NotNow(0)
    when = min(at, shift.ends_at)
    if row.state is SignUpState.CHECKED_IN:
        await move(row, SIGN_UP, "check_out", went_at=when)
        await say(tx, viewer.name, row, "check_out")
        return None
    if not row.clock_stopped or await HoursClaim.exists(sign_up_id=row.id):
        return NotThere()
    await SignUp.filter(id=row.id).update(went_at=when, clock_stopped=False)
    await say(tx, viewer.name, row, "check_out")
    return None

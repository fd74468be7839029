"""Being there: a code that is shown at the place, or the coordinator's list.

Each verb takes the shift's row, so a check-in and a mark of not having come are one or the other.
"""

from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import write_id
from commonweal.people.tries import Tries
from commonweal.store.keyed import digest
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from .actions_signups import found, locked_shift, say
from .rules import OFFERED_AT_ONCE, SIGN_UP, SignUpState
from .rules_hours import (
    CODE_DIGITS,
    WRONG_CODES,
    NotNow,
    TooManyCodes,
    WrongCode,
    check_open,
    window_of,
)
from .tables import Shift, SignUp

WRONG: Final = Tries("check-in codes", WRONG_CODES.value, 3_600)


async def show_code(tx: Transaction, viewer: Viewer, *, shift_id: int) -> dict[str, Any]:
    """The code to show at the place; it changes every few minutes."""
    shift = await Shift.get(id=shift_id)
    check_open(shift.starts_at, shift.ends_at, tx.now)
    return {"shift": shift.id, "code": _code(tx, shift.id, window_of(tx.now))}


def _code(tx: Transaction, shift_id: int, window: int) -> str:
    """Nobody makes one who is not the service; who was there a while ago has an old one."""
    made = int.from_bytes(digest(tx.database, "check-in", f"{shift_id}:{window}")[:8], "big")
    return f"{made % 10**CODE_DIGITS.value:0{CODE_DIGITS.value}}"


async def check_in(
    tx: Transaction, viewer: Viewer, *, sign_up_id: int, code: str
) -> dict[str, Any] | UserError:
    """Say that I am there, by the code that is shown there now, or was a moment ago."""
    row, shift = await found(sign_up_id)
    SIGN_UP.check("check_in", row.state)
    check_open(shift.starts_at, shift.ends_at, tx.now)
    if await WRONG.count(tx, f"{write_id('shf', shift.id)}:{viewer.name}"):
        return TooManyCodes(WRONG_CODES.value)
    shown = [_code(tx, shift.id, window_of(tx.now) - ago) for ago in (0, 1)]
    if code.strip().replace(" ", "") not in shown:
        return WrongCode()
    await move(row, SIGN_UP, "check_in", came_at=tx.now)
    await say(tx, viewer.name, row, "check_in")
    return {"sign_up": row.id}


async def put_on_list(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Say that somebody is there, as the coordinator who sees them."""
    row, shift = await found(sign_up_id)
    check_open(shift.starts_at, shift.ends_at, tx.now)
    await move(row, SIGN_UP, "check_in", came_at=tx.now)
    await say(tx, viewer.name, row, "put_on_list")
    return {"sign_up": row.id}


async def check_out(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Say that I go, or that somebody went; whoever forgets it went when the shift ended."""
    row, shift = await found(sign_up_id)
    await move(row, SIGN_UP, "check_out", went_at=min(tx.now, shift.ends_at))
    await say(tx, viewer.name, row, "check_out")
    return {"sign_up": row.id}


async def mark_missing(tx: Transaction, viewer: Viewer, *, sign_up_id: int) -> dict[str, Any]:
    """Say that somebody did not come, once the shift has begun."""
    row, shift = await found(sign_up_id)
    if tx.now < shift.starts_at:
        raise NotNow(0)
    await move(row, SIGN_UP, "miss", place=None)
    await say(tx, viewer.name, row, "mark_missing")
    return {"sign_up": row.id}


async def stop_clocks(tx: Transaction) -> int:
    """Check out who forgot to, when their shift ended: of how many shifts. A job's work."""
    forgotten = SignUp.filter(state=SignUpState.CHECKED_IN, shift__ends_at__lte=tx.now)
    numbers: Any = await forgotten.limit(OFFERED_AT_ONCE.value).values_list("shift_id", flat=True)
    for number in sorted(set(numbers)):
        shift = await locked_shift(number)
        for row in await SignUp.filter(shift_id=number, state=SignUpState.CHECKED_IN):
            await move(row, SIGN_UP, "check_out", went_at=shift.ends_at)
            await say(tx, "system:clock", row, "stop_clock")
    return len(set(numbers))

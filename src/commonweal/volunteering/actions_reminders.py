"""Reminding who has a place, the day before; one click in the letter gives it back.

The link says which sign-up and whose: it does that and nothing else, and needs no signing in.
"""

from datetime import timedelta
from typing import Final

from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.links import person_of, token_of
from commonweal.store.transaction import Transaction

from . import letters
from .actions_shifts import tell_of
from .actions_signups import cancelled, found
from .rules_signups import REMINDED, SignUpState, is_quiet
from .tables import Opportunity
from .tables_signups import SignUp

AT_ONCE: Final = 50  # letters of one run of the job
USE: Final = "give-back"


async def remind(tx: Transaction) -> int:
    """Write to who has a place in a shift of tomorrow: how many. A job's work; not at night."""
    if is_quiet(tx.now):
        return 0
    soon = tx.now + timedelta(hours=REMINDED.value)
    held = SignUp.filter(state=SignUpState.SIGNED_UP, person_id__isnull=False)
    due = held.filter(reminded_at__isnull=True, shift__starts_at__lte=soon)
    rows = due.filter(shift__starts_at__gt=tx.now).order_by("id").limit(AT_ONCE)
    theirs = await rows.select_related("shift")
    for row in theirs:
        await SignUp.filter(id=row.id).update(reminded_at=tx.now)
        assert row.person_id is not None
        of = await Opportunity.get(id=row.shift.opportunity_id)
        number = write_id("sgn", row.id)
        token = token_of(tx.database, row.person_id, f"{USE}:{number}")
        url = f"{tx.database.public_url}/give-back/{number}/{token}"
        await tell_of(tx, row, letters.reminder(of.title, row.shift.starts_at, of.address, url))
    return len(theirs)


async def give_back(tx: Transaction, number: str, token: str) -> bool:
    """What the click does: whether there was a place to give back. A second finds none."""
    key = read_id("sgn", number)
    person = person_of(tx.database, token, f"{USE}:{number}")
    if key is None or person is None:
        return False
    if not await SignUp.exists(id=key, person_id=person, state=SignUpState.SIGNED_UP):
        return False
    row, shift = await found(key)
    if row.state is not SignUpState.SIGNED_UP or shift.starts_at <= tx.now:
        return False
    await cancelled(tx, write_id("per", person), row, shift)
    return True

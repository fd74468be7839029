"""Sending letters, and the jobs behind it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from commonweal.store.database import Database
from commonweal.store.jobs import enqueue
from commonweal.store.moves import move
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Transaction, in_transaction

from .rules import (
    MESSAGE,
    MESSAGES_KEPT,
    Letter,
    MessageState,
    checked_address,
    cleaned_body,
    cleaned_subject,
)
from .smtp import MailServer, hand_over
from .tables import Message

JOB: Final = "deliver_message"


async def send(
    tx: Transaction, to: str, letter: Letter, *, person_id: int | None = None
) -> Message:
    """Write a letter down; it goes out after the caller's commit, and never without it.

    `person_id` is whoever it is about or to, as far as they have an account.
    Raises AddressNotUsable.
    """
    message = await Message.create(
        id=tx.new_id(),
        state=MessageState.WAITING,
        kind=letter.kind,
        person_id=person_id,
        to_address=checked_address(to),
        subject=cleaned_subject(letter.subject),
        body=cleaned_body(letter.body),
        secret=letter.secret,
        unsubscribe_url=letter.unsubscribe_url,
        created_at=tx.now,
    )
    await enqueue(tx, JOB, {"message": message.id})
    return message


async def deliver(
    server: MailServer | None,
    show: Callable[[Message], None],
    database: Database,
    facts: Mapping[str, Any],
) -> None:
    """The job: hand a message to the server; where there is none, keep it and `show` it.

    It may go out twice, under one Message-ID, where this process dies before it is marked as sent.
    Raises MailNotTaken where it is to be tried again.
    """
    waiting = Message.filter(id=facts["message"], state=MessageState.WAITING)
    message = await waiting.first()
    if message is None:  # sent by an attempt before this one, or erased since
        return
    if server is None:
        show(message)
        done, changes = "keep", {}
    elif failure := await hand_over(server, message):
        done, changes = "refuse", {"failure": failure}
    else:
        done, changes = "send", {}
    if message.secret and done != "keep":
        changes["body"] = ""

    async def work(tx: Transaction) -> None:
        # Locked, for where a lease ran out there is a second one here, which finds it done.
        if found := await waiting.select_for_update(no_key=True).first():
            sent = {"sent_at": tx.now} if done == "send" else {}
            await move(found, MESSAGE, done, **changes, **sent)

    await in_transaction(database, work)


async def sweep_messages(tx: Transaction) -> int:
    """Delete a batch of old messages, whatever became of them: how many.

    One that still waits after so many days, because its job was given up, is of no use to anybody.
    """
    old = Message.filter(created_at__lt=MESSAGES_KEPT.oldest(tx.now))
    return await swept(old.order_by("created_at"))

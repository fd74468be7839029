"""Letters on their way: written with what they are about, sent once, tried again, forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commonweal.kernel.ids import write_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.messages.actions import JOB, deliver, send, sweep_messages
from commonweal.messages.rules import (
    MESSAGE,
    MESSAGES_KEPT,
    AddressNotUsable,
    Letter,
    MessageState,
)
from commonweal.messages.tables import Message
from commonweal.store import sweeping
from commonweal.store.database import Database
from commonweal.store.jobs import ATTEMPTS, LEASE_SECONDS, state
from commonweal.store.moves import move
from commonweal.store.tables import Job
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import do_due
from commonweal.web.jobs import jobs_of
from commonweal.web.outbox import unseen
from commonweal.web.settings import Settings
from tests.conftest import TODAY, Advance
from tests.messages import worker
from tests.messages.server import HANG_UP, NEVER, Server, mail_server

CODE = Letter("sign_in_code", "Your code", "123456 is your code.", secret=True)
NEWS = Letter("digest", "What is new", "A hall is to be had.")
WELSH = Letter(
    "invitation",
    "Gwahoddiad i Grŵp Tŷ Mawr",
    "Annwyl Siân,\n\nMae'r neuadd yn ŵyl i gyd. £12.50 · “croeso”\n.\n" + "Llan" * 60,
    unsubscribe_url="https://town.example/off?t=abc",
)
ANNA = "anna@example.org"


async def wrote(database: Database, letter: Letter = NEWS, to: str = ANNA) -> Message:
    return await in_transaction(database, lambda tx: send(tx, to, letter, person_id=7))


async def now(message: Message) -> Message:
    await message.refresh_from_db()
    return message


async def job() -> Job:
    return await Job.get(kind=JOB)


async def trouble() -> str:
    return (await job()).last_error or ""


async def work(database: Database, server: Server | None) -> None:
    """Do what is due, as a worker with that mail server."""
    await do_due(database, jobs_of(server.settings() if server else Settings(smtp_url=None)))


async def test_a_letter_goes_out_once_with_its_headers(database: Database) -> None:
    async with mail_server() as server:
        message = await wrote(database)
        assert message.state is MessageState.WAITING
        assert server.mails == []
        await work(database, server)
        await work(database, server)
    [taken] = server.mails
    assert (taken.sender, taken.recipient) == ("post@town.example", ANNA)
    assert dict(taken.mail.items()) == {
        "Message-ID": f"<{write_id('msg', message.id)}@town.example>",
        "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
        "From": "Commonweal <post@town.example>",
        "To": ANNA,
        "Subject": "What is new",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    assert taken.mail.get_content().strip() == NEWS.body
    sent = await now(message)
    assert (sent.state, sent.sent_at, sent.person_id) == (MessageState.SENT, TODAY, 7)
    assert sent.body == NEWS.body
    assert state(await job()) == "done"


async def test_welsh_text_names_and_domains_arrive_as_they_were_written(database: Database) -> None:
    async with mail_server() as server:
        await wrote(database, WELSH, "anna@tŷ.cymru")
        await work(database, server)
        server.extensions.append("SMTPUTF8")
        await wrote(database, WELSH, "siân@tŷ.cymru")
        await work(database, server)
    plain, new = server.mails
    assert plain.recipient == "anna@xn--t-foa.cymru"
    assert plain.raw.isascii()
    assert new.recipient == "siân@xn--t-foa.cymru"
    assert new.mail["To"] == "siân@xn--t-foa.cymru"
    for taken in (plain, new):
        assert taken.mail["Subject"] == WELSH.subject
        assert taken.mail.get_content().splitlines() == WELSH.body.splitlines()
        assert taken.mail["List-Unsubscribe"] == f"<{WELSH.unsubscribe_url}>"
        assert taken.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_an_address_that_the_server_has_no_letters_for_is_refused(database: Database) -> None:
    async with mail_server() as server:
        message = await wrote(database, to="siân@example.org")
        await work(database, server)
    assert server.mails == []
    assert (await now(message)).state is MessageState.REFUSED


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("CONNECT", "421 too busy"),
        ("CONNECT", HANG_UP),
        ("EHLO", "421 too busy"),
        ("MAIL", "550 we take none from you"),
        ("RCPT", "450 come back later, anna@example.org"),
        ("RCPT", HANG_UP),
        ("DATA", "451 no room"),
        ("DATA", HANG_UP),
        (".", "452 no room"),
        (".", HANG_UP),
    ],
)
async def test_what_the_server_does_not_take_now_is_tried_again(
    database: Database, advance: Advance, step: str, answer: str
) -> None:
    async with mail_server() as server:
        server.answers[step] = [answer]
        if step == "EHLO":
            server.answers["HELO"] = [answer]
        message = await wrote(database)
        await work(database, server)
        assert ((await now(message)).state, server.mails) == (MessageState.WAITING, [])
        said = await trouble()
        assert said.startswith("The mail server localhost did not take it yet: ")
        assert ANNA not in said
        await work(database, server)
        assert server.mails == [], "not before its pause is over"
        await advance(timedelta(minutes=1))
        await work(database, server)
        assert len(server.mails) == 1
    assert (await now(message)).state is MessageState.SENT


async def test_a_server_that_is_away_is_waited_for_and_given_up_at_last(
    database: Database, advance: Advance
) -> None:
    async with mail_server() as server:
        message = await wrote(database)
    await work(database, server)
    assert "Connect call failed" in await trouble()
    for _ in range(ATTEMPTS):
        await advance(timedelta(days=2))
        await work(database, server)
    assert state(await job()) == "failed"
    assert (await now(message)).state is MessageState.WAITING


@pytest.mark.parametrize(("step", "answer"), [("RCPT", "550 no such box"), (".", "552 too full")])
async def test_what_is_refused_for_good_is_not_tried_again(
    database: Database, advance: Advance, step: str, answer: str
) -> None:
    async with mail_server() as server:
        server.answers[step] = [answer]
        message = await wrote(database, CODE)
        await work(database, server)
        await advance(timedelta(days=1))
        await work(database, server)
    refused = await now(message)
    assert (refused.state, refused.failure) == (MessageState.REFUSED, answer)
    assert (refused.sent_at, refused.body, server.mails) == (None, "", [])
    assert state(await job()) == "done"


async def test_a_worker_that_dies_before_it_says_so_sends_the_same_mail_again(
    database: Database, database_url: str, advance: Advance
) -> None:
    """It is killed when the server has the mail, and waits for the answer to its farewell."""
    async with mail_server() as server:
        server.answers["QUIT"] = [NEVER]
        message = await wrote(database)
        other = await worker.start(database_url, server.port)
        try:
            await asyncio.wait_for(server.taken.wait(), 120)  # a process starts in 2 to 25
        finally:
            other.kill()
            await other.wait()
        server.answers.clear()  # it may have died before its farewell, which is not owed to us
        assert (await now(message)).state is MessageState.WAITING
        await work(database, server)
        assert len(server.mails) == 1, "its line is on a lease"
        await advance(timedelta(seconds=LEASE_SECONDS))
        await work(database, server)
    first, second = server.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert first.mail.as_bytes() == second.mail.as_bytes()
    assert (await now(message)).state is MessageState.SENT


async def test_two_workers_at_once_deliver_each_letter_once(database: Database) -> None:
    async with mail_server() as server:
        server.pause_seconds = 0.01
        for n in range(10):
            await wrote(database, to=f"a{n}@example.org")
        await asyncio.gather(*(work(database, server) for _ in range(4)))
    assert sorted(taken.recipient for taken in server.mails) == [
        f"a{n}@example.org" for n in range(10)
    ]
    assert await Message.filter(state=MessageState.SENT).count() == 10


async def test_of_two_that_mark_one_message_the_second_finds_it_done(database: Database) -> None:
    """Should a lease run out while its worker lives, both have sent, and neither fails."""
    async with mail_server() as server:
        server.pause_seconds = 0.05
        message = await wrote(database)
        kind = jobs_of(server.settings())[JOB]
        facts = {"message": message.id}
        await asyncio.gather(kind.work(database, facts), kind.work(database, facts))
        await kind.work(database, facts)
    assert len({taken.mail["Message-ID"] for taken in server.mails}) == 1
    assert len(server.mails) == 2
    assert (await now(message)).version == 2


async def test_nothing_goes_out_when_its_transaction_is_rolled_back(database: Database) -> None:
    async def fail(tx: Transaction) -> None:
        await send(tx, ANNA, NEWS)
        raise AddressNotUsable

    with pytest.raises(AddressNotUsable):
        await in_transaction(database, fail)
    async with mail_server() as server:
        await work(database, server)
    assert server.heard == []
    assert not await Message.exists()
    assert not await Job.filter(kind=JOB).exists()


async def test_no_text_of_anybodys_becomes_a_header_or_a_command(database: Database) -> None:
    evil = Letter(
        "invitation",
        "Join\r\nBcc: all@example.org\r\n\r\nBuy this",
        "Hello\r\n.\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<all@example.org>\r\nDATA\r\n",
    )
    async with mail_server() as server:
        await wrote(database, evil)
        await work(database, server)
    [taken] = server.mails
    assert taken.mail["Subject"] == "Join Bcc: all@example.org Buy this"
    assert taken.mail["Bcc"] is None
    assert "RCPT TO:<all@example.org>" in taken.mail.get_content()
    assert [line for line in server.heard if line.startswith("RCPT")] == [f"RCPT TO:<{ANNA}>"]
    with pytest.raises(AddressNotUsable):
        await wrote(database, to="anna@example.org>\r\nRCPT TO:<all@example.org")


async def test_without_a_mail_server_messages_are_kept_with_their_text(database: Database) -> None:
    message = await wrote(database, CODE)
    await work(database, None)
    kept = await now(message)
    assert (kept.state, kept.body, kept.sent_at) == (MessageState.KEPT, CODE.body, None)
    async with mail_server() as server:
        await work(database, server)
    assert server.heard == [], "what is kept is not sent later, when nobody waits for it"


async def test_a_secret_is_forgotten_once_it_was_sent(database: Database) -> None:
    async with mail_server() as server:
        message = await wrote(database, CODE)
        assert message.body == CODE.body
        await work(database, server)
    assert server.mails[0].mail.get_content().strip() == CODE.body
    assert (await now(message)).body == ""
    assert CODE.body not in str(await Job.all().values())


async def test_what_was_erased_meanwhile_is_not_sent(database: Database) -> None:
    message = await wrote(database)
    await message.delete()
    async with mail_server() as server:
        await work(database, server)
    assert server.heard == []
    assert state(await job()) == "done"


async def test_messages_are_swept_after_their_days_in_batches(
    database: Database, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SWEPT_AT_ONCE", 2)
    for n in range(3):
        await wrote(database, to=f"old{n}@example.org")
    await work(database, None)
    await advance(timedelta(days=MESSAGES_KEPT.days or 0))
    young = await wrote(database)
    assert await in_transaction(database, sweep_messages) == 0
    await advance(timedelta(minutes=1))
    assert await in_transaction(database, sweep_messages) == 2
    await advance(timedelta(hours=1))
    await work(database, None)
    assert [message.id for message in await Message.all()] == [young.id]


@pytest.mark.parametrize("before", list(MessageState))
@pytest.mark.parametrize("verb", ["send", "keep", "refuse"])
async def test_only_what_waits_goes_anywhere(
    database: Database, verb: str, before: MessageState
) -> None:
    message = await wrote(database)
    first = {"sent": "send", "kept": "keep", "refused": "refuse"}.get(before)

    async def moves(tx: Transaction, name: str) -> Any:
        return await move(message, MESSAGE, name)

    if first:
        await in_transaction(database, lambda tx: moves(tx, first))
        with pytest.raises(WrongState):
            await in_transaction(database, lambda tx: moves(tx, verb))
    else:
        await in_transaction(database, lambda tx: moves(tx, verb))
    assert message.version == 2
    await deliver(None, unseen, database, {"message": message.id})  # which leaves it as it is
    assert (await now(message)).version == 2

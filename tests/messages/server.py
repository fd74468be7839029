"""A mail server for tests: it speaks as much SMTP as mail needs, and does as it is told.

    async with mail_server() as server:
        server.answers["RCPT"] = ["550 no such mailbox"]     # once; then as ever
        settings = server.settings()

It keeps what it took in `server.mails`, and what was said to it in `server.heard`.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

from commonweal.web.settings import Settings

HANG_UP = ""  # instead of an answer
NEVER = "never"  # no answer at all, while the other side waits
USUAL = {
    "CONNECT": "220 town.example",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "RSET": "250 ok",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
}


@dataclass
class Taken:
    """A mail and its envelope."""

    sender: str
    recipient: str
    mail: EmailMessage
    raw: bytes


@dataclass
class Server:
    """`answers` are given once each, in order, instead of the usual one; "" hangs up."""

    mails: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    extensions: list[str] = field(default_factory=lambda: ["8BITMIME", "SIZE 10000000"])
    pause_seconds: float = 0
    tls: ssl.SSLContext | None = None
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def settings(self, user: str = "", scheme: str = "smtp", **more: Any) -> Settings:
        """What names this server: `user` is "name:password@" or nothing."""
        given = {
            "smtp_url": f"{scheme}://{user}localhost:{self.port}",
            "mail_from": "Commonweal <post@town.example>",
        }
        return Settings(**given | more)

    def answer(self, verb: str) -> str:
        return self.answers[verb].pop(0) if self.answers[verb] else self._usual(verb)

    def _usual(self, verb: str) -> str:
        if verb == "EHLO":
            lines = ["town.example", *self.extensions]
            shown = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
            return "\r\n".join(shown)
        return USUAL.get(verb, "502 unknown")

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # as a client may
        finally:
            await asyncio.sleep(0)  # what was said last goes out
            writer.transport.abort()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        await self._say(writer, self.answer("CONNECT"))
        while not writer.is_closing():
            line = (await reader.readuntil(b"\r\n")).decode().strip()
            self.heard.append(line)
            verb = line.split()[0].upper()
            if verb == "STARTTLS" and self.tls:
                await self._say(writer, "220 go on")
                await writer.start_tls(self.tls)
                continue
            said = await self._say(writer, self.answer(verb))
            if verb == "MAIL":
                sender = line.split("<")[1].split(">")[0]
            elif verb == "RCPT":
                recipient = line.split("<")[1].split(">")[0]
            elif said.startswith("354"):
                raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                if (verdict := self.answer(".")).startswith("2"):
                    mail: Any = message_from_bytes(raw, policy=SMTPUTF8)
                    self.mails.append(Taken(sender, recipient, mail, raw))
                await self._say(writer, verdict)
                if verdict.startswith("2"):
                    self.taken.set()
            elif verb == "QUIT":
                return

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> str:
        if text == NEVER:
            await asyncio.Event().wait()
        await asyncio.sleep(self.pause_seconds)
        if text == HANG_UP:
            writer.close()
        else:
            writer.write(f"{text}\r\n".encode())
            await writer.drain()
        return text


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """On a port of its own, for as long as the block runs; with `tls`, encrypted from the start."""
    server, talks = Server(), set[asyncio.Task[None]]()

    def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(server.talk(reader, writer)))

    listening = await asyncio.start_server(met, "localhost", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # and their transports are closed

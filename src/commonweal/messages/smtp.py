"""Handing a message to the mail server that the settings name, over SMTP. Never in a transaction.

What the server will not take now raises MailNotTaken, so that its job comes again later. Neither an
address nor a text of anybody's is in that error, for operators see it.
"""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import write_id

from .rules import AddressNotUsable, checked_address, in_ascii
from .tables import Message

PREFIX: Final = "msg"
CONNECT_SECONDS: Final = 20  # for each step until the server listens; one that is up needs one
ANSWER_SECONDS: Final = 60  # for each answer after that: it may look for viruses before it says yes
PORTS: Final = {"smtp": 587, "smtps": 465}  # RFC 8314
GOOD: Final = 500  # from here on an answer is for good (RFC 5321, 4.2.1)


@fact
class MailUrlNotUsable(UserError):
    """Without what was given, which has a password in it."""

    says = (
        "COMMONWEAL_SMTP_URL is not what it must be: smtp://USER:PASSWORD@HOST:587, "
        "smtps://USER:PASSWORD@HOST:465, or either without a user."
    )


@fact
class MailFromNeeded(UserError):
    says = (
        "Mail needs a sender beside COMMONWEAL_SMTP_URL: COMMONWEAL_MAIL_FROM as in "
        "Commonweal <post@example.org>."
    )


@fact
class MailNotTaken(UserError):
    says = "The mail server {host} did not take it yet: {reason}. It is tried again by itself."
    host: str
    reason: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed to, and from whom it comes."""

    host: str
    port: int
    encrypted: bool  # from the first byte on; otherwise from STARTTLS on, where that is offered
    user: str | None
    password: str | None = field(repr=False)
    sender: Address


def mail_server(url: str | None, sender: str | None) -> MailServer | None:
    """What the settings mean; None where they name no server.

    Raises MailUrlNotUsable, MailFromNeeded.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise MailUrlNotUsable from None
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise MailUrlNotUsable
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MailServer(host, port, parts.scheme == "smtps", user, password, _sender(sender))


def _sender(given: str | None) -> Address:
    name, address = parseaddr(given or "")
    try:
        return _address(checked_address(address), name)
    except (AddressNotUsable, ValueError):
        raise MailFromNeeded from None


def _address(text: str, name: str = "") -> Address:
    local, _, domain = text.partition("@")
    return Address(name, local, in_ascii(domain))


def written(server: MailServer, message: Message) -> EmailMessage:
    """The mail itself: the same at each attempt, so that a receiver knows the second for the first.

    It is ASCII from end to end: no relay on its way has to be newer than it is.
    """
    mail = EmailMessage(MAIL.clone(cte_type="7bit"))
    mail["Message-ID"] = f"<{write_id(PREFIX, message.id)}@{server.sender.domain}>"
    mail["Date"] = message.created_at
    mail["From"] = server.sender
    mail["To"] = _address(message.to_address)
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no note of an absence comes back
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.body, cte="quoted-printable")
    return mail


async def hand_over(server: MailServer, message: Message) -> str | None:
    """None once the server has it; its words where it refuses this message for good.

    Raises MailNotTaken for all else: it is away, busy, or does not take mail from us.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.encrypted,
        # a password goes over no open line; else STARTTLS where it is offered
        start_tls=True if server.password and not server.encrypted else None,
        username=server.user,
        password=server.password,
        local_hostname=server.sender.domain,
        timeout=CONNECT_SECONDS,
    )
    try:
        async with client:
            await client.send_message(
                written(server, message),
                sender=server.sender.addr_spec,
                recipients=_address(message.to_address).addr_spec,
                timeout=ANSWER_SECONDS,
            )
    except (aiosmtplib.SMTPException, OSError) as error:
        if (refusal := _for_good(error)) is None:
            raise MailNotTaken(server.host, _reason(error)) from error
        return refusal
    return None


def _for_good(error: Exception) -> str | None:
    """What the server said of this address or this text, where that will not change."""
    if isinstance(error, aiosmtplib.SMTPNotSupported):  # an address in letters it does not know
        return error.message
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        [error] = error.recipients
    if isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError):
        return f"{error.code} {error.message}" if error.code >= GOOD else None
    return None


def _reason(error: Exception) -> str:
    """The code alone of what the server said: its words often repeat the address."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        [error] = error.recipients
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it answered {error.code}"
    return str(error).rstrip(".") or type(error).__name__

"""The mail server of the settings: what names one, how it is spoken to, and for how long."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from commonweal.messages import smtp
from commonweal.messages.rules import MessageState
from commonweal.messages.smtp import (
    MailFromNeeded,
    MailNotTaken,
    MailServer,
    MailUrlNotUsable,
    hand_over,
    mail_server,
)
from commonweal.messages.tables import Message
from commonweal.web.jobs import jobs_of
from commonweal.web.settings import Settings
from tests.conftest import TODAY
from tests.messages.server import NEVER, Server
from tests.messages.server import mail_server as listening

FROM = "Commonweal <post@town.example>"


def letter(to: str = "anna@example.org") -> Message:
    return Message(
        id=1, state=MessageState.WAITING, kind="digest", to_address=to,
        subject="What is new", body="A hall.", created_at=TODAY,
    )  # fmt: skip


def named(server: Server, user: str = "", scheme: str = "smtp") -> MailServer:
    found = mail_server(f"{scheme}://{user}localhost:{server.port}", FROM)
    assert found is not None
    return found


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS, for "localhost", which this process believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(pem, kind, serialization.NoEncryption()) + certificate.public_bytes(pem)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def test_a_url_names_the_server_and_how_it_is_spoken_to() -> None:
    one = mail_server("smtp://us%40er:p%2Fw@mail.example", FROM)
    assert one is not None
    assert (one.host, one.port, one.encrypted) == ("mail.example", 587, False)
    assert (one.user, one.password) == ("us@er", "p/w")
    assert "p/w" not in repr(one)
    other = mail_server("smtps://mail.example", "post@tŷ.cymru")
    assert other is not None
    assert (other.port, other.encrypted, other.user) == (465, True, None)
    assert other.sender.addr_spec == "post@xn--t-foa.cymru"
    assert mail_server(None, None) is mail_server("", FROM) is None


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://:pw@",
        "smtp://h:port",
        "smtp://h/x",
    ],
)
def test_a_url_that_names_none_is_refused_before_anything_is_served(url: str) -> None:
    with pytest.raises(MailUrlNotUsable) as refused:
        jobs_of(Settings(smtp_url=url, mail_from=FROM))
    assert "pw" not in refused.value.message


@pytest.mark.parametrize("sender", [None, "", "Commonweal", "post@localhost"])
def test_a_server_without_a_sender_is_refused(sender: str | None) -> None:
    with pytest.raises(MailFromNeeded):
        mail_server("smtp://mail.example", sender)


def test_the_password_is_in_no_print_of_the_settings() -> None:
    assert "pass" not in repr(Settings(smtp_url="smtp://user:pass@mail.example"))


async def test_a_password_goes_over_no_open_line() -> None:
    async with listening() as server:
        server.extensions.append("AUTH PLAIN")
        with pytest.raises(MailNotTaken, match="STARTTLS"):
            await hand_over(named(server, "user:pass@"), letter())
    assert not [line for line in server.heard if line.startswith("AUTH")]
    assert server.mails == []


async def test_a_line_is_encrypted_where_the_server_offers_it(certified: ssl.SSLContext) -> None:
    async with listening() as server:
        server.tls = certified
        server.extensions += ["STARTTLS", "AUTH PLAIN"]
        assert await hand_over(named(server), letter()) is None
        assert "STARTTLS" in server.heard
        assert await hand_over(named(server, "user:pass@"), letter()) is None
        secure = server.heard.index("STARTTLS")
        assert secure < next(n for n, line in enumerate(server.heard) if line.startswith("AUTH"))
    assert len(server.mails) == 2


async def test_a_server_may_be_encrypted_from_the_start(certified: ssl.SSLContext) -> None:
    async with listening(certified) as server:
        server.extensions.append("AUTH PLAIN")
        assert await hand_over(named(server, "user:pass@", "smtps"), letter()) is None
        server.answers["AUTH"] = ["535 wrong"]
        with pytest.raises(MailNotTaken, match="it answered 535"):
            await hand_over(named(server, "user:pass@", "smtps"), letter())
    assert len(server.mails) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_no_server(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with listening(certified if scheme == "smtps" else None) as server:
        server.tls = certified
        server.extensions.append("STARTTLS")
        with pytest.raises(MailNotTaken, match="localhost"):
            await hand_over(named(server, scheme=scheme), letter())
    assert server.mails == []


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "RCPT", "."])
async def test_a_server_that_does_not_answer_is_not_waited_for_long(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(smtp.CONNECT_SECONDS, smtp.ANSWER_SECONDS) <= 60
    monkeypatch.setattr(smtp, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.1)
    async with listening() as server:
        server.answers[step] = [NEVER]
        with pytest.raises(MailNotTaken, match=r"[Tt]ime"):
            async with asyncio.timeout(3):
                await hand_over(named(server), letter())


async def test_a_server_that_takes_it_and_says_no_farewell_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "CONNECT_SECONDS", 0.1)
    async with listening() as server:
        server.answers["QUIT"] = [NEVER]
        assert await hand_over(named(server), letter()) is None
    assert len(server.mails) == 1

"""What a letter is, which addresses it can go to, and what becomes of it. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import kept
from commonweal.kernel.texts import seen

ADDRESS_CHARACTERS: Final = limit(
    "e-mail address", 254, "characters", "RFC 5321: 256 with its brackets"
)
SUBJECT_CHARACTERS: Final = limit(
    "subject of a letter", 150, "characters", "a phone shows 40; the rest of it is cut off"
)
BODY_CHARACTERS: Final = limit(
    "text of a letter", 20_000, "characters", "a digest of 50 listings; the rest of it is cut off"
)
MESSAGES_KEPT: Final = kept(
    "messages", 30, date(2026, 11, 22), "so long somebody asks whether it was sent"
)
MAX_ADDRESS: Final = ADDRESS_CHARACTERS.value
MAX_SUBJECT: Final = SUBJECT_CHARACTERS.value
MAX_KIND: Final = 40  # characters of a name in the code
MAX_LINK: Final = 500  # characters of an address of ours with a token in it

KIND: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
LINK: Final = re.compile(r"https?://[!-;=?-~]{1,490}", re.ASCII)  # no blank, no angle bracket
MAX_LOCAL: Final = 64  # characters before the @ (RFC 5321)
# What people have: no quoted part, which could hold anything, and no word in MIME's own spelling.
LOCAL_PART: Final = re.compile(r'(?!.*=\?)[^\s@<>()\[\]\\,;:".]+(\.[^\s@<>()\[\]\\,;:".]+)*')


class MessageState(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    REFUSED = "refused"


MESSAGE: Final = Lifecycle(
    noun="message",
    states=tuple(s.value for s in MessageState),
    initial="waiting",
    moves=(
        Move("send", "waiting", to="sent", says="the mail server took it"),
        Move("keep", "waiting", to="kept", says="there is no mail server"),
        Move("refuse", "waiting", to="refused", says="the mail server will never take it"),
    ),
)


@fact
class AddressNotUsable(UserError):
    says = (
        "This is no e-mail address that mail can be sent to: name@example.org for one, with one @, "
        "without blanks, and at most {most} characters."
    )
    most: int = MAX_ADDRESS


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said: plain text under a subject, whoever it goes to.

    `kind` says in the code's words what it is ("sign_in_code"). What is `secret` is forgotten once
    it was sent. `unsubscribe_url` ends letters of this kind with one click (RFC 8058); it must not
    let anybody do more than that. Raises ValueError for a kind or link that no code of ours makes.
    """

    kind: str
    subject: str
    body: str
    secret: bool = False
    unsubscribe_url: str | None = None

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise ValueError(f"{self.kind!r} is no kind of letter")
        if self.unsubscribe_url is not None and not LINK.fullmatch(self.unsubscribe_url):
            raise ValueError("a link in a header has no blanks and no brackets")


def cleaned_subject(subject: str) -> str:
    """One line, whatever somebody called their group; so it can be no second header."""
    return _cut(" ".join(seen(subject).split()), MAX_SUBJECT)


def cleaned_body(body: str) -> str:
    """Its lines, with nothing in them that is not seen."""
    return _cut(seen("\n".join(body.splitlines()), lines=True), BODY_CHARACTERS.value)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def checked_address(text: str) -> str:
    """The address as it was typed, its domain in small letters. Raises AddressNotUsable."""
    address = text.strip()
    local, at, domain = address.partition("@")
    short = len(local) <= MAX_LOCAL and len(address) <= MAX_ADDRESS
    if not (at and short and seen(address) == address and LOCAL_PART.fullmatch(local)):
        raise AddressNotUsable
    if unicodedata.normalize("NFKC", local) != local:  # else two mailboxes would look like one
        raise AddressNotUsable
    if not _is_domain(domain.lower()):
        raise AddressNotUsable
    return f"{local}@{domain.lower()}"


def _is_domain(domain: str) -> bool:
    """At least two labels, of letters, digits and hyphens in any script.

    What its form in ASCII does not lead back to would be another domain: straße.de, strasse.de.
    """
    try:
        there = in_ascii(domain)
        back = there.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    same = back == unicodedata.normalize("NFC", domain) or there == domain
    return same and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", there) is not None


def in_ascii(domain: str) -> str:
    """A domain as mail servers look it up: "tŷ.cymru" is "xn--t-foa.cymru" (RFC 3490)."""
    return domain.encode("idna").decode("ascii").lower()


def address_key(text: str) -> str:
    """By what two ways to type an address are held to be one: large and small ASCII letters.

    Not lower() or casefold(), which make one of more: the Kelvin sign a k, straße@ strasse@. Those
    are other mailboxes, perhaps of other people.
    """
    return "".join(c.lower() if c.isascii() else c for c in text.strip())

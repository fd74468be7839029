"""Names, codes, tokens: what may be, and for how long. Pure."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends, kept
from commonweal.kernel.texts import seen

TOKEN_DAYS: Final = 90  # a quarter: long enough to be of use, short enough to be forgotten safely
MAX_TOKEN_DAYS: Final = 366
MAX_LABEL: Final = 64  # characters; the audit repeats it in every record
SESSION_DAYS: Final = limit(
    "a session", 60, "days", "who comes monthly stays signed in; a lost phone does not for ever"
)
HAND_MINUTES: Final = limit(
    "acting for somebody", 60, "minutes", "a morning at a desk; whoever is next begins anew"
)
MAX_NAME: Final = limit("name of a person", 100, "characters", "the longest of real ones").value
MAX_PHONE: Final = 32  # characters, blanks and brackets among them
TOKENS: Final = limit(
    "tokens and sessions of a person", 50, "tokens", "a list one can look through"
)

CODE_DIGITS: Final = 6
CODE_MINUTES: Final = limit("a code's life", 10, "minutes", "mail takes one or two, at worst five")
CODE_TRIES: Final = limit("tries of a code", 5, "tries", "six digits: one chance in 200,000")
PERSON_TRIES: Final = limit(
    "tries for one e-mail address in a day", 10, "tries", "two codes; one chance in 100,000"
)
ADDRESS_TRIES: Final = limit(
    "tries of one network address in an hour", 30, "tries", "a library's visitors share one"
)
PERSON_CODES: Final = limit("codes for an e-mail address in an hour", 5, "codes", "nobody's flood")
ADDRESS_CODES: Final = limit(
    "codes asked for by one network address in an hour", 60, "codes", "an evening class signs in"
)
BLOCKS: Final = limit("people whom a person blocks", 500, "people", "a village of them")
HOME_CHANGES: Final = limit(
    "changes of one's home in a day", 3, "changes", "many shown points would give it away"
)
SINCE: Final = date(2026, 11, 22)
INVITATIONS_KEPT: Final = kept(
    "addresses of invitations after their end", 1, SINCE, "who comes late is told what it was"
)
kept("memberships", None, SINCE, "who decided for an organisation, by number alone")
kept("organisations", None, SINCE, "one that ended stands by what it decided, with its name")
kept("consents", None, SINCE, "whoever relied on one can show it, by numbers alone")
kept("hidings and appeals", None, SINCE, "a council's decisions: who decided by number alone")
kept("proposals of a register", None, SINCE, "a council's decisions: who decided by number alone")
ends("codes", 1, SINCE, "after ten minutes; a job deletes them within the hour")
ends("counts of tries", 2, SINCE, "when their hour or day is over; a job deletes them")
ends("passkey challenges", 1, SINCE, "after minutes; a job deletes them within the hour")
ends(
    "sessions", SESSION_DAYS.value, SINCE, "at their end or when one signs out; a job deletes them"
)
ends("tokens", MAX_TOKEN_DAYS, SINCE, "at the end asked for, or when revoked; a job deletes them")
ends("people", None, SINCE, "when they are erased: the number alone stays")
ends("passkeys", None, SINCE, "when whose they are removes them or is erased")
ends("blocks", None, SINCE, "when undone, or when either of the two is erased")
ends("names of households", None, SINCE, "when the last one leaves: the number stays")
ends("readings of checks", None, SINCE, "when whose checks were read is erased")
ends("saved searches", None, SINCE, "when whose they are deletes them or is erased")
ends("files", None, SINCE, "when whose they are is erased, if private and no council's register")
HOUR, DAY = 3_600, 86_400  # seconds
CARD_CHARACTERS: Final = 12  # of Crockford's base 32: 60 bits, three groups to type


class TokenKind(StrEnum):
    """What a token stands for."""

    SESSION = "SESSION"  # somebody signed in
    PERSONAL = "PERSONAL"  # somebody's program
    COUNCIL = "COUNCIL"  # a council's program
    HAND = "HAND"  # a coordinator's hand
    AUDITOR = "AUDITOR"  # who reads the ledger


class CodePurpose(StrEnum):
    """What a code is good for: one for something else is none."""

    SIGN_IN = "SIGN_IN"
    EMAIL = "EMAIL"
    ERASURE = "ERASURE"


class Language(StrEnum):
    """What somebody reads."""

    ENGLISH = "en"
    WELSH = "cy"


@fact
class TokenLifetime(UserError):
    says = "A token lasts between 1 and {most} days; {days} were asked for."
    most: int
    days: int


@fact
class TokenLabel(UserError):
    says = "A label is one line of 1 to {most} characters, by which you know it again."
    most: int


@fact
class ScopesNeeded(UserError):
    says = "Say what the token is to be good for: one or more of {scopes}."
    scopes: str


@fact
class TooManyTokens(UserError):
    says = "You have {most} tokens and sessions. Revoke one that you no longer need."
    most: int


@fact
class NameLength(UserError):
    says = "A name has 1 to {most} characters; this one has {characters}."
    most: int
    characters: int


@fact
class PhoneUnlikely(UserError):
    says = "This is no telephone number: digits, blanks and a leading +, at most {most} characters."
    most: int


@fact
class CardWrong(UserError):
    """Mistyped, claimed, or replaced by another: all the same to whoever guesses."""

    says = "There is no card with this code, or no longer. Ask your coordinator for another."


@fact
class AlreadyClaimed(UserError):
    says = "They sign in themselves: nobody acts for them any more."


@fact
class CodeWrong(UserError):
    """Wrong, used, over, or for another address or purpose: all the same to whoever guesses."""

    says = (
        "This code is not the right one, or no longer. Look at the last mail, or ask for another."
    )


@fact
class TooManyTries(UserError):
    says = "That was tried too often. Try again in {retry_after_seconds} seconds."
    retry_after_seconds: int


@fact
class BlocksOneself(UserError):
    says = "This is you. Block somebody else."


@fact
class TooManyBlocks(UserError):
    says = "You blocked {most} people: unblock some first."
    most: int


@fact
class EmailTaken(UserError):
    says = "Somebody else signs in with this address. Sign in with it instead."


def checked_days(days: int) -> int:
    """Raises TokenLifetime."""
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise TokenLifetime(MAX_TOKEN_DAYS, days)
    return days


def checked_label(label: str) -> str:
    """The label without blanks around it. Raises TokenLabel, for what cannot be printed too."""
    text = label.strip()
    if not (1 <= len(text) <= MAX_LABEL and text.isprintable()):
        raise TokenLabel(MAX_LABEL)
    return text


def checked_name(name: str) -> str:
    """The name as it is shown: one line, nothing in it that is not seen. Raises NameLength."""
    text = " ".join(seen(name).split())
    if not 1 <= len(text) <= MAX_NAME:
        raise NameLength(MAX_NAME, len(text))
    return text


def checked_phone(phone: str) -> str | None:
    """A telephone number as it was written, None where it is blank. Raises PhoneUnlikely."""
    text = " ".join(seen(phone).split())
    if not text:
        return None
    likely = text.isascii() and not set(text) - set("0123456789+ ()-") and text.rfind("+") <= 0
    if not (likely and len(text) <= MAX_PHONE and sum(map(str.isdigit, text)) >= 6):
        raise PhoneUnlikely(MAX_PHONE)
    return text


def checked_scopes(given: Collection[str], grantable: Collection[str]) -> list[str]:
    """Each once, in one order. Raises ScopesNeeded for none, and for one that no token has."""
    if not given or not set(given) <= set(grantable):
        raise ScopesNeeded(", ".join(grantable))
    return sorted(set(given))

"""A key in n shares, any k of which make it again; fewer say nothing about it at all.

    texts = split(secret, mark, needed=2, holders=3)     # one for each holder, to print
    secret = joined(texts[1:], mark)

Shamir's scheme, byte by byte over GF(256) as AES has it: a share is a polynomial's value at its
number, and the secret the value at 0. A text is base 32 in groups of four: needed, number, seven
bytes of the mark (the hash of the public key, so that another round's is known), 32 bytes of the
share and four of a checksum. It happens at a ceremony, not for strangers to time: tables will do.
Never name a share's text in an error: only which of those given it was.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

HOLDERS: Final = limit("holders of a round's key", 16, "people", "a committee; each must be found")
LEAST_NEEDED: Final = 2  # with one needed, each holder could open alone
SECRET_BYTES: Final = 32
MARK_BYTES: Final = 7  # so that a text has no rest: 72 letters
CHECK_BYTES: Final = 4  # of 4,294,967,296 wrong texts one passes, and then makes no fitting key
SHARE_BYTES: Final = 2 + MARK_BYTES + SECRET_BYTES + CHECK_BYTES
GROUP: Final = 4  # letters a person types without losing the place
# Base 32 has no 0, 1 and 8: what was meant by them. Spaces and hyphens are for the eye.
_TYPED: Final = str.maketrans("018", "OIB", " -\t\r\n")

FIELD: Final = 0x11B  # x⁸ + x⁴ + x³ + x + 1


@fact
class HoldersNotPossible(UserError):
    says = "Of 2 to {most} holders at least 2 and at most all are needed; it was {needed} of {of}."
    needed: int
    of: int
    most: int


@fact
class ShareMistyped(UserError):
    says = "Share {which} of those given was not typed as it was printed. Compare each group."
    which: int


@fact
class ShareOfAnotherRound(UserError):
    says = "Share {which} of those given is of another round's key."
    which: int


@fact
class SharesMissing(UserError):
    """The same share twice is one."""

    says = "{needed} different shares are needed; there are {given}."
    needed: int
    given: int


def split(secret: bytes, mark: bytes, *, needed: int, holders: int) -> list[str]:
    """As many texts as holders, in the order of their numbers. Raises HoldersNotPossible."""
    if not LEAST_NEEDED <= needed <= holders <= HOLDERS.value:
        raise HoldersNotPossible(needed, holders, HOLDERS.value)
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"what is shared has {SECRET_BYTES} bytes")
    # Uniform, with 0 among them for the highest too: that is what makes fewer shares say nothing.
    polynomials = [bytes([byte]) + secrets.token_bytes(needed - 1) for byte in secret]
    return [
        _text(needed, number, mark, bytes(value_at(each, number) for each in polynomials))
        for number in range(1, holders + 1)
    ]


def joined(texts: Sequence[str], mark: bytes) -> bytes:
    """The secret; whether it is the right one, its public half says.

    Raises ShareMistyped, ShareOfAnotherRound, SharesMissing; `which` counts from 1.
    """
    shares: dict[int, bytes] = {}
    needed = LEAST_NEEDED
    for which, text in enumerate(texts, start=1):
        raw = _typed(text, which)
        if raw[2 : 2 + MARK_BYTES] != mark[:MARK_BYTES]:
            raise ShareOfAnotherRound(which)
        needed = max(needed, raw[0])
        shares[raw[1]] = raw[2 + MARK_BYTES :]
    if len(shares) < needed:
        raise SharesMissing(needed, len(shares))
    return at_zero(dict(list(shares.items())[:needed]))


def _text(needed: int, number: int, mark: bytes, share: bytes) -> str:
    raw = bytes([needed, number]) + mark[:MARK_BYTES] + share
    letters = base64.b32encode(raw + _check(raw)).decode()
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _typed(text: str, which: int) -> bytes:
    """What a text stands for, without its checksum: spaces, hyphens and case are no matter."""
    letters = text.upper().translate(_TYPED)
    try:
        whole = base64.b32decode(letters)
    except (binascii.Error, ValueError):
        raise ShareMistyped(which) from None
    raw, check = whole[:-CHECK_BYTES], whole[-CHECK_BYTES:]
    if len(whole) != SHARE_BYTES or check != _check(raw) or not raw[1]:
        raise ShareMistyped(which)
    return raw


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"commonweal share 1\0" + raw).digest()[:CHECK_BYTES]


def value_at(polynomial: Iterable[int], x: int) -> int:
    """A polynomial's value, its constant first."""
    return reduce(lambda value, each: _times(value, x) ^ each, reversed(list(polynomial)), 0)


def at_zero(shares: Mapping[int, bytes]) -> bytes:
    """What the polynomials through these values have at 0, by Lagrange; numbers are not 0."""
    weights = {
        number: reduce(
            _times,
            (_over(other, other ^ number) for other in shares if other != number),
            1,
        )
        for number in shares
    }
    return bytes(
        reduce(lambda total, number: total ^ _times(weights[number], shares[number][at]), shares, 0)
        for at in range(len(next(iter(shares.values()))))
    )


def _tables() -> tuple[list[int], dict[int, int]]:
    """Powers of 3, which runs through all of the field but 0, and their logarithms."""
    powers, value = [], 1
    for _ in range(255):
        powers.append(value)
        doubled = value << 1
        value ^= doubled ^ FIELD if doubled > 255 else doubled
    return powers, {power: at for at, power in enumerate(powers)}


_POWERS, _LOGARITHMS = _tables()


def _times(a: int, b: int) -> int:
    return _POWERS[(_LOGARITHMS[a] + _LOGARITHMS[b]) % 255] if a and b else 0


def _over(a: int, b: int) -> int:
    return _POWERS[(_LOGARITHMS[a] - _LOGARITHMS[b]) % 255]  # of numbers, which are not 0

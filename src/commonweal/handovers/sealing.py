"""One envelope: what a bidder wrote, under a key of its own, and that key for whom it may serve.

    envelope = seal(contents, Sealed(round_id, bid_id, version, Kind.BID),
                    service_key=…, round_key=…)
    contents = open_for_round(envelope, receipt, sealed, private_key)

AES-256-GCM under a fresh key each time, bound to round, bid, version and kind: an envelope that is
put elsewhere opens nowhere. The receipt is the ciphertext's SHA-256, and the ciphertext commits to
its key: else somebody could make one that two keys open to two bids, and choose when all are in.
Contents are padded to a power of two, never compressed. Nothing secret may reach an error, a repr
or a log. Where the keys are: `round_keys.py`; why it is so: docs/decisions/0017.
"""

import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

SEALED_BYTES: Final = limit(
    "what is sealed at once", 50_004_096, "bytes", "a file, its name and type; padded it is 64 MiB"
)
LEAST_CLASS: Final = 4096  # bytes; most drafts of a few pages are alike then
KEY_BYTES: Final = 32  # of AES-256, of X25519 and of SHA-256 as well
NONCE_BYTES: Final = 12  # what GCM takes without hashing it first
LENGTH: Final = struct.Struct(">Q")  # before the contents, inside
BOUND: Final = struct.Struct(">QQQ")  # round, bid and version


class Kind(StrEnum):
    """What is sealed. An envelope of one kind never opens as another."""

    DRAFT = "draft"
    BID = "bid"
    ATTACHMENT = "attachment"


@fact
class ContentsTooLong(UserError):
    says = "At most {most_bytes:,} bytes can be sealed at once. Make it shorter."
    most_bytes: int


@fact
class ReceiptDiffers(UserError):
    says = "What is kept is not what the receipt was given for. It was not opened."


@fact
class KeyDoesNotFit(UserError):
    """Which of these it is, the cipher cannot say: each fails alike."""

    says = "This envelope is another key's, or of another round, bid or version. It was not opened."


@fact
class SealBroken(UserError):
    says = "What is kept was changed after it was sealed. It was not opened."


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an envelope is bound to."""

    round_id: int
    bid_id: int
    version: int  # from 1; of an attachment its own id, for it stays as the versions go by
    kind: Kind

    def bound(self) -> bytes:
        """The associated data: unlike for any two."""
        return BOUND.pack(self.round_id, self.bid_id, self.version) + self.kind.encode()


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that is kept; without one of the keys it tells its size class and nothing else."""

    ciphertext: bytes = field(repr=False)
    for_bidder: bytes | None = field(repr=False)  # the data key under the service key
    for_round: bytes | None = field(repr=False)  # the data key under the round's public key

    @property
    def receipt(self) -> str:
        """SHA-256 of the ciphertext, in hexadecimal: also the name it is stored under."""
        return hashlib.sha256(self.ciphertext).hexdigest()


def seal(
    contents: bytes, sealed: Sealed, *, service_key: bytes | None, round_key: bytes | None
) -> Envelope:
    """Seal contents for the bidder, by the service's key, and for the round, by its public one.

    Whoever is given no key cannot open it (why that may be wanted: decision 17); both missing is a
    defect of ours, as is a key that is none: ValueError. Raises ContentsTooLong.
    """
    if service_key is None and round_key is None:
        raise ValueError("sealed for nobody, it could never be opened")
    padded = _padded(contents)
    data_key, bound = secrets.token_bytes(KEY_BYTES), sealed.bound()
    return Envelope(
        _commitment(data_key, bound) + _encrypt(_contents_key(data_key, bound), padded, bound),
        None if service_key is None else _encrypt(_bidder_key(service_key), data_key, bound),
        None if round_key is None else _boxed(round_key, data_key, bound),
    )


def open_for_bidder(envelope: Envelope, receipt: str, sealed: Sealed, service_key: bytes) -> bytes:
    """The contents, by the service's key. Raises ReceiptDiffers, KeyDoesNotFit, SealBroken."""
    _check_receipt(envelope, receipt)
    try:
        data_key = _decrypt(_bidder_key(service_key), envelope.for_bidder or b"", sealed.bound())
    except (InvalidTag, ValueError):
        raise KeyDoesNotFit from None
    return _contents(envelope, data_key, sealed.bound())


def open_for_round(
    envelope: Envelope, receipt: str, sealed: Sealed, private_key: X25519PrivateKey
) -> bytes:
    """The contents, by the round's private key; whether it is time is the caller's to ask.

    Raises ReceiptDiffers, KeyDoesNotFit, SealBroken.
    """
    _check_receipt(envelope, receipt)
    return _contents(envelope, _key_for_round(envelope, sealed, private_key), sealed.bound())


def handed_over(
    envelope: Envelope, sealed: Sealed, private_key: X25519PrivateKey, service_key: bytes
) -> bytes:
    """The data key of what was sealed for a round, wrapped for the service as `for_bidder` is.

    The contents are not looked at: an attachment's are long, and may be none of these bytes.
    Raises KeyDoesNotFit.
    """
    data_key = _key_for_round(envelope, sealed, private_key)
    return _encrypt(_bidder_key(service_key), data_key, sealed.bound())


def public_of(private_key: X25519PrivateKey) -> bytes:
    """The public half, 32 bytes: for a column."""
    return private_key.public_key().public_bytes_raw()


def padded_bytes(size_bytes: int) -> int:
    """The size class of contents: 4 KiB, 8 KiB … 64 MiB, of what they and their length need."""
    return max(LEAST_CLASS, 1 << (LENGTH.size + size_bytes - 1).bit_length())


def _padded(contents: bytes) -> bytes:
    if len(contents) > SEALED_BYTES.value:
        raise ContentsTooLong(SEALED_BYTES.value)
    whole = LENGTH.pack(len(contents)) + contents
    return whole.ljust(padded_bytes(len(contents)), b"\0")


def _check_receipt(envelope: Envelope, receipt: str) -> None:
    if envelope.receipt != receipt:
        raise ReceiptDiffers


def _contents(envelope: Envelope, data_key: bytes, bound: bytes) -> bytes:
    """What a data key opens, if the ciphertext says that it is this one's."""
    committed, sealed = envelope.ciphertext[:KEY_BYTES], envelope.ciphertext[KEY_BYTES:]
    if not hmac.compare_digest(committed, _commitment(data_key, bound)):
        raise SealBroken
    try:
        padded = _decrypt(_contents_key(data_key, bound), sealed, bound)
    except (InvalidTag, ValueError):
        raise SealBroken from None
    (size_bytes,) = LENGTH.unpack_from(padded)
    return padded[LENGTH.size : LENGTH.size + size_bytes]


def _key_for_round(envelope: Envelope, sealed: Sealed, private_key: X25519PrivateKey) -> bytes:
    try:
        return _unboxed(private_key, envelope.for_round or b"", sealed.bound())
    except (InvalidTag, ValueError):  # ValueError: what stands there is no public key
        raise KeyDoesNotFit from None


def _boxed(round_key: bytes, data_key: bytes, bound: bytes) -> bytes:
    """A sealed box: half of a key pair that is forgotten at once, and what both halves hide."""
    once = X25519PrivateKey.generate()
    shared = once.exchange(X25519PublicKey.from_public_bytes(round_key))
    public = public_of(once)
    return public + _encrypt(_box_key(shared, public, round_key), data_key, bound)


def _unboxed(private_key: X25519PrivateKey, box: bytes, bound: bytes) -> bytes:
    public, sealed = box[:KEY_BYTES], box[KEY_BYTES:]
    shared = private_key.exchange(X25519PublicKey.from_public_bytes(public))
    return _decrypt(_box_key(shared, public, public_of(private_key)), sealed, bound)


def _box_key(shared: bytes, public: bytes, round_key: bytes) -> bytes:
    return _derived(shared, b"round", public + round_key)


def _bidder_key(service_key: bytes) -> bytes:
    if len(service_key) != KEY_BYTES:
        raise ValueError(f"a service key has {KEY_BYTES} bytes")
    return _derived(service_key, b"bidder", b"")


def _contents_key(data_key: bytes, bound: bytes) -> bytes:
    return _derived(data_key, b"contents", bound)


def _commitment(data_key: bytes, bound: bytes) -> bytes:
    return _derived(data_key, b"commitment", bound)


def _derived(key: bytes, purpose: bytes, about: bytes) -> bytes:
    """Another key for each purpose; the number is that of this way of sealing."""
    info = b"commonweal sealing 1\0" + purpose + b"\0" + about
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Raises InvalidTag, and ValueError where there are too few bytes for a nonce."""
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)

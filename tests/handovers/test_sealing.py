"""An envelope opens for its key, its bid and its version, unchanged, and for nothing else."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers.sealing import (
    KEY_BYTES,
    LENGTH,
    SEALED_BYTES,
    ContentsTooLong,
    Envelope,
    KeyDoesNotFit,
    Kind,
    ReceiptDiffers,
    SealBroken,
    Sealed,
    open_for_bidder,
    open_for_round,
    padded_bytes,
    public_of,
    seal,
)

SERVICE = bytes(range(KEY_BYTES))
ROUND = X25519PrivateKey.generate()
PUBLIC = public_of(ROUND)
BID = Sealed(1, 2, 3, Kind.BID)
WORDS = b"planted heliotrope 4711"
ELSEWHERE = [
    Sealed(9, 2, 3, Kind.BID),
    Sealed(1, 9, 3, Kind.BID),
    Sealed(1, 2, 9, Kind.BID),
    Sealed(1, 2, 3, Kind.DRAFT),
    Sealed(2, 1, 3, Kind.BID),
]


def an_envelope(contents: bytes = WORDS) -> Envelope:
    return seal(contents, BID, service_key=SERVICE, round_key=PUBLIC)


def kept(envelope: Envelope) -> bytes:
    return envelope.ciphertext + (envelope.for_bidder or b"") + (envelope.for_round or b"")


@given(st.binary(max_size=9000), st.sampled_from(ELSEWHERE))
def test_what_was_sealed_opens_for_the_bidder_and_for_the_round(
    contents: bytes, sealed: Sealed
) -> None:
    envelope = seal(contents, sealed, service_key=SERVICE, round_key=PUBLIC)

    assert open_for_bidder(envelope, envelope.receipt, sealed, SERVICE) == contents
    assert open_for_round(envelope, envelope.receipt, sealed, ROUND) == contents


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_an_envelope_that_was_moved_opens_for_nobody(elsewhere: Sealed) -> None:
    envelope = an_envelope()

    with pytest.raises(KeyDoesNotFit):
        open_for_bidder(envelope, envelope.receipt, elsewhere, SERVICE)
    with pytest.raises(KeyDoesNotFit):
        open_for_round(envelope, envelope.receipt, elsewhere, ROUND)


def test_another_key_opens_nothing_nor_does_one_that_was_not_given() -> None:
    envelope = an_envelope()
    without = Envelope(envelope.ciphertext, None, None)

    for each, service, private in (
        (envelope, bytes(KEY_BYTES), X25519PrivateKey.generate()),
        (envelope, b"short", X25519PrivateKey.generate()),
        (without, SERVICE, ROUND),
    ):
        with pytest.raises(KeyDoesNotFit):
            open_for_bidder(each, each.receipt, BID, service)
        with pytest.raises(KeyDoesNotFit):
            open_for_round(each, each.receipt, BID, private)


def test_every_byte_that_is_changed_is_refused_even_with_a_receipt_to_match() -> None:
    envelope = an_envelope()

    for at in range(len(envelope.ciphertext)):
        changed = replace(envelope, ciphertext=flipped(envelope.ciphertext, at))
        with pytest.raises(ReceiptDiffers):
            open_for_bidder(changed, envelope.receipt, BID, SERVICE)
        with pytest.raises(SealBroken):
            open_for_bidder(changed, changed.receipt, BID, SERVICE)


def test_every_byte_of_a_wrapped_key_that_is_changed_is_refused() -> None:
    envelope = an_envelope()
    assert envelope.for_bidder
    assert envelope.for_round

    for at in range(len(envelope.for_bidder)):
        changed = replace(envelope, for_bidder=flipped(envelope.for_bidder, at))
        with pytest.raises(KeyDoesNotFit):
            open_for_bidder(changed, envelope.receipt, BID, SERVICE)
    for at in range(len(envelope.for_round)):
        changed = replace(envelope, for_round=flipped(envelope.for_round, at))
        with pytest.raises(KeyDoesNotFit):
            open_for_round(changed, envelope.receipt, BID, ROUND)


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def test_the_keys_of_one_envelope_do_not_open_another_ciphertext() -> None:
    mixed = replace(an_envelope(), ciphertext=an_envelope(b"other").ciphertext)

    with pytest.raises(SealBroken):
        open_for_round(mixed, mixed.receipt, BID, ROUND)


def test_planted_words_and_keys_are_in_no_byte_that_is_kept_nor_in_what_is_shown() -> None:
    envelope = an_envelope()

    assert WORDS not in kept(envelope)
    assert SERVICE not in kept(envelope)
    assert ROUND.private_bytes_raw() not in kept(envelope)
    assert repr(envelope) == "Envelope()"


def test_the_same_contents_twice_have_nothing_in_common() -> None:
    one, other = an_envelope(), an_envelope()

    assert one.receipt != other.receipt
    assert one.ciphertext[:KEY_BYTES] != other.ciphertext[:KEY_BYTES]


def test_a_length_tells_only_its_class() -> None:
    assert padded_bytes(0) == padded_bytes(4096 - LENGTH.size) == 4096
    assert padded_bytes(4097 - LENGTH.size) == 8192
    assert padded_bytes(SEALED_BYTES.value) == 1 << 26
    assert len(kept(an_envelope(b""))) == len(kept(an_envelope(bytes(4088))))


def test_what_is_too_long_is_refused_and_what_is_sealed_for_nobody_is_a_defect() -> None:
    with pytest.raises(ContentsTooLong):
        an_envelope(bytes(SEALED_BYTES.value + 1))
    with pytest.raises(ValueError, match="for nobody"):
        seal(WORDS, BID, service_key=None, round_key=None)

"""An authenticator in software: it makes passkeys and signs with them, as a telephone does.

ES256 and "none" attestation, after Web Authentication, sections 6.1 (authenticator data), 6.5.1
(attested credential data) and 5.8.1 (client data). What it signs can be wrong in every way that a
test wants: the argument says which.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}===")


@dataclass
class Passkey:
    """One credential of an authenticator: what it would keep for itself, and for whom."""

    origin: str = ORIGIN
    number: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: str = ""  # whose it is, as the service names them
    uses: int = 0
    counts: bool = True  # whether it counts its uses

    def created(self, options: str, **wrong: Any) -> str:
        """What `navigator.credentials.create` gives, as JSON."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        x_y = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: x_y.x.to_bytes(32), -3: x_y.y.to_bytes(32)}
        attested = bytes(16) + len(self.number).to_bytes(2) + self.number + cbor2.dumps(key)
        data = self._data(asked["rp"]["id"], ATTESTED, wrong) + attested
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            clientDataJSON=self._client("webauthn.create", asked, wrong),
            attestationObject=cbor2.dumps(statement),
        )

    def signed(self, options: str, **wrong: Any) -> str:
        """What `navigator.credentials.get` gives, as JSON."""
        asked = json.loads(options)
        self.uses += self.counts
        client = self._client("webauthn.get", asked, wrong)
        data = self._data(asked["rpId"], 0, wrong)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=wrong.get("signature", signature),
            userHandle=bytes_of(wrong.get("handle", self.handle)),
        )

    def _client(self, kind: str, asked: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        said = {
            "type": wrong.get("kind", kind),
            "challenge": wrong.get("challenge", asked["challenge"]),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _data(self, host: str, more: int, wrong: dict[str, Any]) -> bytes:
        flags = more | PRESENT | (VERIFIED if wrong.get("verified", True) else 0)
        named = sha256(wrong.get("host", host).encode()).digest()
        uses: int = wrong.get("uses", self.uses)
        return named + bytes([flags]) + uses.to_bytes(4)

    def _answer(self, **response: bytes) -> str:
        number = text_of(self.number)
        texts = {name: text_of(value) for name, value in response.items()}
        whole = {"id": number, "rawId": number, "type": "public-key", "response": texts}
        return json.dumps(whole | {"clientExtensionResults": {}})

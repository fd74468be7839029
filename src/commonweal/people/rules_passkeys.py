"""Passkeys: what a browser is asked for, and which of them are refused. Pure.

The options are those of Web Authentication (W3C, levels 2 and 3, section 5) as JSON: a browser
reads them with `PublicKeyCredential.parseCreationOptionsFromJSON`. Whoever made a passkey proves
with it that they are there (a finger, a face, a PIN: user verification), and nobody else's page
can have it sign, for it holds for this service's host name alone.
"""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

PASSKEYS: Final = limit("passkeys of a person", 10, "passkeys", "each device, and keys in a drawer")
CHALLENGE_MINUTES: Final = limit(
    "what a passkey is to sign, good for", 5, "minutes", "finding the key in the drawer"
)
CREDENTIAL_CHARACTERS: Final = limit(
    "what a browser answers with a passkey", 10_000, "characters", "with certificates about 6,000"
)
MAX_CREDENTIAL_ID: Final = 1_364  # characters of base64url: the standard's 1,023 bytes
EDDSA, ES256, RS256 = -8, -7, -257  # as COSE numbers them: telephones, keys, Windows Hello


@fact
class PasskeyNotUsable(UserError):
    """Malformed, unknown, late, used, or of another page: all the same to whoever guesses."""

    says = "This passkey could not be used here. Begin again, or sign in by a code."


@fact
class PasskeyTaken(UserError):
    says = "This passkey is in use already. Sign in with it, or add another."


@fact
class PasskeyCopied(UserError):
    says = (
        "This passkey counts fewer uses than were seen of it: there may be a copy. "
        "Sign in by a code, remove it and add another."
    )


@fact
class TooManyPasskeys(UserError):
    says = "You have {most} passkeys. Remove one that you no longer use."
    most: int


def relying_party(public_url: str) -> tuple[str, str]:
    """The host name for which passkeys hold, and the origin that browsers give for its pages."""
    scheme, host = urlsplit(public_url.lower())[:2]
    origin = f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"
    return host.partition(":")[0], origin


def counts_on(before: int, now: int) -> bool:
    """Whether a count of uses is possible: it grows, or is always 0 where none is kept."""
    return now > before or before == now == 0


def creation_options(
    host: str, challenge: str, person: dict[str, str], known: Iterable[str]
) -> dict[str, Any]:
    """What to ask of a browser for a new passkey, unless its authenticator has one of `known`."""
    return {
        "rp": {"id": host, "name": "Commonweal"},
        "user": person,
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": n} for n in (EDDSA, ES256, RS256)],
        "timeout": CHALLENGE_MINUTES.value * 60_000,
        "excludeCredentials": [{"type": "public-key", "id": text} for text in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(host: str, challenge: str) -> dict[str, Any]:
    """What to ask of a browser for a signature by whichever passkey somebody chooses."""
    return {
        "rpId": host,
        "challenge": challenge,
        "timeout": CHALLENGE_MINUTES.value * 60_000,
        "allowCredentials": [],
        "userVerification": "required",
    }

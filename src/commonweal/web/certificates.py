"""`/certificates/CODE`: what a volunteer shows to others, and whether it stands, just now.

`/certificates/CODE.jwt` is the same as a signed record to keep (RFC 7519): whoever has the keys of
`/.well-known/jwks.json` verifies it without us. It says what was so when it was issued; whether it
is still so only the page says. The key is Ed25519 (RFC 8037, named as RFC 9864 does) and derived
from the service's own, so it is as old and as safe as that.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from commonweal.kernel.amounts import hours_text
from commonweal.kernel.calendar import civil_day
from commonweal.store.database import Database
from commonweal.store.keyed import digest
from commonweal.volunteering.linked import instant
from commonweal.volunteering.queries_recognition import certificate_of
from commonweal.volunteering.rules_recognition import borne_out, grouped

from .asgi import OVERLOADED, RETRY_SECONDS, error_body
from .one_click import page
from .statements import HEADERS as UNSTORED

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

ENDING: Final = ".jwt"
ALGORITHM: Final = "Ed25519"
HEADERS: Final = UNSTORED | {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"}
RECORD: Final = HEADERS | {"access-control-allow-origin": "*"}
KEYS: Final = {"cache-control": "public, max-age=3600", "access-control-allow-origin": "*"}
NO_SUCH: Final = page(
    "No such certificate", "<p>Nobody has a certificate with this code. Is it typed rightly?</p>"
)
WITHDRAWN: Final = page(
    "Withdrawn", "<p>Whose certificate this was has withdrawn it. It certifies nothing.</p>"
)
STANDS: Final = "It stands: so much is approved now."
FALLEN: Final = "It is no longer borne out: hours that it was issued for are approved no more."


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate, as `certificate_of` reads it; minutes."""

    code: str
    name: str
    organisation: str
    since: Any
    until: Any
    minutes: int
    shifts: int
    issued_at: Any
    revoked_at: Any
    approved: int

    @property
    def stands(self) -> bool:
        return self.revoked_at is None and borne_out(self.minutes, self.approved)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last, whatever the driver gives."""
        since, until = (date.fromisoformat(str(day)[:10]) for day in (self.since, self.until))
        return since, until


class Certificates:
    """The page, the record, and the keys. `database` is asked at each request for the open one."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    async def one(self, request: Request) -> Response:
        """A certificate to look at, or as a record; 404: nobody's; 410: one withdrawn."""
        given = request.path_params["code"]
        database = self._database()
        try:
            row = await certificate_of(database, grouped(given.removesuffix(ENDING)))
        except OVERLOADED as error:
            return _refused(503, error.code, error.message)
        shown = Shown(*row) if row else None
        if given.endswith(ENDING):
            return _record(database, shown)
        if shown is None or shown.revoked_at is not None:
            return HTMLResponse(WITHDRAWN if shown else NO_SUCH, 410 if shown else 404, HEADERS)
        return HTMLResponse(_page(database.public_url, shown), headers=HEADERS)

    async def keys(self, _request: Request) -> Response:
        """The public keys by which records are verified (RFC 7517)."""
        key = key_of(self._database())
        public = {**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}
        return JSONResponse({"keys": [public | {"kid": key.thumbprint()}]}, headers=KEYS)


def key_of(database: Database) -> "OKPKey":
    """The private key that signs records."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from joserfc.jwk import OKPKey

    seed = digest(database, "certificates", "Ed25519")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": _b64(seed), "x": _b64(public)})


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _record(database: Database, shown: Shown | None) -> Response:
    """Of a certificate that stands; what does not is signed no more."""
    from joserfc import jwt

    if shown is None:
        return _refused(404, "NOT_FOUND", "Nobody has a certificate with this code.")
    if not shown.stands:
        return _refused(410, "NO_LONGER_STANDS", "This certificate does not stand any more.")
    key, (since, until) = key_of(database), shown.days
    claims = {
        "iss": database.public_url,
        "sub": shown.code,
        "iat": int(instant(shown.issued_at).timestamp()),
        "name": shown.name,
        "organisation": shown.organisation,
        "minutes": shown.minutes,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    header = {"alg": ALGORITHM, "kid": key.thumbprint()}
    signed = jwt.encode(header, claims, key, algorithms=[ALGORITHM])
    return Response(signed, headers=RECORD, media_type="application/jwt")


def _page(base: str, shown: Shown) -> str:
    """To look at and to print: its own address is drawn on it."""
    import segno

    since, until = (f"{day.day} {day:%B %Y}" for day in shown.days)
    here = f"{base}/certificates/{shown.code}"
    issued = civil_day(instant(shown.issued_at))
    times = "once" if shown.shifts == 1 else f"{shown.shifts} times"
    who, whom = (f"<strong>{escape(each)}</strong>" for each in (shown.name, shown.organisation))
    facts = [
        f"{who} gave {hours_text(shown.minutes)} hours of their time to {whom}, {times},",
        f"from {since} to {until}.</p>",
        f'<p role="status">{STANDS if shown.stands else FALLEN}</p>',
        f"<p>Issued on {issued.day} {issued:%B %Y}, code {shown.code}.",
        f"Look again at {escape(here)}</p>",
    ]
    drawn = segno.make(here, error="m", micro=False).svg_inline(scale=4, light="white")
    return page("Certificate of time given", "\n".join(["<p>", *facts, drawn]))


def _refused(status: int, code: str, message: str) -> Response:
    headers = {**RECORD, **({"retry-after": RETRY_SECONDS} if status == 503 else {})}
    return Response(error_body(message, code=code), status, headers, media_type="application/json")

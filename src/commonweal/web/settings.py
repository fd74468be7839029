"""Settings: COMMONWEAL_… variables, each with a default that serves on one's own machine."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.clock import SYSTEM, Clock, FixedDay
from commonweal.kernel.errors import UserError, fact
from commonweal.store.contents import FOLDER
from commonweal.store.database import KEYS, PUBLIC_URL


@fact
class ProxyNotAnAddress(UserError):
    says = (
        "COMMONWEAL_PROXIES names addresses or networks, with commas between: 10.0.0.5,10.1.0.0/16 "
        "for one. {given} is neither."
    )
    given: str


class Settings(BaseSettings):
    """Read from the environment when a command starts."""

    model_config = SettingsConfigDict(env_prefix="COMMONWEAL_")

    database_url: str = Field(
        "sqlite:.data/commonweal.db",
        description="`sqlite:PATH`, or `postgresql://USER:PASSWORD@HOST/DATABASE` with PostGIS.",
    )
    service_role: str | None = Field(
        None,
        description="On PostgreSQL, the role that the service runs as, if another one migrates: "
        "`commonweal migrate` lets it read and write, and only add to what is append-only.",
    )
    files: Path = Field(
        FOLDER, description="The folder of what was uploaded; back it up with the database."
    )
    keys: Path = Field(
        KEYS,
        description="The folder of the keys that open sealed bids: outside of the database's "
        "backups, with a backup of its own. Without it no bid can be opened.",
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Names, with commas between, by which clients may call the service.",
    )
    public_url: str = Field(
        PUBLIC_URL,
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
        description="Where people reach the service, without a path: `https://example.org`. "
        "Passkeys hold for its host name, and none for another.",
    )
    introspection: bool = Field(
        True, description="Whether clients may ask for the schema; it is public anyway."
    )
    operations: Path | None = Field(
        None,
        description="A folder of .graphql files: operations that clients may ask for by their hash "
        "(SHA-256 of the file) at any time.",
    )
    only_persisted: bool = Field(
        False, description="Answer only the operations of that folder, for an app of one's own."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Where mail is handed to: `smtp://USER:PASSWORD@HOST:587` (STARTTLS if "
        "offered; with a password always) or `smtps://USER:PASSWORD@HOST:465`. Without it "
        "messages are kept, and nobody can sign in by mail.",
    )
    mail_from: str | None = Field(
        None, description="From whom mail comes: `Commonweal <post@example.org>`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error; at info a line for each request."
    )
    log_format: Literal["auto", "json", "pretty"] = Field(
        "auto", description="`json` or `pretty`; `auto` is pretty on a terminal."
    )
    rates: str = Field(
        "memory",
        pattern=r"^(memory|off|rediss?://\S+)$",
        description="Where requests are counted: `memory` (each process its own), `off` (not at "
        "all), or `redis://HOST:6379`, for which the Python package redis must be installed.",
    )
    proxies: str | None = Field(
        None,
        description="Addresses or networks, with commas between, of the proxies in front: only "
        "their X-Forwarded-For is believed. Without it all who come by a proxy count as one.",
    )
    metrics: Literal["off", "local", "all"] = Field(
        "local",
        description="Who may read /metrics: nobody (`off`), processes of this machine (`local`), "
        "or `all` who reach the service. A proxy in front should not hand the path on.",
    )
    stop_seconds: float = Field(
        0,
        ge=0,
        le=300,
        description="How long /readyz says that the service is stopping before it stops.",
    )

    # No variable turns it on: whoever can read it can sign in as anybody.
    outbox: ClassVar[bool] = False

    @property
    def hosts(self) -> list[str]:
        return names_in(self.allowed_hosts)

    @property
    def networks_of_proxies(self) -> list[str]:
        """As 10.1.0.0/16. Raises ProxyNotAnAddress: also for `*`, or anybody would be a proxy."""
        return [network_of(given) for given in names_in(self.proxies or "")]


def names_in(text: str) -> list[str]:
    """What stands between its commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def network_of(given: str) -> str:
    try:
        return str(ip_network(given, strict=False))
    except ValueError:
        raise ProxyNotAnAddress(given) from None


def clock_of(today: date | None) -> Clock:
    """The machine's clock, or one on which today is another day."""
    return SYSTEM if today is None else FixedDay(today, CIVIL_ZONE)

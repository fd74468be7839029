"""Settings: COMMONWEAL_… variables, each with a default that serves on one's own machine."""

from datetime import date

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.kernel.clock import SYSTEM, Clock, FixedDay


class Settings(BaseSettings):
    """Read from the environment when a command starts."""

    model_config = SettingsConfigDict(env_prefix="COMMONWEAL_")

    database_url: str = Field(
        "sqlite:.data/commonweal.db",
        description="`sqlite:PATH`, or `postgresql://USER:PASSWORD@HOST/DATABASE` with PostGIS.",
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Names, with commas between, by which clients may call the service.",
    )
    introspection: bool = Field(
        True, description="Whether clients may ask for the schema; it is public anyway."
    )
    log_level: str = Field("info", description="debug, info, warning or error.")

    @property
    def hosts(self) -> list[str]:
        return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]


def clock_of(today: date | None) -> Clock:
    """The machine's clock, or one on which today is another day."""
    return SYSTEM if today is None else FixedDay(today, CIVIL_ZONE)

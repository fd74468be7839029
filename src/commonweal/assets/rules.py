"""What may happen to an asset, and why not. Pure: imports the kernel only.

The states are the beginning of community asset transfer (design note: assets, 2.1); rounds and
bids continue from `listed`. To let people do more: a move here (or a pure rule with its refusal),
an action in `actions.py`, a `Command` in `schema.py`, a row in `commonweal/access.py`.
"""

from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.lifecycle import Lifecycle, Move

MAX_KEY: Final = 200  # characters of a reference by which it is found; an index takes no more


class AssetState(StrEnum):
    """Where an asset stands between its council and a community."""

    HELD = "held"
    LISTED = "listed"


class Tenure(StrEnum):
    """The council's own interest."""

    FREEHOLD = "FREEHOLD"
    LEASEHOLD = "LEASEHOLD"
    OTHER = "OTHER"
    NOT_LAND = "NOT_LAND"  # a chattel
    UNKNOWN = "UNKNOWN"


class Occupation(StrEnum):
    """Who uses it, by the Code's list for freehold and leasehold assets."""

    OCCUPIED_BY_COUNCIL = "OCCUPIED_BY_COUNCIL"
    LEASEHOLD = "LEASEHOLD"
    GROUND_LEASEHOLD = "GROUND_LEASEHOLD"
    SUB_LEASEHOLD = "SUB_LEASEHOLD"
    LICENCE = "LICENCE"
    VACANT = "VACANT"
    UNKNOWN = "UNKNOWN"


class AssetCategory(StrEnum):
    """A coarse kind, for browsing."""

    ALLOTMENT = "ALLOTMENT"
    CAR_PARK = "CAR_PARK"
    CEMETERY = "CEMETERY"
    COMMERCIAL = "COMMERCIAL"
    COMMUNITY_BUILDING = "COMMUNITY_BUILDING"
    CULTURAL = "CULTURAL"
    DEPOT = "DEPOT"
    EDUCATION = "EDUCATION"
    FARMLAND = "FARMLAND"
    HIGHWAY = "HIGHWAY"
    HOUSING = "HOUSING"
    INDUSTRIAL = "INDUSTRIAL"
    LAND = "LAND"
    NOT_LAND = "NOT_LAND"
    OFFICE = "OFFICE"
    OPEN_SPACE = "OPEN_SPACE"
    OTHER = "OTHER"
    PARK = "PARK"
    PLAYGROUND = "PLAYGROUND"
    PUBLIC_TOILET = "PUBLIC_TOILET"
    SOCIAL_CARE = "SOCIAL_CARE"
    SPORT = "SPORT"


ASSET: Final = Lifecycle(
    noun="asset",
    states=tuple(s.value for s in AssetState),
    initial="held",
    moves=(
        Move("publish", "held", to="listed", says="an officer offers it for transfer"),
        Move("withdraw", "listed", to="held", says="an officer takes the offer back"),
        Move("close", "listed", to="held", says="the closing day of its listing is over"),
    ),
)


@fact
class NotListable(UserError):
    says = "{name} is not land or a building ({reason}): it can be kept here, but never listed."
    name: str
    reason: str


@fact
class AlreadyImported(UserError):
    says = "This very file was imported before, on {imported_on}: nothing was changed."
    imported_on: str


def check_listable(name: str, not_land_reason: str | None) -> None:
    """Raises NotListable: a chattel, a painting or a mace is not for a community to take over."""
    if not_land_reason is not None:
        raise NotListable(name, not_land_reason)


def reference_key(reference: str) -> str:
    """What a council's own reference is found by, in any case."""
    return reference.casefold()[:MAX_KEY]

"""What areas and places are, and the limits of asking for them. Pure."""

from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.texts import seen

MAX_RADIUS_METRES: Final = 1_000_000  # the length of Great Britain; a larger circle is a mistake
DEFAULT_RADIUS_METRES: Final = 10_000  # half an hour by bicycle

MAX_NAME: Final = 200  # characters; the longest name of a place here has 58


class AreaKind(StrEnum):
    """A kind of area, by who answers for it."""

    COUNCIL = "COUNCIL"
    WARD = "WARD"
    PARISH = "PARISH"


class PlaceKind(StrEnum):
    """A kind of gazetteer entry."""

    OUTCODE = "OUTCODE"  # a postcode district, "GL50"
    POSTCODE = "POSTCODE"
    TOWN = "TOWN"
    VILLAGE = "VILLAGE"


@fact
class RadiusOutOfRange(UserError):
    says = "`withinMetres` must be more than 0 and at most {most}; it was {metres:.10g}."
    most: int
    metres: float


@fact
class NearNeedsOnePlace(UserError):
    says = "Give `near` either a place, or a longitude and a latitude."


@fact
class BoxUpsideDown(UserError):
    says = "The box's south, {south:.10g}, must be less than its north, {north:.10g}."
    south: float
    north: float


@fact
class BoxWithoutWidth(UserError):
    says = (
        "The box has no width: its west, {west:.10g}, and its east, {east:.10g}, are one meridian."
    )
    west: float
    east: float


@fact
class NotAnArea(UserError):
    says = "{given} is not an area's id: take one that `areas` gives, as are_0c1n2h5xjz3qk."
    given: str


@fact
class CouncilUnknown(UserError):
    says = (
        "There is no council {council} here. Import its area first, `commonweal import areas FILE "
        "--kind council`, or make it of its wards with --council {council} --council-name NAME."
    )
    council: str


@fact
class LicenceTooLong(UserError):
    says = "The name of a licence has at most {most} characters; this one has {characters}."
    most: int
    characters: int


def checked_licence(name: str) -> str:
    """The name in one line, as exports print it. Raises LicenceTooLong."""
    shown = seen(name)
    if len(shown) > MAX_NAME:
        raise LicenceTooLong(MAX_NAME, len(shown))
    return shown


def checked_radius(metres: float) -> float:
    """Raises RadiusOutOfRange, also for what is not a number."""
    if not 0 < metres <= MAX_RADIUS_METRES:  # false for NaN too
        raise RadiusOutOfRange(MAX_RADIUS_METRES, metres).at("near", "withinMetres")
    return metres

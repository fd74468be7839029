"""What may happen to an asset, and why not. Pure: imports the kernel only.

The states are the beginning of community asset transfer (design note: assets, 2.1); rounds and
bids continue from `listed`. A register that comes again only proposes (6.30: import never
deletes); an officer accepts or refuses. To let people do more: a move here (or a pure rule with
its refusal), an action in `actions.py`, a `Command` in `schema.py`, a row in `access`.
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
    HANDED_OVER = "handed"  # a community has it, or runs it; the council's register keeps it
    FORMER = "former"  # in no register any more; kept with all that was ever known of it


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
        Move("hand_over", "held", to="handed", says="a group has the keys"),
        Move("take_back", "handed", to="held", says="the term is over, or was not kept"),
        Move("retire", "held", to="former", says="an officer accepts that it is in no register"),
        Move("restore", "former", to="held", says="an officer accepts that it is back in one"),
    ),
)


class RegisterState(StrEnum):
    """How far a register has come in."""

    READ = "read"
    ACCEPTED = "accepted"
    IMPORTED = "imported"
    FAILED = "failed"
    DISCARDED = "discarded"


REGISTER: Final = Lifecycle(
    noun="register",
    states=tuple(s.value for s in RegisterState),
    initial="read",
    moves=(
        Move("read", "read", "failed", to="read", says="its columns are mapped otherwise"),
        Move("accept", "read", to="accepted", says="an officer accepts how it was read"),
        Move("import", "accepted", to="imported", says="its rows are kept, and propose"),
        Move("fail", "accepted", to="failed", says="it was refused, as its failure says"),
        Move(
            "discard",
            "read",
            "accepted",  # its job may have failed for good
            "failed",
            to="discarded",
            says="an officer leaves it",
        ),
    ),
)


class ProposalKind(StrEnum):
    """What a register that came again says of an asset."""

    CHANGE = "CHANGE"  # a row speaks of it, with other values; a new code is one of them
    NEW = "NEW"  # a row speaks of what nobody knows
    MISSING = "MISSING"  # no row speaks of it
    SPLIT = "SPLIT"  # a further row speaks of the place that it held alone
    MERGE = "MERGE"  # no row speaks of it, and another's row has taken up its place and name


class ProposalState(StrEnum):
    """Whether an officer has decided."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


PROPOSAL: Final = Lifecycle(
    noun="proposal",
    states=tuple(s.value for s in ProposalState),
    initial="open",
    moves=(
        Move("accept", "open", to="accepted", says="an officer makes it so"),
        Move("refuse", "open", to="refused", says="an officer leaves the asset as it is"),
        Move("supersede", "open", to="superseded", says="a later register speaks of the same"),
    ),
)


class MatchReason(StrEnum):
    """Why a row is taken to speak of an asset, the surest first."""

    CODE = "CODE"
    CODE_PART = "CODE_PART"
    UPRN_AND_PLACE = "UPRN_AND_PLACE"
    NAME_AND_PLACE = "NAME_AND_PLACE"


REASONS: Final = {
    MatchReason.CODE: "its code is the same, in whatever case",
    MatchReason.CODE_PART: "the leading part of its code is the same",
    MatchReason.UPRN_AND_PLACE: "its UPRN and place are the same",
    MatchReason.NAME_AND_PLACE: "its name and place agree",
}
SAYINGS: Final = {
    ProposalKind.CHANGE: "A row speaks of this asset with other values",
    ProposalKind.NEW: "A row speaks of what is not known here",
    ProposalKind.MISSING: "No row of the register speaks of this asset any more",
    ProposalKind.SPLIT: "A further row speaks of the place that this asset held alone",
    ProposalKind.MERGE: "No row speaks of this asset, and another's row has taken up its place",
}


def in_words(kind: ProposalKind, reason: MatchReason | None, score: int | None) -> str:
    """A proposal, for an officer: what is proposed, why, and how sure that is."""
    because = f": {REASONS[reason]}" if reason else ""
    sure = "" if score is None else f". {score // 100} % of what both say agrees"
    return f"{SAYINGS[kind]}{because}{sure}."


@fact
class NotListable(UserError):
    says = "{name} is not land or a building ({reason}): it can be kept here, but never listed."
    name: str
    reason: str


@fact
class AlreadyImported(UserError):
    says = "This very file was imported before, on {imported_on}: nothing was changed."
    imported_on: str


@fact
class AnotherCouncilsRegister(UserError):
    says = "This looks like the register of {likely}, not of {council}: {because}."
    council: str
    likely: str  # "Tewkesbury", or "another council" where none that is known fits
    because: str
    located_rows: int
    rows_outside: int


@fact
class ProposalOutdated(UserError):
    says = (
        "Since this was proposed {field} became {now!r}, where it was {before!r}. Refuse it, or "
        "import the register again."
    )
    field: str
    before: str
    now: str


def check_listable(name: str, not_land_reason: str | None) -> None:
    """Raises NotListable: a chattel, a painting or a mace is not for a community to take over."""
    if not_land_reason is not None:
        raise NotListable(name, not_land_reason)


def reference_key(reference: str) -> str:
    """What a council's own reference is found by, in any case."""
    return reference.casefold()[:MAX_KEY]

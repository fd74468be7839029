"""Who may do what: the one permission table, default deny.

Three literal tables: the operations, whose rows of a kind exist for a viewer, and the fields that
not everybody sees. Building the schema fails when an operation or a kind has no row here, or a
row has none of them; `schema/permissions.md` is printed from here. Rules speak of a row's
*standing* by name (`council`, `open`); each kind says in its `queries.py` which columns those are.
What a rule means in SQL stands in `graph/visibility.py`, for queries and mutations alike.
This module knows neither the API's types nor any row.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `name` is an id, never a person's name: the audit keeps it for ever.

    `councils` are those in whose office they act.
    """

    id: int | None = None
    name: str = "anonymous"
    councils: tuple[int, ...] = ()

    @property
    def signed_in(self) -> bool:
        return self.id is not None


ANONYMOUS: Final = Viewer()


class Rule:
    """A condition on a viewer and a row's standing."""

    def __or__(self, other: "Rule") -> "Rule":
        return Either(self, other)


@dataclass(frozen=True)
class Anyone(Rule):
    def __str__(self) -> str:
        return "anyone"


@dataclass(frozen=True)
class SignedIn(Rule):
    def __str__(self) -> str:
        return "anyone signed in"


@dataclass(frozen=True)
class OfficerOf(Rule):
    """An officer of the council that the row's standing names."""

    standing: str

    def __str__(self) -> str:
        return f"an officer of its {self.standing}"


@dataclass(frozen=True)
class Owner(Rule):
    """Who brought it, as the row's standing says."""

    standing: str

    def __str__(self) -> str:
        return f"its {self.standing}"


@dataclass(frozen=True)
class When(Rule):
    """Anyone, of rows whose standing says so."""

    standing: str

    def __str__(self) -> str:
        return f"anyone, when it is {self.standing}"


@dataclass(frozen=True)
class Either(Rule):
    one: Rule
    other: Rule

    def __str__(self) -> str:
        return f"{self.one}; or {self.other}"


anyone: Final = Anyone()
officer_of_council: Final = OfficerOf("council")
owner: Final = Owner("owner")

OPERATIONS: Final[dict[str, Rule]] = {
    "Query.area": anyone,
    "Query.areas": anyone,
    "Query.asset": anyone,
    "Query.assets": anyone,
    "Query.file": anyone,
    "Query.clusters": anyone,
    "Query.listing": anyone,
    "Query.node": anyone,
    "Query.place": anyone,
    "Query.places": anyone,
    "Query.register": anyone,
    "Query.registers": anyone,
    "Query.search": anyone,
    "Mutation.acceptProposal": officer_of_council,
    "Mutation.acceptProposals": officer_of_council,
    "Mutation.acceptRegister": officer_of_council,
    "Mutation.discardRegister": officer_of_council,
    "Mutation.publishListing": officer_of_council,
    "Mutation.readRegister": officer_of_council,
    "Mutation.refuseProposal": officer_of_council,
    "Mutation.refuseProposals": officer_of_council,
    "Mutation.withdrawListing": officer_of_council,
    "Subscription.listingChanged": anyone,
}

KINDS: Final[dict[str, Rule]] = {
    "Area": anyone,
    "Asset": anyone,  # a council's register is published: Transparency Code 2015
    "Proposal": officer_of_council,  # names what is not decided yet, and who decided
    "RegisterFile": When("imported") | officer_of_council,
    "RegisterRow": anyone,
    "AssetValue": anyone,
    "Change": anyone,  # reached only through a subject's own private field
    "File": When("public") | owner,
    "Listing": When("open") | officer_of_council,
    "ListingChange": anyone,  # that it changed, by its id; what it is now, Listing decides
    "Opening": anyone,
    "Place": anyone,
    "PlaceMatch": anyone,
}

FIELDS: Final[dict[str, Rule]] = {
    "Asset.history": officer_of_council,  # names the officers who acted
}


def permissions_table() -> str:
    """The tables as Markdown, for schema/permissions.md."""
    parts = ["# Who may do what", ""]
    for title, rules in (
        ("Operation", OPERATIONS),
        ("Rows of this kind exist for", KINDS),
        ("Private field", FIELDS),
    ):
        parts += [f"| {title} | who |", "|---|---|"]
        parts += [f"| `{name}` | {rule} |" for name, rule in sorted(rules.items())]
        parts.append("")
    return "\n".join(parts)

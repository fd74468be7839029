"""Who asks, what a token is good for, and the conditions that the table is made of.

A rule speaks of a row's *standing* by name; each kind says in its `queries.py` which columns those
are, and `graph/visibility.py` what a rule means in SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in an organisation."""

    OWNER = "OWNER"
    COORDINATOR = "COORDINATOR"
    TREASURER = "TREASURER"
    TILL = "TILL"
    ASSESSOR = "ASSESSOR"
    OFFICER = "OFFICER"  # of a council: acts in its areas
    MEMBER = "MEMBER"  # belongs to it, and has no office


class Scope(StrEnum):
    """What a token is good for. Who signed in themselves may do all that they may do."""

    ACCOUNT = "ACCOUNT"  # signing in, tokens, erasure: no token is ever good for it
    PERSONAL = "PERSONAL"  # what is mine, and what I take part in
    WALLET = "WALLET"  # giving credits away: of no hand that acts for somebody
    ORGANISATIONS = "ORGANISATIONS"
    ASSETS = "ASSETS"  # registers and listings, for officers
    SAFETY = "SAFETY"  # hiding and restoring, for officers
    CREDITS = "CREDITS"  # schemes and pots, for officers and who grants from one
    LEDGER = "LEDGER"  # reading all accounts and transfers: of auditors' tokens, and of no other


GRANTABLE: Final = (
    *(Scope.PERSONAL, Scope.WALLET, Scope.ORGANISATIONS, Scope.ASSETS, Scope.CREDITS, Scope.SAFETY),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `name` is an id, never a person's name: the audit keeps it for ever.

    `id` is the person's, or the token's where no person stands behind it; `posts` are all roles
    that they have in organisations, whatever their token is good for: only `organisations` goes by
    that. `councils` are the areas in whose office they act, cut by what it is good for. `scopes`
    are their token's, None where they signed in themselves, or nobody did. `address` is where they
    ask from.
    """

    id: int | None = None
    name: str = "anonymous"
    councils: tuple[int, ...] = ()
    posts: tuple[tuple[int, Role], ...] = ()
    scopes: frozenset[Scope] | None = None
    token_id: int | None = None
    address: str = ""

    @property
    def signed_in(self) -> bool:
        return self.id is not None

    @property
    def own_id(self) -> int | None:
        """Whose own affairs they may see: nobody's, with a token that is not good for them."""
        return self.id if self.good_for(Scope.PERSONAL) else None

    @property
    def audits(self) -> bool:
        """Whether they ask with an auditor's token: signing in makes nobody an auditor."""
        return self.scopes is not None and Scope.LEDGER in self.scopes

    def good_for(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes

    @property
    def belongs(self) -> list[int]:
        """The organisations that are their own: nobody judges those, by no token either."""
        return [organisation for organisation, _ in self.posts]

    def organisations(self, roles: Iterable[Role]) -> list[int]:
        """Those in which they have one of these roles, with a token that is good for that."""
        if not any(map(self.good_for, (Scope.PERSONAL, Scope.ORGANISATIONS, Scope.CREDITS))):
            return []
        return [organisation for organisation, role in self.posts if role in roles]


ANONYMOUS: Final = Viewer()


class Rule:
    """A condition on a viewer and a row's standing."""

    def __or__(self, other: "Rule") -> "Rule":
        return Either(self, other)

    def __and__(self, other: "Rule") -> "Rule":
        return Both(self, other)


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
    """An officer of the council that the row's standing names, with what is good for this."""

    standing: str
    scope: Scope | None = None

    def __str__(self) -> str:
        scope = f" (a token's scope: {self.scope})" if self.scope else ""
        return f"an officer of its {self.standing}{scope}"


@dataclass(frozen=True)
class Owner(Rule):
    """Who brought it, as the row's standing says."""

    standing: str

    def __str__(self) -> str:
        return f"its {self.standing}"


@dataclass(frozen=True)
class Oneself(Rule):
    """The person whom the row's standing names, with what is good for their own affairs.

    The standing may name several, as a select of their ids.
    """

    standing: str

    def __str__(self) -> str:
        return f"its {self.standing} themselves"


@dataclass(frozen=True)
class MemberOf(Rule):
    """Whoever has one of these roles in an organisation that the row's standing names.

    The standing may name several, as a select of their ids.
    """

    standing: str
    roles: tuple[Role, ...]

    def __str__(self) -> str:
        if self.roles == tuple(Role):
            return f"a member of its {self.standing}"
        *most, last = (role.lower() for role in self.roles)
        named = f"{', '.join(most)} or {last}" if most else last
        return f"an {named} of its {self.standing}"


@dataclass(frozen=True)
class Impartial(Rule):
    """Who is neither the subject that the row's standing names nor belongs to it.

    The standing may name several, as a select of their ids.
    """

    standing: str

    def __str__(self) -> str:
        return f"nobody of its {self.standing}"


@dataclass(frozen=True)
class Auditor(Rule):
    """Whoever has a token for auditors, which whoever runs the service makes."""

    def __str__(self) -> str:
        return "an auditor"


@dataclass(frozen=True)
class When(Rule):
    """Anyone, of rows whose standing says so."""

    standing: str

    def __str__(self) -> str:
        return f"anyone, when it is {self.standing}"


@dataclass(frozen=True)
class Both(Rule):
    one: Rule
    other: Rule

    def __str__(self) -> str:
        return f"{self.one}, but {self.other}"


@dataclass(frozen=True)
class Either(Rule):
    one: Rule
    other: Rule

    def __str__(self) -> str:
        return f"{self.one}; or {self.other}"

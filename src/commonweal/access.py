"""Who may do what: the one permission table, default deny.

Literal tables: the mutations, each with the scope that a token needs for it; the questions; whose
rows of a kind exist for a viewer; and the fields that not everybody sees. Building the schema fails
for an operation or a kind without a line here, and for a line here without its operation or kind;
`schema/permissions.md` is printed from here. Rules speak of a row's *standing* by name (`council`,
`open`); each kind says in its `queries.py` which columns those are. What a rule means in SQL stands
in `graph/visibility.py`, for queries and mutations alike. This module knows neither the API's types
nor any row.
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
    ORGANISATIONS = "ORGANISATIONS"
    ASSETS = "ASSETS"  # registers and listings, for officers
    SAFETY = "SAFETY"  # hiding and restoring, for officers
    LEDGER = "LEDGER"  # reading all accounts and transfers: of auditors' tokens, and of no other


GRANTABLE: Final = (Scope.PERSONAL, Scope.ORGANISATIONS, Scope.ASSETS, Scope.SAFETY)


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
        if not (self.good_for(Scope.PERSONAL) or self.good_for(Scope.ORGANISATIONS)):
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
    """Who is neither the subject that the row's standing names nor belongs to it."""

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


anyone: Final = Anyone()
signed_in: Final = SignedIn()
officer_of_council: Final = OfficerOf("council")
owner: Final = Owner("owner")
auditor: Final = Auditor()
oneself: Final = Oneself("person")
adult: Final = Oneself("adults")
member: Final = MemberOf("organisation", tuple(Role))
owner_of_organisation: Final = MemberOf("organisation", (Role.OWNER,))
coordinator: Final = MemberOf("organisation", (Role.OWNER, Role.COORDINATOR))
registrar: Final = MemberOf("registrar", (Role.OWNER, Role.COORDINATOR))

# What makes a session, a token or a guardian, or erases somebody, is ACCOUNT: no program does that.
# So it is to accept a household's invitation; to decline or withdraw one makes nobody a guardian.
MUTATIONS: Final[dict[str, tuple[Rule, Scope]]] = {
    "Mutation.acceptHouseholdInvitation": (Oneself("invitee"), Scope.ACCOUNT),
    "Mutation.acceptInvitation": (Oneself("invitee"), Scope.PERSONAL),
    "Mutation.acceptProposal": (officer_of_council, Scope.ASSETS),
    "Mutation.acceptProposals": (officer_of_council, Scope.ASSETS),
    "Mutation.acceptRegister": (officer_of_council, Scope.ASSETS),
    "Mutation.actFor": (registrar, Scope.ACCOUNT),
    "Mutation.addChild": (adult, Scope.ACCOUNT),
    "Mutation.addPasskey": (signed_in, Scope.ACCOUNT),
    "Mutation.appeal": (coordinator | OfficerOf("publisher"), Scope.ORGANISATIONS),
    "Mutation.beginPasskey": (signed_in, Scope.ACCOUNT),
    "Mutation.beginPasskeySignIn": (anyone, Scope.ACCOUNT),
    "Mutation.blockPerson": (signed_in, Scope.PERSONAL),
    "Mutation.changeEmail": (signed_in, Scope.ACCOUNT),
    "Mutation.claimAccount": (anyone, Scope.ACCOUNT),
    "Mutation.createAccessToken": (signed_in, Scope.ACCOUNT),
    "Mutation.decideAppeal": (officer_of_council, Scope.SAFETY),
    "Mutation.decideReport": (officer_of_council, Scope.SAFETY),
    "Mutation.declineHouseholdInvitation": (Oneself("invitee"), Scope.PERSONAL),
    "Mutation.declineInvitation": (Oneself("invitee"), Scope.PERSONAL),
    "Mutation.declineOrganisation": (officer_of_council, Scope.ORGANISATIONS),
    "Mutation.deleteSearch": (oneself, Scope.PERSONAL),
    "Mutation.discardRegister": (officer_of_council, Scope.ASSETS),
    "Mutation.endOrganisation": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.eraseChild": (adult, Scope.ACCOUNT),
    "Mutation.eraseMe": (signed_in, Scope.ACCOUNT),
    "Mutation.erasePerson": (registrar, Scope.ACCOUNT),
    "Mutation.forgetHome": (signed_in, Scope.ACCOUNT),
    "Mutation.formConsortium": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.foundHousehold": (signed_in, Scope.PERSONAL),
    "Mutation.foundOrganisation": (signed_in, Scope.ORGANISATIONS),
    "Mutation.giveConsent": (adult, Scope.ACCOUNT),
    "Mutation.handOverCouncil": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.handOverLead": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.handOverOrganisation": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.hideListing": (officer_of_council, Scope.SAFETY),
    "Mutation.hideOrganisation": (officer_of_council, Scope.SAFETY),
    "Mutation.inviteAdult": (adult, Scope.ACCOUNT),
    "Mutation.inviteMember": (coordinator, Scope.ORGANISATIONS),
    "Mutation.invitePartner": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.joinConsortium": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.keepCouncil": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.leaveConsortium": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.leaveHousehold": (adult, Scope.ACCOUNT),
    "Mutation.leaveOrganisation": (member, Scope.PERSONAL),
    "Mutation.printCard": (registrar, Scope.ACCOUNT),
    "Mutation.printGrownCard": (adult, Scope.ACCOUNT),
    "Mutation.publishListing": (officer_of_council, Scope.ASSETS),
    "Mutation.readChecks": (coordinator, Scope.ORGANISATIONS),
    "Mutation.readRegister": (officer_of_council, Scope.ASSETS),
    "Mutation.recordCheck": (coordinator, Scope.ORGANISATIONS),
    "Mutation.refuseProposal": (officer_of_council, Scope.ASSETS),
    "Mutation.refuseProposals": (officer_of_council, Scope.ASSETS),
    "Mutation.registerPerson": (coordinator, Scope.ACCOUNT),
    "Mutation.removeMember": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.removePasskey": (oneself, Scope.ACCOUNT),
    "Mutation.renameSearch": (oneself, Scope.PERSONAL),
    "Mutation.report": (signed_in, Scope.PERSONAL),
    "Mutation.requestEmailCode": (signed_in, Scope.ACCOUNT),
    "Mutation.requestErasureCode": (signed_in, Scope.ACCOUNT),
    "Mutation.requestSignInCode": (anyone, Scope.ACCOUNT),
    "Mutation.restoreListing": (officer_of_council, Scope.SAFETY),
    "Mutation.restoreOrganisation": (officer_of_council, Scope.SAFETY),
    "Mutation.reviewChild": (adult, Scope.ACCOUNT),
    "Mutation.reviseMe": (signed_in, Scope.ACCOUNT),
    "Mutation.reviseOrganisation": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.revokeAccessToken": (oneself, Scope.ACCOUNT),
    "Mutation.revokeConsent": (adult, Scope.ACCOUNT),
    "Mutation.saveSearch": (signed_in, Scope.PERSONAL),
    "Mutation.setAlert": (oneself, Scope.PERSONAL),
    "Mutation.setHome": (signed_in, Scope.ACCOUNT),
    "Mutation.signIn": (anyone, Scope.ACCOUNT),
    "Mutation.signInWithPasskey": (anyone, Scope.ACCOUNT),
    "Mutation.signOut": (signed_in, Scope.PERSONAL),
    "Mutation.takeOverCouncil": (owner_of_organisation, Scope.ORGANISATIONS),
    "Mutation.unblockPerson": (oneself, Scope.PERSONAL),
    "Mutation.verifyOrganisation": (officer_of_council, Scope.ORGANISATIONS),
    "Mutation.withdrawCheck": (coordinator, Scope.ORGANISATIONS),
    "Mutation.withdrawHouseholdInvitation": (adult, Scope.PERSONAL),
    "Mutation.withdrawInvitation": (coordinator, Scope.ORGANISATIONS),
    "Mutation.withdrawListing": (officer_of_council, Scope.ASSETS),
}

QUESTIONS: Final = (  # anybody may ask them: KINDS says who is shown which rows
    "Query.appeals",
    "Query.area",
    "Query.areas",
    "Query.asset",
    "Query.assets",
    "Query.clusters",
    "Query.file",
    "Query.holidays",
    "Query.ledgerAccount",
    "Query.ledgerAccounts",
    "Query.ledgerDays",
    "Query.ledgerTransfer",
    "Query.ledgerTransfers",
    "Query.listing",
    "Query.me",
    "Query.node",
    "Query.organisation",
    "Query.organisations",
    "Query.place",
    "Query.places",
    "Query.register",
    "Query.registers",
    "Query.reports",
    "Query.search",
    "Query.whatIf",
    "Subscription.listingChanged",
)

OPERATIONS: Final[dict[str, Rule]] = {
    **dict.fromkeys(QUESTIONS, anyone),
    **{name: rule for name, (rule, _) in MUTATIONS.items()},
}
SCOPES: Final = {name: scope for name, (_, scope) in MUTATIONS.items()}

KINDS: Final[dict[str, Rule]] = {
    "AccessToken": oneself,
    "AreaServed": anyone,
    "Appeal": coordinator | officer_of_council,
    "Area": anyone,
    "Asset": anyone,  # a council's register is published: Transparency Code 2015
    "AssetValue": anyone,
    "Block": oneself,
    "Change": anyone,  # reached only through a subject's own private field
    "Check": oneself | coordinator,
    "CheckReading": oneself | Oneself("reader"),
    "Child": adult,
    "Consent": adult,
    "File": When("public") | owner,
    "Hiding": coordinator | officer_of_council,
    "Holiday": anyone,
    "Household": adult,
    "HouseholdInvitation": Oneself("invitee") | adult,
    "Invitation": Oneself("invitee") | coordinator,
    "LedgerAccount": auditor,
    "LedgerDay": anyone,
    "LedgerHold": auditor,
    "LedgerMovement": auditor,
    "LedgerTransfer": auditor,
    "Listing": When("open") | officer_of_council,
    "ListingChange": anyone,  # that it changed, by its id; what it is now, Listing decides
    "Me": oneself,
    "Membership": oneself | member,
    "Opening": anyone,
    "Organisation": When("shown") | member | officer_of_council,
    "Partner": When("joined") | member | MemberOf("consortium", tuple(Role)),
    "Passkey": oneself,
    "Person": oneself | MemberOf("organisations", tuple(Role)) | adult,
    "Place": anyone,
    "PlaceMatch": anyone,
    "Proposal": officer_of_council,  # names what is not decided yet, and who decided
    "RegisterFile": When("imported") | officer_of_council,
    "RegisterRow": anyone,
    "Registration": anyone,
    "Report": oneself | (OfficerOf("council", Scope.SAFETY) & Impartial("subject")),
    "SavedSearch": oneself,
}

FIELDS: Final[dict[str, Rule]] = {
    "Asset.history": officer_of_council,  # names the officers who acted
    "Organisation.history": member | officer_of_council,
    "Organisation.reason": member | officer_of_council,
    "Report.subjectName": officer_of_council,  # a reporter may not see it any more
}

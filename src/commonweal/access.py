"""Who may do what: the one permission table, default deny.

Four literal tables: the operations, for which of them a token must be good, whose rows of a kind
exist for a viewer, and the fields that not everybody sees. Building the schema fails when an
operation or a kind has no row here, or a row has none of them; `schema/permissions.md` is printed
from here. Rules speak of a row's *standing* by name (`council`, `open`); each kind says in its
`queries.py` which columns those are. What a rule means in SQL stands in `graph/visibility.py`, for
queries and mutations alike. This module knows neither the API's types nor any row.
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


GRANTABLE: Final = tuple(scope for scope in Scope if scope is not Scope.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `name` is an id, never a person's name: the audit keeps it for ever.

    `id` is the person's, or the token's where no person stands behind it; `posts` are the roles
    that they have in organisations, and `councils` the areas in whose office they act. `scopes`
    are their token's, None where they signed in themselves. `address` is where they ask from.
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

    def good_for(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes

    def organisations(self, roles: Iterable[Role]) -> list[int]:
        """Those in which they have one of these roles."""
        return [organisation for organisation, role in self.posts if role in roles]


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
signed_in: Final = SignedIn()
officer_of_council: Final = OfficerOf("council")
owner: Final = Owner("owner")
oneself: Final = Oneself("person")
adult: Final = Oneself("adults")
member: Final = MemberOf("organisation", tuple(Role))
owner_of_organisation: Final = MemberOf("organisation", (Role.OWNER,))
coordinator: Final = MemberOf("organisation", (Role.OWNER, Role.COORDINATOR))
registrar: Final = MemberOf("registrar", (Role.OWNER, Role.COORDINATOR))

OPERATIONS: Final[dict[str, Rule]] = {
    "Mutation.acceptHouseholdInvitation": Oneself("invitee"),
    "Mutation.acceptInvitation": Oneself("invitee"),
    "Mutation.acceptProposal": officer_of_council,
    "Mutation.acceptProposals": officer_of_council,
    "Mutation.acceptRegister": officer_of_council,
    "Mutation.actFor": registrar,
    "Mutation.addChild": adult,
    "Mutation.addPasskey": signed_in,
    "Mutation.appeal": coordinator | OfficerOf("publisher"),
    "Mutation.beginPasskey": signed_in,
    "Mutation.beginPasskeySignIn": anyone,
    "Mutation.blockPerson": signed_in,
    "Mutation.changeEmail": signed_in,
    "Mutation.claimAccount": anyone,
    "Mutation.createAccessToken": signed_in,
    "Mutation.decideAppeal": officer_of_council,
    "Mutation.decideReport": officer_of_council,
    "Mutation.declineHouseholdInvitation": Oneself("invitee"),
    "Mutation.declineInvitation": Oneself("invitee"),
    "Mutation.declineOrganisation": officer_of_council,
    "Mutation.deleteSearch": oneself,
    "Mutation.discardRegister": officer_of_council,
    "Mutation.endOrganisation": owner_of_organisation,
    "Mutation.eraseChild": adult,
    "Mutation.eraseMe": signed_in,
    "Mutation.erasePerson": registrar,
    "Mutation.forgetHome": signed_in,
    "Mutation.formConsortium": owner_of_organisation,
    "Mutation.foundHousehold": signed_in,
    "Mutation.foundOrganisation": signed_in,
    "Mutation.giveConsent": adult,
    "Mutation.handOverCouncil": owner_of_organisation,
    "Mutation.handOverLead": owner_of_organisation,
    "Mutation.handOverOrganisation": owner_of_organisation,
    "Mutation.hideListing": officer_of_council,
    "Mutation.hideOrganisation": officer_of_council,
    "Mutation.inviteAdult": adult,
    "Mutation.inviteMember": coordinator,
    "Mutation.invitePartner": owner_of_organisation,
    "Mutation.joinConsortium": owner_of_organisation,
    "Mutation.keepCouncil": owner_of_organisation,
    "Mutation.leaveConsortium": owner_of_organisation,
    "Mutation.leaveHousehold": adult,
    "Mutation.leaveOrganisation": member,
    "Mutation.printCard": registrar,
    "Mutation.publishListing": officer_of_council,
    "Mutation.readChecks": coordinator,
    "Mutation.readRegister": officer_of_council,
    "Mutation.recordCheck": coordinator,
    "Mutation.refuseProposal": officer_of_council,
    "Mutation.refuseProposals": officer_of_council,
    "Mutation.registerPerson": coordinator,
    "Mutation.removeMember": owner_of_organisation,
    "Mutation.removePasskey": oneself,
    "Mutation.renameSearch": oneself,
    "Mutation.report": signed_in,
    "Mutation.requestEmailCode": signed_in,
    "Mutation.requestErasureCode": signed_in,
    "Mutation.requestSignInCode": anyone,
    "Mutation.restoreListing": officer_of_council,
    "Mutation.restoreOrganisation": officer_of_council,
    "Mutation.reviewChild": adult,
    "Mutation.reviseMe": signed_in,
    "Mutation.reviseOrganisation": owner_of_organisation,
    "Mutation.revokeAccessToken": oneself,
    "Mutation.revokeConsent": adult,
    "Mutation.saveSearch": signed_in,
    "Mutation.setAlert": oneself,
    "Mutation.setHome": signed_in,
    "Mutation.signIn": anyone,
    "Mutation.signInWithPasskey": anyone,
    "Mutation.signOut": signed_in,
    "Mutation.unblockPerson": oneself,
    "Mutation.verifyOrganisation": officer_of_council,
    "Mutation.withdrawCheck": coordinator,
    "Mutation.withdrawHouseholdInvitation": adult,
    "Mutation.withdrawInvitation": coordinator,
    "Mutation.withdrawListing": officer_of_council,
    "Query.appeals": anyone,
    "Query.area": anyone,
    "Query.areas": anyone,
    "Query.asset": anyone,
    "Query.assets": anyone,
    "Query.clusters": anyone,
    "Query.file": anyone,
    "Query.listing": anyone,
    "Query.me": anyone,
    "Query.node": anyone,
    "Query.organisation": anyone,
    "Query.organisations": anyone,
    "Query.place": anyone,
    "Query.places": anyone,
    "Query.register": anyone,
    "Query.registers": anyone,
    "Query.reports": anyone,
    "Query.search": anyone,
    "Subscription.listingChanged": anyone,
}

SCOPES: Final[dict[str, Scope]] = {
    "Mutation.acceptHouseholdInvitation": Scope.PERSONAL,
    "Mutation.acceptInvitation": Scope.PERSONAL,
    "Mutation.acceptProposal": Scope.ASSETS,
    "Mutation.acceptProposals": Scope.ASSETS,
    "Mutation.acceptRegister": Scope.ASSETS,
    "Mutation.actFor": Scope.ACCOUNT,
    "Mutation.addChild": Scope.PERSONAL,
    "Mutation.addPasskey": Scope.ACCOUNT,
    "Mutation.appeal": Scope.ORGANISATIONS,
    "Mutation.beginPasskey": Scope.ACCOUNT,
    "Mutation.beginPasskeySignIn": Scope.ACCOUNT,
    "Mutation.blockPerson": Scope.PERSONAL,
    "Mutation.changeEmail": Scope.ACCOUNT,
    "Mutation.claimAccount": Scope.ACCOUNT,
    "Mutation.createAccessToken": Scope.ACCOUNT,
    "Mutation.decideAppeal": Scope.SAFETY,
    "Mutation.decideReport": Scope.SAFETY,
    "Mutation.declineHouseholdInvitation": Scope.PERSONAL,
    "Mutation.declineInvitation": Scope.PERSONAL,
    "Mutation.declineOrganisation": Scope.ORGANISATIONS,
    "Mutation.deleteSearch": Scope.PERSONAL,
    "Mutation.discardRegister": Scope.ASSETS,
    "Mutation.endOrganisation": Scope.ORGANISATIONS,
    "Mutation.eraseChild": Scope.ACCOUNT,
    "Mutation.eraseMe": Scope.ACCOUNT,
    "Mutation.erasePerson": Scope.ACCOUNT,
    "Mutation.forgetHome": Scope.ACCOUNT,
    "Mutation.formConsortium": Scope.ORGANISATIONS,
    "Mutation.foundHousehold": Scope.PERSONAL,
    "Mutation.foundOrganisation": Scope.ORGANISATIONS,
    "Mutation.giveConsent": Scope.ACCOUNT,
    "Mutation.handOverCouncil": Scope.ORGANISATIONS,
    "Mutation.handOverLead": Scope.ORGANISATIONS,
    "Mutation.handOverOrganisation": Scope.ORGANISATIONS,
    "Mutation.hideListing": Scope.SAFETY,
    "Mutation.hideOrganisation": Scope.SAFETY,
    "Mutation.inviteAdult": Scope.PERSONAL,
    "Mutation.inviteMember": Scope.ORGANISATIONS,
    "Mutation.invitePartner": Scope.ORGANISATIONS,
    "Mutation.joinConsortium": Scope.ORGANISATIONS,
    "Mutation.keepCouncil": Scope.ORGANISATIONS,
    "Mutation.leaveConsortium": Scope.ORGANISATIONS,
    "Mutation.leaveHousehold": Scope.PERSONAL,
    "Mutation.leaveOrganisation": Scope.PERSONAL,
    "Mutation.printCard": Scope.ACCOUNT,
    "Mutation.publishListing": Scope.ASSETS,
    "Mutation.readChecks": Scope.ORGANISATIONS,
    "Mutation.readRegister": Scope.ASSETS,
    "Mutation.recordCheck": Scope.ORGANISATIONS,
    "Mutation.refuseProposal": Scope.ASSETS,
    "Mutation.refuseProposals": Scope.ASSETS,
    "Mutation.registerPerson": Scope.ACCOUNT,
    "Mutation.removeMember": Scope.ORGANISATIONS,
    "Mutation.removePasskey": Scope.ACCOUNT,
    "Mutation.renameSearch": Scope.PERSONAL,
    "Mutation.report": Scope.PERSONAL,
    "Mutation.requestEmailCode": Scope.ACCOUNT,
    "Mutation.requestErasureCode": Scope.ACCOUNT,
    "Mutation.requestSignInCode": Scope.ACCOUNT,
    "Mutation.restoreListing": Scope.SAFETY,
    "Mutation.restoreOrganisation": Scope.SAFETY,
    "Mutation.reviewChild": Scope.ACCOUNT,
    "Mutation.reviseMe": Scope.ACCOUNT,
    "Mutation.reviseOrganisation": Scope.ORGANISATIONS,
    "Mutation.revokeAccessToken": Scope.ACCOUNT,
    "Mutation.revokeConsent": Scope.PERSONAL,
    "Mutation.saveSearch": Scope.PERSONAL,
    "Mutation.setAlert": Scope.PERSONAL,
    "Mutation.setHome": Scope.ACCOUNT,
    "Mutation.signIn": Scope.ACCOUNT,
    "Mutation.signInWithPasskey": Scope.ACCOUNT,
    "Mutation.signOut": Scope.PERSONAL,
    "Mutation.unblockPerson": Scope.PERSONAL,
    "Mutation.verifyOrganisation": Scope.ORGANISATIONS,
    "Mutation.withdrawCheck": Scope.ORGANISATIONS,
    "Mutation.withdrawHouseholdInvitation": Scope.PERSONAL,
    "Mutation.withdrawInvitation": Scope.ORGANISATIONS,
    "Mutation.withdrawListing": Scope.ASSETS,
}

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
    "Household": adult,
    "HouseholdInvitation": Oneself("invitee") | adult,
    "Invitation": Oneself("invitee") | coordinator,
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
    "Report": oneself | officer_of_council,  # never says whose it is
    "SavedSearch": oneself,
}

FIELDS: Final[dict[str, Rule]] = {
    "Asset.history": officer_of_council,  # names the officers who acted
    "Organisation.history": member | officer_of_council,
    "Organisation.reason": member | officer_of_council,
    "Report.subjectName": officer_of_council,  # a reporter may not see it any more
}

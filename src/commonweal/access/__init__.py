"""Who may do what: the one permission table, default deny.

Literal tables: the mutations, each with the scope that a token needs for it; the questions; whose
rows of a kind exist for a viewer; and the fields that not everybody sees. Building the schema fails
for an operation or a kind without a line here, and for a line here without its operation or kind;
`schema/permissions.md` is printed from here. Rules speak of a row's *standing* by name (`council`,
`open`); each kind says in its `queries.py` which columns those are. What a rule means in SQL stands
in `graph/visibility.py`, for queries and mutations alike. This module knows neither the API's types
nor any row.
"""

from typing import Final

from .conditions import (
    adult,
    anyone,
    auditor,
    bidder,
    bidding,
    coordinator,
    granting,
    holder,
    host,
    impartial,
    member,
    officer_of_council,
    oneself,
    opener,
    owner,
    owner_of_organisation,
    registrar,
    reserver,
    signed_in,
)
from .mutations import MUTATIONS
from .questions import QUESTIONS
from .rules import (
    ANONYMOUS,
    GRANTABLE,
    Anyone,
    Auditor,
    Both,
    Either,
    Impartial,
    MemberOf,
    OfficerOf,
    Oneself,
    Owner,
    Role,
    Rule,
    Scope,
    SignedIn,
    Viewer,
    When,
)

__all__ = [
    "ANONYMOUS",
    "FIELDS",
    "GRANTABLE",
    "KINDS",
    "MUTATIONS",
    "OPERATIONS",
    "QUESTIONS",
    "SCOPES",
    "Anyone",
    "Auditor",
    "Both",
    "Either",
    "Impartial",
    "MemberOf",
    "OfficerOf",
    "Oneself",
    "Owner",
    "Role",
    "Rule",
    "Scope",
    "SignedIn",
    "Viewer",
    "When",
    "adult",
    "anyone",
    "auditor",
    "bidder",
    "bidding",
    "coordinator",
    "granting",
    "holder",
    "impartial",
    "member",
    "officer_of_council",
    "oneself",
    "opener",
    "owner",
    "owner_of_organisation",
    "registrar",
    "signed_in",
]

OPERATIONS: Final[dict[str, Rule]] = {
    **dict.fromkeys(QUESTIONS, anyone),
    **{name: rule for name, (rule, _) in MUTATIONS.items()},
}
SCOPES: Final = {name: scope for name, (_, scope) in MUTATIONS.items()}

KINDS: Final[dict[str, Rule]] = {
    "AccessToken": oneself,
    "Appeal": coordinator | officer_of_council,
    "Application": oneself | coordinator,
    "ApplicationReference": coordinator,
    "Area": anyone,
    "AreaServed": anyone,
    "Asset": anyone,  # a council's register is published: Transparency Code 2015
    "AssetValue": anyone,
    "Attachment": bidding | opener | Oneself("panel"),
    "AttendanceItem": coordinator,
    "Award": anyone,
    "Bid": bidding | opener | Oneself("panel"),
    "BidEntry": bidding | opener | Oneself("panel"),
    "Block": oneself,
    "Breach": MemberOf("holders", tuple(Role)) | officer_of_council,
    "Case": anyone,
    "CaseAppeal": bidding | officer_of_council,
    "CaseDocument": anyone,
    "CaseQuestion": When("answered") | Oneself("asker") | officer_of_council,
    "Certificate": oneself,  # others find it by its code (web/certificates.py)
    "Change": anyone,  # reached only through a subject's own private field
    "Check": oneself | coordinator,
    "CheckReading": oneself | Oneself("reader"),
    "Child": adult,
    "Consent": adult,
    "CouncilRule": anyone,
    "CreditMovement": anyone,  # reached only through a wallet, or a pot's private field
    "Decision": When("published") | officer_of_council,
    "EmergencyContact": oneself | adult | host,
    "ExpressionOfInterest": bidding | officer_of_council,
    "File": When("public") | owner,
    "Funding": When("approved") | granting | officer_of_council,
    "Gift": holder | Oneself("receivers") | Oneself("invitee"),
    "Grant": holder | granting | officer_of_council,
    "GrantFile": granting | officer_of_council,
    "GrantLine": granting | officer_of_council,
    "GrantProposal": granting | officer_of_council,
    "Hiding": coordinator | officer_of_council,
    "Holiday": anyone,
    "HoursClaim": oneself | adult | coordinator,
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
    "MonitoringReport": anyone,
    "Opening": anyone,
    "Opportunity": When("shown") | member | officer_of_council,
    "Organisation": When("shown") | member | officer_of_council,
    "Partner": When("joined") | member | MemberOf("consortium", tuple(Role)),
    "Passkey": oneself,
    "Person": oneself | MemberOf("organisations", tuple(Role)) | adult,
    "Place": anyone,
    "PlaceMatch": anyone,
    "Pot": anyone,
    "PotPlace": anyone,  # of five people or more
    "Proposal": officer_of_council,  # names what is not decided yet, and who decided
    "Qualification": oneself | coordinator,
    "Receipt": anyone,
    "RegisterFile": When("imported") | officer_of_council,
    "RegisterRow": anyone,
    "Registration": anyone,
    "Report": oneself | (OfficerOf("council", Scope.SAFETY) & Impartial("subject")),
    "Result": When("published") | (officer_of_council & impartial) | Oneself("panel"),
    "Round": anyone,
    "RoundStage": anyone,
    "SavedSearch": oneself,
    "Scheme": anyone,
    "SchemeTerms": anyone,
    "Score": Oneself("scorer") | Oneself("panel") | (officer_of_council & impartial),  # all in
    "Scorer": oneself | officer_of_council,
    "Series": When("shown") | member | officer_of_council,
    "Shift": When("shown") | member | officer_of_council,
    "ShiftRole": When("shown") | member | officer_of_council,
    "SignUp": oneself | adult | coordinator | reserver,
    "StandingSignUp": oneself | coordinator,
    "Term": anyone,
    "TimelineEntry": When("public"),
    "Wallet": oneself | holder | adult,
    "Watch": oneself,
}

FIELDS: Final[dict[str, Rule]] = {
    "Asset.history": officer_of_council,  # names the officers who acted
    "Case.history": officer_of_council,
    "Opportunity.meetingAddress": member | Oneself("comers"),
    "Opportunity.meetingPoint": member | Oneself("comers"),
    "Opportunity.reason": member | officer_of_council,
    "Organisation.history": member | officer_of_council,
    "Organisation.reason": member | officer_of_council,
    "Pot.history": granting | officer_of_council,
    "Pot.movements": granting | officer_of_council,
    "Report.subjectName": officer_of_council,  # a reporter may not see it any more
    "Round.bidsIn": officer_of_council,
}

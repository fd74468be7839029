"""The conditions of the permission table, by the names that it uses."""

from typing import Final

from .rules import (
    Anyone,
    Auditor,
    Impartial,
    MemberOf,
    OfficerOf,
    Oneself,
    Owner,
    Role,
    SignedIn,
)

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
host: Final = MemberOf("host", (Role.OWNER, Role.COORDINATOR))  # of a shift that is about now
bidding: Final = MemberOf("bidders", tuple(Role))  # a consortium's partners among them
bidder: Final = MemberOf("bidders", (Role.OWNER, Role.COORDINATOR, Role.TREASURER))
holder: Final = Oneself("holders")  # who gives from a wallet: its person, a household's adults
reserver: Final = MemberOf("reserver", (Role.OWNER, Role.COORDINATOR))  # who reserved a place
granting: Final = MemberOf("organisation", (Role.OWNER, Role.COORDINATOR, Role.TREASURER))
impartial: Final = Impartial("conflicted") & Impartial("rivals")  # in a round: invariant 13
opener: Final = OfficerOf("opener") & impartial
registrar: Final = MemberOf("registrar", (Role.OWNER, Role.COORDINATOR))

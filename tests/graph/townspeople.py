"""Who lives in the town: two people in a group, a third who is invited, and what is theirs."""

from datetime import timedelta
from typing import Final

import shapely

from commonweal.access import Role, Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.rules import TokenKind
from commonweal.people.rules_organisations import (
    InvitationState,
    LegalForm,
    OrganisationKind,
    OrganisationState,
)
from commonweal.people.tables import AccessToken, Person
from commonweal.people.tables_organisations import (
    Invitation,
    Membership,
    Organisation,
    OrganisationArea,
    Registration,
)
from tests.conftest import TODAY

PEOPLE, GROUPS, TOKENS, POSTS = 9_100, 800, 9_200, 9_300
GROUP: Final = GROUPS
SOMEBODY: Final = Viewer(
    PEOPLE, write_id("per", PEOPLE), posts=((GROUP, Role.OWNER),), token_id=TOKENS + 1
)


async def settle(council: int, ward: int) -> None:
    """In the caller's transaction."""
    await people()
    await groups(council, ward)
    await posts_and_invitations()
    await tokens()


async def people() -> None:
    await Person.bulk_create(
        Person(
            id=PEOPLE + i,
            name=("Ann", None, "Cŵn")[i],
            email=f"p{i}@example.org",
            email_key=f"p{i}@example.org",
            shown_home=shapely.Point(-2.07, 51.9) if i == 0 else None,
            created_at=TODAY,
        )
        for i in range(3)
    )


async def groups(council: int, ward: int) -> None:
    kinds = [OrganisationKind.COMMUNITY_GROUP, OrganisationKind.BUSINESS, OrganisationKind.SPONSOR]
    await Organisation.bulk_create(
        Organisation(
            id=GROUPS + i,
            kind=kind,
            state=list(OrganisationState)[i],
            name=("Friends", "Friends", "Äpfel & Co")[i],
            legal_form=LegalForm.CIO if i == 0 else None,
            home=shapely.Point(-2.08, 51.9) if i else None,
            council_id=council,
            hidden=i == 2,
            created_at=TODAY,
        )
        for i, kind in enumerate(kinds)
    )
    await Registration.bulk_create(
        Registration(id=POSTS + 50 + i, organisation_id=GROUP, scheme=scheme, number="1234567")
        for i, scheme in enumerate(("GB-COH", "GB-CHC"))
    )
    await OrganisationArea.bulk_create(
        OrganisationArea(id=POSTS + 60 + i, organisation_id=GROUP, area_id=area, since=TODAY)
        for i, area in enumerate((council, ward))
    )


async def posts_and_invitations() -> None:
    over = TODAY - timedelta(days=1)
    posts = [(0, 0, Role.OWNER, None), (0, 1, Role.MEMBER, None), (0, 2, Role.TILL, over)]
    posts += [(1, 0, Role.MEMBER, None)]
    await Membership.bulk_create(
        Membership(
            id=POSTS + i,
            organisation_id=GROUPS + group,
            person_id=PEOPLE + person,
            role=role,
            since=TODAY - timedelta(days=9),
            until=until,
        )
        for i, (group, person, role, until) in enumerate(posts)
    )
    await Invitation.bulk_create(
        Invitation(
            id=POSTS + 80 + i,
            organisation_id=GROUPS + group,
            email=email,
            email_key=email,
            role=Role.TREASURER,
            state=InvitationState.OPEN,
            created_at=TODAY,
            expires_at=TODAY + timedelta(days=days),
        )
        for i, (group, email, days) in enumerate(
            [(0, "p2@example.org", 9), (2, "p0@example.org", 9), (1, "p0@example.org", -1)]
        )
    )


async def tokens() -> None:
    await AccessToken.bulk_create(
        AccessToken(
            id=TOKENS + i,
            kind=kind,
            label=f"token {i}",
            person_id=PEOPLE,
            scopes=None if kind is TokenKind.SESSION else ["PERSONAL"],
            secret_hash=f"{i:064x}",
            created_at=TODAY,
            expires_at=TODAY + timedelta(days=30 * i - 30 + 1),
        )
        for i, kind in enumerate((TokenKind.PERSONAL, TokenKind.SESSION))
    )

"""How groups begin in the tests."""

from commonweal.kernel.ids import write_id
from tests.makers import the_council
from tests.people.signing import Somebody


async def a_group(founder: Somebody, name: str = "Friends", kind: str = "COMMUNITY_GROUP") -> str:
    """The id of an organisation that somebody founded in the council's area."""
    council = await the_council(founder.database)
    payload = await founder.does(
        "foundOrganisation",
        "organisation { id }",
        kind=kind,
        name=name,
        councilId=write_id("are", council.id),
    )
    assert payload["userErrors"] == []
    number: str = payload["organisation"]["id"]
    return number


async def taken_on(
    inviter: Somebody, organisation: str, somebody: Somebody, email: str, role: str = "MEMBER"
) -> str:
    """Invited and accepted: the membership's id."""
    invited = await inviter.does(
        "inviteMember", "invitation { id }", organisationId=organisation, email=email, role=role
    )
    assert invited["userErrors"] == []
    accepted = await somebody.does(
        "acceptInvitation", "membership { id }", invitationId=invited["invitation"]["id"]
    )
    assert accepted["userErrors"] == []
    number: str = accepted["membership"]["id"]
    return number

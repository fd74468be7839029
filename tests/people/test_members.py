"""Who belongs to an organisation: invited, accepted, leaving, removed, handing over."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from commonweal.access import Role
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.actions_households import (
    accept_household_invitation,
    decline_household_invitation,
)
from commonweal.people.actions_members import accept_invitation
from commonweal.people.queries import viewer_of
from commonweal.people.rules_organisations import INVITATION_DAYS, INVITATIONS, InvitationState
from commonweal.people.tables_organisations import Invitation, Membership
from commonweal.store.database import Database
from commonweal.store.errors import TryAgain
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.people.signing import Somebody, done, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.people.test_councils import appointed

ANN, BOB, EVE = "ann@example.org", "bob@example.org", "eve@example.org"
DAY = timedelta(days=1)  # in which one address is invited so often


async def inviting(inviter: Somebody, group: str, email: str, role: str = "MEMBER") -> Any:
    given = {"organisationId": group, "email": email, "role": role}
    return await inviter.does("inviteMember", "invitation { id email role state }", **given)


async def invited(inviter: Somebody, group: str, email: str, role: str = "MEMBER") -> str:
    payload = await inviting(inviter, group, email, role)
    assert payload["userErrors"] == []
    return str(payload["invitation"]["id"])


async def roles(group: str) -> Counter[str]:
    """Who is in it now, by their roles."""
    held = Membership.filter(organisation_id=read_id("org", group), until__isnull=True)
    return Counter(each.role.value for each in await held)


async def staffed(database: Database) -> tuple[str, dict[str, Somebody]]:
    """A group with somebody in each role that a group has."""
    ann = await signed_in(database, ANN)
    group = await a_group(ann)
    people = {"OWNER": ann}
    for role in Role:
        if role not in (Role.OWNER, Role.OFFICER):
            email = f"{role.lower()}@example.org"
            people[role] = await signed_in(database, email)
            await taken_on(ann, group, people[role], email, role)
    return group, people


# ---- inviting ------------------------------------------------------------------------------------


async def test_an_owner_makes_anybody_anything_and_a_coordinator_the_lesser_ones(
    database: Database,
) -> None:
    group, people = await staffed(database)
    expected = {
        "OWNER": dict.fromkeys(Role, "") | {Role.OFFICER: "ROLE_UNFIT"},
        "COORDINATOR": dict.fromkeys(Role, "ROLE_BEYOND")
        | dict.fromkeys([Role.MEMBER, Role.COORDINATOR, Role.TILL], "")
        | {Role.OFFICER: "ROLE_UNFIT"},
        **{role: dict.fromkeys(Role, "NOT_ALLOWED") for role in ("TREASURER", "TILL", "MEMBER")},
    }
    for inviter, allowed in expected.items():
        for role, code in allowed.items():
            payload = await inviting(
                people[inviter], group, f"{role}@{inviter}.example".lower(), role
            )
            assert (refused(payload) or [""]) == [code], (inviter, role)


async def test_only_a_council_has_officers_and_only_its_owner_makes_them(
    database: Database,
) -> None:
    hall = await appointed(database, "E07000078", ANN)
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    await taken_on(ann, hall, bob, BOB, "COORDINATOR")
    assert refused(await inviting(bob, hall, EVE, "OFFICER")) == ["ROLE_BEYOND"]
    assert (await bob.viewer()).councils == ()
    await taken_on(ann, hall, bob, BOB, "OFFICER")
    assert len((await bob.viewer()).councils) == 1


async def test_who_is_invited_hears_it_by_mail_and_finds_it_under_what_is_theirs(
    database: Database,
) -> None:
    ann = await signed_in(database, ANN)
    group = await a_group(ann)
    payload = await inviting(ann, group, " Bob@EXAMPLE.org ", "TREASURER")
    shown = payload["invitation"]
    assert shown | {"id": ""} == {
        "id": "", "email": "Bob@example.org", "role": "TREASURER", "state": "OPEN",
    }  # fmt: skip
    [letter] = await Message.filter(kind="invitation")
    assert letter.to_address == "Bob@example.org"
    assert "treasurer" in letter.body
    assert shown["id"] not in letter.body
    bob = await signed_in(database, BOB)
    query = "{ me { invitations { edges { node { id organisation { name } } } } } }"
    [edge] = (await bob.asks(query))["me"]["invitations"]["edges"]
    assert edge["node"] == {"id": shown["id"], "organisation": {"name": "Friends"}}
    accepted = await bob.does("acceptInvitation", invitationId=shown["id"])
    assert refused(accepted) == []
    assert (await bob.asks(query))["me"]["invitations"]["edges"] == []
    row = await Invitation.get()
    assert (row.email, row.email_key, row.state) == (None, None, InvitationState.ACCEPTED)
    [act] = await AuditRecord.filter(action="accept_invitation")
    assert BOB not in str(act.facts).lower()


async def test_an_address_that_is_asked_again_has_one_invitation_the_new_one(
    database: Database,
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    first = await invited(ann, group, BOB)
    second = await invited(ann, group, BOB.upper(), "TILL")
    assert refused(await bob.does("acceptInvitation", invitationId=first)) == ["NOT_FOUND"]
    payload = await bob.does("acceptInvitation", "membership { role }", invitationId=second)
    assert payload["membership"] == {"role": "TILL"}
    assert refused(await inviting(ann, group, BOB, "TILL")) == ["ALREADY_MEMBER"]
    assert refused(await inviting(ann, group, BOB, "TREASURER")) == []


async def test_an_invitation_is_nobodys_but_whose_address_it_went_to(database: Database) -> None:
    ann, eve = await signed_in(database, ANN), await signed_in(database, EVE)
    group = await a_group(ann)
    invitation = await invited(ann, group, BOB)
    nothing = await eve.does("acceptInvitation", invitationId="inv_0000000000000")
    for name in ("acceptInvitation", "declineInvitation", "withdrawInvitation"):
        assert await eve.does(name, invitationId=invitation) == nothing
        assert refused(nothing) == ["NOT_FOUND"]
    assert await roles(group) == {"OWNER": 1}
    query = "query($id: ID!) { organisation(id: $id) { invitations { totalCount } } }"
    assert (await eve.asks(query, id=group))["organisation"]["invitations"]["totalCount"] == 0
    assert (await ann.asks(query, id=group))["organisation"]["invitations"]["totalCount"] == 1


async def test_an_invitation_lapses_after_fourteen_days(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    first, second = await invited(ann, group, BOB), await invited(ann, group, EVE)
    await advance(timedelta(days=INVITATION_DAYS.value, seconds=-1))
    assert refused(await bob.does("acceptInvitation", invitationId=first)) == []
    eve = await signed_in(database, EVE)
    await advance(timedelta(seconds=1))
    payload = await eve.does("acceptInvitation", invitationId=second)
    assert refused(payload) == ["INVITATION_OVER"]
    assert await roles(group) == {"OWNER": 1, "MEMBER": 1}


async def test_what_was_declined_withdrawn_or_accepted_is_over(database: Database) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    for name, who in (("declineInvitation", bob), ("withdrawInvitation", ann)):
        invitation = await invited(ann, group, BOB)
        assert refused(await who.does(name, invitationId=invitation)) == []
        again = await bob.does("acceptInvitation", invitationId=invitation)
        assert refused(again) == ["NOT_FOUND"]
        late = await ann.does("withdrawInvitation", invitationId=invitation)
        assert refused(late) == ["WRONG_STATE"]
    assert await roles(group) == {"OWNER": 1}
    assert not await Invitation.filter(email__isnull=False).exists()


async def test_a_group_has_a_hundred_open_invitations_and_no_more(database: Database) -> None:
    ann = await signed_in(database, ANN)
    group = await a_group(ann)
    await invited(ann, group, BOB)
    one = await Invitation.get()

    async def more(tx: Transaction) -> None:
        values = {"role": Role.MEMBER, "organisation_id": one.organisation_id, "state": one.state}
        await Invitation.bulk_create(
            Invitation(
                id=tx.new_id(),
                email_key=f"p{n}@example.org",
                created_at=tx.now,
                expires_at=one.expires_at,
                **values,
            )
            for n in range(INVITATIONS.value - 1)
        )

    await in_transaction(database, more)
    assert refused(await inviting(ann, group, EVE)) == ["TOO_MANY_INVITATIONS"]
    assert refused(await inviting(ann, group, BOB)) == []  # instead of the one that they have
    for wrong in ("", "nobody", "a@b", "two@example.org, three@example.org"):
        assert refused(await inviting(ann, group, wrong)) == ["ADDRESS_NOT_USABLE"]


# ---- leaving, removing, handing over -------------------------------------------------------------


async def test_who_leaves_has_no_role_there_and_no_right(database: Database) -> None:
    group, people = await staffed(database)
    for role, somebody in people.items():
        payload = await somebody.does("leaveOrganisation", organisationId=group)
        assert refused(payload) == (["LAST_OWNER"] if role == "OWNER" else [])
    assert await roles(group) == {"OWNER": 1}
    till = people["TILL"]
    assert (await till.viewer()).posts == ()
    assert refused(await till.does("leaveOrganisation", organisationId=group)) == ["NOT_ALLOWED"]
    query = """query($id: ID!) {
      organisation(id: $id) { members { totalCount } history { totalCount } } }"""
    assert (await till.asks(query, id=group))["organisation"] == {
        "members": {"totalCount": 0}, "history": None,
    }  # fmt: skip


async def test_who_leaves_with_two_roles_leaves_with_both(database: Database) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    for role in ("OWNER", "TREASURER"):
        await taken_on(ann, group, bob, BOB, role)
    assert refused(await bob.does("leaveOrganisation", organisationId=group)) == []
    assert await roles(group) == {"OWNER": 1}


async def test_an_owner_removes_whom_they_will_but_not_the_last_owner(database: Database) -> None:
    group, people = await staffed(database)
    query = """query($id: ID!) { organisation(id: $id) {
      members { edges { node { id role } } } } }"""
    edges = (await people["OWNER"].asks(query, id=group))["organisation"]["members"]["edges"]
    ids = {edge["node"]["role"]: edge["node"]["id"] for edge in edges}
    for role in ("COORDINATOR", "MEMBER"):
        payload = await people[role].does("removeMember", membershipId=ids["TILL"])
        assert refused(payload) == ["NOT_ALLOWED"]
    ann = people["OWNER"]
    assert refused(await ann.does("removeMember", membershipId=ids["OWNER"])) == ["LAST_OWNER"]
    assert refused(await ann.does("removeMember", membershipId=ids["TILL"])) == []
    assert (await people["TILL"].viewer()).posts == ()
    eve = await signed_in(database, EVE)
    nothing = await eve.does("removeMember", membershipId="mem_0000000000000")
    assert await eve.does("removeMember", membershipId=ids["MEMBER"]) == nothing


async def test_who_hands_over_stays_as_a_member_and_the_other_owns_it(database: Database) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    theirs = await taken_on(ann, group, bob, BOB, "TREASURER")
    given = {"organisationId": group, "membershipId": theirs}
    assert refused(await ann.does("handOverOrganisation", **given)) == []
    number = read_id("org", group)
    assert (await ann.viewer()).posts == ((number, Role.MEMBER),)
    assert set((await bob.viewer()).posts) == {(number, Role.OWNER), (number, Role.TREASURER)}
    assert refused(await ann.does("handOverOrganisation", **given)) == ["NOT_ALLOWED"]
    assert refused(await ann.does("leaveOrganisation", organisationId=group)) == []


@pytest.mark.parametrize("whose", ["one's own", "another group's", "one that is over", "nobody's"])
async def test_nobody_hands_over_to_who_is_no_other_member(database: Database, whose: str) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group, other = await a_group(ann), await a_group(bob, "Others")
    own = await Membership.filter(organisation_id=read_id("org", group)).first()
    assert own
    over = await taken_on(ann, group, bob, BOB)
    await bob.does("leaveOrganisation", organisationId=group)
    others = await taken_on(bob, other, ann, ANN)
    ids = {"one's own": write_id("mem", own.id), "another group's": others}
    ids |= {"one that is over": over, "nobody's": "mem_0000000000000"}
    given = {"organisationId": group, "membershipId": ids[whose]}
    payload = await ann.does("handOverOrganisation", **given)
    assert refused(payload) == ["NOT_FOUND" if whose == "nobody's" else "NOT_A_MEMBER"]
    assert payload["userErrors"][0]["path"] == ["input", "membershipId"]
    assert await roles(group) == {"OWNER": 1}


async def test_who_leaves_takes_along_the_invitations_that_they_sent(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    bob = await signed_in(database, "bob@example.org")
    post = await taken_on(ann, group, bob, "bob@example.org")
    invited = {"organisationId": group, "email": "ann.again@example.org", "role": "OWNER"}
    assert refused(await ann.does("inviteMember", **invited)) == []
    await ann.does("handOverOrganisation", organisationId=group, membershipId=post)
    again = await signed_in(database, "ann.again@example.org")
    mine = await again.asks("{ me { invitations { totalCount } } }")
    assert mine["me"]["invitations"]["totalCount"] == 0


async def test_who_loses_one_of_two_posts_loses_what_only_that_one_let_them_do(
    database: Database,
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group, other = await a_group(ann), await a_group(bob, "Bob's")
    posts = {role: await taken_on(ann, group, bob, BOB, role) for role in ("TILL", "OWNER")}
    hands = {}
    for each in (group, other):
        bee = await bob.does("registerPerson", "person { id }", organisationId=each, name="Mrs Bee")
        hands[each] = (await bob.does("actFor", "token", personId=bee["person"]["id"]))["token"]
    for role in ("OWNER", "MEMBER"):
        await invited(bob, group, f"{role}@example.org".lower(), role)
    coordinates = await taken_on(ann, group, bob, BOB, "COORDINATOR")

    async def is_left() -> tuple[list[str], list[str]]:
        offers = await Invitation.filter(state=InvitationState.OPEN).order_by("id")
        lent = [each for each in (group, other) if await viewer_of(database, hands[each])]
        return [offer.role.value for offer in offers], lent

    await ann.does("removeMember", membershipId=posts["TILL"])
    assert await is_left() == (["OWNER", "MEMBER"], [group, other])
    await ann.does("removeMember", membershipId=posts["OWNER"])
    assert await is_left() == (["MEMBER"], [group, other])  # a coordinator makes nobody an owner
    await ann.does("removeMember", membershipId=coordinates)
    assert await is_left() == ([], [other])


async def test_an_invitation_that_went_since_it_was_seen_is_a_fact_to_act_on(
    database: Database,
) -> None:
    ann = await signed_in(database, ANN)
    viewer = await ann.viewer()
    with pytest.raises(TryAgain):
        await in_transaction(database, lambda tx: accept_invitation(tx, viewer, invitation_id=5))
    for verb in (accept_household_invitation, decline_household_invitation):
        answered = partial(verb, viewer=viewer, household_invitation_id=5)
        with pytest.raises(TryAgain):
            await in_transaction(database, answered)


async def test_who_was_removed_while_they_waited_invites_nobody(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    bob = await signed_in(database, "bob@example.org")
    post = await taken_on(ann, group, bob, "bob@example.org", "OWNER")
    before = await bob.viewer()
    assert refused(await ann.does("removeMember", membershipId=post)) == []
    invited = {"organisationId": group, "email": "eve@example.org", "role": "OWNER"}
    payload = await done(database, "inviteMember", "", invited, before)
    assert refused(payload) == ["NOT_ALLOWED"]


async def test_nobody_is_owner_who_has_no_account_of_their_own(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    await ann.does("registerPerson", "person { id }", organisationId=group, name="Mrs Bee")
    asked = f'{{ organisation(id: "{group}") {{ members {{ edges {{ node {{ id role }} }} }} }} }}'
    edges = (await ann.asks(asked))["organisation"]["members"]["edges"]
    [bees] = [each["node"]["id"] for each in edges if each["node"]["role"] == "MEMBER"]
    payload = await ann.does("handOverOrganisation", organisationId=group, membershipId=bees)
    assert refused(payload) == ["NOT_A_MEMBER"]

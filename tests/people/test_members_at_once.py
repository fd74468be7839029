"""Members who do two things at once: one of them holds, and no organisation loses its owner."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from commonweal.kernel.ids import read_id, write_id
from commonweal.people.actions_members import leave_organisation
from commonweal.people.rules_organisations import InvitationState, LastOwner
from commonweal.people.tables_organisations import Invitation, Membership
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.conftest import Advance
from tests.people.signing import refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.people.test_members import invited, inviting, roles

ANN, BOB = "ann@example.org", "bob@example.org"
ROUNDS = 20  # of two who leave at once
DAY = timedelta(days=1)  # in which one address is invited so often


async def test_twenty_acceptances_at_once_are_one_membership(database: Database) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    invitation = await invited(ann, group, BOB)
    given = {"invitationId": invitation}
    payloads = await asyncio.gather(*(bob.does("acceptInvitation", **given) for _ in range(20)))
    assert sum(refused(each) == [] for each in payloads) == 1
    codes = {code for each in payloads for code in refused(each)}
    assert codes <= {"WRONG_STATE", "NOT_FOUND", "TRY_AGAIN"}
    assert await roles(group) == {"OWNER": 1, "MEMBER": 1}
    assert await AuditRecord.filter(action="accept_invitation").count() == 1


async def test_accepting_and_withdrawing_at_once_is_one_of_them(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    for _ in range(5):
        await advance(DAY)
        invitation = await invited(ann, group, BOB)
        done = await asyncio.gather(
            bob.does("acceptInvitation", invitationId=invitation),
            ann.does("withdrawInvitation", invitationId=invitation),
        )
        accepted, withdrawn = (refused(each) == [] for each in done)
        assert accepted is not withdrawn, [refused(each) for each in done]
        assert await roles(group) == Counter(OWNER=1, MEMBER=int(accepted))
        if accepted:
            await bob.does("leaveOrganisation", organisationId=group)


async def test_of_two_owners_who_leave_at_once_one_stays(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    await taken_on(ann, group, bob, BOB, "OWNER")
    people = {ANN: ann, BOB: bob}
    for _ in range(ROUNDS):
        await advance(DAY)
        done = await asyncio.gather(
            *(each.does("leaveOrganisation", organisationId=group) for each in people.values())
        )
        assert sorted(refused(each) for each in done) == [[], ["LAST_OWNER"]]
        assert await roles(group) == {"OWNER": 1}
        left = next(email for email, each in zip(people, done, strict=True) if not refused(each))
        stays = next(each for email, each in people.items() if email != left)
        await taken_on(stays, group, people[left], left, "OWNER")


async def test_of_two_owners_one_stays_though_who_began_first_comes_last(
    database: Database, advance: Advance
) -> None:
    """On SQLite whoever began first is first: there the other is refused."""
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    await taken_on(ann, group, bob, BOB, "OWNER")
    viewer, number = await ann.viewer(), read_id("org", group) or 0
    has_begun, is_done = asyncio.Event(), asyncio.Event()

    async def leaves(tx: Transaction) -> None:
        has_begun.set()
        if database.engine == "postgresql":
            await is_done.wait()
        await leave_organisation(tx, viewer, organisation_id=number)

    async def bob_leaves() -> list[str]:
        await has_begun.wait()
        await advance(timedelta(seconds=1))
        payload = await bob.does("leaveOrganisation", organisationId=group)
        is_done.set()
        return refused(payload)

    first, second = await asyncio.gather(
        in_transaction(database, leaves), bob_leaves(), return_exceptions=True
    )
    if database.engine == "postgresql":
        assert (second, type(first)) == ([], LastOwner)
    else:
        assert (second, first) == (["LAST_OWNER"], None)
    assert await roles(group) == {"OWNER": 1}


async def test_who_began_before_somebody_joined_sees_them_once_they_did(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    viewer, number = await ann.viewer(), read_id("org", group) or 0
    before = database.clock.now()
    await advance(timedelta(seconds=1))
    await taken_on(ann, group, bob, BOB, "OWNER")

    async def leaves(tx: Transaction) -> None:
        await leave_organisation(tx, viewer, organisation_id=number)

    await in_transaction(database, lambda tx: leaves(replace(tx, now=before)))
    assert await roles(group) == {"OWNER": 1}


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(database: Database) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    query = "{ me { memberships { edges { node { id } } } } }"
    [edge] = (await ann.asks(query))["me"]["memberships"]["edges"]
    theirs = await taken_on(ann, group, bob, BOB, "OWNER")
    done = await asyncio.gather(
        ann.does("removeMember", membershipId=theirs),
        bob.does("removeMember", membershipId=edge["node"]["id"]),
    )
    assert [] in [refused(each) for each in done]
    assert await roles(group) == {"OWNER": 1}


async def test_handing_over_and_leaving_at_once_never_leaves_it_without_an_owner(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    for _ in range(5):
        await advance(DAY)
        theirs = await taken_on(ann, group, bob, BOB)
        given = {"organisationId": group, "membershipId": theirs}
        await asyncio.gather(
            ann.does("handOverOrganisation", **given),
            bob.does("leaveOrganisation", organisationId=group),
        )
        found = await roles(group)
        assert found["OWNER"] == 1, found
        if (await bob.viewer()).posts:
            [back] = [m.id for m in await Membership.filter(until__isnull=True, role="MEMBER")][:1]
            given["membershipId"] = write_id("mem", back)
            await bob.does("handOverOrganisation", **given)
            await bob.does("leaveOrganisation", organisationId=group)


async def test_accepting_and_being_invited_again_at_once_is_a_fact_to_act_on(
    database: Database, advance: Advance
) -> None:
    ann, bob = await signed_in(database, ANN), await signed_in(database, BOB)
    group = await a_group(ann)
    for _ in range(5):
        await advance(DAY)
        invitation = await invited(ann, group, BOB)
        accepted, _ = await asyncio.gather(
            bob.does("acceptInvitation", invitationId=invitation),
            inviting(ann, group, BOB, "TREASURER"),
        )
        assert refused(accepted) in ([], ["NOT_FOUND"], ["TRY_AGAIN"], ["WRONG_STATE"])
        assert await Invitation.filter(state=InvitationState.OPEN).count() <= 1
        if not refused(accepted):
            await bob.does("leaveOrganisation", organisationId=group)

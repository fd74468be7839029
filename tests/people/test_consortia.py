"""Organisations that act together."""

import asyncio

from commonweal.people.tables_partners import Partner
from commonweal.store.database import Database
from tests.people.signing import Somebody, an_officer_of, refused, signed_in
from tests.people.stories import a_group

SHOWN = "organisation { id kind partners { edges { node { leads since organisation { name } } } } }"


async def formed(database: Database) -> tuple[Somebody, str, str]:
    """Whoever leads, the leading group, the consortium."""
    ann = await signed_in(database, "ann@example.org")
    lead = await a_group(ann, "Lead")
    payload = await ann.does("formConsortium", SHOWN, organisationId=lead, name="Together")
    assert refused(payload) == []
    [edge] = payload["organisation"]["partners"]["edges"]
    assert edge["node"]["leads"] is True
    return ann, lead, payload["organisation"]["id"]


async def test_an_invited_organisation_joins_takes_the_lead_and_the_other_leaves(
    database: Database,
) -> None:
    ann, lead, whole = await formed(database)
    bob = await signed_in(database, "bob@example.org")
    other = await a_group(bob, "Other")
    joining = {"organisationId": other, "consortiumId": whole}
    assert refused(await bob.does("joinConsortium", **joining)) == ["NOT_INVITED"]
    inviting = {"organisationId": whole, "partnerId": other}
    assert refused(await ann.does("invitePartner", **inviting)) == []
    assert refused(await ann.does("invitePartner", **inviting)) == ["ALREADY_PARTNER"]
    assert refused(await ann.does("handOverLead", **inviting)) == ["NOT_A_PARTNER"]
    assert refused(await bob.does("joinConsortium", SHOWN, **joining)) == []
    leaving = {"organisationId": lead, "consortiumId": whole}
    assert refused(await ann.does("leaveConsortium", **leaving)) == ["LEAD_STAYS"]
    assert refused(await ann.does("handOverLead", **inviting)) == []
    left = await ann.does("leaveConsortium", SHOWN, **leaving)
    [edge] = left["organisation"]["partners"]["edges"]
    assert edge["node"]["organisation"]["name"] == "Other"
    assert edge["node"]["leads"] is True


async def test_an_invitation_is_between_the_two_until_it_is_accepted(database: Database) -> None:
    ann, _, whole = await formed(database)
    bob = await signed_in(database, "bob@example.org")
    other = await a_group(bob, "Other")
    await ann.does("invitePartner", organisationId=whole, partnerId=other)
    asked = f'{{ organisation(id: "{whole}") {{ partners {{ totalCount }} }} }}'
    eve = await signed_in(database, "eve@example.org")
    counts = [await each.asks(asked) for each in (ann, bob, eve)]
    assert [each["organisation"]["partners"]["totalCount"] for each in counts] == [2, 2, 1]


async def test_no_consortium_can_hold_a_consortium(database: Database) -> None:
    ann, _, whole = await formed(database)
    assert refused(await ann.does("formConsortium", organisationId=whole, name="More")) == [
        "PARTNER_UNFIT"
    ]
    itself = {"organisationId": whole, "partnerId": whole}
    assert refused(await ann.does("invitePartner", **itself)) == ["PARTNER_UNFIT"]
    group = await a_group(ann, "Plain")
    plain = {"organisationId": group, "partnerId": whole}
    assert refused(await ann.does("invitePartner", **plain)) == ["NOT_A_CONSORTIUM"]


async def test_a_group_that_is_invited_twenty_times_at_once_is_invited_once(
    database: Database,
) -> None:
    ann, _, whole = await formed(database)
    other = await a_group(ann, "Other")
    inviting = {"organisationId": whole, "partnerId": other}
    payloads = await asyncio.gather(*(ann.does("invitePartner", **inviting) for _ in range(20)))
    assert sum(not refused(each) for each in payloads) == 1
    assert await Partner.filter(since__isnull=True).count() == 1


async def test_who_leads_cannot_end_and_a_consortium_that_ends_has_no_partners(
    database: Database,
) -> None:
    ann, lead, whole = await formed(database)
    assert refused(await ann.does("endOrganisation", organisationId=lead)) == ["STILL_LEADS"]
    assert refused(await ann.does("endOrganisation", organisationId=whole)) == []
    assert await Partner.filter(until__isnull=True).count() == 0
    assert refused(await ann.does("endOrganisation", organisationId=lead)) == []


async def test_only_its_own_people_form_and_join(database: Database) -> None:
    _ann, lead, whole = await formed(database)
    eve = await signed_in(database, "eve@example.org")
    other = await a_group(eve, "Other")
    assert refused(await eve.does("formConsortium", organisationId=lead, name="x")) == [
        "NOT_ALLOWED"
    ]
    taking = {"organisationId": whole, "partnerId": other}
    assert refused(await eve.does("invitePartner", **taking)) == ["NOT_ALLOWED"]
    joined = {"organisationId": lead, "consortiumId": whole}
    assert refused(await eve.does("leaveConsortium", **joined)) == ["NOT_ALLOWED"]
    officer = await an_officer_of(database, 1)
    assert refused(await officer.does("formConsortium", organisationId=lead, name="x")) == [
        "NOT_ALLOWED"
    ]

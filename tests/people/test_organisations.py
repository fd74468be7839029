"""Organisations: founded, looked at by officers, revised, ended."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from commonweal.access import Role
from commonweal.kernel.ids import read_id, write_id
from commonweal.messages.tables import Message
from commonweal.people.rules_organisations import AREAS, FOUNDED, REASON, REGISTRATIONS, SCHEMES
from commonweal.people.tables_organisations import Membership, Organisation, Registration
from commonweal.places.rules import AreaKind
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from tests.conftest import TODAY, Advance
from tests.makers import the_council
from tests.people.signing import Somebody, an_officer_of, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.people.test_councils import appointed

SHOWN = """organisation { kind state version name legalForm description website home decidedAt
  reason council { code } areas { edges { node { area { id } } } }
  members { edges { node { role } } }
  registrations { edges { node { scheme number confirmed } } } }"""
CHARITY = {"scheme": "GB-CHC", "number": "1234567"}


async def founding(founder: Somebody, **more: Any) -> dict[str, Any]:
    council = await the_council(founder.database)
    given = {"kind": "COMMUNITY_GROUP", "name": "Friends", "councilId": write_id("are", council.id)}
    return await founder.does("foundOrganisation", SHOWN, **(given | more))


async def officer(database: Database, code: str = "E07000078") -> Somebody:
    """A council's own token."""
    return await an_officer_of(database, (await the_council(database, code)).id)


async def looked_at(database: Database, group: str) -> Organisation:
    return await Organisation.get(id=read_id("org", group))


# ---- founding ------------------------------------------------------------------------------------


async def test_whoever_founds_a_group_is_its_owner_and_an_officer_has_yet_to_look(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    council = await the_council(database)
    payload = await founding(
        ann,
        name="  Friends of   the Hall ",
        legalForm="CIO",
        description="We mend it.\nOn Mondays.",
        website=" https://friends.example.org ",
        home={"longitude": -2.08, "latitude": 51.9},
        registrations=[{"scheme": " gb-chc ", "number": " 123 4567"}],
        areas=[write_id("are", council.id)],
    )
    assert payload["userErrors"] == []
    found = payload["organisation"]
    assert found == {
        "kind": "COMMUNITY_GROUP", "state": "UNVERIFIED", "version": 1,
        "name": "Friends of the Hall", "legalForm": "CIO",
        "description": "We mend it.\nOn Mondays.", "website": "https://friends.example.org",
        "home": {"type": "Point", "coordinates": [-2.08, 51.9]}, "decidedAt": None, "reason": None,
        "council": {"code": council.code},
        "areas": {"edges": [{"node": {"area": {"id": write_id("are", council.id)}}}]},
        "members": {"edges": [{"node": {"role": "OWNER"}}]},
        "registrations": {
            "edges": [{"node": {"scheme": "GB-CHC", "number": "1234567", "confirmed": False}}]
        },
    }  # fmt: skip
    mine = await ann.asks("{ me { memberships { edges { node { role } } } } }")
    assert mine["me"]["memberships"]["edges"] == [{"node": {"role": "OWNER"}}]
    [act] = await AuditRecord.filter(action="found_organisation")
    assert act.facts == {"kind": "COMMUNITY_GROUP"}


REFUSED: Final[list[tuple[dict[str, Any], str | None]]] = [
    ({"kind": "COUNCIL"}, "COUNCILS_ARE_APPOINTED"),
    ({"kind": "CONSORTIUM"}, "CONSORTIA_ARE_FORMED"),
    ({"name": " "}, "ORGANISATION_NAME_LENGTH"),
    ({"name": "x" * 201}, "ORGANISATION_NAME_LENGTH"),
    ({"name": "\u200b"}, "ORGANISATION_NAME_LENGTH"),
    ({"description": "x" * 4_001}, "TEXT_TOO_LONG"),
    ({"website": "javascript:alert(1)"}, "WEBSITE_UNLIKELY"),
    ({"website": "https://bank.example@evil.example"}, "WEBSITE_UNLIKELY"),
    ({"website": "https://x.example/\n"}, None),  # blanks around it go
    ({"website": "https://" + "x" * 200}, "WEBSITE_UNLIKELY"),
    ({"home": {"longitude": 300.0, "latitude": 51.9}}, "OFF_THE_GLOBE"),
    ({"home": {"longitude": 394_000.0, "latitude": 222_000.0}}, "LOOKS_LIKE_GRID"),
    ({"registrations": [{"scheme": "GB-ABC", "number": "1"}]}, "REGISTRATION_UNLIKELY"),
    ({"registrations": [{"scheme": "GB-CHC", "number": "SC12"}]}, "REGISTRATION_UNLIKELY"),
    ({"registrations": [CHARITY, CHARITY]}, "TOO_MANY_REGISTRATIONS"),
    ({"areas": ["are_0000000000000"]}, "NOT_AN_AREA"),
    ({"areas": ["nonsense"]}, "NOT_AN_AREA"),
    ({"areas": ["are_0000000000000"] * (AREAS.value + 1)}, "TOO_MANY_AREAS"),
]


async def test_what_cannot_be_an_organisation_is_refused_and_nothing_of_it_stays(
    database: Database,
) -> None:
    for n, (more, code) in enumerate(REFUSED):
        ann = await signed_in(database, f"p{n}@example.org")
        payload = await founding(ann, **more)
        assert refused(payload) == ([code] if code else []), more
    assert await Organisation.all().count() == await Membership.all().count() == 1
    assert len(SCHEMES) >= REGISTRATIONS.value


async def test_a_council_is_where_a_group_says_that_it_is_or_it_is_not_founded(
    database: Database,
) -> None:
    ann = await signed_in(database, "ann@example.org")
    council = await the_council(database)
    ward = await Area.create(
        id=council.id + 1, kind=AreaKind.WARD, code="E05000001", name="North", licence="made up",
        valid_from=council.valid_from, council_id=council.id,
    )  # fmt: skip
    for given in ("are_0000000000000", "org_0000000000000", "nonsense"):
        assert refused(await founding(ann, councilId=given)) == ["NOT_FOUND"]
    assert refused(await founding(ann, councilId=write_id("are", ward.id))) == ["NOT_A_COUNCIL"]


async def test_somebody_founds_five_in_a_day_and_a_refused_one_is_none(
    database: Database, advance: Advance
) -> None:
    ann = await signed_in(database, "ann@example.org")
    assert refused(await founding(ann, name="")) == ["ORGANISATION_NAME_LENGTH"]
    found = await asyncio.gather(*(founding(ann, name=f"G {n}") for n in range(FOUNDED.value + 5)))
    codes = sorted(code for each in found for code in refused(each))
    assert codes == ["TOO_MANY_FOUNDED"] * 5
    assert await Organisation.all().count() == FOUNDED.value == 5
    await advance(timedelta(days=1))
    assert refused(await founding(ann)) == []


# ---- looking at them -----------------------------------------------------------------------------


async def test_an_officer_verifies_and_what_was_looked_at_is_looked_at_anew_when_it_changes(
    database: Database,
) -> None:
    ann, clerk = await signed_in(database, "ann@example.org"), await officer(database)
    group = await a_group(ann)
    given = {"organisationId": group}
    await ann.does("reviseOrganisation", registrations=[CHARITY], **given)
    payload = await clerk.does("verifyOrganisation", SHOWN, **given)
    assert payload["organisation"]["state"] == "VERIFIED"
    assert payload["organisation"]["decidedAt"] == TODAY.isoformat()
    [number] = payload["organisation"]["registrations"]["edges"]
    assert number["node"]["confirmed"] is True
    assert refused(await clerk.does("verifyOrganisation", **given)) == ["WRONG_STATE"]
    stays: list[dict[str, Any]] = [{"description": "New"}, {"website": ""}, {"areas": []}]
    for more in stays:
        payload = await ann.does("reviseOrganisation", SHOWN, **given, **more)
        assert payload["organisation"]["state"] == "VERIFIED", more
    anew: list[dict[str, Any]] = [{"name": "Fiends"}, {"legalForm": "CIC"}, {"registrations": []}]
    for more in anew:
        payload = await ann.does("reviseOrganisation", SHOWN, **given, **more)
        assert payload["organisation"]["state"] == "UNVERIFIED", more
        assert payload["organisation"]["decidedAt"] is None
        assert not await Registration.filter(confirmed=True).exists()
        assert refused(await clerk.does("verifyOrganisation", **given)) == []


async def test_an_officer_says_what_is_lacking_and_its_owners_are_told(
    database: Database,
) -> None:
    ann, clerk = await signed_in(database, "ann@example.org"), await officer(database)
    group = await a_group(ann)
    bob = await signed_in(database, "bob@example.org")
    await taken_on(ann, group, bob, "bob@example.org")
    for reason in ("", " \n ", "x" * (REASON + 1)):
        payload = await clerk.does("declineOrganisation", organisationId=group, reason=reason)
        assert refused(payload) == ["REASON_NEEDED"]
    given = {"organisationId": group, "reason": "Which hall?"}
    payload = await clerk.does("declineOrganisation", SHOWN, **given)
    assert payload["organisation"]["state"] == "DECLINED"
    assert payload["organisation"]["reason"] == "Which hall?"
    [told] = await Message.filter(kind="organisation_declined")
    assert told.to_address == "ann@example.org"
    assert "Which hall?" in told.body
    assert refused(await clerk.does("declineOrganisation", **given)) == ["WRONG_STATE"]
    revised = await ann.does("reviseOrganisation", SHOWN, organisationId=group, name="The Hall")
    assert (revised["organisation"]["state"], revised["organisation"]["reason"]) == (
        "UNVERIFIED", None,
    )  # fmt: skip


LOOKING: Final[dict[str, dict[str, Any]]] = {
    "verifyOrganisation": {},
    "declineOrganisation": {"reason": "x"},
}


async def test_no_officer_looks_at_their_own_or_beyond_their_council(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    elsewhere = await officer(database, "E07000079")
    for name, more in LOOKING.items():
        payload = await elsewhere.does(name, organisationId=group, **more)
        assert refused(payload) == ["NOT_ALLOWED"]
    await appointed(database, "E07000078", "ann@example.org", Role.OFFICER)
    for name, more in LOOKING.items():
        payload = await ann.does(name, organisationId=group, **more)
        assert refused(payload) == ["OWN_ORGANISATION"]
    assert (await looked_at(database, group)).state == "unverified"


async def test_a_number_is_one_verified_organisations_alone(database: Database) -> None:
    ann, clerk = await signed_in(database, "ann@example.org"), await officer(database)
    first, second = await a_group(ann), await a_group(ann, "Fiends")
    for group in (first, second):  # anybody may say it; whose it is, the officer finds out
        payload = await ann.does(
            "reviseOrganisation", organisationId=group, registrations=[CHARITY]
        )
        assert refused(payload) == []
    assert refused(await clerk.does("verifyOrganisation", organisationId=first)) == []
    payload = await clerk.does("verifyOrganisation", organisationId=second)
    assert refused(payload) == ["REGISTRATION_TAKEN"]
    assert (await looked_at(database, second)).state == "unverified"
    assert refused(await ann.does("endOrganisation", organisationId=first)) == []
    assert refused(await clerk.does("verifyOrganisation", organisationId=second)) == []


async def test_of_two_officers_who_verify_one_number_at_once_one_does(database: Database) -> None:
    clerks = [await officer(database) for _ in range(2)]
    for n in range(4):
        number = {"scheme": "GB-COH", "number": f"1234567{n}"}
        for email in (f"ann{n}@example.org", f"eve{n}@example.org"):
            founded = await founding(await signed_in(database, email), registrations=[number])
            assert refused(founded) == []
        rivals = await Organisation.all().order_by("-id").limit(2)
        done = await asyncio.gather(
            *(
                clerk.does("verifyOrganisation", organisationId=write_id("org", row.id))
                for clerk, row in zip(clerks, rivals, strict=True)
            )
        )
        assert sorted(refused(each) for each in done) == [[], ["REGISTRATION_TAKEN"]]
    assert await Registration.filter(confirmed=True).count() == 4
    assert await Organisation.filter(state="verified").count() == 4


async def test_two_officers_who_verify_one_group_at_once_do_it_once(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    clerks = [await officer(database) for _ in range(2)]
    done = await asyncio.gather(
        *(clerk.does("verifyOrganisation", organisationId=group) for clerk in clerks)
    )
    assert sorted(refused(each) for each in done) == [[], ["WRONG_STATE"]]
    assert await AuditRecord.filter(action="verify_organisation").count() == 1


# ---- revising and ending -------------------------------------------------------------------------


async def test_what_is_not_given_stays_and_what_is_blank_goes(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    council = write_id("are", (await the_council(database)).id)
    more = {"description": "We", "website": "https://x.example", "areas": [council]}
    payload = await founding(ann, registrations=[CHARITY], **more)
    group = write_id("org", (await Organisation.get()).id)
    before = payload["organisation"]
    given = {"organisationId": group}
    same = await ann.does("reviseOrganisation", SHOWN, **given)
    assert same["organisation"] == before
    blank = {"description": "", "website": " ", "areas": [], "registrations": []}
    payload = await ann.does("reviseOrganisation", SHOWN, **given, **blank)
    nothing: dict[str, Any] = {"edges": []}
    gone = {"description": None, "website": None, "areas": nothing, "registrations": nothing}
    assert payload["organisation"] == before | gone
    for wrong, code in REFUSED:
        if code and "kind" not in wrong:
            assert refused(await ann.does("reviseOrganisation", **given, **wrong)) == [code], wrong
    assert (await looked_at(database, group)).name == "Friends"


async def test_an_organisation_that_ended_has_nobody_and_nothing_is_done_with_it(
    database: Database,
) -> None:
    ann, bob = (
        await signed_in(database, "ann@example.org"),
        await signed_in(database, "b@b.example"),
    )
    group = await a_group(ann)
    await taken_on(ann, group, bob, "b@b.example", "OWNER")
    given = {"organisationId": group}
    assert refused(await ann.does("endOrganisation", **given)) == []
    for each in (ann, bob):
        assert (await each.viewer()).posts == ()
        assert refused(await each.does("endOrganisation", **given)) == ["NOT_ALLOWED"]
        assert refused(await each.does("reviseOrganisation", name="x", **given)) == ["NOT_ALLOWED"]
    clerk = await officer(database)
    assert refused(await clerk.does("verifyOrganisation", **given)) == ["ORGANISATION_ENDED"]
    shown = await ann.asks(
        f'{{ organisation(id: "{group}") {{ state name history {{ totalCount }} }} }}'
    )
    assert shown["organisation"] == {"state": "ENDED", "name": "Friends", "history": None}
    assert not await Membership.filter(until__isnull=True).exists()


async def test_twenty_owners_who_end_it_at_once_end_it_once(database: Database) -> None:
    ann = await signed_in(database, "ann@example.org")
    group = await a_group(ann)
    done = await asyncio.gather(
        *(ann.does("endOrganisation", organisationId=group) for _ in range(20))
    )
    codes = [refused(each) for each in done]
    assert codes.count([]) == 1
    assert all(code in ([], ["ORGANISATION_ENDED"], ["NOT_ALLOWED"]) for code in codes)
    assert await AuditRecord.filter(action="end_organisation").count() == 1


async def test_a_council_is_not_ended_by_its_owner(database: Database) -> None:
    number = await appointed(database, "E07000078", "olga@example.org")
    olga = await signed_in(database, "olga@example.org")
    payload = await olga.does("endOrganisation", organisationId=number)
    assert refused(payload) == ["COUNCILS_ARE_APPOINTED"]

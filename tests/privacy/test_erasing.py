"""Somebody sees all that is held about them, and is erased: what was decided stays provable."""

import asyncio
from typing import Any

import orjson

from commonweal.access import Role
from commonweal.handovers.tables import CaseQuestion, Watch
from commonweal.handovers.tables_decisions import Decision
from commonweal.handovers.tables_scores import Scorer
from commonweal.kernel.ids import read_id, write_id
from commonweal.people.queries import viewer_of
from commonweal.people.rules_organisations import OrganisationState
from commonweal.people.tables import AccessToken, Person
from commonweal.people.tables_blocks import Block
from commonweal.people.tables_households import Consent, HouseholdInvitation
from commonweal.people.tables_organisations import Invitation, Membership, Organisation
from commonweal.privacy.actions import held_about
from commonweal.privacy.holdings import HOLDINGS
from commonweal.store.audit import BEGINNING, hash_of
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import Transaction, in_transaction
from tests.people.families import a_child, a_family, a_household, joined
from tests.people.signing import Somebody, code_sent, refused, signed_in
from tests.people.stories import a_group, taken_on
from tests.privacy.lives import leads_a_full_life, takes_part_in_a_case
from tests.safety.townspeople import townspeople

EMAIL, NAME, PHONE = "ann.canary@example.org", "Ann Canary", "+44 1242 555 012"


async def known(database: Database) -> tuple[Somebody, str]:
    """Somebody with everything that the service can know of them, and their group."""
    ann = await signed_in(database, EMAIL)
    await ann.does("reviseMe", name=NAME, phone=PHONE, language="WELSH")
    await ann.does("setHome", longitude=-2.0781, latitude=51.9001)
    await ann.does("createAccessToken", label="my calendar", scopes=["PERSONAL"])
    return ann, await a_group(ann)


async def erased(somebody: Somebody, email: str) -> dict[str, Any]:
    assert refused(await somebody.does("requestErasureCode")) == []
    return await somebody.does("eraseMe", code=await code_sent(email))


async def everything(database: Database) -> bytes:
    """All rows of all tables as text: what a thief of the database would read."""
    apps = database.context.apps
    assert apps
    found = [await model.all().values() for model in apps.get_models_iterable()]
    return orjson.dumps(found, default=str)


async def a_withheld_invitation(whom: Somebody) -> None:
    """Of somebody whom they blocked: it is kept under a key that is no address."""
    eve = await signed_in(whom.database, "eve@example.org")
    number = (await eve.viewer()).id or 0
    me = (await whom.viewer()).id or 0

    async def block(tx: Transaction) -> None:
        await Block.create(id=tx.new_id(), person_id=me, blocked_id=number, since=tx.now)

    await in_transaction(whom.database, block)
    hers = await a_group(eve, "Eve's")
    invited = {"organisationId": hers, "email": EMAIL.replace("ann", "Ann"), "role": "MEMBER"}
    assert refused(await eve.does("inviteMember", **invited)) == []
    [row] = await Invitation.filter(organisation_id=read_id("org", hers))
    assert row.email_key != EMAIL
    household = await a_household(eve, "The Eves")
    await eve.does("inviteAdult", householdId=household, email=EMAIL.upper())
    of_household = HouseholdInvitation.filter(household_id=read_id("hsh", household))
    assert await of_household.update(email_key="0" * 64) == 1


async def test_the_export_has_all_that_is_known_and_no_secret(database: Database) -> None:
    ann, group = await known(database)
    me = (await ann.viewer()).id or 0
    held = await held_about(database, me)
    [person] = held["person"]
    assert (person["name"], person["email"], person["phone"]) == (NAME, EMAIL, PHONE)
    assert person["home"] == "POINT (-2.0781 51.9001)"
    assert {row["label"] for row in held["sessionsAndTokens"]} == {"a test", "my calendar"}
    [membership] = held["memberships"]
    assert membership["organisation_id"] == group
    assert {row["action"] for row in held["acts"]} >= {"join", "found_organisation"}
    assert "hash" not in "".join(held["sessionsAndTokens"][0])
    orjson.dumps(held)  # it is JSON


async def test_nothing_of_an_erased_person_is_left_in_any_table(database: Database) -> None:
    ann, _ = await known(database)
    bob = await signed_in(database, "bob@example.org")
    theirs = await a_group(bob, "Bob's")
    invited = {"organisationId": theirs, "email": EMAIL, "role": "MEMBER"}
    await bob.does("inviteMember", **invited)
    await a_withheld_invitation(ann)
    before = await everything(database)
    assert all(word.encode() in before for word in (EMAIL, NAME, PHONE, "51.9001"))
    assert refused(await erased(ann, EMAIL)) == []
    after = await everything(database)
    canaries = (EMAIL, NAME, PHONE, "51.9001", "my calendar")
    assert [word for word in canaries if word.lower().encode() in after.lower()] == []
    assert await viewer_of(database, ann.token) is None


async def test_the_chains_are_whole_after_somebody_was_erased(database: Database) -> None:
    ann, group = await known(database)
    me = (await ann.asks("{ me { id } }"))["me"]["id"]
    await erased(ann, EMAIL)
    acts = [row.action for row in await AuditRecord.filter(subject_id=read_id("per", me))]
    assert acts[-1] == "erase"
    for subject in (read_id("per", me), read_id("org", group)):
        before = BEGINNING
        for row in await AuditRecord.filter(subject_id=subject).order_by("sequence"):
            assert row.previous_hash == before
            assert row.hash == hash_of(row)
            before = row.hash


async def test_whoever_signs_in_with_the_address_again_is_somebody_new(database: Database) -> None:
    ann, _ = await known(database)
    old = (await ann.viewer()).id
    await erased(ann, EMAIL)
    again = await signed_in(database, EMAIL)
    assert (await again.viewer()).id != old
    assert (await again.asks("{ me { name memberships { totalCount } } }"))["me"] == {
        "name": None,
        "memberships": {"totalCount": 0},
    }


async def test_the_last_owner_of_others_cannot_be_erased_and_a_group_of_one_ends(
    database: Database,
) -> None:
    ann, group = await known(database)
    bob = await signed_in(database, "bob@example.org")
    await taken_on(ann, group, bob, "bob@example.org")
    assert refused(await erased(ann, EMAIL)) == ["STILL_OWNER"]
    await bob.does("leaveOrganisation", organisationId=group)
    await ann.does("requestErasureCode")
    assert refused(await ann.does("eraseMe", code=await code_sent(EMAIL))) == []
    ended = await Organisation.get(id=read_id("org", group))
    assert ended.state == OrganisationState.ENDED
    assert ended.hidden
    assert not (ended.description)
    assert not (ended.home)


async def test_only_the_code_for_it_erases_and_not_one_to_sign_in(database: Database) -> None:
    ann, _ = await known(database)
    await signed_in(database, EMAIL)
    assert refused(await ann.does("eraseMe", code=await code_sent(EMAIL))) == ["CODE_WRONG"]
    token = (await ann.does("createAccessToken", "token", label="t", scopes=["PERSONAL"]))["token"]
    program = Somebody(database, token)
    assert refused(await program.does("requestErasureCode")) == ["SCOPE_LACKING"]
    assert await Person.filter(erased_at__isnull=True).count() == 1


async def test_twenty_erasures_at_once_are_one(database: Database) -> None:
    ann, _ = await known(database)
    await ann.does("requestErasureCode")
    code = await code_sent(EMAIL)
    viewer = await ann.viewer()
    asked = [ann.does("eraseMe", code=code) for _ in range(20)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    done = [each for each in outcomes if isinstance(each, dict) and not refused(each)]
    assert len(done) == 1
    assert await AuditRecord.filter(subject_id=viewer.id, action="erase").count() == 1
    assert await AccessToken.filter(person_id=viewer.id).count() == 0


async def test_a_coordinator_erases_whom_they_registered_and_nobody_else(
    database: Database,
) -> None:
    ann, group = await known(database)
    card = await ann.does("registerPerson", "person { id }", organisationId=group, name="Mrs Bee")
    bob = await signed_in(database, "bob@example.org")
    await taken_on(ann, group, bob, "bob@example.org")
    his = (await bob.asks("{ me { id } }"))["me"]["id"]
    assert refused(await ann.does("erasePerson", personId=his)) == ["NOT_ALLOWED"]
    assert refused(await bob.does("erasePerson", personId=card["person"]["id"])) == ["NOT_ALLOWED"]
    assert refused(await ann.does("erasePerson", personId=card["person"]["id"])) == []
    assert "Mrs Bee" not in (await everything(database)).decode()


async def test_a_guardian_erases_a_child_who_is_not_there_for_another_household(
    database: Database,
) -> None:
    ann, _, _, child = await a_family(database)
    eve = await signed_in(database, "eve@example.org")
    await a_household(eve, "The Others")
    nobody = refused(await eve.does("eraseChild", childId="per_0000000000000"))
    assert refused(await eve.does("eraseChild", childId=child)) == nobody == ["NOT_FOUND"]
    given = {"childId": child, "purpose": "VOLUNTEERING"}
    assert refused(await ann.does("giveConsent", **given)) == []
    assert b'"Cy"' in await everything(database)
    assert refused(await ann.does("eraseChild", childId=child)) == []
    assert b'"Cy"' not in await everything(database)
    left = await Person.get(id=read_id("per", child))
    assert [left.name, left.household_id, left.age_band] == [None] * 3
    assert await Consent.filter(child_id=left.id).count() == 1
    assert refused(await ann.does("eraseChild", childId=child)) == ["NOT_FOUND"]


async def test_a_guardian_is_erased_once_whoever_grew_up_has_a_card_though_they_claim_nothing(
    database: Database,
) -> None:
    ann = await signed_in(database, EMAIL)
    grown = await a_child(ann, await a_household(ann))
    assert refused(await erased(ann, EMAIL)) == ["LAST_ADULT"]
    await ann.does("reviewChild", childId=grown, ageBand="ADULT")
    assert refused(await erased(ann, EMAIL)) == ["CARD_NEEDED"]
    await ann.does("printGrownCard", "card", childId=grown)
    assert refused(await erased(ann, EMAIL)) == []
    left = await Person.get(id=read_id("per", grown))
    assert left.name == "Cy"
    assert left.card_hash


async def test_of_twenty_who_erase_a_child_at_once_one_does(database: Database) -> None:
    ann, bob, _, child = await a_family(database)
    asked = [each.does("eraseChild", childId=child) for each in (ann, bob) * 10]
    outcomes = [refused(payload) for payload in await asyncio.gather(*asked)]
    assert sorted(outcomes) == [[], *[["NOT_FOUND"]] * 19]
    erasures = AuditRecord.filter(subject_id=read_id("per", child), action="erase")
    assert await erasures.count() == 1


async def test_the_last_in_a_council_is_told_to_hand_it_over_first(database: Database) -> None:
    town = await townspeople(database)
    assert refused(await erased(town["boris"], "boris@example.org")) == ["STILL_OWNER"]
    assert refused(await erased(town["vera"], "vera@example.org")) == []  # victor is there


async def test_of_what_was_held_about_somebody_only_what_is_kept_is_left(
    database: Database,
) -> None:
    town = await townspeople(database)
    await leads_a_full_life(town)
    mia = await Person.get(id=town.numbers["mia"])
    before = await Person.get(id=town.numbers["vera"])
    assert b"swore at me" in await everything(database)
    # others stay with her child and with whom she took on
    household = write_id("hsh", before.household_id or 0)
    await joined(town["vera"], household, "carl@example.org")
    await Membership.filter(person_id=mia.id).update(role=Role.OWNER)
    assert refused(await erased(town["vera"], "vera@example.org")) == []
    assert b"swore at me" not in await everything(database)
    assert b"She lies." in await everything(database)  # of somebody else, who is there
    for holding in HOLDINGS:
        left = await (await holding.rows(before)).values()
        assert not (holding.goes and left), holding.what
        assert bool(left) or not holding.kept, holding.what
        for row in left:
            assert {name: row[name] for name in holding.blank} == holding.blank, holding.what


async def test_of_a_case_what_was_decided_stays_and_what_was_said_of_oneself_goes(
    database: Database,
) -> None:
    """Invariant 27."""
    town = await townspeople(database)
    await takes_part_in_a_case(town, "sid")
    held = await held_about(database, town.numbers["sid"])
    [asked], [panel] = held["questionsAsked"], held["panels"]
    assert (asked["text"], panel["interest"]) == ("Is it dry?", "My sister is its chair.")
    assert refused(await erased(town["sid"], "sid@example.org")) == []
    assert await Watch.all().count() == 0
    question, scorer = await CaseQuestion.get(), await Scorer.get()
    assert question.asker_id is None
    assert question.text == "Is it dry?"
    assert not scorer.interest
    assert scorer.conflicted_at
    assert scorer.person_id == town.numbers["sid"]
    assert (await Decision.get()).maker_id == town.numbers["sid"]

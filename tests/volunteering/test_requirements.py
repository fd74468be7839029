"""Who may come: by age and consent, skill, training, check and application; and where it is."""

from datetime import timedelta
from typing import Any

from commonweal.store.database import Database
from commonweal.volunteering.rules_applications import QUESTIONS, REFERENCES
from commonweal.volunteering.rules_terms import QUALIFICATIONS, TERMS
from commonweal.volunteering.tables import Term
from commonweal.volunteering.tables_signups import Qualification
from tests.conftest import TODAY, Advance
from tests.people.families import a_child, a_household
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import taken_on
from tests.volunteering.making import HERE, SATURDAY, Help, an_opportunity, people, told

DAY = SATURDAY.date()
APPLICATIONS = """query($id: ID!) { node(id: $id) { ... on Opportunity {
  applications { edges { node { id state } } } } } }"""
PLACE = """query($id: ID!) { node(id: $id) { ... on Opportunity {
  address location meetingPoint meetingAddress } } }"""


async def with_child(database: Database, band: str) -> tuple[Somebody, str]:
    """A guardian who consented, and the child."""
    guardian = await signed_in(database, "ann@example.org")
    child = await a_child(guardian, await a_household(guardian), band)
    given = {"childId": child, "purpose": "VOLUNTEERING"}
    assert refused(await guardian.does("giveConsent", **given)) == []
    return guardian, child


async def test_a_child_comes_by_its_guardians_hand_and_consent(database: Database) -> None:
    helped = await an_opportunity(database)
    ann = await signed_in(database, "ann@example.org")
    child = await a_child(ann, await a_household(ann))
    assert refused(await helped.joins(ann, childId=child)) == ["CONSENT_NEEDED"]
    zoe = await signed_in(database, "zoe@example.org")
    assert refused(await helped.joins(zoe, childId=child)) == ["NOT_FOUND"]
    given = {"childId": child, "purpose": "VOLUNTEERING"}
    assert refused(await ann.does("giveConsent", **given)) == []
    mine = await helped.placed(ann, childId=child)
    await helped.placed(ann)
    found = await ann.asks("{ me { signUps { edges { node { id } } } } }")
    assert mine not in [edge["node"]["id"] for edge in found["me"]["signUps"]["edges"]]
    to = (SATURDAY + timedelta(days=1)).isoformat()
    until = (SATURDAY + timedelta(days=1, hours=1)).isoformat()
    moved = await helped.owner.does("moveShift", shiftId=helped.shift, startsAt=to, endsAt=until)
    assert refused(moved) == []
    assert await told("shift_moved") == ["ann@example.org"] * 2, "of the child's, who cares for it"
    assert refused(await ann.does("cancelSignUp", signUpId=mine)) == []
    await helped.placed(ann, childId=child)
    assert refused(await helped.owner.does("cancelShift", shiftId=helped.shift)) == []
    assert await told("shift_off") == ["ann@example.org"] * 2


async def test_a_role_takes_nobody_below_its_age(database: Database) -> None:
    helped = await an_opportunity(database, role={"minimumAge": 16})
    ann, child = await with_child(database, "FROM_13_TO_15")
    assert refused(await helped.joins(ann, childId=child)) == ["TOO_YOUNG"]
    younger = await helped.adds(SATURDAY + timedelta(days=1), minimumAge=13)
    await helped.placed(ann, younger, childId=child)
    await helped.placed(ann)
    times = [(SATURDAY + timedelta(days=2, hours=n)).isoformat() for n in (0, 1)]
    odd = await helped.owner.does(
        "addShift",
        opportunityId=helped.opportunity,
        startsAt=times[0],
        endsAt=times[1],
        roles=[{"name": "x", "places": 1, "minimumAge": 17}],
    )
    assert refused(odd) == ["AGE_UNFIT"]


async def test_a_skill_is_good_on_the_day_of_the_shift(database: Database) -> None:
    helped = await an_opportunity(database, role={"skill": "Driving"})
    ann, *_ = await people(database, 1)
    assert refused(await helped.joins(ann)) == ["SKILL_NEEDED"]
    for expires, codes in ((DAY - timedelta(days=1), ["SKILL_NEEDED"]), (DAY, [])):
        said = await ann.does("sayOfMe", term="Driving", expiresOn=str(expires))
        assert refused(said) == []
        assert refused(await helped.joins(ann)) == codes
    later = await helped.adds(SATURDAY + timedelta(days=1), skill="Driving")
    assert refused(await helped.joins(ann, later)) == ["SKILL_NEEDED"]


async def test_training_is_the_organisations_word_and_taken_back_by_it(database: Database) -> None:
    helped = await an_opportunity(database, role={"training": "FoodHygiene"})
    ann, *_ = await people(database, 1)
    member = await taken_on(helped.owner, helped.friends, ann, "p0@example.org")
    assert refused(await ann.does("sayOfMe", term="FoodHygiene")) == ["NOT_OF_ONESELF"]
    assert refused(await helped.joins(ann)) == ["TRAINING_NEEDED"]
    given = {"membershipId": member, "training": "FoodHygiene", "expiresOn": str(DAY)}
    assert refused(await ann.does("recordTraining", **given)) == ["NOT_ALLOWED"]
    wrong = await helped.owner.does("recordTraining", **(given | {"training": "Driving"}))
    assert refused(wrong) == ["UNKNOWN_TERM"]
    done = await helped.owner.does("recordTraining", "qualification { id }", **given)
    mine = await helped.placed(ann)
    later = await helped.adds(SATURDAY + timedelta(days=1), training="FoodHygiene")
    assert refused(await helped.joins(ann, later)) == ["TRAINING_NEEDED"]
    await ann.does("cancelSignUp", signUpId=mine)
    gone = {"qualificationId": done["qualification"]["id"]}
    assert refused(await helped.owner.does("withdrawQualification", **gone)) == []
    assert refused(await helped.joins(ann)) == ["TRAINING_NEEDED"]


async def test_a_check_is_of_the_level_or_above_clear_and_good_on_that_day(
    database: Database,
) -> None:
    helped = await an_opportunity(database, role={"checkLevel": "STANDARD"})
    ann, *_ = await people(database, 1)
    member = await taken_on(helped.owner, helped.friends, ann, "p0@example.org")
    good = {"level": "ENHANCED", "outcome": "CLEAR", "expiresOn": str(DAY)}
    wrongs: list[dict[str, Any]] = [
        {},
        good | {"level": "BASIC"},
        good | {"outcome": "PENDING"},
        good | {"outcome": "DISCLOSED_REFUSED"},
        good | {"expiresOn": str(DAY - timedelta(days=1))},
    ]
    for wrong in wrongs:
        if wrong:
            given = {"membershipId": member, "checkedOn": "2026-11-01", **wrong}
            assert refused(await helped.owner.does("recordCheck", **given)) == []
        assert refused(await helped.joins(ann)) == ["CHECK_NEEDED"]
    given = {"membershipId": member, "checkedOn": "2026-11-02", **good}
    assert refused(await helped.owner.does("recordCheck", **given)) == []
    await helped.placed(ann)
    later = await helped.adds(SATURDAY + timedelta(days=1), checkLevel="STANDARD")
    assert refused(await helped.joins(ann, later)) == ["CHECK_NEEDED"]


async def by_form(database: Database, **more: Any) -> Help:
    return await an_opportunity(database, questions=["Why?", "When?"], **more)


async def applies(helped: Help, somebody: Somebody) -> str:
    given = {"opportunityId": helped.opportunity, "answers": ["I like it.", "Saturdays."]}
    done = await somebody.does("apply", "application { id state }", **given)
    assert refused(done) == []
    return str(done["application"]["id"])


async def test_who_applies_is_accepted_with_references_on_trial_and_then_for_good(
    database: Database, advance: Advance
) -> None:
    helped = await by_form(database, referencesNeeded=2, trialDays=6)
    ann, bob = await people(database, 2)
    assert refused(await helped.joins(ann)) == ["APPLICATION_NEEDED"]
    for answers in ([], ["x"], ["x", ""], ["x", "y", "z"]):
        given = {"opportunityId": helped.opportunity, "answers": answers}
        assert refused(await ann.does("apply", **given)) == ["ANSWERS_UNFIT"]
    mine = await applies(helped, ann)
    given = {"opportunityId": helped.opportunity, "answers": ["x", "y"]}
    assert refused(await ann.does("apply", **given)) == ["APPLIED_ALREADY"]
    assert refused(await helped.joins(ann)) == ["APPLICATION_NEEDED"]
    of = {"applicationId": mine}
    assert refused(await bob.does("acceptApplication", **of)) == ["NOT_FOUND"]
    for words in ("Reliable.", "Kind."):
        early = await helped.owner.does("acceptApplication", **of)
        assert refused(early) == ["REFERENCES_MISSING"]
        noted = await helped.owner.does("recordReference", words=words, **of)
        assert refused(noted) == []
    tried = await helped.owner.does("acceptApplication", "application { state trialUntil }", **of)
    assert tried["application"] == {"state": "TRIAL", "trialUntil": str(DAY)}
    assert await told("application_decided") == ["p0@example.org"]
    await helped.placed(ann)
    later = await helped.adds(SATURDAY + timedelta(days=1))
    assert refused(await helped.joins(ann, later)) == ["TRIAL_OVER"]
    good = await helped.owner.does("acceptApplication", "application { state }", **of)
    assert good["application"]["state"] == "ACCEPTED"
    await helped.placed(ann, later)
    seen = "query($id: ID!) { node(id: $id) { ... on Application { references { edges { node {"
    seen += " words } } } } } }"
    assert len((await helped.owner.asks(seen, id=mine))["node"]["references"]["edges"]) == 2
    own = await ann.asks(seen, id=mine)
    assert own["node"]["references"]["edges"] == [], "what others said is for who decides"
    found = (await bob.asks(APPLICATIONS, id=helped.opportunity))["node"]["applications"]
    assert found["edges"] == []


async def test_who_is_declined_after_all_has_no_place_any_more(database: Database) -> None:
    helped = await by_form(database)
    ann, *_ = await people(database, 1)
    of = {"applicationId": await applies(helped, ann)}
    assert refused(await helped.owner.does("acceptApplication", **of)) == []
    sign_up = await helped.placed(ann)
    assert refused(await helped.owner.does("declineApplication", reason="No.", **of)) == []
    assert await helped.state_of(sign_up) == "CANCELLED"


async def test_who_is_declined_is_told_why_and_may_apply_again(database: Database) -> None:
    helped = await by_form(database)
    ann, *_ = await people(database, 1)
    of = {"applicationId": await applies(helped, ann)}
    assert refused(await helped.owner.does("declineApplication", reason="", **of)) == ["TEXT_UNFIT"]
    shown = "application { state reason }"
    no = await helped.owner.does("declineApplication", shown, reason="We are enough.", **of)
    assert no["application"] == {"state": "DECLINED", "reason": "We are enough."}
    assert await told("application_decided") == ["p0@example.org"]
    assert refused(await helped.joins(ann)) == ["APPLICATION_NEEDED"]
    again = {"applicationId": await applies(helped, ann)}
    assert refused(await ann.does("withdrawApplication", **again)) == []
    late = await helped.owner.does("acceptApplication", **again)
    assert refused(late) == ["WRONG_STATE"]
    plain = await an_opportunity_without_form(helped)
    given = {"opportunityId": plain, "answers": []}
    assert refused(await ann.does("apply", **given)) == ["NO_FORM"]


async def an_opportunity_without_form(helped: Help) -> str:
    given = {"organisationId": helped.friends, "title": "x", "description": "x"}
    given |= {"cause": "Environment", "timing": "FLEXIBLE"}
    made = await helped.owner.does("createOpportunity", "opportunity { id }", **given)
    number = str(made["opportunity"]["id"])
    assert refused(await helped.owner.does("publishOpportunity", "", opportunityId=number)) == []
    return number


async def test_what_an_opportunity_asks_for_is_in_known_words_and_bounds(
    database: Database,
) -> None:
    helped = await an_opportunity(database)
    given: dict[str, Any] = {"organisationId": helped.friends, "title": "x", "description": "x"}
    given["cause"] = "Environment"
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"terms": ["Juggling"]}, ["UNKNOWN_TERM"]),
        ({"terms": ["Environment"]}, ["UNKNOWN_TERM"]),  # a cause
        ({"cause": "Driving"}, ["UNKNOWN_TERM"]),
        ({"terms": ["Driving"] * (TERMS.value + 1)}, ["TOO_MANY_TERMS"]),
        ({"terms": ["Driving"] * TERMS.value}, []),
        ({"questions": ["?"] * (QUESTIONS.value + 1)}, ["FORM_UNFIT"]),
        ({"referencesNeeded": REFERENCES.value + 1}, ["FORM_UNFIT"]),
        ({"trialDays": 0}, ["TRIAL_UNFIT"]),
        ({"hiddenPlace": True}, ["PLACE_UNFIT"]),
        ({"multiplier": 0}, ["MULTIPLIER_UNFIT"]),
        ({"promised": True}, ["PROMISE_NEEDS_POT"]),
        ({"terms": ["Driving", "StepFreeAccess", "Gloves"]}, []),
    ]
    for wrong, codes in cases:
        made = await helped.owner.does("createOpportunity", **(given | wrong))
        assert refused(made) == codes, wrong
    times = [(SATURDAY + timedelta(days=2, hours=n)).isoformat() for n in (0, 1)]
    added = await helped.owner.does(
        "addShift",
        opportunityId=helped.opportunity,
        startsAt=times[0],
        endsAt=times[1],
        roles=[{"name": "x", "places": 1, "skill": "FoodHygiene"}],
    )
    assert refused(added) == ["UNKNOWN_TERM"]
    ann, *_ = await people(database, 1)
    assert refused(await ann.does("sayOfMe", term="Juggling")) == ["UNKNOWN_TERM"]


async def test_of_oneself_one_says_so_much(database: Database) -> None:

    ann = await signed_in(database, "ann@example.org")
    me = (await ann.viewer()).id
    terms = await Term.all().order_by("id")
    for number in range(QUALIFICATIONS.value - 1):
        values = {"id": number + 1, "person_id": me, "term_id": terms[number].id}
        await Qualification.create(**values, at=TODAY)
    assert refused(await ann.does("sayOfMe", term="SundayEvening")) == []
    many = await ann.does("sayOfMe", term="MondayMorning")
    assert refused(many) == ["TOO_MANY_TERMS"]


async def test_a_hidden_place_is_shown_elsewhere_but_to_who_comes(database: Database) -> None:
    helped = await an_opportunity(database, hiddenPlace=True, address="1 Rose Lane")
    ann, bob, zoe = await people(database, 3)
    await helped.adds(SATURDAY + timedelta(days=1))
    mine = await helped.placed(ann)
    await helped.placed(bob)
    await helped.placed(zoe)  # who waits
    here = [HERE["longitude"], HERE["latitude"]]
    for each, comes in ((ann, True), (zoe, False), (helped.owner, True)):
        seen = (await each.asks(PLACE, id=helped.opportunity))["node"]
        assert seen["address"] is None
        assert seen["location"]["coordinates"] != here
        met = seen["meetingPoint"] and seen["meetingPoint"]["coordinates"]
        expected = (here, "1 Rose Lane") if comes else (None, None)
        assert (met, seen["meetingAddress"]) == expected
    assert refused(await ann.does("cancelSignUp", signUpId=mine)) == []
    gone = (await ann.asks(PLACE, id=helped.opportunity))["node"]
    assert (gone["meetingPoint"], gone["meetingAddress"]) == (None, None)

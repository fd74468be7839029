"""Reports: of what one can see, seen by whom they concern, and by nobody whom they are about."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from commonweal.access import Role
from commonweal.kernel.ids import write_id
from commonweal.people.tables import TryCount
from commonweal.safety.actions_reports import sweep_reports
from commonweal.safety.rules import REPORTS, REPORTS_KEPT
from commonweal.safety.tables import Report, ReportCouncil
from commonweal.store.database import Database
from commonweal.store.tables import AuditRecord
from commonweal.store.transaction import in_transaction
from tests.conftest import Advance
from tests.people.signing import Somebody
from tests.safety.townspeople import Townspeople, codes, townspeople

REPORTS_SEEN = """{ reports { edges { node { id state subjectKind subjectId subjectName reason
  words } } } }"""


async def reported(town: Townspeople, name: str, subject: str, **more: Any) -> dict[str, Any]:
    given = {"subjectId": subject, "reason": "FRAUD"} | more
    return await town[name].does("report", "report { id }", **given)


async def seen_by(town: Townspeople, name: str) -> list[dict[str, Any]]:
    found = (await town[name].asks(REPORTS_SEEN))["reports"]["edges"]
    return [edge["node"] for edge in found]


async def test_a_report_reaches_the_officers_of_its_council_and_no_one_else(
    database: Database,
) -> None:
    town = await townspeople(database)
    for subject in (town.listing, town.group):
        assert codes(await reported(town, "sid", subject, words="Look.")) == []
    for officer in ("vera", "victor"):
        found = await seen_by(town, officer)
        assert [(each["subjectId"], each["subjectName"]) for each in found] == [
            (town.group, "Friends of the Hall"),
            (town.listing, "The Old Hall"),
        ]
    for other in ("boris", "olga", "carl", "mia"):
        assert await seen_by(town, other) == []
    mine = await town["sid"].asks(
        "{ me { reports { totalCount edges { node { subjectName } } } } }"
    )
    assert mine["me"]["reports"]["totalCount"] == 2
    assert mine["me"]["reports"]["edges"][0]["node"]["subjectName"] is None


async def test_of_a_person_the_councils_of_what_they_share_are_told_as_it_was_then(
    database: Database,
) -> None:
    town = await townspeople(database)
    assert codes(await reported(town, "mia", town.id("olga"))) == []
    await town["mia"].does("leaveOrganisation", organisationId=town.group)
    [seen] = await seen_by(town, "vera")
    assert (seen["subjectKind"], seen["subjectId"]) == ("PERSON", town.id("olga"))
    assert await seen_by(town, "boris") == []
    assert [row.council_id for row in await ReportCouncil.all()] == [town.council]


async def test_what_one_cannot_see_is_answered_like_what_is_not_there(database: Database) -> None:
    town = await townspeople(database)
    await town["vera"].does("hideListing", listingId=town.listing, reason="x")
    await town["vera"].does("hideOrganisation", organisationId=town.group, reason="x")
    unseen = [town.listing, town.group, town.id("olga"), town.asset, "nonsense"]
    missing = [write_id(prefix, 5) for prefix in ("lst", "org", "per")]
    answers = [json.dumps(await reported(town, "sid", each)) for each in (*unseen, *missing)]
    assert len(set(answers)) == 1
    assert "NOT_FOUND" in answers[0]
    assert await Report.all().count() == 0
    assert codes(await reported(town, "mia", town.group)) == []  # its members see it still
    assert codes(await reported(town, "mia", town.id("mia"))) == ["REPORTS_ONESELF"]


async def test_a_second_report_replaces_the_words_of_the_first(database: Database) -> None:
    town = await townspeople(database)
    first = await reported(town, "sid", town.group, words="One.")
    again = await reported(town, "sid", town.group, words="Two.", reason="HATE")
    assert first["report"]["id"] == again["report"]["id"]
    [seen] = await seen_by(town, "vera")
    assert (seen["words"], seen["reason"]) == ("Two.", "HATE")
    await town["vera"].does("decideReport", reportId=seen["id"], upheld=False)
    await reported(town, "sid", town.group, words="Three.")
    assert await Report.all().count() == 2


async def test_of_two_reports_at_once_one_is_open(database: Database) -> None:
    town = await townspeople(database)
    await asyncio.gather(*(reported(town, "sid", town.listing, words=str(n)) for n in range(4)))
    assert await Report.all().count() == 1


async def test_a_person_reports_so_often_in_a_day(database: Database) -> None:
    town = await townspeople(database)
    await reported(town, "sid", town.group)
    await TryCount.filter(tries=1).update(tries=REPORTS.value - 1)
    assert codes(await reported(town, "sid", town.group)) == []
    assert codes(await reported(town, "sid", town.group)) == ["TOO_MANY_REPORTS"]


async def test_the_reporter_is_in_nothing_that_members_can_read(database: Database) -> None:
    """Not in a type's fields, nor in the audit of what was reported."""
    town = await townspeople(database)
    await town.joins("sid", town.group, Role.MEMBER)
    await reported(town, "sid", town.group, words="Somebody steals.")
    await reported(town, "sid", town.id("olga"))
    await town["vera"].does("hideOrganisation", organisationId=town.group, reason="x")
    sid = town.id("sid")
    history = "{ organisation(id: %s) { history { edges { node { actor action facts } } } } }"
    read = await town["olga"].asks(history % json.dumps(town.group))
    assert "hide_organisation" in json.dumps(read)
    assert sid not in json.dumps(read)
    chains = {row.subject_kind for row in await AuditRecord.filter(actor=sid)}
    assert "rep" in chains
    assert not {"org", "lst"} & chains
    schema = await town["olga"].asks('{ __type(name: "Report") { fields { name } } }')
    assert not {"reporter", "person"} & {each["name"] for each in schema["__type"]["fields"]}


async def test_a_report_is_decided_once_and_by_nobody_whom_it_is_about(database: Database) -> None:
    town = await townspeople(database)
    await town.joins("victor", town.group, Role.MEMBER)
    await reported(town, "sid", town.group)
    [seen] = await seen_by(town, "vera")

    async def decided(name: str, upheld: bool) -> list[str]:
        given = {"reportId": seen["id"], "upheld": upheld}
        return codes(await town[name].does("decideReport", "report { state }", **given))

    for stranger in ("boris", "olga"):
        assert await decided(stranger, False) == ["NOT_FOUND"]
    assert await decided("sid", False) == ["NOT_ALLOWED"]  # whose it is sees it
    assert await decided("victor", False) == ["NOT_FOUND"]  # nobody sees what is said of their own
    assert await decided("vera", True) == []
    assert await decided("vera", False) == ["WRONG_STATE"]
    assert (await Report.get()).state == "upheld"


async def test_no_token_lets_an_officer_judge_what_is_their_own(database: Database) -> None:
    town = await townspeople(database)
    town.group = await town.founds("vera", "Vera's own")
    await reported(town, "sid", town.group, words="She steals.")
    [seen] = await seen_by(town, "victor")
    made = await town["vera"].does("createAccessToken", "token", label="t", scopes=["SAFETY"])
    town.people["program"] = Somebody(database, made["token"])
    assert await seen_by(town, "program") == []
    given = {"reportId": seen["id"], "upheld": False}
    assert codes(await town["program"].does("decideReport", **given)) == ["NOT_FOUND"]
    words = {"organisationId": town.group, "reason": "x"}
    hidden = await town["victor"].does("hideOrganisation", "hiding { id }", **words)
    appealed = {"hidingId": hidden["hiding"]["id"], "words": "It is right."}
    made = await town["vera"].does("appeal", "appeal { id }", **appealed)
    decided = {"appealId": made["appeal"]["id"], "upheld": True, "reason": "x"}
    for verb, given in (("restoreOrganisation", words), ("decideAppeal", decided)):
        assert codes(await town["program"].does(verb, **given)) == ["NOT_YOURS_TO_JUDGE"], verb


async def test_hiding_upholds_the_reports_of_what_is_hidden(database: Database) -> None:
    town = await townspeople(database)
    for name in ("sid", "boris"):
        await reported(town, name, town.listing)
    await reported(town, "sid", town.group)
    await town["vera"].does("hideListing", listingId=town.listing, reason="x")
    states = [row.state.value for row in await Report.all().order_by("id")]
    assert states == ["upheld", "upheld", "open"]


async def test_a_decided_report_is_forgotten_after_its_time(
    database: Database, advance: Advance
) -> None:
    town = await townspeople(database)
    await reported(town, "sid", town.listing)
    await reported(town, "sid", town.group)
    await town["vera"].does("hideListing", listingId=town.listing, reason="x")
    assert REPORTS_KEPT.days
    await advance(timedelta(days=REPORTS_KEPT.days))
    assert await in_transaction(database, sweep_reports) == 0
    await advance(timedelta(seconds=1))
    assert await in_transaction(database, sweep_reports) == 1
    assert (await Report.get()).state == "open"
    assert await ReportCouncil.all().count() == 1


async def test_words_are_not_endless(database: Database) -> None:
    town = await townspeople(database)
    assert codes(await reported(town, "sid", town.group, words="x" * 2_001)) == ["TEXT_TOO_LONG"]

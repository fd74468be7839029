"""Appeals: once a hiding, by its author, decided by another officer."""

import asyncio

import pytest

from commonweal.kernel.ids import write_id
from commonweal.people.tables_organisations import Organisation
from commonweal.safety.tables import Appeal, Hiding
from commonweal.store.database import Database
from tests.safety.townspeople import Townspeople, codes, letters_to, townspeople

WRONG = "WRONG_STATE"


async def hide(town: Townspeople, kind: str = "Organisation") -> str:
    subject = {"listingId": town.listing} if kind == "Listing" else {"organisationId": town.group}
    made = await town["vera"].does(f"hide{kind}", "hiding { id }", **subject, reason="Lies.")
    return str(made["hiding"]["id"])


async def appealed(town: Townspeople, hiding: str, name: str = "olga") -> list[str]:
    given = {"hidingId": hiding, "words": "It is true."}
    return codes(await town[name].does("appeal", "appeal { id }", **given))


async def decided(town: Townspeople, name: str, upheld: bool) -> list[str]:
    given = {
        "appealId": write_id("apl", (await Appeal.get()).id),
        "upheld": upheld,
        "reason": "So.",
    }
    return codes(await town[name].does("decideAppeal", "appeal { state }", **given))


async def test_an_author_appeals_and_another_officer_ends_the_hiding(database: Database) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    assert await appealed(town, hiding, "carl") == []
    assert await letters_to("victor") == ["An appeal about Friends of the Hall"]
    waiting = "{ appeals(states: [OPEN]) { edges { node { words hiding { reason } } } } }"
    for name, known in (("victor", 1), ("olga", 1), ("boris", 0), ("mia", 0), ("sid", 0)):
        assert len((await town[name].asks(waiting))["appeals"]["edges"]) == known
    assert await decided(town, "vera", True) == ["ANOTHER_OFFICER"]
    assert await decided(town, "victor", True) == []
    row = await Hiding.get()
    assert row.until is not None
    assert not (await Organisation.get(id=row.subject_id)).hidden
    assert (await Appeal.get()).state == "upheld"
    assert (await letters_to("olga"))[-1] == "Friends of the Hall is there again"


async def test_a_dismissed_appeal_leaves_it_hidden_and_there_is_no_other(
    database: Database,
) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    assert await appealed(town, hiding) == []
    assert await decided(town, "victor", False) == []
    assert (await Hiding.get()).until is None
    assert (await letters_to("carl"))[-1] == "Friends of the Hall stays hidden"
    assert await appealed(town, hiding) == ["ALREADY_APPEALED"]
    assert await decided(town, "victor", True) == [WRONG]
    assert (await Hiding.get()).until is None


async def test_only_an_author_appeals(database: Database) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    for name in ("mia", "sid", "boris"):
        assert await appealed(town, hiding, name) == ["NOT_FOUND"]
    assert await appealed(town, hiding, "victor") == ["NOT_ALLOWED"]  # an officer is not its author
    for name in ("boris", "sid", "mia"):
        await appealed(town, hiding)
        assert await decided(town, name, True) == ["NOT_FOUND"]
    assert await decided(town, "olga", True) == ["NOT_ALLOWED"]


async def test_of_a_listing_another_officer_appeals_and_a_third_decides(
    database: Database,
) -> None:
    town = await townspeople(database)
    hiding = await hide(town, "Listing")
    assert await appealed(town, hiding, "victor") == []
    assert await decided(town, "victor", True) == ["ANOTHER_OFFICER"]
    assert await decided(town, "vera", True) == ["ANOTHER_OFFICER"]
    await Appeal.all().update(appealed_by="per_somebody")
    assert await decided(town, "victor", True) == []
    search = await town["sid"].asks("{ search { totalCount } }")
    assert search["search"]["totalCount"] == 1


async def test_an_appeal_upheld_does_not_bring_back_what_was_withdrawn(
    database: Database,
) -> None:
    town = await townspeople(database)
    await appealed(town, await hide(town, "Listing"), "vera")
    await town["vera"].does("withdrawListing", listingId=town.listing, reason="x")
    assert await decided(town, "victor", True) == []
    assert (await Hiding.get()).until is not None
    search = await town["sid"].asks("{ search { totalCount } }")
    assert search["search"]["totalCount"] == 0


async def test_restoring_upholds_an_open_appeal(database: Database) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    await appealed(town, hiding)
    given = {"organisationId": town.group, "reason": "We were wrong."}
    assert codes(await town["vera"].does("restoreOrganisation", **given)) == []
    assert (await Appeal.get()).state == "upheld"
    assert await decided(town, "victor", True) == [WRONG]


async def test_what_is_over_is_not_appealed(database: Database) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    given = {"organisationId": town.group, "reason": "We were wrong."}
    await town["vera"].does("restoreOrganisation", **given)
    assert await appealed(town, hiding) == ["HIDING_OVER"]


async def test_of_two_appeals_at_once_one_is_made(database: Database) -> None:
    town = await townspeople(database)
    hiding = await hide(town)
    outcomes = await asyncio.gather(*(appealed(town, hiding, n) for n in ("olga", "carl") * 2))
    assert sorted(outcomes) == [[], *[["ALREADY_APPEALED"]] * 3]


@pytest.mark.parametrize("kind", ["Listing", "Organisation"])
async def test_of_decisions_at_once_one_is_made(database: Database, kind: str) -> None:
    town = await townspeople(database)
    hiding = await hide(town, kind)
    await appealed(town, hiding, "olga" if kind == "Organisation" else "vera")
    before = len(await letters_to("vera")) + len(await letters_to("olga"))
    outcomes = await asyncio.gather(*(decided(town, "victor", True) for _ in range(3)))
    assert sorted(outcomes) == [[], [WRONG], [WRONG]]
    assert (await Hiding.get()).until is not None
    assert len(await letters_to("vera")) + len(await letters_to("olga")) == before + 1

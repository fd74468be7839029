"""Two officers, and ten, decide the same proposals at once: each is decided once."""

import asyncio
from collections import Counter
from typing import Any

from commonweal.assets.tables import Asset, AssetRow, Proposal
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.asking import data
from tests.assets.estate import ROWS, brought_in, csv, estate
from tests.assets.test_proposals import (
    ACCEPT,
    ALL,
    BUSY,
    CHANGED,
    REFUSE,
    codes,
    decide,
    many,
    next_year,
    proposals,
    values,
)
from tests.assets.test_publishing import SEARCH, published, withdrawn


async def test_of_64_who_accept_one_proposal_at_once_exactly_one_does(database: Database) -> None:
    assets = await estate(database)
    [proposal] = await next_year(database, CHANGED)
    barrier = asyncio.Barrier(64)

    async def attempt(_: int) -> str:
        await barrier.wait()
        return (codes(await decide(database, ACCEPT, id=proposal["id"])) or ["ACCEPTED"])[0]

    outcomes = Counter(await asyncio.gather(*map(attempt, range(64))))
    assert outcomes["ACCEPTED"] == 1
    assert outcomes.keys() <= {"ACCEPTED", "WRONG_STATE", *BUSY}, outcomes
    assert outcomes["WRONG_STATE"] > 0
    number = assets["V/001"]
    assert (await Asset.get(id=number)).version == 2
    assert len(await values(database, number, "name")) == 2
    assert await AssetRow.filter(asset_id=number).count() == 2


async def test_accepting_races_refusing_and_one_of_them_decides(database: Database) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    for year in range(4):
        name = f"Baths of {year}"
        rows = [ROWS[0].replace("Old Baths", name), *ROWS[1:]]
        [proposal] = await next_year(database, rows, f"{year}.csv")
        before = (await Asset.get(id=number)).name
        attempts: list[tuple[str, dict[str, Any]]] = [(ACCEPT, {}), (REFUSE, {"why": "No"})] * 8
        done = await asyncio.gather(
            *(decide(database, how, id=proposal["id"], **more) for how, more in attempts)
        )
        won = [d["proposal"]["state"] for d in done if not codes(d)]
        assert len(won) == 1
        assert {c for d in done for c in codes(d)} <= {"WRONG_STATE", *BUSY}
        now = (await Asset.get(id=number)).name
        assert now == (name if won == ["ACCEPTED"] else before)


async def test_accepting_all_races_accepting_one_by_one_and_each_is_done_once(
    database: Database,
) -> None:
    await estate(database)
    await brought_in(database, csv([*ROWS, *many(20, "Depot")]), name="depots.csv")
    found = await proposals(database)
    register = write_id("rgf", (await Proposal.all().first()).file_id)  # type: ignore[union-attr]
    together = [decide(database, ALL, id=register, kind="NEW") for _ in range(3)]
    singly = [decide(database, ACCEPT, id=proposal["id"]) for proposal in reversed(found)]
    done = await asyncio.gather(*together, *singly)
    assert {c for d in done for c in codes(d)} <= {"WRONG_STATE", *BUSY}
    rest = await decide(database, ALL, id=register, kind="NEW")
    counted = sum(d["decided"] for d in (*done[:3], rest) if not codes(d))
    counted += sum(not codes(d) for d in done[3:])
    assert counted == 20
    assert await Asset.filter(name__startswith="Depot").count() == 20


async def test_publishing_races_an_accepted_change_and_the_window_shows_what_is_held(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    for year in range(3):
        rows = [ROWS[0].replace("Old Baths", f"Baths of {year}"), *ROWS[1:]]
        [proposal] = await next_year(database, rows, f"{year}.csv")
        done = await asyncio.gather(
            published(database, number), decide(database, ACCEPT, id=proposal["id"])
        )
        assert not any(codes(each) for each in done)
        [edge] = (await data(database, SEARCH))["search"]["edges"]
        held = await Asset.get(id=number)
        assert edge["node"]["title"] == held.name == f"Baths of {year}"
        await withdrawn(database, done[0]["listing"]["id"])


async def test_an_import_races_an_acceptance_and_neither_is_lost(database: Database) -> None:
    await estate(database)
    new = "N/1,One,,,,,Freehold,,"
    [proposal] = await next_year(database, [*ROWS, new], "first.csv")
    done, _ = await asyncio.gather(
        decide(database, ACCEPT, id=proposal["id"]),
        brought_in(database, csv([*ROWS, new, ""]), name="second.csv"),
    )
    still = await proposals(database, states=["OPEN"])
    if codes(done) == []:
        assert still == []
    else:
        assert codes(done)[0] in {"WRONG_STATE", *BUSY}
        assert [p["kind"] for p in still] == ["NEW"]
    assert await Asset.filter(reference="N/1").count() == (codes(done) == [])

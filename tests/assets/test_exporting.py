"""A council's register goes out whole, of one moment, with the terms on which it may be used."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.assets.actions import publish_listing
from commonweal.assets.exporting import (
    AS_PUBLISHED,
    PAGE,
    Form,
    Outgoing,
    RegisterChanged,
    outgoing,
    written,
)
from commonweal.assets.importing import import_register, read
from commonweal.assets.registers import Draft, guess, interpret, read_register
from commonweal.assets.registers.fields import FIELDS
from commonweal.assets.registers.layout import ATTRIBUTION, COLUMNS, COUNCIL, GONE, LICENCE, READING
from commonweal.assets.registers.reading import unguarded
from commonweal.assets.rules import AssetState
from commonweal.assets.tables import Asset, AssetValue, RegisterFile
from commonweal.places.tables import Area
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.assets.estate import HILLS, OFFICER, VALE, brought_in, councils, estate, kept
from tests.assets.estate import csv as register
from tests.makers import an_asset

DEMO = Path(__file__).parents[2] / "fixtures" / "demo" / "register.csv"
HEADERS = tuple(COLUMNS)
# What an asset holds, but for what it is called and where it is in its own life.
OWN = ("id", "council_id", "state", "version")


async def going(database: Database, council_id: int = VALE, **more: bool) -> Outgoing:
    found = await outgoing(database, council_id, **more)
    assert found is not None
    return found


async def out(database: Database, form: Form = Form.CSV, **more: bool) -> bytes:
    """The vale's register as it goes out."""
    return b"".join(
        [piece async for piece in written(database, await going(database, **more), form)]
    )


def rows_of(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def readings(drafts: Any) -> list[dict[str, Any]]:
    """What drafts say of assets, the cells as published left aside."""
    own = ("row_number", "values", "raw", "problems")
    return [{n: getattr(d, n) for n in Draft.__slots__ if n not in own} for d in drafts]


async def test_what_was_imported_reads_back_as_it_was_read_first(database: Database) -> None:
    council = await councils(database)
    raw = DEMO.read_bytes()
    await Area.filter(id=VALE).update(shape=None, code="E07000999")  # as Wernbridge, elsewhere
    council = await Area.get(id=VALE)
    first = await read(council, "demo.csv", raw, [])
    await kept(database, first)
    again = read_register(await out(database))
    assert readings(interpret(again, guess(again))) == readings(first.drafts)
    assert again.encoding == "utf-8"
    assert again.notes == ()


async def test_every_field_of_a_register_has_its_column_or_is_read_out_of_others(
    database: Database,
) -> None:
    """What a reader knows and no column feeds would be lost without a word."""
    of_a_place = {"easting", "northing", "longitude", "latitude", "x", "y"}
    fed = {field for field in COLUMNS.values() if field}
    assert set(FIELDS) - fed == of_a_place | {"area_hectares"}
    assert set(AS_PUBLISHED) <= fed
    headers = "Asset Reference,Property Name,Ward,Organisation,Organisation Code"
    await councils(database)
    await brought_in(database, register(["W/1,Mill,North,Vale,E07000991"], headers))
    [row] = rows_of(await out(database))
    assert (row["Ward"], row["Organisation"], row["Organisation code"]) == (
        "North", "Vale", "E07000991",
    )  # fmt: skip


async def test_a_long_register_goes_out_page_by_page_in_the_order_it_came(
    database: Database,
) -> None:
    await councils(database)
    count = 2 * PAGE + 1
    table = [
        f"M/{n:05},Depot {n},{n} Long Lane,,{394_000 + n},222190,Freehold,Depots,"
        for n in range(count)
    ]
    await brought_in(database, register(table))
    found = await going(database)
    done: list[int] = []
    pieces = [piece async for piece in written(database, found, Form.CSV, done.append)]
    assert found.rows == sum(done) == count
    assert max(done) == PAGE
    rows = rows_of(b"".join(pieces))
    assert [row["Unique asset identity"] for row in rows] == [f"M/{n:05}" for n in range(count)]
    assert len(json.loads(await out(database, Form.GEOJSON))["features"]) == count


async def test_a_register_of_nothing_is_its_column_names_or_an_empty_collection(
    database: Database,
) -> None:
    await councils(database)
    assert rows_of(await out(database)) == []
    assert (await out(database)).decode("utf-8-sig").rstrip().split(",")[0] == HEADERS[0]
    assert json.loads(await out(database, Form.GEOJSON)) == {
        "type": "FeatureCollection",
        "features": [],
        "licences": [],
        "attributions": [],
    }


async def test_geojson_says_in_its_properties_what_the_csv_says_in_its_columns(
    database: Database,
) -> None:
    await estate(database)
    await an_asset(database, await Area.get(id=VALE), name="=1+1", tenure_detail="&amp;")
    collection = json.loads(await out(database, Form.GEOJSON))
    rows = rows_of(await out(database))
    assert [f["geometry"] and f["geometry"]["type"] for f in collection["features"]] == [
        "Point", "Point", "Point", None, None, "Point",
    ]  # fmt: skip
    for feature, row in zip(collection["features"], rows, strict=True):
        said = {h: v if v is None else str(v) for h, v in feature["properties"].items()}
        assert said == {h: unguarded(cell) or None for h, cell in row.items()}
    assert rows[-1]["Name of the building/land or both"] == "'=1+1"
    assert feature["properties"]["Name of the building/land or both"] == "=1+1"
    assert feature["geometry"]["coordinates"] == [-2.08, 51.9]
    assert collection["licences"] == ["Open Government Licence v3.0"]
    assert collection["attributions"] == ["Vale District Council: register.csv, 2026-11-22"]


async def test_every_row_names_the_terms_of_all_files_that_its_values_come_from(
    database: Database,
) -> None:
    await estate(database)
    council = await Area.get(id=VALE)
    headers = "Asset Reference,Property Name,Address,Postcode,Ward"
    rows = ["V/001,Old Baths,1 Bath Road,GL50 1AA,", "V/003,Silver Mace,2 High Street,GL501AB,"]
    later = await read(council, "b.csv", register(rows, headers), [])
    await in_transaction(database, lambda tx: import_register(tx, "import", later, "Crown"))
    first, second, third, *_ = rows_of(await out(database))
    for row in (first, second):  # a blank ward is no value
        assert row[LICENCE] == "Open Government Licence v3.0"
        assert row[ATTRIBUTION] == "Vale District Council: register.csv, 2026-11-22"
        assert row[COUNCIL] == "Vale District Council (E07000991)"
    # the same, written otherwise: the later file's words count from now on
    assert third[LICENCE] == "Open Government Licence v3.0; Crown"
    assert third[ATTRIBUTION] == (
        "Vale District Council: register.csv, 2026-11-22; Vale District Council: b.csv, 2026-11-22"
    )
    collection = json.loads(await out(database, Form.GEOJSON))
    assert collection["licences"] == ["Open Government Licence v3.0", "Crown"]
    assert len(collection["attributions"]) == 2


async def test_a_file_whose_every_value_was_said_anew_or_taken_back_is_named_no_more(
    database: Database,
) -> None:
    council = await councils(database)
    headers = "Asset Reference,Property Name,Ward"
    await brought_in(database, register(["W&amp;1,Mill &amp; Lade,North"], headers), name="a.csv")
    later = await read(council, "b.csv", register(["W&1,Mill & Lade,North"], headers), [])
    await in_transaction(database, lambda tx: import_register(tx, "import", later, "Crown"))
    [mill] = rows_of(await out(database))
    assert mill[LICENCE] == "Open Government Licence v3.0; Crown"

    async def take_back(tx: Transaction) -> None:
        mine = await AssetValue.get(field="ward")
        said: dict[str, Any] = {"asset_id": mine.asset_id, "row_id": mine.row_id, "field": "ward"}
        await AssetValue.create(id=tx.new_id(), value="", **said)

    await in_transaction(database, take_back)
    [mill] = rows_of(await out(database))
    assert (mill["Ward"], mill[LICENCE]) == ("", "Crown")
    assert mill[ATTRIBUTION] == "Vale District Council: b.csv, 2026-11-22"


async def test_what_no_register_has_any_more_goes_out_only_if_it_is_asked_for(
    database: Database,
) -> None:
    numbers = await estate(database)
    await Asset.filter(id=numbers["V/002"]).update(state=AssetState.FORMER)
    assert "Town Hall" not in (await out(database)).decode()
    assert (await going(database)).rows == 4
    rows = rows_of(await out(database, with_former=True))
    assert (await going(database, with_former=True)).rows == 5
    assert [row[GONE] for row in rows] == ["", "Yes", "", "", ""]


async def test_only_a_council_has_a_register(database: Database) -> None:
    await councils(database)
    assert await outgoing(database, 4711) is None
    await Area.filter(id=HILLS).update(kind="WARD")
    assert await outgoing(database, HILLS) is None


async def test_another_councils_assets_stay_where_they_are(database: Database) -> None:
    await estate(database)
    await an_asset(database, await Area.get(id=HILLS), name="Hut in the hills")
    assert "Hut" not in (await out(database)).decode()
    assert (await going(database)).rows == 5


async def test_the_version_is_another_after_every_change_and_the_same_without(
    database: Database,
) -> None:
    numbers = await estate(database)
    seen = [(await going(database)).version]
    assert (await going(database)).version == seen[0]
    assert (await going(database, with_former=True)).version != seen[0]

    async def publish(tx: Any) -> Any:
        return await publish_listing(tx, OFFICER, asset_id=numbers["V/001"])

    await in_transaction(database, publish)
    seen.append((await going(database)).version)
    await an_asset(database, await Area.get(id=VALE))
    seen.append((await going(database)).version)
    await brought_in(database, register(), name="same.csv", corrections=["Keyholder=description"])
    seen.append((await going(database)).version)
    await RegisterFile.filter(file_name="same.csv").update(version=9)  # as when it is imported
    seen.append((await going(database)).version)
    await Area.filter(id=VALE).update(name="The Vale")
    seen.append((await going(database)).version)
    assert len(set(seen)) == 6


async def test_a_register_that_changes_while_it_goes_out_is_not_passed_off_as_whole(
    database: Database,
) -> None:
    await estate(database)
    council = await Area.get(id=VALE)
    pieces = written(database, await going(database), Form.GEOJSON)
    begun = [await anext(pieces), await anext(pieces)]
    await an_asset(database, council, name="Added meanwhile")
    with pytest.raises(RegisterChanged):
        begun += [piece async for piece in pieces]
    with pytest.raises(json.JSONDecodeError):
        json.loads(b"".join(begun))


async def test_nobody_waits_for_a_slow_reader_of_a_register(database: Database) -> None:
    await estate(database)
    turn = asyncio.Lock()
    pieces = written(database, await going(database), Form.CSV, turn=turn)
    begun = [await anext(pieces), await anext(pieces)]
    await an_asset(database, await Area.get(id=HILLS))  # another council's
    async with database.snapshot() as fetch:
        assert await fetch("SELECT 1", ()) is not None
    other = written(database, await going(database), Form.CSV, turn=turn)
    async with asyncio.timeout(5):
        assert begun == [piece async for piece in other][: len(begun)]
    begun += [piece async for piece in pieces]
    assert len(rows_of(b"".join(begun))) == 5


async def test_a_thing_that_may_never_be_listed_is_still_none_after_it_came_back(
    database: Database,
) -> None:
    await estate(database)
    rows = rows_of(await out(database))
    assert json.loads(rows[2][READING]) == {
        "not_land_reason": "its holding type is Civic Regalia",
        "category": "NOT_LAND",
    }
    assert [row[READING] for row in rows if row is not rows[2]] == [""] * 4

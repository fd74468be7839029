"""Opening, migrating, and the one way to write."""

from commonweal.places.tables import Place
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
import shapely


async def test_what_was_written_is_read_back(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await Place.create(id=tx.new_id(), kind="TOWN", name="Wells", lookup="wells", qualifier="", rank=1, location=shapely.Point(-2.6, 51.2))

    await in_transaction(database, work)
    [row] = await database.fetch("SELECT name, ST_X(location) FROM place", [])
    assert tuple(row) == ("Wells", -2.6)

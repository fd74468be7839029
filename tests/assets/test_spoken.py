"""What rows say of assets is written in the order in which it was said, however much it is."""

from commonweal.assets.spoken import BATCH, Spoken
from commonweal.assets.tables import Asset, AssetRow, AssetValue, RegisterRow
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.assets.estate import estate


async def test_more_than_a_batch_is_written_in_the_order_in_which_it_was_said(
    database: Database,
) -> None:
    await estate(database)
    asset = await Asset.all().order_by("id").first()
    [row, other] = await RegisterRow.all().order_by("-id").limit(2)
    assert asset is not None
    said = {f"field_{n}": str(n) for n in range(BATCH + 1)}
    links, values = await AssetRow.all().count(), await AssetValue.all().count()

    async def work(tx: Transaction) -> None:
        spoken = Spoken(tx)
        spoken.take(asset.id, row.id, said)
        spoken.take(asset.id, other.id, {})
        await spoken.write()

    await in_transaction(database, work)
    assert await AssetRow.all().count() == links + 2
    assert await AssetValue.all().count() == values + BATCH + 1
    written = await AssetValue.filter(asset_id=asset.id, row_id=row.id).order_by("id")
    assert {value.field: value.value for value in written} == said
    assert [value.field for value in written] == list(said)
    assert not await AssetValue.filter(asset_id=asset.id, row_id=other.id).exists()

"""That a row of a register speaks of an asset, with the values that it gave.

In the caller's transaction. Rows are only ever added, never changed: the last one of a field is
the value in force, so ids are given in the order in which things are said. Who says so is the
caller's: a first register (importing.py), one that came again (proposing.py), or an officer who
accepted what it proposed (actions_proposals.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from commonweal.store.transaction import Transaction

from .tables import AssetRow, AssetValue

BATCH: Final = 1_000  # rows sent together, so that an import does not hold all of them twice


@dataclass
class Spoken:
    """What is gathered, to be written in few statements. Gathering asks no database."""

    tx: Transaction
    rows: list[AssetRow] = field(default_factory=list)
    values: list[AssetValue] = field(default_factory=list)

    def take(self, asset_id: int, row_id: int, values: Mapping[str, str]) -> None:
        """A row that speaks of an asset, and the values, by field, that are to count from now."""
        self.rows.append(AssetRow(id=self.tx.new_id(), asset_id=asset_id, row_id=row_id))
        self.values += [
            AssetValue(
                id=self.tx.new_id(), asset_id=asset_id, field=name, value=value, row_id=row_id
            )
            for name, value in values.items()
        ]

    async def write(self) -> None:
        """Once, after the assets and the rows themselves are there."""
        await AssetRow.bulk_create(self.rows, batch_size=BATCH)
        await AssetValue.bulk_create(self.values, batch_size=BATCH)

"""Which rooms there are: their tables, and their parts of the schema. One list, read once."""

from typing import Final

from commonweal.store.migrate import Layout

LAYOUT: Final = Layout(
    tables=(
        "commonweal.store.tables",
        "commonweal.people.tables",
        "commonweal.places.tables",
        "commonweal.listings.tables",
        "commonweal.assets.tables",
    ),
    migrations="commonweal.migrations",
)

"""Which rooms have tables, and where their history is. Their schemas are merged in schema.py."""

from typing import Final

from commonweal.store.migrate import Layout

LAYOUT: Final = Layout(
    tables=(
        "commonweal.store.tables",
        "commonweal.files.tables",
        "commonweal.messages.tables",
        "commonweal.places.tables",
        "commonweal.people.tables",
        "commonweal.people.tables_organisations",
        "commonweal.people.tables_partners",
        "commonweal.listings.tables",
        "commonweal.assets.tables",
    ),
    migrations="commonweal.migrations",
)

"""Which rooms have tables, and where their history is. Their schemas are merged in schema.py."""

from typing import Final

from commonweal.store.migrate import Layout

LAYOUT: Final = Layout(
    tables=(
        "commonweal.store.tables",
        "commonweal.files.tables",
        "commonweal.messages.tables",
        "commonweal.ledger.tables",
        "commonweal.clocks.tables",
        "commonweal.places.tables",
        "commonweal.people.tables",
        "commonweal.people.tables_checks",
        "commonweal.people.tables_households",
        "commonweal.people.tables_blocks",
        "commonweal.people.tables_organisations",
        "commonweal.people.tables_partners",
        "commonweal.people.tables_passkeys",
        "commonweal.credits.tables",
        "commonweal.credits.tables_bulk",
        "commonweal.listings.tables",
        "commonweal.listings.tables_searches",
        "commonweal.assets.tables",
        "commonweal.handovers.tables",
        "commonweal.handovers.tables_interests",
        "commonweal.handovers.tables_bids",
        "commonweal.handovers.tables_scores",
        "commonweal.handovers.tables_decisions",
        "commonweal.safety.tables",
        "commonweal.exchanges.tables",
        "commonweal.volunteering.tables",
        "commonweal.volunteering.tables_signups",
        "commonweal.volunteering.tables_hours",
        "commonweal.volunteering.tables_expenses",
        "commonweal.volunteering.tables_calendars",
        "commonweal.volunteering.tables_recognition",
        "commonweal.volunteering.tables_emergency",
    ),
    migrations="commonweal.migrations",
)

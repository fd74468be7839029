"""What the models cannot say: spatial indexes, append-only tables, one open listing a subject."""

from tortoise import migrations

from commonweal.store.operations import AppendOnly, RunOn, SpatialIndex

# text that is ordered by: byte by byte, as SQLite does, whatever the cluster's locale
BYTEWISE = {"area": ["name"], "place": ["lookup", "qualifier"]}
INDEXES = {
    "listing_one_open": "UNIQUE INDEX {} ON listing (kind, subject_id) WHERE state = 'open'",
    "listing_newest": "INDEX {} ON listing (published_at DESC, id) WHERE state = 'open'",
    "listing_closing": "INDEX {} ON listing (closes_at) WHERE state = 'open'",
    "listing_subject": "INDEX {} ON listing (subject_id)",
    "asset_surplus": "INDEX {} ON asset (id) WHERE declared_surplus",
    "place_first": "INDEX {} ON place (rank, lookup)",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]


def ordered_by(collation: str) -> list[str]:
    """The bytewise columns' new order, as PostgreSQL is told it."""
    return [
        f'ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar(200) COLLATE "{collation}"'
        for table, columns in BYTEWISE.items()
        for column in columns
    ]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0001_ground_floor")]

    operations = [
        RunOn(
            sqlite=CREATE,
            postgres=[*ordered_by("C"), *CREATE],
            undo_sqlite=DROP,
            undo_postgres=[*DROP, *ordered_by("default")],
        ),
        SpatialIndex("area", "shape", geography=False),
        SpatialIndex("listing", "location", only="state = 'open'"),
        AppendOnly("audit_record", unique=(("subject_id", "sequence"),)),
        AppendOnly("register_row", unique=(("file_id", "row_number"),)),
        AppendOnly("asset_value"),
    ]

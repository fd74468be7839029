"""The order in which listings close, what never closes last: search reads a page of it."""

from tortoise import migrations

from commonweal.store.operations import RunOn

NAME = "listing_closing_order"
NEVER = {
    "sqlite": "'9999-12-31 00:00:00+00:00'",
    "postgres": "timestamptz '9999-12-31 00:00:00+00'",
}
CREATE = {
    engine: f"CREATE INDEX {NAME} ON listing (coalesce(closes_at, {never}), id) "
    "WHERE state = 'open'"
    for engine, never in NEVER.items()
}
DROP = f"DROP INDEX {NAME}"


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0002_guards")]

    operations = [
        RunOn(
            sqlite=[CREATE["sqlite"]],
            postgres=[CREATE["postgres"]],
            undo_sqlite=[DROP],
            undo_postgres=[DROP],
        )
    ]

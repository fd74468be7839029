"""The indexes that nearest first walks along: one for each kind, on the ellipsoid.

A kind's own index keeps a rare kind from being looked for among all the others. The index of all
kinds is there since 0002 (listing_location_geography). SQLite's R*Tree serves as it is.
"""

from tortoise import migrations

from commonweal.store.operations import RunOn

KINDS = ("ASSET", "OPPORTUNITY", "SHOP", "OFFER")
CREATE = (
    "CREATE INDEX listing_nearest_{} ON listing USING gist ((location::geography)) "
    "WHERE state = 'open' AND kind = '{}'"
)


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0009_openings")]

    operations = [
        RunOn(
            postgres=[CREATE.format(kind.lower(), kind) for kind in KINDS],
            undo_postgres=[f"DROP INDEX listing_nearest_{kind.lower()}" for kind in KINDS],
        )
    ]

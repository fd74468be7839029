"""What PostgreSQL needs before the first table: PostGIS, and the service's clock as functions.

SQLite is given both when a connection opens. Tests and `--today` replace `commonweal_now`.
"""

from tortoise import migrations

from commonweal.store.operations import RunOn


class Migration(migrations.Migration):
    initial = True

    operations = [
        RunOn(
            postgres=[
                "CREATE EXTENSION IF NOT EXISTS postgis",
                "CREATE FUNCTION commonweal_now() RETURNS timestamptz LANGUAGE sql STABLE "
                "PARALLEL SAFE AS $$ SELECT now() $$",
                "CREATE FUNCTION commonweal_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE "
                "AS $$ SELECT (commonweal_now() AT TIME ZONE 'Europe/London')::date $$",
            ],
            undo_postgres=[
                "DROP FUNCTION commonweal_today()",
                "DROP FUNCTION commonweal_now()",
            ],
        )
    ]

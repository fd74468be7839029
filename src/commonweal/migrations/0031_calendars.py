"""Addresses of calendars; and what the feed of opportunities goes by.

An opportunity's `modified_at` moves also with what is beside it and shown with it: its listing is
hidden or shown again, its organisation is, or has another name.

The feed shows nothing that is younger than 30 seconds (volunteering/rules_feeds.py), so that what
is committed late is not passed by. PostgreSQL therefore refuses, at the commit, a transaction that
stamps an opportunity and took longer than 20: it is run again, and stamps anew. A migration that
stamps opportunities and then alters their table needs SET CONSTRAINTS ALL IMMEDIATE between.
SQLite has one writer at a time, which waits for 10 seconds at most before it begins.
"""

from typing import Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

STAMP: Final = "UPDATE opportunity SET modified_at = commonweal_now() WHERE"
TOUCHES: Final = {  # what it stands on: when, and which
    "opportunity_listed": (
        "UPDATE OF state ON listing",
        "NEW.kind = 'OPPORTUNITY' AND NEW.state <> OLD.state",
        f"{STAMP} id = NEW.subject_id",
    ),
    "opportunity_published": (
        "UPDATE OF name, website, hidden ON organisation",
        "NEW.name <> OLD.name OR NEW.hidden <> OLD.hidden"
        " OR coalesce(NEW.website, '') <> coalesce(OLD.website, '')",
        f"{STAMP} organisation_id = NEW.id",
    ),
}
TOO_LATE: Final = "this took too long: readers of the feed may have passed it"
SETTLES: Final = f"""CREATE FUNCTION opportunity_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF clock_timestamp() - transaction_timestamp() > interval '20 seconds' THEN
    RAISE EXCEPTION '{TOO_LATE}' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0029_sign_ups")]

    operations = [
        ops.CreateModel(
            name="CalendarAddress",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "commonweal.Person",
                        source_field="person_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "calendar_address",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "The one secret address of somebody's calendar; of it only a hash is kept.",
            },
            bases=["Model"],
        ),
        RunOn(
            sqlite=[
                f"CREATE TRIGGER {name} AFTER {when} WHEN {which} BEGIN {then}; END"
                for name, (when, which, then) in TOUCHES.items()
            ],
            postgres=[
                *(
                    text
                    for name, (when, which, then) in TOUCHES.items()
                    for text in (
                        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                        f" $$ BEGIN {then}; RETURN NULL; END $$",
                        f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW WHEN ({which})"
                        f" EXECUTE FUNCTION {name}()",
                    )
                ),
                SETTLES,
                "CREATE CONSTRAINT TRIGGER opportunity_settles"
                " AFTER INSERT OR UPDATE OF modified_at ON opportunity"
                " DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION opportunity_settles()",
            ],
            undo_sqlite=[f"DROP TRIGGER {name}" for name in TOUCHES],
            undo_postgres=[
                "DROP TRIGGER opportunity_settles ON opportunity",
                *(
                    f"DROP TRIGGER {name} ON {when.split()[-1]}"
                    for name, (when, _, _) in TOUCHES.items()
                ),
                *(f"DROP FUNCTION {name}()" for name in ("opportunity_settles", *TOUCHES)),
            ],
        ),
    ]

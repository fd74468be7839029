"""Offers of help, and what neighbours make of them."""

from typing import Any, Final

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from commonweal.exchanges.rules import ExchangeState, HelpKind, HelpState
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import RunOn

INDEXES: Final = {
    "exchange_once": "UNIQUE INDEX {} ON exchange (offer_id, answered_by_id)"
    " WHERE state IN ('proposed', 'agreed', 'disputed')",
    "exchange_waiting": "INDEX {} ON exchange (said_at) WHERE state = 'agreed'",
}
CREATE: Final = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP: Final = [f"DROP INDEX {name}" for name in INDEXES]


def to(model: str, column: str) -> Any:
    """A relation that keeps what it points at."""
    made: Any = fields.ForeignKeyField  # of which mypy knows no such keyword
    return made(
        f"commonweal.{model}",
        source_field=column,
        db_index=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0031_calendars")]

    operations = [
        ops.CreateModel(
            name="HelpOffer",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("scheme", to("Scheme", "scheme_id")),
                ("person", to("Person", "person_id")),
                (
                    "kind",
                    fields.CharEnumField(
                        description="OFFER: OFFER\nREQUEST: REQUEST",
                        enum_type=HelpKind,
                        max_length=7,
                    ),
                ),
                ("title", fields.CharField(max_length=100)),
                ("description", fields.CharField(max_length=2000)),
                (
                    "state",
                    fields.CharEnumField(
                        description="OPEN: open\nCLOSED: closed", enum_type=HelpState, max_length=6
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("created_at", InstantField()),
            ],
            options={
                "table": "help_offer",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Help that somebody offers, or asks for.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Exchange",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("offer", to("HelpOffer", "offer_id")),
                ("scheme", to("Scheme", "scheme_id")),
                ("giver", to("Person", "giver_id")),
                ("receiver", to("Person", "receiver_id")),
                ("answered_by_id", fields.BigIntField()),
                ("minutes", fields.IntField()),
                ("words", fields.CharField(max_length=500)),
                (
                    "state",
                    fields.CharEnumField(
                        description="PROPOSED: proposed\nAGREED: agreed\nDISPUTED: disputed\nSETTLED: settled\nCANCELLED: cancelled",
                        enum_type=ExchangeState,
                        max_length=9,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("at", InstantField()),
                ("hold", fields.BigIntField(null=True)),
                ("held_until", InstantField(null=True)),
                ("given_minutes", fields.IntField(null=True)),
                ("received_minutes", fields.IntField(null=True)),
                ("said_at", InstantField(null=True)),
                ("settled_minutes", fields.IntField(null=True)),
                ("settled_by_id", fields.BigIntField(null=True)),
                ("reason", fields.CharField(null=True, max_length=500)),
                ("ended_at", InstantField(null=True)),
                ("journal", fields.BigIntField(null=True)),
            ],
            options={
                "table": "exchange",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Help that one gives and another receives.",
            },
            bases=["Model"],
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
    ]

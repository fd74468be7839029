"""Bank holidays, and those of 2024 to 2028 as https://www.gov.uk/bank-holidays lists them.

Substitute days stand where the list has them: the bank holiday is then that day. England and Wales
share a list there and have a row each here, since either may come to have a day of its own.
"""

from datetime import date
from typing import Final

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from commonweal.clocks.rules_regimes import Jurisdiction
from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, RunOn

CITATION: Final = "https://www.gov.uk/bank-holidays"
KNOWN: Final = "2024-01-01"  # before whatever was counted here
NEW_YEAR, SECOND, PATRICK = "New Year's Day", "2nd January", "St Patrick's Day"
FRIDAY, MONDAY, MAY = "Good Friday", "Easter Monday", "Early May bank holiday"
SPRING, SUMMER = "Spring bank holiday", "Summer bank holiday"
BOYNE, ANDREW = "Battle of the Boyne (Orangemen's Day)", "St Andrew's Day"
CHRISTMAS, BOXING = "Christmas Day", "Boxing Day"

NAMES: Final = {
    "ENGLAND": (NEW_YEAR, FRIDAY, MONDAY, MAY, SPRING, SUMMER, CHRISTMAS, BOXING),
    "SCOTLAND": (NEW_YEAR, SECOND, FRIDAY, MAY, SPRING, SUMMER, ANDREW, CHRISTMAS, BOXING),
    "NORTHERN_IRELAND": (
        NEW_YEAR,
        PATRICK,
        FRIDAY,
        MONDAY,
        MAY,
        SPRING,
        BOYNE,
        SUMMER,
        CHRISTMAS,
        BOXING,
    ),
}
DAYS: Final = {
    "ENGLAND": """
        2024: 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
        2025: 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
        2026: 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
        2027: 01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28
        2028: 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26
    """,
    "SCOTLAND": """
        2024: 01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26
        2025: 01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26
        2026: 01-01 01-02 04-03 05-04 05-25 08-03 11-30 12-25 12-28
        2027: 01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28
        2028: 01-03 01-04 04-14 05-01 05-29 08-07 11-30 12-25 12-26
    """,
    "NORTHERN_IRELAND": """
        2024: 01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26
        2025: 01-01 03-17 04-18 04-21 05-05 05-26 07-14 08-25 12-25 12-26
        2026: 01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28
        2027: 01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28
        2028: 01-03 03-17 04-14 04-17 05-01 05-29 07-12 08-28 12-25 12-26
    """,
}
ONCE: Final = ("SCOTLAND", "2026-06-15", "World Cup bank holiday", "2026-02-04")  # proclaimed then


def rows() -> list[tuple[str, str, str, str]]:
    """Jurisdiction, day, name, since when it is known."""
    found = [ONCE]
    for place, years in (DAYS | {"WALES": DAYS["ENGLAND"]}).items():
        for line in years.strip().splitlines():
            year, days = line.strip().split(": ")
            names = NAMES.get(place, NAMES["ENGLAND"])
            for day, name in zip(days.split(), names, strict=True):
                found.append((place, date.fromisoformat(f"{year}-{day}").isoformat(), name, KNOWN))
    return sorted(found, key=lambda row: row[:2])


def written() -> str:
    values = [
        f"({number}, '{place}', '{day}', '{name.replace(chr(39), chr(39) * 2)}', '{CITATION}', true, '{known} 00:00:00+00:00')"
        for number, (place, day, name, known) in enumerate(rows(), 1)
    ]
    columns = "id, jurisdiction, day, name, citation, observed, added_at"
    return f"INSERT INTO holiday ({columns}) VALUES {', '.join(values)}"


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0019_ledger")]

    operations = [
        ops.CreateModel(
            name="Holiday",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("jurisdiction", fields.CharEnumField(enum_type=Jurisdiction, max_length=16)),
                ("day", fields.DateField()),
                ("name", fields.CharField(max_length=64)),
                ("citation", fields.CharField(max_length=200)),
                ("observed", fields.BooleanField()),
                ("added_at", InstantField()),
            ],
            options={
                "table": "holiday",
                "app": "commonweal",
                "unique_together": (("jurisdiction", "day", "added_at"),),
                "pk_attr": "id",
                "table_description": "That a day is a bank holiday somewhere, or, by a later row, that it is none after all.",
            },
            bases=["Model"],
        ),
        RunOn(
            sqlite=[written()],
            postgres=[written()],
            undo_sqlite=["DELETE FROM holiday"],
            undo_postgres=["DELETE FROM holiday"],
        ),
        AppendOnly("holiday", unique=(("jurisdiction", "day", "added_at"),)),
    ]

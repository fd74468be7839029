"""The ledger's tables, written out: keys of several columns, checks and guards say what it is.

Whoever changes one of them later writes that out too: SQLite's remaking of a table by Tortoise
would keep neither the checks nor the keys.
"""

from typing import Any

from tortoise import fields, migrations

from commonweal.store.fields import IdField, InstantField
from commonweal.store.operations import AppendOnly, CreateWritten, RunOn

MOST = 2**53 - 1  # of an amount and of a balance, either way
# SQLite keeps instants as text, and what is compared as text is to be of one form.
DIGITS = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
# A hidden rowid would be one more key by which SQLite's REPLACE could put a row in another's place.
TYPES = {
    "sqlite": {"id": "INTEGER", "small": "INTEGER", "instant": "TEXT", "json": "TEXT", "end": "STRICT", "rowless": "STRICT, WITHOUT ROWID",
               "utc": f" CHECK (created_at GLOB '{DIGITS}*+00:00')"},
    "postgres": {"id": "bigint", "small": "smallint", "instant": "timestamptz", "json": "jsonb", "end": "", "rowless": "",
                 "utc": ""},
}  # fmt: skip
TEXT = {"sqlite": "TEXT", "postgres": "varchar({})"}
ONE_SHARD = {"sqlite": "shards = 1", "postgres": "shards IN (1, 32)"}

ACCOUNT = """
CREATE TABLE account (
  id {id} NOT NULL PRIMARY KEY,
  kind {t32} NOT NULL,
  owner {t64} NOT NULL,
  unit {t64} NOT NULL,
  shards {small} NOT NULL CHECK ({shards}),
  lapses_to {id},
  opened_at {instant} NOT NULL,
  closed_at {instant},
  CONSTRAINT account_unit UNIQUE (id, unit),
  CONSTRAINT account_lapses_to FOREIGN KEY (lapses_to, unit) REFERENCES account (id, unit),
  CONSTRAINT account_lapses CHECK (lapses_to IS NULL OR (shards = 1 AND lapses_to <> id))
) {end}
"""
BALANCE = """
CREATE TABLE balance (
  account {id} NOT NULL,
  shard {small} NOT NULL,
  unit {t64} NOT NULL,
  posted {id} NOT NULL,
  held {id} NOT NULL CHECK (held >= 0),
  owed {id} NOT NULL CHECK (owed >= 0),
  version {id} NOT NULL,
  floor {id} NOT NULL CHECK (floor >= -{most}),
  ceiling {id} NOT NULL CHECK (ceiling <= {most}),
  next_expiry {instant},
  PRIMARY KEY (account, shard),
  CONSTRAINT balance_account FOREIGN KEY (account, unit) REFERENCES account (id, unit),
  CONSTRAINT balance_floor CHECK (posted - held + owed >= floor),
  CONSTRAINT balance_ceiling CHECK (posted <= ceiling)
) {rowless}
"""
TRANSFER = """
CREATE TABLE transfer (
  id {id} NOT NULL PRIMARY KEY,
  journal {id} NOT NULL,
  cause {t128} NOT NULL,
  unit {t64} NOT NULL,
  amount {id} NOT NULL CHECK (amount BETWEEN 1 AND {most}),
  event_at {instant} NOT NULL,
  created_at {instant} NOT NULL{utc},
  actor {t64} NOT NULL,
  expires_at {instant},
  hold {id},
  reverses {id},
  reversal {small},
  debit {id} NOT NULL,
  debit_shard {small} NOT NULL,
  debit_version {id} NOT NULL,
  debit_after {id} NOT NULL,
  credit {id} NOT NULL,
  credit_shard {small} NOT NULL,
  credit_version {id} NOT NULL,
  credit_after {id} NOT NULL,
  CONSTRAINT transfer_cause UNIQUE (cause),
  CONSTRAINT transfer_debited UNIQUE (debit, debit_shard, debit_version),
  CONSTRAINT transfer_credited UNIQUE (credit, credit_shard, credit_version),
  CONSTRAINT transfer_sides CHECK (debit <> credit OR debit_shard <> credit_shard)
) {end}
"""
HOLD = """
CREATE TABLE hold (
  id {id} NOT NULL PRIMARY KEY,
  account {id} NOT NULL REFERENCES account (id),
  amount {id} NOT NULL CHECK (amount BETWEEN 1 AND {most}),
  cause {t128} NOT NULL CONSTRAINT hold_cause UNIQUE,
  actor {t64} NOT NULL,
  state {t8} NOT NULL CHECK (state IN ('held', 'settled', 'voided', 'expired')),
  version {small} NOT NULL,
  created_at {instant} NOT NULL,
  expires_at {instant} NOT NULL,
  ended_at {instant},
  CHECK ((state = 'held') = (ended_at IS NULL))
) {end}
"""
CHECKPOINT = """
CREATE TABLE lapse_checkpoint (
  account {id} NOT NULL PRIMARY KEY REFERENCES account (id),
  version {id} NOT NULL,
  lots {json} NOT NULL
) {end}
"""
SEALED = """
CREATE TABLE sealed_day (
  id {id} NOT NULL PRIMARY KEY,
  day {day} NOT NULL CONSTRAINT sealed_day_day UNIQUE,
  transfers {id} NOT NULL CHECK (transfers >= 0),
  root {t64} NOT NULL,
  previous {t64} NOT NULL,
  chained {t64} NOT NULL,
  sealed_at {instant} NOT NULL
) {end}
"""

ONE_SIDE = """
SELECT {sign}id AS id, id AS transfer, journal, {side} AS account, {side}_shard AS shard,
  {side}_version AS version, {sign}amount AS amount, {side}_after AS balance_after,
  {other} AS counterpart, created_at FROM transfer
"""
OUT = ONE_SIDE.format(side="debit", other="credit", sign="-").replace("-id", "id")
IN = ONE_SIDE.format(side="credit", other="debit", sign="").replace("SELECT id", "SELECT -id")
MOVEMENT = f"""
CREATE VIEW movement AS {OUT.strip()} UNION ALL {IN.strip()}
"""

INDEXES = {
    "account_owner": "INDEX {} ON account (owner)",
    "account_lapsing": "INDEX {} ON account (lapses_to) WHERE lapses_to IS NOT NULL",
    "balance_expiry": "INDEX {} ON balance (next_expiry) WHERE next_expiry IS NOT NULL",
    "hold_over": "INDEX {} ON hold (expires_at) WHERE state = 'held'",
    "hold_account": "INDEX {} ON hold (account, state)",
    # of those that have company; a transfer alone is its own journal
    "transfer_journal": "INDEX {} ON transfer (journal) WHERE journal <> id",
    # also what two who take the same back at once meet at
    "transfer_reversals": "UNIQUE INDEX {} ON transfer (reverses, reversal)"
    " WHERE reverses IS NOT NULL",
}
CREATE = [f"CREATE {text.format(name)}" for name, text in INDEXES.items()]
DROP = [f"DROP INDEX {name}" for name in INDEXES]

# What is asked of each transfer, in one place: two foreign keys take as long, write a lock each, and
# cannot ask for the day. Both balances are there and have its unit; its day is not sealed yet (days
# have an hour to end in, and so only a clock that was put back comes here).
# `at` says in which schema: who may make a temporary table could else put one in a table's place.
NOWHERE = """
    NOT EXISTS (SELECT 1 FROM {at}balance d JOIN {at}balance c ON c.unit = d.unit
    WHERE d.account = NEW.debit AND d.shard = NEW.debit_shard AND d.unit = NEW.unit
    AND c.account = NEW.credit AND c.shard = NEW.credit_shard)
"""
SEALED_ALREADY = "EXISTS (SELECT 1 FROM {at}sealed_day WHERE day >= {day})"
# A reversal is of a transfer that is there, goes the other way between the same accounts, is the
# next of its transfer's, takes no more than is left, and is not itself taken back.
REVERSES = "NEW.reverses IS NOT NULL OR NEW.reversal IS NOT NULL"
WRONG_REVERSAL = """
    NOT EXISTS (SELECT 1 FROM {at}transfer o WHERE o.id = NEW.reverses AND o.reverses IS NULL
    AND o.debit = NEW.credit AND o.credit = NEW.debit
    AND NEW.reversal = 1 + (SELECT count(*) FROM {at}transfer r WHERE r.reverses = o.id)
    AND NEW.amount <= o.amount
      - (SELECT coalesce(sum(r.amount), 0) FROM {at}transfer r WHERE r.reverses = o.id))
"""
ASKED = {
    "transfer_balances": (NOWHERE, "a balance of that unit is missing"),
    "transfer_day": (SEALED_ALREADY, "the day is sealed"),
    "transfer_reversal": (
        f"({REVERSES}) AND {WRONG_REVERSAL}", "the reversal does not fit its transfer",
    ),
}  # fmt: skip
FITS = RunOn(
    sqlite=[
        f"CREATE TRIGGER {name} BEFORE INSERT ON transfer"
        f" WHEN {wrong.format(at='', day='substr(NEW.created_at, 1, 10)')}"
        f" BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for name, (wrong, why) in ASKED.items()
    ],
    undo_sqlite=[f"DROP TRIGGER {name}" for name in ASKED],
    postgres=[
        f"""
        DO $do$ BEGIN EXECUTE replace($body$
        CREATE FUNCTION transfer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE why text;
        BEGIN
          SELECT CASE WHEN {NOWHERE.format(at="SCHEMA.")} THEN 'a balance of that unit is missing'
          WHEN {SEALED_ALREADY.format(at="SCHEMA.", day="(NEW.created_at AT TIME ZONE 'UTC')::date")}
          THEN 'the day is sealed' END INTO why;
          IF why IS NULL AND ({REVERSES}) THEN
            IF {WRONG_REVERSAL.format(at="SCHEMA.")} THEN
              why := 'the reversal does not fit its transfer';
            END IF;
          END IF;
          IF why IS NOT NULL THEN
            RAISE EXCEPTION '%', why USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$
        $body$, 'SCHEMA', quote_ident(current_schema())); END $do$
        """,
        "CREATE TRIGGER transfer_fits BEFORE INSERT ON transfer FOR EACH ROW"
        " EXECUTE FUNCTION transfer_fits()",
    ],
    undo_postgres=["DROP TRIGGER transfer_fits ON transfer", "DROP FUNCTION transfer_fits()"],
)


# Nothing is posted into a day that is sealed: so nobody seals one that is not over.
NOT_OVER = "a day is sealed when it is over"
OVER = RunOn(
    sqlite=[
        "CREATE TRIGGER sealed_day_over BEFORE INSERT ON sealed_day"
        " WHEN NEW.day >= substr(commonweal_now(), 1, 10)"
        f" BEGIN SELECT RAISE(ABORT, '{NOT_OVER}'); END"
    ],
    undo_sqlite=["DROP TRIGGER sealed_day_over"],
    postgres=[
        "CREATE FUNCTION sealed_day_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.day >= (commonweal_now() AT TIME ZONE 'UTC')::date THEN"
        f" RAISE EXCEPTION '{NOT_OVER}' USING ERRCODE = 'check_violation'; END IF;"
        " RETURN NEW; END $$",
        "CREATE TRIGGER sealed_day_over BEFORE INSERT ON sealed_day FOR EACH ROW"
        " EXECUTE FUNCTION sealed_day_over()",
    ],
    undo_postgres=[
        "DROP TRIGGER sealed_day_over ON sealed_day",
        "DROP FUNCTION sealed_day_over()",
    ],
)


def written(template: str) -> dict[str, str]:
    """The table in each engine's types."""
    sql = {}
    for engine, types in TYPES.items():
        texts = {f"t{n}": TEXT[engine].format(n) for n in (8, 32, 64, 128)}
        day = {"sqlite": "TEXT", "postgres": "date"}[engine]
        sql[engine] = template.format(
            **types, **texts, day=day, shards=ONE_SHARD[engine], most=MOST
        ).strip()
    return sql


def table(name: str, says: str, template: str, *columns: tuple[str, Any]) -> CreateWritten:
    options = {
        "table": template.split(maxsplit=3)[2],
        "app": "commonweal",
        "pk_attr": columns[0][0],
        "table_description": says,
    }
    return CreateWritten(name, list(columns), options, written(template))


def number(**more: Any) -> Any:
    return fields.BigIntField(**more)


def key() -> Any:
    return fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)


def text(length: int, **more: Any) -> Any:
    return fields.CharField(max_length=length, **more)


IDENTITY = ("id", IdField(primary_key=True, unique=True, db_index=True))
SIDES = [
    (f"{side}{what}", fields.SmallIntField() if what == "_shard" else number())
    for side in ("debit", "credit")
    for what in ("", "_shard", "_version", "_after")
]


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0018_consortia")]

    operations = [
        table(
            "Account",
            "Who or what has value of a unit; `owner` is an id that means nothing here.",
            ACCOUNT,
            IDENTITY,
            ("kind", text(32)),
            ("owner", text(64)),
            ("unit", text(64)),
            ("shards", fields.SmallIntField()),
            ("lapses_to", number(null=True)),
            ("opened_at", InstantField()),
            ("closed_at", InstantField(null=True)),
        ),
        table(
            "Balance",
            "What an account has: shard 0, or one of 1 to 32. Its key is (account, shard).",
            BALANCE,
            ("account", key()),
            ("shard", fields.SmallIntField()),
            ("unit", text(64)),
            *((name, number()) for name in ("posted", "held", "owed", "version")),
            ("floor", number()),
            ("ceiling", number()),
            ("next_expiry", InstantField(null=True)),
        ),
        table(
            "Transfer",
            "An amount from one account to another; the database refuses to change or delete it.",
            TRANSFER,
            IDENTITY,
            ("journal", number()),
            ("cause", text(128, unique=True)),
            ("unit", text(64)),
            ("amount", number()),
            ("event_at", InstantField()),
            ("created_at", InstantField()),
            ("actor", text(64)),
            ("expires_at", InstantField(null=True)),
            ("hold", number(null=True)),
            ("reverses", number(null=True)),
            ("reversal", fields.SmallIntField(null=True)),
            *SIDES,
        ),
        table(
            "Movement",
            "A transfer from one of its accounts' side: a view, with the balance after it.",
            MOVEMENT,
            IDENTITY,
            ("transfer", number()),
            ("journal", number()),
            ("account", number()),
            ("shard", fields.SmallIntField()),
            ("version", number()),
            ("amount", number()),
            ("balance_after", number()),
            ("counterpart", number()),
            ("created_at", InstantField()),
        ),
        table(
            "Hold",
            "An amount that is kept aside until it is settled, given back or over.",
            HOLD,
            IDENTITY,
            ("account", number()),
            ("amount", number()),
            ("cause", text(128, unique=True)),
            ("actor", text(64)),
            ("state", text(8)),
            ("version", fields.IntField(default=1)),
            ("created_at", InstantField()),
            ("expires_at", InstantField()),
            ("ended_at", InstantField(null=True)),
        ),
        table(
            "Checkpoint",
            "What an account's last lapse left of each credit, so that a replay is short.",
            CHECKPOINT,
            ("account", key()),
            ("version", number()),
            ("lots", fields.JSONField()),
        ),
        table(
            "SealedDay",
            "A day's transfers under one hash, chained to the day before; never changed.",
            SEALED,
            IDENTITY,
            ("day", fields.DateField(unique=True)),
            ("transfers", number()),
            ("root", text(64)),
            ("previous", text(64)),
            ("chained", text(64)),
            ("sealed_at", InstantField()),
        ),
        RunOn(sqlite=CREATE, postgres=CREATE, undo_sqlite=DROP, undo_postgres=DROP),
        # half of a page is left free: the next version of a balance stays beside the last
        RunOn(
            postgres=["ALTER TABLE balance SET (fillfactor = 50)"],
            undo_postgres=["ALTER TABLE balance RESET (fillfactor)"],
        ),
        FITS,
        OVER,
        # `transfer` has no key to it: whoever is in a transfer stays, and has that unit
        AppendOnly("balance", (("account", "shard"),), stays=("account", "shard", "unit")),
        AppendOnly(
            "transfer",
            unique=(
                ("cause",),
                ("debit", "debit_shard", "debit_version"),
                ("credit", "credit_shard", "credit_version"),
            ),
        ),
        AppendOnly("sealed_day", unique=(("day",),)),
    ]

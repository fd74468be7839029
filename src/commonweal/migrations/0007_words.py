"""The words that search finds, and those it knows."""

from collections.abc import Sequence
from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from commonweal.listings.words import stem, trigrams, words_of
from commonweal.places.postcodes import key
from commonweal.store.operations import RunOn

BATCH = 500  # listings read at once
# words are compared byte by byte, as SQLite does, whatever the cluster's locale
BYTEWISE = {
    "area": {"lookup": 200, "lookup_cy": 200},
    "word": {"word": 40, "stem": 40},
    "word_trigram": {"trigram": 3, "word": 40},
}
AREAS = {name: f"INDEX area_{name} ON area ({name})" for name in BYTEWISE["area"]}
DELETE = (
    "INSERT INTO listing_words (listing_words, rowid, words) VALUES ('delete', OLD.id, OLD.words)"
)
INSERT = "INSERT INTO listing_words (rowid, words) VALUES (NEW.id, NEW.words)"
TRIGGERS = {
    "insert": f"AFTER INSERT ON listing BEGIN {INSERT}; END",
    "update": f"AFTER UPDATE OF id, words ON listing BEGIN {DELETE}; {INSERT}; END",
    "delete": f"AFTER DELETE ON listing BEGIN {DELETE}; END",
}


def ordered_by(collation: str) -> list[str]:
    return [
        f'ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({size}) COLLATE "{collation}"'
        for table, columns in BYTEWISE.items()
        for column, size in columns.items()
    ]


async def fill(_apps: Any, editor: Any) -> None:
    """The words of what is there already, and what the vocabulary learns of them."""

    async def run(sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """The placeholders of `sql` are PostgreSQL's; SQLite knows ?1 for $1."""
        if editor.DIALECT == "sqlite":
            sql = sql.replace("$", "?")
        rows: Sequence[Any] = (await editor.client.execute_query(sql, list(values)))[1]
        return rows

    for number, name, name_cy in map(tuple, await run("SELECT id, name, name_cy FROM area", ())):
        values = (key(name)[:200], name_cy and key(name_cy)[:200], number)
        await run("UPDATE area SET lookup = $1, lookup_cy = $2 WHERE id = $3", values)
    known: set[str] = set()
    last = -1
    text = "SELECT id, title, summary, category, address FROM listing WHERE id > $1 ORDER BY id LIMIT $2"
    while rows := [tuple(row) for row in await run(text, (last, BATCH))]:
        for number, *parts in rows:
            made = words_of(*parts)
            values = (made.words, made.title_words, number)
            await run("UPDATE listing SET words = $1, title_words = $2 WHERE id = $3", values)
            known.update(made.forms)
        last = rows[-1][0]
    for word in sorted(known):
        await run("INSERT INTO word (word, stem) VALUES ($1, $2)", (word, stem(word)))
        for part in trigrams(word):
            await run("INSERT INTO word_trigram (trigram, word) VALUES ($1, $2)", (part, word))


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0006_proposals")]

    operations = [
        ops.AddField("Area", "lookup", fields.CharField(default="", db_default="", max_length=200)),
        ops.AddField("Area", "lookup_cy", fields.CharField(null=True, max_length=200)),
        ops.AddField("Listing", "words", fields.TextField(default="", db_default="")),
        ops.AddField("Listing", "title_words", fields.TextField(default="", db_default="")),
        ops.CreateModel(
            name="Word",
            fields=[
                ("word", fields.CharField(primary_key=True, max_length=40)),
                ("stem", fields.CharField(max_length=40, db_index=True)),
            ],
            options={
                "table": "word",
                "app": "commonweal",
                "pk_attr": "word",
                "table_description": "A word that some listing has or had, as the text has it. Never deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WordTrigram",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=True)),
                ("trigram", fields.CharField(max_length=3)),
                ("word", fields.CharField(max_length=40)),
            ],
            options={
                "table": "word_trigram",
                "app": "commonweal",
                "unique_together": (("trigram", "word"),),
                "pk_attr": "id",
                "table_description": "Three characters that stand together in a known word.",
            },
            bases=["Model"],
        ),
        RunOn(postgres=ordered_by("C"), undo_postgres=ordered_by("default")),
        ops.RunPython(fill, ops.RunPython.noop),
        RunOn(
            postgres=[
                *(f"CREATE {index}" for index in AREAS.values()),
                "CREATE INDEX listing_words ON listing "
                "USING gin (array_to_tsvector(string_to_array(words, ' '))) WHERE state = 'open'",
            ],
            sqlite=[
                *(f"CREATE {index}" for index in AREAS.values()),
                # its words are ours already: whatever is no ASCII sign is part of a word
                "CREATE VIRTUAL TABLE listing_words USING fts5(words, content='listing', "
                "content_rowid='id', tokenize='ascii', detail='none', columnsize=0)",
                "INSERT INTO listing_words (listing_words) VALUES ('rebuild')",
                *(f"CREATE TRIGGER listing_words_{when} {does}" for when, does in TRIGGERS.items()),
            ],
            undo_postgres=["DROP INDEX listing_words", *(f"DROP INDEX area_{n}" for n in AREAS)],
            undo_sqlite=[
                *(f"DROP TRIGGER listing_words_{when}" for when in TRIGGERS),
                "DROP TABLE listing_words",
                *(f"DROP INDEX area_{name}" for name in AREAS),
            ],
        ),
    ]

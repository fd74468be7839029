"""Words in SQL: which listings a text finds, how well each matches, and how it was understood.

What is asked comes as one bound value, JSON (words.py). `understood` sets it right inside the
statement: a word that no known word has or begins with is taken for the known word that shares
most of its trigrams. A listing matches when it has every word by its stem, the last also as the
beginning of one. PostgreSQL finds them in a GIN index on the words as they are, SQLite in FTS5,
both past their own parsers and dictionaries; all else here is one SQL for both.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.graph.ask import derive
from commonweal.graph.sql import parts
from commonweal.store.core_tables import table

from .tables import Word, WordTrigram
from .words import MAX_ASKED_WORDS, question

LEAST_ALIKE: Final = 3_000  # of 10,000: less in common is another word, not the same one mistyped
SPACE: Final = sa.literal_column("' '", sa.Text())
NOTHING: Final = sa.literal_column("''", sa.Text())
TEXTS: Final = ("word", "stem", "low", "high")
NUMBERS: Final = ("place", "last")


class words_asked(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """The words of a question, a row each."""

    inherit_cache = True


class one_of(FunctionElement[Any]):  # noqa: N801
    """True of rows whose column is in a JSON array: (column, array)."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, *_: Any, **__: Any) -> Any:  # else SQLite is given `(...) = 1`
        return self


class every_word(FunctionElement[Any]):  # noqa: N801
    """The engine's own text of a query for every word: an aggregate of (word, stem, is it last)."""

    inherit_cache = True
    type = sa.Text()


class in_a_line(FunctionElement[Any]):  # noqa: N801
    """Words in the order of the rows, parted by spaces: an aggregate."""

    inherit_cache = True
    type = sa.Text()


class has_words(FunctionElement[Any]):  # noqa: N801
    """True of listings that satisfy such a text: (key, text).

    Found apart from all else that is asked of them: how many they are is not known when a plan is
    made, and so an index that gives the order asked for would be walked to its end for a rare word.
    """

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, *_: Any, **__: Any) -> Any:  # else SQLite is given `(...) = 1`
        return self


def understood(args: Any) -> Any:
    """The words that are looked for: `place`, `last`, `word`, `stem`, and whether `changed`.

    One CTE for all of a statement, which works it out once.
    """
    if "understood" not in args.memo:
        [json] = derive(lambda text: (question(text),), [args.words], [sa.Text()])
        args.memo["understood"] = _understood(json)
    return args.memo["understood"]


def _understood(json: Any) -> Any:
    each = words_asked(json).table_valued(
        *(sa.column(name, sa.Text()) for name in TEXTS),
        *(sa.column(name, sa.Integer()) for name in NUMBERS),
        sa.column("trigrams", postgresql.JSONB()),
    )
    word, asked = table(Word), each.c
    columns = [asked.place, asked.last, asked.word, asked.stem]
    right = sa.case((sa.not_(known(asked)), nearest(each))).label("nearest")
    read = sa.select(*columns, right).limit(sa.literal(MAX_ASKED_WORDS.value)).subquery()
    return (
        sa.select(
            read.c.place,
            read.c.last,
            sa.func.coalesce(word.c.word, read.c.word).label("word"),
            sa.func.coalesce(word.c.stem, read.c.stem).label("stem"),
            sa.case((word.c.word.is_not(None), 1), else_=0).label("changed"),
        )
        .select_from(sa.outerjoin(read, word, word.c.word == read.c.nearest))
        .cte("understood")
    )


def known(asked: Any) -> Any:
    """Whether some listing has, or had, what is asked for."""

    def there(*conditions: Any) -> Any:
        return sa.exists().where(*conditions)

    word = table(Word).alias().c
    return sa.or_(
        there(word.word >= asked.low, word.word <= asked.high),
        there(word.stem >= asked.low, word.stem <= asked.high),
        there(word.stem == asked.stem),
    )


def nearest(each: Any) -> Any:
    """The known word that is most like one that is asked for, or null where none is alike.

    Alike is what two words share of all their trigrams, of which a word has one more than letters;
    of several that share as much, the first.
    """
    held, shared = table(WordTrigram).alias().c, sa.func.count()
    whole = sa.func.length(each.c.word) + sa.func.length(held.word) + 2 - shared
    some = sa.select(held.word, (shared * 10_000 // whole).label("alike"))
    some = some.where(one_of(held.trigram, each.c.trigrams)).group_by(held.word)
    near = some.correlate(each).subquery().c  # as SQLite orders by nothing of an outer query
    found = sa.select(near.word).where(near.alike >= LEAST_ALIKE)
    found = found.order_by(sa.desc(near.alike), near.word).limit(sa.literal(1))
    return found.scalar_subquery()


def matches(row: Any, args: Any) -> Any:
    """True of rows that have every word."""
    found = understood(args)
    text = sa.select(every_word(found.c.word, found.c.stem, found.c.last)).scalar_subquery()
    return has_words(row.key, text)


def best_match(row: Any, args: Any) -> list[Any]:
    """How well a row matches: words that its title has, then words that it has just so.

    The title has a word as a match does; just so is the word as it was asked for, whole.
    """
    found = understood(args)
    title, everything = SPACE + row.title_words + SPACE, SPACE + row.words + SPACE
    begins, whole = SPACE + found.c.word, SPACE + found.c.word + SPACE
    exact = SPACE + found.c.stem + SPACE

    def has(text: Any, part: Any) -> Any:
        return sa.func.replace(text, part, NOTHING) != text

    in_title = sa.or_(has(title, exact), sa.and_(found.c.last == 1, has(title, begins)))
    return [
        sa.desc(sa.select(sa.func.count()).select_from(found).where(each).scalar_subquery())
        for each in (in_title, has(everything, whole))
    ]


def understood_as(args: Any, _viewer: Any) -> Any:
    """The words that are looked for, where they are not those that were asked for; else null."""
    if args.words is None:
        return sa.null().cast(sa.Text())
    found = understood(args)
    said = sa.select(found.c.word, found.c.changed).order_by(found.c.place).subquery()
    changed = sa.func.max(said.c.changed) == 1
    return sa.select(sa.case((changed, in_a_line(said.c.word)))).scalar_subquery()


# ---- each engine's own ---------------------------------------------------------------------------


@compiles(words_asked, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    [json] = parts(element, compiler, how)
    columns = [f"{name} text" for name in TEXTS] + [f"{name} integer" for name in NUMBERS]
    each = f"each ({', '.join(columns)}, trigrams jsonb)"
    rows = f"jsonb_to_recordset(CAST({json} AS jsonb)) AS {each}"
    return f"(SELECT * FROM {rows} LIMIT {MAX_ASKED_WORDS.value})"  # or it reckons with hundreds


@compiles(words_asked, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    [json] = parts(element, compiler, how)
    names = (*TEXTS, *NUMBERS, "trigrams")
    columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
    return f"(SELECT {columns} FROM json_each({json}))"


@compiles(one_of, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, array = parts(element, compiler, how)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text({array})))"


@compiles(one_of, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, array = parts(element, compiler, how)
    return f"{column} IN (SELECT value FROM json_each({array}))"


@compiles(every_word, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    word, stem, last = parts(element, compiler, how)
    either = f"'(''' || {word} || ''':*|''' || {stem} || ''')'"
    return f"string_agg(CASE {last} WHEN 1 THEN {either} ELSE '''' || {stem} || '''' END, '&')"


@compiles(every_word, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    word, stem, last = parts(element, compiler, how)
    either = f"""'("' || {word} || '"* OR "' || {stem} || '")'"""
    term = f"""CASE {last} WHEN 1 THEN {either} ELSE '"' || {stem} || '"' END"""
    return f"group_concat({term}, ' AND ')"


@compiles(in_a_line, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    return f"string_agg({parts(element, compiler, how)[0]}, ' ')"


@compiles(in_a_line, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    return f"group_concat({parts(element, compiler, how)[0]}, ' ')"


@compiles(has_words, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    key, text = parts(element, compiler, how)
    held = "state = 'open' AND array_to_tsvector(string_to_array(words, ' '))"
    return f"{key} = ANY (ARRAY(SELECT id FROM listing WHERE {held} @@ CAST({text} AS tsquery)))"


@compiles(has_words, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    key, text = parts(element, compiler, how)
    return f"{key} IN (SELECT rowid FROM listing_words WHERE listing_words MATCH {text})"

"""From rows to the response, by a function written for one selection.

A plan describes its response as a tree of the shapes below. `assembler` writes that tree out as
Python, one expression per object (`{'id': f1(r[0]), 'title': r[1]}`), because a dict display over
a row tuple is the fastest thing Python can do with it. The text is kept on the function, `source`,
for whoever wants to see what a query became. Nothing of a request's text but response keys, which
GraphQL restricts to letters, digits and underscores, is written into it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import sqlalchemy as sa
from graphql import is_enum_type, is_list_type
from graphql.pyutils import inspect
from tortoise import fields

from .ask import Ask, Compute
from .cursor import write_cursor
from .sql import STORED_AS_IS

Assemble = Callable[[list[Any], Ask], dict[str, Any]]


@dataclass
class Constant:
    """`__typename`."""

    value: str | None


@dataclass
class Value:
    """A column of the row, through a function unless it is right as it is."""

    index: int
    convert: Callable[[Any], Any] | None = None
    nullable: bool = True


@dataclass
class Call:
    """A Python function over several columns."""

    function: Callable[..., Any]
    values: list[Value]


@dataclass
class Given:
    """What needs no row: worked out from the request, the outcome of its mutations above all."""

    compute: Compute


@dataclass
class Object:
    fields: dict[str, Any]
    present: int | None = None  # the column that is null where a join found no row


@dataclass
class Kinds:
    """An object whose type stands in a column."""

    index: int
    cases: dict[Any, Object]
    present: int | None = None


@dataclass
class Single:
    """The row of a level that has at most one; the first of several levels that has it."""

    levels: dict[int, Any]


@dataclass
class Each:
    """All rows of a level, as a list: a subscription sends them one by one."""

    level: int
    row: Any


@dataclass
class Derived:
    """What Python makes of all rows of a level, and of the request."""

    level: int
    function: Callable[[Any, Ask], Any]


@dataclass
class Page:
    """A connection: the rows of a level, of those of them that hang from a column of the row."""

    level: int
    key: int | None
    private: bool  # no key: the list is not this viewer's to see
    limit: Compute  # how many were asked for; one more was fetched
    again: Compute  # whether there was an earlier page
    cursor: list[Value | Constant]
    before: Compute | None = None  # rows of earlier pages: with this one's, a cursor's last part
    fields: Object = field(default_factory=lambda: Object({}))


@dataclass
class Edges:
    edge: Object


@dataclass
class Count:
    """The rows of a list on all its pages."""

    level: int
    key: int | None


@dataclass
class Word:
    """A variable of the function that writes a page: more, again, at."""

    name: str


def assembler(root: Object) -> Assemble:
    return Writer().write(root)


class Writer:
    def __init__(self) -> None:
        self.names: dict[str, Any] = {"cursor": write_cursor}
        self.known: dict[Any, str] = {}  # what has a name, so that equal objects read alike
        self.functions: dict[str, str] = {}  # body -> name
        self.lines: list[str] = []
        self.pages: set[int] = set()  # levels whose function is written

    def write(self, root: Object) -> Assemble:
        body = self.text(root)
        source = "\n".join([*self.lines, "def assemble(found, ask):", f"    return {body}"])
        exec(compile(source, "<selection>", "exec"), self.names)  # noqa: S102  # see the docstring
        made: Any = self.names["assemble"]
        made.source = source
        assemble: Assemble = made
        return assemble

    def name(self, value: Any) -> str:
        if value in (str, bool):
            return str(value.__name__)
        if value not in self.known:
            self.known[value] = self.new("f")
            self.names[self.known[value]] = value
        return self.known[value]

    def new(self, stem: str) -> str:
        name = f"{stem}{len(self.names)}"
        self.names[name] = None
        return name

    def text(self, shape: Any) -> str:
        """The Python expression for a shape, over a row `r`: by the method of the shape's name."""
        write: Callable[[Any], str] = getattr(self, type(shape).__name__.lower())
        return write(shape)

    def constant(self, shape: Constant) -> str:
        return repr(shape.value)

    def value(self, shape: Value) -> str:
        if shape.convert is None:
            return f"r[{shape.index}]"
        converted = f"{self.name(shape.convert)}(r[{shape.index}])"
        return self.if_present(shape.index if shape.nullable else None, converted)

    def call(self, shape: Call) -> str:
        return f"{self.name(shape.function)}({', '.join(map(self.text, shape.values))})"

    def given(self, shape: Given) -> str:
        return f"{self.name(shape.compute)}(ask)"

    def word(self, shape: Word) -> str:
        return shape.name

    def object(self, shape: Object) -> str:
        body = ", ".join(f"{key!r}: {self.text(part)}" for key, part in shape.fields.items())
        return self.if_present(shape.present, f"{{{body}}}")

    def kinds(self, shape: Kinds) -> str:
        texts = {self.text(case) for case in shape.cases.values()}
        if len(texts) == 1:  # nothing is asked of any kind alone
            return self.if_present(shape.present, texts.pop())
        made = ", ".join(f"{kind!r}: {self.function(case)}" for kind, case in shape.cases.items())
        name = self.new("kinds")
        self.lines.append(f"{name} = {{{made}}}")
        return self.if_present(shape.present, f"{name}[r[{shape.index}]](r, found, ask)")

    def single(self, shape: Single) -> str:
        text = "None"  # `or` would not do: an object may be empty
        for n, one in reversed(shape.levels.items()):
            call = f"{self.function(one)}(found[{n}][0], found, ask)"
            text = f"({call} if found[{n}] else {text})"
        return text

    def each(self, shape: Each) -> str:
        return f"[{self.function(shape.row)}(r, found, ask) for r in found[{shape.level}]]"

    def derived(self, shape: Derived) -> str:
        return f"{self.name(shape.function)}(found[{shape.level}], ask)"

    def page(self, shape: Page) -> str:
        level, key = shape.level, shape.key
        if key is None:
            return f"{self.page_function(shape)}(found[{level}], found, ask)"
        rows = f"found[{level}].get(r[{key}], ())"
        made = f"{self.page_function(shape)}({rows}, found, ask, r)"
        return self.if_present(key if shape.private else None, made)

    def edges(self, shape: Edges) -> str:
        return f"[{self.text(shape.edge)} for r in rows]"

    def count(self, shape: Count) -> str:
        if shape.key is None:
            return f"found[{shape.level}][0][0]"
        return f"found[{shape.level}].get(r[{shape.key}], ((0, 0),))[0][1]"

    @staticmethod
    def if_present(present: int | None, text: str) -> str:
        return text if present is None else f"({text} if r[{present}] is not None else None)"

    def function(self, shape: Any) -> str:
        """A function of its own, for what is not written out in place."""
        body = self.text(shape)
        if body not in self.functions:
            self.functions[body] = name = self.new("object")
            self.lines += [f"def {name}(r, found, ask):", f"    return {body}"]
        return self.functions[body]

    def page_function(self, page: Page) -> str:
        """Once for each level, which an interface's kinds may share."""
        name = f"page{page.level}"
        if page.level in self.pages:
            return name
        self.pages.add(page.level)
        keys = ", ".join([*map(self.text, page.cursor), *(["deep"] if page.before else [])])
        body = self.text(page.fields)
        self.lines += [
            f"def {name}(rows, found, ask, r=None):",
            f"    limit = {self.name(page.limit)}(ask)",
            "    more = len(rows) > limit",
            "    rows = rows[:limit] if more else rows",
            f"    again = {self.name(page.again)}(ask)",
            *([f"    deep = {self.name(page.before)}(ask) + len(rows)"] if page.before else []),
            f"    at = lambda r: cursor({keys})",
            f"    return {body}",
        ]
        return name


STANDARD: Final[dict[str, tuple[type, Callable[[Any], Any] | None]]] = {
    "String": (str, None),
    "Int": (int, None),
    "Float": (float, None),
    "Boolean": (bool, None),
    "ID": (int, str),
    "GeoJSON": (str, orjson.Fragment),  # as scalars.py serializes what an engine wrote
}


def to_python(type_: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """From what the driver gives to the column's Python value, or None where that is the same."""
    declared = getattr(type_, "field", None)
    if declared is None:
        return bool if isinstance(type_, sa.Boolean) and dialect.name == "sqlite" else None
    if type(declared) in STORED_AS_IS:
        return None
    native = isinstance(declared, fields.BooleanField | fields.DatetimeField | fields.DateField)
    if dialect.name == "postgresql" and native and not hasattr(declared, "enum_type"):
        return None
    convert: Callable[[Any], Any] = declared.to_python_value
    return convert


def to_json(type_: Any, output: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """From what the driver gives to what the response holds, or None where that is the same.

    `output` is the field's GraphQL type without its outermost non-null: a leaf, or a list of one.
    """
    python = to_python(type_, dialect)
    if is_list_type(output):
        item: Any = inner_leaf(output).serialize
        read = python or (lambda value: value)
        return lambda value: [item(v) for v in read(value)]
    if is_enum_type(output) and hasattr(getattr(type_, "field", None), "enum_type"):
        members = {m.value: output.serialize(m) for m in type_.field.enum_type}
        return members.__getitem__
    if output.name in STANDARD:
        kind, convert = STANDARD[output.name]
        if python_type(type_) is kind and python in (None, bool):
            return convert or python
    serialize: Callable[[Any], Any] = output.serialize
    return serialize if python is None else lambda value: serialize(python(value))


def inner_leaf(output: Any) -> Any:
    while hasattr(output, "of_type"):
        output = output.of_type
    if not hasattr(output, "serialize"):
        raise TypeError(f"{inspect(output)} is not a leaf")
    return output


def python_type(type_: Any) -> type | None:
    try:
        found: type = getattr(type_, "base", type_).python_type
    except NotImplementedError:
        return None
    return found

"""Forty requests that mean harm, of every kind that has stopped a GraphQL server (reliability §5).

Each is asked of the real endpoint and schema, and has the code with which it is refused; an empty
code is that of a request that is answered, because it costs nothing. `{salt}` becomes blanks, of
which no two sendings have as many: what is kept of a document must not answer for it.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from commonweal.web.limits import DOCUMENT_CHARACTERS, TOKENS

PARSE, INVALID = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
LONG, DEEP, ALIASES = "DOCUMENT_TOO_LONG", "TOO_DEEP", "TOO_MANY_ALIASES"
ASSET: Final = 'asset(id:"ast_00000000009rg")'
SALT: Final = 20  # characters that a document has to spare


@dataclass(frozen=True)
class Hostile:
    """A request, and how it is refused."""

    query: str
    code: str
    variables: Any = None
    body: bytes = b""  # in place of a request
    status: int = 200

    def sent(self, salt: int) -> bytes:
        if self.body:
            return self.body + b" " * salt
        query = self.query + " " * salt
        return orjson.dumps({"query": query, "variables": self.variables})


def full(unit: str, *, tokens: int, around: str = "{%s}") -> str:
    """As many of a unit, which has so many tokens, as the limits let through."""
    fit = (DOCUMENT_CHARACTERS.value - len(around) - SALT) // len(unit)
    return around % (unit * min((TOKENS.value - 20) // tokens, fit))


def chain(count: int, body: str, on: str = "Asset", last: str = "name") -> str:
    """Fragments F0, F1 …, each with a body in which {next} stands for the one after it."""
    texts = (
        f"fragment F{i} on {on}{{{body.replace('{next}', f'...F{i + 1}')}}}" for i in range(count)
    )
    return "".join([*texts, f"fragment F{count} on {on}{{{last}}}"])


def nested(levels: int) -> Any:
    made: Any = {}
    for _ in range(levels):
        made = {"coordinates": made}
    return made


IN_ASSET: Final = "{" + ASSET + "{%s}}"
SHAPE: Final = "query($s:GeoJSON){search(inside:$s){totalCount}}"
PAGES: Final = "query($n:Int){assets(first:$n){edges{node{rows(first:$n){totalCount}}}}}"
RING: Final = [[i / 10_000, 50 + (i % 7) / 1_000] for i in range(5_000)]

MERGING: Final = {  # CVE-2026-75507
    "a leaf repeated": Hostile(full("name ", tokens=1, around=IN_ASSET), INVALID),
    "an object repeated": Hostile(full("council{name}", tokens=4, around=IN_ASSET), INVALID),
    "a nested object repeated": Hostile(
        full("council{council{council{name}}}", tokens=10, around=IN_ASSET), INVALID
    ),
    "an inline fragment repeated": Hostile(
        full("...{council{name}}", tokens=7, around=IN_ASSET), INVALID
    ),
    "an inline fragment on an interface repeated": Hostile(
        full("...on Listing{id}", tokens=6, around="{search{edges{node{%s}}}}"), INVALID
    ),
    "a field with other arguments each time": Hostile(
        "{" + "".join(f'place(matching:"{i}"){{approximate}}' for i in range(90)) + "}", INVALID
    ),
    "fragments that spread all others": Hostile(
        "{" + ASSET + "{...F0}}"
        + "".join(
            f"fragment F{i} on Asset{{name {' '.join(f'...F{j}' for j in range(i + 1, 21))}}}"
            for i in range(20)
        )
        + "fragment F20 on Asset{name}",
        "",
    ),
}  # fmt: skip
COMMENTS: Final = {  # CVE-2026-75508
    "two hundred thousand comments": Hostile(
        "", "REQUEST_TOO_LONG", body=b'{"query":"' + rb"#\n" * 200_000 + b'{a}"}', status=413
    ),
    "as many comments as a body holds": Hostile("#\n" * 32_000 + "{__typename}", LONG),
    "as many comments as a document holds": Hostile("#\n" * 4_900 + "{__typename}", PARSE),
}
FRAGMENTS: Final = {  # graphql-core 3.2.14; graphene#1538
    "fragments doubled sixty times": Hostile(
        "{" + ASSET + "{...F0}}" + chain(60, "{next} {next}"), ""
    ),
    "objects doubled by fragments": Hostile(
        "{" + ASSET + "{...F0}}" + chain(50, "council{{next}}council{{next}}"), DEEP
    ),
    "introspection doubled by fragments": Hostile(
        "{__schema{types{...F0}}}" + chain(50, "ofType{{next}}ofType{{next}}", "__Type"), ""
    ),
    "two hundred operations of one fragment": Hostile(
        "".join(f"query Q{i}{{...F}}" for i in range(200)) + "fragment F on Query{__typename}",
        PARSE,
    ),
    "many operations of a chain": Hostile(
        "".join(f"query Q{i}{{...F0}}" for i in range(70))
        + chain(44, "{next}", "Query", "__typename"),
        "NO_OPERATION",
    ),
    "a fragment that spreads itself": Hostile(
        "{" + ASSET + "{...F}}fragment F on Asset{...F}", INVALID
    ),
    "a fragment that is not there": Hostile("{" + ASSET + "{...Nowhere}}", INVALID),
    "a cycle of doubled fragments": Hostile(
        "{" + ASSET + "{...F0}}"
        + "".join(
            f"fragment F{i} on Asset{{...F{(i + 1) % 60} ...F{(i + 2) % 60}}}" for i in range(60)
        ),
        INVALID,
    ),
    "fragments that nobody spreads": Hostile(
        "{__typename}" + "".join(f"fragment F{i} on Query{{__typename}}" for i in range(120)),
        INVALID,
    ),
}  # fmt: skip
MULTIPLIED: Final = {  # CVE-2026-33756, CVE-2026-35401
    "an array of operations": Hostile(
        "", "BAD_REQUEST", body=orjson.dumps([{"query": "{__typename}"}] * 2_000), status=400
    ),
    "sixteen aliases": Hostile(
        "{" + ASSET + "{" + "".join(f"a{i}:name " for i in range(16)) + "}}", ALIASES
    ),
    "aliases doubled by fragments": Hostile(
        "{" + ASSET + "{...F0}}" + chain(60, "{next} {next}", last="a:name"), ALIASES
    ),
    "four mutations": Hostile(
        "mutation{"
        + "".join(f'a{i}:withdrawListing(input:{{listingId:"x",reason:"y"}}){{userErrors{{'
                  "...on UserError{code}}}" for i in range(4))
        + "}",
        "TOO_MANY_MUTATIONS",
    ),
}  # fmt: skip
NESTING: Final = {  # CVE-2026-40324
    "selections nested 3,000 deep": Hostile("{" + "a{" * 3_000 + "a" + "}" * 3_001, PARSE),
    "lists nested 3,000 deep": Hostile(
        "{places(kinds:" + "[" * 3_000 + "]" * 3_000 + "){totalCount}}", PARSE
    ),
    "objects nested 3,000 deep": Hostile(
        "{search(near:" + "{a:" * 2_400 + "1" + "}" * 2_400 + "){totalCount}}", PARSE
    ),
    "types nested 3,000 deep": Hostile(
        "query($a:" + "[" * 3_000 + "Int" + "]" * 3_000 + "){__typename}", PARSE
    ),
    "selections nested as deep as the parser goes": Hostile(
        "{" + "a{" * 190 + "a" + "}" * 191, DEEP
    ),
}
ERRORS: Final = {  # CVE-2023-26144, CVE-2023-49559
    "1,500 tokens": Hostile("{" + "a " * 1_500 + "}", PARSE),
    "nine hundred unknown fields": Hostile(
        IN_ASSET % "".join(f"x{i} " for i in range(900)), INVALID
    ),
    "five hundred unknown directives": Hostile(
        "{__typename" + "@a" * 490 + "}", "TOO_MANY_DIRECTIVES"
    ),
    "three hundred unknown arguments": Hostile(
        "{search(" + "".join(f"o{i}:a " for i in range(300)) + "){totalCount}}", INVALID
    ),
}
INTROSPECTION: Final = {
    "types of fields of types of fields": Hostile(
        "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}", INVALID
    ),
    "the schema ten times": Hostile(
        "{" + "".join(f"a{i}:__schema{{types{{name}}}}" for i in range(10)) + "}",
        "INTROSPECTION_ALIASED",
    ),
}
LITERALS: Final = {
    "a string of 9,900 characters": Hostile(
        '{place(matching:"' + "x" * 9_900 + '"){approximate}}', ""
    ),
    "a number of 9,900 digits": Hostile(
        "{search(first:" + "9" * 9_900 + "){totalCount}}", "NUMBER_TOO_LARGE"
    ),
}  # fmt: skip
PRICE: Final = {
    "a billion rows, each with a billion": Hostile(
        "{assets(first:1000000000){edges{node{rows(first:1000000000){totalCount}}}}}", "TOO_COSTLY"
    ),
    "a billion rows by a variable": Hostile(PAGES, "TOO_COSTLY", {"n": 1_000_000_000}),
}
VARIABLES: Final = {
    "variables nested 240 deep": Hostile(SHAPE, "BAD_REQUEST", {"s": nested(240)}, status=400),
    "a shape of five thousand corners": Hostile(
        SHAPE, "TOO_MANY_VERTICES", {"s": {"type": "Polygon", "coordinates": [RING]}}
    ),
}
HOSTILE: Final = {
    **MERGING, **COMMENTS, **FRAGMENTS, **MULTIPLIED, **NESTING, **ERRORS, **INTROSPECTION,
    **LITERALS, **PRICE, **VARIABLES,
}  # fmt: skip

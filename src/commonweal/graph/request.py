"""What the transports (web/http.py, the WebSocket) hand to the answerer, and get back.

A transport knows nothing of schemas and documents; the answerer knows nothing of headers and
status codes. These three records are all that passes between them.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

NAME_CHARACTERS: Final = 40  # of an operation's name in the log: enough to know it again


def new_reference() -> str:
    """What a caller may quote, and the log be searched for. It says nothing by itself."""
    return secrets.token_hex(6)


@dataclass(slots=True, eq=False)
class Trace:
    """What may be known of a request outside it, for the log and the figures.

    It never holds a value of the request: no token, no variable, no place and nobody's address.
    """

    reference: str = field(default_factory=new_reference)
    kind: str = ""  # query, mutation or subscription, once that is known
    operation: str = ""  # its name in the document, cut
    code: str = ""  # of the first refusal
    statements: int = 0  # that read the answer, as fixtures/operations counts them
    viewer: int | None = None  # an id that only the database can say more of


UNWATCHED: Final = Trace()  # of what nobody logs: what is written to it is never read


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to answer, its parameters of the right types but otherwise unchecked."""

    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None
    safe: bool  # it came by GET: a mutation must be answered with "mutation_by_get"
    trace: Trace = field(default_factory=Trace, compare=False)  # the answerer fills it in
    persist: bool = False  # its sender will name the document by its hash (web/persisted.py)


@dataclass(slots=True)
class Answer:
    """The response as JSON, and what kind it is, so that HTTP can choose the status."""

    body: bytes
    kind: Literal["data", "request_error", "mutation_by_get", "subscription"]

"""What the transports (web/http.py, later the WebSocket) hand to the answerer, and get back.

A transport knows nothing of schemas and documents; the answerer knows nothing of headers and
status codes. These two records are all that passes between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to answer, its parameters of the right types but otherwise unchecked."""

    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None
    safe: bool  # it came by GET: a mutation must be answered with "mutation_by_get"


@dataclass(slots=True)
class Answer:
    """The response as JSON, and what kind it is, so that HTTP can choose the status."""

    body: bytes
    kind: Literal["data", "request_error", "mutation_by_get", "subscription"]

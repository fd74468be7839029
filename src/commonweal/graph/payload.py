"""What a mutation answers: rows that its outcome names, numbers, whether it is new, and refusals.

`Command` (mutation.py) declares it; the planner and the executor read it by these fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import graphene

from .refusals import UserErrors, refusal_type


class Result(graphene.Field):
    """A payload's row: the one that a fact of the outcome names."""

    def __init__(self, type_: Any, fact_name: str) -> None:
        super().__init__(type_)
        self.fact = fact_name


class Tally(graphene.Field):
    """A payload's number: a fact of the outcome that counts something and names no row."""

    def __init__(self, fact_name: str, description: str) -> None:
        super().__init__(graphene.Int, description=description)
        self.fact = fact_name


class Secret(graphene.Field):
    """A payload's text that is shown this once, and kept nowhere."""

    def __init__(self, fact_name: str, description: str) -> None:
        super().__init__(graphene.String, description=description)
        self.fact = fact_name


class Replayed(graphene.Field):
    """A payload's word on whether the work was done before, under the same key."""

    def __init__(self) -> None:
        super().__init__(
            graphene.Boolean,
            required=True,
            description="Whether it was done before, under this idempotency key.",
        )


def payload_type(name: str, result: Mapping[str, Any], refuses: Sequence[Any]) -> Any:
    """The payload's type: what is declared of its result, and a union of its refusals."""
    meta = type("Meta", (), {"types": tuple(refusal_type(each) for each in refuses)})
    union = type(f"{name}Error", (graphene.Union,), {"Meta": meta})
    shown = {
        key: field if isinstance(field, Tally | Secret) else Result(field, key)
        for key, field in result.items()
    }
    own = {"replayed": Replayed(), "user_errors": UserErrors(union), "planned": True}
    return type(f"{name}Payload", (graphene.ObjectType,), {**shown, **own})

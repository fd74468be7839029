"""Questions to begin with: printed by `demo`, offered on the landing page, run by a test."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Example:
    says: str
    query: str


EXAMPLES: Final = (
    Example(
        "What could we take over near here?",
        """{
  search(near: {place: "WB1 1AB", withinMetres: 5000}, first: 5) {
    totalCount
    centre { approximate place { name } }
    edges { distance node { title category closesAt areas { edges { node { kind name } } } } }
    pageInfo { hasNextPage endCursor }
  }
}""",
    ),
    Example(
        "Everything that the council declared surplus",
        """{
  assets(declaredSurplus: true) {
    totalCount
    edges { node { id name tenure occupation gridReference runningCosts state } }
  }
}""",
    ),
    Example(
        "Which ward was this in, before and after the boundary changed?",
        """{
  before: areas(at: {longitude: -2.925082, latitude: 52.184665}, kinds: [WARD], on: "2025-04-30") {
    edges { node { name validFrom validUntil } }
  }
  after: areas(at: {longitude: -2.925082, latitude: 52.184665}, kinds: [WARD]) {
    edges { node { name validFrom } }
  }
}""",
    ),
)

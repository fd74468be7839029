"""The morning's searches: asked as anybody asks, by the same plan, of the same answerer."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson

from commonweal.access import ANONYMOUS
from commonweal.graph.declare import PAGE_MOST
from commonweal.graph.reader import Reader
from commonweal.graph.request import GraphQLRequest
from commonweal.listings.actions_searches import Found
from commonweal.store.database import Database

from .answers import reader
from .schema import build

log = logging.getLogger("commonweal.jobs")

DOCUMENT: Final = f"""
query Digest($words: String, $near: NearInput, $area: ID, $kinds: [ListingKind!],
             $categories: [String!], $openOn: Date) {{
  search(words: $words, near: $near, area: $area, kinds: $kinds, categories: $categories,
         openOn: $openOn, order: NEWEST, first: {PAGE_MOST}) {{
    edges {{ node {{ title address publishedAt }} }} }} }}
"""


@cache
def _reader(engine: str) -> Reader:
    """A worker's own; a process that only serves never makes it."""
    return reader(build(), engine)


async def newest_found(database: Database, arguments: Mapping[str, Any]) -> Sequence[Found]:
    """What a search finds now, the newest first; nothing where it is refused by now."""
    request = GraphQLRequest(DOCUMENT, arguments, "Digest", safe=True)
    answer = await _reader(database.engine).answer(request, ANONYMOUS, database)
    body = orjson.loads(answer.body)
    if "errors" in body:
        log.warning("a saved search is refused: %s", body["errors"][0].get("extensions"))
        return []
    return [
        Found(node["title"], node["address"], datetime.fromisoformat(node["publishedAt"]))
        for node in (edge["node"] for edge in body["data"]["search"]["edges"])
    ]

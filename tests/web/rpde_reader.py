"""Somebody else's service that keeps a copy by Realtime Paged Data Exchange, and trusts nothing."""

from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

FIRST: Final = "/feeds/opportunities"
MEDIA_TYPE: Final = "application/vnd.openactive.rpde+json"
PAGES: Final = 1_000  # of one round: a feed whose pages go in a circle has no end


@dataclass
class RpdeReader:
    """A copy of a feed, by id; `position` is the address that it asks next."""

    http: httpx2.AsyncClient
    position: str = FIRST
    copy: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)  # each state of each id, as it came
    last: tuple[int, str] = (0, "")

    async def round(self) -> None:
        """Go from page to page until the last one, which is asked again in the next round."""
        for _ in range(PAGES):
            if not await self.page():
                return
        raise AssertionError("the feed has no last page")

    async def page(self) -> int:
        """Take the next page in: how many items it had."""
        answer = await self.http.get(self.position)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] == MEDIA_TYPE
        page = answer.json()
        assert set(page) == {"next", "items", "license"}
        assert page["license"].startswith("https://")
        for item in page["items"]:
            self._take(item)
        own = str(answer.request.url)
        if page["items"]:
            assert page["next"] != own
            assert "max-age=3600" in answer.headers["cache-control"]
        elif self.position != FIRST:
            assert page["next"] == own, "the last page's next is itself"
        self.position = page["next"]
        return len(page["items"])

    def _take(self, item: dict[str, Any]) -> None:
        assert item["kind"] == "Activity"
        place = (item["modified"], item["id"])
        assert place > self.last, "items come in the order of their change, then of their id"
        self.last = place
        self.told.append((item["id"], item["state"]))
        if item["state"] == "deleted":
            assert "data" not in item
            self.copy.pop(item["id"], None)
        else:
            assert item["state"] == "updated"
            self.copy[item["id"]] = item["data"]

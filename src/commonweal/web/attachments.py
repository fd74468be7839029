"""Attachments of bids over HTTP: `PUT /bids/bid_…/attachments?name=…`, `GET /attachments/att_…`.

As files.py, but for what is done with the bytes: they are sealed before they touch the disk, and
their name and type with them. Who may read them, and since when, `commonweal.handovers` decides.
"""

from collections.abc import AsyncIterator, Mapping
from typing import ClassVar, Final

import orjson
from starlette.types import Scope

from commonweal.access import Viewer
from commonweal.files.queries import Found
from commonweal.graph.refusals import NotFound, ScopeLacking
from commonweal.handovers import actions_attachments as actions
from commonweal.handovers.envelopes import KEY_REFUSALS, OPENING_REFUSALS
from commonweal.handovers.rules import DeadlinePassed
from commonweal.handovers.rules_bidders import BidNotReadable
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import read_id, write_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.store.contents import ContentMissing

from .asgi import ALWAYS, JSON, NOT_KEPT
from .files import STATUSES, FilesEndpoint, Reply, headers_for, name_in

OWN: Final[dict[type[UserError], int]] = {
    NotFound: 404,
    ScopeLacking: 403,
    BidNotReadable: 409,
    DeadlinePassed: 409,
    WrongState: 409,
    actions.TooManyAttachments: 409,
    actions.DailyAttachmentsReached: 429,
    ContentMissing: 410,
    **dict.fromkeys(OPENING_REFUSALS, 409),
    **dict.fromkeys(KEY_REFUSALS, 503),
}


class AttachmentsEndpoint(FilesEndpoint):
    """Uploads and downloads of what is sealed; uploads at once are counted apart from files'."""

    statuses: ClassVar[Mapping[type[UserError], int]] = STATUSES | OWN

    async def _take(self, scope: Scope, viewer: Viewer, chunks: AsyncIterator[bytes]) -> Reply:
        bid_id = read_id("bid", scope["path_params"]["bid_id"])
        row = await actions.attach(self._database(), viewer, bid_id, name_in(scope), chunks)
        number = write_id("att", row.id)
        made = {"id": number, "sha256": row.sha256, "size": row.size_bytes}
        where = (b"location", f"/attachments/{number}".encode())
        return Reply(201, orjson.dumps(made), (JSON, where, *ALWAYS))

    async def _download(self, _headers: Mapping[bytes, str], viewer: Viewer, given: str) -> Reply:
        row, file = await actions.opened(self._database(), viewer, read_id("att", given))
        found = Found(row.sha256, file.name, file.media_type, len(file.content), is_public=False)
        *about, _tag, _cache = headers_for(found)
        return Reply(200, file.content, (*about, NOT_KEPT))

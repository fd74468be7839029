"""What officers do with proposals: accept or refuse, one or all of a kind. In the caller's
transaction.

Rows are locked in one order, each kind by id: proposals, listings, assets. Whoever accepts or
refuses a proposal second finds it decided (WrongState); an asset that is no longer what a proposal
says it was is left alone (ProposalOutdated).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise.queryset import QuerySet

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.kernel.lifecycle import WrongState
from commonweal.kernel.limits import limit
from commonweal.listings import actions as listings
from commonweal.listings.rules import ListingKind, checked_reason
from commonweal.listings.tables import Listing
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move, move_all
from commonweal.store.transaction import Overtaken, Transaction

from . import comparing
from .importing import Added
from .proposing import fields_of, known_values
from .rules import (
    ASSET,
    PROPOSAL,
    AssetState,
    MatchReason,
    NotListable,
    ProposalKind,
    ProposalOutdated,
    ProposalState,
    check_listable,
)
from .spoken import Spoken
from .tables import Asset, Proposal, RegisterFile, RegisterRow

AT_ONCE: Final = limit(
    "proposals decided by one request",
    200,
    "proposals",
    "one short transaction; ask again for more",
)
PASSED_OVER: Final = 1_000  # that cannot be accepted, before one request stops looking for others
SHOWN: Final = {"name": "title", "address": "address", "location": "location"}  # in a listing
CATEGORY: Final = "category"


async def accept_proposal(tx: Transaction, viewer: Viewer, *, proposal_id: int) -> dict[str, int]:
    """Make it so: the asset becomes what the register says, or is added, or is former."""
    proposal = await Proposal.select_for_update().get(id=proposal_id)
    PROPOSAL.check("accept", proposal.state)
    decision = await _Decision.on(tx, viewer, [proposal])
    asset_id = await decision.accept(proposal)
    await decision.write()
    return {"proposal": proposal.id, "asset": asset_id}


async def refuse_proposal(
    tx: Transaction, viewer: Viewer, *, proposal_id: int, reason: str
) -> dict[str, int]:
    """Leave the asset as it is; the row is kept, and the reason."""
    reason = checked_reason(reason)
    proposal = await Proposal.select_for_update().get(id=proposal_id)
    await _refuse(tx, viewer, [proposal], reason)
    found = {"proposal": proposal.id}
    return found if proposal.asset_id is None else found | {"asset": proposal.asset_id}


async def accept_proposals(
    tx: Transaction,
    viewer: Viewer,
    *,
    register_id: int,
    kind: ProposalKind,
    matched_by: MatchReason | None = None,
    least_score: int | None = None,
) -> dict[str, int]:
    """Accept the open proposals of a kind, up to a limit; those that cannot be are left open."""
    accepted = passed = after = 0
    while accepted < AT_ONCE.value and passed < PASSED_OVER:
        some = _open(register_id, kind, matched_by, least_score).filter(id__gt=after)
        page = await some.limit(AT_ONCE.value - accepted).select_for_update()
        if not page:
            break
        decision = await _Decision.on(tx, viewer, page)
        for proposal in page:
            try:
                await decision.accept(proposal)
            except (WrongState, ProposalOutdated, NotListable):
                passed += 1
            else:
                accepted += 1
        await decision.write()
        after = page[-1].id
    left = await _open(register_id, kind, matched_by, least_score).count()
    return {"register": register_id, "decided": accepted, "left": left}


async def refuse_proposals(
    tx: Transaction,
    viewer: Viewer,
    *,
    register_id: int,
    kind: ProposalKind,
    reason: str,
    matched_by: MatchReason | None = None,
    least_score: int | None = None,
) -> dict[str, int]:
    """Refuse the open proposals of a kind, up to a limit."""
    reason = checked_reason(reason)
    some = _open(register_id, kind, matched_by, least_score)
    page = await some.limit(AT_ONCE.value).select_for_update()
    await _refuse(tx, viewer, page, reason)
    left = await _open(register_id, kind, matched_by, least_score).count()
    return {"register": register_id, "decided": len(page), "left": left}


def _open(
    register_id: int, kind: ProposalKind, matched_by: MatchReason | None, least_score: int | None
) -> QuerySet[Proposal]:
    found = Proposal.filter(file_id=register_id, kind=kind, state=ProposalState.OPEN)
    if matched_by is not None:
        found = found.filter(reason=matched_by)
    if least_score is not None:
        found = found.filter(score__gte=least_score)
    return found.order_by("id")


async def _refuse(
    tx: Transaction, viewer: Viewer, proposals: Sequence[Proposal], reason: str
) -> None:
    decided = {"decided_at": tx.now, "decided_by": viewer.name, "refusal": reason}
    for proposal in proposals:
        PROPOSAL.check("refuse", proposal.state)
    await move_all(Proposal, [p.id for p in proposals], PROPOSAL, "refuse", **decided)
    facts = {"reason": reason}
    await record(tx, viewer.name, [_entry(p, "refuse_proposal", facts) for p in proposals])


def _entry(proposal: Proposal, action: str, facts: dict[str, Any]) -> Entry:
    """In the asset's own history, where there is an asset yet."""
    facts = {"proposal": write_id("prp", proposal.id), "kind": proposal.kind.value, **facts}
    if proposal.asset_id is None:
        return Entry("prp", proposal.id, action, facts)
    return Entry("ast", proposal.asset_id, action, facts)


@dataclass
class _Decision:
    """Proposals of one register that are being accepted, with all that this needs, locked."""

    tx: Transaction
    viewer: Viewer
    file: RegisterFile
    rows: dict[int, RegisterRow]
    assets: dict[int, Asset]
    listed: dict[int, Listing]
    known: dict[int, dict[str, str]]
    added: Added
    spoken: Spoken
    accepted: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @classmethod
    async def on(
        cls, tx: Transaction, viewer: Viewer, proposals: Sequence[Proposal]
    ) -> "_Decision":
        file = await RegisterFile.get(id=proposals[0].file_id)
        rows = await RegisterRow.filter(id__in=_there(p.row_id for p in proposals))
        ids = _there(p.asset_id for p in proposals)
        found = await listings.open_of(ListingKind.ASSET, ids)
        locked = Asset.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
        assets = {asset.id: asset for asset in await locked}
        return cls(
            tx=tx,
            viewer=viewer,
            file=file,
            rows={row.id: row for row in rows},
            assets=assets,
            listed={listing.subject_id: listing for listing in found},
            known=await known_values(assets),
            added=Added(tx, file),
            spoken=Spoken(tx),
        )

    async def accept(self, proposal: Proposal) -> int:
        """Do what is proposed; the id of the asset that it concerns, or adds.

        Raises WrongState, ProposalOutdated, NotListable: before anything is changed.
        """
        if proposal.kind is ProposalKind.CHANGE:
            number = await self._change(proposal)
        elif proposal.kind in (ProposalKind.NEW, ProposalKind.SPLIT):
            number = self._add(proposal)
        else:
            number = await self._retire(proposal)
        self.accepted.append(proposal.id)
        return number

    async def write(self) -> None:
        """What was gathered, in few statements."""
        decided = {"decided_at": self.tx.now, "decided_by": self.viewer.name}
        await move_all(Proposal, self.accepted, PROPOSAL, "accept", **decided)
        await self.added.write(self.viewer.name, "import")
        await self.spoken.write()
        await record(self.tx, self.viewer.name, self.entries)

    async def _change(self, proposal: Proposal) -> int:
        assert proposal.asset_id is not None
        assert proposal.row_id is not None
        asset, row = self.assets[proposal.asset_id], self.rows[proposal.row_id]
        known, said = self.known[asset.id], row.reading["values"]
        self._check_current(proposal, asset, known)
        changed = {change["field"] for change in proposal.changes}
        columns = comparing.columns_read(row.reading)
        taken = {name: columns[name] for name in comparing.SOURCES if name in changed}
        if "location" in taken:
            taken["coordinate_system"] = columns["coordinate_system"]
        if asset.state is AssetState.LISTED:
            await self._revise_listing(asset, taken)
        action = "accept_proposal"
        if asset.state is AssetState.FORMER:
            action = "restore"
            await move(asset, ASSET, action, **comparing.keyed(taken))
        else:
            rows = Asset.filter(id=asset.id, version=asset.version)
            if await rows.update(version=asset.version + 1, **comparing.keyed(taken)) != 1:
                raise Overtaken
        new = comparing.values_new(known, said, fields_of(self.file))
        self.spoken.take(asset.id, row.id, new)
        facts = {"fields": sorted(changed), "row": row.row_number}
        self.entries.append(_entry(proposal, action, self._whence() | facts))
        return proposal.asset_id

    @staticmethod
    def _check_current(proposal: Proposal, asset: Asset, known: dict[str, str]) -> None:
        """Raises ProposalOutdated."""
        for change in proposal.changes:
            name = change["field"]
            if name == comparing.RETURNS.field:
                ASSET.check("restore", asset.state)
                continue
            held = comparing.shown(name, vars(asset)) if name in comparing.SOURCES else None
            now = held if name in comparing.SOURCES else known.get(name) or None
            if now != change["before"]:
                raise ProposalOutdated(name, change["before"] or "", now or "")

    async def _revise_listing(self, asset: Asset, taken: dict[str, Any]) -> None:
        check_listable(asset.name, taken.get("not_land_reason"))
        shown = {to: taken[name] for name, to in SHOWN.items() if name in taken}
        if CATEGORY in taken:
            shown[CATEGORY] = taken[CATEGORY].value
        if shown:
            if asset.id not in self.listed:  # published since its listing was looked for
                raise Overtaken
            await listings.revise(self.tx, self.listed[asset.id], shown)

    def _add(self, proposal: Proposal) -> int:
        assert proposal.row_id is not None
        row = self.rows[proposal.row_id]
        origin = proposal.asset_id and {"split_from": write_id("ast", proposal.asset_id)}
        columns = comparing.columns_read(row.reading)
        values: dict[str, str] = row.reading["values"]
        facts = {"proposal": write_id("prp", proposal.id), **(origin or {})}
        number = self.added.take(row, columns, values, **facts)
        if proposal.asset_id is not None:
            facts = self._whence() | {"added": write_id("ast", number), "row": row.row_number}
            self.entries.append(_entry(proposal, "accept_proposal", facts))
        return number

    async def _retire(self, proposal: Proposal) -> int:
        assert proposal.asset_id is not None
        asset: Asset = self.assets[proposal.asset_id]
        await move(asset, ASSET, "retire")
        facts = self._whence()
        if proposal.row_id is not None:
            self.spoken.take(asset.id, proposal.row_id, {})
            facts["row"] = self.rows[proposal.row_id].row_number
        self.entries.append(_entry(proposal, "retire", facts))
        return proposal.asset_id

    def _whence(self) -> dict[str, Any]:
        return {"file": write_id("rgf", self.file.id)}


def _there(ids: Iterable[int | None]) -> list[int]:
    return sorted({number for number in ids if number is not None})

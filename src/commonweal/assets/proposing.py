"""What a register that comes again says of a council's assets, as proposals for its officers.

Runs inside the import's transaction (importing.py), the council's row locked. A row that says of
an asset what is held already speaks of it from now on, and proposes nothing. Whatever was open
from an earlier register about the same assets, or the same new rows, is superseded first: whoever
was deciding it has then decided, and their outcome is what the new rows are compared with.
Which row speaks of which asset: matching.py. What it would change: comparing.py.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from commonweal.store.moves import move_all
from commonweal.store.transaction import Transaction

from . import comparing
from .matching import Match, Matching, Side, match
from .registers.apart import COMPARING, GivenUp
from .registers.drafts import Draft
from .registers.interpreting import NobodyWaits
from .rules import PROPOSAL, AssetState, ProposalKind, ProposalState
from .spoken import Spoken
from .tables import Asset, AssetValue, Proposal, RegisterFile, RegisterRow

CHUNK: Final = 1_000  # ids in one statement; SQLite takes 32,766 values
Values = Mapping[str, str]  # by field, as published


async def propose(
    tx: Transaction,
    actor: str,
    file: RegisterFile,
    drafts: Sequence[Draft],
    row_ids: Mapping[int, int],
) -> tuple[int, Counter[ProposalKind]]:
    """How many rows say what is held, and how many proposals of each kind were made.

    `row_ids` are the rows' ids by their numbers.
    """
    rows = [comparing.side_of(d.row_number, comparing.columns_of(d)) for d in drafts]
    await _supersede(tx, actor, file.council_id, {identity(row) for row in rows})
    assets = {asset.id: asset for asset in await Asset.filter(council_id=file.council_id)}
    sides = [side_of(asset) for asset in assets.values()]
    written = _Written(
        tx, file, row_ids, {d.row_number: d for d in drafts}, assets, await known_values(assets)
    )
    # others are answered meanwhile
    await COMPARING.run(lambda given_up: written.compare(rows, sides, given_up))
    await written.spoken.write()
    await Proposal.bulk_create(written.proposals, batch_size=CHUNK)
    return len(written.spoken.rows), Counter(proposal.kind for proposal in written.proposals)


def side_of(asset: Asset) -> Side:
    """What an asset is known by."""
    return comparing.side_of(asset.id, vars(asset), former=asset.state is AssetState.FORMER)


def identity(side: Side) -> tuple[str, ...]:
    """By what a row that nobody knew is known again in a later register."""
    return (side.key,) if side.key else (side.title, side.where)


async def known_values(asset_ids: Mapping[int, Any]) -> dict[int, dict[str, str]]:
    """The last value of each field that registers gave of each asset."""
    found: dict[int, dict[str, str]] = {number: {} for number in asset_ids}
    for chunk in _chunks(list(asset_ids)):
        values = AssetValue.filter(asset_id__in=chunk).order_by("id")
        for number, name, value in await values.values_list("asset_id", "field", "value"):
            found[number][name] = value
    return found


def fields_of(file: RegisterFile) -> frozenset[str]:
    """The fields that a file has a column for."""
    return frozenset(c["field"] for c in file.mapping["columns"] if c["field"])


async def _supersede(
    tx: Transaction, actor: str, council_id: int, identities: set[tuple[str, ...]]
) -> None:
    """Close what earlier registers proposed of the council's assets, or of the same new rows."""
    still_open = Proposal.filter(council_id=council_id, state=ProposalState.OPEN).order_by("id")
    gone: list[int] = []
    by_row: dict[int, int] = {}  # of what is to be new
    for proposal in await still_open.only("id", "asset_id", "row_id"):
        if proposal.asset_id is not None:
            gone.append(proposal.id)
        elif proposal.row_id is not None:
            by_row[proposal.row_id] = proposal.id
    for chunk in _chunks(list(by_row)):
        for row in await RegisterRow.filter(id__in=chunk):
            side = comparing.side_of(row.row_number, comparing.columns_read(row.reading))
            if identity(side) in identities:
                gone.append(by_row[row.id])
    decided = {"decided_at": tx.now, "decided_by": actor}
    for chunk in _chunks(sorted(gone)):
        await move_all(Proposal, chunk, PROPOSAL, "supersede", **decided)


@dataclass
class _Written:
    """What is to be written, in the order in which officers will see it."""

    tx: Transaction
    file: RegisterFile
    row_ids: Mapping[int, int]
    drafts: Mapping[int, Draft]
    assets: Mapping[int, Asset]
    known: Mapping[int, Values]
    proposals: list[Proposal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fields = fields_of(self.file)
        self.spoken = Spoken(self.tx)

    def compare(self, rows: Sequence[Side], sides: Sequence[Side], given_up: GivenUp) -> None:
        """Match them and gather what that comes to, in a thread: it asks no database."""
        found = match(rows, sides)
        for pair in found.matches:
            if given_up():
                raise NobodyWaits
            self.matched(pair)
        self.left_over(found)

    def matched(self, pair: Match) -> None:
        """A proposal of what would change; where nothing would, the row speaks of the asset."""
        asset, draft = self.assets[pair.asset.number], self.drafts[pair.row.number]
        known = self.known[asset.id]
        columns = comparing.columns_of(draft)
        found = comparing.changes(vars(asset), known, columns, draft.values, self.fields)
        if asset.state is AssetState.FORMER:
            found.insert(0, comparing.RETURNS)
        if found:
            changes = [change.as_dict() for change in found]
            self._propose(ProposalKind.CHANGE, changes, row=pair.row, asset=pair.asset, match=pair)
            return
        new = comparing.values_new(known, draft.values, self.fields)
        self.spoken.take(asset.id, self.row_ids[draft.row_number], new)

    def left_over(self, found: Matching) -> None:
        gone = [comparing.GOES.as_dict()]
        for pair in found.splits:
            held = self._all_of(pair.row)
            self._propose(ProposalKind.SPLIT, held, row=pair.row, asset=pair.asset, match=pair)
        for row in found.new:
            self._propose(ProposalKind.NEW, self._all_of(row), row=row)
        for pair in found.merges:
            self._propose(ProposalKind.MERGE, gone, row=pair.row, asset=pair.asset, match=pair)
        for asset in found.missing:
            self._propose(ProposalKind.MISSING, gone, asset=asset)

    def _all_of(self, row: Side) -> list[dict[str, Any]]:
        """What the new asset would hold, against nothing."""
        columns = comparing.columns_of(self.drafts[row.number])
        shown = ((name, comparing.shown(name, columns)) for name in comparing.SOURCES)
        return [comparing.Change(name, None, text).as_dict() for name, text in shown if text]

    def _propose(
        self,
        kind: ProposalKind,
        changes: list[dict[str, Any]],
        *,
        row: Side | None = None,
        asset: Side | None = None,
        match: Match | None = None,
    ) -> None:
        self.proposals.append(
            Proposal(
                id=self.tx.new_id(),
                council_id=self.file.council_id,
                file_id=self.file.id,
                kind=kind,
                state=ProposalState(PROPOSAL.initial),
                asset_id=asset and asset.number,
                row_id=row and self.row_ids[row.number],
                reason=match and match.reason,
                score=match and match.score,
                changes=changes,
            )
        )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]

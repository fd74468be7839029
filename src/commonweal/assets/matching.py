"""Which row of a register speaks of which asset that is known, and how sure that is.

    found = match(rows, assets)     each a `Side`: what one row, or one asset, is known by

Pure, and near-linear: candidates come from indexes on keys and on a grid of places, never from all
pairs. The rules are tried one after another, the surest first; within a rule the likeliest pair
wins, and ties fall by content, never by where a row stands in its file. A row and an asset are
matched once at most. What is left is told apart: a row about a place that one asset held alone
(split), an asset whose place and name another's row took up (merged), new, and missing.
Next: comparing.py, for what a matched row would change.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from .rules import MatchReason

UPRN_METRES: Final = 500  # a park's point moves from its middle to its gate
NAME_METRES: Final = 250  # further off, a second "Public Toilets" is another one
FAMILY_METRES: Final = 50  # parts of one building, or of one yard
FAMILY_MOST: Final = 20  # a leading part that more codes have is a series, not one place's
CROWD: Final = 32  # candidates looked at for one row under one key: 5,000 alike stay quick
WHOLE: Final = 10_000  # scores are per 10,000
WEIGHTS: Final = {"code": 4, "uprn": 2, "place": 2, "name": 2, "address": 1}
METRES_PER_DEGREE: Final = 111_195  # of latitude, on a sphere: enough to tell near from far

_SEPARATORS = re.compile(r"[/\\|:_]")
_UNTELLING: Final = frozenset(
    ["a", "an", "and", "at", "for", "in", "of", "off", "on", "or", "the", "to"]
)

Place = tuple[float, float]  # longitude, latitude


@dataclass(frozen=True)
class Side:
    """What a row, or an asset, is known by; blank is "". Texts are as they were given."""

    number: int  # the row's number, or the asset's id
    code: str
    uprn: str
    name: str
    address: str
    place: Place | None
    everything: Hashable = ()  # all that is compared: what is wholly alike is matched first
    former: bool = False  # an asset that was given up: one that is held comes first

    @cached_property
    def key(self) -> str:
        """The code in any case."""
        return " ".join(self.code.casefold().split())

    @cached_property
    def lead(self) -> str:
        """The code's leading part: "09/00025" of "09/00025/Land and Building"; blank if none."""
        parts = list(_SEPARATORS.finditer(self.key))
        return self.key[: parts[-1].start()].strip() if parts else ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The telling words of the name, "s" at their ends left off."""
        found = [w for w in re.findall(r"\w+", self.name.casefold()) if w not in _UNTELLING]
        return tuple(w[:-1] if len(w) > 3 and w.endswith("s") else w for w in found)

    @cached_property
    def title(self) -> str:
        return " ".join(self.words)

    @cached_property
    def where(self) -> str:
        return " ".join(re.findall(r"\w+", self.address.casefold()))

    @cached_property
    def order(self) -> tuple[Hashable, ...]:
        """By which ties fall: what it says, and only then its number."""
        return (self.key, self.title, self.where, self.uprn, repr(self.everything), self.number)


@dataclass(frozen=True, slots=True)
class Match:
    """A row that speaks of an asset."""

    row: Side
    asset: Side
    reason: MatchReason
    score: int  # per 10,000


@dataclass(frozen=True, slots=True)
class Matching:
    """What became of each row and of each asset. Former assets are in `matches` or nowhere."""

    matches: list[Match]
    new: list[Side]
    missing: list[Side]
    splits: list[Match]  # the row is a further one about the asset's place
    merges: list[Match]  # the asset is gone, the row (another's) took it up


def metres_between(a: Place, b: Place) -> float:
    """Near enough for places of one council; exact distances are the database's."""
    across = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(across, a[1] - b[1]) * METRES_PER_DEGREE


def score(row: Side, asset: Side) -> int:
    """How much of what both say agrees, per 10,000; in whole numbers, by WEIGHTS."""
    got = asked = 0
    for weight, share in _evidence(row, asset):
        asked += weight
        got += weight * share
    return got // asked if asked else 0


def _evidence(row: Side, asset: Side) -> Iterator[tuple[int, int]]:
    """For each fact that both give: its weight, and how far they agree, per 10,000."""
    if row.key and asset.key:
        same_lead = row.lead and row.lead == asset.lead
        share = WHOLE if row.key == asset.key else WHOLE * 3 // 4 if same_lead else 0
        yield WEIGHTS["code"], share
    if row.uprn and asset.uprn:
        yield WEIGHTS["uprn"], WHOLE * (row.uprn == asset.uprn)
    if row.place and asset.place:
        away = min(metres_between(row.place, asset.place), UPRN_METRES)
        yield WEIGHTS["place"], WHOLE - round(away) * WHOLE // UPRN_METRES
    if row.words and asset.words:
        yield WEIGHTS["name"], _alike(row.words, asset.words)
    if row.where and asset.where:
        yield WEIGHTS["address"], _alike(row.where.split(), asset.where.split())


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """The share of words in common, per 10,000."""
    a, b = set(one), set(other)
    return 2 * WHOLE * len(a & b) // (len(a) + len(b))


def at_one_place(row: Side, asset: Side, metres: int) -> bool:
    """By their points; where one has none, by their addresses, which may both be blank."""
    if row.place and asset.place:
        return metres_between(row.place, asset.place) <= metres
    return row.where == asset.where


def contradicted(row: Side, asset: Side) -> bool:
    """Whether nothing but the code speaks for the pair, though more could."""
    others = [
        row.uprn == asset.uprn if row.uprn and asset.uprn else None,
        at_one_place(row, asset, UPRN_METRES) if row.place and asset.place else None,
        row.where == asset.where if row.where and asset.where else None,
        _alike(row.words, asset.words) >= WHOLE // 2 if row.words and asset.words else None,
    ]
    asked = [agrees for agrees in others if agrees is not None]
    return len(asked) > 1 and not any(asked)


Accepts = Callable[[Side, Side], bool]
Keys = Callable[[Side], Iterable[Hashable]]


def match(rows: Iterable[Side], assets: Iterable[Side]) -> Matching:
    """Each row's asset, and what is left over."""
    found = _Found(sorted(rows, key=lambda s: s.order), sorted(assets, key=lambda s: s.number))
    found.alike()
    found.by(MatchReason.CODE, _once(lambda s: s.key), lambda r, a: not contradicted(r, a))
    found.by(MatchReason.CODE_PART, found.sole_leads(), _supported)
    by_uprn = _once(lambda s: s.uprn)
    named = lambda r, a: at_one_place(r, a, UPRN_METRES) and _named_alike(r, a)  # noqa: E731
    found.by(MatchReason.UPRN_AND_PLACE, by_uprn, named)
    found.by(
        MatchReason.UPRN_AND_PLACE,
        found.sole(by_uprn),
        lambda r, a: at_one_place(r, a, UPRN_METRES),
    )
    for grid in (_Grid(NAME_METRES), None):  # those with points, then those without
        found.by(
            MatchReason.NAME_AND_PLACE,
            _named_at(grid),
            lambda r, a: r.title == a.title and at_one_place(r, a, NAME_METRES),
            near=grid.around if grid else None,
        )
    found.by(MatchReason.CODE, _once(lambda s: s.key), lambda _r, _a: True)
    found.relatives()
    return found.told_apart()


def _once(key: Callable[[Side], str]) -> Keys:
    """One key, none where it is blank."""
    return lambda side: [key(side)] if key(side) else []


def _named_alike(row: Side, asset: Side) -> bool:
    return _alike(row.words, asset.words) >= WHOLE // 2 if row.words and asset.words else False


def _supported(row: Side, asset: Side) -> bool:
    """Whether anything besides the code's leading part speaks for the pair."""
    near = row.place and asset.place and at_one_place(row, asset, UPRN_METRES)
    same = (row.uprn and row.uprn == asset.uprn) or (row.where and row.where == asset.where)
    return bool(near or same) or _named_alike(row, asset)


def _named_at(grid: "_Grid | None") -> Keys:
    """The name and the square that it lies in, or the name and the address."""

    def keys(side: Side) -> list[Hashable]:
        if not side.title:
            return []
        if grid is None:
            return [(side.title, side.where)]
        return [(side.title, *grid.square(side.place))] if side.place else []

    return keys


@dataclass(frozen=True, slots=True)
class _Grid:
    """Squares no smaller than `metres`, so that what is within that lies in one of nine."""

    metres: int

    def square(self, place: Place) -> tuple[int, int]:
        # by the narrowest degree of longitude of these islands, at 61 degrees north
        x = place[0] * METRES_PER_DEGREE * 0.48 / self.metres
        return math.floor(x), math.floor(place[1] * METRES_PER_DEGREE / self.metres)

    def around(self, key: Hashable) -> list[Hashable]:
        assert isinstance(key, tuple)
        *said, x, y = key
        return [(*said, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _index(sides: Iterable[Side], keys: Keys) -> dict[Hashable, list[Side]]:
    found: dict[Hashable, list[Side]] = defaultdict(list)
    for side in sides:
        for key in keys(side):
            found[key].append(side)
    return found


@dataclass
class _Found:
    """Rows in the order of what they say, assets in the order of their ids; and their pairs."""

    rows: list[Side]
    assets: list[Side]
    of_row: dict[int, Match] = field(default_factory=dict)
    of_asset: dict[int, Match] = field(default_factory=dict)

    @property
    def free_rows(self) -> list[Side]:
        return [row for row in self.rows if row.number not in self.of_row]

    @property
    def free_assets(self) -> list[Side]:
        return [asset for asset in self.assets if asset.number not in self.of_asset]

    def pair(self, row: Side, asset: Side, reason: MatchReason) -> None:
        made = Match(row, asset, reason, score(row, asset))
        self.of_row[row.number] = self.of_asset[asset.number] = made

    def alike(self) -> None:
        """Pair what is wholly alike: of several such it matters not which is which."""
        held = _index((a for a in self.assets if not a.former), lambda s: [s.everything])
        taken: dict[Hashable, int] = defaultdict(int)
        for row in self.rows:
            same, place = held.get(row.everything, []), taken[row.everything]
            if place < len(same):
                taken[row.everything] += 1
                by_name = MatchReason.UPRN_AND_PLACE if row.uprn else MatchReason.NAME_AND_PLACE
                self.pair(row, same[place], MatchReason.CODE if row.key else by_name)

    def by(
        self,
        reason: MatchReason,
        keys: Keys,
        accepts: Accepts,
        near: Callable[[Hashable], list[Hashable]] | None = None,
    ) -> None:
        """Pair what shares a key and is accepted, the likeliest first."""
        assets = _index(self.free_assets, keys)
        candidates = []
        for place, row in enumerate(self.free_rows):
            for key in keys(row):
                for at in near(key) if near else [key]:
                    for asset in assets.get(at, [])[:CROWD]:
                        if accepts(row, asset):
                            rank = (asset.former, -score(row, asset), place, asset.number)
                            candidates.append((rank, row, asset))
        for _, row, asset in sorted(candidates, key=lambda c: c[0]):
            if row.number not in self.of_row and asset.number not in self.of_asset:
                self.pair(row, asset, reason)

    def sole_leads(self) -> Keys:
        """Leading parts of codes that one row and one asset have, of all that there are."""
        keys = _once(lambda s: s.lead)
        rows, of_all = _index(self.rows, keys), _index(self.assets, keys)
        of_held = _index((a for a in self.assets if not a.former), keys)
        clear = {k for k in rows if len(rows[k]) == 1 == len(of_held.get(k) or of_all.get(k, []))}
        return lambda side: [key for key in keys(side) if key in clear]

    def sole(self, keys: Keys) -> Keys:
        """Keys that on one side at least only one has, of those that are left."""
        rows, assets = _index(self.free_rows, keys), _index(self.free_assets, keys)
        clear = {key for key in rows if 1 in (len(rows[key]), len(assets.get(key, ())))}
        return lambda side: [key for key in keys(side) if key in clear]

    def relatives(self) -> None:
        """Pair a row with the one asset whose place and name, or code, it is a part of."""
        alone = _Family([a for a in self.assets if not a.former])
        candidates = []
        for place, row in enumerate(self.free_rows):
            kin = alone.of(row)
            if len(kin) == 1 and kin[0][0].number not in self.of_asset:
                asset, reason = kin[0]
                candidates.append(((-score(row, asset), place), row, asset, reason))
        for _, row, asset, reason in sorted(candidates, key=lambda c: c[0]):
            if asset.number not in self.of_asset:
                self.pair(row, asset, reason)

    def told_apart(self) -> Matching:
        """The pairs in the order of their rows, and what the rest is taken for."""
        matches = sorted(self.of_row.values(), key=lambda m: m.row.number)
        alone = _Family([a for a in self.assets if not a.former])
        new, splits = [], []
        for row in sorted(self.free_rows, key=lambda r: r.number):
            kin = alone.of(row)
            if len(kin) == 1:
                asset, reason = kin[0]
                splits.append(Match(row, asset, reason, score(row, asset)))
            else:
                new.append(row)
        takers = _Family([m.row for m in matches])
        missing, merges = [], []
        for asset in self.free_assets:
            if asset.former:
                continue
            kin = [(r, why) for r, why in takers.of(asset) if self._took_up(asset, r, why)]
            if kin:
                row, reason = min(kin, key=lambda k: (-score(k[0], asset), k[0].order))
                merges.append(Match(row, asset, reason, score(row, asset)))
            else:
                missing.append(asset)
        return Matching(matches, new, missing, splits, merges)

    def _took_up(self, gone: Side, row: Side, reason: MatchReason) -> bool:
        """Whether a row says more than of its own asset: its name grew, or holds the other's."""
        own = self.of_row[row.number].asset
        grown = row.title != own.title or row.key != own.key
        return grown or (
            reason is MatchReason.NAME_AND_PLACE and gone.words[: len(row.words)] == row.words
        )


class _Family:
    """Finds who holds a place, name or code of which another is a part."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.grid = _Grid(FAMILY_METRES)
        leads = _index(sides, lambda s: {s.lead, s.key} - {""})
        self.leads = {lead: of for lead, of in leads.items() if len(of) <= FAMILY_MOST}
        self.uprns = _index(sides, _once(lambda s: s.uprn))
        self.names = _index(sides, self._name)

    def _name(self, side: Side) -> list[Hashable]:
        if not side.place or not side.words:
            return []
        return [(side.words[0], *self.grid.square(side.place))]

    def of(self, side: Side) -> list[tuple[Side, MatchReason]]:
        """Those of whose family it is, by the surest relation that any has."""
        kin = [s for s in self.leads.get(side.lead, []) if _near(side, s)]
        kin += [s for s in self.leads.get(side.key, []) if _near(side, s)]
        if kin:
            return [(s, MatchReason.CODE_PART) for s in dict.fromkeys(kin)]
        kin = [s for s in self.uprns.get(side.uprn, [])[:CROWD] if side.uprn and _near(side, s)]
        if kin:
            return [(s, MatchReason.UPRN_AND_PLACE) for s in kin]
        around = [near for key in self._name(side) for near in self.grid.around(key)]
        kin = [s for at in around for s in self.names.get(at, [])[:CROWD] if _akin(side, s)]
        return [(s, MatchReason.NAME_AND_PLACE) for s in kin if _near(side, s)]


def _near(one: Side, other: Side) -> bool:
    known = (one.place and other.place) or one.where  # nowhere is no place to share
    return bool(known) and at_one_place(one, other, FAMILY_METRES)


def _akin(one: Side, other: Side) -> bool:
    """Whether a name continues the other's, its numbers left aside: "Yard", "Yard, unit 2"."""
    a, b = ([w for w in s.words if not w.isdigit()] for s in (one, other))
    least = min(len(a), len(b))
    return least > 0 and a[:least] == b[:least]

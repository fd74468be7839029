"""Whose register a file is: the guard against importing another council's.

Most of the places in it lie outside the council, or most of its rows name another one. A council
owns some land beyond its border; never most of it. Asked before anything is written.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from commonweal.places.actions import councils_holding
from commonweal.places.rules import AreaKind
from commonweal.places.shapes import holds
from commonweal.places.tables import Area

from .registers.apart import READING
from .registers.drafts import Draft
from .registers.interpreting import interpret
from .registers.mapping import Mapping
from .registers.reading import Register
from .rules import AnotherCouncilsRegister

OUTSIDE_LEAST: Final = 3  # a cemetery and a reservoir beyond the border are nobody else's register
SAMPLE: Final = 200  # places that are looked up among the other councils
UNKNOWN: Final = "another council"
_CODE: Final = re.compile(r"[A-Z]\d{8}", re.ASCII)  # of the statistics offices: E07000078
_GENERIC: Final = frozenset([
    *("council", "borough", "district", "city", "county", "metropolitan", "royal", "london"),
    *("unitary", "authority", "corporation", "of", "the", "and", "upon", "cyngor", "sir"),
    *("bc", "cc", "dc", "mbc"),
])  # fmt: skip


async def check_council(
    council: Area, register: Register, mapping: Mapping, drafts: Sequence[Draft]
) -> None:
    """Raises AnotherCouncilsRegister with what speaks for that."""
    placed = [draft.point for draft in drafts if draft.point]
    far = sum(p.code == "OUTSIDE_AREA" for draft in drafts for p in draft.problems)
    inside = sum(holds(council.shape, placed)) if council.shape else len(placed)
    located, outside = len(placed) + far, len(placed) + far - inside

    def refusal(likely: str, because: str) -> AnotherCouncilsRegister:
        return AnotherCouncilsRegister(council.name, likely, because, located, outside)

    if council.shape and outside >= OUTSIDE_LEAST and outside * 2 > located:
        # without the area, for those that were refused as too far from it
        anywhere = drafts
        if far:
            anywhere = await READING.run(
                lambda given_up: interpret(register, mapping, None, given_up)
            )
        points = [draft.point for draft in anywhere if draft.point][:SAMPLE]
        counts = await councils_holding(points)
        counts.pop(council.name, None)
        likely, most = next(iter(counts.most_common(1)), (UNKNOWN, 0))
        where = f", and {most} of {len(points)} looked at lie in {likely}" if most else ""
        raise refusal(
            likely,
            f"{outside} of the {located} rows with a place lie outside {council.name}{where}",
        )
    said = Counter(name for draft in drafts if (name := _organisation(draft)))
    for name, times in said.most_common(1):
        other = await _other_named(council, name) if times * 2 > len(drafts) else None
        if other:
            raise refusal(other.name, f"{times} of its {len(drafts)} rows name {name}")
    code, likely, times = _other_code(council, drafts)
    if times * 2 > len(drafts):
        raise refusal(likely, f"{times} of its {len(drafts)} rows name {code}")


def _organisation(draft: Draft) -> str | None:
    return draft.values.get("organisation_code") or draft.values.get("organisation_name")


def _other_code(council: Area, drafts: Sequence[Draft]) -> tuple[str, str, int]:
    """The code of a council that nobody here has, its name, and how many rows give such a code.

    A row that names the council itself is its own, under the code of another year.
    """
    said: Counter[tuple[str, str]] = Counter()
    own = council.code.upper()
    for draft in drafts if _CODE.fullmatch(own) else ():
        code = _last_part(draft.values.get("organisation_code", "")).upper()
        name = draft.values.get("organisation_name", "")
        own_name = name and _name(name) == _name(council.name)
        if _CODE.fullmatch(code) and code != own and not own_name:
            said[code, name] += 1
    (code, name), _ = next(iter(said.most_common(1)), (("", ""), 0))
    return code, name or UNKNOWN, said.total()


def _last_part(said: str) -> str:
    """A code that stands alone or at the end of an address."""
    return said.rstrip("/").rpartition("/")[2].rpartition(":")[2]


async def _other_named(council: Area, said: str) -> Area | None:
    """The other council that is meant by a code, an address ending in it, or a name."""
    code = _last_part(said).casefold()
    if code == council.code.casefold() or _name(said) == _name(council.name):
        return None
    others: list[Area] = await Area.filter(kind=AreaKind.COUNCIL).only("id", "code", "name")
    for other in others:
        if code == other.code.casefold() or (_name(said) and _name(said) == _name(other.name)):
            return other
    return None


def _name(text: str) -> frozenset[str]:
    """The telling words of a council's name."""
    letters = "".join(c if c.isalnum() else " " for c in text.casefold())
    return frozenset(letters.split()) - _GENERIC

"""What every verb asks of a case before it does anything: its row, its timetable, its rules.

Rows are locked in one order by all: the round, its cases by id, bids by id, their entries by id.
Whatever is done to a case is said in its audit, which is also the asset's timeline: so facts hold
no name of a person, and nothing of what is sealed.
"""

from dataclasses import asdict
from datetime import date
from typing import Any

from commonweal.access import Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.tables_partners import Partner
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import ORDER, End, Timetable
from .rules_defaults import DEFAULTS, Row, Rules, read_value, rules_on
from .tables import Case, CouncilRule, Round, RoundStage
from .tables_bids import BidEntry


async def locked_round(round_id: int) -> Round:
    """A round's row, for whoever acts on all that is in it."""
    return await Round.select_for_update(no_key=True).get(id=round_id)


async def locked(case_id: int) -> Case:
    """A case's row."""
    return await Case.select_for_update(no_key=True).get(id=case_id)


async def cases_of(round_id: int) -> list[Case]:
    """A round's cases, locked, by id."""
    return await Case.filter(round_id=round_id).order_by("id").select_for_update(no_key=True)


async def entries_of(case_id: int) -> list[BidEntry]:
    """What is bid for a case, locked, by id."""
    rows = BidEntry.filter(case_id=case_id).order_by("id")
    return await rows.select_for_update(no_key=True)


async def timetable_of(round_id: int | None) -> Timetable:
    """A round's stages in their order; none where there is no round yet."""
    rows = await RoundStage.filter(round_id=round_id) if round_id else []
    return tuple(sorted((End(r.stage, r.ends_at) for r in rows), key=_place))


async def rules_now(council_id: int, day: date) -> Rules:
    """What holds for a case of this council that begins on a day: its own rows after the others."""
    own = await CouncilRule.filter(council_id=council_id).order_by("id")
    rows = [Row(r.name, read_value(r.name, r.value), r.since, r.citation, "C") for r in own]
    return rules_on(day, (*DEFAULTS, *rows))


def rules_of(case: Case) -> Rules:
    """What held on its first day, whatever was changed since."""
    return Rules(**case.rules)


def as_kept(rules: Rules) -> dict[str, Any]:
    """What `rules_of` reads."""
    return asdict(rules)


async def bodies_behind(*bidders: int) -> set[int]:
    """These bidders, and of consortia among them all who are in them."""
    partners = Partner.filter(consortium_id__in=bidders, since__isnull=False, until__isnull=True)
    found: list[Any] = await partners.values_list("organisation_id", flat=True)
    return {*bidders, *map(int, found)}


async def say(tx: Transaction, viewer: Viewer, case: Case, action: str, **facts: Any) -> None:
    """Keep in a case's audit what was done to it."""
    about = {"state": case.state.value, **facts}
    if case.asset_id is not None:
        about["asset"] = write_id("ast", case.asset_id)
    await record(tx, viewer.name, [Entry("cas", case.id, action, about)])


def _place(end: End) -> int:
    return ORDER.index(end.stage)

"""Reporting, and what officers make of reports. Who reported is never said."""

from typing import Any, Final

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.graph.refusals import NotFound
from commonweal.kernel.ids import read_id
from commonweal.listings.rules import ListingState
from commonweal.listings.tables import Listing
from commonweal.people.actions_organisations import current
from commonweal.people.rules import DAY
from commonweal.people.rules_organisations import checked_text
from commonweal.people.tables_organisations import Membership, Organisation
from commonweal.people.tries import Tries
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move, move_all
from commonweal.store.sweeping import swept
from commonweal.store.transaction import Overtaken, Transaction

from .rules import (
    REPORT,
    REPORTS,
    REPORTS_KEPT,
    WORDS,
    NotYoursToJudge,
    ReportReason,
    ReportsOneself,
    ReportState,
    SubjectKind,
    TooManyReports,
)
from .tables import Report, ReportCouncil

REPORTING: Final = Tries("reports", REPORTS.value, DAY)


async def report(
    tx: Transaction,
    viewer: Viewer,
    *,
    subject_id: str,
    reason: ReportReason,
    words: str | None = None,
) -> dict[str, Any]:
    """Tell the council of a listing, an organisation or a person. Nobody else learns of it.

    While my report of the same is open, saying it again replaces what I said.
    """
    assert viewer.id is not None
    said = checked_text(words, WORDS)
    kind, number, councils = await _subject(tx, viewer, subject_id)
    if await REPORTING.count(tx, str(viewer.id)):
        raise TooManyReports(REPORTS.value)
    mine = Report.filter(reporter_id=viewer.id, subject_id=number, state=ReportState.OPEN)
    row = await mine.select_for_update(no_key=True).first()
    if row:
        row.reason, row.words = reason, said
        await row.save(update_fields=["reason", "words"])
        return {"report": row.id}
    try:
        row = await Report.create(
            id=tx.new_id(),
            state=ReportState(REPORT.initial),
            subject_kind=kind,
            subject_id=number,
            reporter_id=viewer.id,
            reason=reason,
            words=said,
            created_at=tx.now,
        )
    except IntegrityError as error:  # mine too, at the same moment
        raise Overtaken from error
    await ReportCouncil.bulk_create(
        ReportCouncil(id=tx.new_id(), report_id=row.id, council_id=council) for council in councils
    )
    # in a chain of its own: the subject's is read by those whom it is about
    await record(tx, viewer.name, [Entry("rep", row.id, "report", {"reason": reason})])
    return {"report": row.id}


async def _subject(
    tx: Transaction, viewer: Viewer, given: str
) -> tuple[SubjectKind, int, list[int]]:
    """What an id names that the viewer can see, and whose place it is. Raises NotFound."""
    if (number := read_id("lst", given)) is not None:
        listing = await Listing.get_or_none(id=number)
        over = listing and listing.closes_at is not None and listing.closes_at <= tx.now
        if listing and (
            (listing.state is ListingState.OPEN and not over)
            or listing.council_id in viewer.councils
        ):
            return SubjectKind.LISTING, number, [listing.council_id]
    elif (number := read_id("org", given)) is not None:
        group = await Organisation.get_or_none(id=number)
        seen = group and (group.id in viewer.belongs or group.council_id in viewer.councils)
        if group and (seen or not group.hidden):
            return SubjectKind.ORGANISATION, number, [group.council_id]
    elif (number := read_id("per", given)) is not None:
        if number == viewer.id:
            raise ReportsOneself().at("input", "subjectId")
        mine = Membership.filter(current(), person_id=viewer.id)
        ours = Membership.filter(
            current(),
            person_id=number,
            organisation_id__in=list(await mine.values_list("organisation_id", flat=True)),
        )
        if councils := set(await ours.values_list("organisation__council_id", flat=True)):
            return SubjectKind.PERSON, number, sorted(map(int, councils))  # type: ignore[arg-type]
    raise NotFound("listing, organisation or person").at("input", "subjectId")


async def decide_report(
    tx: Transaction, viewer: Viewer, *, report_id: int, upheld: bool
) -> dict[str, Any]:
    """Say whether a report is right. Hiding what it is about upholds it too."""
    row = await Report.select_for_update(no_key=True).get(id=report_id)
    if row.reporter_id == viewer.id:
        raise NotYoursToJudge
    await move(row, REPORT, "uphold" if upheld else "dismiss", decided_at=tx.now)
    await record(tx, viewer.name, [Entry("rep", row.id, "decide_report", {"upheld": upheld})])
    return {"report": row.id}


def check_impartial(viewer: Viewer, subject_id: int) -> None:
    """Nobody judges themselves or their own. Raises NotYoursToJudge."""
    if subject_id in {viewer.id, *viewer.belongs}:
        raise NotYoursToJudge


async def uphold_reports(tx: Transaction, viewer: Viewer, subject_id: int) -> None:
    """What was reported is hidden now: they were right."""
    told = Report.filter(subject_id=subject_id, state=ReportState.OPEN).order_by("id")
    ids = [int(number) for number in await told.values_list("id", flat=True)]  # type: ignore[call-overload]
    await move_all(Report, ids, REPORT, "uphold", decided_at=tx.now)
    facts = {"upheld": True}
    await record(tx, viewer.name, [Entry("rep", number, "decide_report", facts) for number in ids])


async def sweep_reports(tx: Transaction) -> int:
    """Delete a batch of reports that were decided long ago: how many."""
    before = REPORTS_KEPT.oldest(tx.now)
    return await swept(Report.filter(decided_at__lt=before).order_by("decided_at"))

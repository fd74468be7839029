"""What must be known to decide is written down, seen by a second person, and decided once.

A decision is one row that officers fill; facts that change take a second person's word back. Who
decides publishes it, with reasons, and the award is made in the same transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.assets.tables import Asset
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions_organisations import tell_owners
from commonweal.people.rules_organisations import OrganisationEnded, OrganisationState
from commonweal.people.tables_organisations import Organisation
from commonweal.store.moves import move
from commonweal.store.transaction import Transaction

from . import letters
from .cases import entries_of, locked, say
from .deciding import COLUMNS, proposal_of
from .impartial import check_impartial
from .rules import CASE
from .rules_bidders import ENTRY, EntryState
from .rules_decisions import check_decidable
from .rules_defaults import Rules
from .rules_facts import (
    DecidedAhead,
    DecisionChanged,
    NobodyChosen,
    check_order,
    checked_facts,
    until_of,
)
from .rules_instruments import RIVALS, Instrument, Interest, check_free, check_interest
from .rules_texts import TEXT, checked_lines
from .tables import Case
from .tables_bids import Bid, BidEntry
from .tables_decisions import Award, Decision

NOTHING: Final = 0  # the asset of a service: no row has this number


async def prepare_decision(
    tx: Transaction, viewer: Viewer, *, case_id: int, version: int | None = None, **given: Any
) -> dict[str, Any]:
    """Write down what is known of what is to be decided; only what is given changes.

    `version` is that of the decision as it was read, once there is one, and none before: of two who
    change it at once the second is told.
    """
    case = await locked(case_id)
    CASE.check("prepare", case.state)
    await check_impartial(viewer, case.round_id)
    decision = await _standing(tx, case, version)
    changes = _as_kept(checked_facts(given), decision, viewer)
    await Decision.filter(id=decision.id, version=decision.version).update(
        **changes, version=decision.version + 1, confirmed_by_id=None
    )
    await say(tx, viewer, case, "prepare_decision", facts=sorted(given))
    return {"decision": decision.id}


async def confirm_decision(
    tx: Transaction, viewer: Viewer, *, decision_id: int, version: int
) -> dict[str, Any]:
    """Confirm what is written down, as the second person: whoever decides is another."""
    case, decision = await _found(decision_id, version)
    CASE.check("prepare", case.state)
    await check_impartial(viewer, case.round_id)
    await Decision.filter(id=decision.id).update(
        confirmed_by_id=viewer.id, version=decision.version + 1
    )
    await say(tx, viewer, case, "confirm_decision", decision=write_id("dec", decision.id))
    return {"decision": decision.id}


async def decide(
    tx: Transaction, viewer: Viewer, *, decision_id: int, version: int, reasons: str
) -> dict[str, Any]:
    """Decide, where nothing is missing any more: published with its reasons from now on.

    Of two who decide at once the second finds another version, and is told (invariant 37).
    """
    why = checked_lines(reasons, TEXT.value, "reasons")
    case, decision = await _found(decision_id, version)
    CASE.check("decide", case.state)
    await check_impartial(viewer, case.round_id)
    row = {name: getattr(decision, name) for name in COLUMNS}
    check_decidable(proposal_of(row, viewer.id), Rules(**decision.rules))
    if decision.decided_on is None or decision.decided_on > civil_day(tx.now):
        raise DecidedAhead(str(decision.decided_on))
    check_order("the case began", case.began_on, "it was decided", decision.decided_on)
    entries = await entries_of(case.id)
    by_state = {state: [e for e in entries if e.state is state] for state in EntryState}
    if not by_state[EntryState.CHOSEN]:
        raise NobodyChosen
    [chosen] = by_state[EntryState.CHOSEN]
    await Decision.filter(id=decision.id).update(
        entry_id=chosen.id,
        maker_id=viewer.id,
        reasons=why,
        decided_at=tx.now,
        version=decision.version + 1,
    )
    bid = await Bid.get(id=chosen.bid_id)
    if (await Organisation.get(id=bid.organisation_id)).state is OrganisationState.ENDED:
        raise OrganisationEnded
    await _award(tx, case, decision, bid.organisation_id)
    await move(case, CASE, "decide")
    for entry in by_state[EntryState.ENTERED]:
        await move(entry, ENTRY, "decline")
    await _tell_bidders(tx, case, entries)
    facts = {"decision": write_id("dec", decision.id), "bid": write_id("bid", bid.id)}
    await say(tx, viewer, case, "decide", **facts)
    return {"decision": decision.id, "case": case.id}


async def _tell_bidders(tx: Transaction, case: Case, entries: Sequence[BidEntry]) -> None:
    """Each what became of their own bid; one that was withdrawn is told nothing."""
    for entry in entries:
        if entry.state in letters.DECIDED:
            bid = await Bid.get(id=entry.bid_id)
            group = await Organisation.get(id=bid.organisation_id)
            await tell_owners(tx, group, letters.case_decided(case.title, entry.state))


async def _standing(tx: Transaction, case: Case, version: int | None) -> Decision:
    """The case's decision, begun where there is none that stands. Raises DecisionChanged."""
    found = await Decision.get_or_none(case_id=case.id, set_aside_at__isnull=True)
    if version != (found and found.version):
        raise DecisionChanged(found.version if found else 0).at("input", "version")
    if found is not None:
        return found
    number = await Decision.filter(case_id=case.id).count() + 1
    made = await Decision.create(id=tx.new_id(), case_id=case.id, number=number, rules=case.rules)
    await made.refresh_from_db()
    return made


async def _found(decision_id: int, version: int) -> tuple[Case, Decision]:
    """Its case first. Raises DecisionChanged, also where it was set aside."""
    decision = await Decision.get(id=decision_id)
    case = await locked(decision.case_id)
    decision = await Decision.select_for_update(no_key=True).get(id=decision_id)
    if decision.version != version or decision.set_aside_at:
        raise DecisionChanged(decision.version).at("input", "version")
    return case, decision


def _as_kept(given: Mapping[str, Any], decision: Decision, viewer: Viewer) -> dict[str, Any]:
    """Lists as JSON; restrictions and answers one by one, each answer with who wrote it."""
    kept = dict(given)
    if "adverts" in given:
        kept["adverts"] = [day.isoformat() for day in given["adverts"]]
    if "declarations" in given:
        kept["declarations"] = sorted({each.value for each in given["declarations"]})
    if "restrictions" in given:
        found = {
            each["restriction"].value: {
                "binds": each["binds"],
                "reference": each.get("reference") or "",
            }
            for each in given["restrictions"]
        }
        kept["restrictions"] = decision.restrictions | found
    if "public_interest" in given:
        answers = {
            each["question"].value: {
                "yes": each["yes"],
                "reasons": each["reasons"],
                "author": each.get("minutes") or viewer.name,
            }
            for each in given["public_interest"]
        }
        kept["public_interest"] = decision.public_interest | answers
    return kept


async def _award(tx: Transaction, case: Case, decision: Decision, organisation_id: int) -> None:
    """What is given by it. That nobody else has it, a trigger sees to as well (invariant 12)."""
    instrument = Instrument(decision.instrument)
    assert decision.begins_on is not None, "the gate has seen to it"
    until = until_of(instrument, decision.begins_on, decision.term_months)
    parts = frozenset(decision.parts)
    given = Interest(case.asset_id or NOTHING, instrument, decision.begins_on, until, parts)
    check_interest(given)
    if case.asset_id is not None:
        await Asset.select_for_update(no_key=True).get(id=case.asset_id)
        live = await Award.filter(asset_id=case.asset_id, ended_at__isnull=True)
        check_free(given, [_interest(each) for each in live])
    await Award.create(
        id=tx.new_id(),
        case_id=case.id,
        asset_id=case.asset_id,
        decision_id=decision.id,
        organisation_id=organisation_id,
        instrument=instrument,
        rivalry=RIVALS[instrument],
        since=decision.begins_on,
        until=until,
        parts=sorted(parts),
        term_months=decision.term_months,
        rent_pence=decision.rent_pence,
        consideration_pence=decision.consideration_pence,
    )


def _interest(award: Award) -> Interest:
    asset = award.asset_id or NOTHING
    return Interest(asset, award.instrument, award.since, award.until, frozenset(award.parts))

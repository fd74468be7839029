"""Opportunities are written down; their shifts are `actions_shifts`, showing and closing them
`actions_publishing`, who comes `actions_signups`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.credits.tables import Pot
from commonweal.kernel.ids import write_id
from commonweal.people.actions_organisations import locked as locked_organisation
from commonweal.places.coordinates import point
from commonweal.places.homes import displaced
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules import (
    DESCRIPTION,
    OPPORTUNITY,
    TITLE,
    NotOurPot,
    OpportunityState,
    PlaceUnfit,
    PromiseNeedsPot,
    Timing,
    checked_multiplier,
    checked_text,
)
from .rules_applications import checked_form
from .rules_terms import CODE, TERMS, Taxonomy, TooManyTerms, UnknownTerm
from .tables import Opportunity, OpportunityTerm, Term

ADDRESS: Final = 200
CLOCK: Final = Viewer(name="system:clock")
OF_OPPORTUNITIES: Final = (Taxonomy.SKILL, Taxonomy.REQUIREMENT, Taxonomy.ACCESSIBILITY)


async def create_opportunity(
    tx: Transaction,
    viewer: Viewer,
    *,
    organisation_id: int,
    title: str,
    description: str,
    cause: str,
    terms: Sequence[str] = (),
    timing: Timing = Timing.SHIFTS,
    address: str | None = None,
    location: Mapping[str, float] | None = None,
    area_id: int | None = None,
    hidden_place: bool = False,
    asset_id: int | None = None,
    pot_id: int | None = None,
    promised: bool = False,
    multiplier: int | None = None,
    questions: Sequence[str] | None = None,
    references_needed: int | None = None,
    trial_days: int | None = None,
) -> dict[str, Any]:
    """Write down something to do; nobody sees it before it is published."""
    organisation = await locked_organisation(organisation_id)
    if pot_id is not None and (await Pot.get(id=pot_id)).organisation_id != organisation.id:
        raise NotOurPot
    if promised and pot_id is None:
        raise PromiseNeedsPot().at("input", "potId")
    if (location and area_id) or (hidden_place and not location):
        raise PlaceUnfit().at("input", "location")
    checked_form(questions, references_needed, trial_days)
    number, where = tx.new_id(), point(**location) if location else None
    shown = where
    if where and hidden_place:
        shown = displaced(tx.database, write_id("opp", number), where)
    opportunity = await Opportunity.create(
        id=number,
        organisation_id=organisation.id,
        pot_id=pot_id,
        promised=promised,
        multiplier=checked_multiplier(multiplier),
        council_id=organisation.council_id,
        title=checked_text(title, "title", TITLE.value),
        description=checked_text(description, "description", DESCRIPTION.value, lines=True),
        cause=(await _terms([cause], (Taxonomy.CAUSE,), "cause"))[0].code,
        timing=timing,
        address=address and checked_text(address, "address", ADDRESS),
        location=where,
        shown_location=shown,
        hidden_place=hidden_place,
        area_id=area_id,
        asset_id=asset_id,
        questions=None if questions is None else [" ".join(each.split()) for each in questions],
        references_needed=references_needed or 0,
        trial_days=trial_days,
        state=OpportunityState(OPPORTUNITY.initial),
        created_at=tx.now,
        modified_at=tx.now,
        touched_at=tx.now,
    )
    for term in await _terms(terms, OF_OPPORTUNITIES, "terms"):
        await OpportunityTerm.create(id=tx.new_id(), opportunity_id=number, term_id=term.id)
    await say(tx, viewer, opportunity, "create_opportunity")
    return {"opportunity": opportunity.id}


async def _terms(codes: Sequence[str], of: Sequence[Taxonomy], field: str) -> list[Term]:
    """Raises UnknownTerm, TooManyTerms."""
    if len(codes) > TERMS.value:
        raise TooManyTerms(TERMS.value).at("input", field)
    known = {each.code: each for each in await Term.filter(code__in=list(codes), taxonomy__in=of)}
    for code in codes:
        if code not in known:
            raise UnknownTerm(code[:CODE]).at("input", field)
    return list(known.values())


async def term_of(code: str, of: Taxonomy, field: str) -> Term:
    """A word of one taxonomy. Raises UnknownTerm."""
    [term] = await _terms([code], (of,), field)
    return term


async def locked(opportunity_id: int) -> Opportunity:
    """An opportunity's row: after its listing's, before its shifts'."""
    return await Opportunity.select_for_update(no_key=True).get(id=opportunity_id)


async def say(
    tx: Transaction, viewer: Viewer, opportunity: Opportunity, action: str, **facts: Any
) -> None:
    """Record what was done to an opportunity."""
    await record(tx, viewer.name, [Entry("opp", opportunity.id, action, facts)])

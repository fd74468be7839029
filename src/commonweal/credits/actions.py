"""Schemes are opened by councils, and their terms change from a later day on."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.kernel.retention import kept
from commonweal.ledger.actions import open_account
from commonweal.ledger.rules import UNBOUNDED
from commonweal.people.actions_organisations import check_council
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .actions_pots import begun_pot
from .posting import unit_of
from .rules import PotKind, checked_name
from .rules_terms import TermsSetAlready, check_raising, check_since, checked_terms
from .tables import Scheme, SchemeTerms
from .terms import terms_on

SINCE: Final = date(2026, 11, 23)
kept("time credits", None, SINCE, "what the ledger posted is explained by them, by number alone")
COMMUNITY: Final = "Community pot"


async def open_scheme(
    tx: Transaction, viewer: Viewer, *, council_id: int, name: str, **terms: Any
) -> dict[str, Any]:
    """Open a scheme of time credits, with a community pot for what lapses or is donated."""
    await check_council(council_id)
    called, found = checked_name(name), checked_terms(terms)
    check_raising(found, checked_terms({}), 0)
    number = tx.new_id()
    unit = unit_of(number)
    issuance = await open_account(tx, kind="issuance", owner=unit, unit=unit, floor=UNBOUNDED)
    scheme = await Scheme.create(
        id=number, council_id=council_id, name=called, issuance=issuance, opened_at=tx.now
    )
    today = civil_day(tx.now)
    await SchemeTerms.create(
        id=tx.new_id(), scheme_id=number, since=today, set_at=tx.now, **asdict(found)
    )
    pot = await begun_pot(tx, scheme, PotKind.COMMUNITY, COMMUNITY)
    facts = {"council": write_id("are", council_id), "pot": write_id("pot", pot.id)}
    await record(tx, viewer.name, [Entry("sch", number, "open_scheme", facts)])
    return {"scheme": number}


async def set_terms(
    tx: Transaction, viewer: Viewer, *, scheme_id: int, since: date, **terms: Any
) -> dict[str, Any]:
    """Set what holds from a later day on; what is not given stays. Nothing earlier changes."""
    scheme = await Scheme.select_for_update(no_key=True).get(id=scheme_id)
    check_since(since, civil_day(tx.now))
    if await SchemeTerms.exists(scheme_id=scheme.id, since=since):
        raise TermsSetAlready(since.isoformat())
    before = await terms_on(scheme.id, since)
    found = checked_terms(terms, before)
    check_raising(found, before, (since - civil_day(tx.now)).days)
    await SchemeTerms.create(
        id=tx.new_id(), scheme_id=scheme.id, since=since, set_at=tx.now, **asdict(found)
    )
    facts = {"since": since.isoformat(), **asdict(found)}
    await record(tx, viewer.name, [Entry("sch", scheme.id, "set_terms", facts)])
    return {"scheme": scheme.id}

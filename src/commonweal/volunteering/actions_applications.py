"""Applications, and what somebody can do: who is looked at before they join."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.actions_organisations import current, tell
from commonweal.people.rules_organisations import NotAMember
from commonweal.people.tables_organisations import Membership
from commonweal.store.audit import Entry, record
from commonweal.store.moves import move
from commonweal.store.transaction import Overtaken, Transaction

from . import letters
from .actions import term_of
from .actions_shifts import locked_shift
from .actions_signups import cancelled
from .rules import OPPORTUNITY, REASON, checked_text
from .rules_applications import (
    ANSWER,
    APPLICATION,
    ApplicationState,
    AppliedAlready,
    NoForm,
    ReferencesMissing,
    checked_answers,
)
from .rules_signups import COMING
from .rules_terms import (
    CODE,
    OF_ONESELF,
    QUALIFICATIONS,
    NotOfOneself,
    Taxonomy,
    TooManyTerms,
    UnknownTerm,
)
from .tables import Opportunity, Term
from .tables_signups import Application, ApplicationReference, Qualification, SignUp


async def apply(
    tx: Transaction, viewer: Viewer, *, opportunity_id: int, answers: Sequence[str]
) -> dict[str, Any]:
    """Say that I would like to do this, and answer what its organisation asks."""
    me = await present(viewer.id)
    opportunity = await Opportunity.get(id=opportunity_id)
    OPPORTUNITY.check("schedule", opportunity.state)
    if opportunity.questions is None:
        raise NoForm
    live = (ApplicationState.APPLIED, ApplicationState.TRIAL, ApplicationState.ACCEPTED)
    mine = Application.filter(opportunity_id=opportunity.id, person_id=me.id)
    if await mine.filter(state__in=live).exists():
        raise AppliedAlready
    row = await Application.create(
        id=tx.new_id(),
        opportunity_id=opportunity.id,
        person_id=me.id,
        answers=checked_answers(opportunity.questions, answers),
        state=ApplicationState(APPLICATION.initial),
        at=tx.now,
    )
    await _say(tx, viewer, row, "apply")
    return {"application": row.id}


async def accept_application(
    tx: Transaction, viewer: Viewer, *, application_id: int
) -> dict[str, Any]:
    """Let somebody join: on trial first where the opportunity has one, for good afterwards."""
    row, opportunity = await _found(application_id)
    given = await ApplicationReference.filter(application_id=row.id).count()
    if given < opportunity.references_needed:
        raise ReferencesMissing(opportunity.references_needed - given)
    on_trial = opportunity.trial_days if row.state is ApplicationState.APPLIED else None
    until = on_trial and civil_day(tx.now) + timedelta(days=on_trial)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "trial_until": until}
    await move(row, APPLICATION, "try" if until else "accept", **decided)
    says = f"You may join on trial, until {until:%d %B %Y}." if until else "You may join."
    await tell(tx, [row.person_id], letters.application_decided(opportunity.title, says))
    await _say(tx, viewer, row, "accept_application")
    return {"application": row.id}


async def decline_application(
    tx: Transaction, viewer: Viewer, *, application_id: int, reason: str
) -> dict[str, Any]:
    """Say no, and why: to who applied, or who was on trial."""
    row, opportunity = await _found(application_id)
    said = checked_text(reason, "reason", REASON.value, lines=True)
    decided = {"decided_by_id": viewer.id, "decided_at": tx.now, "reason": said}
    await move(row, APPLICATION, "decline", **decided)
    await _give_up(tx, viewer, row)
    await tell(tx, [row.person_id], letters.application_decided(opportunity.title, said))
    await _say(tx, viewer, row, "decline_application")
    return {"application": row.id}


async def withdraw_application(
    tx: Transaction, viewer: Viewer, *, application_id: int
) -> dict[str, Any]:
    """Take back that I would like to."""
    row, _ = await _found(application_id)
    await move(row, APPLICATION, "withdraw", answers=[])
    await _give_up(tx, viewer, row)
    await _say(tx, viewer, row, "withdraw_application")
    return {"application": row.id}


async def record_reference(
    tx: Transaction, viewer: Viewer, *, application_id: int, words: str
) -> dict[str, Any]:
    """Write down what somebody else said of an applicant; nobody's name is needed for it."""
    row, _ = await _found(application_id)
    APPLICATION.check("decline", row.state)  # it is not over
    await ApplicationReference.create(
        id=tx.new_id(),
        application_id=row.id,
        person_id=row.person_id,
        words=checked_text(words, "words", ANSWER.value, lines=True),
        recorded_by_id=viewer.id,
        at=tx.now,
    )
    await _say(tx, viewer, row, "record_reference")
    return {"application": row.id}


async def say_of_me(
    tx: Transaction, viewer: Viewer, *, term: str, expires_on: date | None = None
) -> dict[str, Any]:
    """Say what I can do, and until when a licence for it is good; what I need to come along; or
    when I am free. Nobody sees it but me: by it I am suggested what suits me, and let into roles.
    """
    me = await present(viewer.id)
    word = await Term.get_or_none(code=term)
    if word is None:
        raise UnknownTerm(term[:CODE]).at("input", "term")
    if word.taxonomy not in OF_ONESELF:
        raise NotOfOneself().at("input", "term")
    held = Qualification.filter(person_id=me.id, withdrawn_at__isnull=True)
    if await held.count() >= QUALIFICATIONS.value:
        raise TooManyTerms(QUALIFICATIONS.value)
    return await _qualified(tx, viewer, me.id, word, expires_on=expires_on)


async def record_training(
    tx: Transaction,
    viewer: Viewer,
    *,
    membership_id: int,
    training: str,
    expires_on: date | None = None,
) -> dict[str, Any]:
    """Say that a member was trained by us, and until when that is good."""
    term = await term_of(training, Taxonomy.TRAINING, "training")
    member = await Membership.filter(current(), id=membership_id).first()
    if member is None:
        raise NotAMember().at("input", "membershipId")
    await present(member.person_id)
    by: dict[str, Any] = {"organisation_id": member.organisation_id, "expires_on": expires_on}
    return await _qualified(tx, viewer, member.person_id, term, **by)


async def _qualified(
    tx: Transaction,
    viewer: Viewer,
    person_id: int,
    term: Term,
    *,
    organisation_id: int | None = None,
    expires_on: date | None = None,
) -> dict[str, Any]:
    """What was said before of the same is withdrawn."""
    before = Qualification.filter(person_id=person_id, term_id=term.id, withdrawn_at__isnull=True)
    await before.filter(organisation_id=organisation_id).update(withdrawn_at=tx.now)
    try:
        row = await Qualification.create(
            id=tx.new_id(),
            person_id=person_id,
            term_id=term.id,
            organisation_id=organisation_id,
            expires_on=expires_on,
            at=tx.now,
        )
    except IntegrityError as error:  # the same, at the same moment
        raise Overtaken from error
    facts = {"term": term.code}
    await record(tx, viewer.name, [Entry("per", person_id, "qualify", facts)])
    return {"qualification": row.id}


async def withdraw_qualification(
    tx: Transaction, viewer: Viewer, *, qualification_id: int
) -> dict[str, Any]:
    """It does not hold any more: said by whose it is, or by the organisation that said it."""
    row = await Qualification.get(id=qualification_id)
    live = Qualification.filter(id=row.id, withdrawn_at__isnull=True)
    await live.update(withdrawn_at=tx.now)
    await record(tx, viewer.name, [Entry("per", row.person_id, "disqualify", {})])
    return {"qualification": row.id}


async def forget_applications(tx: Transaction, person_id: int) -> None:
    """Of who is erased: nothing waits for an answer any more."""
    await present(person_id)
    rows = Application.filter(person_id=person_id).exclude(state=ApplicationState.DECLINED)
    for row in await rows.exclude(state=ApplicationState.WITHDRAWN):
        await move(row, APPLICATION, "withdraw")


async def _give_up(tx: Transaction, viewer: Viewer, row: Application) -> None:
    """Who may not join any more has no place in what is to come."""
    theirs = SignUp.filter(person_id=row.person_id, state__in=COMING, shift__starts_at__gt=tx.now)
    held: Any = theirs.filter(shift__opportunity_id=row.opportunity_id)
    for number in sorted({each.shift_id for each in await held}):
        shift = await locked_shift(number)
        for each in await held.filter(shift_id=number):
            await cancelled(tx, viewer.name, each, shift)


async def _found(application_id: int) -> tuple[Application, Opportunity]:
    row = await Application.select_for_update(no_key=True).get(id=application_id)
    return row, await Opportunity.get(id=row.opportunity_id)


async def _say(tx: Transaction, viewer: Viewer, row: Application, action: str) -> None:
    facts = {"application": write_id("apn", row.id)}
    await record(tx, viewer.name, [Entry("opp", row.opportunity_id, action, facts)])

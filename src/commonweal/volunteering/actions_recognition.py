"""Certificates: issued by whose hours they are, of what is approved then."""

import secrets
from datetime import date
from typing import Any

from tortoise.expressions import Q

from commonweal.access import Viewer
from commonweal.kernel.calendar import civil_day
from commonweal.kernel.ids import write_id
from commonweal.people.actions import present
from commonweal.people.tables_organisations import Organisation
from commonweal.store.audit import Entry, record
from commonweal.store.transaction import Transaction

from .rules_hours import ClaimState
from .rules_recognition import (
    CERTIFICATES,
    CODE_LETTERS,
    LETTERS,
    NameNeeded,
    NothingToCertify,
    TooManyCertificates,
    bounds_of,
    grouped,
)
from .tables_hours import HoursClaim
from .tables_recognition import Certificate


async def issue_certificate(
    tx: Transaction, viewer: Viewer, *, organisation_id: int, since: date, until: date
) -> dict[str, Any]:
    """Have the hours certified that an organisation approved of mine in some days.

    Asked again it is the same certificate, unless something changed since.
    """
    me = await present(viewer.id)  # so that two at once are one after the other
    begins_at, over_at = bounds_of(since, until, civil_day(tx.now))
    if not me.name:
        raise NameNeeded
    of = Q(person_id=me.id, opportunity__organisation_id=organisation_id)
    days = Q(starts_at__gte=begins_at, starts_at__lt=over_at, state=ClaimState.APPROVED)
    minutes = [claim.minutes for claim in await HoursClaim.filter(of, days)]
    if not minutes:
        raise NothingToCertify
    organisation = await Organisation.get(id=organisation_id)
    says: dict[str, Any] = {"person_id": me.id, "organisation_id": organisation_id}
    says |= {"name": me.name, "organisation_name": organisation.name}
    says |= {"since": since, "until": until, "minutes": sum(minutes), "shifts": len(minutes)}
    if known := await Certificate.filter(revoked_at__isnull=True, **says).first():
        return {"certificate": known.id}
    if await Certificate.filter(person_id=me.id).count() >= CERTIFICATES.value:
        raise TooManyCertificates(CERTIFICATES.value)
    made = await Certificate.create(
        id=tx.new_id(),
        begins_at=begins_at,
        over_at=over_at,
        code=new_code(),
        issued_at=tx.now,
        **says,
    )
    await _say(tx, viewer, made, "issue_certificate")
    return {"certificate": made.id}


def new_code() -> str:
    """At random: who knows one was shown it."""
    return grouped("".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS.value)))


async def revoke_certificate(
    tx: Transaction, viewer: Viewer, *, certificate_id: int
) -> dict[str, Any]:
    """Have a certificate of mine hold no more; done again it changes nothing."""
    row = await Certificate.select_for_update(no_key=True).get(id=certificate_id)
    if row.revoked_at is None:
        row.revoked_at = tx.now
        await row.save(update_fields=["revoked_at"])
        await _say(tx, viewer, row, "revoke_certificate")
    return {"certificate": row.id}


async def _say(tx: Transaction, viewer: Viewer, row: Certificate, action: str) -> None:
    said = {"organisation": write_id("org", row.organisation_id), "minutes": row.minutes}
    await record(tx, viewer.name, [Entry("crt", row.id, action, said)])

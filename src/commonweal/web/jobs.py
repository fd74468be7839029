"""What is done after a commit, and what is done again and again: the table of jobs.

    "send_receipt": Kind(messages.send_receipt)              # a line for each: store/jobs.py
    "close_due_listings": Kind(…, every_seconds=60)          # one line for ever

An action writes a line with `enqueue(tx, "send_receipt", {…})`; a worker (store/worker.py) calls
what stands here with the line's facts, outside any transaction, at least once: so it must be
idempotent. A kind stays here until no line of it is left.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from commonweal.assets import actions_registers
from commonweal.assets.actions import close_due_listings
from commonweal.credits import actions_bulk, rules_bulk
from commonweal.credits.actions_fundings import close_ended_pots, return_unspent
from commonweal.credits.actions_gifts import return_gifts
from commonweal.credits.actions_leaving import leave_households
from commonweal.credits.actions_warnings import lapse_credits, warn_of_lapses
from commonweal.exchanges.actions import close_due_offers
from commonweal.exchanges.actions_settling import settle_silent
from commonweal.files import actions as files
from commonweal.handovers.actions import close_due_stages
from commonweal.handovers.actions_watches import tell_watchers
from commonweal.ledger.actions_holds import expire_holds
from commonweal.ledger.sealing import seal_days
from commonweal.listings.actions_searches import send_digests
from commonweal.messages import actions as messages
from commonweal.messages.smtp import mail_server
from commonweal.people import actions as people
from commonweal.people import tries
from commonweal.people.actions_checks import sweep_checks
from commonweal.people.actions_councils import vest_councils
from commonweal.people.actions_members import lapse_invitations
from commonweal.people.actions_passkeys import sweep_challenges
from commonweal.safety.actions_reports import sweep_reports
from commonweal.store import announcements, idempotency, jobs
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from commonweal.store.worker import Kind, Work
from commonweal.volunteering.actions_attendance import stop_clocks
from commonweal.volunteering.actions_corrections import approve_unanswered
from commonweal.volunteering.actions_publishing import (
    close_due_opportunities,
    close_stale_opportunities,
)
from commonweal.volunteering.actions_reminders import remind
from commonweal.volunteering.actions_signups import pass_on_places
from commonweal.volunteering.actions_standing import extend_series

from .digests import newest_found
from .outbox import show, unseen
from .settings import Settings

log = logging.getLogger("commonweal.jobs")


def in_batches(batch: Callable[[Transaction], Awaitable[int]]) -> Work:
    """Work that is done in short transactions until one of them finds nothing left."""

    async def work(database: Database, _facts: dict[str, Any]) -> None:
        done = 0
        while more := await in_transaction(database, batch):
            done += more
        if done:
            log.info("%s: %d", batch.__name__, done)

    return work


async def _seal(database: Database, _facts: dict[str, Any]) -> None:
    if done := await seal_days(database):
        log.info("days sealed: %d", done)


def jobs_of(settings: Settings) -> dict[str, Kind]:
    """The table, for what these settings say. Raises MailUrlNotUsable, MailFromNeeded."""
    smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    server = mail_server(smtp_url, settings.mail_from)
    return {
        # search hides what is over from its very instant: a minute later its asset is free again
        "close_due_listings": Kind(in_batches(close_due_listings), every_seconds=60),
        # what waits for a stage's end can be done without it: it only says so
        "close_due_stages": Kind(in_batches(close_due_stages), every_seconds=60),
        # from its vesting day's first minute a council is its successor's
        "vest_councils": Kind(in_batches(vest_councils), every_seconds=60),
        # whoever was not seen to this morning is; most times there is nobody left
        "send_digests": Kind(partial(send_digests, newest_found), every_seconds=600),
        "tell_watchers": Kind(in_batches(tell_watchers), every_seconds=600),
        # whoever debits an account looks first: these are for what nobody touches
        "expire_holds": Kind(in_batches(expire_holds), every_seconds=60),
        "return_unspent": Kind(in_batches(return_unspent), every_seconds=600),
        "close_ended_pots": Kind(in_batches(close_ended_pots), every_seconds=600),
        # what a gift kept is free from its last instant on: this only says so
        "warn_of_lapses": Kind(in_batches(warn_of_lapses), every_seconds=600),
        "return_gifts": Kind(in_batches(return_gifts), every_seconds=600),
        "lapse_expired": Kind(in_batches(lapse_credits), every_seconds=600),
        "leave_households": Kind(in_batches(leave_households), every_seconds=600),
        "close_due_opportunities": Kind(in_batches(close_due_opportunities), every_seconds=60),
        # whoever comes to a shift looks first: this is for shifts that nobody touches
        "stop_clocks": Kind(in_batches(stop_clocks), every_seconds=60),
        "pass_on_places": Kind(in_batches(pass_on_places), every_seconds=60),
        "remind": Kind(in_batches(remind), every_seconds=600),
        "extend_series": Kind(in_batches(extend_series), every_seconds=3_600),
        "approve_unanswered": Kind(in_batches(approve_unanswered), every_seconds=3_600),
        "close_stale_opportunities": Kind(
            in_batches(close_stale_opportunities), every_seconds=3_600
        ),
        "close_due_offers": Kind(in_batches(close_due_offers), every_seconds=60),
        "settle_silent": Kind(in_batches(settle_silent), every_seconds=3_600),
        "seal_days": Kind(_seal, every_seconds=600),
        "sweep_announcements": Kind(in_batches(announcements.sweep), every_seconds=600),
        actions_registers.JOB: Kind(actions_registers.import_accepted),
        rules_bulk.JOB: Kind(actions_bulk.grant_lines),
        files.JOB: Kind(files.forget_content),
        messages.JOB: Kind(partial(messages.deliver, server, show if settings.outbox else unseen)),
        "sweep_messages": Kind(in_batches(messages.sweep_messages), every_seconds=3_600),
        "sweep_sign_in_codes": Kind(in_batches(people.sweep_codes), every_seconds=600),
        "lapse_invitations": Kind(in_batches(lapse_invitations), every_seconds=3_600),
        "sweep_checks": Kind(in_batches(sweep_checks), every_seconds=3_600),
        "sweep_passkey_challenges": Kind(in_batches(sweep_challenges), every_seconds=600),
        "sweep_tries": Kind(in_batches(tries.sweep), every_seconds=3_600),
        "sweep_access_tokens": Kind(in_batches(people.sweep_tokens), every_seconds=3_600),
        "sweep_reports": Kind(in_batches(sweep_reports), every_seconds=3_600),
        "sweep_idempotency_keys": Kind(in_batches(idempotency.sweep), every_seconds=3_600),
        "sweep_jobs": Kind(in_batches(jobs.sweep), every_seconds=3_600),
    }

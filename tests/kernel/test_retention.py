"""How long things are kept: dated rows, said beside the sweeps."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

import commonweal
from commonweal.kernel.retention import EVER, RETENTION, Kept, ends, kept
from commonweal.store.database import Database
from commonweal.web.printed import retention
from tests.privacy.test_holdings import NAMES, OTHERS

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2027, 1, 1), date(2028, 6, 1)
ROWS = {  # a table that names a person -> what its row in schema/retention.md is called
    **dict.fromkeys(
        ("Funding", "Gift", "Grant", "GrantFile", "GrantLine", "GrantProposal", "GrantReversal"),
        "time credits",
    ),
    "Wallet": "time credits",
    "AccessToken": "tokens",
    "Application": "applications",
    "ApplicationReference": "applications",
    "Exchange": "exchanges",
    "Expense": "expenses",
    "HelpOffer": "exchanges",
    "HoursClaim": "hours",
    "Qualification": "qualifications",
    "SignUp": "sign-ups",
    "StandingSignUp": "sign-ups",
    "Appeal": "hidings and appeals",
    "AuditRecord": "audit records",
    "Block": "blocks",
    "CalendarAddress": "calendar addresses",
    "CaseQuestion": "questions about cases",
    "Certificate": "certificates",
    "Check": "DBS checks after they were over or withdrawn",
    "CheckReading": "readings of checks",
    "Consent": "consents",
    "Decision": "decisions of cases",
    "EmergencyContact": "emergency contacts",
    "File": "files",
    "Hiding": "hidings and appeals",
    "HouseholdInvitation": "addresses of invitations after their end",
    "IdempotencyKey": "idempotency keys",
    "Invitation": "addresses of invitations after their end",
    "Membership": "memberships",
    "Message": "messages",
    "Passkey": "passkeys",
    "PasskeyChallenge": "passkey challenges",
    "Person": "people",
    "Proposal": "proposals of a register",
    "Report": "reports that were decided",
    "SavedSearch": "saved searches",
    "Scorer": "scorers",
    "SignInCode": "codes",
    "Watch": "watches",
}


@pytest.fixture(autouse=True)
def retention_as_it_was() -> Iterator[None]:
    retention()  # which imports all who say so
    before = dict(RETENTION)
    yield
    RETENTION.clear()
    RETENTION.update(before)


def test_on_each_day_the_row_in_force_applies_whichever_is_asked() -> None:
    last = kept("cards", None, THIRD, "they are history")  # in whatever order they are said
    first = kept("cards", 30, FIRST, "a month")
    kept("cards", 7, SECOND, "a month was too long")
    kept("others", 1, FIRST, "not theirs")

    day = timedelta(days=1)
    for row in (first, last):
        assert row.days_on(FIRST - day) is None
        assert row.days_on(FIRST) == row.days_on(SECOND - day) == 30
        assert row.days_on(SECOND) == row.days_on(THIRD - day) == 7
        assert row.days_on(THIRD) is None


def test_the_oldest_that_is_kept_goes_by_the_civil_day() -> None:
    row = kept("cards", 30, FIRST, "a month")
    kept("cards", 7, date(2026, 7, 1), "a week")
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # in London it is July

    assert row.oldest(late) == late - timedelta(days=7)
    assert row.oldest(late - timedelta(hours=1)) == late - timedelta(days=30, hours=1)
    assert row.oldest(datetime(2025, 1, 1, tzinfo=UTC)) == EVER


def test_a_row_that_is_said_is_known_and_a_day_has_one() -> None:
    made = kept("cards", 30, FIRST, "a month")

    assert made == Kept("cards", 30, FIRST, "a month") == RETENTION["cards", FIRST]
    assert kept("cards", 30, FIRST, "a month") == made
    with pytest.raises(TypeError, match="of 'cards' there is another row from 2026-01-01"):
        kept("cards", 31, FIRST, "a month")
    assert RETENTION["cards", FIRST].days == 30


def test_what_ends_by_itself_is_said_with_the_most_that_it_takes_and_no_sweep_has_it() -> None:
    ends("cards", 366, FIRST, "when they are given back")

    row = RETENTION["cards", FIRST]
    assert (row.days, row.swept) == (366, False)
    assert row.why == "at most: when they are given back"
    with pytest.raises(TypeError, match="of 'cards' there is another row"):
        kept("cards", 366, FIRST, "a year")


def test_whatever_is_kept_for_some_days_is_a_sweeps_to_ask() -> None:
    printed = retention()
    asked = {
        row.what
        for module in pkgutil.walk_packages(commonweal.__path__, "commonweal.")
        for row in vars(importlib.import_module(module.name)).values()
        if isinstance(row, Kept)
    }
    for row in RETENTION.values():
        assert f"| {row.what} | " in printed
        assert (row.what in asked) is (row.swept and row.days is not None), row.what


async def test_every_table_that_names_a_person_is_said_to_be_kept_or_to_end(
    database: Database,
) -> None:
    apps = database.context.apps
    assert apps
    naming = {
        model.__name__
        for model in apps.get_models_iterable()
        for column in model._meta.fields_db_projection
        if column.endswith(NAMES) and f"{model.__name__}.{column}" not in OTHERS
    }
    assert naming - set(ROWS) == set()
    rows = [line.split(" | ")[0].removeprefix("| ") for line in retention().splitlines()]
    assert set(ROWS.values()) <= set(rows)

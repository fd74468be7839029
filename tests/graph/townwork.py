"""What there is to do in the town: opportunities with shifts, who comes, and what they gave."""

from datetime import timedelta
from typing import Any, Final

import shapely

from commonweal.credits.tables import Scheme
from commonweal.exchanges.rules import ExchangeState, HelpKind, HelpState
from commonweal.exchanges.tables import Exchange, HelpOffer
from commonweal.volunteering.rules import OpportunityState, Timing
from commonweal.volunteering.rules_applications import ApplicationState
from commonweal.volunteering.rules_hours import ClaimState, Evidence, ItemDecision
from commonweal.volunteering.rules_signups import SignUpState
from commonweal.volunteering.tables import (
    Opportunity,
    OpportunityTerm,
    Series,
    Shift,
    ShiftRole,
)
from commonweal.volunteering.tables_hours import HoursClaim
from commonweal.volunteering.tables_signups import (
    Application,
    AttendanceItem,
    Qualification,
    SignUp,
    StandingSignUp,
)
from tests.conftest import TODAY
from tests.graph.townspeople import GROUP, PEOPLE

OPPORTUNITIES, SERIES, SHIFTS, ROLES = 200_000, 201_000, 202_000, 204_000
SIGN_UPS, CLAIMS, OTHERS, HELP, EXCHANGES = 206_000, 210_000, 214_000, 218_000, 219_000
SCHEME: Final = 220_000
STATES: Final = (OpportunityState.OPEN, OpportunityState.OPEN, OpportunityState.DRAFT)
COMES: Final = (SignUpState.SIGNED_UP, SignUpState.CHECKED_OUT, SignUpState.WAITING)


async def ask_for_help(council: int, scale: int) -> None:
    """In the caller's transaction; the first person's own group asks for all of it."""
    many = 4 * scale
    await Opportunity.bulk_create([opportunity(i, council) for i in range(many)])
    links = [(i, term) for i in range(many) for term in (24 + i % 3, 46)]
    await OpportunityTerm.bulk_create(
        OpportunityTerm(id=OTHERS + n, opportunity_id=OPPORTUNITIES + i, term_id=term)
        for n, (i, term) in enumerate(links)
    )
    await Series.bulk_create(
        Series(
            id=SERIES + i, opportunity_id=OPPORTUNITIES + i, rule="FREQ=WEEKLY", roles=[],
            starts_on=TODAY.date(), starts_minute=600, minutes=120,
        )
        for i in range(many)
    )  # fmt: skip
    shifts = [(i, week) for i in range(many) for week in range(-2, 3)]
    await Shift.bulk_create(shift(n, i, week) for n, (i, week) in enumerate(shifts))
    await ShiftRole.bulk_create(
        ShiftRole(id=ROLES + n, shift_id=SHIFTS + n, name="Helper", places=2, skill_id=24)
        for n in range(len(shifts))
    )
    coming = [(n, person) for n in range(len(shifts)) for person in range(3)]
    await SignUp.bulk_create(sign_up(m, n, person) for m, (n, person) in enumerate(coming))
    over = [m for m, (_, person) in enumerate(coming) if COMES[person] == "checked_out"]
    await HoursClaim.bulk_create(claim(k, m, coming[m], shifts) for k, m in enumerate(over))
    await theirs(many)
    await help_each_other(council, scale)


def opportunity(i: int, council: int) -> Opportunity:
    state = STATES[i % 3]
    return Opportunity(
        id=OPPORTUNITIES + i,
        organisation_id=GROUP,
        council_id=council,
        title=f"Dig the paths, {i}",
        description="Bring boots.",
        cause="Environment",
        timing=Timing.SHIFTS,
        location=shapely.Point(-2.07 + i / 1_000, 51.9),
        shown_location=shapely.Point(-2.071 + i / 1_000, 51.9),
        hidden_place=True,
        address="The Lane",
        questions=["Why?"] if i % 2 else None,
        state=state,
        created_at=TODAY,
        modified_at=TODAY,
        touched_at=TODAY,
        published_at=None if state is OpportunityState.DRAFT else TODAY,
    )


def shift(n: int, i: int, week: int) -> Shift:
    starts = TODAY + timedelta(days=7 * week + 1, minutes=i)
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    return Shift(
        id=SHIFTS + n,
        opportunity_id=OPPORTUNITIES + i,
        series_id=SERIES + i,
        on_day=starts.date(),
        free_at=times["ends_at"] + timedelta(hours=1),
        part="SaturdayMorning",
        **times,
    )


def sign_up(m: int, n: int, person: int) -> SignUp:
    return SignUp(
        id=SIGN_UPS + m,
        role_id=ROLES + n,
        shift_id=SHIFTS + n,
        person_id=PEOPLE + person,
        state=COMES[person],
        place=None if person == 2 else person + 1,
        at=TODAY,
    )


def claim(k: int, m: int, who: tuple[int, int], shifts: list[tuple[int, int]]) -> HoursClaim:
    n, person = who
    i, week = shifts[n]
    starts = TODAY + timedelta(days=7 * week + 1, minutes=i * 121)
    return HoursClaim(
        id=CLAIMS + k,
        opportunity_id=OPPORTUNITIES + i,
        shift_id=SHIFTS + n,
        sign_up_id=SIGN_UPS + m,
        person_id=PEOPLE + person,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        minutes=90,
        credited_minutes=90,
        multiplier=100,
        evidence=Evidence.CODE,
        state=(ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.DECLINED)[k % 3],
        submitted_at=TODAY,
    )


async def theirs(many: int) -> None:
    """What people say of themselves, apply for, and come to for good."""
    await Qualification.bulk_create(
        Qualification(id=OTHERS + 1_000 + n, person_id=PEOPLE, term_id=term, at=TODAY)
        for n, term in enumerate((24, 46))
    )
    await StandingSignUp.bulk_create(
        StandingSignUp(
            id=OTHERS + 2_000 + i, series_id=SERIES + i, person_id=PEOPLE, role_name="Helper",
            at=TODAY,
        )
        for i in range(2)
    )  # fmt: skip
    await Application.bulk_create(
        Application(
            id=OTHERS + 3_000 + i, opportunity_id=OPPORTUNITIES + i, person_id=PEOPLE + i % 3,
            answers=["Because."], state=ApplicationState.APPLIED, at=TODAY,
        )
        for i in range(many)
    )  # fmt: skip
    item: dict[str, Any] = {"arrived": True, "decision": ItemDecision.ACCEPTED}
    await AttendanceItem.bulk_create(
        AttendanceItem(
            id=OTHERS + 3_900 + i, shift_id=SHIFTS, sign_up_id=SIGN_UPS, client_id=str(i),
            at=TODAY, received_at=TODAY, **item,
        )
        for i in range(3)
    )  # fmt: skip


async def help_each_other(council: int, scale: int) -> None:
    await Scheme.create(
        id=SCHEME, council_id=council, name="Vale Hours", issuance=0, opened_at=TODAY
    )
    await HelpOffer.bulk_create(
        HelpOffer(
            id=HELP + i, scheme_id=SCHEME, person_id=PEOPLE + i % 3, kind=list(HelpKind)[i % 2],
            title="A lift", description="To town.", state=HelpState.OPEN, created_at=TODAY,
        )
        for i in range(3 * scale)
    )  # fmt: skip
    await Exchange.bulk_create(
        Exchange(
            id=EXCHANGES + i, offer_id=HELP + i, scheme_id=SCHEME, giver_id=PEOPLE + i % 3,
            receiver_id=PEOPLE + (i + 1) % 3, answered_by_id=PEOPLE + i % 3, minutes=60,
            words="Yes.", state=(ExchangeState.AGREED, ExchangeState.DISPUTED)[i % 2], at=TODAY,
        )
        for i in range(3 * scale)
    )  # fmt: skip

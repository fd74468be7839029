"""The demo town's volunteering: eighty things to do, and a month of who came and what they gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from commonweal.access import Viewer
from commonweal.credits import actions_fundings as fundings
from commonweal.credits import actions_pots as pots
from commonweal.kernel.calendar import CIVIL_ZONE, civil_day
from commonweal.kernel.ids import write_id
from commonweal.places.tables import Place
from commonweal.store.transaction import Transaction
from commonweal.volunteering import actions as opportunities
from commonweal.volunteering import actions_attendance as attendance
from commonweal.volunteering import actions_hours as hours
from commonweal.volunteering.actions_publishing import publish_opportunity
from commonweal.volunteering.actions_series import plan_series
from commonweal.volunteering.actions_shifts import add_shift
from commonweal.volunteering.actions_signups import sign_up
from commonweal.volunteering.rules import Timing
from commonweal.volunteering.tables import Shift, ShiftRole

from .demo_cast import Cast

OPPORTUNITIES: Final = 80
REGULAR: Final = 12  # of them there were shifts in the past month
FLEXIBLE: Final = 8  # of them are done whenever it suits
WEEKS: Final = 4
FUNDED: Final = 6_000  # minutes: a hundred hours
DONE: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Dig the allotment paths", "Environment", ("Gardening", "AbilityToWorkOutdoors")),
    ("Serve soup in the hall", "FoodSecurity", ("CookingCatering", "StepFreeAccess")),
    ("Read with the school", "Education", ("Teaching", "SeatedWork")),
    ("Drive people to the hospital", "Transport", ("Driving", "OwnCar")),
    ("Mend the playground fence", "CommunityDevelopment", ("DIY", "SturdyFootwear")),
    ("Walk dogs for their people", "AnimalWelfare", ("AnimalCare",)),
    ("Teach phones to grandparents", "SocialInclusion", ("ITSkills", "LevelAccess")),
    ("Keep the river clean", "ClimateAction", ("AbilityToWorkOutdoors", "Gloves")),
    ("Sort books for the library", "Literacy", ("Administration", "QuietSpace")),
    ("Coach the under-tens", "SportAndRecreation", ("SportCoaching", "DBSCheck")),
)


@dataclass(frozen=True)
class Asked:
    """Something to do, and who speaks for it."""

    number: int
    speaker: Viewer
    paid: bool


async def load_volunteering(
    tx: Transaction, cast: Cast, scheme: int, residents: Sequence[int]
) -> None:
    """Nothing of it lies ahead but shifts, and who is signed up for the next of them."""
    today = tx.now
    tx.now = today - timedelta(days=7 * WEEKS + 1)
    pot = await _funded(tx, cast, scheme)
    spots: list[Any] = await Place.all().order_by("id").limit(OPPORTUNITIES)
    regular = []
    for turn in range(REGULAR):
        asked = await _asked(tx, cast, turn, spots[turn % len(spots)], pot)
        await _weekly(tx, asked, turn)
        regular.append(asked)
    await _month(tx, regular, residents, today)
    tx.now = today
    for turn in range(REGULAR, OPPORTUNITIES):
        flexible = turn >= OPPORTUNITIES - FLEXIBLE
        spot = spots[turn % len(spots)]
        timing = Timing.FLEXIBLE if flexible else Timing.SHIFTS
        asked = await _asked(tx, cast, turn, spot, pot, timing=timing)
        if flexible:
            await publish_opportunity(tx, asked.speaker, opportunity_id=asked.number)
        else:
            await _once(tx, asked, turn)


async def _funded(tx: Transaction, cast: Cast, scheme: int) -> int:
    group, _ = cast.groups[1]
    opened = await pots.open_pot(
        tx, cast.officer, scheme_id=scheme, name="Growing together", organisation_id=group
    )
    day = civil_day(tx.now)
    await fundings.fund_pot(
        tx,
        cast.second,
        pot_id=opened["pot"],
        minutes=FUNDED,
        purpose="Hours in gardens, for who gives them.",
        since=day,
        until=day + timedelta(days=365),
        document_reference="CAB/2026/12",
    )
    number: int = opened["pot"]
    return number


async def _asked(
    tx: Transaction, cast: Cast, turn: int, spot: Place, pot: int, timing: Timing = Timing.SHIFTS
) -> Asked:
    """Every other of the Growers' is paid; the rest is for thanks."""
    title, cause, terms = DONE[turn % len(DONE)]
    group, speaker = cast.groups[turn % len(cast.groups)]
    paid = group == cast.groups[1][0]
    made = await opportunities.create_opportunity(
        tx,
        speaker,
        organisation_id=group,
        title=f"{title}, {spot.name}",
        description="Come as you are. Somebody shows you what there is to do.",
        cause=cause,
        terms=terms,
        timing=timing,
        location={"longitude": spot.location.x, "latitude": spot.location.y},
        pot_id=pot if paid else None,
    )
    return Asked(made["opportunity"], speaker, paid)


ROLES: Final = [{"name": "Helper", "places": 4}, {"name": "Lead", "places": 1}]


async def _weekly(tx: Transaction, asked: Asked, turn: int) -> None:
    """On a day and at an hour of its own, from the next day on."""
    await plan_series(
        tx,
        asked.speaker,
        opportunity_id=asked.number,
        rule="FREQ=WEEKLY",
        starts_on=civil_day(tx.now) + timedelta(days=1 + turn % 7),
        starts=time(9 if turn < REGULAR // 2 else 14),
        minutes=120,
        roles=ROLES,
    )
    await publish_opportunity(tx, asked.speaker, opportunity_id=asked.number)


async def _once(tx: Transaction, asked: Asked, turn: int) -> None:
    day = civil_day(tx.now) + timedelta(days=1 + turn % 27)
    starts_at = datetime.combine(day, time(10 + turn % 7), CIVIL_ZONE)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=90 + turn % 3 * 30)}
    await add_shift(tx, asked.speaker, opportunity_id=asked.number, **times, roles=ROLES[:1])
    await publish_opportunity(tx, asked.speaker, opportunity_id=asked.number)


async def _month(
    tx: Transaction, regular: Sequence[Asked], residents: Sequence[int], today: datetime
) -> None:
    """Shift after shift, as they were: three sign up, and every third time one does not come."""
    speakers = {asked.number: asked for asked in regular}
    rows = Shift.filter(opportunity_id__in=list(speakers), ends_at__lt=today)
    for turn, shift in enumerate(await rows.order_by("starts_at", "id")):
        asked = speakers[shift.opportunity_id]
        [role, *_] = await ShiftRole.filter(shift_id=shift.id, name="Helper")
        tx.now = shift.starts_at - timedelta(days=1)
        coming = []
        for step in (0, 1, 3):
            viewer = _viewer(residents[(turn + turn // REGULAR + step) % len(residents)])
            joined = await sign_up(tx, viewer, role_id=role.id)
            coming.append((viewer, {"sign_up_id": joined["sign_up"]}))
        for place, (viewer, of) in enumerate(coming):
            tx.now = shift.starts_at + timedelta(minutes=5 * place)
            if place == 2 and turn % 3 == 0:
                await attendance.mark_missing(tx, asked.speaker, **of)
                continue
            await attendance.put_on_list(tx, asked.speaker, **of)
            tx.now = shift.ends_at - timedelta(minutes=5 * (turn % 4))
            await attendance.check_out(tx, asked.speaker, **of)
            claim = (await hours.claim_hours(tx, viewer, **of))["claim"]
            if shift.ends_at < today - timedelta(days=7):  # the last week's wait
                await hours.approve_hours(tx, asked.speaker, claim_id=claim)


def _viewer(person: int) -> Viewer:
    return Viewer(person, write_id("per", person))

"""A shift that a pot pays, who was there, and what they claim; all asked over the API."""

from datetime import timedelta
from typing import Any

from commonweal.store.database import Database
from tests.conftest import TODAY, Advance
from tests.credits.making import Town, a_town
from tests.people.signing import Somebody, refused
from tests.volunteering.making import SATURDAY, Help, a_shift


async def a_paid_shift(
    database: Database, places: int = 9, funds: int = 600, **more: Any
) -> tuple[Town, Help]:
    """The Friends' own, paid from the pot that they grant from."""
    town = await a_town(database)
    await town.funds(funds)
    made = await town.owner.does(
        "createOpportunity",
        "opportunity { id }",
        organisationId=town.friends,
        title="Serve soup",
        description="In the hall.",
        cause="FoodSecurity",
        potId=town.pot,
        **more,
    )
    assert refused(made) == []
    opportunity = made["opportunity"]["id"]
    shift, role = await a_shift(town.owner, opportunity, places=places, starts_at=SATURDAY)
    shown = await town.owner.does("publishOpportunity", "", opportunityId=opportunity)
    assert refused(shown) == []
    return town, Help(database, town.owner, town.friends, opportunity, shift, role)


async def code_of(helped: Help) -> str:
    shown = await helped.owner.does("showCode", "code", shiftId=helped.shift)
    assert refused(shown) == []
    return str(shown["code"])


async def until(advance: Advance, minutes: int) -> None:
    """From the tests' day on, so many minutes after the shift begins."""
    await advance(SATURDAY + timedelta(minutes=minutes) - TODAY)


async def claims(person: Somebody, sign_up: str) -> str:
    payload = await person.does("claimHours", "claim { id }", signUpId=sign_up)
    assert refused(payload) == []
    return str(payload["claim"]["id"])


async def was_there(
    helped: Help, person: Somebody, advance: Advance, minutes: int
) -> tuple[str, str]:
    """Signed up, came as it began and went so many minutes later: the sign-up and the claim."""
    sign_up = (await helped.joins(person))["signUp"]["id"]
    await until(advance, 0)
    code = await code_of(helped)
    assert refused(await person.does("checkIn", signUpId=sign_up, code=code)) == []
    await advance(timedelta(minutes=minutes))
    assert refused(await person.does("checkOut", signUpId=sign_up)) == []
    return sign_up, await claims(person, sign_up)

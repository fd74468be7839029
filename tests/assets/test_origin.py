"""Another council's register is refused before anything is written."""

import pytest

from commonweal.assets.importing import read
from commonweal.assets.rules import AnotherCouncilsRegister
from commonweal.places.tables import Area
from commonweal.store.database import Database
from tests.assets.estate import HILLS, ROWS, councils, csv, reading
from tests.assets.test_importing import counts


async def test_a_register_of_places_in_another_council_is_refused_before_anything_is_written(
    database: Database,
) -> None:
    await councils(database)
    before = await counts()
    with pytest.raises(AnotherCouncilsRegister) as refused:
        await read(await Area.get(id=HILLS), "register.csv", csv(), [])
    assert refused.value.message == (
        "This looks like the register of Vale District Council, not of Hills District Council: "
        "4 of the 4 rows with a place lie outside Hills District Council, and 3 of 4 looked at lie "
        "in Vale District Council."
    )
    far = [f"F/{n},Hall {n},,,530{n}00,180000,Freehold,," for n in range(4)]  # in London
    with pytest.raises(AnotherCouncilsRegister, match=r"another council.*4 of the 4 rows"):
        await reading(csv(far))
    assert await counts() == before
    two = await reading(csv([*ROWS[:3], *far[:2]]))  # beyond the border, but not most
    assert len(two.drafts) == 5


async def test_a_register_that_names_another_council_is_refused(database: Database) -> None:
    await councils(database)
    headers = "Organisation,Organisation Code,Asset Reference,Property Name"
    for said in ("Hills DC,", "The District Council of Hills,", ",E07000992", ",x:E07000992"):
        with pytest.raises(AnotherCouncilsRegister, match="2 of its 2 rows name"):
            await reading(csv([f"{said},H/1,Hall", f"{said},H/2,Barn"], headers))
    for said in ("Vale District Council,", "Somewhere Unheard Of,", ",E07000991", ","):
        await reading(csv([f"{said},H/1,Hall", f"{said},H/2,Barn"], headers))


async def test_a_register_under_the_code_of_a_council_that_is_not_here_is_refused(
    database: Database,
) -> None:
    await councils(database)
    headers = "Organisation,Organisation Code,Asset Reference,Property Name"

    async def read_with(*said: str) -> None:
        await reading(csv([f"{each},H/{n},Hall {n}" for n, each in enumerate(said)], headers))

    with pytest.raises(AnotherCouncilsRegister) as refused:
        await read_with(*["Cheltenham Borough Council,E07000078"] * 2, "Vale DC,E07000991")
    assert refused.value.message == (
        "This looks like the register of Cheltenham Borough Council, not of Vale District Council: "
        "2 of its 3 rows name E07000078."
    )
    for others in ([",E07000078"] * 2, [",https://a.example/id/E07000078/", "X,E07000079"]):
        with pytest.raises(AnotherCouncilsRegister, match="register of another council"):
            await read_with(*others)
    theirs = "Cheltenham Borough Council,E07000078"
    await read_with(theirs, ",E07000991")  # no more than half
    await read_with(*["Vale District Council,E07000078"] * 2)  # its own, under an older code
    await read_with(*[",Property 12345678"] * 2, ",E0700007")  # codes of another form

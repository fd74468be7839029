"""Who takes part in the demo town's cases: officers, judges, and groups with their speakers."""

from dataclasses import dataclass, field
from typing import Final

from commonweal.access import Role, Viewer
from commonweal.kernel.ids import write_id
from commonweal.people.actions_councils import appoint_council
from commonweal.people.actions_organisations import appoint, found_organisation
from commonweal.people.rules_organisations import LegalForm, OrganisationKind
from commonweal.people.tables import Person
from commonweal.places.tables import Area
from commonweal.store.transaction import Transaction

GROUPS: Final = ("Bridge End Trust", "Wernbridge Growers", "Hope Lacy Hall Committee")


@dataclass
class Cast:
    """Who takes part, in the council and outside of it."""

    officer: Viewer
    second: Viewer
    judges: list[Viewer] = field(default_factory=list)
    groups: list[tuple[int, Viewer]] = field(default_factory=list)


async def gathered(tx: Transaction, council: Area) -> Cast:
    """Two officers, two judges, and three groups with somebody who speaks for each."""
    office = await appoint_council(tx, area_id=council.id, name=council.name)
    people = [await a_person(tx, name) for name in ("Olwen", "Owain", "Judith", "Jac")]
    for person, role in zip(
        people, (Role.OFFICER, Role.OFFICER, *[Role.ASSESSOR] * 2), strict=True
    ):
        await appoint(tx, office.id, person, role)
    cast = Cast(viewer_of(people[0], council), viewer_of(people[1], council))
    cast.judges = [viewer_of(each) for each in people[2:]]
    for name, group in zip(("Ann", "Bea", "Cai"), GROUPS, strict=True):
        speaker = viewer_of(await a_person(tx, name))
        founded = await found_organisation(
            tx,
            speaker,
            kind=OrganisationKind.COMMUNITY_GROUP,
            name=group,
            council_id=council.id,
            legal_form=LegalForm.CIO,
        )
        cast.groups.append((founded["organisation"], speaker))
    return cast


async def a_person(tx: Transaction, name: str) -> int:
    number = tx.new_id()
    await Person.create(id=number, name=f"{name} Demo", created_at=tx.now)
    return number


def viewer_of(person_id: int, council: Area | None = None) -> Viewer:
    return Viewer(person_id, write_id("per", person_id), (council.id,) if council else ())

"""Who asks in the access matrix: nobody, members in every role, officers, programs."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from commonweal.access import ANONYMOUS, GRANTABLE, Role, Scope, Viewer
from commonweal.people.queries import viewer_of
from commonweal.people.rules import TokenKind
from commonweal.people.rules_organisations import OrganisationKind
from commonweal.people.tables_households import Household
from commonweal.people.tables_organisations import OrganisationArea
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.makers import the_council
from tests.security.matrix import (
    MAKERS,
    a_hidden_organisation,
    a_person,
    a_post,
    a_token,
    an_organisation,
)
from tests.security.sides import DAY, Row, Side

Post = tuple[int, Role]
NOWHERE: Final = frozenset[int]()


@dataclass(frozen=True)
class Asker:
    """Who asks: what the matrix knows of them, and whom the service takes them for."""

    name: str
    side: Side
    person: int | None = None  # a stranger and a council's program are nobody
    posts: frozenset[Post] = frozenset()
    councils: frozenset[int] = frozenset()
    scopes: frozenset[Scope] | None = None
    secret: str | None = None
    viewer: Viewer = ANONYMOUS


@dataclass(frozen=True)
class World:
    """Everybody who asks; for each type and maker the row of each side, and somebody else's."""

    askers: list[Asker]
    rows: dict[str, list[dict[Side, Row]]]
    others: Side


async def a_side(tx: Transaction, council: int, organisation: int, hidden: int) -> Side:
    home, email = tx.new_id(), f"{uuid4().hex}@example.org"
    await Household.create(id=home, name="Home", created_at=tx.now)
    person = await a_person(tx, email=email, email_key=email, household_id=home)
    return Side(person, email, home, organisation, hidden, council)


async def a_council(tx: Transaction, area: int) -> int:
    number = await an_organisation(tx, area, kind=OrganisationKind.COUNCIL)
    owned: dict[str, Any] = {"organisation_id": number, "area_id": area, "owned": True}
    await OrganisationArea.create(id=tx.new_id(), since=tx.now - DAY, **owned)
    return number


async def somebody(
    tx: Transaction, name: str, side: Side, posts: list[Post], councils: frozenset[int]
) -> Asker:
    """Who signed in themselves."""
    for organisation, role in posts:
        await a_post(tx, organisation, side.person, role)
    secret = uuid4().hex
    await a_token(tx, secret, person_id=side.person)
    return Asker(name, side, side.person, frozenset(posts), councils, None, secret)


OWN = (Scope.PERSONAL, Scope.WALLET)  # what is in no office


async def programs(tx: Transaction, of: Asker) -> list[Asker]:
    """Tokens of somebody who may do much, each good for one thing; and a council's own."""
    made = []
    for scope in GRANTABLE:
        secret, scopes = uuid4().hex, [scope]
        await a_token(tx, secret, TokenKind.PERSONAL, person_id=of.side.person, scopes=scopes)
        in_office = scope not in OWN
        made.append(
            replace(
                of,
                name=f"token for {scope}",
                councils=of.councils if in_office else NOWHERE,
                scopes=frozenset(scopes),
                secret=secret,
            )
        )
    secret, scopes = uuid4().hex, [scope for scope in GRANTABLE if scope not in OWN]
    council = of.side.council
    await a_token(tx, secret, TokenKind.COUNCIL, council_id=council, scopes=scopes)
    good_for, councils = frozenset(scopes), frozenset([council])
    program = Asker("council's token", of.side, None, frozenset(), councils, good_for, secret)
    secret = uuid4().hex
    await a_token(tx, secret, TokenKind.AUDITOR, scopes=[Scope.LEDGER])
    ledger = frozenset([Scope.LEDGER])
    auditor = Asker("auditor", of.side, None, frozenset(), NOWHERE, ledger, secret)
    return [*made, program, auditor]


async def build(database: Database) -> World:
    """Write all of it, in one transaction."""
    here = (await the_council(database)).id
    there = (await the_council(database, "E07000079")).id

    async def work(tx: Transaction) -> World:
        ours = (here, await an_organisation(tx, here), await a_hidden_organisation(tx, here))
        theirs = (there, await an_organisation(tx, there), await a_hidden_organisation(tx, there))
        hall, isles = await a_council(tx, here), await a_council(tx, there)
        people: list[tuple[str, list[Post], frozenset[int]]] = [("resident", [], NOWHERE)]
        people += [(role.lower(), [(each, role) for each in ours[1:]], NOWHERE) for role in Role]
        people += [
            ("council's officer", [(hall, Role.OFFICER)], frozenset([here])),
            ("another council's", [(isles, Role.OFFICER)], frozenset([there])),
            ("owner and officer", [(ours[1], Role.OWNER), (hall, Role.OFFICER)], frozenset([here])),
        ]
        askers = [
            await somebody(tx, name, await a_side(tx, *ours), posts, councils)
            for name, posts, councils in people
        ]
        askers += [Asker("stranger", askers[0].side), *await programs(tx, askers[-1])]
        others = await a_side(tx, *theirs)
        sides = dict.fromkeys([*(asker.side for asker in askers), others])
        rows = {
            name: [{side: await make(tx, side) for side in sides} for make in makers]
            for name, makers in MAKERS.items()
        }
        return World(askers, rows, others)

    world = await in_transaction(database, work)
    known = [
        replace(asker, viewer=await viewer_of(database, asker.secret) or ANONYMOUS)
        for asker in world.askers
        if asker.secret
    ]
    return replace(world, askers=[*known, *(a for a in world.askers if a.secret is None)])

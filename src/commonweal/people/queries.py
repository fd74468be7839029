"""How people and what is theirs are read, and who it is that asks."""

import json
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from commonweal.access import Role, Scope, Viewer
from commonweal.graph.ask import Ask, Bound
from commonweal.graph.declare import Standing
from commonweal.graph.sql import DIALECTS, Statement, among, compiled, now
from commonweal.kernel.ids import write_id
from commonweal.places.queries import area_number
from commonweal.store.core_tables import table
from commonweal.store.database import Database

from .actions import hash_of
from .queries_households import adults_of, adults_with
from .rules import TokenKind
from .rules_organisations import InvitationState
from .tables import AccessToken, Person
from .tables_organisations import Membership, OrganisationArea


def current(row: Any) -> Any:
    """Of memberships and areas: those that hold now."""
    return sa.and_(row.since <= now(), sa.or_(row.until.is_(None), row.until > now()))


def organisations_of(row: Any) -> Any:
    """The ids of the organisations in which a person is."""
    theirs = table(Membership).alias().c
    return sa.select(theirs.organisation_id).where(theirs.person_id == row.key, current(theirs))


def invitee(row: Any) -> Any:
    """The person who signs in with the address that an invitation went to."""
    person = table(Person).alias().c
    return sa.select(person.id).where(person.email_key == row.email_key).limit(1).scalar_subquery()


IN_OFFICE: Final = frozenset({Scope.ASSETS, Scope.CREDITS, Scope.ORGANISATIONS, Scope.SAFETY})
PERSON: Final[Standing] = {
    "person": "id",
    "organisations": organisations_of,
    "registrar": "registered_by_id",
    "adults": adults_with,
}
ACCESS_TOKEN: Final[Standing] = {"person": "person_id"}
ORGANISATION: Final[Standing] = {
    "shown": lambda row: row.hidden == sa.false(),
    "organisation": "id",
    "council": "council_id",
}
BLOCK: Final[Standing] = {"person": "person_id"}
MEMBERSHIP: Final[Standing] = {"person": "person_id", "organisation": "organisation_id"}
PARTNER: Final[Standing] = {
    "joined": lambda row: row.since.is_not(None),
    "consortium": "consortium_id",
    "organisation": "organisation_id",
}
INVITATION: Final[Standing] = {"invitee": invitee, "organisation": "organisation_id"}
HOUSEHOLD_INVITATION: Final[Standing] = {
    "invitee": invitee,
    "adults": lambda row: adults_of(row.household_id),
}


def is_current(row: Any, *_: Any) -> Any:
    """Only what holds now."""
    yield current(row)


def is_open(row: Any, *_: Any) -> Any:
    """Partners that are in a consortium, or invited into it."""
    yield row.until.is_(None)


def in_use(row: Any, *_: Any) -> Any:
    """Tokens that are good still."""
    yield row.expires_at > now()


def is_this_one(row: Any, _args: Any, viewer: Any) -> Any:
    """Whether a token is the one that this is asked with."""
    return row.key == viewer.token_id


def invitations_to(owner: Any, row: Any, *_: Any) -> Any:
    """Relates a person to the invitations that went to their address."""
    return row.email_key == owner.email_key


def unanswered(row: Any, *_: Any) -> Any:
    """Invitations that can still be accepted."""
    yield row.state == InvitationState.OPEN
    yield row.expires_at > now()


def organisations_asked(row: Any, args: Any, _viewer: Any) -> Any:
    """What `organisations` was asked for."""
    if args.council is not None:
        yield row.council_id == area_number(args.council)
    if args.kinds is not None:
        yield among(row.kind, args.kinds)
    if args.states is not None:
        yield among(row.state, args.states)


def by_name(row: Any, *_: Any) -> list[Any]:
    return [row.name]


def by_scheme(row: Any, *_: Any) -> list[Any]:
    return [row.scheme]


async def viewer_of(database: Database, secret: str, address: str = "") -> Viewer | None:
    """Who bears a token, or None where it is unknown or over. One statement."""
    statement = _statement(database.engine)
    ask = Ask({"hash": hash_of(secret)}, Viewer())
    rows = await database.fetch(statement.sql, statement.values(ask))
    if not rows:
        return None
    token_id, kind, person_id, hand_of, council_id, scopes = tuple(rows[0])[:6]
    granted = json.loads(scopes) if isinstance(scopes, str) else scopes
    good_for = None if granted is None else frozenset(map(Scope, granted))
    if person_id is None:
        name = write_id("tok", token_id)
        councils: tuple[int, ...] = () if council_id is None else (council_id,)
        return Viewer(token_id, name, councils, (), good_for, token_id, address)
    name = write_id("per", person_id)
    posts = tuple(sorted({(row[6], Role(row[7])) for row in rows if row[6] is not None}))
    if kind == TokenKind.HAND:  # whatever is done says whose hand it was
        name = f"{name} by {write_id('per', hand_of)}"
    areas = tuple(sorted({row[8] for row in rows if row[8] is not None}))
    if good_for is not None:  # what a token is not good for, it does not read either
        areas = areas if good_for & IN_OFFICE else ()
    return Viewer(person_id, name, areas, posts, good_for, token_id, address)


@cache
def _statement(engine: str) -> Statement:
    """A row for each post that the bearer has, or one; with the area of an officer's council."""
    token = table(AccessToken).alias()
    post, area = table(Membership).alias(), table(OrganisationArea).alias()
    theirs = sa.and_(post.c.person_id == token.c.person_id, current(post.c))
    own = sa.and_(
        area.c.organisation_id == post.c.organisation_id,
        post.c.role == Role.OFFICER,
        area.c.owned == sa.true(),
        current(area.c),
    )
    given = Bound(lambda ask: ask.variables["hash"], sa.String())
    select = (
        sa.select(
            token.c.id,
            token.c.kind,
            token.c.person_id,
            token.c.by_hand_of_id,
            token.c.council_id,
            token.c.scopes,
            post.c.organisation_id,
            post.c.role,
            area.c.area_id,
        )
        .select_from(token.outerjoin(post, theirs).outerjoin(area, own))
        .where(token.c.secret_hash == given, token.c.expires_at > now())
    )
    return compiled(select, DIALECTS[engine])

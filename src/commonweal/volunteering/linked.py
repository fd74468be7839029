"""An opportunity as linked data, in the words of the volunteering data standard.

Source: standard.volunteeringdata.io (ODI, November 2026): its JSON-LD context, its classes and
properties, and its wrapper `graph`. What it lacks stands in a namespace of ours, below where this
service is: the instants of a session, its places, and the reward `TimeCredits`, which it has no
term for. Pure: no place that is hidden gets here (queries_feeds.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from commonweal.kernel.ids import write_id

CONTEXT: Final = "https://api.volunteeringdata.io/context/v1"
NAMESPACE: Final = "https://ns.volunteeringdata.io/"
CONFORMS_TO: Final = "https://standard.volunteeringdata.io/"
LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
OURS: Final = ("startDate", "endDate", "places", "TimeCredits")
PROPERTIES: Final = {
    "SKILL": "skill",
    "REQUIREMENT": "requirement",
    "ACCESSIBILITY": "accessibility",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the feed: what it is, when that was changed, and all that is said of it."""

    id: int
    modified_at: datetime
    is_open: bool
    title: str
    description: str
    cause: str
    address: str | None
    longitude: float | None
    latitude: float | None
    pot_id: int | None
    organisation_id: int | None
    organisation: str | None
    website: str | None
    area: str | None
    terms: Sequence[Mapping[str, Any]]
    shifts: Sequence[Mapping[str, Any]]
    roles: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, row: Sequence[Any]) -> "Item":
        """A row as either engine gives it."""
        number, modified_at, is_open, *said = row
        terms, shifts, roles = map(orjson.loads, said[-3:])
        said[-3:] = (
            sorted(terms, key=lambda term: str(term["code"])),
            sorted(shifts, key=lambda shift: (instant(shift["starts"]), int(shift["id"]))),
            sorted(roles, key=lambda role: int(role["id"])),
        )
        return cls(number, instant(modified_at), bool(is_open), *said)


def instant(value: Any) -> datetime:
    """A driver's instant, or the text of one."""
    return datetime.fromisoformat(str(value)).astimezone(UTC)


def linked(item: Item, base: str) -> dict[str, Any]:
    """What the feed says of an open opportunity; `base` is where people reach the service."""
    here = f"{base}/opportunities/{write_id('opp', item.id)}"
    roles = _roles(item, base, here)
    nodes = [_activity(item, base, here, roles), *roles, *_sessions(item, here)]
    nodes += [*_location(item, here), *_organisation(item, base)]
    own = {"cw": f"{base}/ns#", **{name: f"cw:{name}" for name in OURS}}
    return {"@context": [CONTEXT, own], "graph": nodes}


def _activity(
    item: Item, base: str, here: str, roles: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    by = [{"@id": node["@id"]} for node in _organisation(item, base)]
    at = [{"@id": node["@id"]} for node in _location(item, here)]
    said: dict[str, Any] = {
        "@id": here,
        "@type": "Activity",
        "title": item.title,
        "description": item.description,
        "cause": [_term(item.cause)],
        "role": [{"@id": role["@id"]} for role in roles],
        "session": [{"@id": f"{here}#{write_id('shf', shift['id'])}"} for shift in item.shifts],
        "organisation": by,
        "publisher": by,
        "location": at,
        "allowsRemoteParticipation": not at,
        "applyLink": here,
        "license": LICENSE,
        "conformsTo": CONFORMS_TO,
        "modified": item.modified_at.isoformat(),
    }
    for term in item.terms:
        if name := PROPERTIES.get(term["taxonomy"]):
            said.setdefault(name, []).append(_term(term["code"]))
    return {name: value for name, value in said.items() if value != []}


def _roles(item: Item, base: str, here: str) -> list[dict[str, Any]]:
    """A role for whatever is the same in several shifts: they are its sessions."""
    rewards = [{"@id": f"{base}/ns#TimeCredits"}] if item.pot_id is not None else []
    rewards += [
        _term(term["code"])
        for term in item.terms
        if term["taxonomy"] == "REWARD" and term["code"] != "TimeCredits"
    ]
    alike: dict[tuple[Any, ...], dict[str, Any]] = {}
    for role in item.roles:
        same = tuple(role[name] for name in ("name", "places", "age", "skill", "training"))
        if same not in alike:
            alike[same] = _role(role, rewards, here)
        shift = f"{here}#{write_id('shf', role['shift'])}"
        alike[same]["session"].append({"@id": shift})
    return list(alike.values())


def _role(
    role: Mapping[str, Any], rewards: Sequence[Mapping[str, Any]], here: str
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "@id": f"{here}#{write_id('rol', role['id'])}",
        "@type": "Role",
        "title": role["name"],
        "activity": {"@id": here},
        "places": role["places"],
        "minimumAge": role["age"],
        "skill": role["skill"] and [_term(role["skill"])],
        "requirement": role["training"] and [_term(role["training"])],
        "reward": [*rewards] or None,
        "applyLink": here,
        "session": [],
    }
    return {name: value for name, value in said.items() if value is not None}


def _sessions(item: Item, here: str) -> list[dict[str, Any]]:
    return [
        {
            "@id": f"{here}#{write_id('shf', shift['id'])}",
            "@type": "Session",
            "activity": {"@id": here},
            "startDate": instant(shift["starts"]).isoformat(),
            "endDate": instant(shift["ends"]).isoformat(),
        }
        for shift in item.shifts
    ]


def _location(item: Item, here: str) -> list[dict[str, Any]]:
    """Where the public is told that it is; none: from anywhere."""
    said = {
        "name": item.area,
        "address": item.address,
        "latitude": item.latitude,
        "longitude": item.longitude,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return [{"@id": f"{here}#place", "@type": "Location", **known}] if known else []


def _organisation(item: Item, base: str) -> list[dict[str, Any]]:
    """Whose it is; none: the public is not shown them."""
    if item.organisation_id is None:
        return []
    number = write_id("org", item.organisation_id)
    said = {"name": item.organisation, "website": item.website}
    known = {name: value for name, value in said.items() if value is not None}
    return [{"@id": f"{base}/organisations/{number}", "@type": "Organisation", **known}]


def _term(code: str) -> dict[str, Any]:
    return {"@id": f"{NAMESPACE}{code}"}

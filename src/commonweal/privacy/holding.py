"""What a line of the table of holdings says, and how its rows are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from commonweal.kernel.ids import write_id
from commonweal.messages.rules import address_key
from commonweal.people.tables import Person

PREFIXES: Final = {  # of the columns that name something else
    **dict.fromkeys(("organisation_id", "registered_by_id"), "org"),
    **dict.fromkeys(("person_id", "by_hand_of_id", "owner_id", "blocked_id"), "per"),
    **dict.fromkeys(("child_id", "given_by_id", "ended_by_id"), "per"),
    **dict.fromkeys(("checker_id", "reader_id", "reporter_id"), "per"),
    "application_id": "apn",
    "area_id": "are",
    "asset_id": "ast",
    "case_id": "cas",
    "council_id": "are",
    "household_id": "hsh",
    "grant_id": "grt",
    "opportunity_id": "opp",
    "offer_id": "hlp",
    "pot_id": "pot",
    "receipt_id": "fil",
    "reserved_for_id": "org",
    **dict.fromkeys(("role_id", "swap_role_id"), "rol"),
    "scheme_id": "sch",
    "series_id": "srs",
    "shift_id": "shf",
    "sign_up_id": "sgn",
    "supersedes_id": "hrs",
    "term_id": "trm",
    "wallet_id": "wal",
}


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are about a person.

    `theirs` says which, and `address` in which column an address stands as somebody typed it: rows
    of their address are theirs too. All columns are shown to them but `hidden` ones, which are
    secrets and say nothing; of rows that are about others too, only those `shown`. Rows that are
    not `told` they do not see at all. When the person is erased the rows go, or `blank` columns are
    emptied, or they stay for the reason `kept`.
    """

    what: str
    model: type[Model]
    theirs: Callable[[Person], Q]
    address: str = field(default="", kw_only=True)
    prefix: str = ""
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    told: Q = field(default_factory=Q)
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: str = ""

    @property
    def goes(self) -> bool:
        return not self.blank and not self.kept

    @property
    def columns(self) -> list[str]:
        """Those that the person sees."""
        all_of_them = self.model._meta.fields_db_projection
        return [c for c in self.shown or all_of_them if c not in self.hidden]

    async def rows(self, person: Person) -> QuerySet[Model]:
        """Those that are theirs.

        To the database more addresses are one than to `address_key`: it makes large letters of
        them, and an I of a dotless i. So what it finds by an address is compared again.
        """
        theirs = self.theirs(person)
        if self.address and person.email_key:
            alike = self.model.filter(**{f"{self.address}__iexact": person.email_key})
            found = await alike.values_list("id", self.address)
            theirs |= Q(id__in=[n for n, text in found if address_key(text) == person.email_key])
        return self.model.filter(theirs)


def of(column: str) -> Callable[[Person], Q]:
    """Rows in whose column the person's number stands."""
    return lambda person: Q(**{column: person.id})


def by_email(column: str) -> Callable[[Person], Q]:
    """Rows in whose column their address stands as it is compared; of no address none."""
    return lambda person: Q(**{column: person.email_key}) if person.email_key else Q(pk__in=[])


def by_name(column: str) -> Callable[[Person], Q]:
    """Rows in whose column their name in the audit stands: alone, or with whose hand it was."""

    def theirs(person: Person) -> Q:
        name = write_id("per", person.id)
        hand = Q(**{f"{column}__startswith": f"{name} by "})
        return Q(**{column: name}) | hand | Q(**{f"{column}__endswith": f" by {name}"})

    return theirs


def either(one: Callable[[Person], Q], other: Callable[[Person], Q]) -> Callable[[Person], Q]:
    """Rows that are theirs by the one or by the other."""
    return lambda person: one(person) | other(person)

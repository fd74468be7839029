"""What a bid says: one document, read here into what it means, and what it still needs. Pure.

    contents = contents_of({"answers": [{"criterion": "Need", "text": "…"}], "asks": […], …})
    needed = checklist(contents, criteria=…, cases=…, attachments=…, due=…)

A draft may lack anything; a bid lacks nothing that blocks. A refusal names a place and what is
taken there, never what stood there: it goes further than the bid does. Amounts are whole pence,
pledged work is minutes. Next: actions_drafts (who writes it), sealing (how it is kept).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from commonweal.handovers.rules_instruments import Instrument
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import read_id, write_id
from commonweal.kernel.limits import limit

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

TEXT: Final = limit("answer in a bid", 10_000, "characters", "four pages; more is an attachment")
NAME: Final = limit("name in a bid", 200, "characters", "a funder's, a part's, a cost's")
ITEMS: Final = limit("list in a bid", 50, "items", "funders, costs, parts: a page of each")
PENCE: Final = limit("amount in a bid", 10**12, "pence", "ten thousand million pounds")
MONTHS: Final = limit("term in a bid", 11_988, "months", "999 years, the longest that is granted")
MINUTES: Final = limit("work pledged in a bid", 60_000_000, "minutes", "a million hours")
ATTACHMENTS: Final = limit("attachments of a bid", 20, "files", "plans, accounts, letters; no more")


class FundingKind(StrEnum):
    """How sure money is."""

    SECURED = "SECURED"
    PLEDGED = "PLEDGED"
    SOUGHT = "SOUGHT"


class Need(StrEnum):
    """What a bid may lack."""

    ANSWER = "ANSWER"  # to a criterion
    ASK = "ASK"  # for a case that it is for
    INSTRUMENT = "INSTRUMENT"
    TERM = "TERM"
    OFFER = "OFFER"  # neither a price nor a rent; nothing at all is 0, which is an offer
    ATTACHMENT = "ATTACHMENT"  # listed, and not there
    COSTS = "COSTS"
    FUNDING = "FUNDING"  # by so many pence it is less than what it is for


ADVISED: Final = frozenset({Need.COSTS, Need.FUNDING})  # a bid may be submitted without


@fact
class ContentsUnfit(UserError):
    says = "In a bid, {where} is {wanted}."
    where: str
    wanted: str


@fact
class BidIncomplete(UserError):
    says = "The bid still needs {needed}."
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for in one case; no parts are the whole."""

    case_id: int
    instrument: Instrument | None
    parts: tuple[str, ...]
    term_months: int | None
    consideration_pence: int | None
    rent_pence: int | None  # a year


@dataclass(frozen=True, slots=True)
class Funding:
    """Money towards it."""

    source: str
    kind: FundingKind
    pence: int


@dataclass(frozen=True, slots=True)
class Contents:
    """A bid as it was read."""

    answers: Mapping[str, str]  # by the criterion's name
    asks: Mapping[int, Ask]  # by the case's id
    funding: tuple[Funding, ...]
    costs_pence: int
    pledged_minutes: int
    attachments: tuple[int, ...]

    @property
    def short_pence(self) -> int:
        """By how much the funding is less than costs and prices; not less than 0."""
        prices = sum(ask.consideration_pence or 0 for ask in self.asks.values())
        return max(0, self.costs_pence + prices - sum(each.pence for each in self.funding))


@dataclass(frozen=True, slots=True)
class Needed:
    """One thing that a bid lacks, about what, and until when it can be mended."""

    need: Need
    about: str
    by: datetime

    @property
    def blocks(self) -> bool:
        return self.need not in ADVISED

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        by = self.by.isoformat()
        return {"need": self.need, "about": self.about, "by": by, "blocks": self.blocks}


def contents_of(document: object) -> Contents:
    """What a document says. Raises ContentsUnfit."""
    given = _object("the whole", document, DOCUMENT)
    answers = _list("answers", given.get("answers"), _answer)
    asks = _list("asks", given.get("asks"), _ask)
    costs = _list("costs", given.get("costs"), _cost)
    return Contents(
        _once("answers", answers),
        _once("asks", [(ask.case_id, ask) for ask in asks]),
        _list("funding", given.get("funding"), _funding),
        sum(costs),
        _whole("pledgedMinutes", given.get("pledgedMinutes"), MINUTES.value) or 0,
        _list("attachments", given.get("attachments"), _attachment, ATTACHMENTS.value),
    )


def checklist(
    contents: Contents,
    *,
    criteria: Sequence[str],
    cases: Collection[int],
    attachments: Collection[int],
    due: datetime,
) -> list[Needed]:
    """What is still needed, in the order of a bid; `attachments` are those that are there."""
    found = [(Need.ANSWER, name) for name in criteria if not contents.answers.get(name, "").strip()]
    for case_id in cases:
        found += [(need, write_id("cas", case_id)) for need in _lacks(contents.asks.get(case_id))]
    gone = [each for each in contents.attachments if each not in attachments]
    found += [(Need.ATTACHMENT, write_id("att", each)) for each in gone]
    if not contents.costs_pence:
        found.append((Need.COSTS, ""))
    if contents.short_pence:
        found.append((Need.FUNDING, str(contents.short_pence)))
    return [Needed(need, about, due) for need, about in found]


def check_complete(needed: Sequence[Needed]) -> None:
    """Raises BidIncomplete, unless only what is advised is missing."""
    if blocking := tuple(f"{each.need.lower()} ({each.about})" for each in needed if each.blocks):
        raise BidIncomplete(blocking)


def _lacks(ask: Ask | None) -> list[Need]:
    if ask is None:
        return [Need.ASK]
    found = [] if ask.instrument else [Need.INSTRUMENT]
    if ask.instrument is not Instrument.FREEHOLD and not ask.term_months:
        found.append(Need.TERM)
    if ask.consideration_pence is None and ask.rent_pence is None:
        found.append(Need.OFFER)
    return found


DOCUMENT: Final = ("answers", "asks", "funding", "costs", "pledgedMinutes", "attachments")
ASK: Final = ("caseId", "instrument", "parts", "termMonths", "considerationPence", "rentPence")


def _answer(where: str, given: object) -> tuple[str, str]:
    each = _object(where, given, ("criterion", "text"))
    name = _text(f"{where}.criterion", each.get("criterion"), NAME.value)
    return name, _text(f"{where}.text", each.get("text"), TEXT.value)


def _ask(where: str, given: object) -> Ask:
    each = _object(where, given, ASK)
    instrument = each.get("instrument")
    return Ask(
        _id(f"{where}.caseId", each.get("caseId"), "cas"),
        None if instrument is None else _one_of(f"{where}.instrument", instrument, Instrument),
        _list(f"{where}.parts", each.get("parts"), _name),
        _whole(f"{where}.termMonths", each.get("termMonths"), MONTHS.value),
        _whole(f"{where}.considerationPence", each.get("considerationPence"), PENCE.value),
        _whole(f"{where}.rentPence", each.get("rentPence"), PENCE.value),
    )


def _funding(where: str, given: object) -> Funding:
    each = _object(where, given, ("source", "kind", "pence"))
    return Funding(
        _name(f"{where}.source", each.get("source")),
        _one_of(f"{where}.kind", each.get("kind"), FundingKind),
        _pence(f"{where}.pence", each.get("pence")),
    )


def _cost(where: str, given: object) -> int:
    each = _object(where, given, ("what", "pence"))
    _name(f"{where}.what", each.get("what"))
    return _pence(f"{where}.pence", each.get("pence"))


def _attachment(where: str, given: object) -> int:
    return _id(where, given, "att")


def _name(where: str, given: object) -> str:
    return _text(where, given, NAME.value)


def _pence(where: str, given: object) -> int:
    found = _whole(where, given, PENCE.value)
    if found is None:
        raise ContentsUnfit(where, "a whole number of pence")
    return found


def _object(where: str, given: object, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(given, dict) or not given.keys() <= set(names):
        raise ContentsUnfit(where, f"an object with {', '.join(names)} and nothing else")
    return given


def _list(
    where: str, given: object, read: Callable[[str, object], T], most: int = ITEMS.value
) -> tuple[T, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > most:
        raise ContentsUnfit(where, f"a list of at most {most}")
    return tuple(read(f"{where}[{at}]", each) for at, each in enumerate(given))


def _once(where: str, pairs: Sequence[tuple[Any, T]]) -> dict[Any, T]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ContentsUnfit(where, "a list in which nothing is spoken of twice")
    return found


def _text(where: str, given: object, most: int) -> str:
    if not isinstance(given, str) or len(given) > most:
        raise ContentsUnfit(where, f"a text of at most {most:,} characters")
    return given


def _whole(where: str, given: object, most: int) -> int | None:
    if given is not None and (type(given) is not int or not 0 <= given <= most):
        raise ContentsUnfit(where, f"a whole number from 0 to {most:,}")
    return given


def _id(where: str, given: object, prefix: str) -> int:
    found = read_id(prefix, given) if isinstance(given, str) else None
    if found is None:
        raise ContentsUnfit(where, f"an id that begins with {prefix}_")
    return found


def _one_of(where: str, given: object, kinds: type[E]) -> E:
    if given not in [each.value for each in kinds]:
        raise ContentsUnfit(where, f"one of {', '.join(kinds)}")
    return kinds(given)

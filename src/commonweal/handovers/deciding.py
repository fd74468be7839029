"""Between a decision's row and the rules of the gate: what is known, and what is still missing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from commonweal.kernel.errors import UserError

from .rules_decisions import (
    Answer,
    Declaration,
    Finding,
    HeldUnder,
    Maker,
    Proposal,
    PublicInterest,
    Restriction,
    Valuation,
    missing,
    warnings,
)
from .rules_defaults import Rules
from .rules_instruments import Instrument

COLUMNS: Final = (  # of a decision's row: what the gate goes by
    "instrument", "begins_on", "term_months", "rent_pence", "consideration_pence",
    "exclusive_possession", "held_under", "own_consent", "unrestricted_pence", "valued_on",
    "valuer", "valuer_independent", "wellbeing_reason", "undervalue_consent", "open_space",
    "statutory_trust", "adverts", "objections_close_on", "objections", "objections_answered",
    "restrictions", "declarations", "public_interest", "acv_listed", "rules", "decided_on",
    "meeting_reference", "delegated", "limit_pence", "maker_id", "confirmed_by_id",
)  # fmt: skip
NOBODY: Final = 0  # decides, until somebody has: no person's number


def missing_of(*values: Any) -> list[dict[str, str]]:
    """All that is missing, over COLUMNS: `{code, message}`; nothing where it may be decided."""
    row = dict(zip(COLUMNS, values, strict=True))
    return _told(missing(proposal_of(row, row["maker_id"]), Rules(**row["rules"])))


def warnings_of(*values: Any) -> list[dict[str, str]]:
    """What an officer should know, and what stops nothing."""
    row = dict(zip(COLUMNS, values, strict=True))
    return _told(warnings(proposal_of(row, row["maker_id"]), Rules(**row["rules"])))


def undervalue_of(*values: Any) -> int | None:
    """What is forgone, in pence; null while value or consideration is unknown."""
    row = dict(zip(COLUMNS, values, strict=True))
    return proposal_of(row, None).undervalue_pence


def days(kept: Sequence[str]) -> tuple[date, ...]:
    """Of newspaper adverts."""
    return tuple(date.fromisoformat(each) for each in kept)


def proposal_of(row: Mapping[str, Any], maker: int | None) -> Proposal:
    """What is to be decided, by this person."""
    return Proposal(
        instrument=None if row["instrument"] is None else Instrument(row["instrument"]),
        begins_on=_day(row["begins_on"]),
        decided_on=_day(row["decided_on"]),
        held_under=None if row["held_under"] is None else HeldUnder(row["held_under"]),
        term_months=row["term_months"],
        exclusive_possession=bool(row["exclusive_possession"]),
        valuation=_valuation(row),
        consideration_pence=row["consideration_pence"],
        rent_pence=row["rent_pence"],
        wellbeing_reason=row["wellbeing_reason"],
        undervalue_consent=row["undervalue_consent"],
        own_consent=row["own_consent"],
        open_space=_flag(row["open_space"]),
        statutory_trust=_flag(row["statutory_trust"]),
        adverts=days(row["adverts"]),
        objections_close_on=_day(row["objections_close_on"]),
        objections=row["objections"],
        objections_answered=row["objections_answered"],
        restrictions={
            Restriction(name): Finding(each["binds"], each["reference"])
            for name, each in row["restrictions"].items()
        },
        declarations=tuple(Declaration(each) for each in row["declarations"]),
        maker=_maker(row, maker),
        public_interest={
            PublicInterest(name): Answer(each["yes"], each["reasons"], each["author"])
            for name, each in row["public_interest"].items()
        },
        acv_listed=bool(row["acv_listed"]),
    )


def _told(found: Iterable[UserError]) -> list[dict[str, str]]:
    return [{"code": each.code, "message": each.message} for each in found]


def _valuation(row: Mapping[str, Any]) -> Valuation | None:
    worth, valued_on = row["unrestricted_pence"], _day(row["valued_on"])
    if worth is None or valued_on is None:
        return None
    return Valuation(worth, valued_on, row["valuer"], bool(row["valuer_independent"]))


def _maker(row: Mapping[str, Any], maker: int | None) -> Maker | None:
    delegated = _flag(row["delegated"])
    if delegated is None:
        return None
    person = NOBODY if maker is None else maker
    reference, limit_pence = row["meeting_reference"], row["limit_pence"]
    return Maker(person, delegated, reference, limit_pence, row["confirmed_by_id"])


def _flag(value: Any) -> bool | None:
    """SQLite has 0 and 1."""
    return None if value is None else bool(value)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value

"""Every number and consent that the rules of a transfer go by, as dated rows. Pure.

A council's own rows are passed in after these: `rules_on(day, (*DEFAULTS, *own))`. The row that
began last holds, and a case asks for the day on which it began, so that a later row never changes
it. What is not in a row here is nowhere in the rules. England's; Wales has a consent of its own.
The mark is that of the design note (assets): S statute, G guidance, C a council's page, R a public
repository, N news or law firm, M from memory, which an officer should look up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

LONG_AGO: Final = date(1974, 4, 1)  # the Local Government Act 1972 in force
MOST: Final = 10**12  # pence: ten thousand million pounds
SHOWN: Final = 40  # characters of what was given instead
RULE_TEXT: Final = limit("text of a council's rule", 500, "characters", "a consent's whole name")
DAYS: Final = limit("days of a council's rule", 1_830, "days", "five years, as a round")
CONSENT_OF_2003: Final = date(2003, 8, 4)
ACV_SINCE: Final = date(2012, 9, 21)


@fact
class RuleUnknown(UserError):
    says = "There is no rule called {rule}."
    rule: str


@fact
class RuleUnfit(UserError):
    says = "{rule} is {wanted}; it was {given}."
    rule: str
    wanted: str
    given: str


@fact
class RuleWithoutSource(UserError):
    says = "Say where {rule} is written: an act, a consent, a minute of the council."
    rule: str


@dataclass(frozen=True, slots=True)
class Row:
    """A number, or what must be obtained, from a day on; `name` is a field of `Rules`."""

    name: str
    value: int | str
    since: date
    source: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds on a day. A text says what has to be referred to; empty, nothing has."""

    undervalue_without_consent_pence: int
    short_tenancy_months: int
    relevant_lease_months: int
    cure_days: int
    weight_moved: int  # per 10,000
    eoi_days: int
    shortlisting_days: int
    business_case_days: int
    assessment_days: int
    due_diligence_days: int
    heads_of_terms_days: int
    four_eyes: int  # 1: a second person confirms
    undervalue_consent: str
    housing_consent: str
    planning_consent: str
    covenant: str
    head_lease: str
    charity_land: str
    listed_building: str
    allotment: str
    school_playing_field: str
    common: str
    tupe: str


# fmt: off
DEFAULTS: Final = (
    Row("undervalue_without_consent_pence", 200_000_000, CONSENT_OF_2003,
        "General Disposal Consent (England) 2003, Circular 06/03", "G"),
    Row("short_tenancy_months", 84, LONG_AGO, "Local Government Act 1972 s.123(7)", "S"),
    Row("relevant_lease_months", 300, ACV_SINCE, "Localism Act 2011 s.96", "C"),
    Row("cure_days", 90, LONG_AGO, "no law sets it: each instrument does", "M"),
    Row("weight_moved", 500, LONG_AGO, "five points in a hundred: ours", "M"),
    Row("eoi_days", 28, LONG_AGO, "Norwich", "C"),
    Row("shortlisting_days", 21, LONG_AGO, "Norwich", "C"),
    Row("business_case_days", 28, LONG_AGO, "Norwich", "C"),
    Row("assessment_days", 28, LONG_AGO, "Norwich", "C"),
    Row("due_diligence_days", 56, LONG_AGO, "Norwich", "C"),
    Row("heads_of_terms_days", 42, LONG_AGO, "Norwich", "C"),
    Row("four_eyes", 0, LONG_AGO, "where the council asks for it", "M"),
    Row("undervalue_consent",
        "the Secretary of State's consent, Local Government Act 1972 s.123(2)",
        LONG_AGO, "s.123(2), Circular 06/03", "S"),
    Row("housing_consent", "consent under the Housing Act 1985 s.32, a general one or its own",
        LONG_AGO, "design note, Power", "S"),
    Row("planning_consent", "consent under the Town and Country Planning Act 1990 s.233",
        LONG_AGO, "design note, Power", "S"),
    Row("covenant", "the release or consent of who has the benefit of the covenant",
        LONG_AGO, "invariant 21", "M"),
    Row("head_lease", "the superior landlord's consent", LONG_AGO, "invariant 21", "M"),
    Row("charity_land", "the charity trustees' advice and order, Charities Act 2011 ss.117-121",
        LONG_AGO, "invariant 21", "M"),
    Row("listed_building", "the conservation officer's advice", LONG_AGO, "invariant 21", "M"),
    Row("allotment", "the Secretary of State's consent, Allotments Act 1925 s.8",
        LONG_AGO, "invariant 21", "M"),
    Row("school_playing_field",
        "the Secretary of State's consent, School Standards and Framework Act 1998 s.77",
        LONG_AGO, "invariant 21", "M"),
    Row("common", "the commons authority's answer, Commons Act 2006", LONG_AGO,
        "invariant 21", "M"),
    Row("tupe", "what was agreed about the staff who would move", LONG_AGO, "invariant 21", "M"),
)
# fmt: on


def check_row(row: Row) -> None:
    """Of an officer's. Raises RuleUnknown, RuleUnfit, RuleWithoutSource."""
    kinds = {field.name: field.type for field in fields(Rules)}
    if row.name not in kinds:
        raise RuleUnknown(row.name)
    if kinds[row.name] is str and not isinstance(row.value, str):
        raise RuleUnfit(row.name, "a text", str(row.value))
    most = DAYS.value if row.name.endswith("_days") else MOST
    if kinds[row.name] is int and (type(row.value) is not int or not 0 <= row.value <= most):
        raise RuleUnfit(row.name, f"a whole number from 0 to {most:,}", str(row.value)[:SHOWN])
    if max(len(row.source), len(str(row.value))) > RULE_TEXT.value:
        raise RuleUnfit(row.name, f"a text of at most {RULE_TEXT.value} characters", "longer")
    if not row.source.strip():
        raise RuleWithoutSource(row.name)


def read_value(name: str, text: str) -> int | str:
    """What an officer wrote, and is kept, as the rule has it. Raises RuleUnknown, RuleUnfit."""
    kinds = {field.name: field.type for field in fields(Rules)}
    if name not in kinds:
        raise RuleUnknown(name[:SHOWN])
    if kinds[name] is str:
        return text.strip()
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(MOST))):
        raise RuleUnfit(name, f"a whole number from 0 to {MOST:,}", text[:SHOWN])
    return int(number)


def rules_on(day: date, rows: Iterable[Row] = DEFAULTS) -> Rules:
    """What holds on a day: of each name the row that began last, and of two the later given.

    Raises ValueError where a name has no row yet, or is none of `Rules`: a defect of the rows.
    """
    held: dict[str, Row] = {}
    for row in rows:
        if row.since <= day and (row.name not in held or held[row.name].since <= row.since):
            held[row.name] = row
    names = {field.name for field in fields(Rules)}
    if wrong := names ^ held.keys():
        raise ValueError(f"no rule on {day}, or none of that name: {', '.join(sorted(wrong))}")
    return Rules(**{name: row.value for name, row in held.items()})  # type: ignore[arg-type]

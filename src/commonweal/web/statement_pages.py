"""Statements as pages to print: HTML without any script."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any, Final

from commonweal.kernel.amounts import hours_text
from commonweal.kernel.calendar import civil_day

PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Commonweal: {title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ margin: 0 auto; max-width: 48rem; padding: 1rem }}
  table {{ border-collapse: collapse; width: 100% }}
  td, th {{ padding: .2rem .4rem; text-align: left; vertical-align: top }}
  td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums }}
  tr {{ border-bottom: 1px solid #8886 }} small {{ display: block; opacity: .75 }}
</style>
{body}"""
NO_VALUE: Final = (
    "Time credits are thanks for time given. They have no value in money and cannot be exchanged "
    "for it."
)
NO_PAY: Final = (
    "Nobody is paid in them: they are not owed for work, and not promised for it. What is listed "
    "as thanks alone brought no credits at all."
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What moved in some days, the oldest first; minutes."""

    title: str
    since: date
    until: date
    opening: int
    movements: list[dict[str, Any]]

    @property
    def closing(self) -> int:
        """What the last movement left, or what there was before."""
        last: int = self.movements[-1]["balanceAfter"] if self.movements else self.opening
        return last

    @property
    def days(self) -> str:
        return f"{self.since.isoformat()} to {self.until.isoformat()}"

    def sums(self) -> dict[str, int]:
        """By what they were, in the order in which each came first."""
        found: dict[str, int] = {}
        for each in self.movements:
            found[each["what"]] = found.get(each["what"], 0) + each["minutes"]
        return found


def nothing() -> str:
    """For whom there is none."""
    text = "There is no such wallet or pot for you. Are you signed in?"
    return PAGE.format(title="no statement", body=f'<p role="status">{text}</p>\n')


def statement(found: Statement) -> str:
    """Every movement, with a balance after each."""
    rows = [_row("", ("Opening balance",), None, found.opening)]
    for each in found.movements:
        words = [each[name] for name in ("what", "counterparty", "why") if each[name]]
        rows.append(_row(_day(each["at"]), words, each["minutes"], each["balanceAfter"]))
    rows.append(_row("", ("Closing balance",), None, found.closing))
    head = '<tr><th>Day<th>What<th class="n">Hours<th class="n">Balance</tr>'
    title = f"{found.title}, {found.days}"
    return _page(title, _table(rows, head), "<h2>In all</h2>", _sums(found), f"<p>{NO_VALUE}</p>")


def benefits(found: Statement, about: Mapping[str, Any], thanked: list[dict[str, Any]]) -> str:
    """For an office that asks what somebody had from a scheme: what they did, and no price.

    `thanked` are the grants of these days, the newest first; of each it says when and for what.
    """
    scheme, person = about["scheme"], about["person"]
    title = f"Time given, {found.days}"
    whose = "A household's wallet, shared by its adults."
    if person:
        whose = person["name"] or "Who it is for has not given a name."
    facts = (
        f"<p>{escape(whose)}</p>"
        f"<p>{escape(scheme['name'])}, a scheme of {escape(scheme['council']['name'])}.</p>"
        f"<p>{NO_VALUE} {NO_PAY}</p>"
    )
    months: dict[str, list[int]] = {}
    rows = []
    for each in reversed(thanked):
        only = each["recognitionOnly"]
        day = _day(each["grantedAt"])
        month = months.setdefault(day[:7], [0, 0])
        month[only] += each["minutes"]
        words = (each["purpose"], "Thanks alone." if only else "")
        rows.append(_row(day, [each for each in words if each], each["minutes"], None))
    by_month = [_row(month, (), *minutes) for month, minutes in months.items()]
    months_head = '<tr><th>Month<th><th class="n">With credits<th class="n">Thanks alone</tr>'
    return _page(
        title,
        facts,
        "<h2>Hours by month</h2>",
        _table(by_month, months_head),
        "<h2>What became of the credits</h2>",
        _table([_row("", ("At the beginning",), None, found.opening)]),
        _sums(found),
        _table([_row("", ("At the end",), None, found.closing)]),
        "<h2>What they were for</h2>",
        _table(rows),
    )


def _day(at: str) -> str:
    """Of an instant, where the service is."""
    return civil_day(datetime.fromisoformat(at)).isoformat()


def _sums(found: Statement) -> str:
    return _table(_row("", (what,), minutes, None) for what, minutes in found.sums().items())


def _page(title: str, *parts: str) -> str:
    head = f"<h1>{escape(title)}</h1>"
    return PAGE.format(title=escape(title), body="\n".join((head, *parts)) + "\n")


def _table(rows: Iterable[str], head: str = "") -> str:
    return f"<table><thead>{head}</thead>\n<tbody>{''.join(rows)}</tbody></table>"


def _row(day: str, words: Iterable[str], minutes: int | None, balance: int | None) -> str:
    first, *more = [*words, ""]
    said = escape(first) + "".join(f"<small>{escape(each)}</small>" for each in more if each)
    cells = (hours_text(each) if each is not None else "" for each in (minutes, balance))
    numbers = "".join(f'<td class="n">{each}' for each in cells)
    return f"<tr><td>{escape(day)}<td>{said}{numbers}</tr>\n"

"""What the ledger is to do, with plain dictionaries and an explicit list of lots.

Nothing is shared with the ledger but its words for refusals: each operation either changes the
model, or raises `Refused` with the code and is undone by whoever asked (`Model.attempt`).
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from functools import partial
from typing import Any

MOST = 2**53 - 1
Wallet = dict[str, Any]
Moved = dict[str, Any]


class Refused(Exception):
    """The code of the refusal."""


class Model:
    """Accounts, transfers by cause, and holds by cause, all by name."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.accounts: dict[str, Wallet] = {}
        self.transfers: dict[str, Moved] = {}
        self.holds: dict[str, dict[str, Any]] = {}
        self.lots_made = 0

    def attempt(self, work: Callable[[], Any]) -> Any:
        """What came of it, or the refusal's code, with all as it was."""
        before = deepcopy((self.accounts, self.transfers, self.holds))
        try:
            return work()
        except Refused as refusal:
            self.accounts, self.transfers, self.holds = before
            return str(refusal)

    def open(self, name: str, unit: str, floor: int, lapses_to: str | None, hot: bool) -> None:
        self.accounts[name] = {
            "unit": unit, "posted": 0, "held": 0, "floor": floor, "ceiling": MOST, "owed": 0,
            "closed": False, "lapses_to": lapses_to, "hot": hot, "due": None, "lots": [], "debt": 0,
        }  # fmt: skip

    # what each operation begins with

    def prepare(self, needs: dict[str, int]) -> None:
        """Holds that are over are let go where that matters, and what has expired lapses."""
        for name, need in needs.items():
            if name in self.accounts:
                had = self.accounts[name]
                if had["held"] and (available(had) < need or self.is_due(had)):
                    self.let_go(name)
        for name in needs:
            if name in self.accounts:
                self.lapse(name)

    def is_due(self, had: Wallet) -> bool:
        return had["due"] is not None and had["due"] <= self.now

    def let_go(self, name: str) -> None:
        for hold in self.holds.values():
            if (hold["account"], hold["state"]) == (name, "held") and hold["until"] <= self.now:
                self.end(hold, "expired")

    def end(self, hold: dict[str, Any], state: str) -> None:
        had = self.accounts[hold["account"]]
        hold["state"] = state
        had["held"] -= hold["amount"]
        had["owed"] = max(-available(had), 0)

    def lapse(self, name: str) -> None:
        had = self.accounts[name]
        if not self.is_due(had):
            return
        expired = sum(n for at, _, n in had["lots"] if at is not None and at <= self.now)
        amount = min(expired - had["held"], available(had))
        if amount > 0:
            self.move(name, had["lapses_to"], amount, None, expired_too=True)
        had["due"] = min((at for at, _, _ in had["lots"] if at is not None), default=None)

    # moving

    def checked(self, name: str, unit: str) -> Wallet:
        if name not in self.accounts:
            raise Refused("UNKNOWN_ACCOUNT")
        if self.accounts[name]["closed"]:
            raise Refused("ACCOUNT_CLOSED")
        if self.accounts[name]["unit"] != unit:
            raise Refused("UNITS_DIFFER")
        return self.accounts[name]

    def post(self, order: Moved, *, may_owe: bool = False) -> Moved:
        """One order: its cause is known, or it is checked and moved."""
        about = ("debit", "credit", "unit", "amount")
        if there := self.transfers.get(order["cause"]):
            if any(there[key] != order[key] for key in about):
                raise Refused("CAUSE_REUSED")
            return there
        if order["debit"] == order["credit"]:
            raise Refused("SAME_ACCOUNT")
        payer = self.checked(order["debit"], order["unit"])
        payee = self.checked(order["credit"], order["unit"])
        amount = order["amount"]
        if order["expires"] and payee["lapses_to"] is None:
            raise Refused("NEVER_LAPSES")
        if available(payer) < amount and not may_owe:
            raise Refused("NOT_ENOUGH")
        if payee["ceiling"] - payee["posted"] < amount:
            raise Refused("TOO_MUCH")
        spent = self.move(
            order["debit"], order["credit"], amount, order["expires"],
            expired_too=order.get("hold") is not None,
        )  # fmt: skip
        made = {**order, "spent": spent, "taken_back": 0}
        self.transfers[order["cause"]] = made
        return made

    def move(
        self, debit: str, credit: str, amount: int, expires: datetime | None, *, expired_too: bool
    ) -> list[tuple[datetime | None, int]]:
        payer, payee = self.accounts[debit], self.accounts[credit]
        payer["posted"] -= amount
        payer["owed"] = max(-available(payer), 0)
        spent = self.take(payer, amount, expired_too=expired_too)
        payee["posted"] += amount
        payee["owed"] = max(-available(payee), 0)
        if expires and (payee["due"] is None or expires < payee["due"]):
            payee["due"] = expires
        paid = min(payee["debt"], amount)
        payee["debt"] -= paid
        if amount > paid:
            self.lots_made += 1
            payee["lots"].append((expires, self.lots_made, amount - paid))
        return spent

    def take(
        self, had: Wallet, amount: int, *, expired_too: bool
    ) -> list[tuple[datetime | None, int]]:
        """Lots that have not expired first, the soonest of them first."""

        def turn(lot: tuple[datetime | None, int, int]) -> tuple[bool, bool, float, int]:
            at, made, _ = lot
            over = at is not None and at <= self.now and not expired_too
            return (over, at is None, at.timestamp() if at else 0, made)

        spent = []
        kept = []
        for at, made, there in sorted(had["lots"], key=turn):
            part = min(there, amount)
            amount -= part
            if part:
                spent.append((at, part))
            if there > part:
                kept.append((at, made, there - part))
        had["lots"] = kept
        had["debt"] += amount
        return spent

    # what is asked for

    def post_all(self, orders: list[Moved]) -> list[Moved]:
        self.prepare(needs(orders))
        return [self.post(order) for order in orders]

    def post_many(self, orders: list[Moved]) -> list[Any]:
        self.prepare(needs(orders))
        return [self.attempt(partial(self.post, order)) for order in orders]

    def hold(self, name: str, unit: str, amount: int, cause: str, until: datetime) -> None:
        self.prepare({name: amount})
        if there := self.holds.get(cause):
            if (there["account"], there["amount"]) != (name, amount):
                raise Refused("CAUSE_REUSED")
            return
        had = self.checked(name, unit)
        if until <= self.now:
            raise Refused("HOLD_OVER")
        if available(had) < amount:
            raise Refused("NOT_ENOUGH")
        had["held"] += amount
        self.holds[cause] = {"account": name, "amount": amount, "until": until, "state": "held"}

    def settle(self, cause: str, orders: list[Moved]) -> list[Moved]:
        hold = self.holds[cause]
        if sum(order["amount"] for order in orders) > hold["amount"]:
            raise Refused("SETTLES_TOO_MUCH")
        self.prepare({hold["account"]: 0})
        there = [self.transfers.get(order["cause"]) for order in orders]
        if any(there):
            if any(each is None or each.get("hold") != cause for each in there):
                raise Refused("CAUSE_REUSED")
            return [self.post(order) for order in orders]
        if hold["state"] in ("held", "expired") and hold["until"] <= self.now:
            raise Refused("HOLD_OVER")
        if hold["state"] != "held":
            raise Refused("WRONG_STATE")
        self.end(hold, "settled")
        return [self.post({**order, "hold": cause}) for order in orders]

    def void(self, cause: str) -> None:
        if self.holds[cause]["state"] != "held":
            raise Refused("WRONG_STATE")
        self.end(self.holds[cause], "voided")

    def reverse(self, cause: str, amount: int | None, *, may_owe: bool) -> int:
        """How many transfers it is."""
        whole = self.transfers.get(cause)
        if whole is None:
            raise Refused("NOTHING_TO_REVERSE")
        if "/reversal/" in cause:
            raise Refused("REVERSAL_REVERSED")
        self.prepare({whole["credit"]: amount or whole["amount"], whole["debit"]: 0})
        left = whole["amount"] - whole["taken_back"]
        wanted = left if amount is None else amount
        if wanted > left or not left:
            raise Refused("MORE_THAN_LEFT")
        parts = self.parts(whole, wanted)
        number = whole.setdefault("reversals", 0)
        for at, part in parts:
            number += 1
            back = {"debit": whole["credit"], "credit": whole["debit"], "unit": whole["unit"]}
            back |= {"amount": part, "cause": f"{cause}/reversal/{number}"}
            self.post({**back, "expires": at}, may_owe=may_owe)
        whole["reversals"] = number
        whole["taken_back"] += wanted
        return len(parts)

    def parts(self, whole: Moved, wanted: int) -> list[tuple[datetime | None, int]]:
        """What was spent last comes back first, with its expiry; none where that is long over."""
        if self.accounts[whole["debit"]]["lapses_to"] is None:
            return [(None, wanted)]
        back = [*reversed(whole["spent"]), (None, whole["amount"])]  # an overdraft has no expiry
        units = [lot for lot, (_, n) in enumerate(back) for _ in range(n)]
        chosen = units[whole["taken_back"] : whole["taken_back"] + wanted]
        parts = [(back[lot][0], chosen.count(lot)) for lot in sorted(set(chosen))]
        return [(max(at, self.now) if at else None, n) for at, n in parts]

    def bound(self, name: str, floor: int, ceiling: int) -> None:
        self.prepare({name: 2**53 - 1})
        had = self.checked(name, self.accounts[name]["unit"])
        if floor == ceiling == 0:  # so is a closed account bounded
            raise Refused("BOUNDS_CROSSED")
        if floor > ceiling or available(had) + had["floor"] + had["owed"] < floor:
            raise Refused("BOUNDS_CROSSED")
        if had["posted"] > ceiling:
            raise Refused("BOUNDS_CROSSED")
        had["floor"], had["ceiling"] = floor, ceiling
        had["owed"] = max(-available(had), 0)

    def close(self, name: str) -> None:
        self.prepare({name: 2**53 - 1})
        had = self.checked(name, self.accounts[name]["unit"])
        if had["posted"] or had["held"] or had["owed"]:
            raise Refused("NOT_EMPTY")
        had |= {"closed": True, "floor": 0, "ceiling": 0}

    def sweep(self) -> None:
        """The two jobs: holds that are over, and then what has expired."""
        for name in self.accounts:
            self.let_go(name)
        for name, had in self.accounts.items():
            if not had["held"]:
                self.lapse(name)


def available(had: Wallet) -> int:
    found: int = had["posted"] - had["held"] - had["floor"]
    return found


def needs(orders: list[Moved]) -> dict[str, int]:
    found: dict[str, int] = {}
    for order in orders:
        found[order["debit"]] = found.get(order["debit"], 0) + order["amount"]
    return found

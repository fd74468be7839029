"""What `verifying.py` asks: statements that find nothing where the ledger holds.

Each has the sentence that says what it found; {0} is an account, or what stands first in the row.
They are of a range of accounts, ($1, $2], or of everything. What a million faults are like the
first twenty say: a statement answers no more.
"""

from typing import Final

Question = tuple[str, str]

TOGETHER: Final = """
    SELECT unit, sum(posted) FROM balance GROUP BY unit HAVING sum(posted) <> 0
"""
CAUSES: Final = """
    SELECT cause, count(*) FROM transfer GROUP BY cause HAVING count(*) > 1 LIMIT 20
"""
EVERYWHERE: Final[tuple[Question, ...]] = (
    (TOGETHER, "{0}: all balances together are {1}, and not 0."),
    (CAUSES, "The cause {0} has {1} transfers, and not one."),
)

# A version that stands on both sides, or twice, does not follow from itself.
STEPS: Final = """
    SELECT account, shard, version, balance_after, version_before + 1, balance_before + amount
    FROM (
      SELECT account, shard, version, amount, balance_after,
      coalesce(lag(version) OVER steps, 0) AS version_before,
      coalesce(lag(balance_after) OVER steps, 0) AS balance_before
      FROM movement WHERE account > $1 AND account <= $2
      WINDOW steps AS (PARTITION BY account, shard ORDER BY version, transfer)
    ) step
    WHERE version <> version_before + 1 OR balance_after <> balance_before + amount LIMIT 20
"""
LAST: Final = """
    SELECT b.account, b.shard, b.posted, b.version,
    coalesce(m.balance_after, 0), coalesce(m.movements, 0)
    FROM balance b LEFT JOIN (
      SELECT account, shard, balance_after, count(*) OVER whole AS movements,
      row_number() OVER (PARTITION BY account, shard ORDER BY version DESC, transfer DESC) AS age
      FROM movement WHERE account > $1 AND account <= $2
      WINDOW whole AS (PARTITION BY account, shard)
    ) m ON m.account = b.account AND m.shard = b.shard AND m.age = 1
    WHERE b.account > $1 AND b.account <= $2
    AND (b.posted <> coalesce(m.balance_after, 0) OR b.version <> coalesce(m.movements, 0)) LIMIT 20
"""
FLOOR: Final = """
    SELECT account, shard, posted - held + owed, floor FROM balance
    WHERE account > $1 AND account <= $2 AND posted - held + owed < floor LIMIT 20
"""
CEILING: Final = """
    SELECT account, shard, posted, ceiling FROM balance
    WHERE account > $1 AND account <= $2 AND posted > ceiling LIMIT 20
"""
OWED: Final = """
    SELECT account, shard, owed, below FROM (
      SELECT account, shard, owed,
      CASE WHEN posted - held < floor THEN floor - posted + held ELSE 0 END AS below
      FROM balance WHERE account > $1 AND account <= $2
    ) b WHERE owed <> below LIMIT 20
"""
HELD: Final = """
    SELECT b.account, b.shard, b.held, coalesce(h.amount, 0)
    FROM balance b LEFT JOIN (
      SELECT account, sum(amount) AS amount FROM hold
      WHERE state = 'held' AND account > $1 AND account <= $2 GROUP BY account
    ) h ON h.account = b.account AND b.shard = 0
    WHERE b.account > $1 AND b.account <= $2 AND b.held <> coalesce(h.amount, 0) LIMIT 20
"""
SHARDS: Final = """
    SELECT a.id, a.shards, a.unit, count(b.account)
    FROM account a LEFT JOIN balance b
    ON b.account = a.id AND b.unit = a.unit
    AND (b.shard = 0) = (a.shards = 1) AND b.shard BETWEEN 0 AND a.shards
    WHERE a.id > $1 AND a.id <= $2 GROUP BY a.id HAVING count(b.account) <> a.shards LIMIT 20
"""
CLOSED: Final = """
    SELECT b.account, b.posted, b.held, b.floor, b.ceiling,
    CASE WHEN a.closed_at IS NULL THEN 'open' ELSE 'closed' END
    FROM balance b JOIN account a ON a.id = b.account
    WHERE b.account > $1 AND b.account <= $2
    AND ((a.closed_at IS NULL) = (b.floor = 0 AND b.ceiling = 0)
    OR (a.closed_at IS NOT NULL AND (b.posted <> 0 OR b.held <> 0))) LIMIT 20
"""
STRAY: Final = """
    SELECT b.account, b.shard, b.posted FROM balance b LEFT JOIN account a ON a.id = b.account
    WHERE b.account > $1 AND b.account <= $2
    AND (a.id IS NULL OR (b.shard = 0) <> (a.shards = 1) OR b.shard NOT BETWEEN 0 AND a.shards)
    LIMIT 20
"""
NOBODYS: Final = """
    SELECT h.account, h.cause, h.amount FROM hold h LEFT JOIN account a ON a.id = h.account
    WHERE h.account > $1 AND h.account <= $2 AND a.id IS NULL LIMIT 20
"""
LASTING: Final = """
    SELECT t.credit, t.cause, t.amount FROM transfer t JOIN account a ON a.id = t.credit
    WHERE t.credit > $1 AND t.credit <= $2 AND t.expires_at IS NOT NULL AND a.lapses_to IS NULL
    LIMIT 20
"""
UNIT: Final = """
    SELECT t.{0}, t.{0}_shard, t.unit, t.cause, t.amount FROM transfer t
    WHERE t.{0} > $1 AND t.{0} <= $2 AND NOT EXISTS (
      SELECT 1 FROM balance b
      WHERE b.account = t.{0} AND b.shard = t.{0}_shard AND b.unit = t.unit
    ) LIMIT 20
"""
AMOUNT: Final = """
    SELECT debit, cause, amount FROM transfer WHERE debit > $1 AND debit <= $2
    AND (amount < 1 OR (debit = credit AND debit_shard = credit_shard)) LIMIT 20
"""
REVERSAL: Final = """
    SELECT r.debit, r.cause, r.amount FROM transfer r LEFT JOIN transfer o ON o.id = r.reverses
    WHERE r.debit > $1 AND r.debit <= $2
    AND (r.reverses IS NOT NULL OR r.cause LIKE '%/reversal/%')
    AND (o.id IS NULL OR o.reverses IS NOT NULL OR o.debit <> r.credit OR o.credit <> r.debit
    OR o.unit <> r.unit OR r.cause <> o.cause || '/reversal/' || r.reversal) LIMIT 20
"""
REVERSALS: Final = """
    SELECT o.credit, o.cause, o.amount, sum(r.amount), count(*), max(r.reversal)
    FROM transfer r JOIN transfer o ON o.id = r.reverses WHERE r.debit > $1 AND r.debit <= $2
    GROUP BY o.id, o.credit, o.cause, o.amount
    HAVING sum(r.amount) > o.amount OR count(*) <> max(r.reversal) LIMIT 20
"""
SETTLING: Final = """
    SELECT t.debit, t.cause, t.amount FROM transfer t LEFT JOIN hold h ON h.id = t.hold
    WHERE t.debit > $1 AND t.debit <= $2 AND t.hold IS NOT NULL
    AND (h.id IS NULL OR h.state <> 'settled' OR h.account <> t.debit) LIMIT 20
"""
SETTLED: Final = """
    SELECT h.account, h.cause, h.amount, sum(t.amount) FROM transfer t JOIN hold h ON h.id = t.hold
    WHERE t.debit > $1 AND t.debit <= $2
    GROUP BY h.id, h.account, h.cause, h.amount HAVING sum(t.amount) > h.amount LIMIT 20
"""
NOWHERE: Final = "{0}: {3} moved {4}, and its shard {1} has no balance of {2}."
IN_RANGE: Final[tuple[Question, ...]] = (
    (STEPS, "{0}: of shard {1}, movement {2} leaves {3}, where movement {4} is to leave {5}."),
    (LAST, "{0}: shard {1} has {2} after {3} movements, and by its transfers {4} after {5}."),
    (FLOOR, "{0}: shard {1} has {2} that is not held, and its floor is {3}."),
    (CEILING, "{0}: shard {1} has {2}, and its ceiling is {3}."),
    (OWED, "{0}: shard {1} owes {2}, and is {3} below its floor."),
    (HELD, "{0}: shard {1} holds {2} back, and its holds are {3} together."),
    (SHARDS, "{0}: it has {1} shards, and of {2} {3} balances."),
    (CLOSED, "{0}: it is {5}, and has {1}, holds {2} back, and has room from {3} to {4}."),
    (STRAY, "{0}: shard {1} is none that it has, and there is {2} in it."),
    (NOBODYS, "{0}: {1} holds {2} back, and there is no such account."),
    (LASTING, "{0}: {1} brought {2} that expires, and nothing of it lapses."),
    (UNIT.format("debit"), NOWHERE),
    (UNIT.format("credit"), NOWHERE),
    (AMOUNT, "{0}: {1} moved {2}, which is no amount, or goes nowhere."),
    (REVERSAL, "{0}: {1} took back {2} of a transfer that it does not fit."),
    (REVERSALS, "{0}: {1} moved {2}, and {3} was taken back, {4} times up to number {5}."),
    (SETTLING, "{0}: {1} moved {2} and settled no hold of it."),
    (SETTLED, "{0}: the hold {1} kept {2}, and settled {3}."),
)

REBUILT: Final[Question] = (
    """
    SELECT b.account, b.shard, b.posted, coalesce(m.amount, 0)
    FROM balance b LEFT JOIN (
      SELECT account, shard, sum(amount) AS amount FROM movement
      WHERE account > $1 AND account <= $2 GROUP BY account, shard
    ) m ON m.account = b.account AND m.shard = b.shard
    WHERE b.account > $1 AND b.account <= $2 AND b.posted <> coalesce(m.amount, 0) LIMIT 20
    """,
    "{0}: shard {1} has {2}, and its transfers come to {3}.",
)

# Where something expires, or did.
EXPIRING: Final = """
    SELECT b.account, b.version, b.next_expiry, c.version, c.lots
    FROM account a JOIN balance b ON b.account = a.id
    LEFT JOIN lapse_checkpoint c ON c.account = a.id
    WHERE a.id > $1 AND a.id <= $2 AND b.shard = 0 AND (c.account IS NOT NULL
    OR (a.lapses_to IS NOT NULL AND EXISTS (
      SELECT 1 FROM transfer t WHERE t.credit = a.id AND t.expires_at IS NOT NULL)))
    ORDER BY b.account
"""

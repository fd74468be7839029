"""What keeps people safe from each other: reports, and what officers take out of sight.

A report goes to the councils whose place it is, and says to nobody who wrote it. A hidden listing
or organisation is gone for all but the council's officers and the organisation's own members; its
author may appeal once, and another officer decides. Whom a person blocked, `people` knows.
A hiding that lasts is one row without an end; what the read path goes by is the listing's state
and the organisation's column, which change with it.
open -> upheld | dismissed, of reports and of appeals. Start at `rules`, then `actions`.
"""

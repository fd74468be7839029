"""Clocks: what is due, by which rule, and by when one had better act.

A deadline follows from the day of an event by a rule of the regime in which the event fell, and
from the bank holidays of the place as they were known. The rules are a table with dates, never a
path of the code; whoever keeps deadlines (assets) asks here and freezes the answer.

Start at rules.py; the table itself is rules_regimes.py.
"""

"""How fast the processor is, so that a figure in milliseconds can be held on any machine.

A figure is meant for a machine that parses `PACE` in 15 ms, such as the one it was set on. On a
slower one it grows with the time that this takes there; it never shrinks. Time is that of the
processor, so that what others do meanwhile hardly counts.
"""

import time
from functools import cache
from typing import Final

from graphql import parse

CPU_SECONDS: Final = 0.1  # what a hostile request may cost (reliability: G3)
PACE: Final = "{" + "a{b(c:[1,2,3]){d}} " * 100 + "}"
PACE_SECONDS: Final = 0.015


@cache
def slowness() -> float:
    """How much longer this processor takes than the one that the figures are meant for."""
    spent = []
    for _ in range(5):
        before = time.thread_time()
        parse(PACE)
        spent.append(time.thread_time() - before)
    return max(1.0, min(spent) / PACE_SECONDS)

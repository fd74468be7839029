"""The kernel: what every room stands on. Standard library only, and no word of the domain.

errors      refusals as facts that a person can act on
lifecycle   states and moves as data
ids         64-bit numbers that sort by time, and their text
amounts     whole minutes and whole pence
calendar    counting weeks, months and working days as the law does
clock       what time it is, and how a test or a rehearsal says otherwise

It imports no other room and does no input or output. Start at errors.py."""

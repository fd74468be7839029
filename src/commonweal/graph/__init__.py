"""GraphQL plumbing without any feature.

Queries: a selection is compiled once into one SQL statement per level of lists, and its rows are
turned into the response by a function made for that selection. Commands: a mutation is declared,
guarded, run in one transaction and read back through the same planner.

Start at `declare.py` (what a type says), then `plan.py` (what becomes of a selection),
`reader.py` (how a request is answered) and `mutation.py`. `reference.py` answers the same types
one field at a time: tests hold the planner against it.
"""

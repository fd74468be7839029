"""Neighbours who help each other: a time bank, in which an hour is an hour.

Somebody offers help, or asks for it, in the shop window; somebody answers; both say how long it
was; the credits go from wallet to wallet. Where they differ, a person decides. Start at `rules`.
"""

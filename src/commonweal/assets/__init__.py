"""Councils' assets: the published register, and what is offered to communities from it.

A register comes as a file (`registers/` reads it), is imported by mapped columns (`importing.py`)
and never overwrites or deletes. Every value remembers its file, row and licence. An asset is held
until an officer publishes it; then it stands in the shop window until it is withdrawn or its
closing day is over: held -> listed -> held. Start at `rules.py`.
"""

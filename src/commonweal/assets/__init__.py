"""Councils' assets: the published register, and what is offered to communities from it.

A register comes as a file (`registers/` reads it) and is imported by mapped columns
(`importing.py`). The first adds its assets; each later one only proposes (`proposing.py`), and an
officer accepts or refuses: nothing is overwritten or deleted. Every value remembers its file, row
and licence. An asset is held until an officer publishes it; then it stands in the shop window
until it is withdrawn or its closing day is over: held -> listed -> held, and former once no
register has it. Start at `rules.py`.
"""

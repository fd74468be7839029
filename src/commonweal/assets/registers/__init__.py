"""Reading councils' registers of land and assets: any layout in, one draft for each row out.

    register = read_register(raw)          bytes to a table, with notes on what was decided
    mapping = guess(register)              which column is which, to be corrected by a person
    drafts = interpret(register, mapping, area)

Pure: it reads bytes and returns facts, and never touches a database, a file or the network. It
refuses only what is no table; a cell that it cannot read is a problem beside a row that is kept.
Start at reading.py. Words and kinds of asset: wording.py, categories.py.
"""

from commonweal.assets.registers.drafts import Draft, Level, Problem
from commonweal.assets.registers.interpreting import interpret
from commonweal.assets.registers.mapping import Entry, Mapping, guess, signature
from commonweal.assets.registers.reading import (
    MAX_REGISTER_BYTES,
    Register,
    check_size,
    clean,
    read_register,
)
from commonweal.assets.registers.splitting import MAX_REGISTER_ROWS, Row

__all__ = [
    "MAX_REGISTER_BYTES",
    "MAX_REGISTER_ROWS",
    "Draft",
    "Entry",
    "Level",
    "Mapping",
    "Problem",
    "Register",
    "Row",
    "check_size",
    "clean",
    "guess",
    "interpret",
    "read_register",
    "signature",
]

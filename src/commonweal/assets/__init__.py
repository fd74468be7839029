"""Councils' assets: the published register, and what is offered to communities from it.

An asset is held until an officer publishes it, then in the shop window until withdrawn or closed
(held -> listed -> held), and former once no register has it. Nothing is overwritten or deleted;
every value remembers its file, row and licence. Start at `rules`.
assets      `rules`, `tables`, `queries`, `actions`, `schema`, as in every room
coming in   `registers/` reads a file and knows no database; `origin` asks whose it is; `importing`
            keeps it, the first adds its assets; `spoken` is that a row speaks of an asset, and its
            values; `actions_registers` and `schema_registers` are the steps in the API
again       `matching` says which row speaks of which asset, `comparing` what that would change,
            `proposing` makes it proposals; `actions_proposals` and `schema_proposals` decide them
going out   `exporting`, as CSV in the Code's form or as GeoJSON
"""

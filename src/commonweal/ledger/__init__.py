"""Value: accounts, and transfers between them that are never changed.

One row a transfer, from one account to another of the same unit, with the balance after it on both
sides; so it is balanced by construction, and the database refuses the rest (bounds, a cause used
twice, a change). This room knows nothing of why value moves: owners and causes are texts to it.

Start at rules.py: what is asked (`Order`), and the book that applies it. `post`, `post_all` and
`post_many` in actions.py are the way in; holds, lapses and reversals stand beside them. Transfers
are written by statements.py alone, and balances too, but for an account's opening and its bounds.
"""

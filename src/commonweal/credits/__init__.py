"""Time credits as people know them: schemes, pots that fund them, wallets that have them, gifts.

Value itself is the ledger's: a pot or a wallet names its account, and each grant, gift or donation
is a row here whose id is the cause of what the ledger posts. So nothing is counted twice, and what
a row says can be held against what moved.
Start at `rules`.
a scheme    `tables`, `terms`, `actions`, `schema`: who issues, and on which dated terms
a pot       `*_pots`: funded by councils, spent by grants
a wallet    `*_wallets`: of a person or a household; `rules_words` says each movement in a sentence
a gift      `*_gifts`: a hold of the giver's until it is claimed; donations to the community
"""

"""Time credits as people know them: schemes, pots that fund them, wallets that have them, gifts.

Value itself is the ledger's: a pot or a wallet names its account, and each grant, gift or donation
is a row here whose id is the cause of what the ledger posts. So nothing is counted twice, and what
a row says can be held against what moved.
Start at `rules`.
a scheme    `tables`, `terms`, `actions`, `schema`: who issues, and on which dated terms
a pot       `*_pots`, `*_fundings`, `*_grants`: funded on paper for a time, spent by grants
a wallet    `*_wallets`, `*_leaving`: of a person or a household; `rules_words` says what moved
a gift      `*_gifts`: a hold of the giver's until it is claimed; donations to the community
"""

"""Who acts: for now, tokens by which officers act for their council.

A token's text is shown once and stored as a hash. Start at `actions.py`.
"""

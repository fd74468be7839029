"""Mail and notices: what is said to people outside of the API.

Start at `rules.py`.
"""

"""The one history of all rooms' tables, applied in the order of the numbers (store/migrate.py)."""

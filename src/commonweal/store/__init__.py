"""The two engines behind one door: SQLite inside the process, PostgreSQL with PostGIS.

Everything that knows which engine it talks to lives here: connections and transactions
(`database.py`, `transaction.py`), tables as SQLAlchemy sees them (`core_tables.py`), spatial
functions for SQLite (`spatial.py`), migrations, leased process numbers, the audit, the outbox
(`jobs.py`, `worker.py`) and the keys by which a thing is done once (`idempotency.py`). It must
never know a word of the domain. Start at `database.py`.
"""

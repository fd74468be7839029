"""The two engines behind one door: SQLite inside the process, PostgreSQL with PostGIS.

Nearly everything that knows which engine it talks to lives here (decision 2 lists the rest). It
must never know a word of the domain. Start at `database`, then `transaction`.
connecting  `database` is one that is open; `transaction` the one way to change it; `pool` its
            readers; `sqlite` the back end of our own, `spatial` the functions it lacks
rows        `tables` are the store's own, `fields` our kinds of column, `core_tables` the same
            models for SQLAlchemy; `lease` is the process's number, by which it makes ids
changing    `moves` compare and swap a state; `locks` take turns over what is no row; `audit`
            chains what was done; `idempotency` does a thing once
afterwards  `jobs` is the outbox, `worker` does its lines; `announcements` tell every process;
            `sweeping` deletes what was kept long enough
beside      `contents` keeps files' bytes on disk
migrating   `migrate` brings a database up to this version; `operations` differ by engine
failing     `errors` are what can be wrong with a database
"""

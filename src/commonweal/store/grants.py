"""What PostgreSQL lets the service's own role do, so that the one that migrates need not serve.

It reads and writes every table of ours, and to those that are append-only it can only add: what
their triggers refuse, it has no right to ask for, nor to take the triggers away. No sequence is
granted: ids are made in the process (lease.py).
"""

from typing import TYPE_CHECKING, Final

from commonweal.kernel.errors import UserError, fact

from .transaction import Transaction, in_transaction

if TYPE_CHECKING:
    from .database import Database

# An append-only table is one that has the trigger of `operations.AppendOnly`. What belongs to an
# extension, as PostGIS's table of reference systems, is not ours to grant.
TABLES: Final = """
    SELECT c.oid::regclass::text, EXISTS (
      SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_no_change')
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
    AND c.relkind IN ('r', 'p', 'v')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
# A chain's first record is its lock (audit.py), and nobody can lock a row who may change none of
# its columns. To change this one, too, is what the trigger refuses.
LOCKED: Final = "audit_record"
LOCKING: Final = ", UPDATE (id)"
ROLE: Final = """
    SELECT quote_ident(rolname), quote_ident(current_schema()) FROM pg_roles
    WHERE rolname = $1 AND rolname <> current_user AND NOT rolsuper
"""


@fact
class NoServiceRole(UserError):
    says = (
        "COMMONWEAL_SERVICE_ROLE names a role of PostgreSQL that is no superuser and not the one "
        "that migrates; {role} is not such a role. CREATE ROLE makes one."
    )
    role: str


async def grant(database: "Database", role: str) -> None:
    """Give the role what the service needs, and take from it what it must not have.

    Safe to run again, and to be run after every migration. Raises NoServiceRole.
    """

    async def work(tx: Transaction) -> None:
        found = await tx.fetch(ROLE, [role])
        if not found:
            raise NoServiceRole(role)
        name, schema = found[0]
        statements = [f"GRANT USAGE ON SCHEMA {schema} TO {name}"]
        for table, append_only in await tx.fetch(TABLES, []):
            rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
            rights += LOCKING if table == LOCKED else ""
            statements.append(f"REVOKE ALL ON {table} FROM {name}")
            statements.append(f"GRANT {rights} ON {table} TO {name}")
        await tx.client.execute_script(";".join(statements))

    if database.engine == "postgresql":
        await in_transaction(database, work)

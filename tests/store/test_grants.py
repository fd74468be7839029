"""`commonweal migrate` grants the service's role what it needs, and says where there is none."""

import pytest
from typer.testing import CliRunner

from commonweal.cli.commands import app
from commonweal.kernel.clock import TestClock
from commonweal.store.grants import NoServiceRole
from tests.conftest import done
from tests.ledger.service_role import rows, service_role

RIGHTS = """
    SELECT c.relname, string_agg(right_of, ' ' ORDER BY right_of) FROM pg_class c,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) right_of
    WHERE c.relname IN ('transfer', 'sealed_day', 'asset_value', 'audit_record', 'balance',
    'spatial_ref_sys') AND has_table_privilege('{}', c.oid, right_of) GROUP BY 1
"""

only_there = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@only_there
def test_migrating_lets_the_role_only_add_to_what_is_append_only(
    database_url: str, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_DATABASE_URL", database_url)
    with service_role(database_url, clock, ready=False) as (role, _):
        monkeypatch.setenv("COMMONWEAL_SERVICE_ROLE", role)
        for _ in range(2):
            told = CliRunner().invoke(app, ["migrate"])
            assert told.exit_code == 0, told.output
        assert dict(done(rows(database_url, RIGHTS.format(role)))) == {
            "balance": "DELETE INSERT SELECT UPDATE",
            "transfer": "INSERT SELECT",
            "sealed_day": "INSERT SELECT",
            "asset_value": "INSERT SELECT",
            "audit_record": "INSERT SELECT",
            "spatial_ref_sys": "SELECT",
        }


@only_there
def test_a_role_that_is_none_is_named(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMONWEAL_SERVICE_ROLE", "nobody; DROP TABLE hold")
    told = CliRunner().invoke(app, ["migrate"])
    assert told.exception == NoServiceRole("nobody; DROP TABLE hold")

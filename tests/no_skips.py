"""A skipped test is a failure where COMMONWEAL_NO_SKIPS=1 (which .ci/run sets).

A test that is skipped for want of PostgreSQL or Node proves nothing; on a machine that
is meant to have them all, that must be seen. Loaded by tests/conftest.py as a pytest plugin; with
workers (pytest-xdist) it is the process that started them that sees the skips of all.
"""

import os

import pytest

SWITCH = "COMMONWEAL_NO_SKIPS"
OPEN_DATA = "COMMONWEAL_OPEN_DATA"


def _skipped(config: pytest.Config) -> list[pytest.CollectReport | pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(SWITCH) != "1" or reporter is None:
        return []
    skipped: list[pytest.CollectReport | pytest.TestReport] = reporter.stats.get("skipped", [])
    # real open data is a folder beside the project, which a new machine need not have
    return [report for report in skipped if OPEN_DATA not in str(report.longrepr)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run; the terminal's own summary comes later and keeps this status."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name each skipped test and its reason."""
    if not (skipped := _skipped(config)):
        return
    terminalreporter.section(f"skipped, which {SWITCH}=1 does not allow", red=True)
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")

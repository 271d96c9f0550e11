"""Fixtures that every suite shares: a fresh database on each engine, and what the machine offers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from gateway.config.logs import configure_logs
from gateway.config.settings import LogSettings
from tests.postgres import PostgreSQL, make_home, remove_home, shared_server
from tests.programs import missing_programs

hypothesis.settings.register_profile("gateway", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("gateway")

# Tests over files of other people, which are read where they lie and never copied.
collect_ignore_glob = [] if os.environ.get("GATEWAY_SAMPLES") else ["*_samples.py"]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        make_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        remove_home()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = missing_programs(terminalreporter.stats.get("skipped", []))
    if missing:
        terminalreporter.write_line(f"Not tested, because these programs are not installed: {', '.join(missing)}", yellow=True)


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """As a process has it from its start: on the error output, whatever an earlier test has configured."""
    configure_logs(LogSettings())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgresql() -> PostgreSQL:
    """A PostgreSQL server, shared by all workers of this run."""
    return shared_server()


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with postgresql.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database; a test that asks for it runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))

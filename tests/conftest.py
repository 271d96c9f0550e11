"""Fixtures that every suite shares: a fresh database on each engine, and what the machine offers."""

from __future__ import annotations

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from gateway.config.logs import configure_logs
from gateway.config.settings import LogSettings
from tests.compiled import keep_statements
from tests.postgres import PostgreSQL, make_home, remove_home, shared_server
from tests.programs import missing_programs
from tests.scratch import choose_scratch, keep_what_is_compiled
from tests.storehouse import Templates
from tests.workers import ByWorld

hypothesis.settings.register_profile("gateway", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("gateway")

# Tests over files of other people, which are read where they lie and never copied.
collect_ignore_glob = [] if os.environ.get("GATEWAY_SAMPLES") else ["*_samples.py"]


def pytest_configure(config: pytest.Config) -> None:
    keep_statements()
    if not hasattr(config, "workerinput"):
        choose_scratch()
        keep_what_is_compiled()
        make_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        remove_home()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = missing_programs(terminalreporter.stats.get("skipped", []))
    if missing:
        terminalreporter.write_line(f"Not tested, because these programs are not installed: {', '.join(missing)}", yellow=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWorld:
    return ByWorld(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers take what is slow first: none is left alone at the end with what takes a minute. Of tests of one name they would run one."""
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"these tests have the same name, and only one of each would run: {', '.join(twice)}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there now stays to the end; looking through it for garbage again and again took a fifth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Databases with the newest schema, to be copied: taking its steps anew for every test would cost more than most tests."""
    with ExitStack() as stack:
        yield Templates(tmp_path_factory.mktemp("template"), stack)


@pytest.fixture
def empty_postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with postgresql.database() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, templates: Templates) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with the newest schema."""
    with postgresql.database(template=templates.postgresql(postgresql)) as url:
        yield url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, tmp_path: Path, templates: Templates) -> str:
    """The URL of a fresh SQLite database with the newest schema."""
    shutil.copy(templates.sqlite, tmp_path / "gateway.db")
    return empty_sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with the newest schema; a test that asks for it runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database; a test that asks for it runs once on each engine."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))

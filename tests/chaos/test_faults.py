"""One day of each kind of fault, by a seed that stands here; `make chaos` plays many."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import islice

import pytest

from tests.chaos import tracer
from tests.chaos.case import Case, played
from tests.chaos.faults import calls, not_here
from tests.chaos.world import Quarry
from tests.postgres import PostgreSQL
from tests.programs import require_program

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> Iterator[Quarry]:
    with Quarry(tmp_path_factory.mktemp("quarry") / "worlds", postgresql) as quarry:
        yield quarry


def first(family: str, store: str, *, seed: int = 1) -> Case:
    return next(islice(import_module(f"tests.chaos.faults.{family}").cases(store, seed, {}), 1))


@pytest.mark.parametrize(
    ("family", "store"),
    [
        ("network", "sqlite"),
        ("peers", "postgresql"),
        ("calls", "sqlite"),
        ("disk", "postgresql"),
        ("upgrade", "sqlite"),
        ("folders", "sqlite"),
    ],
)
def test_a_day_with_this_fault_ends_well(quarry: Quarry, family: str, store: str) -> None:
    if family == "calls":
        require_program("strace")
    outcome = played(quarry, first(family, store))
    assert [str(it) for it in outcome.findings] == [], outcome.said
    assert sum(outcome.figures.faults.values()) + outcome.figures.kills > 0


def test_without_strace_its_family_is_named_and_plays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracer, "find_program", lambda name: None)
    assert list(not_here()) == ["calls (needs the program strace)"]
    assert list(calls.cases("sqlite", 1, {})) == []

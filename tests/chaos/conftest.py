"""Worlds for the tests of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.world import Quarry
from tests.postgres import PostgreSQL


@pytest.fixture(scope="session")
def quarry(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> Iterator[Quarry]:
    """Makes worlds on both stores."""
    folder: Path = tmp_path_factory.mktemp("quarry")
    with Quarry(folder / "quarry", postgresql) as quarry:
        yield quarry

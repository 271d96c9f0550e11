"""Fixtures of the tests that send whole files through the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A workspace with a retailer and a vendor, on each database."""
    with Town(tmp_path / "town", database_url).staying_open() as town:
        yield town

"""Fixtures of the tests that send whole files through the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    """A workspace with a retailer and a vendor, on each database."""
    return Town(tmp_path / "town", database_url)

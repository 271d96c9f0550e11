"""Fixtures of the contract suites: a store on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.store import Store
from tests.storehouse import PROBE, fresh_store, opened


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A fresh store; a test that asks for it runs once on each engine."""
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def probe(database_url: str) -> Iterator[Store]:
    """A database that holds nothing but the probe table."""
    with opened(database_url) as store:
        with store.transaction() as tx:
            PROBE.create(tx.connection)
        yield store

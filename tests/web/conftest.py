"""Fixtures of the tests that ask the listener of a gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from tests.program import client_of


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient]:
    """What asks the listener of the gateway that the module of the test has."""
    with client_of(gateway) as client:
        yield client

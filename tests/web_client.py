"""Asks the listener of a serving node, as a probe or Prometheus would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import Gateway
from gateway.runtime import Node
from gateway.web import listening
from tests.waiting import PATIENCE

Labels = frozenset[tuple[str, str]]


class Web:
    """One listener."""

    def __init__(self, address: str, node: Node) -> None:
        self.address = address
        self.node = node

    def ask(self, path: str, *, method: str = "GET", host: str | None = None) -> httpx.Response:
        headers = {} if host is None else {"Host": host}
        return httpx.request(method, self.address + path, headers=headers, timeout=PATIENCE, trust_env=False)

    def json(self, path: str) -> Any:
        return self.ask(path).json()

    def metrics(self) -> dict[str, dict[Labels, float]]:
        """Every sample by name and labels."""
        found: dict[str, dict[Labels, float]] = {}
        for family in text_string_to_metric_families(self.ask("/metrics").text):
            found.setdefault(family.name, {})
            for sample in family.samples:
                found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
        return found


@contextmanager
def served(gateway: Gateway) -> Iterator[Web]:
    """A node that serves in this process, and its listener."""
    node = gateway.node()
    thread = threading.Thread(target=node.serve)
    thread.start()
    try:
        with listening(gateway, node) as address:
            assert address is not None
            yield Web(address, node)
    finally:
        node.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()

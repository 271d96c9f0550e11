"""Waiting for what another thread or process does: on a condition, with an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 30.0


def wait_until(true: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Until it is so; what never gets there fails the test."""
    tick = threading.Event()
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        tick.wait(0.02)

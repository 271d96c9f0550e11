"""Waiting for what another thread or process does: on a condition, with an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds after which what other threads, processes and programs should have done counts as stuck, however loaded the machine is."""


def wait_until(true: Callable[[], bool]) -> None:
    """Until it is so; what never gets there fails the test."""
    tick = threading.Event()
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        tick.wait(0.02)

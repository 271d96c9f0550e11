"""The pace a transfer must keep, and the watchdog that ends a call which no timeout ends."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from gateway.kernel.errors import EndpointDown
from gateway.transports.options import Deadlines
from gateway.transports.pace import ENOUGH, Pace, Watchdog
from tests.waiting import PATIENCE

DEADLINES = Deadlines(progress=timedelta(seconds=60), whole_file=timedelta(minutes=30), slowest=100_000)


def test_one_byte_a_second_is_given_up_after_the_progress_deadline() -> None:
    pace = Pace(DEADLINES, doing="reading slow.csv")
    for _ in range(60):
        pace.waited(1.0, moved=1)
    with pytest.raises(EndpointDown, match=r"reading slow\.csv: only 61 bytes in 60 s"):
        pace.waited(1.0, moved=1)


def test_enough_bytes_start_a_new_window() -> None:
    pace = Pace(DEADLINES, doing="reading")
    for _ in range(25):
        pace.waited(59.0, moved=ENOUGH)


def test_the_whole_file_has_a_limit_that_grows_with_its_size() -> None:
    small, large = Pace(DEADLINES, doing="reading", size=0), Pace(DEADLINES, doing="reading", size=100_000_000)
    for _ in range(36):
        small.waited(50.0, moved=ENOUGH)
        large.waited(50.0, moved=ENOUGH)
    with pytest.raises(EndpointDown, match="not finished after 1800 s"):
        small.waited(1.0, moved=ENOUGH)
    large.waited(999.0, moved=ENOUGH)


def test_the_watchdog_cuts_what_takes_too_long() -> None:
    cut = threading.Event()
    watchdog = Watchdog(cut.set, tick=0.01)
    with watchdog.within(0.02):
        assert cut.wait(PATIENCE)
    assert watchdog.bitten
    watchdog.close()


def test_the_watchdog_leaves_quick_calls_alone() -> None:
    cut = threading.Event()
    watchdog = Watchdog(cut.set, tick=0.01)
    for _ in range(100):
        with watchdog.within(20), watchdog.within(0.0):
            continue
    watchdog.close()
    assert not cut.is_set()

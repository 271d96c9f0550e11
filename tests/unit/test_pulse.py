"""Signs of life: who is silent for too long, who has ended, and who is only busy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.kernel import FixedClock
from gateway.runtime.pulse import Pulse

MINUTE = timedelta(minutes=1)


def test_somebody_who_gives_signs_of_life_is_not_silent() -> None:
    clock = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    pulse = Pulse(clock)
    pulse.expect("book-0", within=MINUTE)
    pulse.expect("renew", within=2 * MINUTE)
    clock.advance(MINUTE)
    assert (pulse.silent(), pulse.names) == ({}, ("book-0", "renew"))
    clock.advance(timedelta(seconds=1))
    assert pulse.silent() == {"book-0": 61.0}
    pulse.beat("book-0")
    assert pulse.silent() == {}


def test_somebody_who_has_ended_is_told_at_once_and_strangers_are_not_counted() -> None:
    pulse = Pulse(FixedClock(datetime(2026, 11, 21, tzinfo=UTC)))
    pulse.expect("deliver-0", within=MINUTE, lives=lambda: False)
    pulse.beat("nobody")
    assert pulse.silent() == {"deliver-0": None}
    assert pulse.names == ("deliver-0",)

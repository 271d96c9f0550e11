"""When an endpoint is cut off, and when it is tried again: pure rules over what the store knows of it.

Five failures in a row, by polls and deliveries of all nodes together; then one probe an interval, with growing distance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from msgspec.structs import replace

from gateway.kernel.errors import (
    Answered,
    CutOff,
    EndpointDown,
    FileStillGrowing,
    PlacesTaken,
    PolicyRefused,
    StandsStill,
)
from gateway.kernel.instants import in_utc
from gateway.store.breakers import Breaker, BreakerState
from gateway.transports import FileExists, FolderMissing, NoSuchFile

FAILURES = 5
"""So many failures in a row cut an endpoint off."""
LONGEST = 500

Waits = Callable[[int], timedelta]
"""How long to wait before the nth probe."""


class Finding(Enum):
    """What a try says about whether an endpoint can be reached."""

    REACHED = "reached"
    CUT_OFF = "cut off"
    NOTHING = "nothing"


def finding(error: BaseException) -> Finding:
    """What an error says: a refusal was an answer; a full pool, a lost lease or a busy store say nothing about the partner."""
    match error:
        case Answered() | FolderMissing() | NoSuchFile() | FileExists() | FileStillGrowing() | PolicyRefused():
            return Finding.REACHED
        case StandsStill() | CutOff() | PlacesTaken():
            return Finding.NOTHING
        case EndpointDown():
            return Finding.CUT_OFF
        case _:
            return Finding.NOTHING


def first_failure(endpoint: str, reason: str, *, now: datetime) -> Breaker:
    """The endpoint has failed once."""
    return Breaker(endpoint=endpoint, state=BreakerState.FAILING, failures=1, since=now, reason=reason[:LONGEST])


def another_failure(known: Breaker, reason: str, *, prober: str | None, now: datetime, waits: Waits) -> Breaker:
    """One more: the fifth cuts it off; afterwards only the failure of the probe counts and puts off the next one.

    `prober` is the run whose probe this was, None for whoever set out before.
    """
    told = replace(known, reason=reason[:LONGEST])
    if known.state is BreakerState.OPEN:
        if prober is None or known.holder != prober:
            return told
        return replace(told, failures=known.failures + 1, holder=None, probe_at=now + waits(known.failures - FAILURES + 2))
    failures = known.failures + 1
    if failures < FAILURES:
        return replace(told, failures=failures)
    return replace(told, state=BreakerState.OPEN, failures=failures, opened_at=now, probe_at=now + waits(1))


def words(known: Breaker) -> str:
    """What a person is told about an endpoint that is cut off."""
    when = f"next probe {in_utc(known.probe_at)}" if known.holder is None and known.probe_at else "a probe is under way"
    return f"{known.endpoint} cannot be reached since {in_utc(known.since)}: {known.reason.rstrip('.')}; {when}"

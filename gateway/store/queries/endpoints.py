"""Which endpoints are in trouble, since when and why: standing still, cut off, or failing; all others are fine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from gateway.store import breakers, pauses, refusals
from gateway.store.breakers import Breaker, BreakerState


class EndpointState(StrEnum):
    """Whether an endpoint is tried."""

    FINE = "fine"
    OFF = "off"
    FAILING = "failing"
    CUT_OFF = "cut_off"
    STANDS_STILL = "stands_still"


class EndpointRow(Struct, frozen=True, kw_only=True, gc=False):
    """One endpoint in trouble; `failures` in a row by all nodes together."""

    endpoint: str
    state: EndpointState
    since: datetime | None = None
    failures: int = 0
    probe_at: datetime | None = None
    reason: str = ""


def endpoints_in_trouble(connection: Connection) -> Mapping[str, EndpointRow]:
    """Every endpoint that is not fine, by name."""
    found = {name: _of_breaker(it) for name, it in breakers.standing(connection).items()}
    for name, refused in refusals.standing(connection).items():
        found[name] = EndpointRow(
            endpoint=name, state=EndpointState.FAILING, since=refused.since, failures=refused.times, reason=refused.reason
        )
    for name, stopped in pauses.endpoints(connection).items():
        reason = stopped.issue.text if stopped.issue else ""
        found[name] = EndpointRow(endpoint=name, state=EndpointState.STANDS_STILL, since=stopped.at, reason=reason)
    return found


def _of_breaker(it: Breaker) -> EndpointRow:
    state = EndpointState.CUT_OFF if it.state is BreakerState.OPEN else EndpointState.FAILING
    return EndpointRow(endpoint=it.endpoint, state=state, since=it.since, failures=it.failures, probe_at=it.probe_at, reason=it.reason)

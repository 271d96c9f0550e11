"""How the exchange with each partner fares: what this process knows of its polls, and what the store knows of everything that waits."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.config import Take
from gateway.delivery.standstill import name_of
from gateway.desk.expectations import ExpectationSheet, all_expectations
from gateway.runtime.health import Condition
from gateway.store.nodes import recently
from gateway.store.outbox import ItemState
from gateway.store.queries import EndpointRow, EndpointState, Gauges, gauges
from gateway.store.queries.flow import LastFiles, last_in, last_out

if TYPE_CHECKING:
    from gateway.intake import Spot
    from gateway.runtime import Node

UNDER_WAY = frozenset({ItemState.WAITING.value, ItemState.BLESSED.value})


def partners(node: Node) -> list[dict[str, Any]]:
    """One entry a connector at work: its channels that receive, and its items that have not left."""
    parts = node.parts
    now = parts.clock.now()
    with parts.store.reading() as connection:
        found = gauges(connection, alive_since=recently(now))
        came, left = last_in(connection), last_out(connection)
    conditions = node.engine.health.conditions()
    expected = {(it.connector, it.channel): it for it in all_expectations(parts.store, parts.workspace, now=now)}
    spots: defaultdict[str, list[Spot]] = defaultdict(list)
    for spot in node.engine.spots:
        spots[spot.names[0]].append(spot)
    return [
        {
            "connector": connector.connector,
            "partner": connector.partner.name,
            "endpoint": _endpoint(found.endpoints.get(connector.connector)),
            "standstill": _standstill(found, connector.connector),
            "channels": [
                _channel(spot, conditions.get("/".join(spot.names)), found.fine_at.get("poll:" + "/".join(spot.names)), now)
                | {"expected": _expected(expected.get(spot.names))}
                for spot in spots[connector.connector]
            ],
            "last_file_in": _last(came, connector.connector),
            "last_file_out": _last(left, connector.connector),
            "outbox": _outbox(found, connector.connector, now),
        }
        for connector in parts.workspace.enabled
    ]


def _channel(spot: Spot, condition: Condition | None, known_at: datetime | None, now: datetime) -> dict[str, Any]:
    """A channel as this process sees it; `polled_here` is false where another node looks into it, or nobody has yet.

    The last success is that of any node, also before a restart.
    """
    it = condition or Condition()
    every = spot.channel.every
    fine_at = max((at for at in (it.fine_at, known_at) if at is not None), default=None)
    return {
        "channel": spot.channel.channel,
        "polled_here": condition is not None,
        "last_poll_at": _text(it.looked_at),
        "last_success_at": _text(fine_at),
        "lag_seconds": None if fine_at is None else round((now - fine_at).total_seconds(), 3),
        "next_poll_at": None if it.looked_at is None else _text(it.looked_at + every),
        "every_seconds": every.total_seconds(),
        "failing_since": _text(it.failing_since),
        "failures": it.failures,
        "why": it.reason or None,
        "incomplete_files": it.waiting,
        "incomplete": list(it.waits),
        "weak_mode": None if spot.channel.take is Take.MOVE else f"take: {spot.channel.take.value}",
    }


def _last(found: LastFiles, connector: str) -> dict[str, Any]:
    """When the last file moved; where nothing is known and `looked_far_enough` is false, it may have been long ago."""
    at = found.at.get(connector)
    return {"at": _text(at), "looked_far_enough": at is not None or not found.is_cut}


def _expected(found: ExpectationSheet | None) -> dict[str, Any] | None:
    """What should come through the channel, and what is missing; None where nothing is expected."""
    if found is None:
        return None
    return {
        "what": list(found.expects),
        "here": found.here,
        "next_due_at": _text(found.due_at),
        "files_missing": found.missing,
        "alarms": list(found.alarms),
    }


def _outbox(found: Gauges, connector: str, now: datetime) -> dict[str, Any]:
    """What has not left, and how old the oldest of it is."""
    items = [it for it in found.items if it.connector == connector]
    oldest = min((it.oldest_at for it in items if it.state in UNDER_WAY), default=None)
    return {
        "waiting": sum(it.items for it in items if it.state in UNDER_WAY),
        "needs_a_person": sum(it.items for it in items if it.state not in UNDER_WAY),
        "oldest_age_seconds": None if oldest is None else round((now - oldest).total_seconds(), 3),
        "acknowledgements_overdue": found.overdue.get(connector, 0),
    }


def _endpoint(found: EndpointRow | None) -> dict[str, Any]:
    """Whether the partner is tried by whichever node, and if not, why and until when."""
    it = found or EndpointRow(endpoint="", state=EndpointState.FINE)
    return {
        "state": it.state.value,
        "since": _text(it.since),
        "failures": it.failures,
        "next_probe_at": _text(it.probe_at),
        "why": it.reason or None,
    }


def _standstill(found: Gauges, connector: str) -> dict[str, str | None] | None:
    pause = found.pauses.get(name_of(connector))
    if pause is None:
        return None
    return {"since": _text(pause.at), "why": pause.issue.text if pause.issue else None, "mend": f"gateway connector test {connector}"}


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")

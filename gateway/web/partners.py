"""How the exchange with each partner fares: what this process knows of its polls, and what the store knows of everything that waits."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

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


class EndpointHealth(Struct, frozen=True, kw_only=True):
    """Whether the partner is tried by whichever node, and if not, why and until when."""

    state: EndpointState
    since: datetime | None
    failures: int
    next_probe_at: datetime | None
    why: str | None


class Standstill(Struct, frozen=True, kw_only=True):
    """Nobody tries the partner any more, until a person has mended it."""

    since: datetime
    why: str | None
    mend: str


class ExpectedFiles(Struct, frozen=True, kw_only=True):
    """What should come through a channel, and what is missing."""

    what: tuple[str, ...]
    here: int | None
    next_due_at: datetime | None
    files_missing: int
    alarms: tuple[str, ...]


class ChannelHealth(Struct, frozen=True, kw_only=True):
    """A channel as this process sees it; `polled_here` is false where another node looks into it, or nobody has yet.

    The last success is that of any node, also before a restart.
    """

    channel: str
    polled_here: bool
    last_poll_at: datetime | None
    last_success_at: datetime | None
    lag_seconds: float | None
    next_poll_at: datetime | None
    every_seconds: float
    failing_since: datetime | None
    failures: int
    why: str | None
    incomplete_files: int
    incomplete: tuple[str, ...]
    weak_mode: str | None
    expected: ExpectedFiles | None


class LastFile(Struct, frozen=True, kw_only=True):
    """When the last file moved; where nothing is known and `looked_far_enough` is false, it may have been long ago."""

    at: datetime | None
    looked_far_enough: bool


class OutboxHealth(Struct, frozen=True, kw_only=True):
    """What has not left, and how old the oldest of it is."""

    waiting: int
    needs_a_person: int
    oldest_age_seconds: float | None
    acknowledgements_overdue: int


class PartnerHealth(Struct, frozen=True, kw_only=True):
    """One connector at work: its channels that receive, and its items that have not left."""

    connector: str
    partner: str
    endpoint: EndpointHealth
    standstill: Standstill | None
    channels: tuple[ChannelHealth, ...]
    last_file_in: LastFile
    last_file_out: LastFile
    outbox: OutboxHealth


def partners(node: Node) -> tuple[PartnerHealth, ...]:
    """Every connector at work."""
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

    def channel(spot: Spot) -> ChannelHealth:
        name = "/".join(spot.names)
        return _channel(spot, conditions.get(name), found.fine_at.get(f"poll:{name}"), expected.get(spot.names), now)

    return tuple(
        PartnerHealth(
            connector=connector.connector,
            partner=connector.partner.name,
            endpoint=_endpoint(found.endpoints.get(connector.connector)),
            standstill=_standstill(found, connector.connector),
            channels=tuple(map(channel, spots[connector.connector])),
            last_file_in=_last(came, connector.connector),
            last_file_out=_last(left, connector.connector),
            outbox=_outbox(found, connector.connector, now),
        )
        for connector in parts.workspace.enabled
    )


def _channel(
    spot: Spot, condition: Condition | None, known_at: datetime | None, expected: ExpectationSheet | None, now: datetime
) -> ChannelHealth:
    it = condition or Condition()
    every = spot.channel.every
    fine_at = max((at for at in (it.fine_at, known_at) if at is not None), default=None)
    return ChannelHealth(
        channel=spot.channel.channel,
        polled_here=condition is not None,
        last_poll_at=it.looked_at,
        last_success_at=fine_at,
        lag_seconds=None if fine_at is None else round((now - fine_at).total_seconds(), 3),
        next_poll_at=None if it.looked_at is None else it.looked_at + every,
        every_seconds=every.total_seconds(),
        failing_since=it.failing_since,
        failures=it.failures,
        why=it.reason or None,
        incomplete_files=it.waiting,
        incomplete=tuple(it.waits),
        weak_mode=None if spot.channel.take is Take.MOVE else f"take: {spot.channel.take.value}",
        expected=None if expected is None else _expected(expected),
    )


def _last(found: LastFiles, connector: str) -> LastFile:
    at = found.at.get(connector)
    return LastFile(at=at, looked_far_enough=at is not None or not found.is_cut)


def _expected(found: ExpectationSheet) -> ExpectedFiles:
    return ExpectedFiles(what=found.expects, here=found.here, next_due_at=found.due_at, files_missing=found.missing, alarms=found.alarms)


def _outbox(found: Gauges, connector: str, now: datetime) -> OutboxHealth:
    items = [it for it in found.items if it.connector == connector]
    oldest = min((it.oldest_at for it in items if it.state in UNDER_WAY), default=None)
    return OutboxHealth(
        waiting=sum(it.items for it in items if it.state in UNDER_WAY),
        needs_a_person=sum(it.items for it in items if it.state not in UNDER_WAY),
        oldest_age_seconds=None if oldest is None else round((now - oldest).total_seconds(), 3),
        acknowledgements_overdue=found.overdue.get(connector, 0),
    )


def _endpoint(found: EndpointRow | None) -> EndpointHealth:
    it = found or EndpointRow(endpoint="", state=EndpointState.FINE)
    return EndpointHealth(state=it.state, since=it.since, failures=it.failures, next_probe_at=it.probe_at, why=it.reason or None)


def _standstill(found: Gauges, connector: str) -> Standstill | None:
    pause = found.pauses.get(name_of(connector))
    if pause is None:
        return None
    return Standstill(since=pause.at, why=pause.issue.text if pause.issue else None, mend=f"gateway connector test {connector}")

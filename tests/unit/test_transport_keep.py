"""Connections are kept between polls, and thrown away after any error that is not a plain outcome."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from gateway.kernel.clock import FixedClock
from gateway.kernel.errors import EndpointDown, PermissionRefused, TryLater
from gateway.transports import Connections, FileExists, FolderMissing, MemoryServer, MemoryTransport, NoSuchFile, RemotePath, Transport

CLOCK = datetime(2026, 11, 21, tzinfo=UTC)


class Partner:
    """Counts the connections made to it."""

    def __init__(self) -> None:
        self.server = MemoryServer()
        self.made: list[Transport] = []

    def connect(self) -> Transport:
        self.made.append(MemoryTransport(self.server))
        return self.made[-1]


def is_closed(transport: Transport) -> bool:
    try:
        list(transport.listing(RemotePath()))
    except EndpointDown:
        return True
    return False


def test_the_next_user_gets_the_same_connection() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    for _ in range(3):
        with connections.lend("redpanda", partner.connect) as transport:
            list(transport.listing(RemotePath()))
    assert len(partner.made) == 1


def test_endpoints_do_not_share() -> None:
    one, other, connections = Partner(), Partner(), Connections(FixedClock(CLOCK))
    with connections.lend("one", one.connect), connections.lend("other", other.connect):
        pass
    assert (len(one.made), len(other.made)) == (1, 1)


@pytest.mark.parametrize("outcome", [NoSuchFile, FileExists, FolderMissing])
def test_a_plain_outcome_keeps_the_connection(outcome: type[TryLater]) -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    with pytest.raises(outcome), connections.lend("redpanda", partner.connect):
        raise outcome("not there")
    assert not is_closed(partner.made[0])
    with connections.lend("redpanda", partner.connect):
        pass
    assert len(partner.made) == 1


@pytest.mark.parametrize("error", [EndpointDown("broke off"), PermissionRefused("no"), ValueError("a bug"), KeyboardInterrupt()])
def test_any_other_error_throws_the_connection_away(error: BaseException) -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    with pytest.raises(type(error)), connections.lend("redpanda", partner.connect):
        raise error
    assert is_closed(partner.made[0])
    with connections.lend("redpanda", partner.connect):
        pass
    assert len(partner.made) == 2


def test_a_connection_idle_for_long_is_closed() -> None:
    clock = FixedClock(CLOCK)
    partner, connections = Partner(), Connections(clock, idle=timedelta(minutes=5))
    with connections.lend("redpanda", partner.connect):
        pass
    clock.advance(timedelta(minutes=5, seconds=1))
    with connections.lend("redpanda", partner.connect):
        pass
    assert [is_closed(transport) for transport in partner.made] == [True, False]


def test_no_more_connections_than_allowed() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK), most=1, wait=timedelta(milliseconds=10))
    with (
        connections.lend("redpanda", partner.connect),
        pytest.raises(EndpointDown, match="all 1 connections to redpanda are busy"),
        connections.lend("redpanda", partner.connect),
    ):
        pass
    assert len(partner.made) == 1


def test_a_failed_connect_gives_its_place_back() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK), most=1, wait=timedelta(milliseconds=10))

    def refused() -> Transport:
        raise EndpointDown("refused")

    for _ in range(3):
        with pytest.raises(EndpointDown, match="refused"), connections.lend("redpanda", refused):
            pass
    with connections.lend("redpanda", partner.connect):
        pass


def test_a_changed_connector_is_forgotten() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    with connections.lend("redpanda", partner.connect):
        pass
    connections.forget("redpanda")
    assert is_closed(partner.made[0])


def test_after_the_end_nothing_is_kept() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    with connections.lend("redpanda", partner.connect):
        connections.close()
    assert is_closed(partner.made[0])


def test_threads_never_share_a_connection() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK), most=3)
    using: set[int] = set()
    clashes: list[int] = []
    lock = threading.Lock()

    def use() -> None:
        for _ in range(200):
            with connections.lend("redpanda", partner.connect) as transport:
                with lock:
                    clashes.extend([id(transport)] if id(transport) in using else [])
                    using.add(id(transport))
                with lock:
                    using.discard(id(transport))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clashes == []
    assert len(partner.made) <= 3


def test_an_endpoint_has_its_own_cap() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK), wait=timedelta())
    busy = pytest.raises(EndpointDown, match="all 1 connections to redpanda are busy")
    with connections.lend("redpanda", partner.connect, most=1), busy, connections.lend("redpanda", partner.connect, most=1):
        pass

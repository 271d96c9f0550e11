"""Connections are kept between polls, and thrown away after any error that is not a plain outcome."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from gateway.kernel.clock import FixedClock
from gateway.kernel.errors import EndpointDown, PermissionRefused, PlacesTaken, TryLater
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


def test_endpoints_of_one_host_share_its_places_and_what_is_idle_makes_room() -> None:
    one, other, connections = Partner(), Partner(), Connections(FixedClock(CLOCK), most=1, wait=timedelta())
    with connections.lend("one", one.connect, host="hub"):
        busy = pytest.raises(PlacesTaken, match="all 1 connections to hub are busy")
        with busy, connections.lend("other", other.connect, host="hub"):
            pass
    with connections.lend("other", other.connect, host="hub"):
        assert is_closed(one.made[0])
    assert len(other.made) == 1


def test_a_failed_connect_gives_the_place_at_the_host_back() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK), most=1, wait=timedelta())

    def refused() -> Transport:
        raise EndpointDown("refused")

    for _ in range(3):
        with pytest.raises(EndpointDown, match="refused"), connections.lend("redpanda", refused, host="hub"):
            pass
    with connections.lend("redpanda", partner.connect, host="hub"):
        pass


class Ledger:
    """The places of one host as several nodes see them."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.lost: set[str] = set()
        self.given: list[str] = []

    def take(self, host: str) -> str | None:
        if not self.free:
            return None
        self.free -= 1
        return f"host:{host}:{self.free}"

    def give(self, place: str) -> None:
        self.free += 1
        self.given.append(place)

    def is_held(self, place: str) -> bool:
        return place not in self.lost


def test_a_connection_holds_a_place_of_all_nodes_as_long_as_it_is_kept() -> None:
    ledger = Ledger(free=1)
    partner, connections = Partner(), Connections(FixedClock(CLOCK), most=5, wait=timedelta(), places=ledger)
    for _ in range(3):
        with connections.lend("redpanda", partner.connect, host="hub"):
            assert ledger.free == 0
    assert (ledger.free, ledger.given) == (0, [])
    busy = pytest.raises(PlacesTaken)
    with connections.lend("redpanda", partner.connect, host="hub"), busy, connections.lend("redpanda", partner.connect, host="hub"):
        pass
    connections.shed({"hub"})
    assert (ledger.free, is_closed(partner.made[0])) == (1, True)


def test_a_connection_that_has_lost_its_place_is_not_kept() -> None:
    ledger = Ledger(free=2)
    partner, connections = Partner(), Connections(FixedClock(CLOCK), places=ledger)
    with connections.lend("redpanda", partner.connect, host="hub"):
        ledger.lost.add("host:hub:1")
    assert is_closed(partner.made[0])


def test_what_is_under_way_can_be_cut_from_outside() -> None:
    partner, connections = Partner(), Connections(FixedClock(CLOCK))
    broken = pytest.raises(EndpointDown, match="the connection is closed")
    with broken, connections.lend("redpanda", partner.connect) as transport:
        connections.cut()
        list(transport.listing(RemotePath()))

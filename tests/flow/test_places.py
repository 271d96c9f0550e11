"""A host has so many connections from all nodes together; a node that needs one gets it from another that only keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.kernel import FixedClock
from gateway.kernel.errors import PlacesTaken
from gateway.runtime import HostPlaces
from gateway.store import Store, leases
from gateway.transports import Connections, MemoryServer, MemoryTransport
from tests.storehouse import NOON, fresh_store

LEASE = timedelta(minutes=2)


class Hub:
    """One host with two places, and nodes that go there."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FixedClock(NOON)
        self.one, self.two = (self._node(run) for run in ("one", "two"))

    def _node(self, run: str) -> HostPlaces:
        places = HostPlaces(self.store, self.clock, most=2, lease=LEASE)
        places.begin(run)
        return places


@pytest.fixture
def hub(postgresql_url: str) -> Iterator[Hub]:
    with fresh_store(postgresql_url) as store:
        yield Hub(store)


@pytest.mark.postgresql
def test_two_nodes_together_have_no_more_places_than_the_host_has(hub: Hub) -> None:
    assert (hub.one.take("hub"), hub.two.take("hub")) == ("host:hub:0", "host:hub:1")
    assert (hub.one.take("hub"), hub.two.take("hub")) == (None, None)
    assert hub.one.take("other") == "host:other:0"
    hub.one.give("host:hub:0")
    assert hub.two.take("hub") == "host:hub:0"


@pytest.mark.postgresql
def test_a_node_that_waits_is_heard_at_the_next_renewal_of_the_others(hub: Hub) -> None:
    for _ in range(2):
        hub.one.take("hub")
    hub.one.take("other")
    assert hub.one.renew() == frozenset()
    assert hub.two.take("hub") is None
    assert hub.one.renew() == {"hub"}
    hub.clock.advance(LEASE + timedelta(seconds=1))
    assert hub.one.renew() == frozenset()


@pytest.mark.postgresql
def test_a_kept_connection_of_one_node_makes_room_for_another_node(hub: Hub) -> None:
    server = MemoryServer()
    here, there = (Connections(hub.clock, most=2, wait=timedelta(), places=places) for places in (hub.one, hub.two))
    for endpoint in ("redpanda", "anvil"):
        with here.lend(endpoint, lambda: MemoryTransport(server), host="hub"):
            pass
    full = pytest.raises(PlacesTaken, match="all 2 connections to hub are busy")
    with full, there.lend("tanuki", lambda: MemoryTransport(server), host="hub"):
        pass
    here.shed(hub.one.renew())
    with there.lend("tanuki", lambda: MemoryTransport(server), host="hub"):
        assert hub.two.take("hub") is not None
        assert hub.one.take("hub") is None


@pytest.mark.postgresql
def test_the_places_of_a_dead_node_are_free_after_a_lease_and_it_learns_so(hub: Hub) -> None:
    place = hub.one.take("hub")
    hub.one.take("hub")
    assert place is not None
    hub.clock.advance(LEASE + timedelta(seconds=1))
    assert hub.two.take("hub") == place
    assert hub.one.is_held(place)
    hub.one.renew()
    assert not hub.one.is_held(place)
    hub.one.give(place)
    assert not leases.release(hub.store, leases.Held(place, "one", 1))
    assert hub.two.is_held(place)


def test_a_file_database_has_one_node_and_is_asked_nothing(sqlite_url: str) -> None:
    with fresh_store(sqlite_url) as store:
        hub = Hub(store)
        assert [hub.one.take("hub") for _ in range(3)] == ["", "", ""]
        assert hub.one.is_held("")
        assert hub.one.renew() == frozenset()

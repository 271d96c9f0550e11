"""Pick-up takes first and reads then: nothing is lost, nothing recorded twice, whoever died in between (decision 0004)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select, update

from gateway.archive import Archive
from gateway.config import Connector
from gateway.intake import Collected, Collector, Spot
from gateway.kernel import FixedClock
from gateway.kernel.errors import EndpointDown
from gateway.store import Store, tables
from gateway.transports import TRIAL, FolderMissing, MemoryServer, MemoryTransport, RemotePath, Transport
from tests.storehouse import NOON, fresh_store

SHIPMENTS = b"po_number,po_line_number\nAB10747,1\n"
REST = {"stable_for": "30s"}


class Crash(BaseException):
    """The process dies here."""


class Dying:
    """A transport whose process dies before or after one call."""

    def __init__(self, inner: MemoryTransport, call: str, *, after: bool) -> None:
        self._inner, self._call, self._after = inner, call, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._deadly(found) if name == self._call else found

    def _deadly(self, found: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if self._after:
                found(*args)
            raise Crash

        return call


class Depot:
    """One receive channel of a partner whose server lies in memory."""

    def __init__(self, store: Store, archive: Archive, **channel: object) -> None:
        self.clock = FixedClock(NOON)
        self.server = MemoryServer("out", clock=self.clock)
        self.store = store
        self.archive = archive
        words = {"channel": "shipments", "folder": "out", "files": "*.csv", "mapping": "shipments-csv", "ready": REST, **channel}
        form = {"connector": "redpanda", "partner": {"name": "Red Panda", "vendor": "257"}, "endpoint": {"transport": "memory"}}
        connector = Connector.model_validate({**form, "receive": [words]})
        self.spot = Spot(connector, connector.receive[0])
        self.collector = self.another()

    def another(self) -> Collector:
        """The collector of another process."""
        return Collector(self.spot, store=self.store, archive=self.archive, clock=self.clock)

    def drop(self, name: str | bytes, content: bytes = SHIPMENTS) -> None:
        raw = name.encode() if isinstance(name, str) else name
        with self.server.lock:
            folder = self.server.within((b"out",))
            folder.pop(raw, None)
        MemoryTransport(self.server).put(RemotePath.of("out").join(raw), io.BytesIO(content))

    def poll(self, transport: Transport | None = None, collector: Collector | None = None) -> Collected:
        return (collector or self.collector).poll(transport or MemoryTransport(self.server))

    def poll_twice(self, collector: Collector | None = None) -> Collected:
        """Once to see, once more when everything has rested."""
        self.poll(collector=collector)
        self.clock.advance(timedelta(seconds=30))
        return self.poll(collector=collector)

    def names(self, folder: str) -> set[bytes]:
        return set(self.server.folders.get(RemotePath.of(folder).parts, {}))

    def messages(self) -> list[Any]:
        with self.store.reading() as connection:
            return list(connection.execute(select(tables.message).order_by(tables.message.c.id)))

    def decide_all(self) -> None:
        with self.store.transaction() as tx:
            tx.connection.execute(update(tables.message).values(state="booked", decided_at=self.clock.now(), total=0))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as found:
        yield found


@pytest.fixture
def depot(store: Store, tmp_path: Path) -> Depot:
    return Depot(store, Archive(tmp_path / "archive"))


def test_a_file_that_rests_is_taken_read_and_recorded(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    assert depot.poll().settling == 1
    assert depot.messages() == []
    depot.clock.advance(timedelta(seconds=30))
    assert depot.poll().recorded == 1
    (message,) = depot.messages()
    assert (bytes(message.file_name), message.state, message.size) == (b"SHIP_1.csv", "received", len(SHIPMENTS))
    with depot.archive.open(message.archive_key) as body:
        assert body.read() == SHIPMENTS
    assert depot.names("out") == set()
    assert depot.names("out/.taken/shipments") == {bytes(message.taken_name)}


def test_a_decided_file_is_filed_away_and_later_removed(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    depot.decide_all()
    assert depot.poll().settled == 1
    assert depot.names("out/.taken/shipments") == set()
    assert len(depot.names("out/.taken/shipments/done")) == 1
    transport = MemoryTransport(depot.server)
    assert depot.collector.clean(transport, before=depot.clock.now() - timedelta(days=7)) == 0
    depot.clock.advance(timedelta(days=8))
    assert depot.collector.clean(transport, before=depot.clock.now() - timedelta(days=7)) == 1
    assert depot.names("out/.taken/shipments/done") == set()


def test_what_a_trial_of_the_server_left_behind_is_nobodys_file_and_is_removed_later(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    depot.decide_all()
    depot.poll()
    transport = MemoryTransport(depot.server)
    left = RemotePath.of("out/.taken/shipments").join(TRIAL + b"8d65fb75-1.part")
    transport.put(left, io.BytesIO(b"ours"))
    depot.poll_twice()
    assert len(depot.messages()) == 1
    assert depot.collector.forgotten(transport) == []
    assert depot.collector.clean(transport, before=datetime.fromtimestamp(0, UTC)) == 0
    assert depot.names("out/.taken/shipments") == {left.name}
    depot.collector.clean(transport, before=datetime.now(UTC) + timedelta(days=1))
    assert depot.names("out/.taken/shipments") == set()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", ["rename", "open"])
def test_whoever_dies_while_taking_leaves_an_orphan_that_the_next_one_records_once(depot: Depot, call: str, *, after: bool) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll()
    depot.clock.advance(timedelta(seconds=30))
    with pytest.raises(Crash):
        depot.poll(Dying(MemoryTransport(depot.server), call, after=after))  # type: ignore[arg-type]  # a transport that dies
    survivor = depot.another()
    depot.poll_twice(survivor)
    depot.poll_twice(survivor)
    (message,) = depot.messages()
    assert bytes(message.file_name) == b"SHIP_1.csv"


def test_a_recorded_file_found_again_before_it_is_decided_is_not_recorded_twice(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    depot.poll_twice(depot.another())
    assert len(depot.messages()) == 1


def test_the_same_bytes_under_another_name_are_a_duplicate(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    depot.drop("SHIP_1_again.csv")
    assert depot.poll_twice().duplicates == 1
    first, second = depot.messages()
    assert (second.state, second.first_message_id) == ("duplicate", first.id)
    assert second.issues[0]["code"] == "DSO-006"


def test_other_bytes_under_the_same_name_are_a_new_file(depot: Depot) -> None:
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    depot.drop("SHIP_1.csv", SHIPMENTS + b"AB10747,2\n")
    depot.poll_twice()
    assert [message.state for message in depot.messages()] == ["received", "received"]


def test_a_growing_file_starts_to_rest_again_with_every_change(depot: Depot) -> None:
    for rows in range(1, 5):
        depot.drop("SHIP_1.csv", SHIPMENTS * rows)
        assert depot.poll().recorded == 0
        depot.clock.advance(timedelta(seconds=20))
    depot.poll()
    depot.clock.advance(timedelta(seconds=30))
    assert depot.poll().recorded == 1


@pytest.mark.parametrize("name", [".SHIP_1.csv", "SHIP_1.csv.part", "SHIP_1.csv.filepart", "~SHIP.csv", "SHIP_1.tmp", "notes.txt"])
def test_unfinished_and_foreign_names_are_left_alone(depot: Depot, name: str) -> None:
    depot.drop(name)
    assert depot.poll_twice().recorded == 0
    assert depot.names("out") == {name.encode()}


@pytest.mark.parametrize(
    "name", [b"caf\xe9.csv", b"two\nlines.csv", b"x" * 251 + b".csv", b"%41.csv"], ids=["not UTF-8", "newline", "255 bytes", "percent"]
)
def test_a_hostile_name_is_taken_like_any_other_and_stops_no_neighbour(depot: Depot, name: bytes) -> None:
    depot.drop(name)
    depot.drop("SHIP_1.csv", SHIPMENTS * 2)
    assert depot.poll_twice().recorded == 2
    assert {bytes(message.file_name) for message in depot.messages()} == {name, b"SHIP_1.csv"}


def test_a_file_far_beyond_its_limit_stays_where_it_is_and_holds_up_nobody(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), limits={"size": "100B"})
    depot.drop("A_LARGE.csv", b"x" * 401)
    depot.drop("SHIP_1.csv", b"x" * 400)
    depot.drop("SHIP_2.csv", b"x" * 10)
    found = depot.poll_twice()
    assert found.recorded == 2
    assert found.trouble == "out/A_LARGE.csv has more than 4 times limits.size, 400 bytes: raise the limit or take it away"
    assert depot.names("out") == {b"A_LARGE.csv"}


def test_where_order_matters_nothing_is_taken_behind_a_file_that_must_stay(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), limits={"size": "100B"}, in_order=True)
    depot.drop("SHIP_1.csv", b"x" * 10)
    depot.drop("SHIP_2.csv", b"x" * 401)
    depot.drop("SHIP_3.csv", b"x" * 11)
    assert depot.poll_twice().recorded == 1
    assert depot.names("out") == {b"SHIP_2.csv", b"SHIP_3.csv"}


def test_channels_that_share_a_folder_leave_each_others_files_alone(depot: Depot, store: Store, tmp_path: Path) -> None:
    other = Depot(store, depot.archive, channel="invoices", files="INV_*.csv")
    other.server, other.clock = depot.server, depot.clock
    other.collector = other.another()
    depot.drop("SHIP_1.csv")
    depot.poll_twice()
    other.poll_twice()
    assert [(message.channel, message.state) for message in depot.messages()] == [("shipments", "received")]


def test_a_missing_folder_is_told_and_never_made(depot: Depot) -> None:
    depot.server.folders.pop((b"out",))
    with pytest.raises(FolderMissing, match="does not exist"):
        depot.poll()
    assert (b"out",) not in depot.server.folders


def test_a_private_folder_that_somebody_removed_is_made_again(depot: Depot) -> None:
    depot.poll()
    for place in [place for place in depot.server.folders if b".taken" in place]:
        del depot.server.folders[place]
    with pytest.raises(FolderMissing):
        depot.poll()
    depot.drop("SHIP_1.csv")
    assert depot.poll_twice().recorded == 1


def test_a_marker_lets_the_file_go_when_an_earlier_listing_showed_it(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), ready={"marker": "{file}.done"})
    depot.drop("SHIP_1.csv")
    depot.drop("SHIP_2.csv", SHIPMENTS * 2)
    depot.drop("SHIP_1.csv.done", b"")
    assert depot.poll().recorded == 0
    assert depot.poll().recorded == 1
    assert depot.poll_twice().recorded == 0


def test_an_empty_file_waits_until_the_channel_says_otherwise(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), ready={**REST, "empty_after": "10m"})
    depot.drop("SHIP_1.csv", b"")
    assert depot.poll_twice().recorded == 0
    depot.clock.advance(timedelta(minutes=10))
    assert depot.poll().recorded == 1


def test_a_poll_takes_so_many_files_and_says_how_many_are_left(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), limits={"files": "3"})
    for number in range(5):
        depot.drop(f"SHIP_{number}.csv", SHIPMENTS * (number + 1))
    assert depot.poll().left == 2
    depot.clock.advance(timedelta(seconds=30))
    found = depot.poll()
    assert (found.recorded, found.left, found.settling) == (3, 0, 2)
    depot.clock.advance(timedelta(seconds=30))
    assert depot.poll().recorded == 2
    assert [bytes(message.file_name) for message in depot.messages()] == [b"SHIP_%d.csv" % number for number in range(5)]


def test_files_that_wait_for_their_sender_make_room_for_the_others(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), limits={"files": "2"})
    for number in range(9):
        depot.drop(f"A_{number}.csv", b"")  # empty: nobody knows when they will be complete
    depot.drop("SHIP_1.csv")
    recorded = 0
    for _ in range(10):
        recorded += depot.poll().recorded
        depot.clock.advance(timedelta(seconds=30))
    assert recorded == 1
    depot.drop("A_7.csv", SHIPMENTS * 2)
    for _ in range(12):
        recorded += depot.poll().recorded
        depot.clock.advance(timedelta(seconds=30))
    assert recorded == 2


def test_a_channel_that_keeps_files_records_each_content_once(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), take="keep")
    depot.drop("SHIP_1.csv")
    assert depot.poll_twice().recorded == 1
    assert depot.poll_twice().recorded == 0
    assert depot.poll_twice(depot.another()).recorded == 0
    depot.drop("SHIP_1.csv", SHIPMENTS * 2)
    assert depot.poll_twice().recorded == 1
    assert depot.names("out") == {b"SHIP_1.csv"}


def test_a_channel_that_deletes_files_removes_only_what_it_has_read(store: Store, tmp_path: Path) -> None:
    depot = Depot(store, Archive(tmp_path / "archive"), take="delete")
    depot.drop("SHIP_1.csv")
    assert depot.poll_twice().recorded == 1
    assert depot.names("out") == set()


def test_a_server_that_breaks_off_loses_nothing(depot: Depot) -> None:
    class Cut(MemoryTransport):
        @contextmanager
        def open(self, path: RemotePath) -> Iterator[BinaryIO]:
            raise EndpointDown("cut")
            yield io.BytesIO()

    depot.drop("SHIP_1.csv")
    depot.poll()
    depot.clock.advance(timedelta(seconds=30))
    with pytest.raises(EndpointDown):
        depot.poll(Cut(depot.server))
    depot.poll_twice()
    assert [bytes(message.file_name) for message in depot.messages()] == [b"SHIP_1.csv"]

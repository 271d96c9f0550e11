"""Pick-up and delivery over SFTP servers that fail at every operation, before and after it: nothing lost, doubled or half visible.

What the partner saw is told by the server's own evidence.
"""

from __future__ import annotations

import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.kernel.errors import EndpointDown
from gateway.store import Store, outbox
from gateway.store.outbox import ItemState, Known
from gateway.transports import Connections, LookMode, RemotePath, RenameMode, sftp
from tests.chaos.peers.proxy import Proxy, Way
from tests.chaos.peers.rules import Do, On, Rule, some_rules
from tests.chaos.peers.server import FSYNC, POSIX_RENAME, RuledServer
from tests.chaos.trade import LEASE, Trade, hash_of
from tests.storehouse import fresh_store

CONTENTS = (b"one\n" * 20, b"two\n" * 30_000, b"three\n")
BATCH = b"batch_id,po_number\n74,AB10747\n" * 3_000
Start = Callable[..., AbstractContextManager[Trade]]
FAULTS = [Do.DROP, Do.DO_THEN_DROP, Do.FAILURE, Do.DO_THEN_FAILURE, Do.POISON, Do.GARBAGE]
PICKING = [On.OPEN_READ, On.READ, On.CLOSE, On.STAT, On.READDIR, On.POSIX_RENAME, On.MKDIR]
BRINGING = [On.OPEN_WRITE, On.WRITE, On.FSYNC, On.CLOSE, On.STAT, On.POSIX_RENAME]


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Start:
    return _start(tmp_path, sqlite_url)


def _start(tmp_path: Path, url: str) -> Start:
    numbers = iter(range(1_000))

    @contextmanager
    def opened(*rules: Rule, server: dict[str, Any] | None = None, **words: Any) -> Iterator[Trade]:
        place = tmp_path / f"trade{next(numbers)}"
        for folder in ("in", "out"):
            (place / "partner" / folder).mkdir(parents=True)
        with _store(url) as store, RuledServer(place / "partner", rules=rules, **(server or {})) as running:
            trade = Trade(store, place, running, **words)
            try:
                yield trade
            finally:
                trade.close()

    return opened


def _store(url: str) -> AbstractContextManager[Store]:
    return fresh_store(url)


def picked_up(trade: Trade, mark: str = "", *, moves: bool = True) -> None:
    """Three files more are recorded once each, with their bytes; decided, they are filed away."""
    before = trade.received()
    fresh = {f"SHIP_{mark}{number}.csv": f"{mark}{number}".encode() + content for number, content in enumerate(CONTENTS)}
    for name, content in fresh.items():
        trade.drop(name, content)
    trade.collect()
    assert trade.received() == before + Counter((name.encode(), hash_of(content)) for name, content in fresh.items())
    assert trade.archived()
    if moves:
        assert trade.names("out") == {".taken"}
        trade.decide_all()
        trade.collect()
        assert set(fresh) <= {name.partition(".")[2] for name in trade.names("out/.taken/shipments/done")}


def delivered(trade: Trade, mark: str = "") -> outbox.Item:
    """One file more appears whole and once, and nothing else stands there."""
    name = f"PO_{mark}.csv"
    item = trade.offer(name.encode(), mark.encode() + BATCH)
    before = trade.names("in")
    assert trade.deliver(item) is ItemState.SENT
    assert trade.appeared(name) == [hash_of(mark.encode() + BATCH)]
    assert trade.names("in") <= before | {name}
    assert trade.sent.count(name.encode()) == 1
    return trade.item(item)


@pytest.mark.parametrize("on", PICKING)
def test_whatever_fails_while_files_are_picked_up_each_is_recorded_once(start: Start, on: On) -> None:
    with start() as trade:
        for do in FAULTS:
            trade.server.rules.add(Rule(on, do, then=Rule(on, do, at=2)))
            picked_up(trade, do.value)
            trade.server.rules.clear()
        assert trade.server.rules.struck or on is On.STAT


@pytest.mark.parametrize("on", BRINGING)
def test_whatever_fails_while_a_file_is_delivered_it_appears_whole_and_once(start: Start, on: On) -> None:
    with start() as trade:
        for do in FAULTS:
            trade.server.rules.add(Rule(on, do, then=Rule(on, do, at=2)))
            delivered(trade, do.value)
            trade.server.rules.clear()
        assert trade.server.rules.struck


@pytest.mark.parametrize("on", [On.READDIR, On.READ, On.POSIX_RENAME, On.WRITE, On.CLOSE])
def test_an_answer_that_never_comes_costs_one_deadline_and_nothing_else(start: Start, on: On) -> None:
    with start(Rule(on, Do.HANG)) as trade:
        picked_up(trade) if on in {On.READDIR, On.READ} else delivered(trade)
        assert any("no complete answer within" in str(error) for error in trade.errors)


@pytest.mark.parametrize("seed", range(12))
def test_passing_faults_by_chance_lose_and_double_nothing(start: Start, seed: int) -> None:
    rules = some_rules(random.Random(seed), most=4)
    with start(*rules) as trade:
        picked_up(trade)
        delivered(trade)


@pytest.mark.parametrize("way", Way)
def test_a_line_that_is_cut_at_any_byte_loses_and_doubles_nothing(start: Start, way: Way) -> None:
    with start() as trade, Proxy(trade.server.port) as proxy:
        trade.options = msgspec.structs.replace(trade.options, port=proxy.port)
        limits = [1 << power for power in range(3, 18)] + list(range(2_100, 4_600, 180))
        for number, limit in enumerate(limits):
            trade.close()
            trade.connections = Connections(trade.clock)
            proxy.set(way, limit=limit, limit_resets=number % 2 == 0)
            item = trade.offer(b"PO_%d.csv" % limit, b"%d" % limit * 100)
            trade.drop(f"SHIP_{limit}.csv", b"%d" % limit * 100)
            with suppress(AssertionError):
                trade.collect(rounds=1)
            with suppress(AssertionError):
                trade.deliver(item, rounds=1)
            proxy.clear()
            trade.clock.advance(LEASE * 2)
            trade.collect()
            if trade.item(item).state is not ItemState.SENT:
                trade.deliver(item)
            assert trade.appeared(f"PO_{limit}.csv") == [hash_of(b"%d" % limit * 100)]
        wanted = Counter((b"SHIP_%d.csv" % limit, hash_of(b"%d" % limit * 100)) for limit in limits)
        assert trade.received() == wanted
        assert trade.names("in") == {f"PO_{limit}.csv" for limit in limits}


def test_a_server_that_gives_each_file_once_and_then_takes_it_away(start: Start) -> None:
    once = Rule(On.OPEN_READ, Do.COLLECT, times=None)
    with start(once, Rule(On.STAT, Do.FAILURE, what="permission", times=None), endpoint={"stat": LookMode.NONE}) as trade:
        picked_up_once(trade)
        assert len(list(trade.server.collected.iterdir())) == len(CONTENTS)


def picked_up_once(trade: Trade) -> None:
    for number, content in enumerate(CONTENTS):
        trade.drop(f"SHIP_{number}.csv", content)
    trade.collect()
    assert trade.received() == Counter((b"SHIP_%d.csv" % number, hash_of(content)) for number, content in enumerate(CONTENTS))


@pytest.mark.parametrize("on", [On.POSIX_RENAME, On.CLOSE])
def test_a_server_that_moves_what_comes_away_at_once_gets_it_once(start: Start, on: On) -> None:
    with start(Rule(on, Do.COLLECT, times=None)) as trade:
        item = trade.offer(b"PO_74.csv", BATCH)
        assert trade.deliver(item) is ItemState.SENT
        assert trade.item(item).known is (Known.SEEN if on is On.POSIX_RENAME else Known.INFERRED)
        assert [path.read_bytes() for path in trade.server.collected.iterdir()] == [BATCH]
        assert trade.names("in") == set()


def test_a_renaming_whose_answer_was_lost_and_that_was_collected_is_inferred_and_never_sent_again(start: Start) -> None:
    with start(Rule(On.POSIX_RENAME, Do.DO_THEN_DROP)) as trade:
        item = trade.offer(b"PO_74.csv", BATCH)
        with pytest.raises(AssertionError, match="not delivered after 1"):
            trade.deliver(item, rounds=1)
        trade.server.collect(bytes(trade.server.root / "in/PO_74.csv"))
        assert trade.deliver(item) is ItemState.SENT
        assert trade.item(item).known is Known.INFERRED
        assert trade.appeared("PO_74.csv") == [hash_of(BATCH)]
        assert trade.names("in") == set()


NO_STAT = [
    ([Rule(On.STAT, Do.FAILURE, what="permission", times=None)], LookMode.NONE),
    ([Rule(On.STAT, Do.FAILURE, what="unsupported", times=None)], LookMode.NONE),
    ([Rule(On.STAT, Do.FAILURE, what="no_such_file", times=None)], LookMode.NONE),
    ([Rule(On.STAT, Do.POISON, times=None)], LookMode.NONE),
    ([Rule(On.STAT, Do.LIE, times=None), Rule(On.READDIR, Do.LIE, times=None)], LookMode.FULL),
    ([Rule(On.STAT, Do.LIE, what="time", times=None)], LookMode.FULL),
]


@pytest.mark.parametrize(("rules", "stat"), NO_STAT)
@pytest.mark.parametrize("fault", [None, Do.DROP, Do.DO_THEN_DROP, Do.DO_THEN_FAILURE])
def test_a_server_that_tells_little_about_files_ends_in_the_right_state(
    start: Start, rules: list[Rule], stat: LookMode, fault: Do | None
) -> None:
    faults = [Rule(On.POSIX_RENAME, fault)] if fault else []
    with start(*rules, *faults, endpoint={"stat": stat}) as trade:
        delivered(trade)
        trade.server.rules.add(*faults)
        picked_up(trade, "a")


def test_a_server_that_forbids_looking_stops_with_the_word_that_helps(start: Start) -> None:
    with start(Rule(On.STAT, Do.FAILURE, what="permission", times=None)) as trade:
        item = trade.offer(b"PO_74.csv", BATCH)
        with pytest.raises(AssertionError, match="`stat: none`"):
            trade.deliver(item, rounds=1)
        assert trade.names("in") == set()


def test_a_server_that_says_of_every_file_that_it_is_not_there_infers_nothing_while_a_listing_shows_it(start: Start) -> None:
    """The renaming fails, single files are said to be missing, and yet the blessed file stands there: not sent."""
    lies = [Rule(On.STAT, Do.FAILURE, "*.part", what="no_such_file", times=None)]
    with start(*lies, Rule(On.POSIX_RENAME, Do.FAILURE, what="no_such_file", times=3)) as trade:
        delivered(trade)
        assert trade.server.rules.struck


def test_a_server_without_atomic_rename_is_served_by_the_plain_one(start: Start) -> None:
    with start(server={"withheld": [POSIX_RENAME, FSYNC]}, endpoint={"rename": RenameMode.PLAIN}) as trade:
        for fault in (Do.DROP, Do.DO_THEN_DROP, Do.FAILURE, Do.DO_THEN_FAILURE):
            trade.server.rules.add(Rule(On.RENAME, fault))
            delivered(trade, fault.value)
            trade.server.rules.add(Rule(On.RENAME, fault))
            picked_up(trade, fault.value)


@pytest.mark.parametrize("take", ["keep", "delete"])
@pytest.mark.parametrize("on", [On.OPEN_READ, On.READ, On.STAT, On.READDIR, On.REMOVE])
def test_a_server_that_renames_nothing_is_read_in_place(start: Start, take: str, on: On) -> None:
    forbidden = [Rule(it, Do.FAILURE, what="permission", times=None) for it in (On.POSIX_RENAME, On.RENAME, On.MKDIR, On.OPEN_WRITE)]
    with start(*forbidden, take=take) as trade:
        for fault in (Do.DROP, Do.DO_THEN_DROP, Do.FAILURE):
            trade.server.rules.add(Rule(on, fault))
            picked_up(trade, fault.value, moves=False)
        assert all(name.startswith("SHIP_") for name in trade.names("out"))
        assert bool(trade.names("out")) is (take == "keep")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_listing_that_stops_in_the_middle_is_not_believed(start: Start, number: int) -> None:
    with start(Rule(On.READDIR, Do.STOP, number=number, times=3)) as trade:
        picked_up(trade)


@pytest.mark.parametrize("number", [0, 5, 40_000])
def test_a_reading_that_ends_early_is_not_believed(start: Start, number: int) -> None:
    stops = Rule(On.READ, Do.STOP, number=number, times=2, then=Rule(On.READ, Do.TRUNCATE, number=number, times=2))
    with start(stops) as trade:
        picked_up(trade)


def test_an_upload_that_the_server_cuts_short_is_made_again(start: Start) -> None:
    with start(Rule(On.WRITE, Do.TRUNCATE, number=40_000, times=3)) as trade:
        delivered(trade)
        assert any("it is uploaded again" in str(error) for error in trade.errors)


def test_an_upload_to_a_server_that_tells_no_size_is_read_back(start: Start) -> None:
    blind = [Rule(On.STAT, Do.LIE, times=None), Rule(On.READDIR, Do.LIE, times=None)]
    with start(*blind, Rule(On.WRITE, Do.TRUNCATE, number=40_000, times=3)) as trade:
        delivered(trade)


@pytest.mark.parametrize("most", [1, 2])
def test_a_session_that_may_have_one_file_open_is_enough(start: Start, most: int) -> None:
    with start(server={"most_open": most}) as trade:
        picked_up(trade)
        delivered(trade)
        assert trade.errors == []


@pytest.mark.parametrize("do", [Do.REPLACE, Do.GROW])
@pytest.mark.parametrize("on", [On.POSIX_RENAME, On.OPEN_READ, On.READ])
def test_a_file_that_changes_under_our_hands_is_recorded_as_it_came_to_rest(start: Start, on: On, do: Do) -> None:
    with start(Rule(on, do, "*SHIP_1.csv", what="changed")) as trade:
        trade.drop("SHIP_1.csv", CONTENTS[0])
        trade.collect()
        rested = b"changed" if do is Do.REPLACE else CONTENTS[0] + b"changed"
        assert trade.received() == Counter({(b"SHIP_1.csv", hash_of(rested)): 1})


def test_names_that_are_none_and_sizes_that_vary_disturb_nobody(start: Start) -> None:
    with start(Rule(On.READDIR, Do.NAMES, times=4), Rule(On.READDIR, Do.VARY, times=3), Rule(On.READDIR, Do.LIE, what="type")) as trade:
        picked_up(trade)


def test_a_listing_and_a_file_without_an_end_are_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp, "MOST_ENTRIES", 2_000)
    with start(Rule(On.READDIR, Do.ENDLESS, "out", at=2), Rule(On.READ, Do.ENDLESS, times=None), limits={"size": "100KB"}) as trade:
        trade.drop("SHIP_1.csv", CONTENTS[0])
        with suppress(AssertionError):
            trade.collect(rounds=3)
        assert trade.received() == Counter()
        trade.server.rules.clear()
        trade.start_again()
        trade.collect()
        assert trade.received() == Counter({(b"SHIP_1.csv", hash_of(CONTENTS[0])): 1})
        assert isinstance(trade.errors[0], EndpointDown)


def test_small_files_are_taken_and_read_together_and_large_ones_by_themselves(start: Start) -> None:
    with start(limits={"files": "200"}) as trade:
        fresh = {f"SHIP_{number:03}.csv": f"{number}".encode() * (1 if number % 10 else 20_000) for number in range(60)}
        for name, content in fresh.items():
            trade.drop(name, content)
        trade.collect()
        assert trade.received() == Counter((name.encode(), hash_of(content)) for name, content in fresh.items())
        assert trade.archived()
        opened = [deed.at for deed in trade.server.evidence.deeds("open_read")]
        closed = [deed.at for deed in trade.server.evidence.deeds("close")]
        assert sum(moment < min(closed) for moment in opened) > 1


def test_a_hundred_thousand_entries_are_listed_in_one_stream(start: Start) -> None:
    """Names of the server's own making; what the gateway keeps of them does not grow with their number."""
    with start(Rule(On.READDIR, Do.NAMES, number=100_000)) as trade, trade.connected() as transport:
        before = resident()
        grown = [resident() - before for at, _ in enumerate(transport.listing(RemotePath.of("out")), 1) if at % 10_000 == 0]
        assert len(grown) == 10
        assert max(grown) < 50_000_000


def resident() -> int:
    """Bytes of memory this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

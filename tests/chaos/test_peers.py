"""The misbehaving peers do what their rules say; whoever blames the gateway for losing a file must be able to trust them."""

from __future__ import annotations

import gc
import io
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest

from gateway.kernel.errors import EndpointDown, GatewayError, HostKeyRefused, LoginRefused, PermissionRefused
from gateway.kernel.secret import Secret
from gateway.simulator.sftp import Account, SftpServer
from gateway.transports import (
    AlgorithmsRefused,
    CannotRename,
    Deadlines,
    NoSuchFile,
    RemotePath,
    SftpOptions,
    Stat,
    Transport,
    open_transport,
)
from tests.chaos.peers.evidence import appearances, read_evidence
from tests.chaos.peers.proxy import Cut, How, Proxy, Way
from tests.chaos.peers.rules import HEALING, Do, On, Rule, Rules, read_rules, some_rules
from tests.chaos.peers.server import FSYNC, PASSWORD, POSIX_RENAME, USER, RuledServer
from tests.sites import password_options
from tests.waiting import wait_until

HOME = RemotePath()
FILE = RemotePath(b"file.csv")
OTHER = RemotePath(b"other.csv")
BODY = b"0123456789" * 10
SHORT = Deadlines(connect=timedelta(seconds=1), login=timedelta(seconds=1), progress=timedelta(seconds=1))


@contextmanager
def peer(tmp_path: Path, *rules: Rule, **more: object) -> Iterator[RuledServer]:
    root = tmp_path / "partner"
    root.mkdir()
    (root / "file.csv").write_bytes(BODY)
    with RuledServer(root, rules=rules, **more) as server:  # type: ignore[arg-type]  # a table of settings
        yield server


@contextmanager
def client(server: RuledServer, **changes: object) -> Iterator[Transport]:
    transport = open_transport("sftp", password_options(server, deadlines=SHORT, **changes))
    try:
        yield transport
    finally:
        transport.close()


def read(transport: Transport) -> bytes:
    with transport.open(FILE) as body:
        return body.read()


def look(transport: Transport) -> object:
    assert isinstance(transport, Stat)
    return transport.stat(FILE)


ACTIONS: dict[On, Callable[[Transport], object]] = {
    On.OPEN_READ: read,
    On.READ: read,
    On.CLOSE: lambda it: it.put(OTHER, io.BytesIO(BODY)),
    On.OPEN_WRITE: lambda it: it.put(OTHER, io.BytesIO(BODY)),
    On.WRITE: lambda it: it.put(OTHER, io.BytesIO(BODY)),
    On.FSYNC: lambda it: it.put(OTHER, io.BytesIO(BODY)),
    On.STAT: look,
    On.READDIR: lambda it: list(it.listing(HOME)),
    On.RENAME: lambda it: it.rename(FILE, OTHER),
    On.POSIX_RENAME: lambda it: it.rename(FILE, OTHER),
    On.REMOVE: lambda it: it.remove(FILE),
    On.ANY: look,
}
OPERATIONS = [on for on in ACTIONS if on not in {On.RENAME, On.ANY}]


@pytest.mark.parametrize("do", [Do.DROP, Do.DO_THEN_DROP, Do.FAILURE, Do.DO_THEN_FAILURE, Do.GARBAGE])
@pytest.mark.parametrize("on", OPERATIONS)
def test_each_operation_fails_as_the_rule_says_and_the_evidence_tells_whether_it_was_carried_out(tmp_path: Path, on: On, do: Do) -> None:
    with peer(tmp_path, Rule(on, do)) as server, client(server) as transport:
        # the gateway's client reads on where the looking alone failed
        with suppress(GatewayError) if on is On.STAT or (on is On.CLOSE and do is Do.DO_THEN_FAILURE) else pytest.raises(GatewayError):
            ACTIONS[on](transport)
        (struck,) = [deed for deed in server.evidence.deeds() if deed.rule]
        assert struck.rule == do.value
        assert struck.done is (do in {Do.DO_THEN_DROP, Do.DO_THEN_FAILURE})


def test_a_rule_that_is_used_up_gives_way_to_the_next(tmp_path: Path) -> None:
    rule = Rule(On.REMOVE, Do.FAILURE, at=2, then=Rule(On.REMOVE, Do.FAILURE, what="permission"))
    rules = Rules([rule])
    struck = [rules.strike(On.REMOVE, b"a") for _ in range(4)]
    assert [it.what if it else None for it in struck] == [None, "", "permission", None]
    assert rules.struck == [rule, rule.then]


def test_a_rule_is_about_the_paths_it_names() -> None:
    rules = Rules([Rule(On.READ, Do.DROP, "*.csv", times=None), Rule(On.STAT, Do.DROP, "/in/*", times=None)])
    assert [bool(rules.strike(On.READ, path)) for path in (b"in/a.csv", b"in/a.xml")] == [True, False]
    assert [bool(rules.strike(On.STAT, path)) for path in (b"/in/a", b"/out/a")] == [True, False]


def test_a_server_that_hangs_never_answers(tmp_path: Path) -> None:
    with peer(tmp_path, Rule(On.REMOVE, Do.HANG)) as server, client(server) as transport:
        with pytest.raises(EndpointDown, match="no complete answer"):
            transport.remove(FILE)
        assert (server.root / "file.csv").exists()


CONNECTIONS = [
    (Rule(On.CONNECT, Do.DROP, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.FAILURE, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.GARBAGE, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.TRUNCATE, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.HANG, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.ENDLESS, times=None), EndpointDown),
    (Rule(On.CONNECT, Do.SLOW, number=0.05), None),
    (Rule(On.CONNECT, Do.OTHER_KEY, times=None), HostKeyRefused),
    (Rule(On.CONNECT, Do.WEAK, what="key exchange", times=None), AlgorithmsRefused),
    (Rule(On.CONNECT, Do.WEAK, what="ciphers", times=None), AlgorithmsRefused),
    (Rule(On.CONNECT, Do.WEAK, what="digests", times=None), AlgorithmsRefused),
    (Rule(On.AUTH, Do.DROP), EndpointDown),
    (Rule(On.AUTH, Do.HANG), EndpointDown),
    (Rule(On.AUTH, Do.FAILURE), LoginRefused),
    (Rule(On.AUTH, Do.SLOW, number=0.05), None),
]


@pytest.mark.parametrize(("rule", "raised"), CONNECTIONS, ids=lambda it: f"{it.on} {it.do} {it.what}" if isinstance(it, Rule) else "")
def test_each_rule_about_connecting_is_noticed(tmp_path: Path, rule: Rule, raised: type[Exception] | None) -> None:
    with peer(tmp_path, rule) as server:
        if raised is None:
            with client(server) as transport:
                assert read(transport) == BODY
        else:
            with pytest.raises(raised), client(server):
                pass
        assert rule in server.rules.struck


def test_lies_about_size_time_and_kind(tmp_path: Path) -> None:
    lies = [("size", 5), ("time", 77), ("type", 0), ("", 0)]
    rules = [Rule(On.STAT, Do.LIE, "file.csv", what=what, number=number) for what, number in lies]
    with peer(tmp_path, *rules) as server, client(server) as transport:
        assert isinstance(transport, Stat)
        size, moment, kind, nothing, honest = (transport.stat(FILE) for _ in range(5))
    assert size is not None
    assert moment is not None
    assert kind is not None
    assert nothing is not None
    assert honest is not None
    assert (size.size, moment.modified, kind.is_file) == (105, 77, False)
    assert (nothing.size, nothing.modified, honest.size) == (None, None, 100)


def test_reads_that_are_cut_vary_or_never_end(tmp_path: Path) -> None:
    cut = Rule(On.READ, Do.TRUNCATE, number=7, times=None)
    with peer(tmp_path, cut) as server, client(server) as transport:
        assert read(transport) == BODY[:7]
        server.rules.clear()
        server.rules.add(Rule(On.READ, Do.VARY))
        assert read(transport) != BODY
        server.rules.add(Rule(On.READ, Do.ENDLESS, times=None))
        with transport.open(FILE) as body:
            assert len(body.read(1_000_000)) == 1_000_000


def test_writes_that_are_swallowed(tmp_path: Path) -> None:
    with peer(tmp_path, Rule(On.WRITE, Do.TRUNCATE, number=7)) as server, client(server) as transport:
        transport.put(OTHER, io.BytesIO(BODY))
        assert (server.root / "other.csv").read_bytes() == BODY[:7]


def test_listings_that_stop_never_end_or_hold_hostile_names(tmp_path: Path) -> None:
    with peer(tmp_path, Rule(On.READDIR, Do.STOP)) as server, client(server) as transport:
        with pytest.raises(EndpointDown, match="broke off"):
            list(transport.listing(HOME))
        server.rules.add(Rule(On.READDIR, Do.TRUNCATE), Rule(On.READDIR, Do.NAMES), Rule(On.READDIR, Do.NAMES, number=500))
        assert list(transport.listing(HOME)) == []
        assert {entry.name for entry in transport.listing(HOME)} == {b"caf\xe9.csv", b"line\nend.csv", b"x" * 255, b"\xff\xfe", b"file.csv"}
        assert sum(entry.is_file for entry in transport.listing(HOME)) == 501
        server.rules.add(Rule(On.READDIR, Do.ENDLESS))
        assert len(list(islice(transport.listing(HOME), 2_000))) == 2_000


def test_files_that_change_under_our_hands_and_are_taken_away(tmp_path: Path) -> None:
    with peer(tmp_path, Rule(On.OPEN_READ, Do.REPLACE, what="new")) as server, client(server) as transport:
        assert read(transport) == b"new"
        server.rules.add(Rule(On.OPEN_READ, Do.GROW, what="er"))
        assert read(transport) == b"newer"
        server.rules.add(Rule(On.POSIX_RENAME, Do.COLLECT))
        transport.rename(FILE, OTHER)
        assert not (server.root / "other.csv").exists()
        (collected,) = server.collected.iterdir()
        assert collected.read_bytes() == b"newer"
        assert appearances(server.evidence.deeds()) == [("other.csv", sha256(b"newer").hexdigest())]


def test_a_poisoned_session_never_recovers_and_a_new_one_works(tmp_path: Path) -> None:
    with peer(tmp_path, Rule(On.STAT, Do.POISON)) as server:
        with client(server) as transport:
            for _ in range(2):
                with pytest.raises(EndpointDown):
                    look(transport)
        with client(server) as transport:
            assert read(transport) == BODY


def test_a_session_may_have_so_many_files_open(tmp_path: Path) -> None:
    with peer(tmp_path, most_open=2) as server, client(server) as transport:
        with transport.open(FILE), transport.open(FILE), pytest.raises(EndpointDown, match="too many open files"):
            read(transport)
        assert read(transport) == BODY


def test_extensions_that_are_not_offered(tmp_path: Path) -> None:
    with peer(tmp_path, withheld=[POSIX_RENAME, FSYNC]) as server, client(server) as transport:
        transport.put(OTHER, io.BytesIO(BODY))
        with pytest.raises(CannotRename, match="offers no atomic rename"):
            transport.rename(OTHER, FILE)
        assert server.evidence.deeds("fsync") == []


def test_evidence_holds_every_operation_with_its_hash(tmp_path: Path) -> None:
    with peer(tmp_path) as server, client(server) as transport:
        transport.put(OTHER, io.BytesIO(BODY))
        transport.rename(OTHER, RemotePath(b"final.csv"))
        transport.remove(RemotePath(b"final.csv"))
        with pytest.raises(NoSuchFile):
            transport.remove(OTHER)
    digest = sha256(BODY).hexdigest()
    told = [(deed.op, deed.sha256) for deed in read_evidence(server.evidence.file) if deed.op in {"written", "posix_rename", "remove"}]
    assert told == [("written", digest), ("posix_rename", digest), ("remove", digest)]


def test_a_seed_chooses_the_same_rules_again() -> None:
    chosen = [some_rules(random.Random(seed)) for seed in range(200)]
    assert chosen == [some_rules(random.Random(seed)) for seed in range(200)]
    assert {rule.on for rules in chosen for rule in rules} == {rule.on for rule in HEALING}
    assert all(rule.times is not None for rules in chosen for rule in rules)


def test_the_server_runs_by_itself(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/file.csv").write_bytes(BODY)
    (tmp_path / "rules.json").write_text(json.dumps([{"on": "remove", "do": "failure", "what": "permission"}]))
    assert read_rules(tmp_path / "rules.json") == [Rule(On.REMOVE, Do.FAILURE, what="permission")]
    command = [sys.executable, "-m", "tests.chaos.peers.server", tmp_path / "root", "--rules", tmp_path / "rules.json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        login = {"user": USER, "password": Secret(PASSWORD)}
        transport = open_transport("sftp", SftpOptions(host="127.0.0.1", port=told["port"], host_keys=(told["host_key"],), **login))
        with pytest.raises(PermissionRefused):
            transport.remove(FILE)
        assert read(transport) == BODY
        transport.close()
        process.terminate()
        assert process.wait(20) == 0
    assert [deed.done for deed in read_evidence(Path(told["log"])) if deed.op == "remove"] == [False]


@contextmanager
def proxied(tmp_path: Path) -> Iterator[tuple[RuledServer, Proxy]]:
    with peer(tmp_path) as server, Proxy(server.port) as proxy:
        yield server, proxy


def test_the_proxy_is_not_noticed(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy):
        for way in Way:
            proxy.set(way, slices=3)
        with client(server, port=proxy.port) as transport:
            transport.put(OTHER, io.BytesIO(BODY * 100))
            assert read(transport) == BODY
        assert (server.root / "other.csv").read_bytes() == BODY * 100


def test_latency_and_bandwidth_take_their_time(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy), client(server, port=proxy.port) as transport:
        proxy.set(Way.DOWN, latency=0.1, jitter=0.02)
        began = time.monotonic()
        look(transport)
        assert time.monotonic() - began >= 0.08
        proxy.set(Way.DOWN, bandwidth=100_000)
        (server.root / "file.csv").write_bytes(bytes(20_000))
        began = time.monotonic()
        assert len(read(transport)) == 20_000
        assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("toxics", [{"limit": 1_500}, {"limit": 1_500, "limit_resets": True}], ids=["close", "reset"])
@pytest.mark.parametrize("way", Way)
def test_a_connection_breaks_off_at_a_byte(tmp_path: Path, way: Way, toxics: dict[str, object]) -> None:
    with proxied(tmp_path) as (server, proxy):
        proxy.set(way, **toxics)
        with pytest.raises(EndpointDown), client(server, port=proxy.port) as transport:
            transport.put(OTHER, io.BytesIO(BODY * 1_000))


def test_planned_cuts_strike_one_connection_each(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy):
        cuts = [Cut(way=Way.UP, at=1), Cut(way=Way.DOWN, at=2_000, how=How.RESET), Cut(way=Way.DOWN, at=1_500, how=How.SWALLOW)]
        proxy.plan(*cuts)
        for _ in range(10):  # a connection that is dropped in the greeting is tried again by the client itself
            with suppress(GatewayError), client(server, port=proxy.port) as transport:
                for _ in range(50):
                    look(transport)
        assert proxy.struck == cuts
        with client(server, port=proxy.port) as transport:
            assert read(transport) == BODY


def test_down_cut_and_up_again(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy):
        with client(server, port=proxy.port) as transport:
            proxy.down()
            with pytest.raises(EndpointDown):
                look(transport)
        with pytest.raises(EndpointDown), client(server, port=proxy.port):
            pass
        proxy.clear()
        with client(server, port=proxy.port) as transport:
            assert read(transport) == BODY
            proxy.cut(reset=True)
            with pytest.raises(EndpointDown):
                look(transport)


def test_everything_may_be_swallowed_while_the_connection_stays(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, proxy), client(server, port=proxy.port) as transport:
        proxy.set(Way.DOWN, swallow=True)
        with pytest.raises(EndpointDown, match="no complete answer"):
            transport.remove(FILE)
        assert [deed.done for deed in server.evidence.deeds("remove")] == [True]


def test_answers_are_swallowed_from_a_pattern_on_and_only_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as echo, Proxy(int(echo.getsockname()[1])) as proxy:
        proxy.swallow_after(b"COMMIT")
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as asking, echo.accept()[0] as asked:
            asking.sendall(b"COMM")
            assert asked.recv(100) == b"COMM"
            asked.sendall(b"fine")
            assert asking.recv(100) == b"fine"
            asking.sendall(b"IT;")
            assert asked.recv(100) == b"IT;"
            assert proxy.swallowed.is_set()
            asked.sendall(b"committed")
            asking.settimeout(0.1)
            with pytest.raises(TimeoutError):
                asking.recv(100)
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as asking, echo.accept()[0] as asked:
            asking.sendall(b"COMMIT;")
            assert asked.recv(100) == b"COMMIT;"
            asked.sendall(b"committed")
            assert asking.recv(100) == b"committed"


def test_an_end_is_told_late() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Proxy(int(listener.getsockname()[1])) as proxy:
        proxy.set(Way.DOWN, slow_close=0.2)
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as asking:
            asked = listener.accept()[0]
            began = time.monotonic()
            asked.close()
            assert asking.recv(100) == b""
            assert time.monotonic() - began >= 0.2


def plain(root: Path) -> SftpServer:
    return SftpServer(root, {USER: Account(password=PASSWORD)})


@pytest.mark.parametrize("open_server", [plain, RuledServer])
def test_a_server_that_ends_leaves_no_socket_of_those_who_came_at_that_moment(
    tmp_path: Path, open_server: Callable[[Path], SftpServer]
) -> None:
    for _ in range(20):
        with open_server(tmp_path) as server:
            for _ in range(3):
                socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    gc.collect()  # what was left open is told here, and a warning is an error


@pytest.mark.parametrize("do", [Do.SLOW, Do.HANG, Do.ENDLESS])
def test_a_server_that_ends_leaves_no_socket_of_those_whom_it_keeps_waiting(tmp_path: Path, do: Do) -> None:
    with peer(tmp_path, Rule(On.CONNECT, do, number=30, times=None)) as server, ExitStack() as waiting:
        for _ in range(3):
            waiting.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
        wait_until(lambda: len(server.evidence.deeds("connect")) == 3)
    gc.collect()

"""The SFTP session against a scripted other side: odd servers, cut messages, answers out of order, noise."""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import EndpointDown, GatewayError, PermissionRefused
from gateway.kernel.secret import Secret
from gateway.transports import CannotRename, FileExists, FolderMissing, NoSuchFile, RemotePath, RenameMode, SftpOptions
from gateway.transports import sftp_wire as wire
from gateway.transports.pace import Watchdog
from gateway.transports.sftp import FSYNC, POSIX_RENAME, LookingSftpTransport
from gateway.transports.ssh import Connection

FILE = RemotePath(b"file.csv")
Answer = tuple[int, bytes]
Answering = Callable[[int, bytes], Answer | None]


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


def text(value: bytes) -> bytes:
    return u32(len(value)) + value


def status(code: int, words: bytes = b"") -> Answer:
    return wire.STATUS, u32(code) + text(words) + text(b"")


def attributes(size: int | None = None, mode: int | None = None) -> bytes:
    flags = (1 if size is not None else 0) | (4 if mode is not None else 0)
    return u32(flags) + (struct.pack(">Q", size) if size is not None else b"") + (u32(mode) if mode is not None else b"")


def names(*entries: tuple[bytes, bytes, bytes]) -> Answer:
    return wire.NAME, u32(len(entries)) + b"".join(text(name) + text(long) + found for name, long, found in entries)


class ScriptedServer:
    """A channel whose other side answers each request by a function; `held` keeps answers back to reorder them."""

    def __init__(self, answering: Answering, extensions: dict[bytes, bytes] | None = None) -> None:
        self._answering = answering
        self._extensions = extensions or {}
        self._out = bytearray()
        self.requests: list[int] = []

    def sendall(self, packets: bytes) -> None:
        while packets:
            end = 4 + int.from_bytes(packets[:4], "big")
            self._answer(packets[:end])
            packets = packets[end:]

    def _answer(self, packet: bytes) -> None:
        kind, body = packet[4], packet[5:]
        self.requests.append(kind)
        if kind == wire.INIT:
            self._reply(wire.VERSION, u32(3) + b"".join(text(name) + text(value) for name, value in self._extensions.items()))
            return
        answer = self._answering(kind, body[4:])
        if answer is not None:
            self._reply(answer[0], body[:4] + answer[1])

    def recv(self, count: int) -> bytes:
        block = bytes(self._out[:count])
        del self._out[:count]
        return block

    def settimeout(self, timeout: float | None) -> None:
        assert timeout is None or timeout > 0

    def _reply(self, kind: int, body: bytes) -> None:
        self._out += u32(len(body) + 1) + bytes([kind]) + body


class LooseConnection:
    """Stands in for the SSH connection below; there is none."""

    server = "scripted"

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def watchdog() -> Iterator[Watchdog]:
    watching = Watchdog(lambda: None, tick=1)
    yield watching
    watching.close()


Serve = Callable[..., LookingSftpTransport]


@pytest.fixture
def serve(watchdog: Watchdog) -> Serve:
    return lambda answering, extensions=None, rename=RenameMode.ATOMIC: transport_to(answering, watchdog, extensions, rename)


def transport_to(
    answering: Answering, watchdog: Watchdog, extensions: dict[bytes, bytes] | None = None, rename: RenameMode = RenameMode.ATOMIC
) -> LookingSftpTransport:
    options = SftpOptions(host="scripted", user="gateway", host_keys=("SHA256:" + "A" * 43,), password=Secret("x"), rename=rename)
    session = wire.Session(ScriptedServer(answering, extensions), watchdog, limit=5)
    return LookingSftpTransport(cast("Connection", LooseConnection()), session, options)


def listing_server(*pages: Answer) -> Answering:
    left = list(pages)

    def answer(kind: int, _: bytes) -> Answer:
        if kind == wire.OPENDIR:
            return wire.HANDLE, text(b"h")
        if kind == wire.READDIR:
            return left.pop(0) if left else status(wire.EOF)
        return status(wire.OK)

    return answer


def test_names_that_would_leave_the_folder_are_left_out(serve: Serve) -> None:
    entries = [(name, b"", attributes(1, stat.S_IFREG)) for name in (b".", b"..", b"../up", b"/etc/passwd", b"a/b", b"", b"n\0l", b"fine")]
    assert [entry.name for entry in serve(listing_server(names(*entries))).listing(RemotePath())] == [b"fine"]


@pytest.mark.parametrize(
    ("long_name", "found", "is_file"),
    [
        (b"", attributes(mode=stat.S_IFREG | 0o644), True),
        (b"", attributes(mode=stat.S_IFDIR | 0o755), False),
        (b"", attributes(mode=stat.S_IFLNK | 0o777), False),
        (b"-rw-r--r-- 1 x", attributes(), True),
        (b"drwxr-xr-x 1 x", attributes(), False),
        (b"lrwxrwxrwx 1 x", attributes(), False),
        (b"", attributes(), True),
    ],
)
def test_the_kind_of_an_entry_comes_from_the_mode_or_the_long_name(serve: Serve, long_name: bytes, found: bytes, is_file: bool) -> None:
    (entry,) = serve(listing_server(names((b"entry", long_name, found)))).listing(RemotePath())
    assert entry.is_file is is_file
    assert entry.size is None


def test_a_listing_of_empty_pages_comes_to_an_end(serve: Serve) -> None:
    transport = serve(lambda kind, _: names() if kind == wire.READDIR else (wire.HANDLE, text(b"h")) if kind == wire.OPENDIR else status(0))
    with pytest.raises(EndpointDown, match="never comes to an end"):
        list(transport.listing(RemotePath()))


def file_server(body: bytes, *, told: int | None, most: int) -> Answering:
    """Serves one file; tells `told` as its size and gives at most `most` bytes an answer."""

    def answer(kind: int, request: bytes) -> Answer:
        match kind:
            case wire.LSTAT:
                return status(wire.PERMISSION_DENIED) if told is None else (wire.ATTRS, attributes(told, stat.S_IFREG))
            case wire.OPEN:
                return wire.HANDLE, text(b"h")
            case wire.READ:
                position, count = struct.unpack(">QI", request[-12:])
                block = body[position : position + min(count, most)]
                return (wire.DATA, text(block)) if block else status(wire.EOF)
            case _:
                return status(wire.OK)

    return answer


@given(
    st.integers(0, 200_000),
    st.one_of(st.none(), st.integers(0, 250_000)),
    st.sampled_from([1_000, 4_096, 32_767, 32_768, 100_000]),
    st.integers(1, 100_000),
)
def test_a_file_is_read_whole_whatever_size_is_told_and_however_short_the_answers(
    watchdog: Watchdog, length: int, told: int | None, most: int, step: int
) -> None:
    content = (b"0123456789" * 20_001)[:length]
    transport = transport_to(file_server(content, told=told, most=most), watchdog)
    with transport.open(FILE) as stream:
        assert b"".join(iter(lambda: stream.read(step), b"")) == content


def test_a_server_that_sends_more_than_asked_for_is_refused(serve: Serve) -> None:
    def answer(kind: int, request: bytes) -> Answer:
        return (wire.DATA, text(b"x" * 40_000)) if kind == wire.READ else file_server(b"", told=1, most=1)(kind, request)

    with pytest.raises(EndpointDown, match="more than was asked for"), serve(answer).open(FILE) as body:
        body.read()


def test_answers_in_any_order_find_their_requests(watchdog: Watchdog) -> None:
    class Reordering(ScriptedServer):
        held: bytes = b""

        def _reply(self, kind: int, body: bytes) -> None:
            packet = u32(len(body) + 1) + bytes([kind]) + body
            if kind == wire.DATA and not self.held:
                self.held = packet
                return
            self._out += packet + self.held
            self.held = b""

    content = bytes(range(256)) * 1_000
    server = Reordering(file_server(content, told=len(content), most=32_768))
    session = wire.Session(server, watchdog, limit=5)
    options = SftpOptions(host="h", user="u", host_keys=("SHA256:" + "A" * 43,), password=Secret("x"))
    with LookingSftpTransport(cast("Connection", LooseConnection()), session, options).open(FILE) as body:
        assert body.read() == content


def test_a_file_may_be_read_where_stat_is_forbidden(serve: Serve) -> None:
    with serve(file_server(b"content", told=None, most=32_768)).open(FILE) as body:
        assert body.read() == b"content"


RENAMES: list[tuple[dict[bytes, bytes], RenameMode, int | None]] = [
    ({POSIX_RENAME: b"1"}, RenameMode.ATOMIC, wire.EXTENDED),
    ({POSIX_RENAME: b"1"}, RenameMode.PLAIN, wire.EXTENDED),
    ({}, RenameMode.PLAIN, wire.RENAME),
    ({}, RenameMode.ATOMIC, None),
]


@pytest.mark.parametrize(("extensions", "mode", "request_sent"), RENAMES)
def test_the_weaker_rename_is_used_only_where_the_connector_allows_it(
    watchdog: Watchdog, extensions: dict[bytes, bytes], mode: RenameMode, request_sent: int | None
) -> None:
    server = ScriptedServer(lambda *_: status(wire.OK), extensions)
    options = SftpOptions(host="h", user="u", host_keys=("SHA256:" + "A" * 43,), password=Secret("x"), rename=mode)
    transport = LookingSftpTransport(cast("Connection", LooseConnection()), wire.Session(server, watchdog, limit=5), options)
    if request_sent is None:
        with pytest.raises(CannotRename, match="rename: plain"):
            transport.rename(FILE, RemotePath(b"new"))
        assert server.requests == [wire.INIT]
    else:
        transport.rename(FILE, RemotePath(b"new"))
        assert server.requests == [wire.INIT, request_sent]


CODES = [
    (wire.PERMISSION_DENIED, PermissionRefused, "may not do this"),
    (wire.WRITE_PROTECT, PermissionRefused, "may not do this"),
    (wire.NO_SPACE, EndpointDown, "disk or quota is full"),
    (wire.QUOTA, EndpointDown, "disk or quota is full"),
    (wire.FAILURE, EndpointDown, "because"),
    (wire.NO_SUCH_FILE, NoSuchFile, "not there"),
    (wire.NO_SUCH_PATH, NoSuchFile, "not there"),
    (4_711, EndpointDown, "status 4711"),
]


@pytest.mark.parametrize(("code", "raised", "words"), CODES)
def test_every_status_has_its_error(serve: Serve, code: int, raised: type[GatewayError], words: str) -> None:
    def answer(kind: int, _: bytes) -> Answer:
        return status(code, b"because") if kind == wire.REMOVE else (wire.ATTRS, attributes(1, stat.S_IFREG))

    with pytest.raises(raised, match=words):
        serve(answer).remove(FILE)


def test_a_put_onto_a_name_in_use_is_told_by_the_code_of_later_versions_too(serve: Serve) -> None:
    def answer(kind: int, _: bytes) -> Answer:
        return status(wire.ALREADY_EXISTS) if kind == wire.OPEN else (wire.ATTRS, attributes(1, stat.S_IFREG))

    with pytest.raises(FileExists):
        serve(answer).put(FILE, io.BytesIO(b"x"))


def test_a_put_into_a_missing_folder_names_it(serve: Serve) -> None:
    with pytest.raises(FolderMissing, match="folder nowhere does not exist on the server"):
        serve(lambda *_: status(wire.NO_SUCH_FILE)).put(RemotePath(b"nowhere/file.csv"), io.BytesIO(b"x"))


@pytest.mark.parametrize("failing", [wire.WRITE, wire.EXTENDED, wire.CLOSE])
def test_a_put_that_fails_at_any_step_removes_its_part(watchdog: Watchdog, failing: int) -> None:
    def answer(kind: int, _: bytes) -> Answer:
        if kind == failing:
            return status(wire.FAILURE, b"I/O error")
        return (wire.HANDLE, text(b"h")) if kind == wire.OPEN else status(wire.OK)

    server = ScriptedServer(answer, {FSYNC: b"1"})
    options = SftpOptions(host="h", user="u", host_keys=("SHA256:" + "A" * 43,), password=Secret("x"))
    transport = LookingSftpTransport(cast("Connection", LooseConnection()), wire.Session(server, watchdog, limit=5), options)
    with pytest.raises(EndpointDown, match="I/O error"):
        transport.put(FILE, io.BytesIO(b"x" * 5_000_000))
    assert server.requests[-1] == wire.REMOVE
    assert wire.CLOSE in server.requests


def test_a_reason_that_is_not_utf8_is_still_told(serve: Serve) -> None:
    with pytest.raises(EndpointDown, match=r"Pl.tte voll"):
        list(serve(lambda *_: status(wire.FAILURE, b"Pl\xe4tte voll")).listing(RemotePath()))


NOISE = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 255), st.binary(max_size=64)),
    st.tuples(st.sampled_from([wire.STATUS, wire.HANDLE, wire.DATA, wire.NAME, wire.ATTRS]), st.binary(max_size=200)),
)


@given(st.lists(NOISE, min_size=1, max_size=8), st.sampled_from(["list", "open", "put", "rename", "remove", "stat", "folder"]))
def test_noise_from_the_server_is_an_error_of_ours_never_a_traceback(watchdog: Watchdog, noise: list[Answer | None], action: str) -> None:
    left = list(noise)
    transport = transport_to(lambda *_: left.pop(0) if left else None, watchdog, {POSIX_RENAME: b"1"})
    try:
        match action:
            case "list":
                list(transport.listing(RemotePath()))
            case "open":
                with transport.open(FILE) as body:
                    body.read()
            case "put":
                transport.put(FILE, io.BytesIO(b"x"))
            case "rename":
                transport.rename(FILE, RemotePath(b"new"))
            case "remove":
                transport.remove(FILE)
            case "stat":
                transport.stat(FILE)
            case _:
                transport.ensure_folder(FILE)
    except GatewayError:
        return


@given(st.binary(max_size=200))
def test_noise_instead_of_a_greeting_is_an_error_of_ours(watchdog: Watchdog, noise: bytes) -> None:
    class Noise(ScriptedServer):
        def sendall(self, packet: bytes) -> None:
            self._out += noise

    try:
        wire.Session(Noise(lambda *_: None), watchdog, limit=5)
    except EndpointDown:
        return

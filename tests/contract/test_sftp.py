"""What only an SFTP server can do to us: keys, logins, algorithms, silence, odd answers."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncssh
import paramiko
import pytest

from gateway.kernel.errors import (
    ConfigError,
    EndpointDown,
    HostKeyRefused,
    LoginRefused,
    PermissionRefused,
)
from gateway.kernel.secret import Secret
from gateway.simulator.sftp import Account
from gateway.transports import AlgorithmsRefused, CannotRename, Deadlines, RemotePath, Result, SftpOptions, Transport, open_transport, probe
from tests.openssh import OpenSsh, openssh_server
from tests.sftp_server import USER, FlakyServer, HangingServer, MuteServer, RefusingServer, WeakServer, WitnessServer
from tests.sites import key_options, password_options

HOME = RemotePath()
FILE = RemotePath(b"file.csv")
FOREIGN_PIN = "SHA256:" + "A" * 43
SHORT = Deadlines(connect=timedelta(seconds=0.6), login=timedelta(seconds=0.6), progress=timedelta(seconds=0.6))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WitnessServer]:
    with WitnessServer(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    with openssh_server(tmp_path_factory.mktemp("openssh")) as started:
        yield started


def opened(options: SftpOptions) -> Transport:
    return open_transport("sftp", options)


def test_a_foreign_host_key_gets_no_credential(server: WitnessServer) -> None:
    with pytest.raises(HostKeyRefused) as refused:
        opened(password_options(server, host_keys=(FOREIGN_PIN,)))
    assert FOREIGN_PIN in str(refused.value)
    assert server.host_key_fingerprint in str(refused.value)
    assert "ssh-ed25519" in str(refused.value)
    assert server.attempts == []


def test_several_pins_serve_a_planned_change(server: WitnessServer) -> None:
    opened(password_options(server, host_keys=(FOREIGN_PIN, server.host_key_fingerprint))).close()


def test_a_pin_of_another_kind_than_the_preferred_one_is_found(openssh: OpenSsh) -> None:
    opened(key_options(openssh, host_keys=(openssh.fingerprints["rsa"],))).close()


def test_the_refusal_names_every_host_key_the_server_showed(openssh: OpenSsh) -> None:
    with pytest.raises(HostKeyRefused) as refused:
        opened(key_options(openssh, host_keys=(FOREIGN_PIN,)))
    assert all(fingerprint in str(refused.value) for fingerprint in openssh.fingerprints.values())


def test_a_wrong_password_is_tried_once_and_named_without_showing_it(server: WitnessServer) -> None:
    with pytest.raises(LoginRefused, match="refuses gateway: password is wrong") as refused:
        opened(password_options(server, password=Secret("guess")))
    assert "guess" not in str(refused.value)
    assert server.attempts.count("password guess") == 1
    assert server.connected == 1


def test_a_login_by_key_that_has_a_passphrase(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    locked = key.export_private_key("openssh", passphrase="open sesame").decode()
    account = Account(public_key=key.export_public_key().decode())
    with WitnessServer(tmp_path, {USER: account}) as server:
        options = password_options(server, password=None, key=Secret(locked))
        with pytest.raises(ConfigError, match="has a passphrase"):
            opened(options)
        with pytest.raises(ConfigError, match="wrong passphrase"):
            opened(password_options(server, password=None, key=Secret(locked), passphrase=Secret("guess")))
        opened(password_options(server, password=None, key=Secret(locked), passphrase=Secret("open sesame"))).close()


@pytest.mark.parametrize(("kind", "form"), [("ssh-ed25519", "openssh"), ("ssh-rsa", "openssh"), ("ssh-rsa", "pkcs1-pem")])
def test_keys_of_every_common_form_are_read(tmp_path: Path, kind: str, form: str) -> None:
    key = asyncssh.generate_private_key(kind)
    with WitnessServer(tmp_path, {USER: Account(public_key=key.export_public_key().decode())}) as server:
        text = key.export_private_key(form).decode()
        opened(password_options(server, password=None, key=Secret(text))).close()


def test_an_unreadable_key_is_a_fault_of_the_configuration(server: WitnessServer) -> None:
    with pytest.raises(ConfigError, match="key: the private key cannot be read"):
        opened(password_options(server, password=None, key=Secret("not a key")))
    assert server.connected == 0


def test_a_refused_key_falls_back_to_the_password(server: WitnessServer) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    opened(password_options(server, key=Secret(key))).close()


WEAK = {
    "key exchange": ({"kex_algs": ["diffie-hellman-group1-sha1"]}, "diffie-hellman-group1-sha1", "curve25519-sha256@libssh.org"),
    "ciphers": ({"encryption_algs": ["3des-cbc"]}, "3des-cbc", "aes256-ctr"),
    "digests": ({"mac_algs": ["hmac-md5"], "encryption_algs": ["aes128-ctr"]}, "hmac-md5", "hmac-sha2-256"),
}


@pytest.mark.parametrize("kind", WEAK)
def test_a_server_with_weak_algorithms_only_is_refused_with_what_both_sides_offer(tmp_path: Path, kind: str) -> None:
    offered, theirs, ours = WEAK[kind]
    with WeakServer(tmp_path, offered) as server, pytest.raises(AlgorithmsRefused) as refused:
        opened(password_options(server))
    text = str(refused.value)
    assert f"{kind}: the server offers {theirs}" in text
    assert ours in text
    assert server.attempts == []


OLD = {
    "key exchange": ("KexAlgorithms diffie-hellman-group1-sha1", "diffie-hellman-group1-sha1"),
    "ciphers": ("Ciphers 3des-cbc", "3des-cbc"),
    "host keys": ("HostKeyAlgorithms ssh-rsa", "ssh-rsa"),
}


@pytest.mark.parametrize("kind", OLD)
def test_an_old_openssh_is_refused_with_what_both_sides_offer(tmp_path: Path, kind: str) -> None:
    setting, theirs = OLD[kind]
    with openssh_server(tmp_path, setting) as server, pytest.raises(AlgorithmsRefused) as refused:
        opened(key_options(server))
    assert f"{kind}: the server offers {theirs}" in str(refused.value)


HANGS = [("scandir", "list"), ("lstat", "open"), ("open", "put"), ("posix_rename", "rename"), ("remove", "remove")]


@pytest.mark.parametrize(("on", "action"), HANGS)
def test_a_server_that_never_answers_is_given_up_in_time(tmp_path: Path, on: str, action: str) -> None:
    (tmp_path / "file.csv").write_bytes(b"x")
    with HangingServer(tmp_path, on) as server:
        transport = opened(password_options(server, deadlines=SHORT))
        began = time.monotonic()
        with pytest.raises(EndpointDown, match="no complete answer within"):
            do(transport, action)
        assert time.monotonic() - began < 10
        with pytest.raises(EndpointDown, match="closed"):
            transport.remove(FILE)
        transport.close()


def test_a_server_that_hangs_in_the_login_is_given_up_in_time(tmp_path: Path) -> None:
    with HangingServer(tmp_path, "login") as server, pytest.raises(EndpointDown, match="did not answer the login within"):
        opened(password_options(server, deadlines=SHORT))


def test_a_server_that_never_greets_is_given_up_in_time(server: WitnessServer) -> None:
    with MuteServer() as mute, pytest.raises(EndpointDown, match="did not greet within"):
        opened(password_options(server, port=mute.port, deadlines=SHORT))


def test_a_connection_dropped_at_once_is_tried_again_within_seconds(tmp_path: Path) -> None:
    with FlakyServer(tmp_path, failures=2) as server:
        opened(password_options(server)).close()
        assert server.connected == 3
    with FlakyServer(tmp_path, failures=9) as server:
        with pytest.raises(EndpointDown, match="broke off the greeting"):
            opened(password_options(server))
        assert server.connected == 3


def test_a_port_where_nobody_listens_is_named(server: WitnessServer) -> None:
    with MuteServer() as mute:
        port = mute.port
    with pytest.raises(EndpointDown, match=f"127.0.0.1 port {port} refuses the connection"):
        opened(password_options(server, port=port))


def test_a_host_name_that_does_not_exist_is_named(server: WitnessServer) -> None:
    with pytest.raises(EndpointDown, match="not a known host name"):
        opened(password_options(server, host="no-such-host.invalid"))


def test_a_connection_that_breaks_off_says_so_and_stays_closed(tmp_path: Path) -> None:
    with WitnessServer(tmp_path) as server:
        transport = opened(password_options(server))
    with pytest.raises(EndpointDown):
        list(transport.listing(HOME))
    with pytest.raises(EndpointDown, match="closed"):
        list(transport.listing(HOME))
    transport.close()


REFUSALS = [
    ("scandir", "list", asyncssh.SFTPPermissionDenied("no"), PermissionRefused, "gateway may not do this"),
    ("open", "put", asyncssh.SFTPPermissionDenied("no"), PermissionRefused, "creating file.csv"),
    ("open", "open", asyncssh.SFTPPermissionDenied("no"), PermissionRefused, "opening file.csv"),
    ("posix_rename", "rename", asyncssh.SFTPPermissionDenied("no"), PermissionRefused, "renaming file.csv"),
    ("remove", "remove", asyncssh.SFTPPermissionDenied("no"), PermissionRefused, "removing file.csv"),
    ("write", "put", asyncssh.SFTPFailure("disk full"), EndpointDown, "disk full"),
    ("close", "put", asyncssh.SFTPFailure("quota exceeded"), EndpointDown, "quota exceeded"),
    ("fsync", "put", asyncssh.SFTPFailure("I/O error"), EndpointDown, "I/O error"),
    ("read", "open", asyncssh.SFTPFailure("I/O error"), EndpointDown, "I/O error"),
    ("posix_rename", "rename", asyncssh.SFTPOpUnsupported("no"), CannotRename, "posix-rename"),
    ("posix_rename", "rename", asyncssh.SFTPFailure("odd"), EndpointDown, "odd"),
]


@pytest.mark.parametrize(("on", "action", "error", "raised", "words"), REFUSALS, ids=lambda value: getattr(value, "__name__", None))
def test_a_refusal_becomes_our_own_error_with_the_servers_words(
    tmp_path: Path, on: str, action: str, error: asyncssh.SFTPError, raised: type[Exception], words: str
) -> None:
    if action != "put":
        (tmp_path / "file.csv").write_bytes(b"x")
    with RefusingServer(tmp_path, on, error) as server:
        transport = opened(password_options(server))
        with pytest.raises(raised, match=words):
            do(transport, action)
        transport.close()
    if action == "put":
        assert list(tmp_path.iterdir()) == []


def test_one_connection_serves_many_calls(server: WitnessServer) -> None:
    transport = opened(password_options(server))
    for number in range(20):
        transport.put(RemotePath(b"%d.csv" % number), io.BytesIO(b"x"))
        list(transport.listing(HOME))
    transport.close()
    assert server.connected == 1


def test_no_thread_and_no_socket_is_left_behind(server: WitnessServer) -> None:
    for _ in range(5):
        opened(password_options(server)).close()
        with pytest.raises(LoginRefused):
            opened(password_options(server, password=Secret("guess")))
        with pytest.raises(HostKeyRefused):
            opened(password_options(server, host_keys=(FOREIGN_PIN,)))
    ours = [thread for thread in threading.enumerate() if isinstance(thread, paramiko.Transport) or "watchdog" in thread.name]
    assert ours == []


def test_a_large_file_and_openssh_agree(openssh: OpenSsh) -> None:
    body = bytes(range(256)) * 40_000
    path = RemotePath(bytes(openssh.root / "large.bin"))
    transport = opened(key_options(openssh))
    transport.put(path, io.BytesIO(body))
    with transport.open(path) as found:
        assert found.read() == body
    transport.close()
    assert (openssh.root / "large.bin").read_bytes() == body


def test_the_connector_test_tells_every_step_and_leaves_nothing(server: WitnessServer) -> None:
    steps = list(probe("sftp", password_options(server), [RemotePath.of("/")], token="t1"))
    assert [step.name for step in steps] == [
        *("reachable", "host key", "login", "software", "renames", "fsync"),
        *("list", "write", "rename", "read back", "remove"),
    ]
    assert all(step.result is Result.FINE and step.text for step in steps)
    assert list(server.root.iterdir()) == []


def test_the_connector_test_stops_at_the_step_that_fails(server: WitnessServer) -> None:
    steps = {step.name: step for step in probe("sftp", password_options(server, password=Secret("guess")), [HOME], token="t1")}
    assert steps["host key"].result is Result.FINE
    assert steps["login"].result is Result.FAILED
    assert isinstance(steps["login"].error, LoginRefused)
    assert {steps[name].result for name in ("list", "write", "rename", "read back", "remove")} == {Result.SKIPPED}


def test_the_connector_test_of_a_missing_folder_goes_on_with_the_next(server: WitnessServer) -> None:
    folders = [RemotePath.of("/nowhere"), RemotePath.of("/")]
    steps = list(probe("sftp", password_options(server), folders, token="t1"))
    assert [step.result for step in steps if step.folder == "/nowhere"] == [Result.FAILED, *[Result.SKIPPED] * 4]
    assert {step.result for step in steps if step.folder == "/"} == {Result.FINE}


def test_the_connector_test_cleans_up_after_a_failed_rename(tmp_path: Path) -> None:
    with RefusingServer(tmp_path, "posix_rename", asyncssh.SFTPOpUnsupported("no")) as server:
        steps = {step.name: step for step in probe("sftp", password_options(server), [HOME], token="t1")}
    assert steps["rename"].result is Result.FAILED
    assert isinstance(steps["rename"].error, CannotRename)
    assert list(tmp_path.iterdir()) == []


def do(transport: Transport, action: str) -> None:
    """One call of each kind, on `file.csv`."""
    match action:
        case "list":
            list(transport.listing(HOME))
        case "put":
            transport.put(FILE, io.BytesIO(b"x" * 100_000))
        case "rename":
            transport.rename(FILE, RemotePath(b"other.csv"))
        case "remove":
            transport.remove(FILE)
        case _:
            with transport.open(FILE) as body:
                body.read()

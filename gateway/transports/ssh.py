"""An SSH connection to a server whose host key is pinned: reach, check the key, log in.

No agent, no configuration file, no known-hosts file, nothing learned. No credential leaves before the key is known.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import paramiko
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from gateway.kernel.errors import ConfigError, EndpointDown, HostKeyRefused, LoginRefused
from gateway.transports.base import AlgorithmsRefused, Fact, ShownKey
from gateway.transports.pace import Watchdog
from gateway.transports.ssh_offers import server_offers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from gateway.transports.options import SftpOptions

# what paramiko logs is either raised to us as well or of no use to anybody
_LOG = "gateway.transports.ssh"
_END_LIMIT = 5.0
_WEAK = frozenset({"3des-cbc", "hmac-md5", "hmac-md5-96", "hmac-sha1-96"})
_FAMILIES = ("ssh-ed25519", "ecdsa-sha2-", "rsa-sha2-")
_KEY_CLASSES: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


class Dropped(EndpointDown):
    """The server refused or dropped the connection at once: worth another try within seconds."""


class Connection:
    """A logged-in SSH connection and the watchdog over it."""

    def __init__(self, transport: paramiko.Transport, sock: socket.socket, watchdog: Watchdog, *, server: str) -> None:
        self.transport = transport
        self.watchdog = watchdog
        self.server = server
        self._socket = sock

    @property
    def shown(self) -> ShownKey:
        """The host key that the server has proved to hold."""
        key = self.transport.get_remote_server_key()
        return ShownKey(key.get_name(), key.fingerprint)

    def close(self) -> None:
        """End it, also when it hangs."""
        self.watchdog.close()
        # a half-dead connection would let paramiko wait for its own thread
        _cut(self._socket)
        self.transport.close()
        if self.transport.ident is not None:
            # close() does not wait for a thread that has already seen the end
            self.transport.join(_END_LIMIT)
        self._socket.close()


def logged_in(options: SftpOptions) -> Generator[Fact, None, Connection]:
    """Reach the server, check its host key, log in; yields a fact after each step."""
    key = _private_key(options)
    for attempt in Retrying(
        retry=retry_if_exception_type(Dropped),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        reraise=True,
    ):
        with attempt:
            connection = _greeted(options, ())
    try:
        yield Fact("reachable", f"{_where(options)} answers: {connection.server}")
        connection = _checked(options, connection)
        shown = connection.shown
        pin = next((pin for pin in options.pins if pin.fingerprint == shown.fingerprint and pin.label), None)
        yield Fact("host key", f"{shown.name} {shown.fingerprint} is pinned" + (f" as '{pin.label}'" if pin else ""))
        connection, how = _log_in(connection, options, key)
        connection.transport.set_keepalive(max(1, int(options.keepalive.total_seconds())))
        yield Fact("login", f"{options.user} is logged in by {how}")
    except BaseException:
        connection.close()
        raise
    return connection


def shown_keys(options: SftpOptions) -> tuple[ShownKey, ...]:
    """Every host key the server shows, one of each kind; nothing is believed and nobody logs in."""
    found: list[ShownKey] = []
    families: list[str] = []
    while len(families) < len(_FAMILIES):
        try:
            connection = _greeted(options, tuple(families))
        except (AlgorithmsRefused, Dropped):
            if not found:
                raise
            break
        found.append(connection.shown)
        families.append(_family(connection.shown.name))
        connection.close()
    return tuple(found)


def _greeted(options: SftpOptions, refused: tuple[str, ...]) -> Connection:
    """Connected and keys exchanged, with none of the refused host key algorithms; nothing secret sent."""
    limit = options.deadlines.connect.total_seconds()
    sock = _connected(options, limit)
    tick = max(0.05, min(1.0, min(limit, options.deadlines.login.total_seconds(), options.deadlines.progress.total_seconds()) / 4))
    watchdog = Watchdog(lambda: _cut(sock), tick=tick)
    transport = paramiko.Transport(sock)
    connection = Connection(transport, sock, watchdog, server="")
    try:
        _prepare(transport, options, refused)
        done = threading.Event()
        with watchdog.within(limit):
            transport.start_client(event=done)
            finished = done.wait(limit)
        if watchdog.bitten or not finished:
            raise EndpointDown(f"{_where(options)} took the connection but did not greet within {limit:g} s")
        if not transport.is_active():
            raise _failed_greeting(transport.get_exception(), options, transport)
        connection.server = transport.remote_version.removeprefix("SSH-2.0-")
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(options: SftpOptions, limit: float) -> socket.socket:
    try:
        sock = socket.create_connection((options.host, options.port), timeout=limit)
    except TimeoutError as error:
        raise EndpointDown(f"{_where(options)} did not answer within {limit:g} s") from error
    except socket.gaierror as error:
        raise EndpointDown(f"{options.host} is not a known host name: {error.strerror}") from error
    except (ConnectionRefusedError, ConnectionResetError) as error:
        raise Dropped(f"{_where(options)} refuses the connection; is the server running and the port right?") from error
    except OSError as error:
        raise EndpointDown(f"{_where(options)} cannot be reached: {(error.strerror or str(error)).lower()}") from error
    # without it the kernel waits for acknowledgements between small requests: six times slower
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _prepare(transport: paramiko.Transport, options: SftpOptions, refused: tuple[str, ...]) -> None:
    logger = logging.getLogger(_LOG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    transport.set_log_channel(_LOG)
    limit = options.deadlines.connect.total_seconds()
    transport.banner_timeout = transport.handshake_timeout = limit
    transport.auth_timeout = options.deadlines.login.total_seconds()
    security = transport.get_security_options()
    security.ciphers = tuple(name for name in security.ciphers if name not in _WEAK)
    security.digests = tuple(name for name in security.digests if name not in _WEAK)
    security.key_types = tuple(name for name in security.key_types if not name.startswith(refused)) if refused else security.key_types


def _failed_greeting(error: Exception | None, options: SftpOptions, transport: paramiko.Transport) -> Exception:
    if not isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return Dropped(f"{_where(options)} broke off the greeting: {str(error or '') or 'connection closed'}")
    limit = options.deadlines.connect.total_seconds()
    security = transport.get_security_options()
    ours = {
        "key exchange": security.kex,
        "host keys": security.key_types,
        "ciphers": security.ciphers,
        "digests": security.digests,
    }
    with _connected(options, limit) as sock:
        theirs = server_offers(sock)
    lacking = [
        f"{kind}: the server offers {', '.join(theirs.get(kind, ())) or 'nothing'}; the gateway accepts {', '.join(names)}"
        for kind, names in ours.items()
        if not set(names) & set(theirs.get(kind, ()))
    ]
    return AlgorithmsRefused(f"{_where(options)} and the gateway have no algorithm in common ({error}). {'. '.join(lacking)}")


def _checked(options: SftpOptions, connection: Connection) -> Connection:
    """A connection whose host key is pinned: a server has several and shows one, so ask for the other kinds too."""
    pins = _pins(options)
    shown: dict[str, str] = {}
    while True:
        key = connection.shown
        if key.fingerprint in pins:
            return connection
        connection.close()
        shown[key.name] = key.fingerprint
        families = tuple(_family(name) for name in shown)
        if len(families) == len(_FAMILIES):
            break
        try:
            connection = _greeted(options, families)
        except (AlgorithmsRefused, Dropped):
            break
    seen = ", ".join(f"{fingerprint} ({name})" for name, fingerprint in shown.items())
    raise HostKeyRefused(
        f"{_where(options)} shows the host key {seen}, but pinned is {_pinned(options)}. Nothing was sent. Ask the partner by another way "
        "whether the key was changed; if so: gateway connector trust NAME --fingerprint KEY --reason TEXT",
        shown=tuple(shown.items()),
    )


def _family(name: str) -> str:
    # rsa host keys are named ssh-rsa but negotiated as rsa-sha2-*
    return next((family for family in _FAMILIES if name.startswith(family)), "rsa-sha2-")


def _pins(options: SftpOptions) -> frozenset[str]:
    today = datetime.now(UTC).date()
    return frozenset(pin.fingerprint for pin in options.pins if pin.counts_on(today))


def _pinned(options: SftpOptions) -> str:
    """The pins for people; those that do not count today say so."""
    today = datetime.now(UTC).date()
    return ", ".join(str(pin) if pin.counts_on(today) else f"{pin}, which does not count today" for pin in options.pins)


def _log_in(connection: Connection, options: SftpOptions, key: paramiko.PKey | None) -> tuple[Connection, str]:
    """Each credential once (repeated tries lock accounts); both where the server asks for both."""
    accepted: list[str] = []
    refused: list[str] = []
    limit = options.deadlines.login.total_seconds()
    for name, attempt in _ways(options, key):
        if refused and not accepted:
            # paramiko asks for the login service anew before every attempt, which strict servers answer by hanging up
            connection.close()
            connection = _checked(options, _greeted(options, ()))
        with _login_errors(connection, options, refused, name), connection.watchdog.within(limit):
            more = attempt(connection.transport)
            accepted.append(name)
            refused += [f"{name} is accepted, but {' or '.join(more)} is asked for too"] if more else []
        if connection.transport.is_authenticated():
            return connection, " and ".join(accepted)
    connection.close()
    raise LoginRefused(f"{_where(options)} refuses {options.user}: {'; '.join(refused)}.")


def _ways(options: SftpOptions, key: paramiko.PKey | None) -> Iterator[tuple[str, Callable[[paramiko.Transport], list[str]]]]:
    if key is not None:
        yield f"key {key.fingerprint}", lambda transport: transport.auth_publickey(options.user, key)
    if options.password is not None:
        password = options.password.reveal()
        yield "password", lambda transport: transport.auth_password(options.user, password)


@contextmanager
def _login_errors(connection: Connection, options: SftpOptions, refused: list[str], name: str) -> Iterator[None]:
    limit = options.deadlines.login.total_seconds()
    try:
        yield
    except paramiko.BadAuthenticationType as error:
        refused.append(f"{name} is not allowed, the server wants {' or '.join(error.allowed_types)}")
    except paramiko.AuthenticationException as error:
        if connection.watchdog.bitten or "timeout" in str(error):
            raise EndpointDown(f"{_where(options)} did not answer the login within {limit:g} s") from error
        if not connection.transport.is_active():
            raise EndpointDown(f"{_where(options)} closed the connection during the login by {name}") from error
        refused.append(f"{name} is wrong or not accepted")
    except (paramiko.SSHException, OSError, EOFError) as error:
        if connection.watchdog.bitten:
            raise EndpointDown(f"{_where(options)} did not answer the login within {limit:g} s") from error
        raise EndpointDown(f"{_where(options)} broke off during the login: {str(error) or 'connection closed'}") from error


def _private_key(options: SftpOptions) -> paramiko.PKey | None:
    if options.key is None:
        return None
    text = options.key.reveal()
    passphrase = options.passphrase.reveal() if options.passphrase else None
    for kind in _KEY_CLASSES:
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            raise ConfigError("key: the private key has a passphrase; give it as passphrase:") from error
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise ConfigError(
        "key: the private key cannot be read (wrong passphrase, damaged, or not an Ed25519, ECDSA or RSA key in OpenSSH or PEM form; "
        "`ssh-keygen -p -f FILE` rewrites other forms)"
    )


def _where(options: SftpOptions) -> str:
    return f"{options.host} port {options.port}"


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)

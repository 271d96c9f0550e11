"""What people see and decide about partners' servers: pinned host keys, weaker modes, the connector test, trusting a new key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from gateway.config import Connector, SftpEndpoint, Workspace
from gateway.config.channel import Take
from gateway.config.endpoint import FINGERPRINT
from gateway.config.secrets import PREFIX
from gateway.delivery import Admission, let_go_on, let_through
from gateway.delivery.admission import ability_of, address_of
from gateway.desk.acting import Mode, perform
from gateway.desk.endpoints import glance
from gateway.kernel import Clock
from gateway.kernel.errors import CannotPromise, ConfigError, HostKeyRefused
from gateway.store import Store, Tx, endpoints
from gateway.transports import Learns, Pin, RemotePath, Result, SftpOptions, ShownKey, ShowsKey, Step, Transport, probe, shortfalls
from gateway.transports.endpoints import Endpoints
from gateway.transports.wants import ask_of, renames_in, weaknesses

log = structlog.get_logger()

AHEAD = timedelta(days=30)
"""So long before the last pin ends people are warned."""


class Switchboard(Struct, frozen=True):
    """What is needed to reach partners and to remember what was learned."""

    store: Store
    clock: Clock
    endpoints: Endpoints


class PinSheet(Struct, frozen=True):
    """One host key that counts, counted or will count, and whether the server has ever shown it."""

    fingerprint: str
    label: str
    since: date | None
    until: date | None
    counts: bool
    seen_at: datetime | None
    """When the server last showed it; None for never."""
    trusted_by: str = ""
    reason: str = ""


class OfferedKey(Struct, frozen=True):
    """A host key that the server has shown and that does not count: another machine, or the partner's new key."""

    fingerprint: str
    kind: str
    first_at: datetime
    last_at: datetime


class ServerSheet(Struct, frozen=True, kw_only=True):
    """What is known about a connector's server."""

    pins: tuple[PinSheet, ...] = ()
    offered: tuple[OfferedKey, ...] = ()
    """At this address and account, the last one first."""
    shown_at: datetime | None = None
    """When any key was last shown."""
    cannot_promise: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    """Channels that do not run, and the word that asks for less."""
    warnings: tuple[str, ...] = ()


class Trusted(Struct, frozen=True):
    """What trusting a host key did, or would do."""

    connector: str
    fingerprint: str
    kind: str
    is_new: bool
    """False when it was pinned or trusted before."""
    goes_on: bool
    """The endpoint stood still until now."""


def server_sheets(workspace: Workspace, *, today: date) -> Mapping[str, ServerSheet]:
    """What is known about the servers of all connectors; without a store, what their files say."""

    def sheets(connection: Connection | None) -> Mapping[str, ServerSheet]:
        return {name: _sheet(workspace, it, connection, today) for name, it in workspace.connectors.items()}

    found = glance(workspace, sheets)
    return sheets(None) if found is None else found


def sheets_in(store: Store, workspace: Workspace, *, today: date) -> Mapping[str, ServerSheet]:
    """The same from a store that is open."""
    with store.reading() as connection:
        return {name: _sheet(workspace, it, connection, today) for name, it in workspace.connectors.items()}


def prepare(workspace: Workspace, connector: Connector) -> None:
    """Before a test: its secrets are there, and so are folders of ours; ConfigError with what is missing."""
    workspace.require_secrets(connector)
    try:
        workspace.make_folders(connector)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be used as a folder: {error.strerror}") from error


def goes_on(board: Switchboard, name: str) -> bool:
    """After a test that went well: whether nobody tried the endpoint, or only probed it, until now."""
    return let_go_on(board.store, name) | let_through(board.store, name, board.clock)


def try_server(board: Switchboard, connector: Connector) -> Iterator[Step]:
    """Reach the partner and try everything that delivery and pick-up will do; what is learned about the server is kept."""
    admission = Admission(board.store, board.clock)
    options = board.endpoints.options(connector)

    def learn(transport: Transport) -> Iterator[Step]:
        return _learned(admission, connector, transport)

    token = secrets.token_hex(4)
    for step in probe(
        connector.endpoint.transport, options, _folders(connector), token=token, read_only=_read_only(connector), learn=learn
    ):
        if isinstance(step.error, HostKeyRefused):
            admission.refused(connector, step.error)
        yield step


def trust(board: Switchboard, connector: Connector, fingerprint: str, *, reason: str, actor: str, mode: Mode) -> Trusted:
    """A person trusts a host key that the server shows now. Never blind: another key than the shown ones is refused."""
    if not isinstance(connector.endpoint, SftpEndpoint):
        raise ConfigError(f"{connector.connector} has no host key: its transport is {connector.endpoint.transport}")
    if not FINGERPRINT.fullmatch(fingerprint):
        raise ConfigError(
            f"'{fingerprint}' is not a fingerprint; it is SHA256: and 43 characters, as the partner and ssh-keygen -lf tell it"
        )
    options = board.endpoints.options(connector)
    key = _shown(connector, options, fingerprint.rstrip("="), Admission(board.store, board.clock))
    now = board.clock.now()
    known = {pin.fingerprint for pin in options.pins if pin.counts_on(now.date())} if isinstance(options, SftpOptions) else set()
    if key.fingerprint in known:
        goes_on = mode is Mode.EARNEST and let_go_on(board.store, connector.connector)
        return Trusted(connector.connector, key.fingerprint, key.name, is_new=False, goes_on=goes_on)
    row = endpoints.TrustedKey(key.fingerprint, key.name, address_of(connector), now, actor, reason)

    def work(tx: Tx) -> bool:
        return endpoints.trust(tx, connector.connector, row)

    is_new = perform(board.store, work, mode)
    goes_on = mode is Mode.EARNEST and let_go_on(board.store, connector.connector)
    if mode is Mode.EARNEST:
        log.info("host_key_trusted", connector=connector.connector, fingerprint=key.fingerprint, actor=actor)
    return Trusted(connector.connector, key.fingerprint, key.name, is_new=is_new, goes_on=goes_on)


def _shown(connector: Connector, options: Struct, fingerprint: str, admission: Admission) -> ShownKey:
    from gateway.transports.ssh import shown_keys

    if not isinstance(options, SftpOptions):
        raise ConfigError(f"{connector.connector} has no host key: its transport is {connector.endpoint.transport}")
    shown = shown_keys(options)
    told = tuple((key.name, key.fingerprint) for key in shown)
    found = next((key for key in shown if key.fingerprint == fingerprint), None)
    if found is None:
        seen = ", ".join(f"{other} ({kind})" for kind, other in told)
        error = HostKeyRefused(
            f"{options.host} does not show {fingerprint} but {seen}. Nothing is trusted: ask the partner by another way which "
            "of them is theirs.",
            shown=told,
        )
        admission.refused(connector, error)
        raise error
    return found


def _learned(admission: Admission, connector: Connector, transport: Transport) -> Iterator[Step]:
    if isinstance(transport, ShowsKey):
        admission.shown(connector, transport.shown_key)
    if not isinstance(transport, Learns):
        return
    found = admission.learn(connector, transport, transport)
    if found is None:
        return
    for fact in found.facts():
        if fact.step in {"single files", "read back"} or (fact.step == "renames" and connector.channels):
            yield Step(f"server: {fact.step}", Result.FINE, fact.text)
    for channel in connector.channels:
        lacking = shortfalls(found, ask_of(connector), renames=renames_in(connector, channel.channel))
        if lacking:
            error = CannotPromise(f"channel {channel.channel} does not run: {'; '.join(lacking)}")
            yield Step("channel", Result.FAILED, str(error), folder=channel.folder, error=error)


def _folders(connector: Connector) -> list[RemotePath]:
    """Every folder the connector names, each once."""
    named = [
        *(channel.folder for channel in connector.receive),
        *connector.answer_folders(connector.receive),
        *(channel.folder for channel in connector.send),
    ]
    return [RemotePath.of(folder) for folder in dict.fromkeys(named)]


def _read_only(connector: Connector) -> frozenset[RemotePath]:
    """Folders where nothing of ours ever stands."""
    written = {channel.folder for channel in connector.send} | set(connector.answer_folders(connector.receive))
    written |= {channel.folder for channel in connector.receive if channel.take is Take.MOVE}
    return frozenset(RemotePath.of(channel.folder) for channel in connector.receive if channel.folder not in written)


def _told(key: str, workspace: Workspace) -> str:
    """A fingerprint, of a secret too where it can be had."""
    if not key.startswith(PREFIX) or workspace.secrets.problem(key) is not None:
        return key
    return workspace.secrets.get(key).reveal().strip()


def _sheet(workspace: Workspace, connector: Connector, connection: Connection | None, today: date) -> ServerSheet:
    endpoint = connector.endpoint
    if not isinstance(endpoint, SftpEndpoint):
        return ServerSheet(cannot_promise=weaknesses(connector))
    name, address = connector.connector, address_of(connector)
    seen = {key.fingerprint: key for key in endpoints.seen(connection, name)} if connection is not None else {}
    pins = [Pin(_told(pin.key, workspace), pin.label, pin.since, pin.until) for pin in endpoint.pins]
    written = [
        PinSheet(pin.fingerprint, pin.label, pin.since, pin.until, pin.counts_on(today), _last(seen.get(pin.fingerprint))) for pin in pins
    ]
    trusted = endpoints.trusted(connection, name, address=address) if connection is not None else ()
    more = [
        PinSheet(it.fingerprint, f"trusted {it.at:%Y-%m-%d}", None, None, True, _last(seen.get(it.fingerprint)), it.actor, it.reason)
        for it in trusted
    ]
    believed = {it.fingerprint for it in (*written, *more) if it.counts}
    found = endpoints.ability(connection, name) if connection is not None else None
    ability = ability_of(found) if found is not None and found.address == address else None
    lacks = [
        f"{channel.channel}: {text}"
        for channel in connector.channels
        if ability is not None
        for text in shortfalls(ability, ask_of(connector), renames=renames_in(connector, channel.channel))
    ]
    return ServerSheet(
        pins=(*written, *more),
        offered=tuple(
            OfferedKey(key.fingerprint, key.kind, key.first_at, key.last_at)
            for key in seen.values()
            if key.address == address and key.fingerprint not in believed
        ),
        shown_at=max((key.last_at for key in seen.values()), default=None),
        cannot_promise=weaknesses(connector),
        lacks=tuple(lacks),
        warnings=tuple(_warnings(pins, today=today, forever=bool(trusted), shown=_shown_lately(seen, pins, trusted, today))),
    )


def _last(found: endpoints.SeenKey | None) -> datetime | None:
    return None if found is None else found.last_at


def _shown_lately(
    seen: Mapping[str, endpoints.SeenKey], pins: list[Pin], trusted: tuple[endpoints.TrustedKey, ...], today: date
) -> frozenset[str]:
    """Every key the server has shown; none while it shows only keys that are refused: then no pin must be taken out."""
    believed = {pin.fingerprint for pin in pins if pin.counts_on(today)} | {key.fingerprint for key in trusted}
    last = max((key.last_at for key in seen.values()), default=None)
    return frozenset(seen) if any(key.last_at == last and name in believed for name, key in seen.items()) else frozenset()


def _warnings(pins: list[Pin], *, today: date, forever: bool, shown: frozenset[str]) -> Iterator[str]:
    """What to see to before the partner's server cannot be believed any more."""
    later = [pin for pin in pins if pin.until is None or pin.until >= today]
    if not later and not forever:
        yield "every pinned host key has ended: the server is not believed any more; ask the partner for its key and add it to host_keys"
        return
    if not any(pin.counts_on(today) for pin in pins) and not forever:
        yield f"no pinned host key counts yet; the first does from {min(pin.since for pin in later if pin.since is not None)}"
    ends = [pin.until for pin in later if pin.until is not None]
    if len(ends) == len(later) and not forever and max(ends) <= today + AHEAD:
        yield f"the last pinned host key ends on {max(ends)}, in {(max(ends) - today).days} days: ask the partner for the next one"
    if shown:
        for pin in later:
            if pin.fingerprint not in shown and pin.counts_on(today) and not pin.key.startswith(PREFIX):
                yield f"the server has never shown {pin}: if it is not meant for later, take it out of host_keys"

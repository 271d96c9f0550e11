"""What a partner's server can do against what its connector asks for, and which of its host keys people trust besides the pinned ones.

Found out on the first connection to a server nobody has tried, or not for a week, and kept in the store for every node. A channel
that asks for more than the server can do does not run: it says which word asks for less and what that word gives up.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
import structlog

from gateway.config import Connector, SftpEndpoint
from gateway.kernel import Clock
from gateway.kernel.errors import CannotPromise, HostKeyRefused, PolicyRefused
from gateway.kernel.typed import convert
from gateway.store import Store, Tx, endpoints
from gateway.transports import Ability, Ask, FolderMissing, Learns, MakesFolders, ShownKey, ShowsKey, Transport, shortfalls
from gateway.transports.wants import ask_of, renames_in, trial_places

log = structlog.get_logger()

GOOD_FOR = timedelta(days=7)
"""After so long a server is tried again."""
DOUBTED = timedelta(minutes=15)
"""After so long, where it could not do what is asked of it: it may have had a bad moment."""
_GLANCE = 30.0
"""Seconds a channel that may run need not be looked up again."""


class Admission:
    """Asked before and after every connection of one process."""

    def __init__(self, store: Store, clock: Clock, *, doubted: timedelta = DOUBTED) -> None:
        self._store = store
        self._clock = clock
        self._doubted = doubted
        self._lock = threading.Lock()
        self._fine: dict[tuple[str, str], float] = {}

    def trusted(self, connector: Connector) -> tuple[str, ...]:
        """Host keys that count beside those of the connector."""
        if not isinstance(connector.endpoint, SftpEndpoint):
            return ()
        with self._store.reading() as connection:
            found = endpoints.trusted(connection, connector.connector, address=address_of(connector))
        return tuple(key.fingerprint for key in found)

    def met(self, connector: Connector, transport: Transport) -> None:
        """A new connection: note the key it showed, and try the server where nobody knows what it can do."""
        if isinstance(transport, ShowsKey):
            self.shown(connector, transport.shown_key)
        if isinstance(transport, Learns) and self._known(connector) is None:
            self.learn(connector, transport, transport)

    def shown(self, connector: Connector, key: ShownKey) -> None:
        """The server has proved to hold this key."""
        self._note_seen(connector, [(key.name, key.fingerprint)])

    def refused(self, connector: Connector, error: HostKeyRefused) -> None:
        """The server showed other keys than the pinned ones: kept, so that people find them."""
        self._note_seen(connector, error.shown)

    def learn(self, connector: Connector, transport: Transport, learns: Learns) -> Ability | None:
        """Try the server in the first folder where that is possible; None where no channel writes, or none may."""
        ask = ask_of(connector)
        for place in trial_places(connector):
            try:
                if place.private and isinstance(transport, MakesFolders):
                    next(transport.listing(place.folder), None)  # a missing folder of the partner's is told, never made
                    transport.ensure_folder(place.trial)
                found = learns.find_out(place.trial, token=secrets.token_hex(4), ask=ask)
                if _lacks(found, ask):  # only what it cannot do twice in a row is believed
                    found = learns.find_out(place.trial, token=secrets.token_hex(4), ask=ask)
            except (FolderMissing, PolicyRefused) as error:
                log.info("server_not_tried", connector=connector.connector, folder=str(place.trial), reason=str(error))
                continue
            with self._store.transaction() as tx:
                keep_ability(tx, connector, found, now=self._clock.now())
            log.info("server_tried", connector=connector.connector, software=found.software, renames=found.renames, looks=found.looks)
            return found
        return None

    def require(self, connector: Connector, channel: str) -> None:
        """CannotPromise where it is known that the server cannot do what this channel asks for."""
        if not isinstance(connector.endpoint, SftpEndpoint):
            return
        name = (connector.connector, channel)
        now = self._clock.monotonic()
        with self._lock:
            if self._fine.get(name, -_GLANCE) + _GLANCE > now:
                return
        found = self._known(connector)
        lacking = () if found is None else shortfalls(found, ask_of(connector), renames=renames_in(connector, channel))
        if lacking:
            raise CannotPromise(
                f"{connector.connector}/{channel} does not run: {'; '.join(lacking)}. Then, or when the server has been changed: "
                f"gateway connector test {connector.connector}"
            )
        if found is not None:
            with self._lock:
                self._fine[name] = now

    def _known(self, connector: Connector) -> Ability | None:
        with self._store.reading() as connection:
            found = endpoints.ability(connection, connector.connector)
        if found is None or found.address != address_of(connector):
            return None
        ability, age = ability_of(found), self._clock.now() - found.found_at
        if ability is None or age > GOOD_FOR or (age > self._doubted and _lacks(ability, ask_of(connector))):
            return None
        return ability

    def _note_seen(self, connector: Connector, keys: Iterable[tuple[str, str]]) -> None:
        with self._store.transaction() as tx:
            endpoints.note_seen(tx, connector.connector, keys, address=address_of(connector), now=self._clock.now())


class Onlooker:
    """Believes the host keys that people trust, and neither notes nor tries anything: for those who only read."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._admission = Admission(store, clock)

    def trusted(self, connector: Connector) -> tuple[str, ...]:
        """Host keys that count beside those of the connector."""
        return self._admission.trusted(connector)

    def met(self, connector: Connector, transport: Transport) -> None:
        """A new connection: nothing is noted."""

    def refused(self, connector: Connector, error: HostKeyRefused) -> None:
        """The server showed other keys: nothing is noted."""

    def require(self, connector: Connector, channel: str) -> None:
        """Whoever only reads asks nothing of the server."""


def keep_ability(tx: Tx, connector: Connector, found: Ability, *, now: datetime) -> None:
    """For every node."""
    endpoints.note_ability(tx, connector.connector, address=address_of(connector), ability=msgspec.to_builtins(found), now=now)


def ability_of(found: endpoints.Found) -> Ability | None:
    """As it was written down; None for what an older or newer version wrote and this one cannot read."""
    try:
        return convert(found.ability, Ability)
    except msgspec.ValidationError:
        return None


def _lacks(ability: Ability, ask: Ask) -> bool:
    """Whether some channel asks for more."""
    return bool(shortfalls(ability, ask, renames=ask.renames))


def address_of(connector: Connector) -> str:
    """Which server and account a connector means; what was learned at another one does not count."""
    endpoint = connector.endpoint
    return f"{endpoint.user}@{endpoint.host}:{endpoint.port}" if isinstance(endpoint, SftpEndpoint) else ""

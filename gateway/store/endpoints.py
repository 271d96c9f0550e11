"""What is known about partners' servers, kept for all nodes: abilities, host keys they showed, host keys a person trusts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.session import Tx
from gateway.store.tables import endpoint_ability, host_key_seen, host_key_trust


class Found(Struct, frozen=True, gc=False):
    """The last trial of a server. `ability` is as whoever tried it wrote it down."""

    address: str
    found_at: datetime
    ability: Any


class SeenKey(Struct, frozen=True, gc=False):
    """A host key that a server has shown."""

    fingerprint: str
    kind: str
    address: str
    first_at: datetime
    last_at: datetime


class TrustedKey(Struct, frozen=True, gc=False):
    """A host key that a person trusts, and why."""

    fingerprint: str
    kind: str
    address: str
    at: datetime
    actor: str
    reason: str


def note_ability(tx: Tx, connector: str, *, address: str, ability: Any, now: datetime) -> None:
    """This was found out; what was known before is forgotten."""
    values = {"address": address, "found_at": now, "ability": ability}
    insert = (insert_sqlite if tx.is_sqlite else insert_postgresql)(endpoint_ability)
    tx.connection.execute(insert.values(connector=connector, **values).on_conflict_do_update(index_elements=["connector"], set_=values))


def ability(connection: Connection, connector: str) -> Found | None:
    """What was last found out about a connector's server."""
    row = connection.execute(select(endpoint_ability).where(endpoint_ability.c.connector == connector)).one_or_none()
    return None if row is None else Found(row.address, row.found_at, row.ability)


def note_seen(tx: Tx, connector: str, keys: Iterable[tuple[str, str]], *, address: str, now: datetime) -> None:
    """The server has shown these keys: kind and fingerprint of each."""
    insert = (insert_sqlite if tx.is_sqlite else insert_postgresql)(host_key_seen)
    for kind, fingerprint in keys:
        values = {"connector": connector, "fingerprint": fingerprint, "kind": kind, "address": address, "first_at": now, "last_at": now}
        again = {"last_at": now, "address": address}
        tx.connection.execute(insert.values(values).on_conflict_do_update(index_elements=["connector", "fingerprint"], set_=again))


def seen(connection: Connection, connector: str) -> tuple[SeenKey, ...]:
    """Every host key the connector's server has shown, the last one first."""
    table = host_key_seen
    found = connection.execute(select(table).where(table.c.connector == connector).order_by(table.c.last_at.desc(), table.c.fingerprint))
    return tuple(SeenKey(row.fingerprint, row.kind, row.address, row.first_at, row.last_at) for row in found)


def trust(tx: Tx, connector: str, key: TrustedKey) -> bool:
    """A person trusts a host key from now on; False when somebody did already."""
    table = host_key_trust
    insert = (insert_sqlite if tx.is_sqlite else insert_postgresql)(table)
    values = {
        "connector": connector,
        "address": key.address,
        "fingerprint": key.fingerprint,
        "kind": key.kind,
        "at": key.at,
        "actor": key.actor,
        "reason": key.reason,
    }
    return tx.connection.execute(insert.values(values).on_conflict_do_nothing().returning(table.c.id)).first() is not None


def trusted(connection: Connection, connector: str, *, address: str) -> tuple[TrustedKey, ...]:
    """The host keys that people trust at this address of a connector."""
    table = host_key_trust
    found = connection.execute(select(table).where(table.c.connector == connector, table.c.address == address).order_by(table.c.id))
    return tuple(TrustedKey(row.fingerprint, row.kind, row.address, row.at, row.actor, row.reason) for row in found)

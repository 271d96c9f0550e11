"""How much there is of what needs somebody: read when somebody looks, from small tables and indexes that hold live rows only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Integer, Text, bindparam, text

from gateway.store import leases, pauses
from gateway.store.queries.endpoints import EndpointRow, endpoints_in_trouble
from gateway.store.queries.queue import WorkCount, work_counts
from gateway.store.types import UtcDateTime


class ItemCount(Struct, frozen=True, gc=False):
    """Unfinished outgoing items of one connector in one state, and when the oldest was made."""

    connector: str
    state: str
    items: int
    oldest_at: datetime


class Gauges(Struct, frozen=True, kw_only=True):
    """One picture of everything that waits."""

    items: tuple[ItemCount, ...]
    overdue: dict[str, int]
    """Acknowledgements that did not come in time, by connector."""
    work: tuple[WorkCount, ...]
    heads: dict[str, datetime]
    """By connector, since when the longest waiting first row of a lane has been due."""
    pauses: dict[str, pauses.Pause]
    endpoints: Mapping[str, EndpointRow]
    """Those in trouble."""
    fine_at: Mapping[str, datetime]
    """By `poll:CONNECTOR/CHANNEL`, when some node last looked through a channel well, to the minute."""
    nodes: int
    """Runs of processes that gave a sign of life lately."""


# The words are those of the partial indexes, or they would not be used.
_ITEMS = text("""
    select connector, state, count(*) as items, min(made_at) as oldest_at from outbox
    where state not in ('sent', 'cancelled') group by connector, state order by connector, state
""").columns(connector=Text, state=Text, items=Integer, oldest_at=UtcDateTime)
_OVERDUE = text("select connector, count(*) as items from outbox where ack = 'overdue' group by connector order by connector")
_HEADS = text("""
    select w.connector, min(w.due_at) as due_at from work w
    join (select min(id) as id from work where lane is not null group by lane) head on head.id = w.id group by w.connector
""").columns(connector=Text, due_at=UtcDateTime)
_NODES = text("select count(*) from node where beat_at >= :since").bindparams(bindparam("since", type_=UtcDateTime))


def gauges(connection: Connection, *, alive_since: datetime) -> Gauges:
    """Count it now, in one consistent picture."""
    return Gauges(
        items=tuple(ItemCount(row.connector, row.state, row.items, row.oldest_at) for row in connection.execute(_ITEMS)),
        overdue={row.connector: row.items for row in connection.execute(_OVERDUE)},
        work=tuple(work_counts(connection)),
        heads={row.connector: row.due_at for row in connection.execute(_HEADS)},
        pauses=pauses.standing(connection),
        endpoints=endpoints_in_trouble(connection),
        fine_at=leases.last_fine(connection),
        nodes=connection.execute(_NODES, {"since": alive_since}).scalar_one(),
    )

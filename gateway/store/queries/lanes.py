"""What waits for each partner: the items that have not left, the first in line, the orders behind them, the acknowledgements to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from gateway.store.outbox import ItemState
from gateway.store.queries.counting import ENOUGH
from gateway.store.tables import batch_line, outbox

UNFINISHED: ColumnElement[bool] = literal_column("outbox.state not in ('sent', 'cancelled')")
AWAITED: ColumnElement[bool] = literal_column("outbox.ack = 'due' and outbox.state = 'sent'")
OVERDUE: ColumnElement[bool] = literal_column("outbox.ack = 'overdue'")
"""In the words of the indexes that serve them."""
ON_THE_WAY = (ItemState.WAITING.value, ItemState.BLESSED.value)
MOST = 500
"""Batches whose orders are counted together."""


class LaneRow(Struct, frozen=True, kw_only=True):
    """What one connector is still to get, and to say."""

    connector: str
    waiting: int = 0
    """Files on their way."""
    asked: int = 0
    """Files that need a person: held, set aside, in conflict."""
    oldest_at: datetime | None = None
    first: int | None = None
    """The item that has waited longest."""
    batches: tuple[int, ...] = ()
    """The batches among them, the oldest first."""
    awaited: int = 0
    overdue: int = 0


def lanes(connection: Connection) -> list[LaneRow]:
    """The connectors for which something waits, or which have something to acknowledge, by name."""
    c = outbox.c
    items = select(c.connector, c.id, c.state, c.made_at, c.idem).where(UNFINISHED).order_by(c.id).limit(ENOUGH)
    found: defaultdict[str, list[tuple[int, str, datetime, str]]] = defaultdict(list)
    for connector, item_id, state, made_at, idem in connection.execute(items):
        found[connector].append((item_id, state, made_at, idem))
    awaited, overdue = _by_connector(connection, AWAITED), _by_connector(connection, OVERDUE)
    return [_lane(name, found[name], awaited.get(name, 0), overdue.get(name, 0)) for name in sorted({*found, *awaited, *overdue})]


def orders_on(connection: Connection, batches: Collection[int]) -> int:
    """How many orders these batches tell of; of more than 500 the first."""
    chosen = select(func.count(batch_line.c.order_id.distinct())).where(batch_line.c.batch_number.in_(sorted(batches)[:MOST]))
    return connection.execute(chosen).scalar_one()


def batch_in(idem: str) -> int | None:
    """The batch that an item is the file of, by what it was made for."""
    kind, _, rest = idem.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "batch" and number.isdigit() else None


def _by_connector(connection: Connection, condition: ColumnElement[bool]) -> dict[str, int]:
    some = select(outbox.c.connector).where(condition).limit(ENOUGH).subquery()
    counts = connection.execute(select(some.c.connector, func.count()).group_by(some.c.connector))
    return {row[0]: row[1] for row in counts}


def _lane(connector: str, items: Iterable[tuple[int, str, datetime, str]], awaited: int, overdue: int) -> LaneRow:
    rows = list(items)
    going = [it for it in rows if it[1] in ON_THE_WAY]
    return LaneRow(
        connector=connector,
        waiting=len(going),
        asked=len(rows) - len(going),
        oldest_at=min((made_at for _, _, made_at, _ in rows), default=None),
        first=min((item_id for item_id, *_ in going or rows), default=None),
        batches=tuple(number for *_, idem in rows if (number := batch_in(idem)) is not None),
        awaited=awaited,
        overdue=overdue,
    )

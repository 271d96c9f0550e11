"""Which of the retailer's requests a vendor is told by file: each in one file, named by its row.

Told is what waits for the vendor's answer, and what was applied by itself to lines that the vendor has. What was answered, replaced or
rejected before a file was made is not told, and nothing of orders whose personal data was erased.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.domain.order import KeyState
from gateway.domain.request import Request, RequestState
from gateway.store import requests
from gateway.store.counters import Outdated
from gateway.store.session import Tx
from gateway.store.tables import change_request, order_key, purchase_order, request_feed

_STATES = (RequestState.PENDING.value, RequestState.APPLIED.value)
_it = change_request.c


def begin(tx: Tx, vendor: str) -> None:
    """From now on the vendor is told what is applied by itself; what waits is told whenever it was asked, by older programs too."""
    newest = select(func.coalesce(func.max(_it.id), 0)).scalar_subquery()
    made = (insert_sqlite(request_feed) if tx.is_sqlite else insert_postgresql(request_feed)).values(vendor=vendor, since=newest)
    tx.connection.execute(made.on_conflict_do_nothing())
    mine = select(purchase_order.c.id).where(purchase_order.c.vendor == vendor)
    unnamed = (_it.state == RequestState.PENDING.value) & _it.for_vendor.is_(None) & _it.order_id.in_(mine)
    tx.connection.execute(update(change_request).where(unnamed).values(for_vendor=vendor))


def untold(connection: Connection, vendor: str, *, most: int) -> list[Request]:
    """What the vendor is to be told, oldest first."""
    since = select(request_feed.c.since).where(request_feed.c.vendor == vendor).scalar_subquery()
    is_new = or_(_it.state == RequestState.PENDING.value, _it.id > since)
    chosen = (
        select(change_request)
        .join(order_key, order_key.c.id == _it.order_id)
        .where(_it.for_vendor == vendor, _it.item_id.is_(None), _it.state.in_(_STATES), is_new, order_key.c.state != KeyState.ERASED.value)
        .order_by(_it.id)
        .limit(most)
    )
    return [requests.of_row(row) for row in connection.execute(chosen)]


def told(tx: Tx, found: Iterable[Request], *, item_id: int) -> None:
    """They have their file; Outdated when one was answered, replaced or told since it was read."""
    for it in sorted(found, key=lambda it: it.id):
        same = (_it.id == it.id) & _it.item_id.is_(None) & (_it.state == it.state.value)
        if tx.connection.execute(update(change_request).where(same).values(item_id=item_id)).rowcount != 1:
            raise Outdated(f"request {it.id} changed while its file was rendered")


def untell(tx: Tx, item_id: int) -> None:
    """Their file does not leave; what is still to be told goes into another one."""
    tx.connection.execute(update(change_request).where(_it.item_id == item_id).values(item_id=None))

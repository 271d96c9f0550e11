"""What somebody has seen, kept as it is until a transaction ends: one row under lock, by the name that people know.

The order of locks is that of the acts themselves; where it is not, one of two deadlocked transactions begins again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, select

from gateway.store import loads, master_rows, outbox_acts, staff
from gateway.store.session import Tx
from gateway.store.tables import alarm, batch, hand_order, host_key_seen, invoice, message, order_key

ROWS: Mapping[str, Column[Any]] = MappingProxyType(
    {
        "drafts": hand_order.c.number,
        "invoices": invoice.c.number,
        "messages": message.c.id,
        "batches": batch.c.number,
        "alarms": alarm.c.id,
        "partners": host_key_seen.c.connector,
    }
)
OFFICE = frozenset({"people", "colleagues", "roles", "keys"})
"""What is changed by one act at a time."""
MASTER = frozenset({"master", "preferences"})


def hold(tx: Tx, kind: str, name: str) -> None:
    """Let nobody else change this before the transaction ends. On SQLite a transaction has the whole file for itself."""
    if tx.is_sqlite:
        return
    if kind in OFFICE:
        staff.lock_office(tx)
    elif kind in MASTER:
        master_rows.lock_all(tx)
    elif kind == "orders":
        orders = select(order_key.c.id).where(order_key.c.po_no == name.upper())
        loads.lock_orders(tx, tx.connection.execute(orders).scalars())
    elif kind == "outbox" and name.isdecimal():
        outbox_acts.lock_work(tx, [int(name)])
    elif kind in ROWS:
        _lock(tx, ROWS[kind], name)


def _lock(tx: Tx, column: Column[Any], name: str) -> None:
    is_number = column.type.python_type is int
    if is_number and not name.isdecimal():
        return
    same = column == int(name) if is_number else column.in_({name, name.upper()})
    tx.connection.execute(select(column).where(same).order_by(column).with_for_update()).all()

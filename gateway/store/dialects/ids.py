"""Ids drawn before the rows are written, so that many rows go in by one statement and may name each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Table

if TYPE_CHECKING:
    from gateway.store.session import Tx

BLOCK = 50
"""Numbers taken from a sequence at once; gaps are allowed, ids are never shown as a series."""


def new_ids(tx: Tx, table: Table) -> Iterator[int]:
    """Ids for new rows of the table, without end; nothing is asked before the first is wanted."""
    return _of_sqlite(tx, table) if tx.is_sqlite else _of_postgresql(tx, table)


def _of_sqlite(tx: Tx, table: Table) -> Iterator[int]:
    """We hold the only write lock, so counting on from the last id is safe; the sequence follows the ids that are inserted."""
    found = tx.connection.exec_driver_sql("select seq from sqlite_sequence where name = ?", (table.name,)).scalar()
    last = int(found or 0)
    while True:
        last += 1
        yield last


def _of_postgresql(tx: Tx, table: Table) -> Iterator[int]:
    while True:
        drawn = tx.connection.exec_driver_sql(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", (table.name, BLOCK)
        )
        yield from [int(row[0]) for row in drawn]

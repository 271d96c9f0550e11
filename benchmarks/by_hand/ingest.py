"""The reference: CreateDSOrder files into the store's own tables, by hand, one transaction a file, in constant memory.

What the gateway promises holds here too: exact amounts, orders that are there already are told apart by their content, a history
entry a line, a receipt a document, the file known by its hash. What differs between the writers is how rows reach the database.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event

from benchmarks.by_hand.order_rows import COLUMNS, ORG, POSTGRESQL, SQLITE, Form, Row, Rows, digest_of, key_of
from benchmarks.by_hand.walk import OrderTexts, Reader

MESSAGE = (
    *("id", "connector", "channel", "file_name", "sha256", "size", "archive_key", "mapping", "mapping_version"),
    *("state", "received_at"),
)
BATCH = 1000
"""Orders held in memory at a time."""


class Writer(Protocol):
    """One way to a database; every call between `begin` and `commit` is one transaction."""

    form: Form

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def new_ids(self, table: str, count: int) -> Sequence[int]: ...
    def digests(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]: ...
    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None: ...
    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int: ...
    def close(self) -> None: ...


def ingest(writer: Writer, paths: Iterable[Path]) -> int:
    """Store every order of the files, a transaction a file; answers how many were new. The writer is closed then."""
    items: set[tuple[str, str]] = set()
    with closing(writer):
        return sum(_one_file(writer, path, items) for path in paths)


def _one_file(writer: Writer, path: Path, items: set[tuple[str, str]]) -> int:
    at = datetime.now(UTC)
    stamp = writer.form.instant(at)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    writer.begin()
    message = writer.new_ids("message", 1)[0]
    told = (message, "oms", "orders", path.name.encode(), sha256, path.stat().st_size, sha256, "createdsorder", 1, "booked", stamp)
    writer.insert("message", MESSAGE, [told])
    new = 0
    if writer.insert_missing("content_key", ["connector", "sha256", "message_id"], [("oms", sha256, message)]):
        reader = Reader()
        with path.open("rb") as file:
            place = 1
            for taken in _batches(reader.read(file)):
                new += _some_orders(writer, reader, Rows(writer.form, message, at), taken, place, items)
                place += len(taken)
        reader.check()
        writer.insert("work", ("kind", "subject", "connector", "due_at"), [("answer", message, "oms", stamp)])
    writer.insert(
        "message_event", ("message_id", "at", "event", "actor"), [(message, stamp, it, "SYSTEM") for it in ("received", "booked")]
    )
    writer.commit()
    return new


def _some_orders(writer: Writer, reader: Reader, rows: Rows, taken: list[OrderTexts], place: int, items: set[tuple[str, str]]) -> int:
    """Write what is new among these orders; what is there already gets a receipt alone."""
    found = [(key_of(order), digest_of(order), order) for order in taken]
    known = writer.digests([key for key, _, _ in found])
    ids = iter(writer.new_ids("order_key", len(found) - len(known)))
    for at, (key, digest, order) in enumerate(found, place):
        if key in known:
            order_id, stored = known[key]
            verdict, code = ("duplicate", "DSO-110") if digest == stored else ("conflict", "DSO-111")
            rows.of["receipt"].append((rows.message_id, at, "order", verdict, key, order_id, f'[{{"code":"{code}"}}]'))
            rows.pieces += sum(int(line.values["po_qty_ordered"] or 0) for line in order.lines)
        else:
            rows.add(order, next(ids), at, key=key, digest=digest)
            _note_items(rows, order, items)
    for table, columns in COLUMNS.items():
        if table in {"vendor", "vendor_item"}:
            writer.insert_missing(table, columns, rows.of[table])
        else:
            writer.insert(table, columns, rows.of[table])
    reader.pieces += rows.pieces
    return len(rows.of["order_key"])


def _note_items(rows: Rows, order: OrderTexts, items: set[tuple[str, str]]) -> None:
    """The vendor and its items, where this run has not seen them."""
    values = order.values
    vendor = values["vendor_cd"] or ""
    for line in order.lines:
        item = line.values["retailer_item_id"] or ""
        if (vendor, item) in items:
            continue
        if (vendor, "") not in items:
            items.add((vendor, ""))
            rows.of["vendor"].append((vendor, values["vendor_name"], values["vendor_email"], "", True, "{}", rows.at))
        items.add((vendor, item))
        described = line.values.get("vendor_item_description") or line.values.get("retailer_item_description") or ""
        rows.of["vendor_item"].append((vendor, item, line.values.get("vendor_item_id") or item, described, rows.at))


def _batches(orders: Iterator[OrderTexts]) -> Iterator[list[OrderTexts]]:
    while batch := list(islice(orders, BATCH)):
        yield batch


class SqliteByEngine:
    """Reference A: the driver's rows through SQLAlchemy's engine, `exec_driver_sql` with tuples; every commit on disk."""

    form = SQLITE

    def __init__(self, path: Path) -> None:
        self.engine: Engine = create_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", _durable)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
        self.connection: Connection | None = None

    def begin(self) -> None:
        self.connection = self.engine.connect()
        self.connection.begin()

    def commit(self) -> None:
        assert self.connection is not None  # noqa: S101 - begin came first
        self.connection.commit()
        self.connection.close()

    def _execute(self, sql: str, values: Any) -> Any:
        assert self.connection is not None  # noqa: S101 - begin came first
        return self.connection.exec_driver_sql(sql, values)

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        found = self._execute("select coalesce(max(seq), 0) from sqlite_sequence where name = ?", (table,)).scalar()
        return range(found + 1, found + 1 + count)

    def digests(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        sql = f"select po_no, id, digest from order_key where org = ? and po_no in ({_marks(keys)})"
        return {row[0]: (row[1], row[2]) for row in self._execute(sql, (ORG, *keys))}

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if rows:
            self._execute(_insert(table, columns), rows)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        return self._execute(f"{_insert(table, columns)} on conflict do nothing", rows).rowcount if rows else 0

    def close(self) -> None:
        self.engine.dispose()


class SqliteByDriver:
    """The bare driver: no SQLAlchemy anywhere; every commit on disk."""

    form = SQLITE

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        _durable(self.connection, None)

    def begin(self) -> None:
        self.connection.execute("begin immediate")

    def commit(self) -> None:
        self.connection.execute("commit")

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        found = self.connection.execute("select coalesce(max(seq), 0) from sqlite_sequence where name = ?", (table,)).fetchone()[0]
        return range(found + 1, found + 1 + count)

    def digests(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        sql = f"select po_no, id, digest from order_key where org = ? and po_no in ({_marks(keys)})"
        return {row[0]: (row[1], row[2]) for row in self.connection.execute(sql, (ORG, *keys))}

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self.connection.executemany(_insert(table, columns), rows)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        return self.connection.executemany(f"{_insert(table, columns)} on conflict do nothing", rows).rowcount

    def close(self) -> None:
        self.connection.close()


class PostgresByCopy:
    """Reference COPY: psycopg alone, every table by COPY; synchronous commits."""

    form = POSTGRESQL

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def begin(self) -> None:
        self.connection.execute("begin")
        self.connection.execute("set local enable_seqscan = off")

    def commit(self) -> None:
        self.connection.execute("commit")

    def new_ids(self, table: str, count: int) -> Sequence[int]:
        sql = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
        return [row[0] for row in self.connection.execute(sql, (table, count))]

    def digests(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        sql = "select po_no, id, digest from order_key where org = %s and po_no = any(%s)"
        return {row[0]: (row[1], row[2]) for row in self.connection.execute(sql, (ORG, list(keys)))}

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if rows:
            with self.connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        new = 0
        sql = f"insert into {table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))}) on conflict do nothing"
        for row in rows:
            new += self.connection.execute(sql.encode(), row).rowcount
        return new

    def close(self) -> None:
        self.connection.close()


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Write-ahead log, every commit on disk, foreign keys on."""
    connection.isolation_level = None
    for setting in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "temp_store = memory", "cache_size = -32768"):
        connection.execute(f"pragma {setting}")


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"insert into {table} ({', '.join(columns)}) values ({_marks(columns)})"


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))

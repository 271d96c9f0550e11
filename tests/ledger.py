"""Everything a store and its partners' folders hold that does not depend on when something happened or on who came first.

Batches go by their vendor and their order there; files of the change feed and postings by what is in them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from gateway.store import Store, tables

GROUPED = frozenset({"feed", "posting"})
"""Items whose files hold whatever was ready by then."""
ANYTIME = frozenset({"at", "created_at", "changed_since_sent", "message_id", "place"})


def ledger(store: Store) -> dict[str, list[str]]:
    """What the store says, as sorted lines under a few headings."""
    with store.reading() as connection:
        books = _Books(connection)
        return {
            "orders": _sorted(books.orders()),
            "lines": _sorted(books.lines()),
            "history": _sorted(books.history()),
            "shipments": _sorted(books.shipments()),
            "batches": _sorted(books.batch_lines()),
            "invoices": _sorted(books.invoices()),
            "changes": _sorted(books.changes()),
            "messages": _sorted(books.messages()),
            "items": _sorted(books.items()),
        }


def folders(root: Path) -> list[str]:
    """Every file that lies in the partners' folders, by the name its sender gave it; batch and running numbers are left out."""
    places = [root / "inbox", root / "outbox", *root.glob("var/sim/*/server")]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and path.name != ".gitkeep"]
    kept = [path for path in files if not re.match(r"DSCHG_|DSPST_", path.name)]
    return sorted(f"{_steady(path.parent.relative_to(root))}: {_plain(path.name)}" for path in kept)


def _sorted(lines: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(line, default=str, sort_keys=True) for line in lines)


def _steady(folder: Path) -> str:
    """A decided file is filed away by the next poll: whether that has come yet makes no difference."""
    return re.sub(r"/done$", "", folder.as_posix())


def _plain(name: str) -> str:
    name = re.sub(r"^[0-9a-f]{16}\.", "", name)
    return re.sub(r"^(PO_|orders_)\d{6}", r"\1N", name)


class _Books:
    """Reads one consistent picture, with names instead of ids."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._orders = {row["id"]: row["po_no"] for row in self._rows(tables.order_key)}
        self._batches: dict[int, str] = {}
        count: dict[str, int] = defaultdict(int)
        for row in sorted(self._rows(tables.batch), key=lambda row: row["number"]):
            count[row["vendor"]] += 1
            self._batches[row["number"]] = f"{row['vendor']}#{count[row['vendor']]}"

    def orders(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.purchase_order):
            yield {**_without(row, ANYTIME | {"id"}), "number": self._orders[row["id"]]}

    def lines(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.order_line):
            yield {
                **_without(row, {"order_id", "batch_number"}),
                "number": self._orders[row["order_id"]],
                "batch": self._batches.get(row["batch_number"]),
            }

    def history(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.order_history):
            kept = _without(row, ANYTIME | {"order_id", "batch_number", "id"})
            yield {**{word: self._told(value) for word, value in kept.items()}, "number": self._orders[row["order_id"]]}

    def shipments(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.shipment):
            yield {"number": self._orders[row["order_id"]], "key": row["key"], "quantity": row["quantity"], "tracking": row["tracking"]}

    def batch_lines(self) -> Iterable[dict[str, Any]]:
        states = {row["number"]: row["state"] for row in self._rows(tables.batch)}
        for row in self._rows(tables.batch_line):
            number = row["batch_number"]
            yield {"batch": self._batches[number], "state": states[number], "number": self._orders[row["order_id"]], "line": row["line_no"]}

    def invoices(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.invoice):
            yield _without(row, {"id", "posted_at"})
        for row in self._rows(tables.invoice_history):
            yield _without(row, {"invoice_id", "at"})
        for row in self._rows(tables.invoice_line):
            yield _without(row, {"invoice_id", "shipment_id", "order_id"})

    def changes(self) -> Iterable[dict[str, Any]]:
        rows = self._rows(tables.change)
        numbers = sorted(row["seq"] for row in rows if row["seq"] is not None)  # the others are told to nobody yet
        assert numbers == list(range(1, len(numbers) + 1))
        for row in rows:
            body = {word: self._batches.get(value, value) if word == "batch" else value for word, value in row["body"].items()}
            yield {"type": row["type"], "line": row["line_no"], **body}

    def messages(self) -> Iterable[dict[str, Any]]:
        kept = ("connector", "channel", "file_name", "mapping", "state", "total", "booked", "duplicate", "conflict", "refused", "early")
        for row in self._rows(tables.message):
            yield {word: row[word] for word in kept}

    def items(self) -> Iterable[dict[str, Any]]:
        for row in self._rows(tables.outbox):
            if row["kind"] not in GROUPED:
                words = {word: row[word] for word in ("connector", "channel", "kind", "state", "ack")}
                yield {**words, "file": _plain(bytes(row["file_name"]).decode())}

    def _told(self, value: Any) -> Any:
        """A note with its batch called by its place."""
        if not isinstance(value, str):
            return value
        return re.sub(r"Batch ID \((\d+)\)", lambda found: self._batches[int(found[1])], value)

    def _rows(self, table: Table) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in self._connection.execute(select(table))]


def _without(row: dict[str, Any], words: Iterable[str]) -> dict[str, Any]:
    return {word: value for word, value in row.items() if word not in set(words)}

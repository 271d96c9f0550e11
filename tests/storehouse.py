"""A store for a test: a fresh database with the newest schema, and what tests of the store share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Column, Integer, MetaData, Table, Text

from gateway.store import Durability, Store, Tx, tables
from gateway.store.dialects import bulk_insert, bulk_update, fetch_rows, insert_missing
from gateway.store.migrations import upgrade
from gateway.store.types import Amount, Bytes, Day, Json, UtcDateTime
from tests.postgres import PostgreSQL

T = TypeVar("T")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = NOON.date()

PROBE = Table(
    "probe",
    MetaData(),
    Column("n", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", Amount),
    Column("day", Day),
    Column("words", Text),
    Column("raw", Bytes),
    Column("js", Json),
)
"""A table with a column of every type."""


class Templates:
    """Databases with the newest schema and nothing else, made when they are first asked for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    @cached_property
    def sqlite(self) -> Path:
        """A file that may be copied."""
        path = self._folder / "template.db"
        upgrade(f"sqlite:///{path}")
        return path

    def postgresql(self, server: PostgreSQL) -> str:
        """The name of a database that may be copied while nobody is connected to it."""
        if self._name is None:
            url = self._stack.enter_context(server.database())
            upgrade(url)
            self._name = url.rpartition("/")[2]
        return self._name

    _name: str | None = None


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store on a database that may be thrown away, closed at the end."""
    store = Store(url, durability=Durability.UNCHECKED)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def fresh_store(url: str) -> Iterator[Store]:
    """The same, with the newest schema."""
    upgrade(url)
    with opened(url) as store:
        yield store


def write(store: Store, act: Callable[[Tx], T]) -> T:
    """Run the act in a transaction."""
    with store.transaction() as tx:
        return act(tx)


def keep_order(tx: Tx, number: str, *, vendor: str = "257", lines: int = 1, entered_on: date = TODAY) -> int:
    """An order with lines of three, as if it had been booked; answers its id."""
    insert_missing(tx, tables.order_key, ("org", "po_no"), [("ORG", number)], key=("org", "po_no"))
    (key,) = fetch_rows(tx.connection, tables.order_key, ("org", "po_no"), [("ORG", number)], ("id",))
    bulk_update(tx, tables.order_key, ("id",), ("state", "digest", "version", "history_seq"), [(key.id, "live", "d", 1, lines)])
    header = (key.id, "OMS", "100", "1", vendor, "00012025-001", entered_on, "USD", "released", False, NOON)
    columns = (
        "id",
        "system",
        "location",
        "brand",
        "vendor",
        "sales_order",
        "entered_on",
        "currency",
        "stage",
        "changed_since_sent",
        "created_at",
    )
    bulk_insert(tx, tables.purchase_order, columns, [header])
    of_line = ("order_id", "line_no", "vendor", "status", "ordered", "unit_cost", "item", "carrier", "due_on")
    rows = [(key.id, n, vendor, "New Order", 3, Decimal("8.98"), "BX100", "50", entered_on) for n in range(1, lines + 1)]
    bulk_insert(tx, tables.order_line, of_line, rows)
    party = ("order_id", "role", "company", "address1", "city", "postal_code", "country")
    bulk_insert(tx, tables.order_party, party, [(key.id, "ship_to", "Byrd", "1 Quay Road", "London", "SE1", "GB")])
    of_event = ("order_id", "seq", "line_no", "event", "at", "actor", "source", "quantity", "status_after")
    events = [(key.id, n, n, "H1", NOON, "Admin", "WS", 3, "New Order") for n in range(1, lines + 1)]
    bulk_insert(tx, tables.order_history, of_event, events)
    return int(key.id)


def keep_invoice(tx: Tx, number: str, order_id: int, *, state: str = "Approved") -> int:
    """A shipped line one of the order and an approved invoice for it; answers the invoice's id."""
    done = {"status": "Shipped", "shipped": 3, "invoiced": 3}
    tx.connection.execute(
        tables.order_line.update().where(tables.order_line.c.order_id == order_id, tables.order_line.c.line_no == 1).values(done)
    )
    shipped = {
        "order_id": order_id,
        "line_no": 1,
        "vendor": "257",
        "quantity": 3,
        "carrier": "50",
        "tracking": ["T1"],
        "weight": Decimal(2),
    }
    more = {
        "freight": Decimal(1),
        "shipped_on": NOON.date(),
        "at": NOON,
        "key": "k",
        "reference": "",
        "package": "",
        "lot": "",
        "invoice_number": "",
    }
    shipment = tx.connection.execute(tables.shipment.insert().values(**shipped, **more).returning(tables.shipment.c.id)).scalar_one()
    head = {"vendor": "257", "number": number, "type": "DR", "dated_on": NOON.date(), "system": "OMS", "currency": "USD", "state": state}
    zeros = dict.fromkeys(("freight", "handling", "other", "discount_percent"), Decimal(0))
    terms = {"discount_days": 0, "gross_days": 30, "description": "", "other_description": ""}
    found = tx.connection.execute(tables.invoice.insert().values(**head, **zeros, **terms).returning(tables.invoice.c.id)).scalar_one()
    line = {"invoice_id": found, "line_no": 1, "shipment_id": shipment, "order_id": order_id, "order_number": "PO", "order_line": 1}
    costs = {"item": "BX100", "quantity": 3, "po_unit_cost": Decimal("8.98"), "unit_cost": Decimal("8.98"), "shipped_on": NOON.date()}
    charges = {**dict.fromkeys(("freight", "handling", "other"), Decimal(0)), "other_description": ""}
    tx.connection.execute(tables.invoice_line.insert().values(**line, **costs, **charges))
    return int(found)

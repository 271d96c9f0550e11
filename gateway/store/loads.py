"""What a decision needs, read in bulk: order keys under lock, orders with their lines, shipments, batches, invoices.

One statement a table however many orders are asked for. Nothing is written but the key rows that must be there to be locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row

from gateway.domain.order import KeyState, Line, LineStatus, OrderKey, PurchaseOrder, Stage
from gateway.domain.outcome import Batch, BatchLine, BatchState, InvoiceDocument, InvoiceLineState, InvoiceState, ShipmentRecord
from gateway.kernel.errors import StoreBusy
from gateway.store import tables
from gateway.store.dialects import fetch_rows, insert_missing, lock_rows
from gateway.store.session import Tx

_STATES = {state.value: state for state in KeyState}
Name = tuple[str, str]
"""An order's organization and number."""

_NAME = ("org", "po_no")
_KEY = ("id", "org", "po_no", "state", "digest", "version", "history_seq", "waiting")
_HEADER = ("id", "system", "location", "brand", "vendor", "sales_order", "entered_on", "currency", "stage", "changed_since_sent")
_LINE = (
    *("order_id", "line_no", "item", "carrier", "ordered", "unit_cost", "status", "pre_hold", "printed", "shipped", "cancelled"),
    *("invoiced", "batch_number", "due_on", "first_due_on", "vendor_item", "gtin", "serial", "hold_reason", "reason"),
)
_SHIPMENT = ("id", "order_id", "line_no", "quantity", "shipped_on", "carrier", "tracking", "key", "message_id", "invoice_number")
_BATCH = ("number", "channel", "vendor", "state", "made_at", "replaces", "item_id", "acknowledged_at")
_BATCH_LINE = ("batch_number", "order_id", "line_no", "quantity", "live")
_INVOICE = (
    *("id", "vendor", "number", "type", "dated_on", "system", "currency", "state", "freight", "handling", "other", "discount_percent"),
    *("discount_days", "gross_days", "description", "other_description", "version", "posted_at"),
)
_INVOICE_LINE = (
    *("invoice_id", "line_no", "shipment_id", "order_id", "order_number", "order_line", "item", "quantity", "po_unit_cost", "unit_cost"),
    *("freight", "handling", "other", "shipped_on", "other_description"),
)


class LockedKey(Struct):
    """The key row of an order under our lock; it carries the numbers on while a transaction decides and is written back at its end."""

    id: int
    org: str
    number: str
    state: KeyState
    digest: str | None
    version: int
    history_seq: int
    waiting: int
    touched: bool = False
    """Something in the key row is to be written back."""
    changed: bool = False
    """The order itself changed: whoever waits for it is woken."""

    def identity(self) -> OrderKey:
        """The key as the rules see it."""
        return OrderKey(id=self.id, org=self.org, number=self.number, state=self.state, digest=self.digest)


class Shipped(Struct, frozen=True, gc=False):
    """A stored shipment and the file it came with."""

    record: ShipmentRecord
    message_id: int | None


def lock_names(tx: Tx, names: Iterable[Name], *, expected: Iterable[Name] = ()) -> dict[Name, LockedKey]:
    """Lock the orders of these names, sorted; the `expected` ones get a key row first if they have none.

    Somebody may remove an unused row between the two statements: then the world is busy and the whole is tried again.
    """
    reserved = set(expected)
    insert_missing(tx, tables.order_key, _NAME, reserved, key=_NAME)
    rows = lock_rows(tx, tables.order_key, _NAME, reserved.union(names), _KEY)
    found = {(key.org, key.number): key for key in map(_locked, rows)}
    if not reserved <= found.keys():
        raise StoreBusy("an order key was removed while it was about to be locked")
    return found


def lock_orders(tx: Tx, ids: Iterable[int]) -> dict[int, LockedKey]:
    """Lock these orders, sorted by name as everybody does."""
    return {key.id: key for key in lock_names(tx, names(tx.connection, ids)).values()}


def names(connection: Connection, ids: Iterable[int]) -> list[Name]:
    """The names of these orders, which never change."""
    return [(row.org, row.po_no) for row in fetch_rows(connection, tables.order_key, ("id",), [(i,) for i in ids], _NAME)]


def orders(connection: Connection, ids: Iterable[int]) -> dict[int, PurchaseOrder]:
    """The stored orders among these ids, whole."""
    wanted = [(i,) for i in ids]
    keys = {row.id: row for row in fetch_rows(connection, tables.order_key, ("id",), wanted, _KEY)}
    headers = fetch_rows(connection, tables.purchase_order, ("id",), wanted, _HEADER)
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for row in fetch_rows(connection, tables.order_line, ("order_id",), wanted, _LINE):
        lines[row.order_id].append(_line(row))
    return {row.id: _order(keys[row.id], row, tuple(lines[row.id])) for row in headers}


def shipments(connection: Connection, order_ids: Iterable[int]) -> dict[int, list[Shipped]]:
    """All shipments of these orders, oldest first."""
    rows = fetch_rows(connection, tables.shipment, ("order_id",), [(i,) for i in order_ids], _SHIPMENT)
    billed = fetch_rows(connection, tables.invoice_line, ("shipment_id",), [(row.id,) for row in rows], ("shipment_id", "invoice_id"))
    invoice_of = {row.shipment_id: row.invoice_id for row in billed}
    found: defaultdict[int, list[Shipped]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(_shipped(row, invoice_of.get(row.id)))
    return found


def orders_of_shipments(connection: Connection, ids: Iterable[int]) -> set[int]:
    """The orders to which these shipments belong."""
    rows = fetch_rows(connection, tables.shipment, ("id",), [(i,) for i in ids], ("order_id",))
    return {row.order_id for row in rows}


def batches(connection: Connection, numbers: Iterable[int]) -> dict[int, Batch]:
    """The batches of these numbers."""
    rows = fetch_rows(connection, tables.batch, ("number",), [(n,) for n in numbers], _BATCH)
    return {row.number: _batch(row) for row in rows}


def batch_lines(connection: Connection, numbers: Iterable[int]) -> dict[int, list[BatchLine]]:
    """The lines of these batches, those that left them too."""
    found: defaultdict[int, list[BatchLine]] = defaultdict(list)
    for row in fetch_rows(connection, tables.batch_line, ("batch_number",), [(n,) for n in numbers], _BATCH_LINE):
        found[row.batch_number].append(BatchLine(row.batch_number, row.order_id, row.line_no, row.quantity, row.live))
    return found


def lines_in_batches(connection: Connection, order_ids: Iterable[int]) -> dict[int, list[BatchLine]]:
    """The live slips of these orders, by order."""
    found: defaultdict[int, list[BatchLine]] = defaultdict(list)
    keys = [(i,) for i in order_ids]
    for row in fetch_rows(connection, tables.batch_line, ("order_id",), keys, _BATCH_LINE, where="live"):
        found[row.order_id].append(BatchLine(row.batch_number, row.order_id, row.line_no, row.quantity, row.live))
    return found


def names_in_batches(connection: Connection, numbers: Iterable[int]) -> dict[int, list[Name]]:
    """Which orders are in these batches. A batch never gains an order after it was cut, so this holds before any lock is taken."""
    lines = batch_lines(connection, numbers)
    ids = {(line.order_id,) for found in lines.values() for line in found}
    names = {row.id: (row.org, row.po_no) for row in fetch_rows(connection, tables.order_key, ("id",), ids, ("id", *_NAME))}
    return {number: sorted({names[line.order_id] for line in found}) for number, found in lines.items()}


def invoices(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], InvoiceDocument]:
    """The invoices of these vendors and numbers."""
    rows = fetch_rows(connection, tables.invoice, ("vendor", "number"), keys, _INVOICE)
    return {(found.vendor, found.number): found for found in _invoices(connection, rows)}


def orders_billed(connection: Connection, keys: Iterable[tuple[str, str]]) -> list[Name]:
    """The names of the orders that the invoices of these vendors and numbers bill now, which are locked when such an invoice may change."""
    ids = {line.order_id for found in invoices(connection, keys).values() for line in found.lines}
    return names(connection, ids) if ids else []


def require_locked(found: Iterable[InvoiceDocument], locked: Iterable[int]) -> None:
    """StoreBusy when an invoice bills an order that is not locked: it was changed between our first look at it and our locks."""
    held = set(locked)
    for invoice in found:
        if any(line.order_id not in held for line in invoice.lines):
            raise StoreBusy(f"invoice {invoice.number} was changed while its orders were about to be locked")


def invoices_numbered(connection: Connection, numbers: Iterable[str]) -> set[tuple[str, str]]:
    """Whose invoices have these numbers."""
    rows = fetch_rows(connection, tables.invoice, ("number",), [(number,) for number in numbers], ("vendor", "number"))
    return {(row.vendor, row.number) for row in rows}


def invoices_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, InvoiceDocument]:
    """The invoices of these ids."""
    rows = fetch_rows(connection, tables.invoice, ("id",), [(i,) for i in ids], _INVOICE)
    return {found.id: found for found in _invoices(connection, rows)}


def _locked(row: Any) -> LockedKey:
    key_id, org, number, state, *rest = row
    return LockedKey(key_id, org, number, _STATES[state], *rest)


def _order(key: Row[Any], header: Row[Any], lines: tuple[Line, ...]) -> PurchaseOrder:
    return PurchaseOrder(
        id=key.id,
        org=key.org,
        number=key.po_no,
        system=header.system,
        location=header.location,
        brand=header.brand,
        vendor=header.vendor,
        sales_order=header.sales_order,
        entered_on=header.entered_on,
        currency=header.currency,
        lines=lines,
        stage=Stage(header.stage),
        version=key.version,
        history_seq=key.history_seq,
        changed_since_sent=header.changed_since_sent,
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        number=row.line_no,
        item=row.item,
        carrier=row.carrier,
        ordered=row.ordered,
        unit_cost=row.unit_cost,
        status=LineStatus(row.status) if row.status else None,
        pre_hold=LineStatus(row.pre_hold) if row.pre_hold else None,
        printed=row.printed,
        shipped=row.shipped,
        cancelled=row.cancelled,
        invoiced=row.invoiced,
        batch=row.batch_number,
        due_on=row.due_on,
        first_due_on=row.first_due_on,
        vendor_item=row.vendor_item or "",
        gtin=row.gtin or "",
        serial=row.serial or "",
        hold_reason=row.hold_reason or "",
        reason=row.reason or "",
    )


def _shipped(row: Row[Any], invoice_id: int | None) -> Shipped:
    record = ShipmentRecord(
        id=row.id,
        order_id=row.order_id,
        line_no=row.line_no,
        quantity=row.quantity,
        shipped_on=row.shipped_on,
        carrier=row.carrier,
        tracking=tuple(row.tracking),
        key=row.key,
        invoice_number=row.invoice_number,
        invoice_id=invoice_id,
    )
    return Shipped(record, row.message_id)


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        number=row.number,
        channel=row.channel,
        vendor=row.vendor,
        state=BatchState(row.state),
        made_at=row.made_at,
        replaces=row.replaces,
        item_id=row.item_id,
        acknowledged_at=row.acknowledged_at,
    )


def _invoices(connection: Connection, rows: list[Row[Any]]) -> list[InvoiceDocument]:
    lines: defaultdict[int, list[InvoiceLineState]] = defaultdict(list)
    for row in fetch_rows(connection, tables.invoice_line, ("invoice_id",), [(row.id,) for row in rows], _INVOICE_LINE):
        lines[row.invoice_id].append(_invoice_line(row))
    return [_invoice(row, tuple(lines[row.id])) for row in rows]


def _invoice(row: Row[Any], lines: tuple[InvoiceLineState, ...]) -> InvoiceDocument:
    return InvoiceDocument(
        id=row.id,
        vendor=row.vendor,
        number=row.number,
        type=row.type,
        date=row.dated_on,
        system=row.system,
        currency=row.currency,
        state=InvoiceState(row.state),
        lines=lines,
        freight=row.freight,
        handling=row.handling,
        other=row.other,
        discount_percent=row.discount_percent,
        discount_days=row.discount_days,
        gross_days=row.gross_days,
        description=row.description,
        other_description=row.other_description,
        version=row.version,
        posted_at=row.posted_at,
    )


def _invoice_line(row: Row[Any]) -> InvoiceLineState:
    return InvoiceLineState(
        line_no=row.line_no,
        shipment_id=row.shipment_id,
        order_id=row.order_id,
        order_number=row.order_number,
        order_line=row.order_line,
        item=row.item,
        quantity=row.quantity,
        po_unit_cost=row.po_unit_cost,
        unit_cost=row.unit_cost,
        freight=row.freight,
        handling=row.handling,
        other=row.other,
        shipped_on=row.shipped_on,
        other_description=row.other_description,
    )

"""How a simulated vendor writes and reads its files as CSV, with the plain csv module."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from gateway.simulator.mail import Letter
from gateway.simulator.vendor import Answer, Asked, AskedLine, Bill, Parcel, Task

UNKNOWN_ORDER = "ZZ00001"
SHIPMENT = (
    "po_number",
    "po_line_number",
    "ship_qty",
    "carrier_code",
    "tracking_number",
    "actual_weight",
    "meter_charges",
    "ship_date",
    "batch_id",
    "vendor_code",
)


class CsvWays:
    """Rows for everything; a batch is shipped and billed as one."""

    one_order_each = False

    def __init__(self, vendor: str, *, prefix: str) -> None:
        self.prefix = prefix
        self._vendor = vendor

    def read_orders(self, body: bytes) -> Asked:
        """A row a line, the batch in every one."""
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8"), newline="")))
        batches = {row["batch_id"] for row in rows}
        if len(batches) != 1:
            raise ValueError(f"one batch was expected, found {sorted(batches)}")
        lines = tuple(
            AskedLine(
                order=row["po_number"],
                line=int(row["po_line_number"]),
                quantity=int(row["print_qty"]),
                unit_cost=Decimal(row["unit_price"]),
                carrier=row["ship_via_code"],
            )
            for row in rows
        )
        return Asked(batches.pop(), rows[0]["vendor_code"], lines)

    def acknowledgement(self, asked: Asked, number: str, *, on: date) -> Letter:
        """Two columns."""
        return Letter("acknowledgements", f"ACK_{number}.csv", _rows([("vendor_code", "batch_id"), (asked.vendor, asked.batch)]))

    def shipment(self, parcels: Sequence[Parcel], number: str, *, batch: str, mistaken: bool) -> Letter:
        """A row a parcel; a mistaken file also names an order nobody knows."""
        rows = [self._shipped(parcel, batch) for parcel in parcels]
        if mistaken:
            rows.insert(1, (UNKNOWN_ORDER, *rows[0][1:]))
        return Letter("shipments", f"SHIP_{number}.csv", _rows([SHIPMENT, *rows]))

    def invoice(self, bill: Bill, number: str) -> Letter:
        """A header row and a detail row a parcel."""
        return Letter("invoices", f"INV_{number}.csv", invoice_rows(self._vendor, bill))

    def read_answer(self, task: Task, body: bytes) -> Answer:
        """A row a document, with its result and code."""
        return read_results(body)

    def _shipped(self, parcel: Parcel, batch: str) -> tuple[object, ...]:
        line = parcel.line
        return (
            line.order,
            line.line,
            parcel.quantity,
            line.carrier,
            parcel.tracking,
            parcel.weight,
            parcel.freight,
            parcel.on,
            batch,
            self._vendor,
        )


def invoice_rows(vendor: str, bill: Bill) -> bytes:
    """HEADER and DETAIL records, each ended by a line break."""
    header = ("HEADER", vendor, bill.number, "DR", bill.on, "", bill.freight, "0.00", "0.00", "", "0.00", "0", "30")
    details = [
        ("DETAIL", parcel.line.order, parcel.line.line, parcel.quantity, cost, "0.00", "0.00", "0.00", "") for parcel, cost in bill.details
    ]
    return _rows([header, *details])


def read_results(body: bytes) -> Answer:
    """How many rows of a result file were refused, and the code of the first."""
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8"), newline="")))
    refused = [row["code"] for row in rows if row["result"] not in {"APPLIED", "CREATED", "DUPLICATE"}]
    return Answer(len(refused), refused[0] if refused else "")


def _rows(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()

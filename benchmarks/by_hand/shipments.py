"""A shipment upload by hand: csv.reader and one function a row, into the same documents with the same checks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from gateway.documents import Shipment, ShipmentLine

COLUMNS = ["po_number", "po_line_number", "ship_qty", "carrier_code", "tracking_number", "actual_weight", "meter_charges", "ship_date"]
_NUMBER = re.compile(r"\d{1,7}(?:\.\d{1,4})?").fullmatch
_MONEY = re.compile(r"\d{1,7}(?:\.\d{1,2})?").fullmatch


def shipments(lines: Iterable[str], wrong: list[str]) -> Iterator[Shipment]:
    """One shipment a row; what is wrong with a row goes to `wrong`, its neighbours are taken."""
    rows = csv.reader(lines, strict=True)
    if next(rows) != COLUMNS:
        raise ValueError("the heading")
    for number, row in enumerate(rows, 1):
        try:
            yield _shipment(row)
        except ValueError as error:
            wrong.append(f"row {number}: {error}")


def _shipment(row: list[str]) -> Shipment:
    order, line, quantity, carrier, tracking, weight, freight, shipped_on = row
    order, carrier, tracking = order.strip(), carrier.strip(), tracking.strip()
    if not order or len(order) > 30 or not order.isascii():
        raise ValueError("po_number")
    if len(carrier) > 10:
        raise ValueError("carrier_code")
    if weight and not _NUMBER(weight):
        raise ValueError("actual_weight")
    if freight and not _MONEY(freight):
        raise ValueError("meter_charges")
    numbers = [part.strip() for part in tracking.split(";")] if tracking else []
    if any(len(part) > 50 for part in numbers):
        raise ValueError("tracking_number")
    return Shipment(
        order_number=order.upper(),
        carrier=carrier or None,
        tracking=tuple(numbers),
        weight=Decimal(weight) if weight else None,
        freight=Decimal(freight) if freight else None,
        shipped_on=date.fromisoformat(shipped_on) if shipped_on else None,
        lines=(ShipmentLine(number=int(line), quantity=int(quantity)),),
    )

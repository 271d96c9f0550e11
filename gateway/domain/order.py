"""The purchase order as the rules see it: lines with quantities and states, and what follows from them (sdf 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.kernel.money import ZERO, cents


class LineStatus(StrEnum):
    """The five stored states of a line; the words of every screen."""

    NEW = "New Order"
    IN_PROCESS = "In Process"
    HELD = "Held"
    SHIPPED = "Shipped"
    CANCELLED = "Cancelled"

    @property
    def is_open(self) -> bool:
        return self in _OPEN


_OPEN = frozenset({LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD})


class OrderStatus(StrEnum):
    """The derived state of a header; Open and Complete only on orders of several lines (sdf 5.2)."""

    NEW = "New Order"
    IN_PROCESS = "In Process"
    HELD = "Held"
    SHIPPED = "Shipped"
    CANCELLED = "Cancelled"
    OPEN = "Open"
    COMPLETE = "Complete"


class Stage(StrEnum):
    """How far an order made by hand has come; drop-ship orders enter released."""

    DRAFT = "draft"
    APPROVED = "approved"
    RELEASED = "released"
    CANCELLED = "cancelled"


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One line: what was ordered and how far it has come. `status` is None until the order is released."""

    number: int
    item: str
    carrier: str
    ordered: int
    unit_cost: Decimal
    status: LineStatus | None = LineStatus.NEW
    pre_hold: LineStatus | None = None
    printed: int = 0
    shipped: int = 0
    cancelled: int = 0
    invoiced: int = 0
    batch: int | None = None
    due_on: date | None = None
    first_due_on: date | None = None
    vendor_item: str = ""
    gtin: str = ""
    serial: str = ""
    hold_reason: str = ""
    reason: str = ""

    @property
    def open(self) -> int:
        """Ordered and neither shipped nor cancelled."""
        return self.ordered - self.shipped - self.cancelled

    @property
    def unprinted(self) -> int:
        """Open and on no slip or extract."""
        return self.open - self.printed


def no_order_of(number: str, vendor: str) -> str:
    """What is told of an order that the vendor does not have, or that is not named at all."""
    return f"order {number} is not an order of vendor {vendor}" if number else f"no order of vendor {vendor} is named"


class KeyState(StrEnum):
    """What is known of an order number: only waited for, stored, closed, or its personal data erased (store.md 2)."""

    EXPECTED = "expected"
    LIVE = "live"
    CLOSED = "closed"
    ERASED = "erased"


class OrderKey(Struct, frozen=True, kw_only=True, gc=False):
    """The identity of an order, locked while it is decided; `digest` is None until the order is stored."""

    id: int
    org: str
    number: str
    state: KeyState = KeyState.EXPECTED
    digest: str | None = None


class PurchaseOrder(Struct, frozen=True, kw_only=True, gc=False):
    """An order as loaded for a decision. `version` rises with every change, `history_seq` with every entry."""

    id: int
    org: str
    number: str
    system: str
    location: str
    brand: str
    vendor: str
    sales_order: str
    entered_on: date
    currency: str
    lines: tuple[Line, ...]
    stage: Stage = Stage.RELEASED
    version: int = 0
    history_seq: int = 0
    changed_since_sent: bool = False

    def line(self, number: int) -> Line | None:
        """The line of that number, if there is one."""
        return next((line for line in self.lines if line.number == number), None)

    def with_lines(self, changed: Iterable[Line]) -> PurchaseOrder:
        """The same order with these lines in place of those of the same number."""
        new = {line.number: line for line in changed}
        return replace(self, lines=tuple(new.get(line.number, line) for line in self.lines))

    @property
    def status(self) -> OrderStatus | None:
        """Derived from the lines, in the order of sdf 5.2; None before release."""
        found = {line.status for line in self.lines}
        if None in found or not found:
            return None
        if len(found) == 1:
            return OrderStatus(str(found.pop()))
        if not any(status.is_open for status in found if status is not None):
            return OrderStatus.COMPLETE
        return OrderStatus.OPEN

    @property
    def is_closed(self) -> bool:
        """Nothing is left to happen: Shipped, Complete or Cancelled."""
        return self.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETE, OrderStatus.CANCELLED}

    @property
    def next_due_on(self) -> date | None:
        """The earliest due date of a line neither shipped nor cancelled (sdf 11, Q19)."""
        dates = [line.due_on for line in self.lines if line.due_on and (line.status is None or line.status.is_open)]
        return min(dates, default=None)

    @property
    def ship_via(self) -> str:
        """The carrier of the first line; never updated by a shipment."""
        return self.lines[0].carrier if self.lines else ""

    @property
    def total(self) -> Decimal:
        """Sum of ordered quantity times unit cost over all lines."""
        return cents(sum((line.ordered * line.unit_cost for line in self.lines), ZERO))

"""An order document as rows of its tables, and back: header, lines, parties and texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec.structs import astuple
from sqlalchemy import Connection

from gateway.documents import Customization, Order, OrderLine, Party
from gateway.domain.order import Line
from gateway.domain.outcome import NewOrder
from gateway.kernel.money import cents
from gateway.store import tables
from gateway.store.dialects import fetch_rows

Values = tuple[Any, ...]

_TOLD = (
    *("buyer", "buyer_name", "vendor_name", "vendor_email", "shipping_instructions", "tender", "gift", "ship_complete", "discount_percent"),
    *("discount", "paid", "freight", "additional_freight", "freight_tax", "carrier", "due_on", "warehouse", "reference", "source"),
    *("cancel_after", "requested_ship_on"),
)
_TELL = attrgetter(*_TOLD)
_TOLD_OF_LINE = ("variant", "description", "vendor_description", "unit", "retail_price", "tax", "gift_wrap", "lot")
_TELL_OF_LINE = attrgetter(*_TOLD_OF_LINE)

_KEPT = ("system", "location", "brand", "vendor", "sales_order", "entered_on", "currency", "stage", "changed_since_sent")
_KEEP = attrgetter("id", *_KEPT)
_KEPT_OF_LINE = (
    *("item", "carrier", "ordered", "unit_cost", "status", "pre_hold", "printed", "shipped", "cancelled", "invoiced", "due_on"),
    "first_due_on",
)
_KEEP_OF_LINE = attrgetter("number", *_KEPT_OF_LINE, "batch")

HEADER = ("id", *_KEPT, *_TOLD, "created_at", "extra", "message_id", "place")
LINE = (
    *("order_id", "vendor", "line_no", *_KEPT_OF_LINE, "batch_number", *_TOLD_OF_LINE),
    *("vendor_item", "gtin", "serial", "hold_reason", "reason", "extra"),
)
PARTY = ("order_id", "role", *Party.__struct_fields__)
TEXT = ("order_id", "line_no", "kind", "seq", "code", "value")

LINE_STATE = (
    *("status", "pre_hold", "printed", "shipped", "cancelled", "invoiced", "batch_number", "unit_cost", "carrier", "due_on"),
    *("hold_reason", "reason"),
)
"""The columns of a line that change in its life."""


def header(new: NewOrder, *, at: object, message_id: int | None, place: int | None) -> Values:
    """The header row of a new order."""
    told = new.document
    return (*_KEEP(new.order), *_TELL(told), at, told.extra or None, message_id, place)


def lines(new: NewOrder) -> list[Values]:
    """The line rows of a new order."""
    order_id, vendor = new.order.id, new.order.vendor
    return [_line(order_id, vendor, line, told) for line, told in zip(new.order.lines, new.document.lines, strict=True)]


def parties(new: NewOrder) -> list[Values]:
    """The rows of ship-to and, where it differs in being told, sold-to."""
    order_id, told = new.order.id, new.document
    rows = [_party(order_id, "ship_to", told.ship_to)]
    if told.sold_to is not None:
        rows.append(_party(order_id, "sold_to", told.sold_to))
    return rows


def texts(new: NewOrder) -> list[Values]:
    """Messages, gift messages and customizations; line 0 is the header."""
    order_id, told = new.order.id, new.document
    rows: list[Values] = []
    if told.messages:
        rows += [(order_id, 0, "message", seq, None, value) for seq, value in enumerate(told.messages, 1)]
    if told.gift_messages:
        rows += [(order_id, 0, "gift_message", seq, None, value) for seq, value in enumerate(told.gift_messages, 1)]
    for line in told.lines:
        if line.messages:
            rows += [(order_id, line.number, "message", seq, None, value) for seq, value in enumerate(line.messages, 1)]
        if line.customizations:
            rows += [(order_id, line.number, "customization", seq, it.code, it.value) for seq, it in enumerate(line.customizations, 1)]
    return rows


def line_state(order_id: int, line: Line) -> Values:
    """The changed row of a line: its key, then the columns of `LINE_STATE`."""
    return (
        *(order_id, line.number, line.status, line.pre_hold, line.printed, line.shipped, line.cancelled, line.invoiced, line.batch),
        *(line.unit_cost, line.carrier, line.due_on, line.hold_reason or None, line.reason or None),
    )


def documents(connection: Connection, ids: Iterable[int]) -> dict[int, Order]:
    """The stored orders among these ids as documents: what the retailer told, with the current carrier, cost and due date of lines."""
    wanted = [(i,) for i in ids]
    numbers = {row.id: row.po_no for row in fetch_rows(connection, tables.order_key, ("id",), wanted, ("id", "po_no"))}
    headers = fetch_rows(connection, tables.purchase_order, ("id",), wanted, HEADER)
    party: dict[tuple[int, str], Party] = {}
    for row in fetch_rows(connection, tables.order_party, ("order_id",), wanted, PARTY):
        party[row.order_id, row.role] = Party(**dict(zip(Party.__struct_fields__, row[2:], strict=True)))
    told: defaultdict[tuple[int, int, str], list[Any]] = defaultdict(list)
    for row in fetch_rows(connection, tables.order_text, ("order_id",), wanted, TEXT):
        told[row.order_id, row.line_no, row.kind].append(row)
    found: defaultdict[int, list[OrderLine]] = defaultdict(list)
    for row in fetch_rows(connection, tables.order_line, ("order_id",), wanted, LINE):
        found[row.order_id].append(_order_line(row, told))
    return {row.id: _document(row, numbers[row.id], tuple(found[row.id]), party, told) for row in headers}


def _line(order_id: int, vendor: str, line: Line, told: OrderLine) -> Values:
    return (
        *(order_id, vendor, *_KEEP_OF_LINE(line), *_TELL_OF_LINE(told)),
        *(told.vendor_item, told.gtin, told.serial or None, line.hold_reason or None, line.reason or None, told.extra or None),
    )


def _party(order_id: int, role: str, party: Party) -> Values:
    return (order_id, role, *astuple(party))


def _order_line(row: Any, told: dict[tuple[int, int, str], list[Any]]) -> OrderLine:
    return OrderLine(
        number=row.line_no,
        item=row.item,
        quantity=row.ordered,
        unit_cost=_plain(row.unit_cost),
        carrier=row.carrier,
        vendor_item=row.vendor_item,
        gtin=row.gtin,
        due_on=row.due_on,
        serial=row.serial,
        messages=_values(told, row.order_id, row.line_no, "message"),
        customizations=tuple(
            Customization(code=text.code, value=text.value) for text in told.get((row.order_id, row.line_no, "customization"), ())
        ),
        extra=row.extra or {},
        **dict(zip(_TOLD_OF_LINE, map(_plain, _TELL_OF_LINE(row)), strict=True)),
    )


def _document(
    row: Any,
    number: str,
    order_lines: tuple[OrderLine, ...],
    party: dict[tuple[int, str], Party],
    told: dict[tuple[int, int, str], list[Any]],
) -> Order:
    return Order(
        number=number,
        entered_on=row.entered_on,
        sales_order=row.sales_order,
        brand=row.brand,
        system=row.system,
        location=row.location,
        vendor=row.vendor,
        ship_to=party[row.id, "ship_to"],
        sold_to=party.get((row.id, "sold_to")),
        currency=row.currency,
        lines=order_lines,
        messages=_values(told, row.id, 0, "message"),
        gift_messages=_values(told, row.id, 0, "gift_message"),
        extra=row.extra or {},
        **dict(zip(_TOLD, map(_plain, _TELL(row)), strict=True)),
    )


def _values(told: dict[tuple[int, int, str], list[Any]], order_id: int, line_no: int, kind: str) -> tuple[str, ...]:
    return tuple(text.value for text in told.get((order_id, line_no, kind), ()))


def _plain(value: Any) -> Any:
    """Amounts are stored with four places; two are shown where two say all."""
    return _short(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=8192)
def _short(amount: Decimal) -> Decimal:
    short = cents(amount)
    return short if short == amount else amount

"""CreateDSOrder by hand, straight from the texts of an order to the rows of its tables; no document in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from benchmarks.by_hand.walk import LineTexts, OrderTexts, Texts, Wrong, amount, day, flag, required, text, whole

ORG = "1"
ZERO = Decimal(0)

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_key": ("id", "org", "po_no", "state", "digest", "history_seq"),
        "purchase_order": (
            *("id", "system", "location", "brand", "vendor", "sales_order", "entered_on", "currency", "stage", "changed_since_sent"),
            *("created_at", "message_id", "place", "buyer", "buyer_name", "vendor_name", "vendor_email", "shipping_instructions", "tender"),
            *("gift", "ship_complete", "discount_percent", "discount", "paid", "freight", "additional_freight", "freight_tax"),
        ),
        "order_line": (
            *("order_id", "line_no", "vendor", "status", "ordered", "unit_cost", "due_on", "first_due_on", "item", "carrier"),
            *("vendor_item", "description", "vendor_description", "retail_price", "tax", "gift_wrap"),
        ),
        "order_party": (
            *("order_id", "role", "prefix", "first_name", "middle_name", "last_name", "suffix", "company", "address1", "apartment"),
            *("address2", "address3", "address4", "city", "region", "postal_code", "country", "day_phone", "evening_phone", "email"),
        ),
        "order_text": ("order_id", "line_no", "kind", "seq", "code", "value"),
        "order_history": (
            *("order_id", "seq", "line_no", "event", "at", "actor", "source", "quantity", "status_after", "message_id", "place"),
        ),
        "receipt": ("message_id", "place", "kind", "verdict", "key", "order_id", "issue"),
        "vendor_item": ("vendor", "item", "vendor_item", "description", "made_at"),
        "vendor": ("code", "name", "email", "contact", "active", "preferences", "made_at"),
    }
)
"""The tables in the order they are written, and their columns."""

Row = tuple[Any, ...]


class Form:
    """How one database wants exact amounts, days and instants from its driver."""

    def __init__(self, amount: Callable[[Decimal | None], Any], day: Callable[[date], Any], instant: Callable[[datetime], Any]) -> None:
        self.amount, self.day, self.instant = amount, day, instant


SQLITE = Form(
    amount=lambda value: None if value is None else int(value.scaleb(4)),
    day=date.isoformat,
    instant=lambda at: at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
)
POSTGRESQL = Form(amount=lambda value: value, day=lambda value: value, instant=lambda at: at)


class Rows:
    """The rows of some orders of one message, table by table."""

    def __init__(self, form: Form, message_id: int, at: datetime) -> None:
        self.form = form
        self.message_id = message_id
        self.at = form.instant(at)
        self.of: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.pieces = 0

    def add(self, taken: OrderTexts, order_id: int, place: int, *, key: str, digest: str) -> None:
        """All rows of one new order."""
        form, values = self.form, taken.values
        vendor = required(values, "vendor_cd", 10)
        if taken.ship_to is None or not taken.lines:
            raise Wrong("ship_to" if taken.lines else "po_lines")
        self.of["order_key"].append((order_id, ORG, key, "live", digest, len(taken.lines)))
        self.of["purchase_order"].append(
            (
                order_id,
                required(values, "requesting_system_cd", 10),
                required(values, "requesting_location_cd", 10),
                required(values, "brand_cd", 10),
                vendor,
                required(values, "order_id", 30),
                form.day(day(values, "po_entered_date")),
                text(values, "vendor_currency_cd", 3) or "USD",
                "released",
                False,
                self.at,
                self.message_id,
                place,
                text(values, "buyer_cd", 10),
                text(values, "buyer_name", 30),
                text(values, "vendor_name", 40),
                text(values, "vendor_email", 255),
                text(values, "shipping_instructions", 255),
                text(values, "tender_description", 30),
                flag(values, "gift"),
                flag(values, "ship_complete"),
                form.amount(amount(values, "discount_percentage")),
                form.amount(amount(values, "discount_amount")),
                form.amount(amount(values, "tender_amount")),
                form.amount(amount(values, "freight_amount")),
                form.amount(amount(values, "order_additional_freight_charges")),
                form.amount(amount(values, "freight_tax")),
            )
        )
        self.of["order_party"].append(_party(order_id, "ship_to", taken.ship_to))
        if taken.sold_to is not None:
            self.of["order_party"].append(_party(order_id, "sold_to", taken.sold_to))
        notes = self.of["order_text"]
        notes += [(order_id, 0, "message", seq, None, note.strip()) for seq, note in enumerate(taken.messages, 1)]
        notes += [(order_id, 0, "gift_message", seq, None, note.strip()) for seq, note in enumerate(taken.gift_messages, 1)]
        numbers = {self._line(line, order_id, place, seq, vendor) for seq, line in enumerate(taken.lines, 1)}
        if len(numbers) != len(taken.lines):
            raise Wrong("po_line_no")
        self.of["receipt"].append((self.message_id, place, "order", "booked", key, order_id, None))

    def _line(self, taken: LineTexts, order_id: int, place: int, seq: int, vendor: str) -> int:
        """The rows of one line; answers its number."""
        form, values = self.form, taken.values
        number, quantity = whole(values, "po_line_no"), whole(values, "po_qty_ordered")
        cost = amount(values, "po_unit_price", 4)
        if cost is None or cost < ZERO or not number or not quantity:
            raise Wrong(f"po_line {number}")
        due_on = form.day(day(values, "po_line_due_date"))
        self.of["order_line"].append(
            (
                order_id,
                number,
                vendor,
                "New Order",
                quantity,
                form.amount(cost),
                due_on,
                due_on,
                required(values, "retailer_item_id", 35),
                required(values, "carrier_cd", 10),
                text(values, "vendor_item_id", 35),
                text(values, "retailer_item_description", 120),
                text(values, "vendor_item_description", 120),
                form.amount(amount(values, "retail_price")),
                form.amount(amount(values, "tax")),
                flag(values, "order_line_gift_wrap") if "order_line_gift_wrap" in values else None,
            )
        )
        notes = self.of["order_text"]
        notes += [(order_id, number, "message", at, None, note.strip()) for at, note in enumerate(taken.messages, 1)]
        notes += [(order_id, number, "customization", at, code, value) for at, (code, value) in enumerate(taken.customizations, 1)]
        self.of["order_history"].append(
            (order_id, seq, number, "H1", self.at, "Admin", "WS", quantity, "New Order", self.message_id, place)
        )
        self.pieces += quantity
        return number


def key_of(taken: OrderTexts) -> str:
    """The number of the order as it is stored."""
    return required(taken.values, "po_no", 30).upper()


def digest_of(taken: OrderTexts) -> str:
    """The content of the order, to tell a repetition from a change."""
    lines = [(line.values, line.messages, line.customizations) for line in taken.lines]
    content = (taken.values, taken.sold_to, taken.ship_to, taken.messages, taken.gift_messages, lines)
    return sha256(repr(content).encode()).hexdigest()


def _party(order_id: int, role: str, values: Texts) -> Row:
    company, last_name = text(values, "company_name", 60), text(values, "last_name", 60)
    if not company and not last_name:
        raise Wrong(role)
    return (
        order_id,
        role,
        text(values, "prefix", 15),
        text(values, "first_name", 40),
        text(values, "middle_name", 40),
        last_name,
        text(values, "suffix", 15),
        company,
        required(values, "address_line_1", 60),
        text(values, "apartment", 20),
        text(values, "address_line_2", 60),
        text(values, "address_line_3", 60),
        text(values, "address_line_4", 60),
        required(values, "city", 60),
        text(values, "state_province", 10),
        required(values, "postal_code", 15).upper(),
        required(values, "country_cd", 3).upper(),
        text(values, "day_phone", 30),
        text(values, "evening_phone", 30),
        text(values, "email", 254),
    )

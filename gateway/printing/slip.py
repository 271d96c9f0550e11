"""The pack slip: one an order, over as many pages as it needs, with addresses, lines, messages, and prices where it is no gift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from gateway.documents import Order, OrderLine, Party
from gateway.printing.content import Content, Printed
from gateway.printing.letters import BOLD, REGULAR
from gateway.printing.paper import Pen, Run

FOOT = 62.0
"""So much of a page, from below, belongs to its foot."""
_ITEM, _TEXT, _SHIP, _EACH = 28.0, 130.0, 118.0, 62.0
LOGO = (250.0, 35.0)


def slips(content: Content, paper: str) -> Printed:
    """The slips of all orders, one behind the other. Written twice: the first time only counts the pages of each order."""
    counted = _written(content, paper, totals=None)
    written = _written(content, paper, totals=counted.pages)
    return written.pen.printed()


class _Written(Struct, frozen=True):
    pen: Pen
    pages: list[int]


def _written(content: Content, paper: str, *, totals: list[int] | None) -> _Written:
    pen = Pen(paper, title=f"Pack slips of batch {content.title}", graphical=content.is_graphical, fonts=content.fonts)
    pages: list[int] = []
    for number, order in enumerate(content.orders):
        slip = _Slip(pen, content, order, total=totals[number] if totals else 0)
        slip.write()
        pages.append(slip.page)
    return _Written(pen, pages)


class _Slip:
    """One order on its pages."""

    def __init__(self, pen: Pen, content: Content, order: Order, *, total: int) -> None:
        self.page = 0
        self._pen = pen
        self._content = content
        self._order = order
        self._total = total
        self._priced = not order.gift and any(line.retail_price for line in order.lines)
        self._unknown = pen.letters.unknown

    def write(self) -> None:
        """All of it."""
        self._turn()
        for line in self._order.lines:
            self._line(line)
        self._sum()
        self._texts("Message", self._order.messages)
        self._texts("Gift message", self._order.gift_messages)
        self._foot()

    # Pages

    def _turn(self) -> None:
        """The next page with its head; the first one tells everything about the order."""
        if self.page:
            self._foot()
        self._pen.begin()
        self.page += 1
        self._head()
        if self.page == 1:
            self._addresses()
            self._about()
        self._headings()

    def _room(self, height: float) -> None:
        """Turn the page where so much does not fit."""
        if self._pen.y - height < FOOT:
            self._turn()

    def _head(self) -> None:
        pen, order = self._pen, self._order
        top = pen.y
        if self._content.logo is not None and pen.graphical:
            pen.picture(self._content.brand.code, self._content.logo, pen.left, top, width=LOGO[0], height=LOGO[1])
        else:
            pen.write(Run(self._content.brand.name or self._content.brand.code, 18, BOLD), pen.left, top - 18)
        pen.write(Run("PACK SLIP" + (", GIFT" if order.gift else ""), 10, BOLD), pen.left, top - 50)
        if self.page > 1:
            pen.write(Run(f"continued: {' '.join(_name(order.ship_to))}", 8, grey=True), pen.left, top - 62)
        pen.bar_code(order.number, pen.right, top - 24)
        pen.write_right(Run("Purchase order", 7, grey=True), pen.right, top - 42)
        pen.y = top - 68
        pen.rule(pen.y, heavy=True)

    def _addresses(self) -> None:
        pen, order = self._pen, self._order
        middle = pen.left + (pen.right - pen.left) * 0.55
        top = pen.y - 4
        ship_to = [
            Run("SHIP TO", 7, BOLD, grey=True),
            *(Run(text, 12, REGULAR if n else BOLD) for n, text in enumerate(_address(order.ship_to))),
        ]
        sold_to = [Run("SOLD TO", 7, BOLD, grey=True), *(Run(text) for text in _address(order.sold_to or order.ship_to))]
        below = pen.column(ship_to, pen.left, top, middle - pen.left - 12)
        pen.y = min(below, pen.column(sold_to, middle, top, pen.right - middle)) - 8
        pen.rule(pen.y)

    def _about(self) -> None:
        pen, order, content = self._pen, self._order, self._content
        carrier = order.lines[0] if order.lines else None
        ship_via = _both(carrier.carrier, carrier.carrier_name) if carrier else order.carrier or ""
        replaces = f" (in place of {content.replaces})" if content.replaces else ""
        facts = [
            ("Sales order", order.sales_order),
            ("Ordered", self._day(order.entered_on)),
            ("Ship via", ship_via),
            ("Ship by", self._day(min((line.due_on for line in order.lines if line.due_on), default=None))),
            ("Batch", f"{content.batch}{replaces}"),
            ("Shipped by", _both(content.vendor.code, content.vendor.name)),
            ("For location", _both(order.location, order.location_name)),
            ("Ship complete", "Yes, all lines in one shipment" if order.ship_complete else ""),
        ]
        told = [(label, value) for label, value in facts if value]
        half = (pen.right - pen.left) / 2
        rows = [told[n : n + 2] for n in range(0, len(told), 2)]
        y = pen.y - 4
        for row in rows:
            ends = [pen.column((Run(value, 9, BOLD),), pen.left + n * half + 84, y, half - 90) for n, (_, value) in enumerate(row)]
            for n, (label, _) in enumerate(row):
                pen.write(Run(label, 8, grey=True), pen.left + n * half, y - 11.7)
            y = min(ends)
        for label, value in (("Instructions", order.shipping_instructions), ("Returns to", content.returns_to)):
            if value:
                pen.write(Run(label, 8, grey=True), pen.left, y - 11.7)
                y = pen.column((Run(value, 9, BOLD),), pen.left + 84, y, pen.right - pen.left - 84)
        pen.y = y - 10

    def _headings(self) -> None:
        pen = self._pen
        pen.y -= 4
        pen.shade(pen.y - 15, 15)
        y = pen.y - 11
        for text, x in (("Line", pen.left + 3), ("Item", pen.left + _ITEM), ("Description", pen.left + _TEXT)):
            pen.write(Run(text, 8, BOLD), x, y)
        pen.write_right(Run("Quantity", 8, BOLD), pen.right - (_SHIP if self._priced else 3), y)
        if self._priced:
            pen.write_right(Run("Price", 8, BOLD), pen.right - _EACH, y)
            pen.write_right(Run("Amount", 8, BOLD), pen.right - 3, y)
        pen.y -= 17

    def _foot(self) -> None:
        pen, content = self._pen, self._content
        pen.rule(FOOT - 8)
        y = FOOT - 24
        of = f" of {self._total}" if self._total else ""
        pen.write(Run(f"Purchase order {self._order.number}, page {self.page}{of}", 8), pen.left, y)
        if pen.letters.unknown > self._unknown:
            lost = "Letters that no font here has are shown as ¤; the CSV of the batch has them."
            pen.write(Run(lost, 7, grey=True), pen.left, y - 11)
        pen.bar_code(f"{content.batch}", pen.right, y - 8, height=18)
        pen.write_right(Run("Batch", 7, grey=True), pen.right - 60, y - 17)

    # Lines and texts

    def _line(self, line: OrderLine) -> None:
        """Item and description side by side, its special handling and messages below; broken only where it is longer than a page."""
        pen = self._pen
        wide = pen.right - pen.left
        width = wide - _TEXT - (_SHIP + 40 if self._priced else 48)
        item = [Run(line.item, 9, BOLD)] + ([Run(f"Vendor item {line.vendor_item}", 7.5, grey=True)] if line.vendor_item else [])
        text = [Run(line.description or line.vendor_description or "", 9), *_handling(line)]
        items, texts = pen.wrapped(item, _TEXT - _ITEM - 8), pen.wrapped(text, width)
        self._room(min(max(_height(items), _height(texts)) + 5, 120))
        pen.write(Run(str(line.number), 9), pen.left + 3, pen.y - 11.7)
        quantity = line.to_ship if line.to_ship is not None else line.quantity
        pen.write_right(Run(str(quantity), 11, BOLD), pen.right - (_SHIP if self._priced else 3), pen.y - 12)
        if self._priced and line.retail_price is not None:
            pen.write_right(Run(self._money(line.retail_price)), pen.right - _EACH, pen.y - 11.7)
            pen.write_right(Run(self._money(line.retail_price * quantity)), pen.right - 3, pen.y - 11.7)
        below = pen.column(items, pen.left + _ITEM, pen.y, _TEXT)
        self._flow(texts, pen.left + _TEXT)
        pen.y = (min(below, pen.y) if below < pen.y and below > FOOT else pen.y) - 5
        pen.rule(pen.y)

    def _flow(self, lines: Sequence[Run], x: float) -> None:
        """Lines of text downwards, onto the next page where they do not fit."""
        for run in lines:
            height = run.size * 1.3
            self._room(height)
            self._pen.y -= height
            self._pen.write(run, x, self._pen.y)

    def _sum(self) -> None:
        """Pieces always; charges and what was paid unless it is a gift."""
        pen, order = self._pen, self._order
        pieces = sum(line.to_ship if line.to_ship is not None else line.quantity for line in order.lines)
        rows = [("Pieces in this slip", str(pieces))]
        if not order.gift:
            charges = (
                ("Freight", order.freight),
                ("Additional freight", order.additional_freight),
                ("Tax on freight", order.freight_tax),
                ("Tax", order.tax_total),
                ("Paid", order.paid),
            )
            rows += [(label, self._money(amount)) for label, amount in charges if amount]
        self._room(13.0 * len(rows) + 6)
        for label, value in rows:
            pen.y -= 13
            pen.write_right(Run(label, 8, grey=True), pen.right - 70, pen.y)
            pen.write_right(Run(value, 9, BOLD), pen.right - 3, pen.y)
        if not order.gift and order.tender:
            pen.write(Run(f"Paid by {order.tender}", 8, grey=True), pen.left, pen.y)

    def _texts(self, title: str, messages: Sequence[str]) -> None:
        """Each message on a line of its own."""
        if not messages:
            return
        pen = self._pen
        self._room(40)
        pen.y -= 22
        pen.write(Run(title, 9, BOLD), pen.left, pen.y)
        self._flow(pen.wrapped([Run(text, 10) for text in messages], pen.right - pen.left), pen.left)

    def _money(self, amount: Decimal) -> str:
        return self._content.formats.amount(amount, self._order.currency or "")

    def _day(self, day: date | None) -> str:
        return self._content.formats.day(day) if day else ""


def _handling(line: OrderLine) -> list[Run]:
    """What the warehouse must do with the line."""
    found = [Run(f"{it.code}: {it.value or ''}".rstrip(": "), 9, BOLD) for it in line.customizations]
    found += [Run("Gift wrap", 9, BOLD)] if line.gift_wrap else []
    found += [Run(f"{label} {value}", 8) for label, value in (("Lot", line.lot), ("Serial", line.serial)) if value]
    return found + [Run(text, 8.5, grey=True) for text in line.messages]


def _name(party: Party) -> list[str]:
    person = " ".join(filter(None, (party.prefix, party.first_name, party.middle_name, party.last_name, party.suffix)))
    return [text for text in (party.company or "", person) if text]


def _address(party: Party) -> list[str]:
    street = " ".join(filter(None, (party.address1, f"Apt {party.apartment}" if party.apartment else "")))
    city = " ".join(filter(None, (f"{party.city}," if party.city and party.region else party.city, party.region, party.postal_code)))
    phones = [f"{label} {value}" for label, value in (("Day:", party.day_phone), ("Eve:", party.evening_phone)) if value]
    lines = [*_name(party), street, party.address2, party.address3, party.address4, city, party.country, *phones]
    return [text for text in lines if text]


def _both(code: str | None, name: str | None) -> str:
    return f"{code} - {name}" if code and name and code != name else code or name or ""


def _height(runs: Sequence[Run]) -> float:
    return sum(run.size * 1.3 for run in runs)

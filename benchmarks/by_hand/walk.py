"""CreateDSOrder by hand: one walk over each order's elements, every value checked and typed, straight into a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO

from lxml import etree

from gateway.documents import Customization, Envelope, Order, OrderLine, Party

Texts = dict[str, str | None]


class Wrong(ValueError):
    """A value that the layout forbids; the message names it."""


class LineTexts:
    """The texts of one line as they stand in the file."""

    __slots__ = ("customizations", "messages", "values")

    def __init__(self) -> None:
        self.values: Texts = {}
        self.messages: list[str] = []
        self.customizations: list[tuple[str, str | None]] = []


class OrderTexts:
    """The texts of one order as they stand in the file."""

    __slots__ = ("gift_messages", "lines", "messages", "ship_to", "sold_to", "values")

    def __init__(self) -> None:
        self.values: Texts = {}
        self.sold_to: Texts | None = None
        self.ship_to: Texts | None = None
        self.messages: list[str] = []
        self.gift_messages: list[str] = []
        self.lines: list[LineTexts] = []


class Reader:
    """Streams the orders of one file; afterwards `header` and `trailer` hold its first and last element's attributes."""

    def __init__(self) -> None:
        self.header: dict[str, str] = {}
        self.trailer: dict[str, str] = {}
        self.orders = self.lines = self.pieces = 0

    def read(self, source: IO[bytes]) -> Iterator[OrderTexts]:
        """Each order in turn, in constant memory."""
        tags = ("purchase_order", "message_header", "file_trailer")
        events = etree.iterparse(
            source,
            events=("end",),
            tag=tags,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_blank_text=True,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in events:
            if element.tag == "purchase_order":
                taken = texts(element)
                self.orders += 1
                self.lines += len(taken.lines)
                yield taken
            elif element.tag == "message_header":
                self.header = {str(name): str(value) for name, value in element.attrib.items()}
            else:
                self.trailer = {str(name): str(value) for name, value in element.attrib.items()}
            element.clear(keep_tail=False)
            parent = element.getparent()
            if parent is not None:
                while element.getprevious() is not None:
                    del parent[0]

    def check(self) -> None:
        """The closing controls hold, and the file was meant for us."""
        if self.trailer:
            told = (int(self.trailer["po_count"]), int(self.trailer["line_count"]), int(self.trailer["total_qty"]))
            if told != (self.orders, self.lines, self.pieces):
                raise Wrong("file_trailer")
        if self.header.get("destination", "").upper() != "LOCATE" or Decimal(self.header.get("version", "0")) < Decimal("4.5"):
            raise Wrong("message_header")


def texts(element: etree._Element) -> OrderTexts:
    """All texts of an order by one walk, wherever they stand."""
    taken = OrderTexts()
    values = taken.values
    for child in element:
        tag = child.tag
        if tag == "po_lines":
            taken.lines = [_line_texts(line) for line in child]
        elif tag == "sold_to":
            taken.sold_to = {part.tag: part.text for part in child}  # type: ignore[misc]  # tags are text: comments are gone
        elif tag == "ship_to":
            taken.ship_to = {part.tag: part.text for part in child}  # type: ignore[misc]  # the same
        elif tag == "order_message":
            taken.messages.append(child.text or "")
        elif tag == "gift_message":
            taken.gift_messages.append(child.text or "")
        else:
            values[tag] = child.text  # type: ignore[index]  # the same
    return taken


def _line_texts(element: etree._Element) -> LineTexts:
    taken = LineTexts()
    values = taken.values
    for child in element:
        tag = child.tag
        if tag == "order_line_message":
            taken.messages.append(child.text or "")
        elif tag == "customizations":
            found = [{part.tag: part.text for part in each} for each in child]
            taken.customizations = [(required(each, "customization_code", 10), text(each, "customization_message", 255)) for each in found]  # type: ignore[arg-type]  # the same
        else:
            values[tag] = child.text  # type: ignore[index]  # the same
    return taken


def required(values: Texts, name: str, most: int) -> str:
    """A text that must be there."""
    value = values.get(name)
    if value is None or not (value := value.strip()) or len(value) > most:
        raise Wrong(name)
    return value


def text(values: Texts, name: str, most: int) -> str | None:
    """A text that may be there."""
    value = values.get(name)
    if value is None or not (value := value.strip()):
        return None
    if len(value) > most:
        raise Wrong(name)
    return value


def amount(values: Texts, name: str, places: int = 2) -> Decimal | None:
    """An exact amount of at most so many places."""
    value = values.get(name)
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Wrong(name) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > places:
        raise Wrong(name)
    return number


def whole(values: Texts, name: str) -> int:
    """A whole number that must be there."""
    value = values.get(name)
    if value is None or not (value := value.strip()).isdecimal():
        raise Wrong(name)
    return int(value)


def day(values: Texts, name: str) -> date:
    """A date that must be there."""
    try:
        return date.fromisoformat(values[name] or "")
    except (KeyError, ValueError):
        raise Wrong(name) from None


def flag(values: Texts, name: str) -> bool:
    """Y or N; absent is N."""
    value = values.get(name)
    if value not in {None, "Y", "N"}:
        raise Wrong(name)
    return value == "Y"


def documents(source: IO[bytes]) -> Iterator[Order]:
    """The file's orders as documents, its controls checked at the end."""
    reader = Reader()
    envelope: Envelope | None = None
    for taken in reader.read(source):
        if envelope is None:
            header = reader.header
            envelope = Envelope(
                sender=header["source"],
                receiver=header["destination"],
                version=header["version"],
                sent_at=datetime.fromisoformat(header["datetime"]),
            )
        made = document(taken, envelope)
        reader.pieces += sum([line.quantity for line in made.lines])
        yield made
    reader.check()


def document(taken: OrderTexts, envelope: Envelope) -> Order:
    """One order, every value checked and typed."""
    values = taken.values
    if taken.ship_to is None:
        raise Wrong("ship_to")
    return Order(
        number=required(values, "po_no", 30).upper(),
        entered_on=day(values, "po_entered_date"),
        sales_order=required(values, "order_id", 30),
        brand=required(values, "brand_cd", 10),
        system=required(values, "requesting_system_cd", 10),
        location=required(values, "requesting_location_cd", 10),
        vendor=required(values, "vendor_cd", 10),
        vendor_name=text(values, "vendor_name", 40),
        vendor_email=text(values, "vendor_email", 255),
        currency=text(values, "vendor_currency_cd", 3) or "USD",
        buyer=text(values, "buyer_cd", 10),
        buyer_name=text(values, "buyer_name", 30),
        gift=flag(values, "gift"),
        ship_complete=flag(values, "ship_complete"),
        shipping_instructions=text(values, "shipping_instructions", 255),
        discount_percent=amount(values, "discount_percentage"),
        discount=amount(values, "discount_amount"),
        tender=text(values, "tender_description", 30),
        paid=amount(values, "tender_amount"),
        freight=amount(values, "freight_amount"),
        additional_freight=amount(values, "order_additional_freight_charges"),
        freight_tax=amount(values, "freight_tax"),
        sold_to=None if taken.sold_to is None else party(taken.sold_to),
        ship_to=party(taken.ship_to),
        messages=tuple(taken.messages),
        gift_messages=tuple(taken.gift_messages),
        lines=tuple([_line(line) for line in taken.lines]),
        envelope=envelope,
    )


def party(values: Texts) -> Party:
    """A name and address, every part checked."""
    return Party(
        prefix=text(values, "prefix", 15),
        first_name=text(values, "first_name", 40),
        middle_name=text(values, "middle_name", 40),
        last_name=text(values, "last_name", 60),
        suffix=text(values, "suffix", 15),
        company=text(values, "company_name", 60),
        address1=text(values, "address_line_1", 60),
        apartment=text(values, "apartment", 20),
        address2=text(values, "address_line_2", 60),
        address3=text(values, "address_line_3", 60),
        address4=text(values, "address_line_4", 60),
        city=text(values, "city", 60),
        region=text(values, "state_province", 10),
        postal_code=(text(values, "postal_code", 15) or "").upper() or None,
        country=(text(values, "country_cd", 3) or "").upper() or None,
        day_phone=text(values, "day_phone", 30),
        evening_phone=text(values, "evening_phone", 30),
        email=text(values, "email", 254),
    )


def _line(taken: LineTexts) -> OrderLine:
    values = taken.values
    cost = amount(values, "po_unit_price", 4)
    if cost is None:
        raise Wrong("po_unit_price")
    return OrderLine(
        number=whole(values, "po_line_no"),
        item=required(values, "retailer_item_id", 35),
        quantity=whole(values, "po_qty_ordered"),
        unit_cost=cost,
        carrier=required(values, "carrier_cd", 10),
        vendor_item=text(values, "vendor_item_id", 35),
        description=text(values, "retailer_item_description", 120),
        vendor_description=text(values, "vendor_item_description", 120),
        retail_price=amount(values, "retail_price"),
        tax=amount(values, "tax"),
        due_on=day(values, "po_line_due_date"),
        gift_wrap=flag(values, "order_line_gift_wrap") if "order_line_gift_wrap" in values else None,
        messages=tuple(taken.messages),
        customizations=tuple([Customization(code=code, value=value) for code, value in taken.customizations]),
    )

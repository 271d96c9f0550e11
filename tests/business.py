"""A small business in memory for tests of the rules: the order of sdf 2.4, its reference data, and a world that applies outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from gateway.documents import (
    BatchAcknowledgement,
    ChangeRequest,
    Customization,
    Envelope,
    Invoice,
    InvoiceLine,
    Order,
    OrderAnswer,
    OrderLine,
    Party,
    Shipment,
    ShipmentLine,
)
from gateway.domain import acknowledge, create, cut, select, ship, upload
from gateway.domain.acknowledge import waits
from gateway.domain.ask import ask
from gateway.domain.ask_line import OF_LINES, ask_line
from gateway.domain.bill_at_shipping import bill_at_shipping
from gateway.domain.bill_shipments import Chosen
from gateway.domain.bill_shipments import create as create_invoice
from gateway.domain.history import HistoryEntry
from gateway.domain.maintain import Note, maintain
from gateway.domain.order import Line, LineStatus, OrderKey, PurchaseOrder
from gateway.domain.order_answer import LastAnswer, answer_order
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    AnswerTold,
    Batch,
    BatchAnswered,
    BatchChanged,
    BatchLine,
    BatchLinesChanged,
    BatchState,
    FeedEntry,
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceDocument,
    LinesChanged,
    NewInvoice,
    NewOrder,
    NewShipment,
    Outcome,
    RequestsChanged,
    ShipmentRecord,
    ShipToChanged,
    Verdict,
)
from gateway.domain.reference import Brand, Carrier, Location, Organization, Reference, System, Vendor
from gateway.domain.reply import Reply, reply
from gateway.domain.reprint import Place, is_numbered, reprint, void
from gateway.domain.request import Request, RequestState
from gateway.domain.slip import EVERYTHING, Selection, choose, generate, slips

AT = datetime(2022, 6, 22, 14, 0, tzinfo=UTC)
TODAY = date(2022, 6, 22)

RED_PANDA = Vendor(
    code="257",
    name="Red Panda Outfitters",
    integrated=True,
    require_acknowledgement=True,
    uses_invoicing=True,
    unit_cost_threshold=Decimal(10),
    user="redpanda",
)
ANVIL = Vendor(code="11", name="Anvil", uses_invoicing=True)
STRICT = Carrier(code="20", name="Strict", requires_tracking=True, requires_weight=True, requires_freight=True)

REFERENCE = Reference(
    organization=Organization(code="1", name="Retail", account="LOCATE"),
    systems={"OMS": System(code="OMS"), "CWD": System(code="CWD"), "VENDOR": System(code="VENDOR", vendor_default=True)},
    locations={"100": Location(code="100", name="Westborough", system="OMS"), "300": Location(code="300", system="CWD")},
    brands={"1": Brand(code="1", name="Red Panda")},
    carriers={"50": Carrier(code="50", name="Home Delivery"), "20": STRICT, "90": Carrier(code="90", active=False)},
    vendors={"257": RED_PANDA, "11": ANVIL, "404": Vendor(code="404", active=False)},
)

RETAILER = Origin(user="oms", system="OMS", connector="oms", message_id=1, place=1)
MESSAGE = Origin(user="redpanda", vendor="257", connector="redpanda", message_id=2, place=1)
UPLOAD = Origin(user="redpanda", vendor="257", connector="redpanda", via=Via.UPLOAD, message_id=3, place=1)
SCREEN = Origin(user="lee", vendor="257", via=Via.SCREEN)

HEADER = Envelope(sender="REDPANDA", receiver="locate", version="5.0")

SOLD_TO = Party(
    prefix="Ms.",
    first_name="Ariel",
    last_name="Byrd",
    address1="12 Harbor Street",
    apartment="4B",
    city="Westborough",
    region="MA",
    postal_code="01581",
    country="US",
    day_phone="508-555-0100",
)
SHIP_TO = Party(company="Byrd Imports Ltd", first_name="Ariel", last_name="Byrd", address1="1 Quay Road", address2="Dock 7", city="London")
TOTE = OrderLine(
    number=1,
    item="BX100 RED",
    description="Tote bag, red",
    vendor_item="V1000",
    quantity=3,
    unit_cost=Decimal("8.98"),
    retail_price=Decimal("14.99"),
    tax=Decimal("1.12"),
    carrier="50",
    due_on=date(2022, 6, 28),
    messages=("Customer asked for careful packing",),
    customizations=(Customization(code="MONO", value="ARB"),),
)
KETTLE = OrderLine(
    number=2,
    item="KT200",
    description="Kettle",
    vendor_item="V2000",
    quantity=1,
    unit_cost=Decimal("21.50"),
    carrier="50",
    due_on=date(2022, 7, 1),
)
ORDER = Order(
    number="ab10747",
    entered_on=date(2022, 6, 20),
    sales_order="00012025-001",
    brand="1",
    system="OMS",
    location="100",
    vendor="257",
    vendor_name="Red Panda Outfitters",
    currency="USD",
    buyer="EZK",
    shipping_instructions="DRP SHP ORD#00012025",
    tender="MULTI PAY",
    paid=Decimal("54.93"),
    freight=Decimal("6.95"),
    additional_freight=Decimal("2.00"),
    freight_tax=Decimal("0.56"),
    sold_to=SOLD_TO,
    ship_to=replace(SHIP_TO, postal_code="se1 9gf", country="GB"),
    messages=("Thank you for your order.", "Questions? Call customer service."),
    gift_messages=("Happy birthday!",),
    lines=(TOTE, KETTLE),
    envelope=Envelope(sender="OMS", receiver="LOCATE", version="16.0"),
)


def key(order: Order, number: int = 1) -> OrderKey:
    """The key of an order nobody has seen."""
    return OrderKey(id=number, org="1", number=order.number.upper())


def codes(outcome: Outcome) -> list[str]:
    """The codes of an outcome, in the order they are told."""
    return [issue.code for issue in outcome.issues]


def a_shipment(*lines: ShipmentLine, number: str = "AB10747", tracking: str = "Track12155", **values: object) -> Shipment:
    """A confirmation with carrier 50, dated, as setDSShipConfirm sends it."""
    told = {
        "vendor": "257",
        "vendor_system": "VENDOR",
        "carrier": "50",
        "tracking": (tracking,) if tracking else (),
        "weight": Decimal("2.34"),
        "freight": Decimal("1.23"),
        "shipped_on": TODAY,
        "envelope": HEADER,
        **values,
    }
    return Shipment(order_number=number, lines=lines, **told)  # type: ignore[arg-type]  # the table above says what each is


def an_invoice(*lines: InvoiceLine, number: str = "RP-2201", **values: object) -> Invoice:
    """An upload without charges."""
    nothing = Decimal(0)
    told = {"freight": nothing, "handling": nothing, "other": nothing, "gross_days": 30, **values}
    return Invoice(number=number, type="DR", date=TODAY, lines=lines, **told)  # type: ignore[arg-type]  # the same


def a_detail(line: int, quantity: int, unit_cost: str, *, number: str = "AB10747", **values: object) -> InvoiceLine:
    """One detail without charges."""
    nothing = Decimal(0)
    told = {"freight": nothing, "handling": nothing, "other": nothing, **values}
    return InvoiceLine(order_number=number, number=line, quantity=quantity, unit_cost=Decimal(unit_cost), **told)  # type: ignore[arg-type]


def with_vendor(**preferences: object) -> Reference:
    """The reference data with other preferences of vendor 257."""
    return REFERENCE.with_vendor(replace(RED_PANDA, **preferences))


class World:
    """Applies outcomes as the store does, and holds every value to the rules of sdf 5.1 after each."""

    def __init__(self, reference: Reference = REFERENCE) -> None:
        self.reference = reference
        self.keys: dict[str, OrderKey] = {}
        self.documents: dict[str, Order] = {}
        self.orders: dict[int, PurchaseOrder] = {}
        self.batches: dict[int, Batch] = {}
        self.slips: dict[tuple[int, int, int], BatchLine] = {}
        self.shipments: list[ShipmentRecord] = []
        self.invoices: dict[tuple[str, str], InvoiceDocument] = {}
        self.requests: dict[int, Request] = {}
        self.ship_to: dict[int, Party] = {}
        self.history: list[HistoryEntry] = []
        self.feed: list[FeedEntry] = []
        self.answers: dict[int, LastAnswer] = {}
        self.next_batch = 74
        self.next_invoice = 1

    def order(self, number: str = "AB10747") -> PurchaseOrder:
        return self.orders[self.keys[number].id]

    def line(self, number: int, order: str = "AB10747") -> Line:
        line = self.order(order).line(number)
        assert line is not None
        return line

    def events(self) -> list[str]:
        return [str(entry.event) for entry in self.history]

    def receive(self, document: Order = ORDER, origin: Origin = RETAILER) -> Outcome:
        number = document.number.upper()
        found = self.keys.setdefault(number, OrderKey(id=len(self.keys) + 1, org="1", number=number))
        stored = self.documents.get(number)
        return self.apply(create(document, found, reference=self.reference, origin=origin, at=AT, stored=stored))

    def cut(self, origin: Origin = MESSAGE, most: int | None = None) -> Outcome:
        vendor = self.reference.vendors[origin.vendor or ""]
        chosen = select(self.orders.values(), vendor=vendor, most=most)
        outcome = self.apply(cut(chosen, number=self.next_batch, channel="orders", vendor=vendor, origin=origin, at=AT))
        self.next_batch += outcome.verdict is Verdict.BOOKED
        return outcome

    def acknowledge(self, batch: int = 74, origin: Origin = MESSAGE) -> Outcome:
        document = BatchAcknowledgement(vendor=origin.vendor or "", batch=batch, vendor_system="VENDOR", envelope=HEADER)
        inside = [order for order in self.orders.values() if any((batch, order.id, line.number) in self.slips for line in order.lines)]
        return self.apply(acknowledge(document, self.batches.get(batch), orders=inside, reference=self.reference, origin=origin, at=AT))

    def on_batch(self, batch: int) -> list[PurchaseOrder]:
        return [order for order in self.orders.values() if any((batch, order.id, line.number) in self.slips for line in order.lines)]

    def print(self, wanted: Selection = EVERYTHING, origin: Origin = SCREEN) -> list[Outcome]:
        vendor = self.reference.vendors[origin.vendor or ""]
        made = []
        for orders in slips(choose(self.orders.values(), vendor=vendor, wanted=wanted, ship_to=self.ship_to), vendor):
            made.append(self.apply(generate(orders, number=self.next_batch, channel="slips", vendor=vendor, origin=origin, at=AT)))
            self.next_batch += 1
        return made

    def void(self, batch: int = 74, origin: Origin = SCREEN, only: tuple[int, ...] = ()) -> Outcome:
        asked = {order.id: self.requests_of(order) for order in self.orders.values()}
        return self.apply(void(self.batches[batch], self.on_batch(batch), requests=asked, origin=origin, at=AT, only=only))

    def reprint(
        self, quantities: dict[Place, int] | None = None, batch: int = 74, origin: Origin = SCREEN, only: tuple[int, ...] = ()
    ) -> Outcome:
        asked = {order.id: self.requests_of(order) for order in self.orders.values()}
        common = {"number": self.next_batch, "requests": asked, "origin": origin, "at": AT, "only": only}
        outcome = self.apply(reprint(self.batches[batch], self.on_batch(batch), quantities or {}, **common))  # type: ignore[arg-type]  # by name
        self.next_batch += is_numbered(outcome)
        return outcome

    def ship(self, document: Shipment, origin: Origin = MESSAGE, earlier: dict[int, int] | None = None) -> Outcome:
        found = self.keys.get(document.order_number)
        order = self.orders.get(found.id) if found else None
        known = [it for it in self.shipments if order is not None and it.order_id == order.id]
        asked = self.requests_of(order)
        told = earlier or {}
        done = ship(document, order, shipments=known, reference=self.reference, origin=origin, at=AT, earlier=told, requests=asked)
        existing = self.invoices.get((document.vendor or origin.vendor or "", document.invoice_number or ""))
        return self.apply(
            bill_at_shipping(document, done, shipments=known, existing=existing, reference=self.reference, origin=origin, at=AT)
        )

    def requests_of(self, order: PurchaseOrder | None) -> list[Request]:
        return [it for it in self.requests.values() if order is not None and it.order_id == order.id]

    def ask(self, document: ChangeRequest, origin: Origin = RETAILER) -> Outcome:
        found = self.keys.get(document.order_number)
        order = self.orders.get(found.id) if found else None
        ship_to = self.ship_to.get(order.id) if order else None
        known = self.requests_of(order)
        rule = ask_line if document.kind in OF_LINES else ask
        return self.apply(rule(document, order, ship_to=ship_to, requests=known, reference=self.reference, origin=origin, at=AT))

    def answer(self, document: OrderAnswer, origin: Origin = MESSAGE) -> Outcome:
        found = self.keys.get(document.order_number.upper())
        order = self.orders.get(found.id) if found else None
        last = self.answers.get(order.id) if order else None
        asked = self.requests_of(order)
        return self.apply(answer_order(document, order, requests=asked, last=last, reference=self.reference, origin=origin, at=AT))

    def reply(self, said: Reply, origin: Origin = UPLOAD) -> Outcome:
        order = self.order()
        return self.apply(reply(said, order, requests=self.requests_of(order), origin=origin, at=AT))

    def maintain(self, said: Note, origin: Origin = UPLOAD) -> Outcome:
        order = self.order()
        return self.apply(maintain(said, order, requests=self.requests_of(order), origin=origin, at=AT))

    def bill(self, document: Invoice, origin: Origin = UPLOAD) -> Outcome:
        return self.apply(
            upload(
                document,
                orders={order.number: order for order in self.orders.values()},
                shipments=self.shipments_by_order(),
                existing=self.invoices.get((origin.vendor or "", document.number)),
                reference=self.reference,
                origin=origin,
                at=AT,
            )
        )

    def create(self, chosen: Chosen, origin: Origin = SCREEN, vendor: str = "257") -> Outcome:
        return self.apply(
            create_invoice(
                chosen,
                vendor=self.reference.vendors[vendor],
                orders=self.orders,
                shipments=self.shipments_by_order(),
                existing=self.invoices.get((vendor, chosen.number)),
                latest=TODAY,
                origin=origin,
                at=AT,
            )
        )

    def invoice(self, number: str = "RP-2201") -> InvoiceDocument:
        return self.invoices["257", number]

    def shipments_by_order(self) -> dict[int, Sequence[ShipmentRecord]]:
        return {number: [it for it in self.shipments if it.order_id == number] for number in self.orders}

    def put(self, *lines: Line, order: str = "AB10747") -> None:
        """Set lines as events of later changes would have left them."""
        changed = self.order(order).with_lines(lines)
        self.orders[changed.id] = changed
        self.check()

    def apply(self, outcome: Outcome) -> Outcome:
        is_kept = outcome.verdict is Verdict.DUPLICATE and all(isinstance(it, RequestsChanged) for it in outcome.changes)
        assert not outcome.changes or outcome.verdict is Verdict.BOOKED or is_kept
        for change in outcome.changes:
            match change:
                case NewOrder(order=order, document=document, digest=digest):
                    self.orders[order.id] = order
                    self.documents[order.number] = document
                    self.keys[order.number] = replace(self.keys[order.number], digest=digest)
                    self.ship_to[order.id] = document.ship_to or document.sold_to or Party()
                case LinesChanged(order=order, lines=lines):
                    assert all(order.line(line.number) == line for line in lines)
                    self.orders[order.id] = order
                case NewShipment():
                    self._ship(change)
                case BatchChanged(batch=batch):
                    self.batches[batch.number] = batch
                case BatchLinesChanged(lines=lines):
                    self._slips(lines)
                case BatchAnswered():
                    self._answered(change)
                case RequestsChanged(requests=requests):
                    self._asked(requests)
                case ShipToChanged(order_id=order_id, ship_to=ship_to):
                    self.ship_to[order_id] = ship_to
                case AnswerTold():
                    self.answers[change.order_id] = LastAnswer(change.digest, change.at)
                case NewInvoice() | InvoiceChanged() | InvoiceDeleted():
                    self._invoice(change)
        self.history += outcome.history
        self.feed += outcome.feed
        self.check()
        return outcome

    def _ship(self, it: NewShipment) -> None:
        assert it.quantity > 0
        assert it.key not in {known.key for known in self.shipments}
        number = len(self.shipments) + 1001
        record = ShipmentRecord(
            id=number,
            order_id=it.order_id,
            line_no=it.line_no,
            quantity=it.quantity,
            shipped_on=it.shipped_on,
            carrier=it.carrier,
            tracking=it.tracking,
            key=it.key,
            invoice_number=it.invoice_number,
        )
        self.shipments.append(record)

    def _asked(self, requests: Iterable[Request]) -> None:
        """At most one of a kind waits for an answer on a line; what has ended stays so."""
        for it in requests:
            stored = it if it.id else replace(it, id=len(self.requests) + 1)
            assert it.id == 0 or self.requests[it.id].state in {RequestState.PENDING, RequestState.REPLACED}
            self.requests[stored.id] = stored
        waiting = [(it.order_id, it.line_no, it.kind) for it in self.requests.values() if it.state is RequestState.PENDING]
        assert len(waiting) == len(set(waiting))

    def _answered(self, it: BatchAnswered) -> None:
        waiting = [line for order in self.orders.values() for line in order.lines if line.batch == it.number and waits(line)]
        batch = self.batches[it.number]
        if not waiting and batch.state is BatchState.OPEN:
            self.batches[it.number] = replace(batch, state=BatchState.ACKNOWLEDGED, acknowledged_at=it.at)

    def _slips(self, lines: Iterable[BatchLine]) -> None:
        for it in lines:
            assert it.quantity > 0
            self.slips[it.batch, it.order_id, it.line_no] = it
        for number, batch in self.batches.items():
            if batch.state is not BatchState.VOID and not any(it.live for it in self.slips.values() if it.batch == number):
                self.batches[number] = replace(batch, state=BatchState.CLOSED)

    def _invoice(self, change: NewInvoice | InvoiceChanged | InvoiceDeleted) -> None:
        invoice = change.invoice
        if isinstance(change, InvoiceDeleted):
            del self.invoices[invoice.vendor, invoice.number]
            self._billed(invoice.id, set())
            return
        ids = {it.key: it.id for it in self.shipments}
        lines = [replace(it, shipment_id=ids[it.shipment_key], shipment_key="") if it.shipment_key else it for it in invoice.lines]
        stored = replace(invoice, id=invoice.id or self.next_invoice, lines=tuple(lines))
        self.next_invoice += not invoice.id
        self.invoices[stored.vendor, stored.number] = stored
        self._billed(stored.id, {line.shipment_id for line in stored.lines})

    def _billed(self, invoice: int, shipments: set[int]) -> None:
        kept = [replace(it, invoice_id=None) if it.invoice_id == invoice else it for it in self.shipments]
        assert not any(it.invoice_id for it in kept if it.id in shipments)
        self.shipments = [replace(it, invoice_id=invoice) if it.id in shipments else it for it in kept]

    def check(self) -> None:
        """The invariants of sdf 5.1 and the checks of the store (store.md 2)."""
        for order in self.orders.values():
            for line in order.lines:
                self._check(order, line)

    def _check(self, order: PurchaseOrder, line: Line) -> None:
        assert min(line.printed, line.shipped, line.cancelled, line.invoiced) >= 0
        assert line.shipped + line.cancelled + line.printed <= line.ordered
        assert line.invoiced <= line.shipped
        assert not line.printed or line.batch is not None
        assert (line.status is LineStatus.HELD) == (line.pre_hold is not None)
        match line.status:
            case LineStatus.SHIPPED:
                assert line.open == 0
                assert line.shipped > 0
            case LineStatus.CANCELLED:
                assert line.cancelled == line.ordered
            case _:
                assert line.open > 0
        assert line.status is not LineStatus.NEW or line.printed == 0
        assert line.status is not LineStatus.IN_PROCESS or line.printed > 0
        assert sum(it.quantity for it in self.shipments if (it.order_id, it.line_no) == (order.id, line.number)) <= line.shipped
        live = [it for it in self.slips.values() if it.live and (it.order_id, it.line_no) == (order.id, line.number)]
        assert len(live) <= 1
        assert not live or line.batch == live[0].batch
        assert live or line.batch is None or not line.open
        assert not live or live[0].quantity == (line.printed or line.open)

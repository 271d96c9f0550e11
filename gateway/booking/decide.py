"""What a chunk knows, and the decision about one document of it: which rule of the business speaks, with what it needs to know.

Pure: everything was locked and loaded before. `Known` carries each decision on, so that later documents of the chunk see it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.booking.besides import NAMING, besides, placed
from gateway.booking.entry import Entry
from gateway.documents import (
    BatchAcknowledgement,
    ChangeAnswer,
    ChangeRequest,
    ChangesRequest,
    Document,
    Inventory,
    Invoice,
    LineUpdate,
    Order,
    OrderAnswer,
    Party,
    Shipment,
    Vendor,
    VendorAction,
)
from gateway.domain.acknowledge import acknowledge
from gateway.domain.ask import ask
from gateway.domain.ask_line import OF_LINES, ask_line
from gateway.domain.bill_at_shipping import bill_at_shipping
from gateway.domain.billing import upload
from gateway.domain.complete import faults
from gateway.domain.deed import Circumstances, as_action, carry_out
from gateway.domain.digest import digest_of
from gateway.domain.feed_request import request_changes
from gateway.domain.master import MasterChanged
from gateway.domain.order import KeyState, PurchaseOrder
from gateway.domain.order_answer import LastAnswer, answer_order
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    AnswerTold,
    Batch,
    BatchChanged,
    Change,
    InvoiceDeleted,
    InvoiceDocument,
    LinesChanged,
    NewOrder,
    Outcome,
    RequestsChanged,
    ShipToChanged,
    StockLevel,
    StockTold,
    Verdict,
    refused,
)
from gateway.domain.privacy import came_again, masked, too_late
from gateway.domain.receive import create
from gateway.domain.reference import Reference
from gateway.domain.request import Request, RequestKind
from gateway.domain.ship import ship
from gateway.domain.slip_row import Slip
from gateway.domain.stock import take_stock
from gateway.domain.supplier import tell_vendor
from gateway.kernel.issues import Issue
from gateway.store.effects import Stored
from gateway.store.loads import LockedKey, Name, Shipped
from gateway.store.references import laid_over

Rule = Callable[[Any, Origin, "Known"], Outcome]


def no_number(vendor: str) -> int:
    """Where no decision makes a batch."""
    raise RuntimeError(f"no number for a batch of vendor {vendor} is to be had here")


class Known(Struct, kw_only=True):
    """Everything the documents of a chunk touch, as the decisions before have left it."""

    reference: Reference
    at: datetime
    keys: dict[Name, LockedKey]
    orders: dict[int, PurchaseOrder]
    documents: dict[int, Order]
    shipments: defaultdict[int, list[Shipped]]
    batches: dict[int, Batch]
    orders_of_batch: dict[int, list[Name]]
    invoices: dict[tuple[str, str], InvoiceDocument]
    requests: defaultdict[int, list[Request]]
    ship_to: dict[int, Party]
    stock: dict[tuple[str, str], StockLevel] = field(default_factory=dict)
    answers: dict[int, LastAnswer] = field(default_factory=dict)
    """The newest answer of the vendor to each order."""
    exported: dict[str, int] = field(default_factory=dict)
    """The last number sent to each system that asks for changes again."""
    number: Callable[[str], int] = no_number
    """Takes the number of a batch that a decision makes for a vendor; taken back with the transaction."""
    unsent: frozenset[str] = frozenset()
    """Vendors with new orders that are in no batch, of those that ask for a batch."""
    pepper: str = ""
    """The key of the hashes of erased orders; empty where none is touched."""

    def key(self, number: str) -> LockedKey | None:
        """The locked key of the order of that number."""
        return self.keys.get((self.reference.organization.code, number.upper()))

    def erased(self, document: Document) -> LockedKey | None:
        """The first order that the document names whose personal data was erased."""
        if not self.pepper:
            return None
        keys = (self.key(number) for number in sorted(order_numbers(document)))
        return next((key for key in keys if key is not None and key.state is KeyState.ERASED), None)

    def order(self, number: str) -> PurchaseOrder | None:
        """The stored order of that number."""
        key = self.key(number)
        return None if key is None else self.orders.get(key.id)

    def invoice(self, invoice_id: int) -> InvoiceDocument | None:
        """The invoice of that id."""
        return next((it for it in self.invoices.values() if it.id == invoice_id), None)

    def carry_on(self, outcome: Outcome, stored: Iterable[Stored], origin: Origin) -> None:
        """Later documents see what this decision changed."""
        for change in outcome.changes:
            self._changed(change)
        for it in stored:
            match it:
                case InvoiceDocument():
                    self.invoices[it.vendor, it.number] = it
                    self._bill(it, it.id)
                case RequestsChanged():
                    self._asked(it.requests)
                case _:
                    self.shipments[it.order_id].append(Shipped(it, origin.message_id))

    def _changed(self, change: Change) -> None:
        match change:
            case NewOrder():
                self.orders[change.order.id] = change.order
                self.documents[change.order.id] = change.document
            case LinesChanged():
                self.orders[change.order.id] = change.order
            case ShipToChanged():
                self.ship_to[change.order_id] = change.ship_to
            case BatchChanged():
                self.batches[change.batch.number] = change.batch
            case MasterChanged():
                self.reference = laid_over(self.reference, {(change.kind, change.code): change.words})
            case StockTold():
                self.stock.update({(it.vendor, it.item): it for it in change.levels})
            case AnswerTold():
                self.answers[change.order_id] = LastAnswer(change.digest, change.at)
            case InvoiceDeleted():
                del self.invoices[change.invoice.vendor, change.invoice.number]
                self._bill(change.invoice, None)
            case _:
                pass

    def _asked(self, requests: Iterable[Request]) -> None:
        """New requests stand behind the others, those that have ended in their old place."""
        for request in requests:
            of_order = self.requests[request.order_id]
            place = next((at for at, it in enumerate(of_order) if it.id == request.id), None)
            if place is None:
                of_order.append(request)
            else:
                of_order[place] = request

    def _bill(self, invoice: InvoiceDocument, invoice_id: int | None) -> None:
        """The shipments of an invoice are billed, or free again."""
        billed = {line.shipment_id for line in invoice.lines}
        for order_id in {line.order_id for line in invoice.lines}:
            self.shipments[order_id] = [
                Shipped(replace(it.record, invoice_id=invoice_id), it.message_id) if it.record.id in billed else it
                for it in self.shipments[order_id]
            ]


_TEST = Issue("GWY-40", "the interchange is a test: it was read and answered, and nothing of it is booked", field="envelope.test")


def decide(entry: Entry, known: Known) -> Outcome:
    """What becomes of one document. One that may wait for what it misses is early instead of refused."""
    document = entry.reading.document
    if document is None:
        return _refused_by_reading(entry, known)
    rule = _RULES.get(type(document))
    if rule is None:
        return refused(_no_rule(entry.kind), key=entry.reading.key)
    if document.envelope.test:
        return refused(_TEST, key=entry.reading.key)
    erased = known.erased(document)
    outcome = rule(document, entry.origin, known) if erased is None else _about_erased(document, entry.origin, known, erased)
    missing = outcome.missing
    if missing is not None and outcome.verdict is Verdict.REFUSED and missing.kind in entry.wait:
        return replace(outcome, verdict=Verdict.EARLY)
    return outcome


def _refused_by_reading(entry: Entry, known: Known) -> Outcome:
    """All that is wrong is told in one answer: what the reading found, and what the rule finds in what could be read."""
    reading = entry.reading
    draft = reading.draft
    if draft is None or known.erased(draft) is not None:
        return refused(*reading.issues, key=reading.key)
    rule: Rule | None = _faults_of_order if isinstance(draft, Order) else _RULES.get(type(draft))
    if rule is None:
        return refused(*reading.issues, key=reading.key)
    outcome = rule(draft, entry.origin, replace(known, number=lambda _: 0))
    also = besides(reading, outcome, speaks_for=entry.origin.vendor)
    return refused(
        *reading.issues, *placed(also, reading.where), key=reading.key or ("" if NAMING.intersection(reading.holes) else outcome.key)
    )


def _about_erased(document: Document, origin: Origin, known: Known, key: LockedKey) -> Outcome:
    """An order without its personal data does not get it back by any document."""
    match document:
        case Order():
            return came_again(document, digest_of(document), key.identity(), known.pepper)
        case ChangeRequest(kind=RequestKind.ADDRESS.value):
            return too_late(key.identity())
        case _:
            return _RULES[type(document)](masked(document), origin, known)


def order_numbers(document: Document) -> Iterable[str]:
    """The numbers of the orders that a document names; a batch acknowledgement names none."""
    match document:
        case Order():
            return (document.number,)
        case Shipment() | ChangeRequest() | LineUpdate() | ChangeAnswer() | OrderAnswer():
            return (document.order_number,)
        case VendorAction():
            return (document.order_number,) if document.order_number else ()
        case Invoice():
            numbers = {document.order_number, *(line.order_number for line in document.lines)}
            return [number for number in numbers if number]
        case _:
            return ()


def billed_by(document: Invoice | Shipment, origin: Origin) -> str:
    """The vendor whose invoice numbers count: that of the connection, whatever the file says."""
    return origin.vendor or document.vendor or ""


def _no_rule(kind: str) -> Issue:
    return Issue("GWY-02", f"a document of kind {kind} cannot be received by files", field="document", value=kind)


def _order(document: Order, origin: Origin, known: Known) -> Outcome:
    key = known.keys[known.reference.organization.code, document.number.upper()]
    stored = known.documents.get(key.id)
    return create(document, key.identity(), reference=known.reference, origin=origin, at=known.at, stored=stored)


def _faults_of_order(document: Order, origin: Origin, known: Known) -> Outcome:
    return refused(*faults(document, known.reference, origin), key=document.number.upper())


def _shipment(document: Shipment, origin: Origin, known: Known) -> Outcome:
    order = known.order(document.order_number)
    shipped = known.shipments[order.id] if order is not None else []
    earlier: defaultdict[int, int] = defaultdict(int)
    for it in shipped:
        if it.message_id is not None and it.message_id == origin.message_id:
            earlier[it.record.line_no] += it.record.quantity
    records = [it.record for it in shipped]
    asked = known.requests[order.id] if order is not None else ()
    reference, at = known.reference, known.at
    done = ship(document, order, shipments=records, reference=reference, origin=origin, at=at, earlier=earlier, requests=asked)
    if not document.invoice_number:
        return done
    existing = known.invoices.get((billed_by(document, origin), document.invoice_number))
    return bill_at_shipping(document, done, shipments=records, existing=existing, reference=reference, origin=origin, at=at)


def _change(document: ChangeRequest, origin: Origin, known: Known) -> Outcome:
    order = known.order(document.order_number)
    rule = ask_line if document.kind in OF_LINES else ask
    return rule(
        document,
        order,
        ship_to=known.ship_to.get(order.id) if order is not None else None,
        requests=known.requests[order.id] if order is not None else (),
        reference=known.reference,
        origin=origin,
        at=known.at,
    )


def _acknowledgement(document: BatchAcknowledgement, origin: Origin, known: Known) -> Outcome:
    batch = known.batches.get(document.batch)
    names = known.orders_of_batch.get(document.batch, []) if batch is not None else []
    orders = [known.orders[known.keys[name].id] for name in names]
    return acknowledge(document, batch, orders=orders, reference=known.reference, origin=origin, at=known.at)


def _answer(document: OrderAnswer, origin: Origin, known: Known) -> Outcome:
    order = known.order(document.order_number)
    return answer_order(
        document,
        order,
        requests=known.requests[order.id] if order is not None else (),
        last=known.answers.get(order.id) if order is not None else None,
        reference=known.reference,
        origin=origin,
        at=known.at,
    )


def _invoice(document: Invoice, origin: Origin, known: Known) -> Outcome:
    found = {number.upper(): known.order(number) for number in order_numbers(document)}
    orders = {number: order for number, order in found.items() if order is not None}
    existing = known.invoices.get((billed_by(document, origin), document.number))
    billed = [known.orders[line.order_id] for line in existing.lines] if existing is not None else []
    return upload(
        document,
        orders={order.number: order for order in billed} | orders,
        shipments={order.id: [it.record for it in known.shipments[order.id]] for order in orders.values()},
        existing=existing,
        reference=known.reference,
        origin=origin,
        at=known.at,
    )


def _vendor(document: Vendor, origin: Origin, known: Known) -> Outcome:
    return tell_vendor(document, reference=known.reference, origin=origin)


def _action(document: VendorAction | LineUpdate | ChangeAnswer, origin: Origin, known: Known) -> Outcome:
    said = as_action(document)
    order = known.order(said.order_number) if said.order_number else None
    around = Circumstances(
        reference=known.reference,
        origin=origin,
        at=known.at,
        order=order,
        requests=known.requests[order.id] if order is not None else (),
        batch=known.batches.get(said.batch) if said.batch is not None else None,
        invoices=[it for it in known.invoices.values() if it.number == said.invoice],
        orders=known.orders,
        slip=_slip(said, known),
        has_unsent=(origin.vendor or "") in known.unsent,
    )
    return carry_out(said, around)


def _stock(document: Inventory, origin: Origin, known: Known) -> Outcome:
    return take_stock(document, known=known.stock, reference=known.reference, origin=origin, at=known.at)


def _slip(said: VendorAction, known: Known) -> Slip:
    """The batch that the row takes back, with what took its place and its orders."""
    names = known.orders_of_batch.get(said.batch, []) if said.batch is not None else []
    orders = [known.orders[known.keys[name].id] for name in names]
    return Slip(batches=known.batches, orders=orders, requests=known.requests, number=known.number)


def _changes(document: ChangesRequest, origin: Origin, known: Known) -> Outcome:
    return request_changes(document, exported=known.exported.get(origin.system or "", 0), origin=origin)


_RULES: Mapping[type[Struct], Rule] = MappingProxyType(
    {
        Order: _order,
        Shipment: _shipment,
        ChangeRequest: _change,
        BatchAcknowledgement: _acknowledgement,
        OrderAnswer: _answer,
        Invoice: _invoice,
        VendorAction: _action,
        LineUpdate: _action,
        ChangeAnswer: _action,
        Vendor: _vendor,
        Inventory: _stock,
        ChangesRequest: _changes,
    }
)

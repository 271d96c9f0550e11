"""Everything one decision changes, nothing done yet. The booking room writes it in one transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from gateway.documents import Order, Party
from gateway.domain.history import HistoryEntry
from gateway.domain.master import MasterChanged
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.reference import Carrier, Vendor
from gateway.domain.request import Request
from gateway.kernel.issues import Issue


class Verdict(StrEnum):
    """What became of one document (its receipt). Only booked and duplicate are final; a replay tries the others again."""

    BOOKED = "booked"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"
    EARLY = "early"


class BatchState(StrEnum):
    """How far a batch has come (store.md 6)."""

    CUTTING = "cutting"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    VOID = "void"


class InvoiceState(StrEnum):
    """How far an invoice has come (sdf 4.5)."""

    NEW = "New"
    HELD = "Held"
    REJECTED = "Rejected"
    APPROVED = "Approved"
    POSTED = "Posted"


class NewOrder(Struct, frozen=True, gc=False):
    """Store this order whole: header, parties, texts, lines, and its identity."""

    order: PurchaseOrder
    document: Order
    digest: str


class LinesChanged(Struct, frozen=True, gc=False):
    """These lines of the order have new values; its version rises by one. `order` already holds them."""

    order: PurchaseOrder
    lines: tuple[Line, ...]


class NewShipment(Struct, frozen=True, kw_only=True, gc=False):
    """One shipped quantity of one line. `key` is its duplicate key inside the vendor (sdf 3.6)."""

    order_id: int
    line_no: int
    vendor: str
    quantity: int
    carrier: str
    tracking: tuple[str, ...]
    weight: Decimal
    freight: Decimal
    shipped_on: date
    batch: int | None
    at: datetime
    key: str
    reference: str = ""
    package: str = ""
    lot: str = ""
    serials: tuple[str, ...] = ()
    invoice_number: str = ""


class ShipmentRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A stored shipment as invoices and later shipments see it; `invoice_id` is set once it is billed."""

    id: int
    order_id: int
    line_no: int
    quantity: int
    shipped_on: date
    carrier: str = ""
    tracking: tuple[str, ...] = ()
    key: str = ""
    invoice_number: str = ""
    """The number under which the vendor confirmed it, if it told one."""
    invoice_id: int | None = None


class BatchLine(Struct, frozen=True, gc=False):
    """A quantity of one line in a batch; `live` while it is the line's current slip."""

    batch: int
    order_id: int
    line_no: int
    quantity: int
    live: bool = True


class Batch(Struct, frozen=True, kw_only=True, gc=False):
    """A numbered group of orders sent to one vendor."""

    number: int
    channel: str
    vendor: str
    state: BatchState
    made_at: datetime
    replaces: int | None = None
    item_id: int | None = None
    acknowledged_at: datetime | None = None


def is_on_paper(channel: str) -> bool:
    """Whether a batch of this channel went as pack slips: a channel of files has a slash in its name."""
    return "/" not in channel


class BatchChanged(Struct, frozen=True, gc=False):
    """The batch has a new state."""

    batch: Batch


class BatchLinesChanged(Struct, frozen=True, gc=False):
    """Lines enter a batch (new keys) or change quantity or life in it. A batch left without live lines is closed."""

    lines: tuple[BatchLine, ...]


class InvoiceLineState(Struct, frozen=True, kw_only=True, gc=False):
    """One billed shipment. `po_unit_cost` is the line's unit cost when the invoice was made (sdf 11, Q17)."""

    line_no: int
    shipment_id: int
    order_id: int
    order_number: str
    order_line: int
    item: str
    quantity: int
    po_unit_cost: Decimal
    unit_cost: Decimal
    freight: Decimal
    handling: Decimal
    other: Decimal
    shipped_on: date
    other_description: str = ""
    shipment_key: str = ""
    """Names a shipment that is made by the same decision and has no id yet."""


class InvoiceEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the invoice's own history."""

    at: datetime
    actor: str
    action: str
    from_state: InvoiceState | None
    to_state: InvoiceState | None
    reason: str = ""


class InvoiceDocument(Struct, frozen=True, kw_only=True, gc=False):
    """An invoice as the store keeps it; `id` is 0 until it is stored."""

    id: int
    vendor: str
    number: str
    type: str
    date: date
    system: str
    currency: str
    state: InvoiceState
    lines: tuple[InvoiceLineState, ...]
    freight: Decimal
    handling: Decimal
    other: Decimal
    discount_percent: Decimal
    discount_days: int
    gross_days: int
    description: str = ""
    other_description: str = ""
    version: int = 0
    posted_at: datetime | None = None


class NewInvoice(Struct, frozen=True, gc=False):
    """Store this invoice with its lines and its first history entries."""

    invoice: InvoiceDocument
    events: tuple[InvoiceEvent, ...]


class InvoiceChanged(Struct, frozen=True, gc=False):
    """The invoice has new values; its version rises by one."""

    invoice: InvoiceDocument
    events: tuple[InvoiceEvent, ...]


class InvoiceDeleted(Struct, frozen=True, gc=False):
    """The invoice is gone; its number and its shipments are free again. Its history stays."""

    invoice: InvoiceDocument
    events: tuple[InvoiceEvent, ...] = ()


class BatchAnswered(Struct, frozen=True, gc=False):
    """A line of the batch was acknowledged by itself; the batch is once none of its lines waits any more."""

    number: int
    at: datetime


class Wish(StrEnum):
    """What a partner may ask for beyond the timetable."""

    BATCH = "batch"
    CHANGES = "changes"


class Wanted(Struct, frozen=True, kw_only=True, gc=False):
    """A vendor wants the batch of that `number` again as it is now, or what is new; a system wants the changes after that number."""

    kind: Wish
    partner: str
    number: int | None = None
    most: int | None = None
    """At most so many orders or changes."""


class DocumentsWanted(Struct, frozen=True, gc=False):
    """The documents of a batch that its vendor's preferences ask for are made in the background."""

    batch: int
    vendor: Vendor


class StockLevel(Struct, frozen=True, kw_only=True, gc=False):
    """What a vendor has of an item at an instant, and when how many more come."""

    vendor: str
    item: str
    available: int
    as_of: datetime
    next_quantity: int | None = None
    next_on: date | None = None
    status: str = ""


class StockTold(Struct, frozen=True, gc=False):
    """These levels are the newest word."""

    levels: tuple[StockLevel, ...]


class RequestsChanged(Struct, frozen=True, gc=False):
    """Requests of the retailer: new ones (id 0), and those whose state has changed."""

    requests: tuple[Request, ...]


class ShipToChanged(Struct, frozen=True, gc=False):
    """The order goes to this address from now on."""

    order_id: int
    ship_to: Party


class Erased(Struct, frozen=True, gc=False):
    """The personal data of the order is gone for good; `digest` stands for its content from now on (sdf 7)."""

    order_id: int
    digest: str
    keep_messages: bool = False
    """The reference behaviour: order and gift messages stay."""


class AnswerTold(Struct, frozen=True, gc=False):
    """The vendor has answered the order, or changes of it; `digest` is what it said."""

    order_id: int
    vendor: str
    digest: str
    at: datetime
    vendor_order: str = ""
    """The number that the vendor gave the order."""
    answered_on: date | None = None
    is_about_change: bool = False


Change = (
    NewOrder
    | LinesChanged
    | NewShipment
    | BatchChanged
    | BatchLinesChanged
    | BatchAnswered
    | Wanted
    | StockTold
    | DocumentsWanted
    | NewInvoice
    | InvoiceChanged
    | InvoiceDeleted
    | RequestsChanged
    | ShipToChanged
    | Erased
    | MasterChanged
    | AnswerTold
)


class FeedEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One change for the originating system; numbered later by the exporter. `body` holds StatusChange fields as JSON values."""

    system: str
    order_id: int
    line_no: int
    type: str
    at: datetime
    body: dict[str, object]
    is_of_new: bool = False
    """Whether it tells of a request of the same decision that had no id yet: it gets its name as the request is stored."""


class NewItem(Struct, frozen=True, gc=False):
    """A product seen for the first time."""

    code: str
    description: str


class NewVendorItem(Struct, frozen=True, gc=False):
    """A vendor's own number for a product, seen for the first time."""

    vendor: str
    item: str
    vendor_item: str
    description: str


NewReference = Vendor | Carrier | NewItem | NewVendorItem


class Missing(Struct, frozen=True, kw_only=True, gc=False):
    """What a document waits for, so that a channel with `wait:` can set it aside (decision 0017)."""

    kind: str
    """`order`, `batch` or `shipment`: the word in `wait:`."""
    org: str = ""
    order_number: str = ""
    batch: int | None = None


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """The decision about one document. Refused outcomes carry issues and no changes."""

    verdict: Verdict
    key: str = ""
    order_id: int | None = None
    changes: tuple[Change, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    feed: tuple[FeedEntry, ...] = ()
    reference: tuple[NewReference, ...] = ()
    issues: tuple[Issue, ...] = ()
    result: str = ""
    """The word of the answer where the verdict does not tell it: what is booked may be that a request waits, or came too late."""
    missing: Missing | None = None


def refused(*issues: Issue, key: str = "", order_id: int | None = None, missing: Missing | None = None) -> Outcome:
    """Nothing changes; the sender is told why."""
    return Outcome(verdict=Verdict.REFUSED, issues=issues, key=key, order_id=order_id, missing=missing)

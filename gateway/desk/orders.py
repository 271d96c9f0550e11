"""Purchase orders as people look at them: found by what they know, shown with everything that happened to them (sdf 9.1, 9.2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.eye import Name, names_for
from gateway.desk.pages import Page, page_of
from gateway.desk.scoping import within
from gateway.documents import Order, OrderLine
from gateway.domain.access import Scope
from gateway.domain.balance import total_of
from gateway.domain.history import AMERICAN, UNTOLD_REASON, HistoryEntry, NoteStyle, Parts, action, note
from gateway.domain.order import Line, LineStatus, OrderStatus, Stage
from gateway.domain.origin import Source
from gateway.domain.outcome import BatchState, InvoiceDocument, InvoiceState, is_on_paper
from gateway.domain.request import Change, Request, RequestKind, RequestState
from gateway.kernel.errors import NotFound
from gateway.kernel.money import plain, shortest
from gateway.store import Store, answered, loads, requests
from gateway.store.answered import AnswerRow
from gateway.store.messages import MessageState
from gateway.store.queries import (
    BatchSearch,
    ChangeRow,
    InvoiceSearch,
    OrderRow,
    OrderSearch,
    OrderView,
    ShipmentRow,
    find_order,
    list_batches,
    list_invoices,
    order_view,
    page_of_orders,
    some_messages,
)
from gateway.store.queries.counting import ENOUGH
from gateway.transports import shown

MANY = 1000


class LineSheet(Struct, frozen=True, kw_only=True):
    """One line: what was ordered, and how far it has come."""

    number: int
    item: str
    vendor_item: str
    description: str
    status: LineStatus | None
    ordered: int
    printed: int
    shipped: int
    cancelled: int
    open: int
    invoiced: int
    unit_cost: Decimal
    carrier: str
    due_on: date | None
    batch: int | None
    hold_reason: str
    reason: str


class HistorySheet(Struct, frozen=True, kw_only=True):
    """One entry of the history in the words of the screens (sdf 5.6)."""

    seq: int
    line: int | None
    item: str
    quantity: int | None
    action: str
    status: LineStatus | None
    at: datetime
    user: str
    source: Source
    note: str
    """In the data formats of the reader."""
    parts: Parts
    """What the note is made of."""
    reason: str
    """Why, where the note has no room for it."""
    message: int | None


class RequestSheet(Struct, frozen=True, kw_only=True):
    """What the retailer has asked of a line and what became of it; an address or a cost with what was before (sdf 5.5)."""

    line: int
    kind: RequestKind
    state: RequestState
    request_id: str
    quantity: int | None
    before: Change | None
    after: Change | None
    reason: str
    asked_at: datetime
    answered_at: datetime | None
    answered_by: str
    automatic: bool
    told_by: int | None
    """The outgoing file that told the vendor."""


class BatchRef(Struct, frozen=True):
    """A batch that holds or held lines of the order."""

    number: int
    state: BatchState
    made_at: datetime
    is_paper: bool
    """Whether it went as pack slips; else as a file."""


class BilledLine(Struct, frozen=True, kw_only=True):
    """One shipment of the order that an invoice bills."""

    line: int
    item: str
    quantity: int
    unit_cost: Decimal
    shipped_on: date


class InvoiceRef(Struct, frozen=True, kw_only=True):
    """An invoice that bills shipments of the order; `lines` are those of this order alone."""

    number: str
    vendor: str
    state: InvoiceState
    dated_on: date
    total: Decimal
    currency: str
    lines: tuple[BilledLine, ...]


class SourceRef(Struct, frozen=True):
    """A received file with a document about the order."""

    message: int
    connector: str
    file: str
    state: MessageState
    received_at: datetime


class OrderSheet(Struct, frozen=True, kw_only=True):
    """One order with everything that belongs to it; `document` is the order as it would be told today."""

    number: str
    organization: str
    status: OrderStatus | None
    stage: Stage
    next_due_on: date | None
    ship_via: str
    total: Decimal
    currency: str
    lines: tuple[LineSheet, ...]
    history: tuple[HistorySheet, ...]
    requests: tuple[RequestSheet, ...]
    answers: tuple[AnswerRow, ...]
    shipments: tuple[ShipmentRow, ...]
    batches: tuple[BatchRef, ...]
    invoices: tuple[InvoiceRef, ...]
    sources: tuple[SourceRef, ...]
    changes: tuple[ChangeRow, ...]
    document: Order


def search_orders(store: Store, search: OrderSearch, *, scope: Scope, before: int | None = None, most: int = 50) -> Page[OrderRow]:
    """Orders, newest first."""
    search = within(scope, search)
    with store.reading() as connection:
        rows, count = page_of_orders(connection, search, before=before, most=most, upto=ENOUGH)
    return page_of(rows, most, lambda: count)


def show_order(store: Store, number: str, *, organization: str, scope: Scope, style: NoteStyle = AMERICAN) -> OrderSheet:
    """The order of that number, in whatever case it is written; its history in the data formats of the reader.

    NotFound also for one beyond the scope, in the same words.
    """
    with store.reading() as connection:
        order_id = find_order(connection, number, org=organization)
        found = None if order_id is None else order_view(connection, order_id)
        if found is None or not scope.covers(found.order.vendor):
            raise missing(number)
        batches = list_batches(connection, BatchSearch(order_id=order_id), most=MANY)
        billed = [it.id for it in list_invoices(connection, InvoiceSearch(order_id=order_id), most=MANY)]
        invoices = loads.invoices_by_id(connection, billed)
        files = some_messages(connection, found.messages)
        said = answered.of_order(connection, found.order.id)
        name = names_for(connection, scope) if scope.vendor is not None else None
        asked = requests.of_orders(connection, [found.order.id]).get(found.order.id, [])
    sheet = OrderSheet(
        number=found.order.number,
        organization=found.order.org,
        status=found.order.status,
        stage=found.order.stage,
        next_due_on=found.order.next_due_on,
        ship_via=found.order.ship_via,
        total=found.order.total,
        currency=found.order.currency,
        lines=_lines(found),
        history=_history(found, style),
        requests=tuple(_request(it) for it in asked),
        answers=tuple(said),
        shipments=tuple(replace(it, weight=shortest(it.weight), freight=shortest(it.freight)) for it in found.shipments),
        batches=tuple(BatchRef(it.number, it.state, it.made_at, is_on_paper(it.channel)) for it in reversed(batches)),
        invoices=tuple(_invoice(invoices[it], found.order.id) for it in reversed(billed)),
        sources=tuple(SourceRef(it.id, it.connector, shown(it.file_name), it.state, it.received_at) for it in files),
        changes=found.changes,
        document=found.document,
    )
    return sheet if name is None else _for_vendor(sheet, scope, name)


def _for_vendor(sheet: OrderSheet, scope: Scope, name: Name) -> OrderSheet:
    """Without the retailer's people and files, what the customer has paid and how, and how to reach who bought."""
    sources = tuple(it for it in sheet.sources if scope.covers_files_of(it.connector))
    own, told = {it.message for it in sources}, sheet.document
    sold_to = told.sold_to and replace(told.sold_to, day_phone=None, evening_phone=None, email=None)
    return replace(
        sheet,
        history=tuple(replace(it, user=name(it.user), message=it.message if it.message in own else None) for it in sheet.history),
        requests=tuple(replace(it, answered_by=name(it.answered_by)) for it in sheet.requests),
        sources=sources,
        changes=(),
        document=replace(told, tender=None, paid=None, sold_to=sold_to),
    )


def missing(number: str) -> NotFound:
    """There is no such order, or none that who asks may see."""
    remedy = f"Look for it: gateway order list --number {number[:4]}; or the file did not arrive: gateway message list"
    return NotFound(f"there is no order {number}", remedy=remedy)


def _lines(found: OrderView) -> tuple[LineSheet, ...]:
    told = {line.number: line for line in found.document.lines}
    return tuple(_line(line, told[line.number]) for line in sorted(found.order.lines, key=lambda line: line.number))


def _line(line: Line, told: OrderLine) -> LineSheet:
    return LineSheet(
        number=line.number,
        item=line.item,
        vendor_item=line.vendor_item,
        description=told.description or "",
        status=line.status,
        ordered=line.ordered,
        printed=line.printed,
        shipped=line.shipped,
        cancelled=line.cancelled,
        open=line.open,
        invoiced=line.invoiced,
        unit_cost=plain(line.unit_cost),
        carrier=line.carrier,
        due_on=line.due_on,
        batch=line.batch,
        hold_reason=line.hold_reason,
        reason=line.reason,
    )


def _invoice(it: InvoiceDocument, order_id: int) -> InvoiceRef:
    return InvoiceRef(
        number=it.number,
        vendor=it.vendor,
        state=it.state,
        dated_on=it.date,
        total=total_of(it),
        currency=it.currency,
        lines=tuple(
            BilledLine(
                line=line.order_line, item=line.item, quantity=line.quantity, unit_cost=plain(line.unit_cost), shipped_on=line.shipped_on
            )
            for line in it.lines
            if line.order_id == order_id
        ),
    )


def _side(change: Change | None) -> Change | None:
    """A cost as people write it."""
    return change if change is None or change.unit_cost is None else replace(change, unit_cost=plain(change.unit_cost))


def _request(it: Request) -> RequestSheet:
    return RequestSheet(
        line=it.line_no,
        kind=it.kind,
        state=it.state,
        request_id=it.name,
        quantity=it.quantity,
        before=_side(it.before),
        after=_side(it.after),
        reason=it.reason,
        asked_at=it.asked_at,
        answered_at=it.answered_at,
        answered_by=it.answered_by,
        automatic=it.is_automatic,
        told_by=it.item_id,
    )


def _history(found: OrderView, style: NoteStyle) -> tuple[HistorySheet, ...]:
    items: dict[int | None, str] = {line.number: line.item for line in found.order.lines}
    return tuple(_entry(row.seq, row.entry, items.get(row.entry.line_no, ""), style) for row in found.history)


def _entry(seq: int, entry: HistoryEntry, item: str, style: NoteStyle) -> HistorySheet:
    return HistorySheet(
        seq=seq,
        line=entry.line_no,
        item=item,
        quantity=entry.quantity,
        action=action(entry.event),
        status=entry.status_after,
        at=entry.at,
        user=entry.actor,
        source=entry.source,
        note=note(entry, style),
        parts=entry.parts,
        reason=(entry.parts.reason or "") if entry.event in UNTOLD_REASON else "",
        message=entry.message_id,
    )

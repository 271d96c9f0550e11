"""What the documents of a chunk touch: found in the documents, locked in the order everybody locks, read by one query a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, field

from gateway.booking import erasure
from gateway.booking.decide import Known, billed_by, order_numbers
from gateway.booking.entry import Entry
from gateway.booking.master import Draft, Master
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
    Shipment,
    Vendor,
    VendorAction,
)
from gateway.domain.deed import OF_SLIPS
from gateway.domain.digest import digest_of
from gateway.domain.origin import Origin
from gateway.domain.request import RequestKind
from gateway.domain.stock import named
from gateway.store import answered, batches, feed, loads, order_rows, requests, stock
from gateway.store.loads import LockedKey, Name
from gateway.store.session import Tx


class Touched(Struct):
    """What the documents of a chunk name. `expected` orders get a key although they are not stored: created, or waited for."""

    names: set[Name] = field(default_factory=set)
    expected: set[Name] = field(default_factory=set)
    stored: set[Name] = field(default_factory=set)
    shipped: set[Name] = field(default_factory=set)
    asked: set[Name] = field(default_factory=set)
    addressed: set[Name] = field(default_factory=set)
    answered: set[Name] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)
    invoices: set[tuple[str, str]] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)
    """Numbers of invoices that the retailer approves or rejects, whichever vendor's they are."""
    taken_back: set[int] = field(default_factory=set)
    """Batches that a vendor voids or reprints."""
    feeds: set[str] = field(default_factory=set)
    stock: set[tuple[str, str]] = field(default_factory=set)
    asking: set[str] = field(default_factory=set)
    """Vendors that ask for a batch."""
    vendors: set[str] = field(default_factory=set)
    carriers: set[str] = field(default_factory=set)


class Locked(Struct, frozen=True):
    """The keys we hold, and which orders are in the batches that were named."""

    keys: dict[Name, LockedKey]
    orders_of_batch: dict[int, list[Name]]


def touch(entries: Iterable[Entry], org: str) -> Touched:
    """Look through the documents, those too that were read in part; of these no order is to come."""
    found = Touched()
    for entry in entries:
        document = entry.reading.said
        is_draft = entry.reading.document is None
        names = {(org, number.upper()) for number in order_numbers(document)} if document is not None else set()
        match document:
            case Order():
                found.expected |= set() if is_draft else names
                found.vendors.add(document.vendor)
                found.carriers.update([line.carrier for line in document.lines])
            case Shipment():
                found.stored |= names
                found.shipped |= names
                found.asked |= names
                found.vendors.update((document.vendor or "", entry.origin.vendor or ""))
                found.carriers.update((document.carrier or "", *(line.carrier or "" for line in document.lines)))
                if document.invoice_number:
                    found.invoices.add((billed_by(document, entry.origin), document.invoice_number))
            case ChangeRequest():
                found.stored |= names
                found.asked |= names
                if document.kind == RequestKind.ADDRESS:
                    found.addressed |= names
            case Invoice():
                found.stored |= names
                found.shipped |= names
                found.vendors.add(billed_by(document, entry.origin))
                found.invoices.add((billed_by(document, entry.origin), document.number))
            case OrderAnswer():
                found.stored |= names
                found.asked |= names
                found.addressed |= names
                found.answered |= names
                found.vendors.add(entry.origin.vendor or "")
            case LineUpdate() | ChangeAnswer() | VendorAction():
                _touch_action(found, document, names, entry.origin.vendor)
            case _:
                _touch_aside(found, document, entry.origin)
        if not is_draft and not entry.wait.keys().isdisjoint(("order", "shipment")):
            found.expected |= names
    return found


def _touch_aside(found: Touched, document: Document | None, origin: Origin) -> None:
    """What names no order."""
    match document:
        case BatchAcknowledgement():
            found.batches.add(document.batch)
            found.vendors.update((document.vendor, origin.vendor or ""))
        case Vendor():
            found.vendors.add(document.code)
        case ChangesRequest():
            found.feeds.add(origin.system or "")
        case Inventory():
            vendor = document.vendor or origin.vendor or ""
            found.vendors.add(vendor)
            found.stock.update((vendor, named(item)) for item in document.items)
        case _:
            pass


def _touch_action(found: Touched, document: VendorAction | LineUpdate | ChangeAnswer, names: set[Name], vendor: str | None) -> None:
    found.stored |= names
    found.asked |= names
    found.addressed |= names
    found.vendors.add(vendor or "")
    if not isinstance(document, VendorAction):
        return
    found.vendors.add(document.vendor or "")
    if document.batch is not None:
        found.batches.add(document.batch)
        if document.action.strip().lower() in OF_SLIPS:
            found.taken_back.add(document.batch)
    if document.invoice and vendor is None:
        found.judged.add(document.invoice)
    elif document.invoice:
        found.invoices.add((vendor or "", document.invoice))
    if vendor is not None and not document.order_number and not document.invoice:
        found.asking.add(vendor)


def lock(tx: Tx, touched: Touched, *, also: Iterable[Name] = ()) -> Locked:
    """Lock every order that is touched, sorted; the orders of batches and of invoices that come again are found first."""
    touched.batches |= batches.successors(tx.connection, touched.taken_back)
    orders_of_batch = loads.names_in_batches(tx.connection, touched.batches)
    of_slips = {name for number in touched.taken_back for name in orders_of_batch.get(number, ())}
    touched.asked |= of_slips
    touched.addressed |= of_slips
    touched.stored.update(name for names in orders_of_batch.values() for name in names)
    if touched.judged:
        touched.invoices |= loads.invoices_numbered(tx.connection, touched.judged)
    touched.stored.update(loads.orders_billed(tx.connection, touched.invoices) if touched.invoices else ())
    return Locked(loads.lock_names(tx, touched.stored.union(also), expected=touched.expected), orders_of_batch)


def load(tx: Tx, entries: Sequence[Entry], touched: Touched, locked: Locked, *, master: Master, at: datetime) -> tuple[Known, Draft]:
    """Read what the decisions need, after the locks."""
    connection, keys = tx.connection, locked.keys
    draft = master.for_chunk(connection, vendors=touched.vendors, carriers=touched.carriers)
    invoices = loads.invoices(connection, touched.invoices)
    loads.require_locked(invoices.values(), [key.id for key in keys.values()])
    known = Known(
        reference=draft.reference,
        at=at,
        keys=keys,
        orders=loads.orders(connection, _ids(touched.stored, keys)),
        documents=order_rows.documents(connection, _to_compare(entries, locked, draft.reference.organization.code)),
        shipments=defaultdict(list, loads.shipments(connection, _ids(touched.shipped, keys))),
        batches=loads.batches(connection, touched.batches),
        orders_of_batch=locked.orders_of_batch,
        invoices=invoices,
        requests=defaultdict(list, requests.of_orders(connection, _ids(touched.asked, keys))),
        ship_to=requests.ship_to(connection, _ids(touched.addressed, keys)),
        answers=answered.last(connection, _ids(touched.answered, keys)),
        exported={system: feed.of(connection, system).exported for system in touched.feeds},
        stock=stock.levels(connection, touched.stock),
        number=lambda vendor: batches.take(tx, vendor=vendor, now=at),
        unsent=frozenset(vendor for vendor in touched.asking if batches.candidates(connection, vendor, most=1)),
        pepper=erasure.pepper(connection, keys.values()),
    )
    return known, draft


def _ids(names: Iterable[Name], keys: dict[Name, LockedKey]) -> list[int]:
    """The ids of those that are stored."""
    return [keys[name].id for name in names if name in keys and keys[name].digest is not None]


def _to_compare(entries: Iterable[Entry], locked: Locked, org: str) -> set[int]:
    """Orders that come again with other content: the stored ones are needed to tell the difference."""
    found: set[int] = set()
    for entry in entries:
        document = entry.reading.document
        if isinstance(document, Order):
            key = locked.keys[org, document.number.upper()]
            if key.digest is not None and key.digest != digest_of(document):
                found.add(key.id)
    return found

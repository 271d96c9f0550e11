"""The one writer of outcomes: collects what decisions change and writes it in bulk, one statement a table (store.md 4, T4).

The orders must be locked (`loads.lock_names`, `loads.lock_orders`); their key rows carry history numbers and versions on.
Receipts, tallies, outgoing items and their numbers are written by whoever books, cuts or delivers, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from gateway.domain.history import NO_PARTS
from gateway.domain.master import MasterChanged
from gateway.domain.notice import Notice
from gateway.domain.order import KeyState
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    AnswerTold,
    BatchAnswered,
    BatchChanged,
    BatchLinesChanged,
    DocumentsWanted,
    Erased,
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceDocument,
    LinesChanged,
    NewInvoice,
    NewOrder,
    NewReference,
    NewShipment,
    Outcome,
    RequestsChanged,
    ShipmentRecord,
    ShipToChanged,
    StockTold,
    Wanted,
)
from gateway.store import later, master_rows, notices, order_rows, slips, tables
from gateway.store.answered import AnswerEffects
from gateway.store.batch_effects import BatchEffects
from gateway.store.dialects import bulk_insert, bulk_update, new_ids
from gateway.store.erasing import ErasureEffects
from gateway.store.invoice_effects import InvoiceEffects, named
from gateway.store.loads import LockedKey
from gateway.store.reference_rows import insert_reference, name_of
from gateway.store.requests import RequestEffects
from gateway.store.session import Tx
from gateway.store.stock import StockEffects
from gateway.store.wishes import WishEffects

Values = tuple[Any, ...]
Stored = ShipmentRecord | InvoiceDocument | RequestsChanged

_TOLD_BY_HISTORY = ("order_id", "line_no", "event", "at", "actor", "source", "quantity", "status_after", "message_id", "place")
_TELL_HISTORY = attrgetter(*_TOLD_BY_HISTORY)
_HISTORY = (*_TOLD_BY_HISTORY, "seq", "parts")
_SHIPMENT = (
    *("id", "order_id", "line_no", "vendor", "quantity", "carrier", "tracking", "weight", "freight", "shipped_on", "batch_number", "at"),
    *("key", "reference", "package", "lot", "serials", "invoice_number", "message_id", "place"),
)
_TRACKING = ("shipment_id", "place", "order_id", "number")
_DOCUMENT_KEY = ("scope", "kind", "key", "digest", "message_id", "place", "seen_at")
_CHANGE = ("system", "order_id", "line_no", "type", "at", "body")
_KEY = ("state", "digest", "version", "history_seq", "waiting")
_TELL_KEY = attrgetter("id", *_KEY)


class Effects:
    """What one transaction changes: `add` outcomes in their order, then `write` once."""

    def __init__(self, tx: Tx, keys: Mapping[int, LockedKey], *, at: datetime) -> None:
        self._tx = tx
        self._keys = keys
        self._at = at
        self._reference: dict[object, NewReference] = {}
        self._headers: list[Values] = []
        self._lines: list[Values] = []
        self._parties: list[Values] = []
        self._texts: list[Values] = []
        self._line_states: dict[tuple[int, int], Values] = {}
        self._flags: dict[int, Values] = {}
        self._history: list[Values] = []
        self._shipments: list[Values] = []
        self._tracking: list[Values] = []
        self._document_keys: list[Values] = []
        self._feed: list[Values] = []
        self._notices: list[Notice] = []
        self._batches = BatchEffects(tx, at=at)
        self._invoices = InvoiceEffects(tx, new_ids(tx, tables.invoice))
        self._requests = RequestEffects(tx, new_ids(tx, tables.change_request))
        self._wishes = WishEffects(tx, at=at)
        self._stock = StockEffects(tx)
        self._answers = AnswerEffects(tx)
        self._papers: list[DocumentsWanted] = []
        self._erasures = ErasureEffects(tx, keys)
        self._master: list[master_rows.By] = []
        self._shipment_ids = new_ids(tx, tables.shipment)
        self._by_kind: Mapping[type[Any], Callable[[Any, Origin], Stored | None]] = {
            NewOrder: self._new_order,
            LinesChanged: self._lines_changed,
            NewShipment: self._new_shipment,
            BatchChanged: self._batches.changed,
            BatchLinesChanged: self._batches.lines_changed,
            BatchAnswered: self._batches.answered,
            Wanted: self._wishes.asked,
            StockTold: self._stock.told,
            DocumentsWanted: self._documents_wanted,
            NewInvoice: self._invoices.made,
            InvoiceChanged: self._invoices.changed,
            InvoiceDeleted: self._invoices.deleted,
            RequestsChanged: self._requests.changed,
            ShipToChanged: self._requests.moved,
            Erased: self._erased,
            MasterChanged: self._master_changed,
            AnswerTold: self._answers.told,
        }

    def add(self, outcome: Outcome, origin: Origin) -> tuple[Stored, ...]:
        """Take up one decision; answers the shipments, invoices and requests it makes or changes, with their ids and versions."""
        stored: list[Stored] = []
        self._requests.begin()
        for change in outcome.changes:
            if stored and isinstance(change, NewInvoice | InvoiceChanged):
                made = self._by_kind[type(change)](named(change, stored), origin)
            else:
                made = self._by_kind[type(change)](change, origin)
            if made is not None:
                stored.append(made)
        for entry in outcome.history:
            key = self._keys[entry.order_id]
            key.history_seq += 1
            key.touched = key.changed = True
            self._history.append((*_TELL_HISTORY(entry), key.history_seq, None if entry.parts is NO_PARTS else entry.parts))
        for told in map(self._requests.named, outcome.feed):
            self._feed.append((told.system, told.order_id, told.line_no, told.type, told.at, told.body))
        for new in outcome.reference:
            self._reference.setdefault(name_of(new), new)
        return tuple(stored)

    def tell(self, found: Iterable[Notice]) -> None:
        """What people are to be told of it."""
        self._notices += found

    def write(self) -> None:
        """Write everything, in the order of the lock classes."""
        tx = self._tx
        insert_reference(tx, self._reference.values(), at=self._at)
        if self._master:
            master_rows.change(tx, self._master, at=self._at)
        bulk_insert(tx, tables.document_key, _DOCUMENT_KEY, sorted(self._document_keys, key=lambda row: row[:3]))
        bulk_insert(tx, tables.purchase_order, order_rows.HEADER, self._headers)
        bulk_insert(tx, tables.order_line, order_rows.LINE, self._lines)
        bulk_insert(tx, tables.order_party, order_rows.PARTY, self._parties)
        bulk_insert(tx, tables.order_text, order_rows.TEXT, self._texts)
        bulk_update(tx, tables.order_line, ("order_id", "line_no"), order_rows.LINE_STATE, list(self._line_states.values()))
        bulk_update(tx, tables.purchase_order, ("id",), ("changed_since_sent", "stage"), list(self._flags.values()))
        bulk_insert(tx, tables.order_history, _HISTORY, self._history)
        bulk_insert(tx, tables.shipment, _SHIPMENT, self._shipments)
        bulk_insert(tx, tables.tracking_number, _TRACKING, self._tracking)
        bulk_insert(tx, tables.change, _CHANGE, self._feed)
        bulk_update(tx, tables.order_key, ("id",), _KEY, [_TELL_KEY(key) for key in self._keys.values() if key.touched])
        self._batches.write()
        self._invoices.write()
        self._requests.write()
        later.ask(tx, self._requests.decided, now=self._at)
        self._wishes.write()
        self._stock.write()
        self._answers.write()
        for it in self._papers:
            slips.ask(tx, it.batch, slips.brands_of(tx.connection, it.batch), slips.kinds_of(it.vendor), now=self._at)
        self._erasures.write()
        notices.add(tx, self._notices)

    def _new_order(self, new: NewOrder, origin: Origin) -> None:
        key = self._keys[new.order.id]
        key.state, key.digest = KeyState.LIVE, new.digest
        key.touched = key.changed = True
        self._headers.append(order_rows.header(new, at=self._at, message_id=origin.message_id, place=origin.place))
        self._lines += order_rows.lines(new)
        self._parties += order_rows.parties(new)
        self._texts += order_rows.texts(new)

    def _master_changed(self, change: MasterChanged, origin: Origin) -> None:
        self._master.append((change, origin))

    def _documents_wanted(self, change: DocumentsWanted, _: Origin) -> None:
        self._papers.append(change)

    def _lines_changed(self, change: LinesChanged, _: Origin) -> None:
        order = change.order
        key = self._keys[order.id]
        key.version += 1
        key.touched = key.changed = True
        if key.state is not KeyState.ERASED:
            key.state = KeyState.CLOSED if order.is_closed else KeyState.LIVE
        self._flags[order.id] = (order.id, order.changed_since_sent, order.stage)
        for line in change.lines:
            self._line_states[order.id, line.number] = order_rows.line_state(order.id, line)

    def _erased(self, change: Erased, origin: Origin) -> None:
        key = self._keys[change.order_id]
        key.state, key.digest = KeyState.ERASED, change.digest
        key.version += 1
        key.touched = key.changed = True
        self._erasures.erased(change, origin)

    def _new_shipment(self, new: NewShipment, origin: Origin) -> ShipmentRecord:
        shipment_id = next(self._shipment_ids)
        self._shipments.append(
            (
                *(shipment_id, new.order_id, new.line_no, new.vendor, new.quantity, new.carrier, new.tracking, new.weight, new.freight),
                *(new.shipped_on, new.batch, new.at, new.key, new.reference, new.package, new.lot, new.serials or None),
                *(new.invoice_number, origin.message_id, origin.place),
            )
        )
        self._tracking += ((shipment_id, place, new.order_id, number) for place, number in enumerate(new.tracking) if place)
        if origin.message_id is not None:
            told = f"{new.quantity} {new.weight} {new.freight}"
            self._document_keys.append((new.vendor, "shipment", new.key, told, origin.message_id, origin.place, new.at))
        return ShipmentRecord(
            id=shipment_id,
            order_id=new.order_id,
            line_no=new.line_no,
            quantity=new.quantity,
            shipped_on=new.shipped_on,
            carrier=new.carrier,
            tracking=new.tracking,
            key=new.key,
            invoice_number=new.invoice_number,
        )

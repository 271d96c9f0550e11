"""What retailers have asked of orders: read whole for a decision, written as the rules say; one of a kind waits on a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace
from sqlalchemy import Connection, Row, select

from gateway.documents import Party
from gateway.domain.origin import Origin
from gateway.domain.outcome import FeedEntry, RequestsChanged, ShipToChanged
from gateway.domain.request import Change, Request, RequestKind, RequestState, is_over, name_of
from gateway.kernel.typed import convert
from gateway.store import tables
from gateway.store.dialects import bulk_insert, bulk_update, fetch_rows
from gateway.store.session import Tx

Values = tuple[Any, ...]
_STATE = ("id", "state", "answered_at", "answered_by", "automatic")
_ROW = (
    *("id", "order_id", "line_no", "kind", "state", "request_id", "quantity", "before", "after", "asked_at", "reason"),
    *("answered_at", "answered_by", "automatic", "for_vendor"),
)
_NEW = (*_ROW, "message_id", "place")
_READ = (*_ROW, "item_id")
_PARTY = ("order_id", "role", *Party.__struct_fields__)
SHIP_TO = "ship_to"


def of_orders(connection: Connection, order_ids: Iterable[int]) -> dict[int, list[Request]]:
    """Everything that was ever asked of these orders, oldest first."""
    rows = fetch_rows(connection, tables.change_request, ("order_id",), [(i,) for i in order_ids], _READ)
    found: defaultdict[int, list[Request]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row.id)):
        found[row.order_id].append(of_row(row))
    return found


def ship_to(connection: Connection, order_ids: Iterable[int]) -> dict[int, Party]:
    """Where these orders go."""
    rows = fetch_rows(connection, tables.order_party, ("order_id", "role"), [(i, SHIP_TO) for i in order_ids], _PARTY)
    return {row.order_id: Party(**{name: getattr(row, name) for name in Party.__struct_fields__}) for row in rows}


def names(connection: Connection, message_id: int) -> dict[int, str]:
    """What the requests of each document of a message are called by, by the place of the document."""
    receipt, c = tables.receipt.c, tables.change_request.c
    asked = select(receipt.order_id).where(receipt.message_id == message_id, receipt.order_id.is_not(None))
    chosen = select(c.place, c.id, c.request_id).where(c.order_id.in_(asked), c.message_id == message_id).order_by(c.id.desc())
    return {row.place: row.request_id or name_of(row.id) for row in connection.execute(chosen)}


class RequestEffects:
    """Collects what becomes of requests, and where orders go."""

    def __init__(self, tx: Tx, ids: Iterator[int]) -> None:
        self._tx = tx
        self._ids = ids
        self._new: dict[int, tuple[Request, Origin]] = {}
        self._changed: dict[int, Request] = {}
        self._ship_to: dict[int, Party] = {}
        self._name = ""

    def begin(self) -> None:
        """Another decision: what it asks for without an id of the retailer has one name of ours."""
        self._name = ""

    def named(self, entry: FeedEntry) -> FeedEntry:
        """What is told of a request that was new, by the name that it has got."""
        return replace(entry, body={**entry.body, "request_id": self._name}) if entry.is_of_new and self._name else entry

    def changed(self, change: RequestsChanged, origin: Origin) -> RequestsChanged:
        """New ones get their ids; of those that were there only the state changes."""
        return RequestsChanged(tuple([self._kept(request, origin) for request in change.requests]))

    def _kept(self, request: Request, origin: Origin) -> Request:
        if not request.id:
            request = replace(request, id=next(self._ids))
            if not request.request_id:
                self._name = self._name or name_of(request.id)
                request = replace(request, request_id=self._name)
            self._new[request.id] = (request, origin)
        elif request.id in self._new:
            self._new[request.id] = (request, self._new[request.id][1])
        else:
            self._changed[request.id] = request
        return request

    @property
    def decided(self) -> list[int]:
        """Those that had waited in the store and do not any more."""
        return [it.id for it in self._changed.values() if is_over(it)]

    def moved(self, change: ShipToChanged, _: Origin) -> None:
        """The order goes elsewhere."""
        self._ship_to[change.order_id] = change.ship_to

    def write(self) -> None:
        """What has ended first: a new request may take the place of one that waited."""
        bulk_update(self._tx, tables.change_request, ("id",), _STATE[1:], [_state(it) for it in self._changed.values()])
        bulk_insert(self._tx, tables.change_request, _NEW, [_row(*it) for it in self._new.values()])
        fields = Party.__struct_fields__
        moved = [(order_id, SHIP_TO, *(getattr(it, name) for name in fields)) for order_id, it in self._ship_to.items()]
        bulk_update(self._tx, tables.order_party, ("order_id", "role"), fields, moved)


def _state(request: Request) -> Values:
    return request.id, request.state.value, request.answered_at, request.answered_by or None, request.is_automatic


def _row(request: Request, origin: Origin) -> Values:
    return (
        *(request.id, request.order_id, request.line_no, request.kind.value, request.state.value, request.request_id or None),
        *(request.quantity, _stored(request.before), _stored(request.after), request.asked_at, request.reason or None),
        *(request.answered_at, request.answered_by or None, request.is_automatic, request.for_vendor or None),
        *(origin.message_id, origin.place),
    )


def _stored(side: Change | None) -> Any:
    return None if side is None else to_builtins(side)


def of_row(row: Row[Any]) -> Request:
    """A request as it was stored."""
    return Request(
        id=row.id,
        order_id=row.order_id,
        line_no=row.line_no,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        asked_at=row.asked_at,
        request_id=row.request_id or "",
        quantity=row.quantity,
        before=None if row.before is None else convert(row.before, Change),
        after=None if row.after is None else convert(row.after, Change),
        reason=row.reason or "",
        answered_at=row.answered_at,
        answered_by=row.answered_by or "",
        is_automatic=bool(row.automatic),
        for_vendor=row.for_vendor or "",
        item_id=row.item_id,
    )

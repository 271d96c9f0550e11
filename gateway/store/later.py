"""What a file asked of orders and had to wait for, once it is decided: who asks for the answer to it, and what of it was not told yet.

Told is what an answer says that was not taken back. Not for: making the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.domain.request import Request, is_over
from gateway.store import requests, work
from gateway.store.outbox import ItemState
from gateway.store.session import Tx
from gateway.store.tables import change_request, message, message_event, outbox, receipt
from gateway.store.work import Kind

PLACE = 1
"""Where work that answers what was decided later stands beside the first answer to a file."""
TOLD = "decided_later"
"""The places that an answer tells of, in the story of its message."""
WAITING = "PENDING"
ANSWERED = "answered"


def ask(tx: Tx, request_ids: Iterable[int], *, now: datetime) -> None:
    """These requests were decided: the files that they came in are answered once more, where somebody is to be told."""
    ids = sorted(request_ids)
    if not ids:
        return
    it = change_request.c
    found = select(message.c.id, message.c.connector).distinct().join(change_request, it.message_id == message.c.id)
    rows = tx.connection.execute(found.where(it.id.in_(ids))).all()
    work.ask_anew(tx, Kind.ANSWER, [(row.id, row.connector) for row in rows], due_at=now, place=PLACE)


def untold(connection: Connection, message_id: int) -> dict[int, list[Request]]:
    """Of each document of a file that waited, is decided and was not told yet, what it asked for."""
    mine = receipt.c.message_id == message_id
    waited = connection.execute(select(receipt.c.place, receipt.c.order_id).where(mine, receipt.c.result == WAITING)).all()
    places = {row.place for row in waited} - _told(connection, message_id)
    it = change_request.c
    orders = sorted({row.order_id for row in waited if row.place in places and row.order_id is not None})
    found: defaultdict[int, list[Request]] = defaultdict(list)
    for row in connection.execute(select(change_request).where(it.order_id.in_(orders), it.message_id == message_id).order_by(it.id)):
        if row.place in places:
            found[row.place].append(requests.of_row(row))
    return {place: asked for place, asked in sorted(found.items()) if all(is_over(one) for one in asked)}


def tells(connection: Connection, message_id: int, item_id: int) -> bool:
    """Whether this answer tells what was decided later."""
    return item_id in _said(connection, message_id)


def to_ask(connection: Connection, message_id: int) -> list[int]:
    """Which answers a file that lacks one is asked for: the first, where it was never made, and what was decided later."""
    c = message_event.c
    made = connection.execute(select(c.detail).where(c.message_id == message_id, c.event == ANSWERED)).scalars()
    is_answered = any(detail and TOLD not in detail for detail in made)
    has_more = bool(untold(connection, message_id))
    return [*(() if is_answered and has_more else (0,)), *((PLACE,) if has_more else ())]


def _told(connection: Connection, message_id: int) -> set[int]:
    """The places that answers have told of; what a cancelled one says is not told."""
    said = _said(connection, message_id)
    cancelled = select(outbox.c.id).where(outbox.c.id.in_(sorted(said)), outbox.c.state == ItemState.CANCELLED)
    gone = set(connection.execute(cancelled).scalars()) if said else set()
    return {place for item, places in said.items() if item not in gone for place in places}


def _said(connection: Connection, message_id: int) -> dict[int, list[int]]:
    """The answers that tell what was decided later, each with its places."""
    c = message_event.c
    details = connection.execute(select(c.detail).where(c.message_id == message_id, c.event == ANSWERED)).scalars()
    return {detail["item"]: detail[TOLD] for detail in details if detail and TOLD in detail}

"""Messages that partners post: each is a received file like any other, booked and answered in the request that brings it (sdf 3).

Where booking cannot be done at once, or would keep its sender waiting, the message waits for a node like a file, and its sender is told
under which number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from secrets import token_hex

from msgspec import Struct

from gateway.archive import Archive
from gateway.desk.acting import Desk
from gateway.intake import Answerer, Spot
from gateway.kernel.errors import StoreBusy
from gateway.store import Tx, events, messages, work
from gateway.store.messages import SMALL, MessageState, NewMessage, Recorded
from gateway.store.work import Kind, Work

POSTED = "posted"
"""The event of a message that came over HTTP."""


class Counter(Struct, frozen=True, kw_only=True):
    """Where messages are handed in: what keeps, books and answers them."""

    desk: Desk
    archive: Archive
    answerer: Answerer
    book: Callable[[Sequence[Work]], object]
    lease: timedelta
    most: int
    """So many documents are booked in the request that brings them: what one transaction takes."""


class Posted(Struct, frozen=True, kw_only=True):
    """A message that came: its number, and what is answered; None while nothing is decided."""

    message_id: int
    body: bytes | None


def post(counter: Counter, spot: Spot, name: str, body: bytes, *, answer: str) -> Posted:
    """Take a message, book it now, and say what became of it by the layout of the answer."""
    stored = counter.archive.put(BytesIO(body))
    connector, channel = spot.names
    now = counter.desk.clock.now()
    new = NewMessage(
        connector=connector,
        channel=channel,
        file_name=name.encode(),
        sha256=stored.sha256,
        size=stored.size,
        archive_key=stored.key,
        received_at=now,
    )
    run = f"api-{token_hex(6)}"

    def take(tx: Tx) -> tuple[Recorded, Work | None]:
        made = messages.record(tx, new)
        if made is None:  # only a taken name could be recorded before, and this has none
            raise RuntimeError(f"{name} was recorded by nobody and yet before")
        events.of_message(tx, made.message_id, POSTED, actor=counter.desk.user, at=now)
        if made.state is MessageState.DUPLICATE or stored.size > SMALL:
            return made, None
        return made, work.take(tx, Kind.BOOK, made.message_id, run=run, until=now + counter.lease)

    recorded, taken = counter.desk.store.attempt(take, at="in.record")
    if taken is not None and not _is_booked(counter, taken):
        return Posted(message_id=recorded.message_id, body=None)
    with counter.desk.store.reading() as connection:
        message = messages.some(connection, [recorded.message_id])[recorded.message_id]
    is_open = message.state is MessageState.RECEIVED and message.total is None
    return Posted(message_id=message.id, body=None if is_open else counter.answerer.said(message.id, answer))


def _is_booked(counter: Counter, taken: Work) -> bool:
    """Book it; or give it back to the nodes, where it is too long for that or the database is busy."""
    if counter.answerer.is_long(taken.subject, most=counter.most):
        work.give_back(counter.desk.store, [taken.lease])
        return False
    try:
        counter.book([taken])
    except StoreBusy:  # it was given back
        return False
    return True

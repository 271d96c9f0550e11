"""Received files with their documents, issues and events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select

from gateway.domain.outcome import Verdict
from gateway.kernel.issues import Issue, gravest_first
from gateway.kernel.typed import convert
from gateway.store import events, messages
from gateway.store.messages import Message, MessageState
from gateway.store.queries.counting import count
from gateway.store.queries.names import begins_so
from gateway.store.queries.queue import WorkRow, list_work
from gateway.store.tables import message, order_key, receipt
from gateway.store.work import Kind


class ReceiptRow(Struct, frozen=True, kw_only=True, gc=False):
    """What became of one document of a file."""

    place: int
    kind: str
    verdict: Verdict
    key: str
    order_number: str | None
    issues: tuple[Issue, ...]
    result: str = ""
    """The word of the answer where the verdict does not tell it: a request that is booked may wait, or be rejected."""


class MessageView(Struct, frozen=True, kw_only=True):
    """One received file as `message show` tells it; `work` is what is still to be done with it."""

    message: Message
    receipts: tuple[ReceiptRow, ...]
    events: tuple[events.Event, ...]
    work: tuple[WorkRow, ...]


def list_messages(
    connection: Connection,
    *,
    connectors: Iterable[str] | None = None,
    channel: str | None = None,
    states: Iterable[MessageState] = MessageState,
    name: bytes | None = None,
    since: datetime | None = None,
    among: Select[int] | None = None,
    before: int | None = None,
    most: int = 50,
) -> list[Message]:
    """Received files, newest first; a name is found by its beginning, `before` is the id where the last page ended.

    `among`: only files whose id this query gives.
    """
    chosen = _chosen(connectors, channel, states, name, since, before, among)
    rows = connection.execute(select(message).where(message.c.id.in_(chosen.order_by(message.c.id.desc()).limit(most))))
    return sorted((messages.of_row(row) for row in rows), key=lambda found: found.id, reverse=True)


def count_messages(
    connection: Connection,
    *,
    connectors: Iterable[str] | None = None,
    channel: str | None = None,
    states: Iterable[MessageState] = MessageState,
    name: bytes | None = None,
    since: datetime | None = None,
    among: Select[int] | None = None,
    before: int | None = None,
    most: int | None = None,
) -> int:
    """How many received files there are of that kind."""
    return count(connection, _chosen(connectors, channel, states, name, since, before, among), most=most)


def some_messages(connection: Connection, ids: Iterable[int]) -> list[Message]:
    """These files, oldest first."""
    chosen = select(message).where(message.c.id.in_(sorted(ids))).order_by(message.c.id)
    return [messages.of_row(row) for row in connection.execute(chosen)]


def message_view(connection: Connection, message_id: int, *, most: int = 1000) -> MessageView | None:
    """One file with its first documents."""
    found = messages.get(connection, message_id)
    if found is None:
        return None
    kinds = (Kind.BOOK, Kind.BULK, Kind.REDO, Kind.ANSWER)
    return MessageView(
        message=found,
        receipts=tuple(receipts_of(connection, message_id, most=most)),
        events=tuple(events.message_events(connection, message_id)),
        work=tuple(list_work(connection, kinds=kinds, subjects=[message_id])),
    )


def receipts_of(
    connection: Connection, message_id: int, *, verdicts: Iterable[Verdict] = Verdict, after: int = -1, most: int = 1000
) -> list[ReceiptRow]:
    """What became of the documents of a file, in the order of the file; `after` is the place where the last page ended."""
    chosen = (
        select(receipt.c.place, receipt.c.kind, receipt.c.verdict, receipt.c.key, receipt.c.issue, receipt.c.result, order_key.c.po_no)
        .outerjoin(order_key, order_key.c.id == receipt.c.order_id)
        .where(receipt.c.message_id == message_id, receipt.c.place > after, receipt.c.verdict.in_([verdict.value for verdict in verdicts]))
        .order_by(receipt.c.place)
        .limit(most)
    )
    return [_receipt(row) for row in connection.execute(chosen)]


def first_refusals(connection: Connection, message_ids: Sequence[int]) -> dict[int, Issue]:
    """Of each file, what is gravest of its first document that was not taken; of one that only waits where no other is."""
    found: dict[int, Issue] = {}
    for verdicts in ((Verdict.REFUSED, Verdict.CONFLICT), (Verdict.EARLY,)):
        firsts = (
            select(receipt.c.message_id, func.min(receipt.c.place).label("place"))
            .where(receipt.c.message_id.in_([it for it in message_ids if it not in found]), receipt.c.verdict.in_(verdicts))
            .group_by(receipt.c.message_id)
            .subquery()
        )
        same = (receipt.c.message_id == firsts.c.message_id) & (receipt.c.place == firsts.c.place)
        rows = connection.execute(select(receipt.c.message_id, receipt.c.issue).join(firsts, same))
        found |= {row.message_id: gravest_first(convert(row.issue, tuple[Issue, ...]))[0] for row in rows if row.issue}
    return found


def _receipt(row: Row[*tuple[Any, ...]]) -> ReceiptRow:
    return ReceiptRow(
        place=row.place,
        kind=row.kind,
        verdict=Verdict(row.verdict),
        key=row.key or "",
        order_number=row.po_no,
        issues=gravest_first(convert(row.issue or [], tuple[Issue, ...])),
        result=row.result or "",
    )


def _chosen(  # noqa: PLR0917 (what people look for)
    connectors: Iterable[str] | None,
    channel: str | None,
    states: Iterable[MessageState],
    name: bytes | None,
    since: datetime | None,
    before: int | None,
    among: Select[int] | None,
) -> Select[int]:
    """The ids of the messages that are asked for."""
    chosen, asked = select(message.c.id), set(states)
    if asked != set(MessageState):
        chosen = chosen.where(message.c.state.in_([state.value for state in MessageState if state in asked]))
    if connectors is not None:
        chosen = chosen.where(message.c.connector.in_(sorted(connectors)))
    if channel is not None:
        chosen = chosen.where(message.c.channel == channel)
    if name is not None:
        chosen = chosen.where(*begins_so(message.c.file_name, name))
    if since is not None:
        chosen = chosen.where(message.c.received_at >= since)
    if among is not None:
        chosen = chosen.where(message.c.id.in_(among))
    return chosen if before is None else chosen.where(message.c.id < before)

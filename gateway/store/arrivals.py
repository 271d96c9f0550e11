"""What has come through a channel lately, and how far a channel that something is expected from has been judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select, update

from gateway.store.messages import MessageState
from gateway.store.session import Tx
from gateway.store.tables import expectation, message

PAGE = 500


class Judged(Struct, frozen=True, kw_only=True):
    """Since when a channel is watched, up to when its days are judged, and up to which message and number its row is followed."""

    since: datetime
    judged_at: datetime
    message_id: int
    highest: int | None


class Arrival(Struct, frozen=True, gc=False):
    """A file that came. `documents`: how many it brought that were not known before; None while it is not decided."""

    message_id: int
    file_name: bytes
    received_at: datetime
    documents: int | None


def judged(connection: Connection, connector: str, channel: str) -> Judged | None:
    """How far the channel has been judged; None when it has never been."""
    row = connection.execute(select(expectation).where(*_of(connector, channel))).one_or_none()
    return None if row is None else Judged(since=row.since, judged_at=row.judged_at, message_id=row.message_id, highest=row.highest)


def watch(tx: Tx, connector: str, channel: str, *, now: datetime) -> None:
    """The channel is watched from now on; the row of its numbers goes on from what came last before."""
    last = select(func.coalesce(func.max(message.c.id), 0)).where(message.c.connector == connector, message.c.channel == channel)
    values = {"connector": connector, "channel": channel, "since": now, "judged_at": now, "message_id": last.scalar_subquery()}
    tx.connection.execute(expectation.insert().values(values))


def judge(tx: Tx, connector: str, channel: str, to: Judged) -> None:
    """The channel is judged as far as this."""
    values = {"judged_at": to.judged_at, "message_id": to.message_id, "highest": to.highest}
    tx.connection.execute(update(expectation).where(*_of(connector, channel)).values(values))


def came_since(connection: Connection, connector: str, channel: str, since: datetime) -> list[Arrival]:
    """Files that came since then, the newest first. The same bytes once more and readings once more are no arrivals."""
    found = []
    for one in _newest_first(connection, connector, channel):
        if one.received_at < since:
            break
        found.append(one)
    return found


def names_behind(connection: Connection, connector: str, channel: str, *, message_id: int, most: int) -> list[tuple[int, bytes]]:
    """The names of files that came behind this message, the oldest first."""
    chosen = select(message.c.id, message.c.file_name).where(
        message.c.connector == connector, message.c.channel == channel, message.c.id > message_id, message.c.reprocess_of.is_(None)
    )
    return [(row.id, bytes(row.file_name)) for row in connection.execute(chosen.order_by(message.c.id).limit(most))]


def names_up_to(connection: Connection, connector: str, channel: str, *, message_id: int, most: int) -> list[bytes]:
    """The names of the last files that came up to this message, the newest first."""
    chosen = select(message.c.file_name).where(
        message.c.connector == connector, message.c.channel == channel, message.c.id <= message_id, message.c.reprocess_of.is_(None)
    )
    return [bytes(row.file_name) for row in connection.execute(chosen.order_by(message.c.id.desc()).limit(most))]


def _newest_first(connection: Connection, connector: str, channel: str) -> Iterator[Arrival]:
    before = None
    while True:
        chosen = select(message).where(message.c.connector == connector, message.c.channel == channel)
        if before is not None:
            chosen = chosen.where(message.c.id < before)
        rows = connection.execute(chosen.order_by(message.c.id.desc()).limit(PAGE)).all()
        for row in rows:
            if row.state != MessageState.DUPLICATE and row.reprocess_of is None:
                documents = None if row.state == MessageState.RECEIVED else row.booked + row.conflict + row.refused + row.early
                yield Arrival(row.id, bytes(row.file_name), row.received_at, documents)
        if len(rows) < PAGE:
            return
        before = rows[-1].id


def _of(connector: str, channel: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return expectation.c.connector == connector, expectation.c.channel == channel

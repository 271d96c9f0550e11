"""What people are to be told by e-mail: noted with what it tells of, gathered into mails later, each thing in one mail a recipient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select, update

from gateway.domain.notice import Fact, Notice, NoticeKind
from gateway.kernel.typed import convert
from gateway.store.counters import Outdated
from gateway.store.dialects import bulk_insert
from gateway.store.messages import MessageState
from gateway.store.session import Tx
from gateway.store.tables import message, notice

_TOLD = ("vendor", "at", "message_id", "fact")
_TELL = attrgetter(*_TOLD)


_FILE = tuple(
    message.c[name].label("file_state" if name == "state" else name)
    for name in ("connector", "channel", "file_name", "received_at", "state", "booked", "duplicate", "conflict", "refused", "early")
)
_READ = frozenset({MessageState.BOOKED, MessageState.PARTLY_BOOKED, MessageState.REFUSED})


class Noted(Struct, frozen=True, kw_only=True, gc=False):
    """A notice that no mail holds yet, with the file it came by."""

    id: int
    notice: Notice
    connector: str = ""
    channel: str = ""
    file_name: bytes = b""
    received_at: datetime | None = None
    taken: int = 0
    refused: int = 0
    waiting: int = 0
    is_read: bool = False
    """Whether the file was read to its end; the counts are those of its documents."""


def add(tx: Tx, found: Iterable[Notice]) -> None:
    """Note what is to be told, in the transaction that makes it so."""
    bulk_insert(tx, notice, ("kind", *_TOLD), [(it.kind.value, *_TELL(it)) for it in found])


def is_waiting(connection: Connection, *, patient_until: datetime) -> bool:
    """Whether there is something to tell now."""
    chosen = select(notice.c.id).outerjoin(message, message.c.id == notice.c.message_id).where(_ripe(patient_until))
    return connection.execute(chosen.limit(1)).first() is not None


def waiting(connection: Connection, *, patient_until: datetime, most: int) -> list[Noted]:
    """What is to be told now, the oldest first. A file that is still being booked is waited for, unless since before `patient_until`."""
    joined = (
        select(notice, *_FILE)
        .outerjoin(message, message.c.id == notice.c.message_id)
        .where(_ripe(patient_until))
        .order_by(notice.c.id)
        .limit(most)
    )
    return [
        Noted(
            id=row.id,
            notice=Notice(kind=NoticeKind(row.kind), vendor=row.vendor, at=row.at, fact=convert(row.fact, Fact), message_id=row.message_id),
            connector=row.connector or "",
            channel=row.channel or "",
            file_name=row.file_name or b"",
            received_at=row.received_at,
            **_counts(row),
        )
        for row in connection.execute(joined)
    ]


def told(tx: Tx, ids: Sequence[int], *, item_id: int | None, now: datetime) -> None:
    """These are in a mail now, or nobody can be told; Outdated when somebody else was faster."""
    mine = update(notice).where(notice.c.id.in_(ids), notice.c.told_at.is_(None))
    if tx.connection.execute(mine.values(told_at=now, item_id=item_id)).rowcount != len(ids):
        raise Outdated("these notices are in another mail by now")


def forget(tx: Tx, *, before: datetime) -> int:
    """What was told before then; the mails themselves are outgoing items and stay."""
    return tx.connection.execute(delete(notice).where(notice.c.told_at < before)).rowcount


def _counts(row: Row[Any]) -> dict[str, Any]:
    """What became of the documents of its file."""
    if row.file_state is None:
        return {}
    return {
        "taken": row.booked + row.duplicate,
        "refused": row.conflict + row.refused,
        "waiting": row.early,
        "is_read": row.file_state in _READ,
    }


def _ripe(patient_until: datetime) -> ColumnElement[bool]:
    settled = or_(notice.c.message_id.is_(None), message.c.state != MessageState.RECEIVED, notice.c.at <= patient_until)
    return and_(notice.c.told_at.is_(None), settled)

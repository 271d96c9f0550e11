"""Files in the archive that hold the data of erased orders: due in the transaction of the erasure, scrubbed after it, kept as the proof."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Select, Text, cast, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.issues import Issue
from gateway.store import loads
from gateway.store.answers import ANSWERED
from gateway.store.messages import Message, of_row
from gateway.store.outbox import ItemKind, ItemState
from gateway.store.session import Tx
from gateway.store.tables import batch, batch_line, change, change_request, message, message_event, notice, outbox, privacy_file

UNSENT = (ItemState.WAITING, ItemState.BLESSED, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)


class Carrier(Struct, frozen=True, gc=False):
    """An outgoing file that carries data of orders."""

    id: int
    idem: str
    kind: str
    state: ItemState
    is_blessed: bool
    key: str
    connector: str


class Due(Struct, frozen=True, gc=False):
    """Bytes that must go; `whole` when nothing of them may be left."""

    key: str
    whole: bool


def due(tx: Tx, keys: Iterable[str], *, now: datetime, whole: bool = False) -> None:
    """These bytes must go; those that went before and hold something again are due once more."""
    insert = insert_sqlite(privacy_file) if tx.is_sqlite else insert_postgresql(privacy_file)
    for key in sorted(set(keys)):
        made = insert.values(sha256=key, due_at=now, whole=whole)
        again = {"due_at": now, "done_at": None, "issue": None, **({"whole": True} if whole else {})}
        tx.connection.execute(made.on_conflict_do_update(index_elements=["sha256"], set_=again))


def due_of_messages(tx: Tx, message_ids: Collection[int], *, now: datetime) -> None:
    """The bytes of these received files must go."""
    found = tx.connection.execute(select(message.c.archive_key).where(message.c.id.in_(message_ids))).scalars()
    due(tx, found, now=now)


def waiting(connection: Connection, *, after: str = "", most: int) -> list[Due]:
    """Bytes that must still go, behind this key."""
    it = privacy_file.c
    rows = select(it.sha256, it.whole).where(it.done_at.is_(None), it.sha256 > after).order_by(it.sha256).limit(most)
    return [Due(row.sha256, row.whole) for row in connection.execute(rows)]


def done(tx: Tx, key: str, *, kept: int, now: datetime) -> None:
    """The bytes are gone; of so many documents something was kept."""
    tx.connection.execute(update(privacy_file).where(privacy_file.c.sha256 == key).values(done_at=now, kept=kept, issue=None))


def put_off(tx: Tx, key: str, issue: Issue) -> None:
    """Why they cannot go yet."""
    tx.connection.execute(update(privacy_file).where(privacy_file.c.sha256 == key).values(issue=issue))


def readers(connection: Connection, key: str) -> list[Message]:
    """The received files with these bytes, the oldest first."""
    return [of_row(row) for row in connection.execute(select(message).where(message.c.archive_key == key).order_by(message.c.id))]


def kept_of(connection: Connection, message_ids: Collection[int]) -> dict[int, int]:
    """Of how many documents something is left, by received file, of those whose bytes went."""
    m, p = message.c, privacy_file.c
    both = message.join(privacy_file, p.sha256 == m.archive_key)
    chosen = select(m.id, p.kept).select_from(both).where(m.id.in_(message_ids), p.done_at.is_not(None))
    return {row.id: row.kept or 0 for row in connection.execute(chosen)}


def messages_by_id(connection: Connection, ids: Collection[int]) -> list[Message]:
    """These received files."""
    return [of_row(row) for row in connection.execute(select(message).where(message.c.id.in_(ids)).order_by(message.c.id))]


def is_unsent(connection: Connection, key: str) -> bool:
    """Whether an outgoing file with these bytes may still have to go out."""
    found = select(outbox.c.id).where(outbox.c.archive_key == key, outbox.c.state.in_(UNSENT)).limit(1)
    return connection.execute(found).first() is not None


def is_due(connection: Connection, key: str) -> bool:
    """Whether these bytes went, or must go."""
    return connection.execute(select(privacy_file.c.sha256).where(privacy_file.c.sha256 == key)).first() is not None


def connector_of(connection: Connection, message_id: int) -> str | None:
    """The connector that a received file came by."""
    return connection.execute(select(message.c.connector).where(message.c.id == message_id)).scalar_one_or_none()


def carriers(connection: Connection, order_ids: Collection[int], message_ids: Collection[int]) -> list[Carrier]:
    """Outgoing files that carry these orders, answer these files, or tell what was written about the orders."""
    in_batches = select(batch.c.item_id).join(batch_line, batch_line.c.batch_number == batch.c.number)
    found = _items(connection, in_batches.where(batch_line.c.order_id.in_(order_ids)))
    told = select(change_request.c.item_id).where(change_request.c.order_id.in_(order_ids), change_request.c.item_id.is_not(None))
    found += _items(connection, told)
    answered = select(message_event.c.detail).where(message_event.c.message_id.in_(message_ids), message_event.c.event == ANSWERED)
    items = {row["item"] for row in connection.execute(answered).scalars() if isinstance(row, dict) and row.get("item")}
    found += _items(connection, items)
    found += _items(connection, {item for _, item in notices(connection, order_ids, message_ids) if item is not None})
    return sorted({it.id: it for it in (*found, *_feeds(connection, order_ids))}.values(), key=lambda it: it.id)


def notices(connection: Connection, order_ids: Collection[int], message_ids: Collection[int]) -> list[tuple[int, int | None]]:
    """What people were or are to be told by e-mail of these orders and files: the notice, and its outgoing item."""
    numbers = [number for _, number in loads.names(connection, order_ids)]
    words = cast(notice.c.fact, Text)
    about = or_(notice.c.message_id.in_(message_ids), *(words.like(f'%"{number}"%') for number in sorted(numbers)))
    found = connection.execute(select(notice.c.id, notice.c.item_id).where(about))
    return [(row.id, row.item_id) for row in found]


def _items(connection: Connection, ids: Select[int | None] | Collection[int]) -> list[Carrier]:
    """A batch that was shown again leaves its earlier files behind under the same cause; beside an answer stand the refused rows."""
    it = outbox.c
    chosen = select(it.id, it.idem, it.kind, it.state, it.blessed_name, it.archive_key, it.connector)
    found = list(connection.execute(chosen.where(it.id.in_(ids))))
    causes = {row.idem for row in found if row.kind == ItemKind.BATCH}
    if causes:
        found += connection.execute(chosen.where(or_(*(it.idem.like(f"{cause}:%") for cause in sorted(causes))))).all()
    beside = {row.idem.replace(f"{ItemKind.ANSWER}:", f"{ItemKind.REFUSED}:", 1) for row in found if row.kind == ItemKind.ANSWER}
    if beside:
        found += connection.execute(chosen.where(it.idem.in_(beside))).all()
    return [_carrier(row) for row in found]


def _feeds(connection: Connection, order_ids: Collection[int]) -> list[Carrier]:
    """Only what a person wrote makes an entry of the feed personal."""
    entries = select(change.c.system, change.c.seq, change.c.body).where(change.c.order_id.in_(order_ids), change.c.seq.is_not(None))
    told = [(row.system, row.seq) for row in connection.execute(entries) if row.body.get("reason")]
    found: list[Carrier] = []
    for system in sorted({system for system, _ in told}):
        numbers = [seq for name, seq in told if name == system]
        it = outbox.c
        chosen = select(it.id, it.idem, it.kind, it.state, it.blessed_name, it.archive_key, it.connector).where(
            it.idem.like(f"feed:{system}:%")
        )
        found += [_carrier(row) for row in connection.execute(chosen) if any(number in _range(row.idem) for number in numbers)]
    return found


def _range(idem: str) -> range:
    """The numbers in a file of the feed: `feed:OMS:901-950`.

    >>> _range("feed:OMS:901-950")
    range(901, 951)
    """
    first, _, last = idem.rpartition(":")[2].partition("-")
    return range(int(first), int(last) + 1) if first.isdigit() and last.isdigit() else range(0)


def _carrier(row: object) -> Carrier:
    return Carrier(row.id, row.idem, row.kind, ItemState(row.state), row.blessed_name is not None, row.archive_key, row.connector)  # type: ignore[attr-defined]  # a row

"""Printed documents of batches: asked for in the transaction that makes the batch, made in the background, gone after a while."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, exists, literal, select, update

from gateway.domain.outcome import BatchState
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue
from gateway.store import work
from gateway.store.dialects import insert_missing, lock_rows
from gateway.store.queries import counting
from gateway.store.session import Tx
from gateway.store.tables import batch, batch_line, message, outbox, purchase_order, slip_document
from gateway.store.tables import work as queue
from gateway.store.work import Kind, Lease, NewWork, issue_of

CONNECTOR = "#slips"
"""Stands where other work names its connector; no connector can have this name."""
PLACE = 1
"""Printing shares its kind of work with timed jobs, whose place is 0."""
BEHIND = 7
"""Paper comes behind files."""


class DocumentKind(StrEnum):
    """What is made of a batch."""

    SLIPS = "slips"
    PULL_SHEET = "pull_sheet"
    CSV = "csv"


class DocumentState(StrEnum):
    """How far a document has come; what is void is told so whatever its row says, since its batch counts no more."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
    VOID = "void"


class SlipDocument(Struct, frozen=True, kw_only=True, gc=False):
    """One document: of which batch and brand, and where its bytes lie while it is ready."""

    id: int
    batch: int
    brand: str
    kind: DocumentKind
    state: DocumentState
    asked_at: datetime
    made_at: datetime | None
    expires_at: datetime | None
    archive_key: str | None
    size: int | None
    pages: int | None
    issue: Issue | None
    is_void: bool = False

    @property
    def shown(self) -> DocumentState:
        """How far it has come for who looks at it."""
        return DocumentState.VOID if self.is_void else self.state


class DocumentSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    vendor: str | None = None
    batch: int | None = None
    states: Sequence[DocumentState] = tuple(DocumentState)


def kinds_of(vendor: Vendor) -> tuple[DocumentKind, ...]:
    """What the vendor's preferences ask for."""
    found = [DocumentKind.SLIPS] if vendor.generate_format in {"pdf", "both"} else []
    found += [DocumentKind.CSV] if vendor.generate_format in {"csv", "both"} else []
    return (*found, DocumentKind.PULL_SHEET) if vendor.pull_sheet else tuple(found)


def ask(tx: Tx, number: int, brands: Iterable[str], kinds: Sequence[DocumentKind], *, now: datetime) -> None:
    """Have these documents made, also those that failed or have gone; what is ready stays."""
    lock_rows(tx, batch, ("number",), [(number,)], ("number",))
    wanted = [(number, brand, kind) for brand in sorted(set(brands)) for kind in kinds]
    key = ("batch_number", "brand", "kind")
    rows = [(*each, DocumentState.WAITING, now) for each in wanted]
    insert_missing(tx, slip_document, (*key, "state", "asked_at"), rows, key=key)
    again = (slip_document.c.batch_number == number) & slip_document.c.state.in_((DocumentState.FAILED, DocumentState.EXPIRED))
    which = update(slip_document).where(again, slip_document.c.kind.in_(kinds))
    tx.connection.execute(which.values(state=DocumentState.WAITING, asked_at=now, issue=None))
    print_later(tx, number, now=now)


def print_later(tx: Tx, number: int, *, now: datetime) -> None:
    """Somebody looks what waits to be made of the batch."""
    work.add(tx, NewWork(kind=Kind.JOB, subject=number, place=PLACE, connector=CONNECTOR, due_at=now, priority=BEHIND))


def end(tx: Tx, lease: Lease, number: int, *, now: datetime) -> None:
    """The work on a batch is done, unless more was asked for meanwhile: whoever asks locks the batch too."""
    work.require(tx, lease)
    lock_rows(tx, batch, ("number",), [(number,)], ("number",))
    more = any(it.state is DocumentState.WAITING for it in of_batch(tx.connection, number))
    if more:
        work.later(tx, lease, due_at=now)
    else:
        work.finish(tx, lease)


def brands_of(connection: Connection, number: int) -> list[str]:
    """The brands of the orders in a batch."""
    found = select(purchase_order.c.brand).join(batch_line, batch_line.c.order_id == purchase_order.c.id)
    return sorted(connection.execute(found.where(batch_line.c.batch_number == number).distinct()).scalars())


def of_batch(connection: Connection, number: int) -> list[SlipDocument]:
    """The documents of a batch."""
    chosen = _documents().where(slip_document.c.batch_number == number)
    return [_document(row) for row in connection.execute(chosen.order_by(slip_document.c.brand, slip_document.c.id))]


def of_batches(connection: Connection, search: DocumentSearch, *, before: int | None, most: int) -> list[SlipDocument]:
    """Documents, the newest first; `before` is the id where the last page ended."""
    chosen = _documents().where(slip_document.c.id.in_(_chosen(search, before)))
    return [_document(row) for row in connection.execute(chosen.order_by(slip_document.c.id.desc()).limit(most))]


def count(connection: Connection, search: DocumentSearch, *, before: int | None) -> int:
    """How many there are, as far as pages count."""
    return counting.count(connection, _chosen(search, before), most=counting.ENOUGH)


def _chosen(search: DocumentSearch, before: int | None) -> Select[int]:
    is_void = batch.c.state == BatchState.VOID
    stored = [state.value for state in search.states if state is not DocumentState.VOID]
    told = slip_document.c.state.in_(stored) & ~is_void
    chosen = select(slip_document.c.id).join(batch, batch.c.number == slip_document.c.batch_number)
    chosen = chosen.where(told | is_void if DocumentState.VOID in search.states else told)
    if search.vendor is not None:
        chosen = chosen.where(batch.c.vendor == search.vendor)
    if search.batch is not None:
        chosen = chosen.where(batch.c.number == search.batch)
    return chosen if before is None else chosen.where(slip_document.c.id < before)


def ready(
    tx: Tx,
    lease: Lease,
    document: int,
    *,
    archive_key: str,
    size: int,
    pages: int | None,
    now: datetime,
    expires_at: datetime,
    issue: Issue | None = None,
) -> None:
    """The document is made."""
    work.require(tx, lease)
    values = {"state": DocumentState.READY, "made_at": now, "expires_at": expires_at, "archive_key": archive_key, "size": size}
    tx.connection.execute(update(slip_document).where(slip_document.c.id == document).values(**values, pages=pages, issue=issue))


def failed(tx: Tx, lease: Lease, document: int, issue: Issue, *, now: datetime) -> None:
    """It cannot be made; its batch stays as it is, and a person asks for it again once the cause is mended."""
    work.require(tx, lease)
    values = {"state": DocumentState.FAILED, "made_at": now, "archive_key": None, "issue": issue}
    tx.connection.execute(update(slip_document).where(slip_document.c.id == document).values(**values))


def expired(connection: Connection, *, now: datetime, most: int) -> list[SlipDocument]:
    """Documents whose time is over."""
    over = (slip_document.c.state == DocumentState.READY) & (slip_document.c.expires_at <= now)
    return [_document(row) for row in connection.execute(_documents().where(over).order_by(slip_document.c.id).limit(most))]


def of_orders(connection: Connection, order_ids: Collection[int]) -> list[SlipDocument]:
    """The documents that show these orders; whoever erases the orders lets them go."""
    numbers = select(batch_line.c.batch_number).where(batch_line.c.order_id.in_(order_ids))
    shown = slip_document.c.batch_number.in_(numbers) & (slip_document.c.state == DocumentState.READY)
    return [_document(row) for row in connection.execute(_documents().where(shown).order_by(slip_document.c.id))]


def interrupt(tx: Tx, order_ids: Collection[int], *, now: datetime) -> None:
    """Whoever is printing these orders begins anew, with what they hold after this transaction."""
    numbers = select(batch_line.c.batch_number).where(batch_line.c.order_id.in_(order_ids))
    printing = (queue.c.kind == Kind.JOB) & (queue.c.place == PLACE) & (queue.c.connector == CONNECTOR) & queue.c.subject.in_(numbers)
    rows = tx.connection.execute(select(queue.c.id).where(printing).order_by(queue.c.id).with_for_update()).scalars().all()
    if rows:
        tx.connection.execute(update(queue).where(queue.c.id.in_(rows)).values(holder=None, until=None, due_at=now))
        tx.wake(Kind.JOB)


def let_go(tx: Tx, documents: Sequence[SlipDocument]) -> list[str]:
    """These documents are no more; answers the keys of bytes that nothing else has."""
    ids = [it.id for it in documents]
    tx.connection.execute(
        update(slip_document).where(slip_document.c.id.in_(ids)).values(state=DocumentState.EXPIRED, archive_key=None, expires_at=None)
    )
    keys = sorted({it.archive_key for it in documents if it.archive_key})
    return [key for key in keys if not _is_needed(tx.connection, key)]


def _is_needed(connection: Connection, key: str) -> bool:
    """Whether a received file, an outgoing one or another document has these very bytes."""
    columns = (message.c.archive_key, outbox.c.archive_key, slip_document.c.archive_key)
    return any(bool(connection.execute(select(exists(select(literal(1)).where(column == key)))).scalar_one()) for column in columns)


def _documents() -> Select[Any]:
    """Rows of documents with the state of their batch."""
    found = select(slip_document, (batch.c.state == BatchState.VOID).label("is_void"))
    return found.join(batch, batch.c.number == slip_document.c.batch_number)


def _document(row: Row[Any]) -> SlipDocument:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    values["batch"] = values.pop("batch_number")
    values["kind"], values["state"] = DocumentKind(values["kind"]), DocumentState(values["state"])
    values["issue"] = issue_of(values["issue"])
    values["is_void"] = bool(values["is_void"])
    return SlipDocument(**values)

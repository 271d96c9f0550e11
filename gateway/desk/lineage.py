"""File, documents, order lines, batch, outgoing file, acknowledgement: what belongs together, as far as who looks may see it."""

from __future__ import annotations

from msgspec import Struct

from gateway.domain.access import Scope
from gateway.domain.outcome import Verdict
from gateway.kernel.errors import NotFound
from gateway.store import Store
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState
from gateway.store.queries import find_order
from gateway.store.queries.lineage import BatchPart, FilePart, ItemPart, OrderPart, Part, lineage_of
from gateway.transports import shown


class FileSheet(Struct, frozen=True, kw_only=True):
    """A received file."""

    id: int
    connector: str
    file: str
    state: MessageState


class SentSheet(Struct, frozen=True, kw_only=True):
    """An outgoing file, and what its partner has said of it."""

    id: int
    connector: str
    file: str
    kind: str
    state: ItemState
    ack: Ack


class LineageSheet(Struct, frozen=True, kw_only=True):
    """Everything that belongs together; `documents` counts those of the files, `more` tells of more orders than are followed."""

    files: tuple[FileSheet, ...]
    documents: dict[Verdict, int]
    orders: tuple[OrderPart, ...]
    batches: tuple[BatchPart, ...]
    items: tuple[SentSheet, ...]
    more: bool


def show_lineage(store: Store, part: Part, name: str, *, scope: Scope) -> LineageSheet:
    """What belongs to the message, order, batch or outgoing file of this name; what is beyond the scope is left out."""
    with store.reading() as connection:
        number = find_order(connection, name) if part is Part.ORDER else int(name) if name.isascii() and name.isdigit() else None
        found = None if number is None else lineage_of(connection, part, number)
    if found is None:
        raise NotFound(f"there is no {part.value} {name}", remedy="Search for it in the box above.")
    return LineageSheet(
        files=tuple(_file(it) for it in found.files if scope.covers_files_of(it.connector)),
        documents=found.documents,
        orders=tuple(it for it in found.orders if scope.covers(it.vendor)),
        batches=tuple(it for it in found.batches if scope.covers(it.vendor)),
        items=tuple(_sent(it) for it in found.items if scope.covers_files_of(it.connector)),
        more=found.more,
    )


def _file(it: FilePart) -> FileSheet:
    return FileSheet(id=it.id, connector=it.connector, file=shown(it.file), state=it.state)


def _sent(it: ItemPart) -> SentSheet:
    return SentSheet(id=it.id, connector=it.connector, file=shown(it.file), kind=it.kind, state=it.state, ack=it.ack)

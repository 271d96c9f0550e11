"""What reports are made of: our lines, batches and invoices out of the store, a partner's file through a mapping."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from gateway.config import Workspace
from gateway.desk.partners import library_of
from gateway.kernel.errors import Refused
from gateway.mapping import Reading, Values
from gateway.reports.aging import OPEN_BATCHES, OPEN_INVOICES, OPEN_LINES
from gateway.store.queries import (
    BatchRow,
    BatchSearch,
    InvoiceRow,
    InvoiceSearch,
    ItemStatus,
    ItemStatusSearch,
    item_status,
    list_batches,
    list_invoices,
)

AT_ONCE = 1_000


def open_lines(connection: Connection, vendor: str | None) -> Iterator[ItemStatus]:
    """Lines that are neither shipped nor cancelled."""
    return item_status(connection, ItemStatusSearch(vendor=vendor, statuses=OPEN_LINES))


def open_batches(connection: Connection, vendor: str | None) -> Iterator[BatchRow]:
    """Batches that are not closed, the newest first."""
    search, before = BatchSearch(vendor=vendor, states=OPEN_BATCHES), None
    while found := list_batches(connection, search, before=before, most=AT_ONCE):
        yield from found
        before = found[-1].number


def open_invoices(connection: Connection, vendor: str | None) -> Iterator[InvoiceRow]:
    """Invoices that are not posted, the newest first."""
    search, before = InvoiceSearch(vendor=vendor, states=OPEN_INVOICES), None
    while found := list_invoices(connection, search, before=before, most=AT_ONCE):
        yield from found
        before = found[-1].id


def lines_of(connection: Connection, *, vendor: str | None, system: str | None, since: date | None, until: date | None) -> list[ItemStatus]:
    """Every line of a partner's orders, entered on these days."""
    return list(item_status(connection, ItemStatusSearch(vendor=vendor, system=system, entered_from=since, entered_to=until)))


def documents_of(workspace: Workspace, file: Path, mapping: str) -> Iterator[Reading]:
    """The documents of a file as the mapping reads them; nothing of it is stored. Refused when it cannot be read at all."""
    layout = library_of(workspace).get(mapping)
    values = Values(file={"name": file.name}, message={"received_at": datetime.now(UTC), "id": 0})
    with file.open("rb") as source:
        preflight = layout.preflight(source, values)
    if not preflight.is_legible:
        raise Refused(preflight.issues)
    with file.open("rb") as source:
        yield from layout.read(source, values)

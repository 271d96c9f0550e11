"""What reports are made of: our lines, batches and invoices out of the store, a partner's file through a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.config import Workspace
from gateway.desk.brief_file import brief_file
from gateway.desk.partners import library_of
from gateway.domain.formats import DateFormat
from gateway.domain.reference import Reference
from gateway.kernel.errors import ConfigError, Refused
from gateway.kernel.yaml_text import unknown
from gateway.mapping import Reading, Values
from gateway.reports import aging, reconcile, theirs
from gateway.reports.aging import OPEN_BATCHES, OPEN_INVOICES, OPEN_LINES, Since, What
from gateway.reports.items import item_status_frame
from gateway.store import Store
from gateway.store.queries import (
    BatchRow,
    BatchSearch,
    InvoiceRow,
    InvoiceSearch,
    ItemStatus,
    ItemStatusSearch,
    count_item_status,
    item_status,
    list_batches,
    list_invoices,
)

if TYPE_CHECKING:
    import pandas as pd

AT_ONCE = 1_000


class Ages(Struct, frozen=True, kw_only=True):
    """What a report of open things is to hold; `most` rows at most, all where it is None."""

    what: What
    vendor: str | None = None
    since: Since = Since.ENTERED
    bounds: Sequence[int]
    today: date
    zone: tzinfo
    most: int | None = None


class Comparison(Struct, frozen=True, kw_only=True):
    """Whose file is compared with which of our lines, and how it is read."""

    vendor: str | None = None
    system: str | None = None
    mapping: str | None = None
    columns: Mapping[str, str] = {}
    dates: DateFormat = DateFormat.ISO
    entered_from: date | None = None
    entered_to: date | None = None


class Compared(Struct, frozen=True):
    """What they say, how many lines we have, and every difference."""

    theirs: theirs.Theirs
    ours: int
    frame: pd.DataFrame


def aged(store: Store, reference: Reference, wanted: Ages) -> pd.DataFrame:
    """The open things with their age, the oldest first."""
    today, bounds, vendor = wanted.today, wanted.bounds, wanted.vendor
    with store.reading() as connection:
        match wanted.what:
            case What.LINES:
                lines = islice(open_lines(connection, vendor), wanted.most)
                return aging.lines_frame(lines, reference, today=today, since=wanted.since, bounds=bounds)
            case What.BATCHES:
                batches = islice(open_batches(connection, vendor), wanted.most)
                return aging.batches_frame(batches, reference, today=today, zone=wanted.zone, bounds=bounds)
            case What.INVOICES:
                invoices = islice(open_invoices(connection, vendor), wanted.most)
                return aging.invoices_frame(invoices, reference, today=today, bounds=bounds)


def listed(store: Store, reference: Reference, search: ItemStatusSearch, *, most: int | None = None) -> pd.DataFrame:
    """The status of every line of the orders that are asked for."""
    with store.reading() as connection:
        return item_status_frame(item_status(connection, search, most=most), reference)


def count_listed(store: Store, search: ItemStatusSearch, *, most: int) -> int:
    """How many lines that are, counted to `most` and one more."""
    with store.reading() as connection:
        return count_item_status(connection, search, most=most)


def compared(store: Store, workspace: Workspace, reference: Reference, file: Path, asked: Comparison) -> Compared:
    """A partner's file beside the store: what only they have, what only we have, what differs. Nothing is changed."""
    if asked.mapping is not None:
        told = theirs.from_documents(documents_of(workspace, file, asked.mapping), file)
    else:
        told = theirs.from_csv(file, columns=asked.columns, dates=asked.dates)
    with store.reading() as connection:
        found = lines_of(connection, vendor=asked.vendor, system=asked.system, since=asked.entered_from, until=asked.entered_to)
    ours = item_status_frame(found, reference)
    return Compared(told, len(ours), reconcile.compare(told, ours))


def require_known(workspace: Workspace, reference: Reference, asked: Comparison) -> None:
    """ConfigError with everything that names nothing; whose file it is must be said, and only once."""
    problems = [] if (asked.vendor is None) != (asked.system is None) else ["say whose file it is: a vendor's, or a retailer's system's"]
    known = (
        (asked.vendor, reference.vendors, "vendor"),
        (asked.system, reference.systems, "system"),
        (asked.mapping, library_of(workspace).names(), "mapping"),
        *((field, theirs.FIELDS, "field") for field in asked.columns.values()),
    )
    problems += [unknown(name, names, what=what) for name, names, what in known if name is not None and name not in names]
    if problems:
        raise ConfigError(*problems)


def compared_content(
    store: Store, workspace: Workspace, reference: Reference, name: str, content: bytes, asked: Comparison
) -> tuple[str, Compared]:
    """The same of bytes that are not kept, and the name by which the answer tells of them."""
    require_known(workspace, reference, asked)
    with brief_file(name, content) as file:
        try:
            return file.name, compared(store, workspace, reference, file, asked)
        except ConfigError as error:
            raise ConfigError(*(text.replace(f"{file.parent}/", "") for text in error.problems)) from error
        except Refused as error:
            raise Refused(tuple(replace(it, text=it.text.replace(f"{file.parent}/", "")) for it in error.issues)) from error


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

"""What a partner has written down about our lines: a CSV file with columns, or any file that a mapping reads.

Every line becomes a row of texts under our names; a value that cannot be read is told, never guessed. Not for: booking it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Document, Invoice, Order, Shipment
from gateway.domain.formats import DateFormat
from gateway.domain.order import LineStatus
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown
from gateway.mapping import Reading

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("order_number", "line")
BY_ITEM = ("order_number", "item")
QUANTITIES = ("ordered", "printed", "shipped", "cancelled", "open", "invoiced")
AMOUNTS = ("unit_cost",)
DAYS = ("entered_on", "due_on", "last_shipped_on")
TEXTS = ("item", "vendor_item", "carrier", "currency", "sales_order", "brand", "location")
FIELDS = ("order_number", "line", *TEXTS, "status", *QUANTITIES, *AMOUNTS, *DAYS)
"""What can be compared, by the names of `gateway report items --json`."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in FIELDS},
        **dict.fromkeys(("po", "po_no", "po_number", "order", "order_no", "purchase_order"), "order_number"),
        **dict.fromkeys(("line_no", "line_number", "po_line_number", "po_line_no", "po_line"), "line"),
        **dict.fromkeys(("sku", "item_number", "item_no"), "item"),
        **dict.fromkeys(("vendor_sku", "supplier_item"), "vendor_item"),
        **dict.fromkeys(("quantity", "qty", "order_qty", "qty_ordered"), "ordered"),
        **dict.fromkeys(("ship_qty", "qty_shipped", "shipped_qty"), "shipped"),
        **dict.fromkeys(("cancel_qty", "canceled", "qty_cancelled"), "cancelled"),
        **dict.fromkeys(("open_qty", "qty_open"), "open"),
        **dict.fromkeys(("cost", "price", "po_unit_price", "unit_price"), "unit_cost"),
        **dict.fromkeys(("due", "due_date"), "due_on"),
        **dict.fromkeys(("created", "order_date", "entered"), "entered_on"),
        **dict.fromkeys(("last_shipped", "ship_date"), "last_shipped_on"),
        **dict.fromkeys(("carrier_code", "ship_via"), "carrier"),
    }
)
"""Headings that mean one of our fields, in small letters, other signs as one underscore."""
_STATUS = {status.value.lower(): status.value for status in LineStatus}
_DATES: Mapping[str, str] = MappingProxyType(
    {
        DateFormat.ISO: "%Y-%m-%d",
        DateFormat.MONTH_FIRST: "%m/%d/%Y",
        DateFormat.DAY_FIRST: "%d/%m/%Y",
        DateFormat.DOTTED: "%d.%m.%Y",
    }
)


class Unread(Struct, frozen=True):
    """A value that could not be read, and where it stands."""

    row: int
    field: str
    value: str


class Theirs(Struct, frozen=True):
    """Their lines: `frame` has a column for each field they tell, `row` says where each line stands in the file."""

    frame: pd.DataFrame
    fields: tuple[str, ...]
    unread: tuple[Unread, ...] = ()
    ignored: tuple[str, ...] = ()
    """Columns of the file that mean nothing to us."""


def read_columns(given: Sequence[str]) -> dict[str, str]:
    """Columns named by a person, as `THEIRS=OURS`."""
    found: dict[str, str] = {}
    for text in given:
        column, equals, field = text.rpartition("=")
        if not equals or not column.strip():
            raise ConfigError(f"columns: '{text}' is not THEIRS=OURS, such as 'Qty=ordered'")
        if field.strip() not in FIELDS:
            raise ConfigError(f"columns: {unknown(field.strip(), FIELDS, what='field')}")
        found[column.strip()] = field.strip()
    return found


def from_csv(path: Path, *, columns: Mapping[str, str], dates: DateFormat = DateFormat.ISO) -> Theirs:
    """A CSV file with a heading: columns that a person names, and those whose heading says what they are."""
    import pandas as pd

    try:
        told = pd.read_csv(
            path, dtype=str, keep_default_na=False, sep=_separator(path), encoding="utf-8-sig", skipinitialspace=True, index_col=False
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        why = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise ConfigError(f"{path} cannot be read as CSV: {why}") from error
    meant = {heading: columns.get(heading.strip()) or ALIASES.get(_plain(heading)) for heading in told.columns}
    missing = columns.keys() - {heading.strip() for heading in told.columns}
    if missing:
        raise ConfigError(*(f"{path}: {unknown(name, [str(it) for it in told.columns], what='column')}" for name in sorted(missing)))
    twice = sorted({field for field in meant.values() if field is not None and list(meant.values()).count(field) > 1})
    if twice:
        raise ConfigError(f"{path}: several columns mean {', '.join(twice)}; name the one that counts with --column")
    kept = {heading: field for heading, field in meant.items() if field is not None}
    frame = told[list(kept)].rename(columns=kept)
    frame["row"] = range(2, len(frame) + 2)
    ignored = tuple(heading for heading, field in meant.items() if field is None)
    return _read(frame, path, dates=dates, ignored=ignored)


def from_documents(documents: Iterable[Reading], path: Path) -> Theirs:
    """The lines of documents that a mapping has read: orders, shipments or invoices; `row` is the number of the document."""
    import pandas as pd

    unread: list[Unread] = []
    rows = list(_rows(_good(documents, unread)))
    if not rows:
        raise ConfigError(f"{path}: the mapping reads no order, shipment or invoice from it")
    names = [name for name in FIELDS if any(name in row for row in rows)]
    frame = pd.DataFrame(rows, columns=[*names, "row"]).fillna("")
    found = _read(frame, path, dates=DateFormat.ISO, ignored=())
    return replace(found, unread=(*unread, *found.unread))


def _good(documents: Iterable[Reading], unread: list[Unread]) -> Iterator[tuple[int, Document]]:
    """Those that could be read; the others are told."""
    for it in documents:
        if it.document is None:
            unread.append(Unread(it.place, "document", "; ".join(str(issue) for issue in it.issues)[:500]))
        else:
            yield it.place, it.document


def _rows(documents: Iterable[tuple[int, Document]]) -> Iterator[dict[str, Any]]:
    shipped: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    billed: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    first: dict[tuple[str, str, str], int] = {}
    for place, document in documents:
        match document:
            case Order():
                yield from (_order_line(place, document, line) for line in document.lines)
            case Shipment():
                for sent in document.lines:
                    key = (document.order_number, str(sent.number or ""), sent.item or "")
                    shipped[key] += sent.quantity
                    first.setdefault(key, place)
            case Invoice():
                for line in document.lines:
                    key = (line.order_number or document.order_number or "", str(line.number or ""), line.item or "")
                    billed[key] += line.quantity or 0
                    first.setdefault(key, place)
            case _:
                pass
    for name, found in (("shipped", shipped), ("invoiced", billed)):
        for key, quantity in found.items():
            number, told_line, item = key
            row: dict[str, Any] = {"order_number": number, name: str(quantity), "row": first[key]}
            row |= {word: value for word, value in (("line", told_line), ("item", item)) if value}
            yield row


def _order_line(place: int, order: Order, line: Any) -> dict[str, Any]:  # the line of an order
    told = {
        "order_number": order.number,
        "line": line.number,
        "item": line.item,
        "vendor_item": line.vendor_item,
        "ordered": line.quantity,
        "unit_cost": line.unit_cost,
        "carrier": line.carrier,
        "due_on": line.due_on,
        "currency": order.currency,
        "entered_on": order.entered_on,
        "sales_order": order.sales_order,
    }
    return {**{name: str(value) for name, value in told.items() if value is not None}, "row": place}


def _read(frame: pd.DataFrame, path: Path, *, dates: DateFormat, ignored: tuple[str, ...]) -> Theirs:
    """Texts become values; an empty one says nothing."""
    import pandas as pd

    fields = tuple(name for name in FIELDS if name in frame.columns)
    if "order_number" not in fields:
        raise ConfigError(f"{path}: no column says which order; name it with --column THEIRS=order_number")
    if len(fields) < 2:
        raise ConfigError(f"{path}: there is nothing to compare; name columns with --column THEIRS=OURS ({', '.join(FIELDS)})")
    unread: list[Unread] = []
    for name in fields:
        texts = [str(value).strip() for value in frame[name]]
        read = {text: _value(name, text, dates) for text in set(texts)}
        wrong = {text for text, value in read.items() if value is _WRONG}
        if wrong:
            unread += [Unread(int(row), name, text) for row, text in zip(frame["row"], texts, strict=True) if text in wrong]
        frame[name] = pd.Series([None if text in wrong else read[text] for text in texts], dtype=object, index=frame.index)
    frame = frame[[*fields, "row"]].astype(object)
    return Theirs(frame, fields, tuple(unread), ignored)


_WRONG = object()


def _value(name: str, text: str, dates: DateFormat) -> object:
    """What a text says; None for nothing, `_WRONG` for what it cannot be."""
    if not text:
        return None
    try:
        if name == "order_number":
            return text.upper()
        if name == "line" or name in QUANTITIES:
            number = Decimal(text)
            return int(number) if number.is_finite() and number == number.to_integral_value() and abs(number) < 10**9 else _WRONG
        if name in AMOUNTS:
            amount = Decimal(text)
            return amount if amount.is_finite() else _WRONG
        if name in DAYS:
            return datetime.strptime(text, _DATES[dates]).date()  # noqa: DTZ007 - a day has no zone
    except (InvalidOperation, ValueError):
        return _WRONG
    return _STATUS.get(text.lower(), text) if name == "status" else text


def _separator(path: Path) -> str:
    """What parts the columns of the heading."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading = file.readline(100_000)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return max((",", ";", "\t", "|"), key=heading.count)


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(heading).strip().lower()).strip("_")

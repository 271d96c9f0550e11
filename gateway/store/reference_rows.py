"""Master data that documents bring along: vendors, carriers, products and vendor items seen for the first time (sdf 2.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.domain.master import MasterKind
from gateway.domain.outcome import NewItem, NewReference, NewVendorItem
from gateway.domain.reference import Carrier, Vendor
from gateway.kernel.typed import convert
from gateway.store import tables
from gateway.store.dialects import fetch_rows, insert_missing
from gateway.store.session import Tx

_VENDOR = ("code", "name", "email", "contact", "active", "preferences", "made_at")
_CARRIER = ("code", "name", "active", "requires_tracking", "requires_weight", "requires_freight", "made_at")
_ITEM = ("code", "description", "made_at")
_VENDOR_ITEM = ("vendor", "item", "vendor_item", "description", "made_at")


def name_of(new: NewReference) -> tuple[str, ...]:
    """What tells one row of master data from another."""
    match new:
        case NewVendorItem():
            return ("vendor item", new.vendor, new.item)
        case _:
            return (type(new).__name__, new.code)


def insert_reference(tx: Tx, rows: Iterable[NewReference], *, at: datetime) -> None:
    """Insert what is not there yet, each table sorted by its code; what somebody else brought first stays as it is."""
    found: defaultdict[type, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        match row:
            case Vendor():
                found[Vendor].append((row.code, row.name, row.email, row.contact, row.active, row, at))
            case Carrier():
                flags = (row.requires_tracking, row.requires_weight, row.requires_freight)
                found[Carrier].append((row.code, row.name, row.active, *flags, at))
            case NewItem():
                found[NewItem].append((row.code, row.description, at))
            case NewVendorItem():
                found[NewVendorItem].append((row.vendor, row.item, row.vendor_item, row.description, at))
    insert_missing(tx, tables.carrier, _CARRIER, found[Carrier], key=("code",))
    insert_missing(tx, tables.item, _ITEM, found[NewItem], key=("code",))
    insert_missing(tx, tables.vendor, _VENDOR, found[Vendor], key=("code",))
    insert_missing(tx, tables.vendor_item, _VENDOR_ITEM, found[NewVendorItem], key=("vendor", "item"))


def made_vendors(connection: Connection, codes: Iterable[str]) -> dict[str, Vendor]:
    """The vendors among these codes that documents have brought."""
    rows = fetch_rows(connection, tables.vendor, ("code",), [(code,) for code in codes], ("code", "preferences"))
    return {row.code: convert(row.preferences, Vendor) for row in rows}


def made_carriers(connection: Connection, codes: Iterable[str]) -> dict[str, Carrier]:
    """The carriers among these codes that documents have brought."""
    columns = _CARRIER[:-1]
    rows = fetch_rows(connection, tables.carrier, ("code",), [(code,) for code in codes], columns)
    return {row.code: Carrier(**{name: getattr(row, name) for name in columns}) for row in rows}


def brought_codes(connection: Connection, kind: MasterKind) -> set[str]:
    """The codes of every vendor, or carrier, that orders have brought."""
    table = tables.vendor if kind is MasterKind.VENDOR else tables.carrier
    return set(connection.execute(select(table.c.code)).scalars())

"""The business: pure rules, values in and values out. No I/O, no clock."""

from __future__ import annotations

from gateway.domain.acknowledge import acknowledge
from gateway.domain.answer import entry, refused_file, result
from gateway.domain.balance import is_out_of_balance, total_of
from gateway.domain.batch import cut, select
from gateway.domain.billing import upload
from gateway.domain.digest import difference, digest_of
from gateway.domain.extract import Wanted, again, extract, request
from gateway.domain.feed import status_change
from gateway.domain.header import file_rules
from gateway.domain.history import AMERICAN, Event, HistoryEntry, NoteStyle, Parts, action, note
from gateway.domain.order import KeyState, Line, LineStatus, OrderKey, OrderStatus, PurchaseOrder, Stage
from gateway.domain.origin import Origin, Source, Via
from gateway.domain.outcome import Missing, Outcome, Verdict, refused
from gateway.domain.receive import create
from gateway.domain.reference import Brand, Carrier, Location, Organization, Reference, System, Vendor
from gateway.domain.ship import ship

__all__ = [
    "AMERICAN",
    "Brand",
    "Carrier",
    "Event",
    "HistoryEntry",
    "KeyState",
    "Line",
    "LineStatus",
    "Location",
    "Missing",
    "NoteStyle",
    "OrderKey",
    "OrderStatus",
    "Organization",
    "Origin",
    "Outcome",
    "Parts",
    "PurchaseOrder",
    "Reference",
    "Source",
    "Stage",
    "System",
    "Vendor",
    "Verdict",
    "Via",
    "Wanted",
    "acknowledge",
    "action",
    "again",
    "create",
    "cut",
    "difference",
    "digest_of",
    "entry",
    "extract",
    "file_rules",
    "is_out_of_balance",
    "note",
    "refused",
    "refused_file",
    "request",
    "result",
    "select",
    "ship",
    "status_change",
    "total_of",
    "upload",
]

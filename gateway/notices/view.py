"""What a text of a notice can show: plain names for everything that is known, with a table of them that texts are checked against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.domain import history
from gateway.domain.formats import Formats
from gateway.domain.notice import NoticeKind
from gateway.domain.reference import Reference, Vendor
from gateway.store.notices import Noted
from gateway.transports import shown

View = dict[str, Any]

ISSUE = ("code", "where", "text", "field", "value", "line")
ENTRY = (
    *("at", "vendor", "vendor_name", "order", "line", "item", "quantity", "lines", "pieces", "action", "note", "actor", "reason"),
    *("status", "due_on", "currency", "amount", "before", "after", "invoice", "state", "batch", "document", "place", "where", "issues"),
)
FILE = ("name", "connector", "channel", "message", "received_at", "taken", "refused", "waiting", "is_read")
WORDS = MappingProxyType(
    {
        "kind": (),
        "count": (),
        "more": (),
        "made_at": (),
        "reply_to": (),
        "organization": ("code", "name"),
        "vendor": ("code", "name", "contact"),
        "file": FILE,
        "entries": ENTRY,
    }
)
"""What a text may name, and the parts of it; `entries` is a list of such parts, and `issues` of an entry one of `ISSUE`."""
LISTS = frozenset({"entries", "issues"})


def view(
    kind: NoticeKind,
    noted: Sequence[Noted],
    *,
    vendor: Vendor | None,
    reference: Reference,
    formats: Formats,
    most: int,
    at: datetime,
    reply_to: str = "",
) -> View:
    """Everything one mail may show; of many things the first `most`, and how many more there are."""
    first = noted[0]
    has_file = kind.is_of_a_file and bool(first.file_name)
    return {
        "kind": kind.value,
        "count": len(noted),
        "more": max(0, len(noted) - most),
        "made_at": at,
        "reply_to": reply_to,
        "organization": {"code": reference.organization.code, "name": reference.organization.name or reference.organization.code},
        "vendor": _vendor(vendor, first.notice.vendor),
        "file": _file(first) if has_file else dict.fromkeys(FILE, ""),
        "entries": [_entry(one, reference, formats) for one in noted[:most]],
    }


def _vendor(vendor: Vendor | None, code: str) -> View:
    if vendor is None:
        return {"code": code, "name": code, "contact": ""}
    return {"code": vendor.code, "name": vendor.name or vendor.code, "contact": vendor.contact}


def _file(it: Noted) -> View:
    return {
        "name": shown(it.file_name),
        "connector": it.connector,
        "channel": it.channel,
        "message": it.notice.message_id,
        "received_at": it.received_at,
        "taken": it.taken,
        "refused": it.refused,
        "waiting": it.waiting,
        "is_read": it.is_read,
    }


def _entry(it: Noted, reference: Reference, formats: Formats) -> View:
    fact, vendor = it.notice.fact, reference.vendors.get(it.notice.vendor)
    return {
        "at": it.notice.at,
        "vendor": it.notice.vendor,
        "vendor_name": vendor.name if vendor is not None and vendor.name else it.notice.vendor,
        "order": fact.order,
        "line": fact.line,
        "item": fact.item,
        "quantity": fact.quantity,
        "lines": fact.lines,
        "pieces": fact.pieces,
        "action": history.action(fact.event) if fact.event is not None else "",
        "note": history.note_of(fact.event, fact.parts, formats.note_style) if fact.event is not None else "",
        "actor": fact.actor,
        "reason": fact.parts.reason or fact.reason,
        "status": fact.state,
        "due_on": fact.parts.due_on or fact.due_on,
        "currency": fact.currency,
        "amount": fact.amount,
        "before": fact.parts.before,
        "after": fact.parts.after,
        "invoice": fact.invoice,
        "state": fact.state,
        "batch": fact.batch,
        "document": fact.document,
        "place": fact.place,
        "where": fact.where,
        "issues": [{word: getattr(issue, word) for word in ISSUE} for issue in fact.issues],
    }

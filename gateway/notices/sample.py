"""Made-up things to tell, so that a text can be looked at and tried before anything has happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from gateway.domain.formats import Formats
from gateway.domain.history import Event, Parts
from gateway.domain.notice import Fact, Notice, NoticeKind
from gateway.domain.reference import Organization, Reference, Vendor
from gateway.kernel.issues import Issue
from gateway.notices.view import View, view
from gateway.store.notices import Noted

AT = datetime(2026, 6, 22, 14, 5, tzinfo=UTC)
VENDOR = Vendor(code="257", name="Red Panda Outfitters", contact="Lee Panda")
REFERENCE = Reference(organization=Organization(code="1", name="Locate Retail"), vendors={"257": VENDOR})
_HELD = Fact(
    order="AB10747",
    line=1,
    item="BX100 RED",
    quantity=3,
    actor="redpanda",
    state="Held",
    event=Event.HELD,
    parts=Parts(reason="Backordered"),
)
_BAD_ROW = Fact(
    document="shipment",
    place=6,
    where="row 7",
    order="AB10747",
    actor="redpanda",
    issues=(Issue("3044", "4 shipped, 3 open", where="order line 1", field="quantity", value="4", line=1),),
)

FACTS: Mapping[NoticeKind, Fact] = MappingProxyType(
    {
        NoticeKind.RETAILER_CHANGE: _HELD,
        NoticeKind.RETAILER_UPLOAD_ERROR: _BAD_ROW,
        NoticeKind.RETAILER_INVOICE_BALANCE: Fact(
            invoice="RP-2201", state="Held", actor="redpanda", currency="USD", amount=Decimal("29.64")
        ),
        NoticeKind.RETAILER_UNACKNOWLEDGED: Fact(batch=74),
        NoticeKind.VENDOR_NEW_ORDER: Fact(order="AB10747", lines=2, pieces=4, due_on=date(2026, 6, 28)),
        NoticeKind.VENDOR_UPLOAD_ERROR: _BAD_ROW,
        NoticeKind.VENDOR_INVOICE_BALANCE: Fact(
            invoice="RP-2201", state="Rejected", actor="nina", reason="price not agreed", currency="USD", amount=Decimal("29.64")
        ),
        NoticeKind.VENDOR_CHANGE_REQUEST: Fact(
            order="AB10747", line=1, item="BX100 RED", quantity=3, actor="Admin", state="In Process", event=Event.CANCEL_REQUESTED
        ),
        NoticeKind.VENDOR_COST_CHANGE: Fact(
            order="AB10747",
            line=1,
            item="BX100 RED",
            quantity=3,
            actor="Admin",
            currency="USD",
            event=Event.COST_CHANGED,
            parts=Parts(before=Decimal("8.98"), after=Decimal("9.98"), currency="USD"),
        ),
    }
)


def sample_of(kind: NoticeKind, formats: Formats, *, vendor: Vendor = VENDOR, reference: Reference = REFERENCE) -> View:
    """What a mail of that kind would show."""
    message = 4711 if kind.is_of_a_file else None
    noted = Noted(
        id=1,
        notice=Notice(kind=kind, vendor=vendor.code, at=AT, fact=FACTS[kind], message_id=message),
        connector="redpanda",
        channel="shipments",
        file_name=b"SHIP_0622.csv",
        received_at=AT,
        taken=12,
        refused=1,
        is_read=True,
    )
    return view(kind, [noted], vendor=vendor, reference=reference, formats=formats, most=200, at=AT)

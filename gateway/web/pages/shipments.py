"""Shipments: orders with lines to confirm, and the form with which a vendor says what has left its house (sdf 3.6, 6.5, 9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import telling
from gateway.desk.acting import Mode
from gateway.desk.orders import LineSheet, OrderSheet, search_orders, show_order
from gateway.documents import Shipment, ShipmentLine
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.domain.reference import Vendor
from gateway.kernel.errors import RuleBroken
from gateway.store.queries import OrderSearch
from gateway.web import listing
from gateway.web.acts import DO
from gateway.web.forms import Filled
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.desk.telling import Told
    from gateway.web.visit import Visit

ROUTES = Routes()
PARCELS = 10
"""So many parcels of one line can be told at once."""
HEADER = ("carrier", "tracking", "weight", "freight", "shipped_on", "batch", "invoice_number")
EACH = ("quantity", "tracking", "weight", "freight", "carrier", "shipped_on")


@ROUTES.get("/shipments", may=Authority.SHIPPING)
def shipments(visit: Visit) -> Response:
    """Orders with lines In Process: they are printed or sent, and nobody has said that they left."""
    search = OrderSearch(
        vendor=listing.vendor(visit),
        number=listing.text(visit, "number"),
        item=listing.text(visit, "item"),
        batch=listing.number(visit, "batch"),
        line_status=LineStatus.IN_PROCESS,
    )
    page = search_orders(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show("shipments.html", search=search, page=page, paging=listing.paging(visit, page, lambda row: row.id))


@ROUTES.get("/shipments/{number}", may=Authority.SHIPPING)
def form(visit: Visit) -> Response:
    """What can be confirmed of one order."""
    return _shown(visit, _sheet(visit), Filled(visit), None)


@ROUTES.post("/shipments/{number}", may=Authority.SHIPPING)
def confirm(visit: Visit) -> Response:
    """Look at what it would change, or book it; what is wrong stands at its field."""
    sheet, filled = _sheet(visit), Filled(visit)
    shipment = _read(visit, sheet, filled)
    told = None
    mode = Mode.EARNEST if visit.field("step") == DO and not filled.is_wrong else Mode.REHEARSAL
    try:
        # What can be read is judged although something else cannot: all that is wrong is told at once.
        told = telling.ship(visit.desk, shipment, mode=mode) if shipment.lines else None
    except RuleBroken as error:
        filled.blame(error.issues, _names(sheet))
    if mode is Mode.EARNEST and told is not None and not told.is_rejected:
        return visit.show("shipped.html", sheet=sheet, told=told)
    return _shown(visit, sheet, filled, None if filled.is_wrong else told)


def _sheet(visit: Visit) -> OrderSheet:
    return show_order(visit.gateway.store, visit.path["number"], organization=visit.gateway.master.organization, scope=visit.scope)


def _shown(visit: Visit, sheet: OrderSheet, filled: Filled, told: Told | None) -> Response:
    vendor = _vendor(visit, sheet)
    carriers = visit.gateway.master.references.now(visit.gateway.store, carriers=[it.carrier for it in sheet.lines]).carriers
    assigned = [it for code, it in sorted(carriers.items()) if it.active and (not vendor.carriers or code in vendor.carriers)]
    lines = _lines(sheet)
    return visit.show(
        "ship.html",
        status=422 if filled.is_wrong else 200,
        sheet=sheet,
        lines=lines,
        form=filled,
        told=told,
        parcels=_parcels(visit),
        carriers=[("", "as the order says"), *((it.code, f"{it.code} {it.name}") for it in assigned)],
        demands=[it for it in assigned if it.requires_tracking or it.requires_weight or it.requires_freight],
        batches=[("", "any"), *((str(it), str(it)) for it in sorted({it.batch for it in lines if it.batch is not None}))],
        may_bill=vendor.uses_invoicing and visit.may(Authority.INVOICE_MAINTENANCE),
        must_bill=vendor.require_invoice_number,
        unit=visit.gateway.workspace.reference.organization.weight_unit,
    )


def _vendor(visit: Visit, sheet: OrderSheet) -> Vendor:
    code = sheet.document.vendor
    found = visit.gateway.master.references.now(visit.gateway.store, vendors=[code]).vendors.get(code)
    return found or Vendor(code=code)


def _lines(sheet: OrderSheet) -> tuple[LineSheet, ...]:
    return tuple(it for it in sheet.lines if it.status is LineStatus.IN_PROCESS)


def _parcels(visit: Visit) -> int:
    return min(max(listing.number(visit, "parcels") or 1, 1), PARCELS)


def _names(sheet: OrderSheet) -> list[str]:
    """The fields that the form has; of a line the first parcel bears what is wrong with it."""
    return [*HEADER, *(f"{name}.{line.number}" for line in _lines(sheet) for name in EACH)]


def _read(visit: Visit, sheet: OrderSheet, filled: Filled) -> Shipment:
    lines = [
        line
        for it in _lines(sheet)
        for parcel in range(_parcels(visit))
        if (line := _line(filled, it, f"{it.number}" if parcel == 0 else f"{it.number}.{parcel}")) is not None
    ]
    if not lines and not filled.is_wrong:
        filled.general.append("No quantity is told: say how many of each line have left.")
    return Shipment(
        order_number=sheet.number,
        lines=tuple(lines),
        carrier=filled.text("carrier", most=10) or None,
        tracking=_tracking(filled, "tracking"),
        shipped_on=filled.day("shipped_on"),
        weight=filled.amount("weight"),
        freight=filled.amount("freight"),
        batch=filled.whole("batch"),
        invoice_number=(filled.text("invoice_number", most=22) or None) if visit.may(Authority.INVOICE_MAINTENANCE) else None,
    )


def _line(filled: Filled, it: LineSheet, place: str) -> ShipmentLine | None:
    """One parcel of a line; None where nothing of it has left."""
    quantity = filled.whole(f"quantity.{place}")
    if not quantity:
        return None
    return ShipmentLine(
        number=it.number,
        quantity=quantity,
        carrier=filled.text(f"carrier.{place}", most=10) or filled.value("carrier") or it.carrier or None,
        tracking=_tracking(filled, f"tracking.{place}"),
        weight=filled.amount(f"weight.{place}"),
        freight=filled.amount(f"freight.{place}"),
        shipped_on=filled.day(f"shipped_on.{place}"),
    )


def _tracking(filled: Filled, name: str) -> tuple[str, ...]:
    """Numbers parted by blanks or commas."""
    return tuple(filled.text(name, most=1000).replace(",", " ").split())

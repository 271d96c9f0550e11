"""The order that an address names, as every page about it shows it: within the scope of who looks, in their way of reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.desk.order_changes import address_waits, changes_by_entry
from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import Authority
from gateway.web.personal import masked
from gateway.web.routes import segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit


def sheet_of(visit: Visit) -> OrderSheet:
    """The order, or NotFound in the same words for one beyond the scope."""
    gateway = visit.gateway
    return show_order(
        gateway.store, visit.path["number"], organization=gateway.master.organization, scope=visit.scope, style=visit.reading.notes
    )


def told_of(visit: Visit, sheet: OrderSheet, *, seen_for: str = "") -> dict[str, Any]:
    """What templates about the order need: itself, its names from the master data, and its document as far as who looks may see it.

    `seen_for` is the reason why somebody sees people in an emergency, once that is written down.
    """
    told = sheet.document
    carriers = {sheet.ship_via, *(line.carrier for line in sheet.lines)}
    reference = visit.gateway.master.references.now(visit.gateway.store, vendors=[told.vendor], carriers=carriers)
    document = told if seen_for or visit.may(Authority.PERSONAL_DATA) else masked(told)
    return {
        "at": f"/orders/{segment(sheet.number)}",
        "sheet": sheet,
        "document": document,
        "is_masked": document is not told,
        "seen_for": seen_for,
        "items": {line.number: line for line in sheet.lines},
        "changes": changes_by_entry(sheet),
        "address_waits_now": address_waits(sheet),
        "vendor": reference.vendors.get(told.vendor),
        "brand": reference.brands.get(told.brand),
        "location": reference.locations.get(told.location),
        "carrier": reference.carriers.get(sheet.ship_via),
        "carriers": reference.carriers,
    }

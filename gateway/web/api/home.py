"""What a vendor has to do, counted: the numbers of its first page (sdf 9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk.slips import vendor_of
from gateway.desk.vendor_home import Day, Due, vendor_home
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.domain.outcome import InvoiceState
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown
from gateway.web.api.operations import Api
from gateway.web.api.slips import vendor_named

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class HomeQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which vendor, which a key without vendor names; of one brand, or of all."""

    vendor: str | None = None
    brand: str | None = None


class HomeSheet(Struct, frozen=True, kw_only=True):
    """What waits for a vendor; what the key may not see is null, and so are files and invoices where a brand is named: they have none."""

    vendor: str
    brand: str | None
    lines: Mapping[LineStatus, int]
    """Open ones."""
    late: int
    """Of them, those whose day has passed."""
    due: Due
    requests: int | None
    """Cancels and address changes that wait for an answer."""
    files_not_taken: int | None
    """Within the last week."""
    uninvoiced: int | None
    """Shipments to invoice."""
    invoices: Mapping[InvoiceState, int] | None
    week: tuple[Day, ...]


@API.get("/home", may=Authority.ORDERS, query=HomeQuery, answer=HomeSheet)
def get_home(visit: Visit, asked: HomeQuery) -> HomeSheet:
    """What a vendor has to do: lines that are new, held, to ship and late, requests, files not taken, invoices, and its week."""
    gateway = visit.gateway
    vendor = vendor_of(visit.desk, vendor_named(visit, asked.vendor))
    brands = visit.desk.master.references.now(gateway.store).brands
    if asked.brand is not None and asked.brand not in brands:
        raise NotFound(unknown(asked.brand, brands, what="brand"), remedy="See which there are: gateway brand list")
    found = vendor_home(
        gateway.store,
        vendor.code,
        scope=visit.scope_of(vendor.code),
        partial=vendor.invoice_partial_shipments,
        today=visit.today,
        now=gateway.clock.now(),
        brand=asked.brand,
    )
    is_whole = asked.brand is None
    may_bill = is_whole and vendor.uses_invoicing and visit.may(Authority.INVOICES)
    return HomeSheet(
        vendor=vendor.code,
        brand=asked.brand,
        lines={status: number for status, number in found.lines.items() if status.is_open},
        late=found.late,
        due=found.due,
        requests=found.requests if visit.may(Authority.CHANGE_REQUESTS) else None,
        files_not_taken=found.refused_files if is_whole and visit.may(Authority.FILES) else None,
        uninvoiced=found.uninvoiced if may_bill else None,
        invoices={state: found.invoices.get(state, 0) for state in InvoiceState} if may_bill else None,
        week=found.week,
    )

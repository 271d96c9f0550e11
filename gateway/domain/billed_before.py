"""What an invoice that comes again bills otherwise than the stored one of its number, order line by order line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway.documents import Invoice, InvoiceLine
from gateway.domain.digest import NOTHING, shown
from gateway.domain.outcome import InvoiceDocument, InvoiceLineState
from gateway.kernel.issues import Difference
from gateway.kernel.money import ZERO

_CHARGES = ("freight", "handling", "other")
Place = tuple[str, str]
"""An order and its line, by number or, where the detail names none, by item."""
Said = dict[str, object]


def details(document: Invoice, told: InvoiceDocument, existing: InvoiceDocument) -> list[Difference]:
    """Field by field. `told` holds the details that match what is billed already, the document those that do not."""
    before, now = _by_place(existing.lines), _by_place(told.lines)
    for detail in document.lines:
        place = _place(detail, document)
        if place not in now and not _is_matched(detail, told):
            now[place] = {"quantity": detail.quantity, "unit_cost": detail.unit_cost}
    found: list[Difference] = []
    for place in sorted({*before, *now}):
        path = f"order {place[0]} line {place[1]}"
        if place not in before or place not in now:
            found.append(Difference(path, _sentence(before.get(place)), _sentence(now.get(place))))
            continue
        pairs = [(name, before[place][name], value) for name, value in now[place].items()]
        found += [Difference(f"{path} {name}", shown(old), shown(new)) for name, old, new in pairs if old != new]
    return found or [Difference("details", "other shipments of these lines", "other shipments of these lines")]


def _by_place(lines: Iterable[InvoiceLineState]) -> dict[Place, Said]:
    """What is billed of each order line, its shipments together."""
    found: dict[Place, list[InvoiceLineState]] = {}
    for line in lines:
        found.setdefault((line.order_number, str(line.order_line)), []).append(line)
    return {place: _sum(some) for place, some in found.items()}


def _sum(lines: list[InvoiceLineState]) -> Said:
    costs = sorted({line.unit_cost for line in lines})
    charges = {name: sum((getattr(line, name) for line in lines), ZERO) for name in _CHARGES}
    return {"quantity": sum(line.quantity for line in lines), "unit_cost": costs[0] if len(costs) == 1 else tuple(costs), **charges}


def _place(detail: InvoiceLine, document: Invoice) -> Place:
    what = str(detail.number) if detail.number is not None else detail.item or detail.vendor_item or detail.gtin or ""
    return (detail.order_number or document.order_number or "").upper(), what


def _is_matched(detail: InvoiceLine, told: InvoiceDocument) -> bool:
    """Whether a detail that names its line by item is among those that match."""
    return detail.number is None and any(line.item == detail.item for line in told.lines)


def _sentence(said: Said | None) -> str:
    if said is None:
        return NOTHING
    cost = said["unit_cost"]
    return f"{said['quantity']} at {cost if isinstance(cost, Decimal) else shown(cost)}"

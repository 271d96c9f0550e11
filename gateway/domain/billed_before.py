"""What an invoice says otherwise than before: one that comes again with other content, or one that was edited."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.documents import Invoice, InvoiceLine
from gateway.domain.digest import NOTHING, shown
from gateway.domain.outcome import InvoiceDocument, InvoiceLineState
from gateway.kernel.issues import Difference
from gateway.kernel.money import ZERO

HEADER = ("date", "description", "other_description", "freight", "handling", "other", "discount_percent", "discount_days", "gross_days")
"""What of the header may be edited (sdf 9.3)."""
_CHARGES = ("freight", "handling", "other")
Place = tuple[str, str]
"""An order and its line, by number or, where the detail names none, by item."""
Said = dict[str, object]


def between(before: InvoiceDocument, after: InvoiceDocument) -> list[Difference]:
    """Field by field, lines by their order lines, so that it does not matter by which way the same was changed."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in HEADER]
    found = [Difference(name, shown(old), shown(new)) for name, old, new in pairs if old != new]
    old_lines, new_lines = _by_place(before.lines), _by_place(after.lines)
    for place in sorted({*old_lines, *new_lines}):
        found += _of_place(place, old_lines.get(place), new_lines.get(place))
    return found


def details(document: Invoice, told: InvoiceDocument, existing: InvoiceDocument) -> list[Difference]:
    """Field by field. `told` holds the details that match what is billed already, the document those that do not."""
    before, now = _by_place(existing.lines), _by_place(told.lines)
    for detail in document.lines:
        place = _place(detail, document)
        if place not in now and not _is_matched(detail, told):
            now[place] = {"quantity": detail.quantity, "unit_cost": detail.unit_cost}
    found: list[Difference] = []
    for place in sorted({*before, *now}):
        found += _of_place(place, before.get(place), now.get(place))
    return found or [Difference("details", "other shipments of these lines", "other shipments of these lines")]


def _of_place(place: Place, before: Said | None, now: Said | None) -> list[Difference]:
    path = f"order {place[0]} line {place[1]}"
    if before is None or now is None:
        return [Difference(path, _sentence(before), _sentence(now))]
    pairs = [(name, before[name], value) for name, value in now.items()]
    return [Difference(f"{path} {name}", shown(old), shown(new)) for name, old, new in pairs if old != new]


def _by_place(lines: Iterable[InvoiceLineState]) -> dict[Place, Said]:
    """What is billed of each order line, its shipments together."""
    found: dict[Place, list[InvoiceLineState]] = {}
    for line in lines:
        found.setdefault((line.order_number, str(line.order_line)), []).append(line)
    return {place: _sum(some) for place, some in found.items()}


def _sum(lines: list[InvoiceLineState]) -> Said:
    costs = sorted({line.unit_cost for line in lines})
    charges = {name: sum((getattr(line, name) for line in lines), ZERO) for name in _CHARGES}
    said: Said = {"quantity": sum(line.quantity for line in lines), "unit_cost": costs[0] if len(costs) == 1 else tuple(costs), **charges}
    return {**said, "other_description": tuple(dict.fromkeys(line.other_description for line in lines if line.other_description))}


def _place(detail: InvoiceLine, document: Invoice) -> Place:
    what = str(detail.number) if detail.number is not None else detail.item or detail.vendor_item or detail.gtin or ""
    return (detail.order_number or document.order_number or "").upper(), what


def _is_matched(detail: InvoiceLine, told: InvoiceDocument) -> bool:
    """Whether a detail that names its line by item is among those that match."""
    return detail.number is None and any(line.item == detail.item for line in told.lines)


def _sentence(said: Said | None) -> str:
    if said is None:
        return NOTHING
    return f"{said['quantity']} at {shown(said['unit_cost'])}"

"""What a shipment says, matched to the order and to what is stored: new parcels, repeated ones, conflicts (sdf 3.6).

What was told before is found first, by its words and not by the state of the order: a shipment sent again is a duplicate whatever
has become of its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Shipment, ShipmentLine
from gateway.domain.digest import shown
from gateway.domain.order import Line
from gateway.domain.outcome import ShipmentRecord
from gateway.domain.parcel_marks import odd_marks
from gateway.domain.shippable import Frame, document_issues, line_issues
from gateway.kernel.issues import Difference, Issue, Severity
from gateway.kernel.money import ZERO


class Parcel(Struct, frozen=True, kw_only=True, gc=False):
    """A quantity of one line that has left, with all it inherits from the shipment. `dated` when the vendor told the day."""

    line: int
    quantity: int
    carrier: str
    tracking: tuple[str, ...]
    weight: Decimal
    freight: Decimal
    shipped_on: date
    dated: bool
    key: str
    package: str
    lot: str
    serials: tuple[str, ...]


class Opened(Struct, frozen=True, gc=False):
    """A shipment taken apart: what is new, words about what was told before, conflicts with it, what is wrong, and what is only odd."""

    parcels: tuple[Parcel, ...]
    repeated: tuple[Issue, ...]
    conflicts: tuple[Issue, ...]
    issues: tuple[Issue, ...]
    odd: tuple[Issue, ...] = ()


def opened(document: Shipment, around: Frame, shipments: Sequence[ShipmentRecord]) -> Opened:
    """Match and check every line; an issue that concerns the whole shipment is told once.

    Weight and freight of the shipment go to its first line without its own, so that their sums stay what was told.
    """
    parcels: list[Parcel] = []
    repeated: list[Issue] = []
    conflicts: list[Issue] = []
    odd: list[Issue] = []
    issues = document_issues(document, around)
    left = list(shipments)
    count: dict[str, int] = {}
    weight, freight = document.weight or ZERO, document.freight or ZERO
    for line in document.lines:
        meant = _meant(line, around)
        candidates = [_parcel(line, it, document, around) for it in meant]
        before = next(((it, known) for it in candidates for known in left if _is_same(it, known)), None)
        target = _target(line, meant, document)
        parcel = before[0] if before else next((it for it in candidates if target and it.line == target.number), None)
        own_weight, own_freight = line.weight is not None, line.freight is not None
        if parcel is not None:
            count[parcel.key] = number = count.get(parcel.key, 0) + 1
            parcel = replace(
                parcel,
                weight=parcel.weight if own_weight else weight,
                freight=parcel.freight if own_freight else freight,
                key=parcel.key if number == 1 else f"{parcel.key}#{number}",
            )
            weight, freight = weight if own_weight else ZERO, freight if own_freight else ZERO
        if before is not None:
            left.remove(before[1])
            repeated.append(_repeated(before[0]))
            continue
        issues += line_issues(line, target, document, around)
        other = _conflicts(candidates, shipments)
        conflicts += other
        if parcel is not None and not other:
            parcels.append(parcel)
            odd += [*_other_item(line, target), *odd_marks(line, parcel.line)]
    return Opened(tuple(parcels), tuple(repeated), tuple(conflicts), tuple(dict.fromkeys(issues)), tuple(dict.fromkeys(odd)))


def shipment_key(order: str, line: int, quantity: int, *, carrier: str, tracking: Sequence[str], shipped_on: date) -> str:
    """The duplicate key of a shipped quantity inside its vendor (sdf 3.6); `#2` follows where one shipment says the same twice."""
    parts = (order, str(line), str(quantity), carrier, shipped_on.isoformat(), *tracking)
    return "|".join([part.replace("%", "%25").replace("|", "%7C").replace("#", "%23") for part in parts])


def _meant(line: ShipmentLine, around: Frame) -> list[Line]:
    """The order lines that may be meant: the one of that number, else all with that item, the oldest batch first (sdf 6.5)."""
    if line.number is not None:
        found = around.order.line(line.number)
        return [] if found is None else [found]
    return sorted((it for it in around.order.lines if _is_item(line, it)), key=_oldest_batch)


def _is_item(line: ShipmentLine, it: Line) -> bool:
    return any(told and told == known for told, known in _items(line, it))


def _items(line: ShipmentLine, it: Line) -> tuple[tuple[str | None, str], ...]:
    """What the shipment calls the item, and what the order does."""
    return ((line.item, it.item), (line.vendor_item, it.vendor_item), (line.gtin, it.gtin))


def _other_item(line: ShipmentLine, target: Line | None) -> list[Issue]:
    """The number of the line decides which one is meant; where another item stands beside it, somebody should look."""
    told = [(said, known) for said, known in _items(line, target) if said and known] if target is not None else []
    if target is None or not told or any(said == known for said, known in told):
        return []
    said, known = told[0]
    text = f"item '{said}' was shipped where '{known}' was ordered; it is booked as line {target.number}"
    where = f"line {target.number}"
    return [Issue("SHP-03", text, where=where, field="item", value=(said or "")[:80], line=target.number, severity=Severity.WARNING)]


def _oldest_batch(line: Line) -> tuple[bool, int, int]:
    return line.batch is None, line.batch or 0, line.number


def _target(line: ShipmentLine, meant: Sequence[Line], document: Shipment) -> Line | None:
    """Of the lines that may be meant, the first in the named batch with enough open."""
    inside = [it for it in meant if document.batch in {None, it.batch}] or meant
    fitting = [it for it in inside if it.open >= line.quantity] or [it for it in inside if it.open] or inside
    return next(iter(fitting), None)


def _parcel(line: ShipmentLine, target: Line, document: Shipment, around: Frame) -> Parcel:
    carrier = line.carrier or document.carrier or ""
    tracking = tuple([number for number in line.tracking or document.tracking if number])
    told = line.shipped_on or document.shipped_on
    shipped_on = told or around.today
    return Parcel(
        line=target.number,
        quantity=line.quantity,
        carrier=carrier,
        tracking=tracking,
        weight=line.weight or ZERO,
        freight=line.freight or ZERO,
        shipped_on=shipped_on,
        dated=told is not None,
        key=shipment_key(around.order.number, target.number, line.quantity, carrier=carrier, tracking=tracking, shipped_on=shipped_on),
        package=line.package or "",
        lot=line.lot or "",
        serials=line.serials,
    )


def _is_same(parcel: Parcel, known: ShipmentRecord) -> bool:
    """By line, quantity, carrier, tracking and day. The day of processing tells nothing: undated, the tracking number decides."""
    same = (parcel.line, parcel.quantity, parcel.carrier, parcel.tracking) == (known.line_no, known.quantity, known.carrier, known.tracking)
    return same and (parcel.shipped_on == known.shipped_on or (not parcel.dated and bool(parcel.tracking)))


def _repeated(parcel: Parcel) -> Issue:
    text = f"line {parcel.line}, quantity {parcel.quantity} was shipped before with the same words"
    return Issue("SHP-01", text, where=f"line {parcel.line}", line=parcel.line, severity=Severity.WARNING)


def _conflicts(candidates: Sequence[Parcel], shipments: Sequence[ShipmentRecord]) -> list[Issue]:
    """A tracking number belongs to one parcel of a line: told again with other content it is a conflict."""
    for parcel in candidates:
        for known in shipments:
            if known.line_no != parcel.line or not set(known.tracking) & set(parcel.tracking):
                continue
            text = (
                f"tracking number {parcel.tracking[0]} was told before with quantity {known.quantity}, carrier {known.carrier}, "
                f"ship date {known.shipped_on}; now quantity {parcel.quantity}, carrier {parcel.carrier}, ship date {parcel.shipped_on}"
            )
            return [
                Issue(
                    "SHP-02",
                    text,
                    where=f"line {parcel.line}",
                    field="tracking",
                    value=parcel.tracking[0][:80],
                    line=parcel.line,
                    differences=_differences(parcel, known),
                )
            ]
    return []


def _differences(parcel: Parcel, known: ShipmentRecord) -> tuple[Difference, ...]:
    """What is told otherwise of the parcel with that tracking number."""
    names = ("quantity", "carrier", "shipped_on", "tracking")
    pairs = [(name, getattr(known, name), getattr(parcel, name)) for name in names]
    return tuple([Difference(f"line {parcel.line} {name}", shown(before), shown(now)) for name, before, now in pairs if before != now])

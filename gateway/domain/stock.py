"""What vendors say they have (sdf 4.9; 846): the newest word about an item counts, whenever it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.documents import Inventory, InventoryItem
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, StockLevel, StockTold, Verdict, refused
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.instants import in_utc
from gateway.kernel.issues import Issue, Severity

Levels = Mapping[tuple[str, str], StockLevel]
AHEAD = timedelta(days=1)
"""How far the vendor's clock may be ahead; what is told for later would stand against all newer words until then."""


def named(item: InventoryItem) -> str:
    """The number under which the item is kept: the retailer's, else the vendor's own, else its GTIN."""
    return item.item or item.vendor_item or item.gtin or ""


def take_stock(document: Inventory, *, known: Levels, reference: Reference, origin: Origin, at: datetime) -> Outcome:
    """Book what the vendor says it has, all or nothing; older than what is known is a duplicate with STK-03.

    `known` holds what is stored of the items by vendor and item. A time without an offset is the business's; none is now.
    """
    key = document.reference or ",".join(dict.fromkeys(named(item) for item in document.items))[:35]
    spoken = speaker(document.vendor, None, envelope=document.envelope, reference=reference, origin=origin)
    issues = [*spoken.issues]
    for number, item in enumerate(document.items, start=1):
        where = f"item {number}" if len(document.items) > 1 else ""
        if not named(item):
            issues.append(Issue("STK-01", "the item is missing", where=where, field="item", kind="missing"))
        if item.available < 0:
            text = f"{item.available} available; nobody has less than nothing"
            issues.append(Issue("STK-02", text, where=where, field="available", value=str(item.available)))
    as_of = _instant(document.as_of, reference, at)
    if as_of is None:
        text = f"the time {document.as_of} is not possible: {POSSIBLE}"
        issues.append(Issue("STK-04", text, field="as_of", value=str(document.as_of)))
    elif as_of - at > AHEAD:
        text = f"the time {in_utc(as_of)} lies ahead; {in_utc(at + AHEAD)} is the latest possible"
        issues.append(Issue("STK-04", text, field="as_of", value=str(document.as_of)))
    if spoken.vendor is None or as_of is None or issues:
        return refused(*issues, key=key)
    vendor = spoken.vendor.code
    levels = [
        StockLevel(
            vendor=vendor,
            item=named(item),
            available=item.available,
            as_of=as_of,
            next_quantity=item.next_quantity,
            next_on=item.next_on,
            status=item.status or "",
        )
        for item in document.items
    ]
    new = [level for level in levels if _is_news(level, known.get((vendor, level.item)))]
    if new:
        return Outcome(verdict=Verdict.BOOKED, key=key, changes=(StockTold(tuple(new)),))
    last = max((found.as_of for level in levels if (found := known.get((vendor, level.item))) is not None), default=at)
    if last > as_of:
        told = Issue("STK-03", f"what is known is newer: of {last.isoformat(timespec='seconds')}", field="as_of", severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=key, issues=(told,))
    return Outcome(verdict=Verdict.DUPLICATE, key=key)


def _is_news(level: StockLevel, known: StockLevel | None) -> bool:
    return known is None or level.as_of > known.as_of or (level.as_of == known.as_of and level != known)


def _instant(as_of: datetime | None, reference: Reference, at: datetime) -> datetime | None:
    """The instant in UTC; None when its year is not possible, so that no calendar ends."""
    if as_of is None:
        return at
    if not is_possible(as_of):
        return None
    local = as_of if as_of.tzinfo is not None else as_of.replace(tzinfo=ZoneInfo(reference.organization.zone))
    return local.astimezone(UTC)

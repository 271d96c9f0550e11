"""Closing totals against what is there: CTT of X12, CNT of EDIFACT (edi 10.6). One that fits a usual way to count is right."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Finding, Level, Tolerance, Treat
from gateway.formats.edi.guide import Guide, Sum, Total
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Segment, Standard, component, element_of

ITEMS = "items"


def total_findings(root: Loop, guide: Guide, set_: Set, tags: tuple[str, ...], tolerance: Tolerance) -> None:
    """Add a finding for each total of a set that counts otherwise."""
    if tolerance.totals is Treat.ACCEPT or not guide.totals:
        return
    closing = guide.totals[0].tag
    if closing not in tags:
        return
    for position, segment in enumerate(set_.segments, 1):
        if segment[0] == closing:
            for total in guide.totals:
                if _holds(total, segment, set_):
                    _compare(total, position, root, set_, tags, tolerance.totals)


def count_of(tag: str, root: Loop, tags: tuple[str, ...]) -> int:
    """How often a segment stands in a set; `items` are the item levels."""
    if tag == ITEMS:
        return sum(1 for loop in root.all() if loop.level == "I")
    return tags.count(tag)


def number_of(text: str) -> Decimal | None:
    """A number as partners write it, with point or comma; nothing when it is none."""
    if text.isdigit():
        return Decimal(text)
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _holds(total: Total, segment: Segment, set_: Set) -> bool:
    return not total.when or component(element_of(segment, total.element), 1, set_.delimiters) == total.when


def _compare(total: Total, position: int, root: Loop, set_: Set, tags: tuple[str, ...], treat: Treat) -> None:
    told = _value(set_.segments[position - 1], total.element, total.component, set_)
    number = number_of(told)
    if not told or number is None:
        return
    if total.count:
        counts = [count_of(tag, root, tags) for tag in total.count]
        if number in counts:
            return
        kind, what = "count_differs", " or ".join(f"{count} {tag}" for count, tag in zip(counts, total.count, strict=True))
    else:
        sums = [_sum(one, root, set_) for one in total.sums]
        if number in sums:
            return
        kind, what = "total_differs", f"{' or '.join(map(str, dict.fromkeys(sums)))} in all"
    text = f"{total.tag} says {told}, there are {what}"
    code = "7" if set_.standard is Standard.X12 else "12"
    spot = set_.spot(position, total.element, total.component)
    set_.findings.append(Finding(Level.ELEMENT, kind, text, spot, code, told, treat.severity))


def _sum(one: Sum, root: Loop, set_: Set) -> Decimal:
    values = [_value(segment, one.element, one.component, set_) for segment in _summed(one, root, set_)]
    if all(map(str.isdigit, values)):
        return Decimal(sum(map(int, values)))
    return sum((value for value in map(number_of, values) if value is not None), Decimal(0))


def _summed(one: Sum, root: Loop, set_: Set) -> Iterator[Segment]:
    """The segments that are summed up: of a loop only the first one each, as the others count something else."""
    if not one.inside:
        yield from (segment for segment in set_.segments if segment[0] == one.tag)
        return
    for loop in root.all():
        is_meant = loop.level == "I" if one.inside == ITEMS else loop.name == one.inside
        first = loop.first(one.tag) if is_meant else None
        if first is not None:
            yield first


def _value(segment: Segment, element: int, part: int, set_: Set) -> str:
    raw = element_of(segment, element)
    if part or not isinstance(raw, str):
        return component(raw, part or 1, set_.delimiters) or ""
    return raw

"""Closing totals against what is there: CTT of X12, CNT of EDIFACT (edi 10.6). One that fits a usual way to count is right."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Finding, Level, Tolerance, Treat
from gateway.formats.edi.guide import Guide, Sum, Total
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Segment, Standard, component, element_of

ITEMS = "items"
LONGEST = 40
"""No number of goods or money is longer; what is longer is told where elements are looked at."""


def total_findings(root: Loop, guide: Guide, set_: Set, tags: tuple[str, ...], tolerance: Tolerance) -> None:
    """Add a finding for each total of a set that counts otherwise."""
    if tolerance.totals is Treat.ACCEPT or not guide.totals:
        return
    for at in places_of(guide.totals[0].tag, tags):
        for total in guide.totals:
            if not total.when or _value(set_.segments[at], total.element, 1, set_) == total.when:
                _compare(total, at + 1, root, set_, tags, tolerance.totals)


def places_of(tag: str, tags: tuple[str, ...]) -> list[int]:
    """Where a segment stands in a set, from 0."""
    found, at = [], -1
    for _ in range(tags.count(tag)):
        at = tags.index(tag, at + 1)
        found.append(at)
    return found


def count_of(tag: str, root: Loop, tags: tuple[str, ...]) -> int:
    """How often a segment stands in a set; `items` are the item levels."""
    if tag == ITEMS:
        return sum(1 for loop in root.all() if loop.level == "I")
    return tags.count(tag)


def number_of(text: str) -> int | Decimal | None:
    """A number as partners write it, with point or comma; nothing when it is none."""
    if len(text) > LONGEST:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


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
        sums = [_sum(one, root, set_, tags) for one in total.sums]
        if number in sums:
            return
        kind, what = "total_differs", f"{' or '.join(map(str, dict.fromkeys(sums)))} in all"
    text = f"{total.tag} says {told}, there are {what}"
    code = "7" if set_.standard is Standard.X12 else "12"
    spot = set_.spot(position, total.element, total.component)
    set_.findings.append(Finding(Level.ELEMENT, kind, text, spot, code, told, treat.severity))


def _sum(one: Sum, root: Loop, set_: Set, tags: tuple[str, ...]) -> int | Decimal:
    """Of a loop only the first segment each counts, as the others count something else."""
    if one.inside:
        meant = [loop for loop in root.all() if (loop.level == "I" if one.inside == ITEMS else loop.name == one.inside)]
        segments = [first for loop in meant if (first := loop.first(one.tag)) is not None]
    else:
        segments = [set_.segments[at] for at in places_of(one.tag, tags)]
    values = [number_of(_value(segment, one.element, one.component, set_)) for segment in segments]
    return sum([value for value in values if value is not None])


def _value(segment: Segment, element: int, part: int, set_: Set) -> str:
    raw = element_of(segment, element)
    if part or not isinstance(raw, str):
        return component(raw, part or 1, set_.delimiters) or ""
    return raw

"""Closing totals against what is there: CTT of X12, CNT of EDIFACT (edi 10.6). One that fits a usual way to count is right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Finding, Level, Tolerance, Treat
from gateway.formats.edi.forms import Form
from gateway.formats.edi.guide import Guide, Sum, Total
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Segment, Standard, component, element_of

ITEMS = "items"
REMEMBERED = 4_096
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
    spot = set_.spot(position, total.element, total.component, loop=root.names().get(position, ""))
    set_.findings.append(Finding(Level.ELEMENT, kind, text, spot, code, told, treat.severity))


def _sum(one: Sum, root: Loop, set_: Set, tags: tuple[str, ...]) -> int | Decimal:
    segments = set_.segments
    values = [number_of(_value(segments[at], one.element, one.component, set_)) for at in _summed(one, root, tags)]
    return sum([value for value in values if value is not None])


def _summed(one: Sum, root: Loop, tags: tuple[str, ...]) -> list[int]:
    """The segments that are summed up, from 0. Of a loop only the first one each counts, as the others count something else."""
    if not one.inside:
        return places_of(one.tag, tags)
    meant = [loop for loop in root.all() if (loop.level == "I" if one.inside == ITEMS else loop.name == one.inside)]
    return [next(at for at, segment in loop.segments if segment[0] == one.tag) - 1 for loop in meant if loop.first(one.tag) is not None]


class Closing(Struct, frozen=True):
    """A closing total of sets of one form, by the numbers of their values: what is told, and what it may be counted or summed up from.

    `texts` are the counts as they are nearly always written.
    """

    told: int
    when: str
    kind: int | None
    counts: frozenset[int]
    texts: frozenset[str]
    sums: tuple[tuple[int, ...], ...]


def closings(form: Form, guide: Guide) -> tuple[Closing, ...] | None:
    """The totals that sets of a form close with; nothing where one of them needs a look at the set itself."""
    if guide.hierarchy is not None:
        return None
    root, tags = form.node([""] * len(form.places)), tuple(segment[0] for segment in form.bare)
    try:
        return tuple(
            Closing(
                told,
                total.when,
                form.value_at(at + 1, total.element, 1) if total.when else None,
                frozenset(count_of(tag, root, tags) for tag in total.count),
                frozenset(str(count_of(tag, root, tags)) for tag in total.count),
                tuple(tuple(_numbers(form, one, root, tags)) for one in total.sums),
            )
            for at in (places_of(guide.totals[0].tag, tags) if guide.totals else ())
            for total in guide.totals
            if (told := form.value_at(at + 1, total.element, total.component)) is not None
        )
    except LookupError:
        return None


def _numbers(form: Form, one: Sum, root: Loop, tags: tuple[str, ...]) -> list[int]:
    found = [form.value_at(at + 1, one.element, one.component) for at in _summed(one, root, tags)]
    return [number for number in found if number is not None]


def agree(ends: Sequence[Closing], values: Sequence[str]) -> bool:
    """Whether what a set closes with is what is there; where it is not, a closer look tells."""
    for end in ends:
        if end.when and (end.kind is None or values[end.kind] != end.when):
            continue
        text = values[end.told]
        if text in end.texts:
            continue
        told = _NUMBERS[text]
        if told is None:
            return False
        if told not in end.counts and not _is_sum(told, end.sums, values):
            return False
    return True


def _is_sum(told: int | Decimal, sums: Sequence[Sequence[int]], values: Sequence[str]) -> bool:
    for numbers in sums:
        total: int | Decimal = 0
        for number in numbers:
            value = _NUMBERS[values[number]]
            if value is not None:
                total += value
        if total == told:
            return True
    return False


class _Numbers(dict[str, "int | Decimal | None"]):
    """What texts mean as numbers: the first different ones are remembered, which are nearly all that ever come as quantities."""

    def __missing__(self, text: str) -> int | Decimal | None:
        number = number_of(text)
        if len(self) < REMEMBERED and len(text) <= LONGEST:
            self[text] = number
        return number


_NUMBERS = _Numbers()


def _value(segment: Segment, element: int, part: int, set_: Set) -> str:
    raw = element_of(segment, element)
    if part or not isinstance(raw, str):
        return component(raw, part or 1, set_.delimiters) or ""
    return raw

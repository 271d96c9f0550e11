"""A set in words: every segment at the depth of its loop, every element with its name and what its code means. Nothing is masked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from gateway.formats.edi.element_values import is_date
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Finding
from gateway.formats.edi.guide import Element, Guide, Kind, Position, SegmentRule
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Delimiters, Segment, as_text, components, repetitions
from gateway.formats.edi.segments import Element as Raw

LONGEST = 20
"""Longer amounts stay as they stand."""


class Told(Struct, frozen=True):
    """One element or component: its place (`02`, `02.1`), what it is, the value as it stands and what that means."""

    place: str
    name: str
    value: str
    meaning: str = ""


class Line(Struct, frozen=True):
    """One segment: how deep it stands, its place in the set, what it is, its text, its elements, and what is wrong with it."""

    depth: int
    position: int
    tag: str
    name: str
    text: str
    elements: tuple[Told, ...]
    findings: tuple[Finding, ...] = ()


def explained(set_: Set, root: Loop, guide: Guide) -> Iterator[Line]:
    """The segments of a set in their order."""
    depths = {position: depth for loop, depth in _deep(root, 0) for position, _ in loop.segments}
    wrong: dict[int, list[Finding]] = {}
    for finding in set_.findings:
        wrong.setdefault(finding.spot.position, []).append(finding)
    for position, segment in enumerate(set_.segments, 1):
        yield _line(segment, position, depths.get(position, 0), guide, set_.delimiters, tuple(wrong.get(position, ())))


def segment_elements(segment: Segment, rule: SegmentRule | None, delimiters: Delimiters) -> tuple[Told, ...]:
    """The elements of a segment that are there, in words."""
    positions = rule.positions if rule is not None else ()
    told: list[Told] = []
    for at, raw in enumerate(segment[1:], 1):
        if raw:
            told += _element(f"{at:02}", raw, positions[at - 1] if at <= len(positions) else None, delimiters)
    return tuple(told)


def _line(segment: Segment, position: int, depth: int, guide: Guide, delimiters: Delimiters, wrong: tuple[Finding, ...]) -> Line:
    tag: str = segment[0]
    rule = guide.segments.get(tag)
    text = delimiters.element.join(as_text(element, delimiters) for element in segment)
    return Line(depth, position, tag, rule.name if rule else "", text, segment_elements(segment, rule, delimiters), wrong)


def _deep(loop: Loop, depth: int) -> Iterator[tuple[Loop, int]]:
    yield loop, depth
    for inner in loop.loops:
        yield from _deep(inner, depth + 1)


def _element(place: str, raw: Raw, position: Position | None, delimiters: Delimiters) -> Iterator[Told]:
    name = position.name if position is not None else ""
    found = repetitions(raw, delimiters) if position is not None and position.repeat > 1 else (raw,)
    for one in found:
        if position is None or not position.element.parts:
            text = as_text(one, delimiters)
            yield Told(place, name, text, meaning(position.element, text) if position is not None else "")
            continue
        parts = components(one, delimiters)
        for number, text in enumerate(parts, 1):
            part = position.element.parts[number - 1] if number <= len(position.element.parts) else None
            if text:
                yield Told(f"{place}.{number}", part.name if part else name, text, meaning(part.element, text) if part else "")


def meaning(element: Element, text: str) -> str:
    """What a value says where it does not say so itself: a code, a date, a number with implied decimals."""
    if text in element.codes:
        return element.codes[text]
    if element.kind is Kind.DATE and is_date(text):
        year = text[:-4] if len(text) == 8 else ("19" if text >= "80" else "20") + text[:2]
        return f"{year}-{text[-4:-2]}-{text[-2:]}"
    if element.decimals and len(text) <= LONGEST and text.lstrip("-").isdigit() and text.isascii():
        return str(Decimal(text).scaleb(-element.decimals))
    return ""

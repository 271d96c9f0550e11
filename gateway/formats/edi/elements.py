"""The elements of segments against a guide (edi 10.5), made so that a segment without a fault costs next to nothing.

`fits` answers quickly whether there may be something to tell; only then `findings` looks closely.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from operator import contains
from typing import Protocol
from weakref import WeakKeyDictionary

from msgspec import Struct, structs

from gateway.formats.edi.element_faults import Fault, element_faults, relation_faults
from gateway.formats.edi.element_values import WHOLE, X12_NUMBER
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.error_codes import ELEMENT_CODES, OF_GUIDES
from gateway.formats.edi.findings import Finding, Level, Tolerance, Treat
from gateway.formats.edi.guide import Guide, Kind, Position, Relation, SegmentRule, Usage
from gateway.formats.edi.segments import Delimiters, Segment, Standard

ANY_LENGTH = range(1 << 30)
KEPT = 1024
"""So many good values are remembered for a place, so that they are judged once."""
KEPT_TERMS = 64
NUMBERS = {Kind.NUMBER: X12_NUMBER, Kind.WHOLE: WHOLE}
LONG_DATES = "004010"
"""The first release with dates of eight digits."""
_SHOWN = 80
"""So much of a value is shown in a sentence."""


class Check(Protocol):
    """The elements of one kind of segment."""

    def fits(self, segment: Segment) -> bool:
        """Whether nothing can be wrong."""
        ...

    def findings(self, set_: Set, position: int, segment: Segment, loop: str, tolerance: Tolerance) -> Iterator[Finding]:
        """Everything that is wrong with the elements of a segment."""
        ...


class Terms(Struct, frozen=True):
    """What the checks of a guide depend on besides the guide; `is_careful` where characters must be looked at."""

    standard: Standard
    delimiters: Delimiters
    short_dates: bool
    is_careful: bool


class Checks(dict[str, "Check | None"]):
    """The checks of a guide by tag, made when first asked for; none for segments that are not described."""

    def __init__(self, guide: Guide, terms: Terms) -> None:
        self._rules = guide.segments
        self._terms = terms

    def __missing__(self, tag: str) -> Check | None:
        rule = self._rules.get(tag)
        made = self[tag] = _made(rule, self._terms) if rule is not None and rule.positions else None
        return made


def checks(guide: Guide, set_: Set) -> Checks:
    """The checks for a set."""
    kept = _KEPT.get(guide)
    if kept is None:
        kept = _KEPT.setdefault(guide, {})
    marks = set_.delimiters
    key = (marks.component, marks.repetition, has_short_dates(set_), _is_odd(set_))
    found = kept.get(key)
    if found is None:
        if len(kept) >= KEPT_TERMS:  # a sender with new delimiters in every interchange
            kept.clear()
        found = kept.setdefault(key, Checks(guide, Terms(set_.standard, marks, key[2], key[3])))
    return found


_KEPT: WeakKeyDictionary[Guide, dict[tuple[str, str, bool, bool], Checks]] = WeakKeyDictionary()


def has_short_dates(set_: Set) -> bool:
    """Whether dates have six digits in the release of a set."""
    return set_.standard is Standard.X12 and set_.version < LONG_DATES


def _is_odd(set_: Set) -> bool:
    """Whether a set holds separators of components or repetitions, or characters that are not printed."""
    if set_.standard is Standard.EDIFACT:
        return True
    text = "".join(chain.from_iterable(set_.segments))
    marks = set_.delimiters
    return bool(not text.isprintable() or (marks.component and marks.component in text) or (marks.repetition and marks.repetition in text))


def _made(rule: SegmentRule, terms: Terms) -> Check:
    if terms.standard is Standard.EDIFACT:
        return _EdifactCheck(rule, terms)
    if terms.short_dates:
        rule = structs.replace(rule, positions=tuple(_short(position) for position in rule.positions))
    return _X12Check(rule, terms)


def _short(position: Position) -> Position:
    element = position.element
    if element.kind is not Kind.DATE:
        return position
    return structs.replace(position, element=structs.replace(element, shortest=6, longest=6))


class _Close:
    """The close look that both standards share."""

    def __init__(self, rule: SegmentRule, terms: Terms) -> None:
        self._rule = rule
        self._terms = terms
        self._relations = (*rule.relations, *_pairs(rule))

    def findings(self, set_: Set, position: int, segment: Segment, loop: str, tolerance: Tolerance) -> Iterator[Finding]:
        """Everything that is wrong with the elements of a segment."""
        for at, fault in self._faults(segment):
            place = self._rule.positions[at - 1] if at <= len(self._rule.positions) else None
            treat = _treat(fault, place, tolerance, set_.standard)
            if treat is Treat.ACCEPT:
                continue
            own = OF_GUIDES.get(fault.kind, "") if fault.is_own and set_.standard is Standard.X12 else ""
            code = own or ELEMENT_CODES[set_.standard].get(fault.kind) or DATE_CODES[set_.standard]
            said = fault.text if len(fault.value) <= _SHOWN else fault.text.replace(fault.value, f"{fault.value[:_SHOWN]}…")
            text = f"{_label(self._rule, at, fault.component)} {said}"
            spot = set_.spot(position, at, fault.component, fault.repetition, loop=loop)
            yield Finding(Level.ELEMENT, fault.kind, text, spot, code, fault.value, treat.severity)

    def _faults(self, segment: Segment) -> Iterator[tuple[int, Fault]]:
        positions, marks = self._rule.positions, self._terms.delimiters
        blamed = set()
        for at, position in enumerate(positions, 1):
            for fault in element_faults(position, segment[at] if at < len(segment) else "", marks):
                blamed.add(at)
                yield at, fault
        if any(segment[len(positions) + 1 :]):
            text = f"is one too many: {len(positions)} elements at most"
            yield len(positions) + 1, Fault("too_many_elements", text, value=str(segment[len(positions) + 1]))
        for relation in self._relations:
            for at, fault in relation_faults(relation, segment):
                if at not in blamed:
                    blamed.add(at)
                    yield at, fault


class _X12Check(_Close):
    """Elements that are texts. Lengths that were right once are remembered together, as they tell presence, relations and lengths."""

    def __init__(self, rule: SegmentRule, terms: Terms) -> None:
        super().__init__(rule, terms)
        places = tuple(enumerate(rule.positions, 1))
        self._least = max((at for at, one in places if one.usage is Usage.MANDATORY), default=0) + 1
        self._most = len(rule.positions) + 1
        self._lengths = (ANY_LENGTH, *(_lengths(one) for one in rule.positions))
        self._numbers = tuple((at, NUMBERS[one.element.kind]) for at, one in places if one.element.kind in NUMBERS)
        self._values = tuple((at, one, set[str]()) for at, one in places if _has_form(one))
        self._is_careful = terms.is_careful
        self._has_values = bool(self._numbers or self._values)
        self._shapes: set[tuple[int, ...]] = set()

    def fits(self, segment: list[str]) -> bool:
        """Whether nothing can be wrong."""
        shape = tuple(map(len, segment))
        if shape not in self._shapes and not self._shaped(shape, segment):
            return False
        if self._has_values:
            size = len(shape)
            for at, form in self._numbers:
                if at >= size:
                    break
                value = segment[at]
                if value and not (value.isdigit() and value.isascii()) and not form.fullmatch(value):
                    return False
            for at, position, good in self._values:
                if at >= size:
                    break
                value = segment[at]
                if value not in good and value and not self._judge(position, value, good):
                    return False
        return not self._is_careful or not self._is_marked(segment)

    def _shaped(self, shape: tuple[int, ...], segment: list[str]) -> bool:
        """Whether these lengths are right and these elements may stand together."""
        if not self._least <= len(shape) <= self._most or not all(map(contains, self._lengths, shape)):
            return False
        if any(any(relation_faults(relation, segment)) for relation in self._relations):
            return False
        if len(self._shapes) < KEPT:
            self._shapes.add(shape)
        return True

    def _judge(self, position: Position, value: str, good: set[str]) -> bool:
        if any(element_faults(position, value, self._terms.delimiters)):
            return False
        if len(good) < KEPT:
            good.add(value)
        return True

    def _is_marked(self, segment: list[str]) -> bool:
        text, marks = "".join(segment), self._terms.delimiters
        return bool(
            not text.isprintable() or (marks.component and marks.component in text) or (marks.repetition and marks.repetition in text)
        )


class _EdifactCheck(_Close):
    """Elements with components: each is judged once and remembered."""

    def __init__(self, rule: SegmentRule, terms: Terms) -> None:
        super().__init__(rule, terms)
        self._least = max((at for at, one in enumerate(rule.positions, 1) if one.usage is Usage.MANDATORY), default=0) + 1
        self._most = len(rule.positions) + 1
        self._mandatory = tuple(at for at, one in enumerate(rule.positions, 1) if one.usage is Usage.MANDATORY)
        self._good: tuple[set[object], ...] = tuple(set() for _ in range(self._most))

    def fits(self, segment: Segment) -> bool:
        """Whether nothing can be wrong."""
        if not self._least <= len(segment) <= self._most or not all(segment[at] for at in self._mandatory):
            return False
        for at, value in enumerate(segment):
            if at and value and (isinstance(value, list) or (value not in self._good[at] and not self._judge(at, value))):
                return False
        return not any(any(relation_faults(it, segment)) for it in self._relations)

    def _judge(self, at: int, value: str | tuple[str, ...]) -> bool:
        if any(element_faults(self._rule.positions[at - 1], value, self._terms.delimiters)):
            return False
        if len(self._good[at]) < KEPT:
            self._good[at].add(value)
        return True


def _lengths(position: Position) -> range | frozenset[int]:
    """The lengths that need no closer look; 0 is an element that is left out."""
    element = position.element
    if position.usage is Usage.UNUSED:
        return range(1)
    if element.parts or element.kind is Kind.ANY:
        return ANY_LENGTH
    if position.usage is Usage.MANDATORY:
        return range(element.shortest, element.longest + 1)
    return range(element.longest + 1) if element.shortest == 1 else frozenset({0, *range(element.shortest, element.longest + 1)})


def _has_form(position: Position) -> bool:
    """Whether values must be looked at, not only their lengths; numbers apart."""
    element = position.element
    return bool(element.kind in {Kind.DATE, Kind.TIME} or element.closed or element.parts)


def _pairs(rule: SegmentRule) -> Iterator[Relation]:
    """Kinds of product ids and ids stand in pairs."""
    if rule.pairs:
        for at in range(rule.pairs, len(rule.positions), 2):
            if rule.positions[at - 1].element.number == "235" and rule.positions[at].element.number == "234":
                yield Relation("P", (at, at + 1))


DATE_CODES = {Standard.X12: "8", Standard.EDIFACT: "12"}


def _treat(fault: Fault, place: Position | None, tolerance: Tolerance, standard: Standard) -> Treat:
    match fault.kind:
        case "too_many_components" if standard is Standard.EDIFACT and place is not None and place.element.parts:
            return Treat.REJECT  # what is behind the last component may be what was meant
        case "too_many_elements" | "too_many_repetitions" | "too_many_components" | "not_used":
            return tolerance.elements
        case "too_short" | "too_long":
            return tolerance.lengths
        case "bad_character" | "wrong_characters":
            return tolerance.charset
        case "not_in_table":
            return tolerance.codes
        case "date_length":
            return tolerance.dates
        case "not_time":
            return Treat.WARN
        case "not_date" if place is None or fault.component or place.usage is not Usage.MANDATORY:
            return Treat.WARN
        case _:
            return Treat.WARN if fault.is_told else Treat.REJECT


def _label(rule: SegmentRule, at: int, part: int) -> str:
    """`PO107 (product or service id)`, or `NAD 02.1 (party id)`."""
    place = rule.positions[at - 1] if at <= len(rule.positions) else None
    if place is None:
        return f"{rule.tag}{at:02}"
    parts = place.element.parts
    if part and part <= len(parts):
        return f"{rule.tag}{at:02}.{part} ({parts[part - 1].name})"
    return f"{rule.tag}{at:02} ({place.name})"

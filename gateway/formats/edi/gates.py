"""A gate: one pattern for a whole set that lies like one before, with the same elements there. What passes needs no look at its elements.

Made from a set that nothing was wrong with, and only for printable ASCII: a gate may stop what is right, never let through what is wrong.
The values of what passes come with it, in the order of the gate's form.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.forms import Form, Place, Tree
from gateway.formats.edi.guide import UNLIMITED, Element, Guide, Kind
from gateway.formats.edi.masks import GAP, unmask
from gateway.formats.edi.segments import Delimiters, Segment, Standard
from gateway.formats.edi.segments import Element as Raw
from gateway.formats.edi.totals import Closing, closings

PATIENCE = 16
"""So many sets alike make a gate worth its making."""
MOST = 4
"""So many gates for sets of the same tags, whose optional elements differ."""
LONGEST = 120
"""Sets of more segments are looked at one by one."""
DAY = r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
TIME = r"(?:[01]\d|2[0-3])[0-5]\d"
DATES = {"102": rf"(?:19|20)\d\d{DAY}", "203": rf"(?:19|20)\d\d{DAY}{TIME}", "101": rf"\d\d{DAY}"}
RELEASED = f"{GAP}[\u0120-\u017e]"
"""A released character as it stands in a text that was read."""
PLACES = 6
"""Digits behind a point."""


class Gate(Struct, frozen=True, eq=False):
    """A pattern with a group for each value, the form of the sets it lets through, and their closing totals where a glance judges them."""

    pattern: re.Pattern[str]
    form: Form
    closings: tuple[Closing, ...] | None


class Passed(Struct, frozen=True, gc=False):
    """A set that a gate has let through, and the texts of its values."""

    gate: Gate
    values: tuple[str, ...]


class Gates(Struct):
    """The gates of sets that have the same tags, delimiters and dates; `seen` counts those that no gate has let through."""

    delimiters: Delimiters
    short_dates: bool
    gates: list[Gate] = []
    seen: int = 0

    def is_for(self, set_: Set, *, short_dates: bool) -> bool:
        """Whether a set that has the same tags may pass here."""
        return self.short_dates is short_dates and (self.delimiters is set_.delimiters or self.delimiters == set_.delimiters)

    def passed(self, set_: Set) -> Passed | None:
        """The values of a set with whose elements nothing can be wrong; nothing where a closer look is due."""
        text = set_.places.text
        for place, gate in enumerate(self.gates):
            found = gate.pattern.fullmatch(text)
            if found is not None:
                if place:
                    self.gates = [gate, *self.gates[:place], *self.gates[place + 1 :]]
                values = found.groups()
                return Passed(gate, values if text.isascii() else tuple(map(unmask, values)))
        return None

    def learn(self, set_: Set, guide: Guide, plan: Tree) -> None:
        """A set without fault that no gate has let through."""
        self.seen += 1
        if self.seen >= PATIENCE and len(self.gates) < MOST:
            self.seen = 0
            gate = gate_of(set_, guide, plan, short_dates=self.short_dates)
            if gate is not None:
                self.gates = [*self.gates, gate]


def gate_of(set_: Set, guide: Guide, plan: Tree, *, short_dates: bool) -> Gate | None:
    """The gate for sets like this one; nothing where one cannot be made."""
    if len(set_.segments) > LONGEST:
        return None
    marks = set_.delimiters
    maker = _Maker(guide, marks, short_dates=short_dates)
    made = [maker.segment(segment) for segment in set_.segments]
    pieces = tuple([one for one in made if one is not None])
    if len(pieces) < len(made):
        return None
    end = re.escape(marks.terminator)
    grouped = ["".join([f"({maker.allowed[one]})" if isinstance(one, int) else one for one in segment]) for segment in pieces]
    pattern = rf"{end}\s*".join(grouped) + rf"(?:{end})?\s*"
    bare = tuple((segment[0], *[""] * (len(segment) - 1)) for segment in set_.segments)
    form = Form(set_.type, bare, tuple(maker.places), plan, marks, tuple(maker.allowed), tuple(maker.longest), pieces)
    return Gate(re.compile(pattern, re.ASCII), form, closings(form, guide))


class _Maker:
    def __init__(self, guide: Guide, marks: Delimiters, *, short_dates: bool) -> None:
        self._guide = guide
        self._marks = marks
        self._short_dates = short_dates
        self._released = (marks.element, marks.terminator, marks.release) if marks.release else ()
        self._any = _class_without({marks.element, marks.component, marks.terminator, marks.repetition, marks.release})
        self._position = 0
        self.places: list[Place] = []
        self.allowed: list[str] = []
        self.longest: list[int] = []

    def segment(self, segment: Segment) -> tuple[str | int, ...] | None:
        """One segment in pieces: empty elements stay empty."""
        self._position += 1
        rule = self._guide.segments.get(segment[0])
        if rule is None:
            return None
        made: list[str | int] = [re.escape(segment[0])]
        for at, raw in enumerate(segment[1:], 1):
            element = rule.positions[at - 1].element if at <= len(rule.positions) else Element("", "")
            pieces = self._element(element, raw, at) if raw else []
            if pieces is None:
                return None
            made += [re.escape(self._marks.element), *pieces]
        return tuple(made)

    def _element(self, element: Element, raw: Raw, at: int) -> list[str | int] | None:
        if isinstance(raw, list):
            return None
        mark = self._marks.component
        is_released = isinstance(raw, tuple) or any(it in raw for it in self._released)
        parts = list(raw) if isinstance(raw, tuple) else raw.split(mark) if mark else [raw]
        if not element.parts:
            return [self._value(self._simple(element, is_released=is_released), _room(element), at)] if len(parts) == 1 else None
        if len(parts) > len(element.parts):
            return None
        made = [self._simple(part.element, is_released=is_released) for part in element.parts[: len(parts)]]
        if element.number == "C507" and len(parts) > 2 and parts[1]:
            if parts[2] not in DATES:
                return None
            made[1:3] = [DATES[parts[2]], parts[2]]
        values: list[str | int] = []
        for part, (one, text) in enumerate(zip(made, parts, strict=True), 1):
            values += [re.escape(mark)] * (part > 1)
            values += [self._value(one, _room(element.parts[part - 1].element), at, part)] if text else []
        return values

    def _value(self, pattern: str, longest: int, at: int, part: int = 0) -> int:
        """The number of a value that stands there."""
        self.places.append(Place(self._position, at, part))
        self.allowed.append(pattern)
        self.longest.append(longest)
        return len(self.places) - 1

    def _simple(self, element: Element, *, is_released: bool) -> str:
        if element.closed:
            return f"(?:{'|'.join(map(re.escape, element.codes))})"
        shortest, longest = element.shortest, element.longest
        match element.kind:
            case Kind.NUMBER | Kind.DIGITS if shortest == 1 and longest > 1:
                places = min(longest // 2, PLACES)
                whole = rf"\d{{1,{longest - places}}}"
                if self._guide.standard is Standard.X12:
                    return rf"-?(?:{whole}(?:\.\d{{1,{places}}})?|\.\d{{1,{places}}})"
                return rf"-?{whole}(?:[.,]\d{{1,{places}}})?"
            case Kind.NUMBER | Kind.DIGITS | Kind.WHOLE:
                return rf"\d{{{shortest},{longest}}}"
            case Kind.DATE:
                return DATES["101"] if self._short_dates else DATES["102"]
            case Kind.TIME:
                return TIME
            case Kind.LETTERS:
                return f"[A-Za-z]{{{shortest},{longest}}}"
            case _:
                often = "+" if longest >= UNLIMITED else f"{{{shortest},{longest}}}"
                return f"(?:{self._any}|{RELEASED}){often}" if is_released else f"{self._any}{often}+"


def _room(element: Element) -> int:
    """How long a value may be, with what of a number is not counted."""
    return max(map(len, element.codes), default=0) if element.closed else element.longest + 2 * (element.kind in {Kind.NUMBER, Kind.DIGITS})


def _class_without(marks: set[str]) -> str:
    """The class of printable ASCII characters that are no delimiters."""
    runs, first = "", 0x20
    for code in [*sorted(ord(mark) for mark in marks if mark and " " <= mark <= "~"), 0x7F]:
        if code > first:
            runs += rf"\x{first:02x}-\x{code - 1:02x}"
        first = code + 1
    return f"[{runs}]"

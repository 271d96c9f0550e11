"""Placing values: which segments and loops the slots of a group become, before the guide puts them in order.

A segment of qualifiers and constants alone is dropped at the end; so is a loop in which nothing else stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from gateway.formats.base import Raw, Shape, Want
from gateway.formats.edi.address import EdiPath, EdiStep
from gateway.formats.edi.picks import pair_places, qualifier_place, value_place

if TYPE_CHECKING:
    from gateway.formats.edi.picks import Dictionary


class Written(Struct):
    """A segment in the making: texts by element and component (0: the element whole), and pairs of qualifier and value."""

    tag: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    is_solid: bool = False

    def join(self, other: Written) -> None:
        """Take in what another one says of the same segment."""
        self.cells.update(other.cells)
        self.pairs += other.pairs
        self.is_solid |= other.is_solid


class Placed(Struct):
    """One level in the making: its segments, its loops by name, what belongs to enclosing levels, and the rows of a set."""

    segments: list[Written] = field(default_factory=list)
    loops: list[tuple[str, Placed]] = field(default_factory=list)
    levels: dict[str, Placed] = field(default_factory=dict)
    rows: list[Placed] = field(default_factory=list)

    @property
    def is_solid(self) -> bool:
        """Whether anything besides constants stands in it."""
        return (
            any(one.is_solid for one in self.segments)
            or any(one.is_solid for _, one in self.loops)
            or any(one.is_solid for one in self.levels.values())
            or any(one.is_solid for one in self.rows)
        )

    def join(self, other: Placed) -> None:
        """Take in what rules of a group on the same level placed: the same segments are one."""
        for written in other.segments:
            mine = next((one for one in self.segments if agree(one, written)), None)
            if mine is None:
                self.segments.append(written)
            else:
                mine.join(written)
        self.loops += other.loops
        self.rows += other.rows
        for kind, level in other.levels.items():
            self.levels.setdefault(kind, Placed()).join(level)


class Placer:
    """Puts the values of one group into segments."""

    def __init__(self, known: Dictionary, wants: Sequence[Want], paths: Sequence[EdiPath]) -> None:
        self._known = known
        self._wants, self._paths = tuple(wants), tuple(paths)

    def empty(self) -> Placed:
        """A level without segments."""
        return Placed()

    def place(self, values: Sequence[Raw]) -> Placed | None:
        """The level that these values make; nothing when constants alone would stand."""
        here = Placed()
        known: dict[object, Written] = {}
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None or path.from_top:
                continue
            if want.shape in {Shape.GROUP, Shape.GROUPS}:
                for node in value if want.shape is Shape.GROUPS else (value,):
                    self._group(here, path, node, is_list=want.shape is Shape.GROUPS)
                continue
            is_solid = not want.constant or want.alone
            if want.shape is Shape.VALUES:
                for text in value:
                    self._put(here, path, text, known, is_solid=is_solid, own=True)
            else:
                self._put(here, path, value, known, is_solid=is_solid)
        return here if here.is_solid else None

    def _put(self, here: Placed, path: EdiPath, text: str, known: dict[object, Written], *, is_solid: bool, own: bool = False) -> None:
        """One value into its segment: the one that other values of the same steps stand in, or one of its own."""
        level = self._level(here, path.steps[:-1], known)
        step = path.steps[-1]
        if step.is_level:
            level = level.levels.setdefault("|".join(step.qualifiers[:1]), Placed())
        key = (id(level), step.tag, step.tests, step.nth)
        written = None if own else known.get(key)
        if written is None:
            written = self._opened(level, step)
            known.setdefault(key, written)
        written.is_solid |= is_solid
        if step.pairs:
            pair_places(step.tag, self._known)
            written.pairs.append((step.pairs[0], text))
            return
        written.cells[value_place(step, self._known)] = text

    def _level(self, here: Placed, steps: Sequence[EdiStep], known: dict[object, Written]) -> Placed:
        level = here
        for step in steps:
            if step.is_level:
                level = level.levels.setdefault(step.qualifiers[0] if step.qualifiers else "", Placed())
                continue
            key = (id(level), "loop", step.tag, step.tests, step.nth)
            written = known.get(key)
            inner = next((loop for name, loop in level.loops if name == step.tag and loop.segments and loop.segments[0] is written), None)
            if inner is None:
                inner = Placed()
                level.loops.append((step.tag, inner))
                known[key] = self._opened(inner, step)
            level = inner
        return level

    def _group(self, here: Placed, path: EdiPath, node: Placed, *, is_list: bool) -> None:
        if not path.steps:
            here.join(node)
            return
        last = path.steps[-1]
        if is_list and any(step.is_level for step in path.steps):
            here.rows.append(node)
            return
        level = self._level(here, path.steps[:-1], {})
        if last.is_level:
            level.levels.setdefault(last.qualifiers[0] if last.qualifiers else "", Placed()).join(node)
            return
        opening = next((one for one in node.segments if one.tag == last.tag), None)
        if opening is None:
            opening = Written(last.tag)
            node.segments.insert(0, opening)
        self._qualify(opening, last)
        level.loops.append((last.tag, node))

    def _opened(self, level: Placed, step: EdiStep) -> Written:
        """A new segment with the words that its step asks for."""
        written = Written(step.tag)
        self._qualify(written, step)
        level.segments.append(written)
        return written

    def _qualify(self, written: Written, step: EdiStep) -> None:
        for test in step.tests:
            if not test.values:
                continue
            place = (test.element, test.component) if test.element else qualifier_place(step.tag, self._known)
            if test.element and not test.component and self._known.is_composite(step.tag, test.element):
                place = (test.element, 1)
            written.cells.setdefault(place, test.values[0])


def agree(one: Written, other: Written) -> bool:
    """Whether two segments of one name say nothing different."""
    if one.tag != other.tag:
        return False
    return all(other.cells.get(place, text) == text for place, text in one.cells.items())

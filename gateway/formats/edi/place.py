"""Placing values: which segments and loops the slots of a group become, before the guide puts them in order.

A segment of qualifiers and constants alone is dropped at the end; so is a loop in which nothing else stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class Spot(Struct, frozen=True, eq=False):
    """Where the values of one want go: the steps to their level, and the place in a segment with the words it begins with.

    Wants with the same steps have the same `key`: they are one segment.
    """

    index: int
    way: tuple[EdiStep, ...]
    tag: str
    key: int
    place: tuple[int, int]
    pair: str
    level: str | None
    words: tuple[tuple[tuple[int, int], str], ...]
    is_list: bool
    is_solid: bool


class Placer:
    """Puts the values of one group into segments."""

    def __init__(self, known: Dictionary, wants: Sequence[Want], paths: Sequence[EdiPath]) -> None:
        self._known = known
        self._wants, self._paths = tuple(wants), tuple(paths)
        self._spots: tuple[Spot, ...] | None = None
        self._groups = [index for index, want in enumerate(wants) if want.shape in {Shape.GROUP, Shape.GROUPS}]

    def empty(self) -> Placed:
        """A level without segments."""
        return Placed()

    def place(self, values: Sequence[Raw]) -> Placed | None:
        """The level that these values make; nothing when constants alone would stand."""
        spots = self._spots
        if spots is None:
            spots = self._spots = tuple(self._made())
        here = Placed()
        known: dict[object, Written] = {}
        for spot in spots:
            value = values[spot.index]
            if value is None:
                continue
            for text in value if spot.is_list else (value,):
                self._put(here, spot, text, known)
        for index in self._groups:
            value, want = values[index], self._wants[index]
            for node in () if value is None else value if want.shape is Shape.GROUPS else (value,):
                self._group(here, self._paths[index], node, is_list=want.shape is Shape.GROUPS)
        return here if here.is_solid else None

    def _made(self) -> Iterator[Spot]:
        numbers: dict[object, int] = {}
        for index, (want, path) in enumerate(zip(self._wants, self._paths, strict=True)):
            if want.shape in {Shape.GROUP, Shape.GROUPS} or path.from_top:
                continue
            step = path.steps[-1]
            if step.pairs:
                pair_places(step.tag, self._known)
            steps = tuple((one.tag, one.written, one.nth) for one in path.steps)
            yield Spot(
                index=index,
                way=path.steps[:-1],
                tag=step.tag,
                key=numbers.setdefault(steps, len(numbers)),
                place=(0, 0) if step.pairs else value_place(step, self._known),
                pair=step.pairs[0] if step.pairs else "",
                level="|".join(step.qualifiers[:1]) if step.is_level else None,
                words=self._words(step),
                is_list=want.shape is Shape.VALUES,
                is_solid=not want.constant or want.alone,
            )

    def _put(self, here: Placed, spot: Spot, text: str, known: dict[object, Written]) -> None:
        """One value into its segment: the one that other values of the same steps stand in, or one of its own."""
        written = None if spot.is_list else known.get(spot.key)
        if written is None:
            level = self._level(here, spot.way, known) if spot.way else here
            if spot.level is not None:
                level = level.levels.setdefault(spot.level, Placed())
            written = Written(spot.tag, dict(spot.words))
            level.segments.append(written)
            known.setdefault(spot.key, written)
        written.is_solid |= spot.is_solid
        if spot.pair:
            written.pairs.append((spot.pair, text))
        else:
            written.cells[spot.place] = text

    def _level(self, here: Placed, steps: Sequence[EdiStep], known: dict[object, Written]) -> Placed:
        level = here
        for step in steps:
            if step.is_level:
                level = level.levels.setdefault(step.qualifiers[0] if step.qualifiers else "", Placed())
                continue
            key = (id(level), "loop", step.tag, step.written, step.nth)
            written = known.get(key)
            inner = next((loop for name, loop in level.loops if name == step.tag and loop.segments and loop.segments[0] is written), None)
            if inner is None:
                inner = Placed()
                level.loops.append((step.tag, inner))
                known[key] = Written(step.tag, dict(self._words(step)))
                inner.segments.append(known[key])
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
        for place, word in self._words(last):
            opening.cells.setdefault(place, word)
        level.loops.append((last.tag, node))

    def _words(self, step: EdiStep) -> tuple[tuple[tuple[int, int], str], ...]:
        """The words that a step asks for, and where they stand."""
        found: dict[tuple[int, int], str] = {}
        for test in step.tests:
            if not test.values:
                continue
            place = (test.element, test.component) if test.element else qualifier_place(step.tag, self._known)
            if test.element and not test.component and self._known.is_composite(step.tag, test.element):
                place = (test.element, 1)
            found.setdefault(place, test.values[0])
        return tuple(found.items())


def agree(one: Written, other: Written) -> bool:
    """Whether two segments of one name say nothing different."""
    if one.tag != other.tag:
        return False
    return all(other.cells.get(place, one.cells[place]) == one.cells[place] for place in sorted(one.cells))  # qualifiers stand first

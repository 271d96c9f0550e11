"""The form of sets that lie alike: the same segments, and the same of their elements are there, so that only values differ.

A set of a form can be made with any texts in place of its values: where such texts arrive shows where values come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from gateway.documents import Envelope
from gateway.formats.base import Fault, Found, Node, Oddity
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Delimiters, Segment


class Tree(Protocol):
    """How the loops of a set lie."""

    def grow(self, type_: str, segments: Sequence[Segment]) -> Loop:
        """The tree of a set with the same tags."""
        ...


class Place(Struct, frozen=True):
    """Where a value stands: segment and element from 1, component from 1 or 0 where the element is simple."""

    position: int
    element: int
    part: int = 0


class Form(Struct, frozen=True, eq=False):
    """Sets with these segments, empty but for their tags, and values at these places. Holds no value of any set.

    `allowed` is the pattern that each value matches and `longest` how long it may be; `pieces` are the patterns of the segments, with
    the number of a value where that stands.
    """

    type: str
    bare: tuple[tuple[str, ...], ...]
    places: tuple[Place, ...]
    tree: Tree
    delimiters: Delimiters
    allowed: tuple[str, ...] = ()
    longest: tuple[int, ...] = ()
    pieces: tuple[tuple[str | int, ...], ...] = ()

    def node(self, texts: Sequence[str]) -> Loop:
        """The set of this form with these texts in place of its values."""
        mark = self.delimiters.component
        segments: list[Segment] = [list(one) for one in self.bare]
        for place, text in zip(self.places, texts, strict=True):
            segment = segments[place.position - 1]
            if place.part:
                known = segment[place.element]
                parts = known.split(mark) if known and mark else [known] if known else []
                parts += [""] * (place.part - len(parts))
                parts[place.part - 1] = text
                segment[place.element] = mark.join(parts)
            else:
                segment[place.element] = text
        return self.tree.grow(self.type, segments)

    def scan(self) -> FormScan:
        """A file that holds nothing but sets of this form."""
        return FormScan(self.delimiters)

    def label(self, number: int) -> str:
        """A name for the value: `PO102_14` is the second element of segment 14, a PO1."""
        place = self.places[number]
        part = f"_{place.part}" if place.part else ""
        return f"{self.bare[place.position - 1][0]}{place.element:02}{part}_{place.position}"

    def words_at(self, tag: str, element: int, part: int) -> Iterator[int]:
        """The numbers of the values that stand there in segments of this name; part 0 is the whole element."""
        for number, place in enumerate(self.places):
            is_part = not part or place.part == part or (part == 1 and not place.part)
            if place.element == element and is_part and self.bare[place.position - 1][0] == tag:
                yield number

    def value_at(self, position: int, element: int, part: int) -> int | None:
        """The number of the value at one place, if one stands there; LookupError for the whole of an element with components."""
        found = {place.part: number for number, place in enumerate(self.places) if (place.position, place.element) == (position, element)}
        if not part and any(found):
            raise LookupError(position)
        return found.get(part, found.get(0) if part <= 1 else None)

    def named_by(self, oddity: Oddity) -> Iterator[int]:
        """The numbers of the values that gave a segment, which no rule reads, its name; one of a single element is called by its tag."""
        position = int(oddity.where)
        if len(self.bare[position - 1]) == 2:
            return iter(())
        return (number for number, place in enumerate(self.places) if (place.position, place.element) == (position, 1) and place.part <= 1)


class _Spots:
    """Positions as places: all that is to be known of a set that is none."""

    def spot(self, position: int = 0, *_: int) -> int:
        return position


class FormScan:
    """What walks ask of the file when they go through a set of texts; it has no envelope, so what reads one must not come here."""

    is_damaged = False
    takers: tuple[int, ...] = ()

    def __init__(self, delimiters: Delimiters) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self.delimiters = delimiters
        self.set = _Spots()

    def __iter__(self) -> Iterator[Found]:
        return iter(())

    def head(self) -> Node | None:
        """Nothing."""
        return None

    def tail(self) -> Node | None:
        """Nothing."""
        return None

    def faults(self) -> tuple[Fault, ...]:
        """None."""
        return ()

    def enveloped(self) -> Envelope:
        """Nothing."""
        return Envelope()

    def expect(self, found: Found, mould: object, words: Iterable[int], takes: Sequence[int]) -> None:
        """Nothing more comes."""

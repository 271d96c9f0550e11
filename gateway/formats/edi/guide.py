"""A guide (edi 10): which segments a set or message has, in which order and loops, how often, and what their elements are.

Values only. `guide_file` reads them from YAML, `guide_shelf` finds the one for a set, `tree` and `elements` hold a set against them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.formats.edi.segments import Standard

UNLIMITED = 2**31


class Usage(StrEnum):
    """Whether a segment, loop, element or component must be there; what is expected and missing is only told."""

    MANDATORY = "mandatory"
    EXPECTED = "expected"
    OPTIONAL = "optional"
    UNUSED = "unused"


class Kind(StrEnum):
    """The kinds of simple elements, in the words of the standards; `any` is not looked into."""

    TEXT = "AN"
    CODE = "ID"
    NUMBER = "R"
    WHOLE = "N"
    DATE = "DT"
    TIME = "TM"
    LETTERS = "a"
    DIGITS = "n"
    LETTERS_AND_DIGITS = "an"
    ANY = "any"

    @property
    def is_number(self) -> bool:
        """Whether sign and decimal mark do not count for the length."""
        return self in {Kind.NUMBER, Kind.WHOLE, Kind.DIGITS}


class Element(Struct, frozen=True, eq=False):
    """A data element, or a composite with its parts. `codes` are those we have words for; others are wrong only where they are `closed`.

    `decimals` is the number of implied ones (N2). `is_own` tells a rule of a partner's guide.
    """

    number: str
    name: str
    kind: Kind = Kind.ANY
    shortest: int = 0
    longest: int = UNLIMITED
    decimals: int = 0
    codes: Mapping[str, str] = MappingProxyType({})
    closed: bool = False
    parts: tuple[Position, ...] = ()
    is_own: bool = False


class Position(Struct, frozen=True, eq=False):
    """A place for an element in a segment, or for a component in a composite."""

    element: Element
    name: str
    usage: Usage = Usage.OPTIONAL
    repeat: int = 1
    is_own: bool = False


class Relation(Struct, frozen=True):
    """What elements of a segment ask of each other, with the letters of X12; one that is only told refuses nothing.

    P all or none, R one at least, E one at most, C the first needs all others, L the first needs one of the others.
    """

    letter: str
    positions: tuple[int, ...]
    is_told: bool = False

    def __str__(self) -> str:
        return self.letter + "".join(f"{it:02}" for it in self.positions)


class SegmentRule(Struct, frozen=True, eq=False):
    """A segment and its elements in order; without positions it is known and not looked into.

    From element `pairs` on kinds of product ids and ids stand in pairs.
    """

    tag: str
    name: str
    positions: tuple[Position, ...] = ()
    relations: tuple[Relation, ...] = ()
    pairs: int = 0


class Use(Struct, frozen=True, eq=False):
    """A segment at its place in a set; with `items` a loop that this segment begins (and is the first item of)."""

    tag: str
    usage: Usage = Usage.OPTIONAL
    repeat: int = 1
    items: tuple[Use, ...] = ()
    is_own: bool = False

    @property
    def is_loop(self) -> bool:
        """Whether it begins a loop."""
        return bool(self.items)

    @property
    def is_mandatory(self) -> bool:
        """Whether it must stand in each occurrence of its loop."""
        return self.usage is Usage.MANDATORY


class Hierarchy(Struct, frozen=True):
    """Loops that name their parent: which elements tell number, parent and level; `ranks` from the outermost level to the innermost."""

    loop: str
    id: int
    parent: int
    level: int = 0
    ranks: tuple[str, ...] = ()


class Sum(Struct, frozen=True):
    """A value that is summed up: segment, element and component; `inside` a loop only the first one of each, `items` the item levels."""

    tag: str
    element: int
    component: int = 0
    inside: str = ""


class Total(Struct, frozen=True):
    """A closing total: what stands in `tag`, element and component, against what is counted or summed up; one that fits is enough.

    `when` is the code in the first component for which it holds. `count` are tags, `items` the item levels.
    """

    tag: str
    element: int
    component: int = 0
    when: str = ""
    count: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()


class Guide(Struct, frozen=True, eq=False, weakref=True):
    """Everything about one kind of set in one release. `segments` are all of the standard that we know, for other tags too.

    A loose guide has no order: its segments are looked into one by one. What is wrong with an element in a loop called `apart` is told and
    does not refuse the set: such loops are taken each by itself.
    """

    name: str
    title: str
    standard: Standard
    set: str
    release: str
    root: Use
    segments: Mapping[str, SegmentRule]
    group: str = ""
    extends: str = ""
    hierarchy: Hierarchy | None = None
    totals: tuple[Total, ...] = ()
    apart: str = ""
    source: str = ""

    @property
    def is_loose(self) -> bool:
        """Whether it says nothing about order and loops."""
        return not self.root.items

    def uses(self) -> Iterator[tuple[str, Use]]:
        """Every place of a segment with the path of its loops (`PO1/N1/REF`), in order."""
        yield from _uses("", self.root.items)


def _uses(path: str, items: tuple[Use, ...]) -> Iterator[tuple[str, Use]]:
    for use in items:
        yield f"{path}{use.tag}", use
        if use.is_loop:
            yield from _uses(f"{path}{use.tag}/", use.items[1:])

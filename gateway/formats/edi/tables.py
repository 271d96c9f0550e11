"""The wants of one group as tables, so that one walk over segments and loops fills every slot: never a search per field.

Most wants are an element of a segment, or of one behind a qualifier: those are looked up, the others have a handle of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, field

from gateway.formats.base import Oddity, Raw, Shape, Want
from gateway.formats.edi.address import EdiStep
from gateway.formats.edi.guide import Use
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.picks import Dictionary, Pick, Picks, Takes, picker, qualifier_place, rank, several, taker, value_place
from gateway.formats.edi.segments import Delimiters, Segment, component

Slots = list[Raw]
Item = tuple[int, Segment]
Handle = Callable[[Slots, Loop, Item, Delimiters], bool]
Left = Callable[[Item], None]
UNRANKED = -1


class Taken(Struct, frozen=True):
    """What one want takes of a segment: an element as it stands, or what `pick` makes of it; `rank` among its qualifiers."""

    index: int
    element: int
    pick: Pick | None = None
    rank: int = UNRANKED


class TagTable(Struct):
    """What is wanted of segments of one name: elements as they stand, values of all of them, of those behind a word, or by handles."""

    bare: list[tuple[int, int]] = field(default_factory=list)
    picked: list[Taken] = field(default_factory=list)
    words: dict[str, list[Taken]] = field(default_factory=dict)
    handles: list[Handle] = field(default_factory=list)
    numbered: list[tuple[Takes | None, int, Handle]] = field(default_factory=list)
    word_at: tuple[int, int] = (1, 0)
    has_more: bool = False


class Tables(Struct):
    """What is wanted on one level, and in the loops below it."""

    tags: dict[str, TagTable] = field(default_factory=dict)
    loops: dict[str, list[tuple[Takes | None, Tables]]] = field(default_factory=dict)

    def walk(self, loop: Loop, slots: Slots, seps: Delimiters, odd: list[Oddity], left: Left | None) -> None:
        """Fill the slots from a loop; `left` is told of segments and loops that nothing took."""
        tags, counts = self.tags, _Counts()
        for item in loop.segments:
            segment = item[1]
            table = tags.get(segment[0])
            took = False
            if table is not None:
                if table.bare:
                    took = True
                    _put_bare(table.bare, item, slots, odd)
                if table.has_more:
                    took |= _take(table, loop, item, slots, seps, odd, counts)
            if not took and left is not None:
                left(item)
        for child in loop.loops:
            first = child.segments[0]
            took = self._open(child, slots, seps, odd, counts)
            for takes, below in self.loops.get(child.name, ()):
                if takes is None or takes(first[1], seps):
                    took = True
                    below.walk(child, slots, seps, odd, None)
            if not took and left is not None:
                left(first)

    def _open(self, child: Loop, slots: Slots, seps: Delimiters, odd: list[Oddity], counts: _Counts) -> bool:
        """What the rules of this level take of the first segment of a loop."""
        table = self.tags.get(child.name)
        if table is None:
            return False
        if table.bare:
            _put_bare(table.bare, child.segments[0], slots, odd)
        return _take(table, child, child.segments[0], slots, seps, odd, counts) or bool(table.bare)


class _Counts(dict[tuple[int, int], int]):
    """How many segments of a numbered want have passed."""

    def __missing__(self, _: tuple[int, int]) -> int:
        return 0


def _take(  # noqa: PLR0917 - the hottest call: names would cost
    table: TagTable, loop: Loop, item: Item, slots: Slots, seps: Delimiters, odd: list[Oddity], counts: _Counts
) -> bool:
    """Everything that is not an element as it stands; whether a want took something."""
    segment = item[1]
    took = False
    for one in table.picked:
        took = True
        _put(one, item, slots, seps, odd)
    if table.words:
        at, part = table.word_at
        word = segment[at] if not part and len(segment) > at else component(segment[at], part, seps) if len(segment) > at else None
        for one in table.words.get(word, ()) if isinstance(word, str) else ():
            took = True
            _put(one, item, slots, seps, odd)
    for handle in table.handles:
        took |= handle(slots, loop, item, seps)
    for number, (takes, nth, handle) in enumerate(table.numbered):
        if takes is None or takes(segment, seps):
            took = True
            counts[id(table), number] += 1
            if counts[id(table), number] == nth:
                handle(slots, loop, item, seps)
    return took


class TableMaker:
    """Puts wants into tables."""

    def __init__(self, known: Dictionary, odd: list[Oddity]) -> None:
        self._known, self._odd = known, odd
        self.tables = Tables()
        self.ranked: list[int] = []

    def add(self, index: int, want: Want, steps: Sequence[EdiStep]) -> None:
        """One want, at the end of these steps."""
        tables = self.tables
        for step in steps[:-1]:
            below = Tables()
            tables.loops.setdefault(step.tag, []).append((taker(step, self._known), below))
            tables = below
        last = steps[-1]
        table = tables.tags.get(last.tag)
        if table is None:
            table = tables.tags[last.tag] = TagTable(word_at=qualifier_place(last.tag, self._known))
        prefers = want.shape in {Shape.VALUE, Shape.GROUP} and len(last.qualifiers) > 1 and not last.nth
        if prefers:
            self.ranked.append(index)
        if want.shape is Shape.VALUE and not last.nth and self._is_looked_up(last):
            self._look_up(table, index, last, prefers=prefers)
            return
        table.has_more = True
        takes = taker(last, self._known)
        if last.nth:
            table.numbered.append((takes, last.nth, self._handle(index, want, last, None)))
        else:
            table.handles.append(self._handle(index, want, last, takes, rank(last, self._known) if prefers else None))

    def _is_looked_up(self, step: EdiStep) -> bool:
        return not step.tests or (len(step.tests) == 1 and not step.tests[0].element and bool(step.tests[0].values))

    def _look_up(self, table: TagTable, index: int, step: EdiStep, *, prefers: bool) -> None:
        pick = self._pick(step)
        element = 0 if step.pairs else value_place(step, self._known)[0]
        if not step.tests and pick is None:
            table.bare.append((index, element))
            return
        table.has_more = True
        if not step.tests:
            table.picked.append(Taken(index, element, pick))
            return
        for place, word in enumerate(step.qualifiers):
            table.words.setdefault(word, []).append(Taken(index, element, pick, place if prefers else UNRANKED))

    def _pick(self, step: EdiStep) -> Pick | None:
        """Nothing where the element is taken as it stands."""
        if not step.pairs and not self._known.is_edifact:
            element, part = value_place(step, self._known)
            if not part and not self._known.is_composite(step.tag, element):
                return None
        return picker(step, self._known)

    def _handle(
        self, index: int, want: Want, step: EdiStep, takes: Takes | None, of: Callable[[Segment, Delimiters], int] | None = None
    ) -> Handle:
        if want.shape in {Shape.GROUP, Shape.GROUPS}:
            return _group_handle(index, takes, of, many=want.shape is Shape.GROUPS)
        many = several(step, self._known) if want.shape is Shape.VALUES else None
        if many is not None:
            return _numbers_handle(index, takes, many)
        pick = picker(step, self._known)
        return _values_handle(index, takes, pick) if want.shape is Shape.VALUES else _value_handle(index, takes, of, pick, self._odd)


def _put_bare(bare: Sequence[tuple[int, int]], item: Item, slots: Slots, odd: list[Oddity]) -> None:
    """Elements as they stand into their slots; the first stays."""
    segment = item[1]
    for index, element in bare:
        if element < len(segment) and (text := segment[element]):
            if slots[index] is None:
                slots[index] = text
            else:
                odd.append(_again(index, item, text, element))


def _again(index: int, item: Item, text: str, element: int) -> Oddity:
    """A value behind the first one, with its place."""
    position, segment = item
    place = f"segment {position} {segment[0]}" + (f", element {element:02}" if element else "")
    return Oddity("repeated", index, segment[0], text, place)


def _put(one: Taken, item: Item, slots: Slots, seps: Delimiters, odd: list[Oddity]) -> None:
    """The text of a want into its slot; blank is nothing, the first or the preferred one stays."""
    pick, segment = one.pick, item[1]
    if pick is not None:
        text = pick(segment, seps)
    elif one.element < len(segment):
        text = segment[one.element]
    else:
        return
    if not text or text.isspace():
        return
    index, place = one.index, one.rank
    known = slots[index]
    if place != UNRANKED:
        if known is None or place < known[0]:
            slots[index] = (place, text)
    elif known is None:
        slots[index] = text
    else:
        odd.append(_again(index, item, text, one.element))


def _value_handle(
    index: int, takes: Takes | None, of: Callable[[Segment, Delimiters], int] | None, pick: Pick, odd: list[Oddity]
) -> Handle:
    def handle(slots: Slots, loop: Loop, item: Item, seps: Delimiters) -> bool:
        segment = item[1]
        if takes is not None and not takes(segment, seps):
            return False
        _put(Taken(index, 0, pick, UNRANKED if of is None else of(segment, seps)), item, slots, seps, odd)
        return True

    return handle


def _values_handle(index: int, takes: Takes | None, pick: Pick) -> Handle:
    def handle(slots: Slots, loop: Loop, item: Item, seps: Delimiters) -> bool:
        segment = item[1]
        if takes is not None and not takes(segment, seps):
            return False
        text = pick(segment, seps)
        if text and not text.isspace():
            if slots[index] is None:
                slots[index] = [text]
            else:
                slots[index].append(text)
        return True

    return handle


def _numbers_handle(index: int, takes: Takes | None, many: Picks) -> Handle:
    def handle(slots: Slots, loop: Loop, item: Item, seps: Delimiters) -> bool:
        segment = item[1]
        if takes is not None and not takes(segment, seps):
            return False
        texts = many(segment, seps)
        if texts:
            slots[index] = texts if slots[index] is None else [*slots[index], *texts]
        return True

    return handle


def _group_handle(index: int, takes: Takes | None, of: Callable[[Segment, Delimiters], int] | None, *, many: bool) -> Handle:
    def handle(slots: Slots, loop: Loop, item: Item, seps: Delimiters) -> bool:
        if takes is not None and not takes(item[1], seps):
            return False
        node = loop if loop.segments[0] is item and loop.parent is not None else alone(item, loop)
        if many:
            if slots[index] is None:
                slots[index] = [node]
            else:
                slots[index].append(node)
        elif of is not None:
            place = of(item[1], seps)
            if slots[index] is None or place < slots[index][0]:
                slots[index] = (place, node)
        elif slots[index] is None:
            slots[index] = node
        return True

    return handle


def alone(item: Item, loop: Loop) -> Loop:
    """A segment as a loop of its own."""
    tag = item[1][0]
    return Loop(tag, Use(tag), loop, "", [item], [])

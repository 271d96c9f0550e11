"""EDI addresses, compiled: one walk over the segments and loops of a level fills the slots of its group.

Addresses of several steps, and those with numbers or levels, are found after the walk in what it has met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from gateway.formats.addresses import AddressError, checked
from gateway.formats.base import Collect, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.edi.address import EdiPath, EdiStep, edi_path
from gateway.formats.edi.forms import Form
from gateway.formats.edi.levels import enclosing, loops_below
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.picks import Dictionary, Takes, picker, rank, several, taker, tested, value_place
from gateway.formats.edi.place import Placer
from gateway.formats.edi.segments import Delimiters, Segment
from gateway.formats.edi.tables import Item, Left, Slots, TableMaker, alone
from gateway.formats.edi.tree import Seed, loop_of
from gateway.formats.edi.unread import SERVICE, LevelReads, further, unread
from gateway.formats.in_rows import with_rows

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})


class EdiPlan:
    """All addresses of one group of a set."""

    def __init__(
        self,
        known: Dictionary,
        unread: Unread,
        wants: Sequence[Want],
        *,
        levels: LevelReads,
        kin: Sequence[EdiPlan] = (),
        read: AbstractSet[str] = frozenset(),
        tells_levels: bool = False,
    ) -> None:
        self._known, self._unread, self._read = known, unread, read
        self._wants = tuple(wants)
        self._paths = tuple(checked(want.address, edi_path) for want in wants)
        self._kin = tuple(kin)
        self._levels_read = levels
        self._tells_levels = tells_levels and unread is not Unread.IGNORE
        levels.add(self._wants, self._paths)
        self._firsts = [
            (path.steps[0].tag, taker(path.steps[0], known) or _any)
            for want, path in zip(self._wants, self._paths, strict=True)
            if len(path.steps) == 1 and want.shape is Shape.VALUE and several(path.steps[0], known) is not None
        ]
        self._inner: dict[int, EdiPlan] = {}
        self._finds = {index: find for index, want in enumerate(self._wants) if (find := self._find_of(index, want)) is not None}
        self._placer = Placer(known, self._wants, self._paths)
        for want, path in zip(self._wants, self._paths, strict=True):
            if path.steps and want.shape in {Shape.VALUE, Shape.VALUES}:
                self._checked(want.address, path)

    @property
    def searches(self) -> Mapping[int, Search]:
        """One walk finds everything."""
        return _NO_SEARCHES

    @property
    def wants(self) -> Sequence[Want]:
        """What is asked for, in order."""
        return self._wants

    @property
    def paths(self) -> Sequence[EdiPath]:
        """The addresses of the wants."""
        return self._paths

    def bind(self, scan: Scan) -> Collect:
        """The walk of this file."""
        made = TableMaker(self._known, scan.odd)
        for index, (want, path) in enumerate(zip(self._wants, self._paths, strict=True)):
            if index not in self._finds and not path.in_rows:
                made.add(index, want, path.steps)
        width, finds, ranked = len(self._wants), tuple(self._finds.items()), tuple(made.ranked)
        walk, left, odd = made.tables.walk, self._left(scan), scan.odd

        def collect(node: Loop | Seed) -> Sequence[Raw]:
            loop = loop_of(node)
            slots: Slots = [None] * width
            walk(loop, slots, scan.delimiters, odd, left)  # type: ignore[attr-defined]  # only scans of EDI come here
            for index in ranked:
                if slots[index] is not None:
                    slots[index] = slots[index][1]
            for index, find in finds:
                slots[index] = find(loop, scan)
            if self._tells_levels:
                odd.extend(self._levels_read.told(loop, scan))
            if self._firsts and left is not None:
                self._tell_further(loop, scan)
            return slots

        picks = [(index, self._row_pick(path, scan)) for index, path in enumerate(self._paths) if path.in_rows]
        return with_rows(collect, picks, scan)

    def _tell_further(self, loop: Loop, scan: Scan) -> None:
        """Numbers behind the first one of a segment that a rule takes one number of."""
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        for item in (*loop.segments, *(one.segments[0] for one in loop.loops)):
            if any(item[1][0] == tag and takes(item[1], seps) for tag, takes in self._firsts):
                scan.odd.extend(further(item, scan))

    def words(self, form: Form) -> frozenset[int] | None:
        """The values of a form that its walk looks at: qualifiers, and what tests ask for. None where levels or envelopes tell more."""
        found: set[int] = set()
        for path in self._paths:
            if path.from_top or path.in_rows or any(step.is_level or several(step, self._known) for step in path.steps):
                return None
            for step in path.steps:
                for element, part in tested(step, self._known):
                    found.update(form.words_at(step.tag, element, part))
        return frozenset(found)

    def _left(self, scan: Scan) -> Left | None:
        """What to do with a segment, or the first one of a loop, that no rule has taken."""
        if self._unread is Unread.IGNORE:
            return None
        odd = scan.odd
        quiet = {*SERVICE, *self._read, *(step.tag for plan in self._kin for path in plan.paths for step in path.steps[:1])}
        quiet |= {path.steps[0].tag for index, path in enumerate(self._paths) if path.steps and (index in self._finds or path.in_rows)}

        def left(item: Item) -> None:
            if item[1][0] not in quiet:
                odd.append(unread(item, scan))

        return left

    def inside(self, index: int, wants: Sequence[Want]) -> EdiPlan:
        """The plan of a loop or segment below; with `.` it and the rules around know what the other reads."""
        if not self._paths[index].steps:
            plan = EdiPlan(self._known, self._unread, wants, levels=self._levels_read, kin=(self, *self._kin))
            self._kin = (*self._kin, plan)
        else:
            plan = EdiPlan(self._known, self._unread, wants, levels=self._levels_read)
        self._inner[index] = plan
        return plan

    def where(self, node: Loop | Seed, index: int | None, scan: Scan) -> str:
        """`set 0001, segment 5 PO1, element 02, byte 1234`: the wanted place, or the nearest that stands."""
        node = loop_of(node)
        position, element, part = node.segments[0][0] if node.segments else 0, 0, 0
        if index is not None and self._paths[index].steps:
            path = self._paths[index]
            last = path.steps[-1]
            for start in (*scan.rows, node) if path.in_rows else (node,):  # what every row has may stand above them
                found = start
                for step in path.steps[:-1]:
                    found = next(iter(self._loops(found, step, scan)), found)
                standing = next(iter(self._segments(found, last, scan)), None)
                if standing is None:
                    continue
                position, segment = standing
                if last.element or (last.qualifiers and not last.pairs):
                    element, part = value_place(last, self._known)
                    element, part = (element, part) if len(segment) > element else (0, 0)
                break
        return str(scan.set.spot(position, element, part))  # type: ignore[attr-defined]  # only scans of EDI come here

    def place(self, values: Sequence[Raw]) -> object | None:
        """The segments and loops of these values."""
        return self._placer.place(values)

    def empty(self) -> object:
        """A level without segments."""
        return self._placer.empty()

    def record(self, node: Loop) -> int:
        """Sets are not counted here: the number of the document in the file stands for it."""
        return 0

    def _checked(self, address: str, path: EdiPath) -> None:
        """That the last step names a value its segment has; AddressError with the address."""
        try:
            picker(path.steps[-1], self._known)
        except AddressError as error:
            raise AddressError(str(error), address) from error

    def _find_of(self, index: int, want: Want) -> Callable[[Loop, Scan], Raw] | None:
        """What is found after the walk: here itself, envelopes, levels, several steps, numbered ones."""
        path = self._paths[index]
        if path.in_rows:
            return None
        if path.from_top:
            return self._of_envelope(path.steps[0])
        if not path.steps:
            return _here(want)
        if not any(step.is_level for step in path.steps) and not any(step.nth for step in path.steps[:-1]):
            return None
        return self._search(path, want.shape)

    def _search(self, path: EdiPath, shape: Shape) -> Callable[[Loop, Scan], Raw]:
        last = path.steps[-1]
        groups = shape in {Shape.GROUP, Shape.GROUPS}
        pick = None if groups else picker(last, self._known)
        many = several(last, self._known)
        prefers = rank(last, self._known) if shape is Shape.VALUE and len(last.qualifiers) > 1 else None

        def find(loop: Loop, scan: Scan) -> Raw:
            inside: Iterable[Loop] = (loop,)
            for step in path.steps[:-1]:
                inside = [found for one in inside for found in self._loops(one, step, scan)]
            if groups:
                nodes = [found for one in inside for found in self._loops(one, last, scan)]
                return (nodes or None) if shape is Shape.GROUPS else next(iter(nodes), None)
            seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
            segments = [segment for one in inside for _, segment in self._segments(one, last, scan)]
            if prefers is not None:
                segments.sort(key=lambda segment: prefers(segment, seps))
            if pick is None:
                return None
            if many is not None and shape is Shape.VALUES:
                return [text for segment in segments for text in many(segment, seps)] or None
            texts = (pick(segment, seps) for segment in segments)
            found = (text for text in texts if text is not None and text.strip())
            return (list(found) or None) if shape is Shape.VALUES else next(found, None)

        return find

    def _loops(self, loop: Loop, step: EdiStep, scan: Scan) -> list[Loop]:
        """The loops, or segments as loops of their own, that a step leads to."""
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        takes = taker(step, self._known) or _any
        if step.is_level:
            return self._levels(loop, step, takes, scan)
        found = [one for one in loop.loops if one.name == step.tag and takes(one.segments[0][1], seps)]
        own = loop.segments if loop.parent is None else loop.segments[1:]
        found += [alone(item, loop) for item in own if item[1][0] == step.tag and takes(item[1], seps)]
        if len(step.qualifiers) > 1:
            found.sort(key=lambda one: rank(step, self._known)(one.segments[0][1], seps))
        return found[step.nth - 1 : step.nth] if step.nth else found

    def _levels(self, loop: Loop, step: EdiStep, takes: Takes, scan: Scan) -> list[Loop]:
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        within = enclosing(loop, step.tag)
        row = next(iter(scan.rows), None)
        at = within if within is not None else None if row is None else enclosing(row, step.tag)
        while at is not None:
            if takes(at.segments[0][1], seps):
                return [at]
            at = None if at.parent is None else enclosing(at.parent, step.tag)
        if within is not None:
            return []
        return [one for one in loops_below(loop, step.tag) if takes(one.segments[0][1], seps)]

    def _segments(self, loop: Loop, step: EdiStep, scan: Scan) -> Iterator[Item]:
        """The segments of a level that a step names, with those that open its loops."""
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        takes = taker(step, self._known) or _any
        if step.is_level:
            yield from (one.segments[0] for one in self._levels(loop, step, takes, scan))
            return
        items = [item for item in loop.segments if item[1][0] == step.tag and takes(item[1], seps)]
        items += [one.segments[0] for one in loop.loops if one.name == step.tag and takes(one.segments[0][1], seps)]
        yield from items[step.nth - 1 : step.nth] if step.nth else items

    def _of_envelope(self, step: EdiStep) -> Callable[[Loop, Scan], Raw]:
        pick = picker(step, self._known)

        def find(loop: Loop, scan: Scan) -> Raw:
            segment = scan.envelope(step.tag)  # type: ignore[attr-defined]  # only scans of EDI come here
            return None if segment is None else pick(segment, scan.delimiters)  # type: ignore[attr-defined]

        return find

    def _row_pick(self, path: EdiPath, scan: Scan) -> Callable[[Loop], str | None]:
        find = self._search(EdiPath(path.steps), Shape.VALUE)

        def pick(row: Loop) -> str | None:
            found = find(row, scan)
            return found if isinstance(found, str) else None

        return pick


def _here(want: Want) -> Callable[[Loop, Scan], Raw]:
    if want.address.strip() == "*":
        return lambda loop, scan: list(scan.rows) or None
    if want.shape in {Shape.VALUE, Shape.VALUES}:
        raise AddressError("'.' is a group; name an element, as in REF02", want.address)
    return lambda loop, scan: [loop] if want.shape is Shape.GROUPS else loop


def _any(segment: Segment, seps: Delimiters) -> bool:
    return True

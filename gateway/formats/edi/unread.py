"""What a set holds and no rule reads: segments, levels of a hierarchy, and all but the first of several numbers (edi 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.formats.base import Oddity, Scan, Shape, Want
from gateway.formats.edi.address import LEVELS, EdiPath, EdiStep
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.picks import Dictionary, Takes, several, taker
from gateway.formats.edi.segments import Delimiters
from gateway.formats.edi.tables import Item

SERVICE = frozenset({"ST", "SE", "UNH", "UNT", "UNS", "CTT", "CNT", "HL", "CPS", "ISA", "IEA", "GS", "GE"})
"""Segments that the reader itself reads."""
GROUPS = frozenset({Shape.GROUP, Shape.GROUPS})


class _Read(Struct, frozen=True):
    """One address that begins at a level, or what is left of it within; `is_first` where one value is taken of several."""

    takes: Takes | None
    tag: str
    rest: tuple[_Read, ...]
    is_group: bool
    is_first: bool

    def fits(self, loop: Loop, item: Item, seps: Delimiters) -> bool:
        return item[1][0] == self.tag and (self.takes is None or self.takes(item[1], seps))


class LevelReads:
    """What the rules of one mapping read on levels, wherever they stand."""

    def __init__(self, known: Dictionary) -> None:
        self._known = known
        self._reads: list[_Read] = []
        self._rows: set[str] = set()

    def add(self, wants: Iterable[Want], paths: Iterable[EdiPath]) -> None:
        """The addresses of one group."""
        for want, path in zip(wants, paths, strict=True):
            if path.steps and path.steps[0].is_level and not path.from_top:
                self._reads.append(self._read(path.steps, want.shape))

    def _read(self, steps: Sequence[EdiStep], shape: Shape) -> _Read:
        first, is_last = steps[0], len(steps) == 1
        rest = () if is_last else (self._read(steps[1:], shape),)
        is_first = is_last and shape is Shape.VALUE and several(first, self._known) is not None
        return _Read(taker(first, self._known), first.tag, rest, is_last and shape in GROUPS, is_first)

    def told(self, root: Loop, scan: Scan) -> Iterator[Oddity]:
        """What stands unread on the levels around the rows of this document, and below them, or around nothing at all."""
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        rows = {id(row) for row in scan.rows}
        for level in _levels(root, scan.rows):
            fit = [one for one in self._reads if one.fits(level, level.segments[0], seps)]
            if id(level) in rows or any(one.is_group for one in fit):
                continue  # rules of its own read it, and tell
            name = f"{level.name}[{level.level}]" if level.level else level.name
            yield from self._inside(level, [it for one in fit for it in one.rest], f"{name}/", scan)

    def _inside(self, loop: Loop, reads: Sequence[_Read], before: str, scan: Scan) -> Iterator[Oddity]:
        seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
        rows = {id(row) for row in scan.rows}
        for item in loop.segments[1:]:
            fit = [one for one in reads if one.fits(loop, item, seps)]
            yield from self._of(item, fit, before, scan)
        for child in loop.loops:
            if child.name in LEVELS or id(child) in rows or (child.name == "LIN" and rows):
                continue
            first = child.segments[0]
            fit = [one for one in reads if one.fits(child, first, seps)]
            yield from self._of(first, fit, before, scan)
            if fit and not any(one.is_group for one in fit):
                yield from self._inside(child, [it for one in fit for it in one.rest], f"{before}{child.name}/", scan)

    def _of(self, item: Item, fit: Sequence[_Read], before: str, scan: Scan) -> Iterator[Oddity]:
        if not fit:
            if item[1][0] not in SERVICE:
                found = unread(item, scan)
                yield replace(found, name=before + found.name)
        elif all(one.is_first for one in fit):
            for found in further(item, scan):
                yield replace(found, name=before + found.name)


def unread(item: Item, scan: Scan) -> Oddity:
    """A segment that no rule reads, with its qualifier where it has one."""
    position, segment = item
    seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
    first = segment[1] if len(segment) > 1 else ""
    word = first[0] if isinstance(first, tuple) else first.partition(seps.component)[0] if seps.component else first
    name = f"{segment[0]}[{word}]" if 0 < len(word) <= 3 and len(segment) > 2 else segment[0]
    rest = segment[2:] if "[" in name and (not seps.component or seps.component not in str(first)) else segment[1:]
    where = str(scan.set.spot(position))  # type: ignore[attr-defined]  # only scans of EDI come here
    return Oddity("unread", name=name, value=" ".join(str(one) for one in rest if one)[:255], where=where)


def further(item: Item, scan: Scan) -> Iterator[Oddity]:
    """The numbers of a segment behind the first one, where a rule takes only that."""
    position, segment = item
    seps: Delimiters = scan.delimiters  # type: ignore[attr-defined]  # only scans of EDI come here
    found = [(at, text) for at, text in enumerate(segment[3:], 3) if text]
    if found:
        word = str(segment[1])
        texts = (text if isinstance(text, str) else seps.component.join(text) for _, text in found)
        where = str(scan.set.spot(position, found[0][0], 0))  # type: ignore[attr-defined]  # only scans of EDI come here
        yield Oddity("unread", name=f"{segment[0]}[{word}]{found[0][0]:02}", value=" ".join(texts)[:255], where=where)


def _levels(root: Loop, rows: Sequence[Loop]) -> list[Loop]:
    """The levels around these rows and below them, and those that nothing hangs on; without rows all there are."""
    everything = [loop for loop in root.all() if loop.name in LEVELS]
    if not rows:
        return everything
    mine = {id(below) for row in rows for below in row.all()}
    for row in rows:
        at: Loop | None = row
        while at is not None:
            mine.add(id(at))
            at = at.parent
    return [loop for loop in everything if id(loop) in mine or _is_bare(loop)]


def _is_bare(loop: Loop) -> bool:
    return loop.level != "I" and not any(below.name in LEVELS or below.name == "LIN" for below in loop.loops)

"""Cuts stencils of sets: the segments as they are laid out, in the letters of the file, with holes for values.

Not for levels (HL, CPS), whose numbers and parents are known when all of them are there.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

from gateway.formats.edi.folding import Folder
from gateway.formats.edi.lay import TEXTS, Body, LaidOut, Layer
from gateway.formats.edi.place import Placed, Written
from gateway.formats.edi.writer import Outgoing, joined
from gateway.formats.stencils import HOLE, Cut, hole

MARKER = "\ue000"
"""The tag of a segment that stands for the groups of a list."""


class EdiStencils:
    """The stencils of one interchange."""

    def __init__(self, layer: Layer, envelope: Outgoing) -> None:
        self._layer, self._marks = layer, envelope.delimiters
        self._folder = Folder(envelope.charset, envelope.delimiters, umlauts=envelope.umlauts)
        self._end = envelope.delimiters.terminator + envelope.line_end
        self._releases = bool(envelope.delimiters.release)
        self._alike = (envelope.delimiters, envelope.charset, envelope.umlauts, self._end) if self._folder.has_small else None

    @property
    def alike(self) -> Hashable:
        """Delimiters and letters; none where there are capitals only, which is told once in each interchange."""
        return self._alike

    @property
    def end(self) -> str:
        """The terminator, and a line end where there is one."""
        return self._end

    @property
    def letters(self) -> bytes:
        """The letters of ASCII that stand in the file as they are."""
        return self._folder.clean

    def marker(self, number: int) -> Placed:
        """A loop of one segment that no guide knows."""
        return Placed([Written(MARKER, {(1, 0): hole(number)}, is_solid=True)])

    def of_set(self, node: Placed, tail: Placed | None, markers: Collection[int]) -> Cut | None:
        """A whole set, without its first and last segment."""
        marked = {name for name, loop in node.loops if _is_marked(loop)}
        beside = {one.tag for level in (node, tail) if level is not None for one in level.segments}
        if _has_levels(node) or (tail is not None and _has_levels(tail)) or not marked.isdisjoint(beside) or _is_marked_below(node):
            return None
        return self._cut(self._layer.lay(node, tail), frozenset(markers))

    def of_group(self, node: Placed) -> Cut | None:
        """One loop on the level of the set."""
        if node.segments or len(node.loops) != 1 or _has_levels(node):
            return None
        return self._cut(self._layer.lay_loop(*node.loops[0]), frozenset())

    def clean(self, texts: Sequence[str]) -> Sequence[str] | None:
        """Nearly always they stand as they are; in plain letters a release character may have to come before some."""
        together = "".join(texts)
        if not self._folder.is_odd_text(together):
            return texts
        if not self._releases or not together.isascii():
            return None
        folded = [self._folder.fold(text) for text in texts]
        return None if any(one.told for one in folded) else [one.text for one in folded]

    def _cut(self, laid: LaidOut, markers: frozenset[int]) -> Cut | None:
        if any(HOLE.fullmatch(one.value) is None for one in laid.too_long):
            return None
        segments = _without_openings(laid.segments)
        if segments is None or self._folder.is_odd_text(HOLE.sub("", "".join(_texts(segments)))):
            return None
        mosts, firm = dict[int, int](), set[int]()
        lines = []
        for segment in segments:
            tag = str(segment[0])
            if tag == MARKER:
                lines.append(str(segment[1]))
                continue
            lines.append(joined(segment, self._marks.element, self._marks.component) + self._end)
            for element, part, number in _holes(segment):
                is_text = (tag, element) == TEXTS
                alone = is_text and len(segment[element]) == 1
                mosts[number] = self._layer.longest_text if alone else 0 if is_text else self._layer.most(tag, element, part)
                firm |= {number} if alone else set()
        split = HOLE.split("".join(lines))
        pieces = tuple(int(one) if at % 2 else one for at, one in enumerate(split) if one)
        found = [one for one in pieces if isinstance(one, int)]
        if len(set(found)) != len(found) or not markers.issubset(found):
            return None
        return Cut(pieces, len(segments) - len(markers), mosts, frozenset(firm))


def _without_openings(segments: Sequence[Body]) -> list[Body] | None:
    """The segments with markers in place of the loops that they are in."""
    found: list[Body] = []
    for segment in segments:
        if segment[0] == MARKER:
            if not found or any(True for _ in _holes(found[-1])):
                return None
            found.pop()
        found.append(segment)
    return found


def _holes(segment: Body) -> Iterator[tuple[int, int, int]]:
    """Element, component (0: the element whole) and number of each hole in a segment."""
    for element, raw in enumerate(segment):
        parts = [(0, raw)] if isinstance(raw, str) else list(enumerate(raw, 1))
        for part, text in parts:
            found = HOLE.fullmatch(text)
            if found is not None:
                yield element, part, int(found[1])


def _texts(segments: Sequence[Body]) -> Iterator[str]:
    for segment in segments:
        if segment[0] != MARKER:
            for raw in segment:
                yield raw if isinstance(raw, str) else "".join(raw)


def _is_marked(loop: Placed) -> bool:
    return any(one.tag == MARKER for one in loop.segments)


def _is_marked_below(level: Placed) -> bool:
    """Whether a marker stands deeper than in a loop of the set."""
    return any(_is_marked(inner) or _is_marked_below(loop) for _, loop in level.loops for _, inner in loop.loops)


def _has_levels(level: Placed) -> bool:
    return bool(level.levels or level.rows) or any(_has_levels(loop) for _, loop in level.loops)

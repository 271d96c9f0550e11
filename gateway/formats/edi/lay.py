"""Laying out what was placed: segments and loops in the order of the guide, levels as the mapping's hierarchy says.

Pure: levels in, plain segments out. Control segments belong to the writer of envelopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from gateway.formats.edi.address import LEVELS
from gateway.formats.edi.picks import Dictionary
from gateway.formats.edi.place import Placed, Written, agree
from gateway.formats.edi.settle import joined, settled

Body = list[str | tuple[str, ...]]
UNRANKED = 1 << 30
TEXTS = ("FTX", 4)
"""Free text of EDIFACT stands in up to five components."""


class Order(Protocol):
    """What a guide tells about the order of a set."""

    def sequence(self, loops: tuple[str, ...]) -> Sequence[str]:
        """Segments and loops below this way of loops, as they follow each other; a mandatory separator ends with `!`."""
        ...

    def most(self, tag: str, element: int, component: int) -> int:
        """The longest value of a place; 0 where the guide does not say."""
        ...


class TooLong(Struct, frozen=True):
    """A value that its place cannot hold."""

    tag: str
    element: int
    component: int
    most: int
    value: str


class LaidOut(Struct):
    """The segments of one set without its control segments, and what did not fit."""

    segments: list[Body]
    too_long: list[TooLong]
    levels: int = 0


class Layer:
    """Lays out the sets of one mapping."""

    def __init__(self, known: Dictionary, order: Order, hierarchy: Sequence[str]) -> None:
        self._known, self._order, self._hierarchy = known, order, tuple(hierarchy)
        self._rooms: dict[tuple[str, int, int], tuple[int, int]] = {}
        self._known_ranks: dict[tuple[str, ...], tuple[dict[str, int], tuple[str, ...]]] = {}

    def lay(self, document: Placed, tail: Placed | None = None) -> LaidOut:
        """One set; what its tail says stands where the guide has it."""
        made = LaidOut([], [])
        self._level(document, (), made, tail)
        return made

    def lay_loop(self, name: str, loop: Placed) -> LaidOut:
        """The segments of one loop on the level of the set."""
        made = LaidOut([], [])
        self._place_here((), (loop,), (name,), made)
        return made

    def most(self, tag: str, element: int, component: int) -> int:
        """The longest value of a place; 0 where the guide does not say."""
        return self._order.most(tag, element, component)

    @property
    def longest_text(self) -> int:
        """How long a free text may be that stands in one component."""
        return self._order.most(*TEXTS, 1) or 512

    def levels(self, document: Placed) -> int:
        """How many levels (HL) the set will have."""
        return sum(1 for _ in self._nodes(document))

    def _level(self, level: Placed, way: tuple[str, ...], made: LaidOut, tail: Placed | None = None) -> None:
        """The segments and loops of one level in the order of the guide, behind them what the guide does not know there."""
        segments = [*level.segments, *(tail.segments if tail is not None else ())]
        if way and way[-1] not in LEVELS and segments:
            self._say(segments.pop(0), made)
        here: dict[str, tuple[list[Written], list[Placed]]] = {}
        for one in segments:
            here.setdefault(one.tag, ([], []))[0].append(one)
        for name, loop in level.loops:
            here.setdefault(name, ([], []))[1].append(loop)
        ranks, forced = self._ranks(way)
        tags = dict.fromkeys([*here, *forced, *(LEVELS if level.rows or level.levels else ())])
        for tag in sorted(tags, key=lambda tag: ranks.get(tag, UNRANKED)) if len(tags) > 1 else tags:
            if tag in LEVELS:
                if tag in ranks:
                    self._tree(level, tag, way, made)
            elif not (tag in here and self._place_here(*here[tag], (*way, tag), made)) and tag in forced:
                made.segments.append([tag, "S"])

    def _ranks(self, way: tuple[str, ...]) -> tuple[dict[str, int], tuple[str, ...]]:
        """The place of each tag below these loops, and the separators that must stand."""
        found = self._known_ranks.get(way)
        if found is None:
            names = list(dict.fromkeys(self._order.sequence(way)))
            ranks = {name.removesuffix("!"): rank for rank, name in reversed(list(enumerate(names)))}
            found = self._known_ranks[way] = (ranks, tuple(name[:-1] for name in names if name.endswith("!")))
        return found

    def _place_here(self, segments: Sequence[Written], loops: Sequence[Placed], way: tuple[str, ...], made: LaidOut) -> bool:
        """All segments and loops of one name; a segment that agrees with the beginning of a loop is said there. Whether any was."""
        before = len(made.segments)
        for one in segments:
            opening = next((loop for loop in loops if loop.segments and agree(loop.segments[0], one)), None) if loops else None
            if opening is not None:
                opening.segments[0].join(one)
            elif one.is_solid:
                self._say(one, made)
        for loop in loops:
            if loop.is_solid:
                self._level(loop, way, made)
        return len(made.segments) > before

    def _tree(self, level: Placed, tag: str, way: tuple[str, ...], made: LaidOut) -> None:
        if not level.rows and not level.levels:
            return
        if tag == "CPS":
            self._packages(level, way, made)
            return
        for number, parent, kind, node, has_children in self._numbered(level):
            made.levels += 1
            made.segments.append(["HL", str(number), str(parent) if parent else "", kind, "1" if has_children else "0"])
            self._level(Placed(node.segments, node.loops), (*way, tag), made)

    def _packages(self, level: Placed, way: tuple[str, ...], made: LaidOut) -> None:
        """The whole consignment with the rows that are in no package, then each package with its rows."""
        groups: dict[object, tuple[Placed, list[Placed]]] = {}
        loose: list[Placed] = []
        for row in level.rows:
            package = _together(row.levels.values())
            if package.is_solid:
                groups.setdefault(_key(package), (package, []))[1].append(row)
            else:
                loose.append(row)
        whole = _together(level.levels.values())
        for number, (package, rows) in enumerate([(whole, loose), *groups.values()], 1):
            made.levels += 1
            made.segments.append(["CPS", str(number), *(["1"] if number > 1 else [])])
            lines = [("LIN", Placed(row.segments, row.loops)) for row in rows]
            self._level(Placed(package.segments, [*package.loops, *lines]), (*way, "CPS"), made)

    def _numbered(self, level: Placed) -> Iterator[tuple[int, int, str, Placed, bool]]:
        nodes = list(self._nodes(level))
        parents = {parent for _, parent, _, _ in nodes}
        for number, parent, kind, node in nodes:
            yield number, parent, kind, node, number in parents

    def _nodes(self, level: Placed) -> Iterator[tuple[int, int, str, Placed]]:
        """Levels in order with their numbers: those of the whole set and those of rows where their values change, then the row itself."""
        inside = {kind for row in level.rows for kind in row.levels}
        kinds = self._hierarchy or (*dict.fromkeys([*level.levels, *sorted(inside - {"I"})]), "I")
        if not kinds[:-1] or not inside.union(level.levels).issubset(kinds[:-1]):
            level = settled(level, kinds)
            inside = {kind for row in level.rows for kind in row.levels}
        own, around = kinds[-1], level.levels
        first = next((at for at, kind in enumerate(kinds) if kind in inside and kind not in around), len(kinds) - 1)
        number, parent = 0, 0
        for kind in kinds[:first]:
            if kind in around:
                number += 1
                yield number, parent, kind, around[kind]
                parent = number
        shared: dict[tuple[object, ...], int] = {}
        groups: dict[tuple[object, ...], list[Placed]] = {}
        for row in level.rows:
            groups.setdefault(tuple(_key(row.levels[kind]) for kind in kinds[:-1] if kind in row.levels), []).append(row)
        for rows in groups.values():
            above = parent
            way: tuple[object, ...] = ()
            for at, kind in enumerate(kinds[:-1]):
                whole = around.get(kind) if at >= first else None
                for inner in (whole, rows[0].levels.get(kind)):
                    if inner is None or not (inner is whole or inner.is_solid):
                        continue
                    way = (*way, kind, None if inner is whole else _key(inner))
                    if way not in shared:
                        number += 1
                        shared[way] = number
                        yield number, above, kind, inner
                    above = shared[way]
            for row in rows:
                number += 1
                yield number, above, own, row

    def _say(self, written: Written, made: LaidOut) -> None:
        made.segments.append(self._body(written, made))

    def _body(self, written: Written, made: LaidOut) -> Body:
        tag = written.tag
        body: Body = [tag, ""]
        parts: dict[int, dict[int, str]] = {}
        for (element, part), text in written.cells.items():
            whole, most = self._room(tag, element, part)
            if most and len(text) > most and (tag, element) != TEXTS:
                made.too_long.append(TooLong(tag, element, whole, most, text))
            while len(body) <= element:
                body.append("")
            if whole:
                parts.setdefault(element, {})[whole] = text
            else:
                body[element] = text
        for element, found in parts.items():
            if (tag, element) == TEXTS and set(found) == {1}:
                body[element] = self._texts(found[1])
            else:
                body[element] = tuple([found.get(part, "") for part in range(1, max(found) + 1)])
        if written.pairs:
            self._pairs(written, body, made)
        return body

    def _room(self, tag: str, element: int, part: int) -> tuple[int, int]:
        """The component that a cell means, 0 for an element without any, and how long its text may be."""
        key = (tag, element, part)
        found = self._rooms.get(key)
        if found is None:
            whole = part or int(self._known.is_composite(tag, element))
            found = self._rooms[key] = (whole, self._order.most(tag, element, whole))
        return found

    def _pairs(self, written: Written, body: Body, made: LaidOut) -> None:
        first = self._known.pairs_from(written.tag)
        for number, (word, text) in enumerate(written.pairs):
            at = first + number * (1 if self._known.is_edifact else 2)
            body += [""] * (at - len(body))
            if self._known.is_edifact:
                body.append((text, word))
                self._measure(written.tag, at, 1, text, made)
            else:
                body += [word, text]
                self._measure(written.tag, at + 1, 0, text, made)

    def _measure(self, tag: str, element: int, part: int, text: str, made: LaidOut) -> None:
        most = self._order.most(tag, element, part)
        if most and len(text) > most and (tag, element) != TEXTS:
            made.too_long.append(TooLong(tag, element, part, most, text))

    def _texts(self, text: str) -> tuple[str, ...]:
        """Cut at blanks into pieces that a component holds."""
        most = self.longest_text
        pieces: list[str] = [""]
        for word in text.split(" "):
            longer = f"{pieces[-1]} {word}" if pieces[-1] else word
            if len(longer) <= most:
                pieces[-1] = longer
            else:
                pieces.append(word)
        return tuple(pieces)


def _together(levels: Iterable[Placed]) -> Placed:
    """All that is said of one package, whatever kind of package the addresses name."""
    found = [one for one in levels if one.is_solid]
    return found[0] if len(found) == 1 else joined(found)


def _key(level: Placed) -> tuple[object, ...]:
    """What makes two levels the same: their segments and those of their loops."""
    own = tuple((one.tag, tuple(sorted(one.cells.items())), tuple(one.pairs)) for one in level.segments)
    return (own, tuple((name, _key(loop)) for name, loop in level.loops))

"""How the loops of a set lie, kept by the tags of its segments: most sets of a partner look like one that was seen before.

Growing the tree of such a set costs a loop each and no look at its segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct, field

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.gates import Gates
from gateway.formats.edi.guide import Use
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Delimiters, Segment

MOST_DELIMITERS = 8


class Spread(Struct, frozen=True, eq=False):
    """One loop: its rule, the number of the loop around it, and the runs of segments that are its own (from 0, end not included)."""

    rule: Use
    around: int
    runs: tuple[tuple[int, int], ...]


Row: TypeAlias = tuple[str, Use, int, int, int, tuple[tuple[int, int], ...]]
"""A spread as the loop below takes it apart: name, rule, loop around, first run, further runs."""


class Plan(Struct, eq=False):
    """The loops of a set in the order in which they begin; the set itself is the first. `gates` by delimiters and length of dates."""

    spreads: tuple[Spread, ...]
    inner: tuple[Row, ...]
    gates: dict[tuple[Delimiters, bool], Gates] = field(default_factory=dict)

    def grow(self, type_: str, segments: Sequence[Segment]) -> Loop:
        """The tree of a set with the same tags."""
        placed = list(enumerate(segments, 1))
        whole = self.spreads[0]
        root = Loop(type_, whole.rule, None, "", [it for start, end in whole.runs for it in placed[start:end]])
        loops = [root]
        for name, rule, number, start, end, more in self.inner:
            around = loops[number]
            own = placed[start:end]
            for first, last in more:
                own += placed[first:last]
            loop = Loop(name, rule, around, "", own)
            around.loops.append(loop)
            loops.append(loop)
        return root

    def gates_for(self, set_: Set, *, short_dates: bool) -> Gates:
        """The gates for the delimiters of a set."""
        key = (set_.delimiters, short_dates)
        found = self.gates.get(key)
        if found is None:
            if len(self.gates) >= MOST_DELIMITERS:
                self.gates.clear()
            found = self.gates[key] = Gates(set_.delimiters, short_dates)
        return found


def plan_of(root: Loop) -> Plan:
    """How the loops of a tree lie that has just been made."""
    loops = sorted(root.all(), key=lambda loop: (loop.parent is not None, loop.position))
    numbers = {id(loop): number for number, loop in enumerate(loops)}
    spreads = tuple(Spread(loop.rule, numbers.get(id(loop.parent), 0), _runs(loop)) for loop in loops)
    return Plan(spreads, tuple((it.rule.tag, it.rule, it.around, *it.runs[0], it.runs[1:]) for it in spreads[1:]))


def _runs(loop: Loop) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for position, _ in loop.segments:
        if runs and runs[-1][1] == position - 1:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position - 1, position))
    return tuple(runs)

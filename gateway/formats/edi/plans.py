"""How the loops of a set lie, kept by the tags of its segments: most sets of a partner look like one that was seen before.

Growing the tree of such a set costs a loop each and no look at its segments.
"""

from __future__ import annotations

from msgspec import Struct

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.guide import Use
from gateway.formats.edi.loops import Loop


class Spread(Struct, frozen=True, eq=False):
    """One loop: its rule, the number of the loop around it, and the runs of segments that are its own (from 0, end not included)."""

    rule: Use
    around: int
    runs: tuple[tuple[int, int], ...]


class Plan(Struct, frozen=True, eq=False):
    """The loops of a set in the order in which they begin; the set itself is the first."""

    spreads: tuple[Spread, ...]

    def grow(self, set_: Set) -> Loop:
        """The tree of a set with the same tags."""
        placed = list(enumerate(set_.segments, 1))
        first = self.spreads[0]
        root = Loop(set_.type, first.rule, None, "", [it for start, end in first.runs for it in placed[start:end]])
        loops = [root]
        for spread in self.spreads[1:]:
            around = loops[spread.around]
            runs = spread.runs
            own = placed[runs[0][0] : runs[0][1]]
            for start, end in runs[1:]:
                own += placed[start:end]
            loop = Loop(spread.rule.tag, spread.rule, around, "", own)
            around.loops.append(loop)
            loops.append(loop)
        return root


def plan_of(root: Loop) -> Plan:
    """How the loops of a tree lie that has just been made."""
    loops = sorted(root.all(), key=lambda loop: (loop.parent is not None, loop.position))
    numbers = {id(loop): number for number, loop in enumerate(loops)}
    return Plan(tuple(Spread(loop.rule, numbers.get(id(loop.parent), 0), _runs(loop)) for loop in loops))


def _runs(loop: Loop) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for position, _ in loop.segments:
        if runs and runs[-1][1] == position - 1:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position - 1, position))
    return tuple(runs)

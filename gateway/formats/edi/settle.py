"""Values of levels that a written hierarchy leaves out, moved to the nearest one that it has: nothing is lost (edi 5.3).

Pure; what was placed stays as it is. Not for: numbers and parents of levels, which laying out gives.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.formats.edi.place import Placed, Written

RANKS = ("S", "O", "T", "P", "I")
"""The usual levels of a ship notice, from the outside to the inside."""
NAMING = frozenset({"PRF"})
"""Segments that name the order: they go to the items where no level is the order's."""


def settled(level: Placed, kinds: Sequence[str]) -> Placed:
    """The level with its rows as this hierarchy has them.

    What all rows share goes outwards, where it still says the same; what is a row's own goes inwards, at last to the row itself.
    """
    above = kinds[:-1]
    found = _copy(level)
    for kind in [one for one in found.levels if one not in above]:
        lost = found.levels.pop(kind)
        naming = [one for one in lost.segments if one.tag in NAMING]
        lost.segments = [one for one in lost.segments if one.tag not in NAMING]
        outer = [one for one in above if _rank(one) < _rank(kind)] or list(above[:1])
        if outer:
            found.levels.setdefault(outer[-1], Placed()).join(lost)
        for row in found.rows:
            row.join(_copy(Placed(naming if outer else [*naming, *lost.segments], [] if outer else lost.loops)))
    for row in found.rows:
        for kind in [one for one in row.levels if one not in above]:
            lost = row.levels.pop(kind)
            inner = row.levels.setdefault("P", Placed()) if kind == "T" and "P" in above else row
            inner.join(lost)
    return found


def joined(levels: Sequence[Placed]) -> Placed:
    """Several levels in one."""
    found = Placed()
    for level in levels:
        found.join(_copy(level))
    return found


def _rank(kind: str) -> int:
    return RANKS.index(kind) if kind in RANKS else len(RANKS)


def _copy(level: Placed) -> Placed:
    return Placed(
        [Written(one.tag, dict(one.cells), list(one.pairs), one.is_solid) for one in level.segments],
        [(name, _copy(loop)) for name, loop in level.loops],
        {kind: _copy(one) for kind, one in level.levels.items()},
        [_copy(row) for row in level.rows],
    )

"""A guide as moves: from the place reached, a tag leads to a place, closes loops, opens one, and leaves out mandatory segments.

Worked out when first asked for and kept with the guide, so that a segment costs one look into a dictionary. Counts are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from msgspec import Struct

from gateway.formats.edi.gates import Gates
from gateway.formats.edi.guide import Guide, Usage, Use
from gateway.formats.edi.plans import Plan

LONGEST_PLAN = 1_000
MOST_PLANS = 256
TRAILERS = frozenset({"SE", "UNT"})


class State:
    """A place of the guide that was reached. `parent` is the state of the loop around it, `index` its place there."""

    __slots__ = ("index", "is_loop", "moves", "parent", "use")

    def __init__(self, use: Use, parent: State | None, index: int) -> None:
        self.use = use
        self.parent = parent
        self.index = index
        self.is_loop = use.is_loop
        self.moves: dict[str, tuple[Move, ...]] = {}


class Gap(Struct, frozen=True, eq=False):
    """A mandatory or expected place that was passed over, and the loop it belongs to; empty for the set itself."""

    use: Use
    loop: str


class Move(Struct, frozen=True, eq=False):
    """What a tag does: close `closes` loops, count on (`again`) or from 1 up to `most`, open a loop or not.

    `missing` are mandatory and expected places that were passed over; `is_odd` when there is something to tell.
    """

    state: State
    closes: int
    again: bool
    opens: bool
    most: int
    missing: tuple[Gap, ...] = ()
    is_back: bool = False
    is_odd: bool = False


class Transitions:
    """The states of one guide; shared by threads. `latest` let the last set through: most likely the next one lies like it."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.start = State(guide.root, None, -1)
        self.plans: dict[tuple[str, ...], Plan] = {}
        self.latest: tuple[Plan, Gates] | None = None
        self._states: dict[tuple[int, int], State] = {}

    def keep(self, tags: tuple[str, ...], plan: Plan) -> Plan:
        """Remember how a set lay that nothing was wrong with."""
        if len(tags) <= LONGEST_PLAN:
            if len(self.plans) >= MOST_PLANS:
                self.plans.clear()
            self.plans[tags] = plan
        return plan

    def moves(self, state: State, tag: str) -> tuple[Move, ...]:
        """The moves of a tag from a state, the best first; none where the set has no place for it."""
        found = tuple(self._ahead(state, tag)) or tuple(self._back(state, tag))
        state.moves[tag] = found
        return found

    def missing_at_end(self, state: State) -> tuple[Gap, ...]:
        """Mandatory and expected places behind a state, without the trailer."""
        return tuple(gap for level, index, _ in self._levels(state) for gap in _gaps(level, index + 1))

    def _ahead(self, state: State, tag: str) -> Iterator[Move]:
        passed: list[Gap] = []
        for level, index, closes in self._levels(state):
            for at in range(max(index, 0), len(level.use.items)):
                use = level.use.items[at]
                if use.tag != tag or (at == 0 and level.parent is not None):
                    continue
                missing = tuple(passed) + tuple(_gaps(level, index + 1, at))
                yield self._move(level, at, closes, again=at == index, missing=missing)
            passed += _gaps(level, index + 1)

    def _back(self, state: State, tag: str) -> Iterator[Move]:
        for level, index, closes in self._levels(state):
            first = 1 if level.parent is not None else 0
            for at in range(max(index, first) - 1, first - 1, -1):
                if level.use.items[at].tag == tag:
                    yield self._move(level, at, closes, again=False, missing=(), is_back=True)

    def _move(self, level: State, at: int, closes: int, *, again: bool, missing: tuple[Gap, ...], is_back: bool = False) -> Move:
        use = level.use.items[at]
        target = self._state(level, at)
        odd = bool(missing) or is_back or use.usage is Usage.UNUSED
        return Move(target, closes, again, use.is_loop, use.repeat, missing, is_back, odd)

    def _state(self, level: State, at: int) -> State:
        key = (id(level), at)
        found = self._states.get(key)
        if found is None:
            found = self._states.setdefault(key, State(level.use.items[at], level, at))
        return found

    def _levels(self, state: State) -> Iterator[tuple[State, int, int]]:
        """The loops around a place from the inside: the loop, the place reached in it, and how many loops are closed to get there."""
        if state.is_loop:
            yield state, 0 if state.parent is not None else -1, 0
        closes = 1 if state.is_loop else 0
        while state.parent is not None:
            yield state.parent, state.index, closes
            state, closes = state.parent, closes + 1


def transitions(guide: Guide) -> Transitions:
    """The moves of a guide, made once."""
    found = _KEPT.get(guide)
    if found is None:
        found = _KEPT.setdefault(guide, Transitions(guide))
    return found


_KEPT: WeakKeyDictionary[Guide, Transitions] = WeakKeyDictionary()


def _gaps(level: State, first: int, end: int | None = None) -> list[Gap]:
    """What is demanded between two places of a loop; trailers are the envelope's business."""
    loop = level.use.tag if level.parent is not None else ""
    wanted = {Usage.MANDATORY, Usage.EXPECTED}
    return [Gap(use, loop) for use in level.use.items[first:end] if use.usage in wanted and use.tag not in TRAILERS]

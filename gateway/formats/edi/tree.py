"""The segments of a set as the loops of its guide, and what is wrong with order, repeats and presence (edi 10.3).

Whatever is wrong, every segment has its place in the tree: nothing is lost that a mapping may want.
"""

from __future__ import annotations

from operator import itemgetter

from msgspec import structs

from gateway.formats.edi.elements import Checks, checks, has_short_dates
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.error_codes import SEGMENT_CODES
from gateway.formats.edi.findings import LENIENT, Finding, Level, Tolerance, Treat
from gateway.formats.edi.gates import Passed
from gateway.formats.edi.guide import Guide, Usage
from gateway.formats.edi.hierarchy import arrange
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.plans import Plan, plan_of
from gateway.formats.edi.segments import Segment, Standard
from gateway.formats.edi.totals import agree, total_findings
from gateway.formats.edi.transitions import Gap, Move, State, Transitions, transitions
from gateway.kernel.issues import Severity

TAG = itemgetter(0)


class Seed:
    """A set that a gate has let through: the values that are there, and its loops once somebody asks for them."""

    __slots__ = ("_plan", "_root", "_set", "passed")

    def __init__(self, set_: Set, plan: Plan, passed: Passed) -> None:
        self.passed = passed
        self._set, self._plan = set_, plan
        self._root: Loop | None = None

    def loop(self) -> Loop:
        """The set as loops."""
        root = self._root
        if root is None:
            root = self._root = self._plan.grow(self._set.type, self._set.segments)
        return root


def tree(set_: Set, guide: Guide, tolerance: Tolerance = LENIENT) -> Loop:
    """The set as loops; what is wrong with its segments, elements, levels and totals is added to its findings."""
    return loop_of(seed(set_, guide, tolerance))


def loop_of(node: Loop | Seed) -> Loop:
    """The loops of a set, grown or not."""
    return node if isinstance(node, Loop) else node.loop()


def seed(set_: Set, guide: Guide, tolerance: Tolerance = LENIENT) -> Loop | Seed:
    """The same as a tree, which a set in perfect order need not become: many are read by their values alone."""
    if guide.is_loose:
        return _without_order(set_, guide, tolerance)
    moves, short_dates = transitions(guide), has_short_dates(set_)
    latest = moves.latest
    if latest is not None and latest[1].is_for(set_, short_dates=short_dates) and (passed := latest[1].passed(set_)) and _closes(passed):
        return Seed(set_, latest[0], passed)
    tags = tuple(map(TAG, set_.segments))
    plan = moves.plans.get(tags)
    if plan is None:
        before = len(set_.findings)
        root = _Walk(set_, moves, tolerance).run()
        if len(set_.findings) == before:
            plan = moves.keep(tags, plan_of(root))
        _judge(set_, root, guide, plan, tolerance)
    else:
        gates = plan.gates_for(set_, short_dates=short_dates)
        passed = gates.passed(set_)
        if passed is not None and _closes(passed):
            moves.latest = (plan, gates)
            return Seed(set_, plan, passed)
        root = plan.grow(set_.type, set_.segments)
        if passed is None:
            _judge(set_, root, guide, plan, tolerance)
    _finish(set_, root, guide, tags, tolerance)
    return root


def _closes(passed: Passed) -> bool:
    """Whether the closing totals of a set are right, as far as its values alone tell."""
    ends = passed.gate.closings
    return ends is not None and agree(ends, passed.values)


def bare_tree(set_: Set, guide: Guide, tolerance: Tolerance = LENIENT) -> Loop:
    """The same without a look at the elements: where nobody is told what is wrong with them."""
    tags = tuple(map(TAG, set_.segments))
    moves = transitions(guide)
    plan = moves.plans.get(tags)
    root = plan.grow(set_.type, set_.segments) if plan is not None else _Walk(set_, moves, tolerance).run()
    _finish(set_, root, guide, tags, tolerance)
    return root


def _judge(set_: Set, root: Loop, guide: Guide, plan: Plan | None, tolerance: Tolerance) -> None:
    """The elements of all segments; of sets that lie alike and are right, a gate is made in time."""
    before = len(set_.findings)
    _look(set_, root, checks(guide, set_), tolerance)
    if guide.apart and len(set_.findings) > before:
        _soften(set_, root, guide.apart, before)
    if plan is not None and len(set_.findings) == before:
        plan.gates_for(set_, short_dates=has_short_dates(set_)).learn(set_, guide, plan)


def _finish(set_: Set, root: Loop, guide: Guide, tags: tuple[str, ...], tolerance: Tolerance) -> None:
    if guide.hierarchy is not None:
        arrange(root, guide.hierarchy, set_, tolerance)
    total_findings(root, guide, set_, tags, tolerance)


def _look(set_: Set, root: Loop, looked: Checks, tolerance: Tolerance) -> None:
    """The elements of all segments."""
    names: dict[int, str] = {}
    for position, segment in enumerate(set_.segments, 1):
        check = looked[segment[0]]
        if check is None or check.fits(segment):
            continue
        names = names or root.names()
        set_.findings += check.findings(set_, position, segment, names.get(position, ""), tolerance)


def _soften(set_: Set, root: Loop, name: str, since: int) -> None:
    """What was found since then inside of loops that stand for themselves is only told: whoever uses such a value refuses that loop."""
    inside = {position for loop in root.loops if loop.name == name for one in loop.all() for position, _ in one.segments}
    for at, finding in enumerate(set_.findings[since:], since):
        if finding.spot.position in inside:
            set_.findings[at] = structs.replace(finding, severity=Severity.WARNING)


def _without_order(set_: Set, guide: Guide, tolerance: Tolerance) -> Loop:
    """Segments of a set that we have no guide for: only what must be there refuses it."""
    root = Loop(set_.type, guide.root, segments=list(enumerate(set_.segments, 1)))
    looked = checks(guide, set_)
    for position, segment in root.segments:
        check = looked[segment[0]]
        if check is not None and not check.fits(segment):
            for finding in check.findings(set_, position, segment, "", tolerance):
                is_error = finding.kind == "missing"
                set_.findings.append(finding if is_error else structs.replace(finding, severity=Severity.WARNING))
    return root


class _Walk:
    """One set on its way through the moves of its guide."""

    def __init__(self, set_: Set, moves: Transitions, tolerance: Tolerance) -> None:
        self._set = set_
        self._known = moves.guide.segments
        self._transitions = moves
        self._tolerance = tolerance
        self._codes = SEGMENT_CODES[set_.standard]
        self._missing: dict[tuple[int, int], Finding] = {}

    def run(self) -> Loop:
        """Give every segment its place."""
        root = Loop(self._set.type, self._transitions.guide.root)
        state = self._transitions.start
        stack, counts = [root], [0]
        for position, segment in enumerate(self._set.segments, 1):
            state = self._place(position, segment, state, stack, counts)
        self._absent(self._transitions.missing_at_end(state), len(self._set.segments), stack[-1])
        self._set.findings += self._missing.values()
        return root

    def _place(self, position: int, segment: Segment, state: State, stack: list[Loop], counts: list[int]) -> State:
        """Give a segment its place where loops open or close, something is counted, or anything is odd; answers the place reached."""
        tag: str = segment[0]
        moves = state.moves.get(tag)
        if moves is None:
            moves = self._transitions.moves(state, tag)
        if not moves:
            stack[-1].segments.append((position, segment))
            self._unknown(position, tag, _name(stack[-1]))
            return state
        move = moves[0]
        depth = len(stack) - move.closes
        count = counts[depth - 1] + 1 if move.again else 1
        if count > move.most:
            move, depth, count = self._too_often(moves, position, tag, stack, counts)
        if move.is_back and not move.opens:
            stack[depth - 1].segments.append((position, segment))
            self._back(position, tag, stack[depth - 1], move, _name(stack[depth - 1]))
            return state
        if move.closes:
            del stack[depth:], counts[depth:]
        counts[-1] = count
        around = stack[-1]
        if move.is_odd:
            self._odd(position, tag, around, move)
        if move.opens:
            loop = Loop(tag, move.state.use, around, "", [(position, segment)])
            around.loops.append(loop)
            stack.append(loop)
            counts.append(1)
        else:
            around.segments.append((position, segment))
        return move.state

    def _too_often(self, moves: tuple[Move, ...], position: int, tag: str, stack: list[Loop], counts: list[int]) -> tuple[Move, int, int]:
        """Another place that has room, else the first one with a finding."""
        for move in moves:
            depth = len(stack) - move.closes
            count = counts[depth - 1] + 1 if move.again else 1
            if count <= move.most and not move.is_back:
                return move, depth, count
        move = moves[0]
        depth = len(stack) - move.closes
        count = counts[depth - 1] + 1
        kind, what = ("too_many_loops", "the loop") if move.opens else ("too_many_segments", "the segment")
        self._tell(
            kind,
            f"{tag}: {what} stands here for the {_nth(count)} time, at most {move.most} allowed",
            position,
            tag if move.opens else _name(stack[depth - 1]),
            self._tolerance.repeats,
        )
        return move, depth, count

    def _unknown(self, position: int, tag: str, loop: str) -> None:
        if tag in self._known:
            self._tell("not_in_set", f"{tag} is no segment of {self._set.type}", position, loop, self._tolerance.unknown_segments)
        else:
            self._tell("unknown_segment", f"{tag} is no segment that we know", position, loop, self._tolerance.unknown_segments)

    def _back(self, position: int, tag: str, around: Loop, move: Move, loop: str) -> None:
        """A segment behind its place; it is not missing any more."""
        self._missing.pop((id(around), id(move.state.use)), None)
        self._tell("out_of_sequence", f"{tag} stands behind its place", position, loop, self._tolerance.sequence)

    def _odd(self, position: int, tag: str, around: Loop, move: Move) -> None:
        loop = tag if move.opens else _name(around)
        if move.is_back:
            self._back(position, tag, around, move, loop)
        if move.state.use.usage is Usage.UNUSED:
            self._tell("not_used", f"{tag} is not used by this guide", position, loop, self._tolerance.unknown_segments)
        self._absent(move.missing, position, around)

    def _absent(self, gaps: tuple[Gap, ...], position: int, loop: Loop) -> None:
        for gap in gaps:
            use = gap.use
            kind = "missing_loop" if use.is_loop and use.is_own else "missing_segment"
            treat = Treat.REJECT if use.is_mandatory else Treat.WARN
            text = f"{use.tag} is missing" if use.is_mandatory else f"{use.tag} is missing, it is expected here"
            code = "I8" if use.is_own and not use.is_loop and self._set.standard is Standard.X12 else self._codes[kind]
            spot = structs.replace(self._set.spot(position, loop=gap.loop), tag=use.tag)
            self._missing[id(loop), id(use)] = Finding(Level.SEGMENT, kind, text, spot, code, severity=treat.severity)

    def _tell(self, kind: str, text: str, position: int, loop: str, treat: Treat) -> None:
        if treat is not Treat.ACCEPT:
            spot = self._set.spot(position, loop=loop)
            self._set.findings.append(Finding(Level.SEGMENT, kind, text, spot, self._codes[kind], severity=treat.severity))


def _name(loop: Loop) -> str:
    """The name of a loop for people and answers; the set itself has none."""
    return loop.name if loop.parent is not None else ""


def _nth(count: int) -> str:
    ending = "th" if 10 < count % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"

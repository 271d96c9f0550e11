"""One EDI file being read: its sets as documents, each with what is wrong with it, its group and its interchange.

Damage stays at its level: a broken set leaves its neighbours alone, a broken group or interchange refuses the sets in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from gateway.documents import Envelope
from gateway.formats.base import Broken, Fault, Found, Node, Oddity
from gateway.formats.edi.envelope import Closed, Group, GroupClosed, Set, Stray
from gateway.formats.edi.findings import Finding
from gateway.formats.edi.habits import Habits
from gateway.formats.edi.rails import Expected, Glimpse, Rails
from gateway.formats.edi.reading import read
from gateway.formats.edi.segments import Delimiters, Segment, Standard
from gateway.formats.edi.tree import Seed

if TYPE_CHECKING:
    from gateway.formats.edi.loops import Loop

ACKNOWLEDGEMENTS = frozenset({"997", "999", "CONTRL"})
"""Sets that answer ours: read elsewhere, by no mapping, and never answered."""
Grown = Callable[[Set], "tuple[tuple[int, ...], Loop | Seed | None, tuple[Fault, ...]]"]
"""Which layouts a set is for, its tree and what is wrong with it; no tree where it is for none."""
Damage = Mapping[tuple[int, int], Sequence[Finding]]


class EdiScan:
    """One file of interchanges; `standards` are those of the layouts that read it."""

    def __init__(self, source: BinaryIO, standards: Sequence[Standard], grown: Grown, habits: Habits, *, is_survey: bool) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self.is_damaged = False
        self.takers: tuple[int, ...] = ()
        self._source, self._standards, self._grown, self._habits = source, standards, grown, habits
        self._is_survey = is_survey
        self._remarks: list[Fault] = []
        self._around: _Around | None = None
        self._at: Set | Glimpse
        self._rails = Rails()

    @property
    def set(self) -> Set:
        """The set at hand."""
        return self._at if isinstance(self._at, Set) else self._at.set

    @property
    def delimiters(self) -> Delimiters:
        """Those of the set at hand."""
        return self.set.delimiters

    def __iter__(self) -> Iterator[Found]:
        damage = {} if self._is_survey else self._damage()
        some = False
        for event in read(self._source, self._habits, None if damage else self._rails):
            match event:
                case Glimpse():
                    self._at, self.rows, self.takers = event, (), event.rail.expected.takers
                    yield Found(event, event.where, 1, (), None, event.values, event.rail.expected.mould)
                case Set() if event.type in ACKNOWLEDGEMENTS:
                    some = True
                case Set():
                    some = True
                    yield self._found(event, damage)
                case GroupClosed() if event.group.is_refused:
                    self.is_damaged = True
                case Closed():
                    some = some or event.interchange.standard in self._standards
                    self.is_damaged |= event.interchange.is_refused
                case Stray():
                    self._remarks.append(fault_of(event.finding))
        if not some:
            text = self._remarks[0].text if self._remarks else f"the file holds no {self._standards[0].value} interchange"
            raise Broken(text)

    def head(self) -> Node | None:
        """Nothing stands before the sets that a mapping reads."""
        return None

    def tail(self) -> Node | None:
        """Closing counts belong to each set."""
        return None

    def faults(self) -> tuple[Fault, ...]:
        """Remarks about text outside of interchanges; they refuse nothing."""
        return tuple(self._remarks)

    def envelope(self, tag: str) -> Segment | None:
        """A control segment around the set at hand."""
        group = self.set.group
        match tag:
            case "ISA" | "UNB":
                return group.interchange.segment
            case "GS" | "UNG":
                return group.segment or None
            case "ST" | "UNH":
                return self.set.segments[0]
        return None

    def enveloped(self) -> Envelope:
        """What the control segments tell of the document: sender, receiver, version, reference and whether it is a test."""
        one, around = self._at, self._around
        told = one if isinstance(one, Set) else one.rail
        if around is None or around.group is not one.group or around.version != told.version or around.label != told.label:
            around = self._around = _around(one.group, told.version, told.label)
        return Envelope(
            sender=around.sender,
            receiver=around.receiver,
            version=around.told,
            reference=(around.before + one.control if one.control else around.before[:-1])[:80] or None,
            test=around.is_test,
        )

    def expect(self, found: Found, mould: object, words: Iterable[int], takes: Sequence[int]) -> None:
        """More sets like the one at hand may come, for this mould: it goes by these words of theirs, and takes these values."""
        if isinstance(found.node, Seed):
            self._rails.expect(self.set, found.node.passed, Expected(mould, frozenset(words), tuple(takes), self.takers))

    def _found(self, one: Set, damage: Damage) -> Found:
        self._at, self.rows = one, ()
        self.takers, node, faults = self._grown(one)
        interchange = one.group.interchange
        if damage:
            around = (*damage.get((interchange.number, 0), ()), *damage.get((interchange.number, one.group.number), ()))
            faults = (*(fault_of(finding) for finding in around), *faults)
        if isinstance(node, Seed) and not faults:
            return Found(node, one.where, 1, (), node.passed.gate.form, node.passed.values)
        return Found(node, one.where, 1, faults)

    def _damage(self) -> Damage:
        """What refuses whole interchanges (group 0) and groups, found by a pass of its own."""
        found: dict[tuple[int, int], Sequence[Finding]] = {}
        for event in read(self._source, self._habits):
            match event:
                case GroupClosed() if event.group.is_refused:
                    found[event.group.interchange.number, event.group.number] = [it for it in event.group.findings if it.is_error]
                case Closed() if event.interchange.is_refused:
                    found[event.interchange.number, 0] = [it for it in event.interchange.findings if it.is_error]
        self._source.seek(0)
        return found


class _Around(Struct, frozen=True):
    """What a group tells of all sets of one version in it; `before` are its numbers and that of its interchange, each with a stroke."""

    group: Group
    version: str
    label: str
    told: str | None
    before: str
    sender: str | None
    receiver: str | None
    is_test: bool


def _around(group: Group, version: str, label: str) -> _Around:
    interchange = group.interchange
    return _Around(
        group,
        version,
        label,
        f"{version} {label}".strip()[:20] or None,
        "".join([f"{number}/" for number in (interchange.control, group.control) if number]),
        interchange.sender or None,
        interchange.receiver or None,
        interchange.is_test,
    )


def fault_of(finding: Finding) -> Fault:
    """What a person is told of a finding."""
    return Fault(finding.kind, finding.text, str(finding.spot), finding.value, finding.severity)

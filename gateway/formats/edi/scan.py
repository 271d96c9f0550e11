"""One EDI file being read: its sets as documents, each with what is wrong with it, its group and its interchange.

Damage stays at its level: a broken set leaves its neighbours alone, a broken group or interchange refuses the sets in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from gateway.formats.base import Broken, Fault, Found, Node, Oddity
from gateway.formats.edi.envelope import Closed, Group, GroupClosed, Set, Stray
from gateway.formats.edi.findings import Finding
from gateway.formats.edi.habits import Habits
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
        self.set: Set
        self.is_damaged = False
        self.takers: tuple[int, ...] = ()
        self._source, self._standards, self._grown, self._habits = source, standards, grown, habits
        self._is_survey = is_survey
        self._remarks: list[Fault] = []
        self._around: tuple[Group, tuple[tuple[str, ...], dict[str, object]]] | None = None

    @property
    def delimiters(self) -> Delimiters:
        """Those of the set at hand."""
        return self.set.delimiters

    def __iter__(self) -> Iterator[Found]:
        damage = {} if self._is_survey else self._damage()
        some = False
        for event in read(self._source, self._habits):
            match event:
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

    def enveloped(self) -> Mapping[str, object]:
        """What the control segments tell of the document: sender, receiver, version, reference and whether it is a test."""
        one, group = self.set, self.set.group
        if self._around is None or self._around[0] is not group:
            self._around = (group, _around(group))
        numbers, around = self._around[1]
        return {
            **around,
            "version": (f"{one.version} {one.label}".strip())[:20] or None,
            "reference": "/".join((*numbers, one.control) if one.control else numbers)[:80] or None,
        }

    def _found(self, one: Set, damage: Damage) -> Found:
        self.set, self.rows = one, ()
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


def _around(group: Group) -> tuple[tuple[str, ...], dict[str, object]]:
    """The numbers of a group and its interchange, and what they tell of all sets in it."""
    interchange = group.interchange
    told: dict[str, object] = {"sender": interchange.sender or None, "receiver": interchange.receiver or None, "test": interchange.is_test}
    return tuple(number for number in (interchange.control, group.control) if number), told


def fault_of(finding: Finding) -> Fault:
    """What a person is told of a finding."""
    return Fault(finding.kind, finding.text, str(finding.spot), finding.value, finding.severity)

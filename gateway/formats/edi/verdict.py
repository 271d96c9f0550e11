"""What becomes of the interchanges of a file, from their structure and findings alone: all that an answer to the partner needs (edi 3.2).

Small: of a set its numbers and findings stay, not its segments. Not for: what the business says about a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct, field

from gateway.formats.edi.envelope import Closed, Event, Group, GroupClosed, Interchange, Set
from gateway.formats.edi.findings import Finding, Level
from gateway.formats.edi.segments import Segment, Standard, components

ANSWERS = frozenset({"FA", "CONTRL", "997", "999"})
"""Functional ids and types of what is itself an answer; nothing answers an answer."""
MOST = 200
"""So many findings of one set are kept; a hopeless set does not fill the memory."""


class Judged(StrEnum):
    """The verdict on a set, a group or an interchange, in the words of X12."""

    ACCEPTED = "A"
    WITH_ERRORS = "E"
    PARTLY = "P"
    REFUSED = "R"

    @property
    def is_taken(self) -> bool:
        """Whether what it is about is used."""
        return self in {Judged.ACCEPTED, Judged.WITH_ERRORS}


class SetReport(Struct, kw_only=True):
    """One set: its numbers, what is wrong with it, and whether it is used. `opening` is the composite of UNH that names its kind."""

    type: str
    control: str
    offset: int
    convention: str = ""
    opening: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    judged: Judged = Judged.ACCEPTED

    @property
    def is_answer(self) -> bool:
        """Whether it is an acknowledgement itself."""
        return self.type in ANSWERS


class GroupReport(Struct, kw_only=True):
    """One group and its sets; `claimed` is what its trailer counts."""

    kind: str
    control: str
    version: str = ""
    segment: Segment = field(default_factory=list)
    claimed: int | None = None
    findings: tuple[Finding, ...] = ()
    sets: list[SetReport] = field(default_factory=list)
    judged: Judged = Judged.ACCEPTED

    @property
    def accepted(self) -> int:
        """How many of its sets are used."""
        return sum(1 for one in self.sets if one.judged.is_taken)

    @property
    def is_answer(self) -> bool:
        """Whether it holds acknowledgements only, which nobody answers."""
        return self.kind in ANSWERS or (bool(self.sets) and all(one.is_answer for one in self.sets))


class Report(Struct, kw_only=True):
    """One interchange with its groups; the interchange itself without the text of its sets."""

    interchange: Interchange
    groups: list[GroupReport] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    judged: Judged = Judged.ACCEPTED

    @property
    def is_answer(self) -> bool:
        """Whether it holds acknowledgements only."""
        served = any(segment[0] == "TA1" for segment in self.interchange.services)
        return all(group.is_answer for group in self.groups) if self.groups else served

    @property
    def sets(self) -> Iterator[SetReport]:
        """All sets of all groups."""
        return (one for group in self.groups for one in group.sets)


class Manner(Struct, frozen=True, kw_only=True):
    """How a partner's files are judged: what warnings come to, and whether one bad set refuses all others of the file."""

    with_errors: Judged = Judged.WITH_ERRORS
    whole_file: bool = False


USUAL = Manner()
Manners = Callable[[Standard], Manner]
"""How each standard is judged."""
Look = Callable[[Set], Iterable[Finding]]
"""What is found in a set beside what its reading has found; what this adds to the findings of the set counts too."""
Besides = Mapping[int, Sequence[Finding]]
"""Further findings about interchanges, by the byte at which each begins."""
NOTHING: Besides = MappingProxyType({})


def reports(events: Iterable[Event], look: Look, *, besides: Besides = NOTHING, manner: Manners = lambda _: USUAL) -> Iterator[Report]:
    """A report for each interchange, as it closes; with `whole_file` judge what all of them come to by `refuse_all`."""
    groups: list[GroupReport] = []
    sets: list[SetReport] = []
    for event in events:
        match event:
            case Set():
                further = tuple(look(event))
                sets.append(_set(event, (*event.findings, *further)))
            case GroupClosed():
                groups.append(_group(event.group, sets, manner(event.group.interchange.standard)))
                sets = []
            case Closed():
                yield _report(event.interchange, groups, besides.get(event.interchange.offset, ()))
                groups, sets = [], []


def refuse_all(found: Sequence[Report], manner: Manners) -> None:
    """Where a partner wants all or nothing: one refused set refuses every other of the file."""
    if all(report.judged.is_taken and all(one.judged.is_taken for one in report.sets) for report in found):
        return
    for report in (one for one in found if manner(one.interchange.standard).whole_file):
        for group in report.groups:
            group.judged = Judged.REFUSED
            for one in group.sets:
                one.judged = Judged.REFUSED


def _set(one: Set, findings: Sequence[Finding]) -> SetReport:
    opening: tuple[str, ...] = ()
    if one.standard is Standard.EDIFACT and len(one.segments[0]) > 2:
        opening = tuple(components(one.segments[0][2], one.delimiters))
    kept = tuple(dict.fromkeys(findings))[:MOST]
    return SetReport(
        type=one.type,
        control=one.control,
        offset=one.offset,
        convention=one.convention,
        opening=opening,
        findings=kept,
        judged=_worst(kept),
    )


def _worst(findings: Iterable[Finding]) -> Judged:
    worst = Judged.ACCEPTED
    for finding in findings:
        if finding.is_error:
            return Judged.REFUSED
        worst = Judged.WITH_ERRORS
    return worst


def _group(group: Group, sets: list[SetReport], manner: Manner) -> GroupReport:
    made = GroupReport(
        kind=group.kind,
        control=group.control,
        version=group.version,
        segment=group.segment,
        claimed=group.claimed,
        findings=tuple(group.findings),
        sets=sets,
    )
    for one in sets:
        if one.judged is Judged.WITH_ERRORS:
            one.judged = manner.with_errors
    if group.is_refused:
        for one in sets:
            one.judged = Judged.REFUSED
        made.judged = Judged.REFUSED
    else:
        made.judged = _together(sets, manner.with_errors if made.findings else Judged.ACCEPTED)
    return made


def _together(sets: Sequence[SetReport], least: Judged) -> Judged:
    """What the verdicts on the sets of a group come to."""
    refused = sum(1 for one in sets if one.judged is Judged.REFUSED)
    if sets and refused == len(sets):
        return Judged.REFUSED
    if refused:
        return Judged.PARTLY
    return Judged.WITH_ERRORS if any(one.judged is Judged.WITH_ERRORS for one in sets) else least


def _report(interchange: Interchange, groups: list[GroupReport], further: Sequence[Finding]) -> Report:
    findings = (*interchange.findings, *further)
    judged = _worst(it for it in findings if it.level is Level.INTERCHANGE)
    if judged is Judged.REFUSED:
        for group in groups:
            group.judged = Judged.REFUSED
            for one in group.sets:
                one.judged = Judged.REFUSED
    return Report(interchange=interchange, groups=groups, findings=findings, judged=judged)

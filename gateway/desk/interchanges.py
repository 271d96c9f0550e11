"""What the interchanges of a file hold and what is wrong with them, by the envelope and our guides alone; no mapping is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, field

from gateway.formats.edi import Closed, Finding, GroupClosed, GroupOpened, Interchange, Level, Opened, Set, Standard, Stray, read
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.keys import document_number, line_count
from gateway.formats.edi.tree import tree
from gateway.kernel import Issue

_ELEMENTS = {  # the element of an X12 answer that carries the code
    Level.INTERCHANGE: "TA1",
    Level.GROUP: "AK905",
    Level.SET: "AK502",
    Level.SEGMENT: "AK304",
    Level.ELEMENT: "AK403",
}


class SetFound(Struct, frozen=True):
    """One set or message: type, control number, segments, the document's own number, its lines and issues."""

    type: str
    control: str
    segments: int
    document: str
    lines: int
    issues: tuple[Issue, ...] = ()
    version: str = ""


class GroupFound(Struct):
    """One group; an interchange without groups has one with an empty control number."""

    control: str
    kind: str
    sets: list[SetFound] = field(default_factory=list)
    issues: tuple[Issue, ...] = ()


class InterchangeFound(Struct):
    """One interchange."""

    standard: str
    control: str
    sender: str
    receiver: str
    is_test: bool
    groups: list[GroupFound] = field(default_factory=list)
    issues: tuple[Issue, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether anything in it would be refused."""
        sets = [one.issues for group in self.groups for one in group.sets]
        return any(issue.is_error for issues in (self.issues, *(group.issues for group in self.groups), *sets) for issue in issues)


class Surveyed(Struct, frozen=True):
    """The interchanges of a file, and what is wrong with the file itself."""

    interchanges: tuple[InterchangeFound, ...]
    issues: tuple[Issue, ...]


def survey(file: Path, advance: Callable[[int], None] = lambda _: None) -> Surveyed:
    """Read a file of interchanges to its end; `advance` hears of every set."""
    shelf = Shelf()
    found: list[InterchangeFound] = []
    issues: list[Issue] = []
    with file.open("rb") as source:
        for event in read(source):
            match event:
                case Opened(interchange):
                    found.append(_interchange(interchange))
                case GroupOpened(group):
                    found[-1].groups.append(GroupFound(group.control, group.kind))
                case Set():
                    advance(1)
                    found[-1].groups[-1].sets.append(_set(event, shelf))
                case GroupClosed(group):
                    found[-1].groups[-1].issues = _issues(group.findings, group.interchange.standard)
                case Closed(interchange):
                    found[-1].issues = _issues(interchange.findings, interchange.standard)
                case Stray(finding):
                    issues += _issues([finding], None)
    return Surveyed(tuple(found), tuple(issues))


def _interchange(it: Interchange) -> InterchangeFound:
    return InterchangeFound(it.standard.value, it.control, it.sender, it.receiver, it.is_test)


def _set(it: Set, shelf: Shelf) -> SetFound:
    tree(it, shelf.find(it.standard, it.type, it.version) or shelf.loose(it.standard, it.version))
    issues = _issues(it.findings, it.standard)
    return SetFound(it.type, it.control, len(it.segments), document_number(it), line_count(it), issues, it.version)


def _issues(findings: Iterable[Finding], standard: Standard | None) -> tuple[Issue, ...]:
    return tuple(
        Issue(_code(it, standard), it.text, where=str(it.spot), value=it.value, kind=it.kind, severity=it.severity) for it in findings
    )


def _code(finding: Finding, standard: Standard | None) -> str:
    """The code that an answer gives, with the element that holds it; a code of ours where the standard has none."""
    if not finding.code or standard is None:
        return "MAP-01"
    return f"0085 {finding.code}" if standard is Standard.EDIFACT else f"{_ELEMENTS[finding.level]} {finding.code}"

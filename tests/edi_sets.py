"""Sets and messages of our own making for the tests of guides: segments a line each, without envelopes."""

from __future__ import annotations

from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.findings import LENIENT, Finding, Tolerance
from gateway.formats.edi.guide import Guide
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.places import Places
from gateway.formats.edi.segments import Delimiters, Segment, Standard
from gateway.formats.edi.tree import tree

X12 = Delimiters(element="*", component=">", terminator="~", repetition="^")
OLD_X12 = Delimiters(element="*", component=">", terminator="~")
EDIFACT = Delimiters(element="+", component=":", terminator="'", release="?")


def x12_set(kind: str, body: str, *, version: str = "004010", marks: Delimiters = OLD_X12) -> Set:
    """A transaction set around the segments of `body`, blank lines and indents left out."""
    inner = [line.strip() for line in body.splitlines() if line.strip()]
    lines = [f"ST*{kind}*0001", *inner, f"SE*{len(inner) + 2}*0001"]
    return made(Standard.X12, kind, version, lines, marks)


def edifact_message(kind: str, body: str, *, version: str = "D.96A", marks: Delimiters = EDIFACT) -> Set:
    """A message around the segments of `body`."""
    inner = [line.strip() for line in body.splitlines() if line.strip()]
    lines = [f"UNH+1+{kind}:{version.replace('.', ':')}:UN", *inner, f"UNT+{len(inner) + 2}+1"]
    return made(Standard.EDIFACT, kind, version, lines, marks)


def made(standard: Standard, kind: str, version: str, lines: list[str], marks: Delimiters) -> Set:
    """A set of these segments as they stand, trailer or not."""
    segments: list[Segment] = [list(line.split(marks.element)) for line in lines]
    header: Segment = ["ISA"] if standard is Standard.X12 else ["UNB"]
    interchange = Interchange(standard=standard, number=1, offset=0, delimiters=marks, segment=header)
    text = "".join(line + marks.terminator for line in lines)
    return Set(
        standard=standard,
        type=kind,
        control="0001",
        version=version,
        label="",
        convention="",
        held=segments,
        offset=0,
        delimiters=marks,
        group=Group(interchange=interchange, number=1),
        number=1,
        places=Places(text, 0, marks),
    )


def read_tree(set_: Set, guide: Guide | None = None, tolerance: Tolerance = LENIENT) -> Loop:
    """The tree of a set by our guide for it, or by another one."""
    shelf = Shelf()
    return tree(set_, guide or shelf.find(set_.standard, set_.type, set_.version) or shelf.loose(set_.standard), tolerance)


def findings(set_: Set, guide: Guide | None = None, tolerance: Tolerance = LENIENT) -> list[Finding]:
    """What our guide finds wrong with a set."""
    read_tree(set_, guide, tolerance)
    return set_.findings


def drawn(loop: Loop) -> str:
    """A tree in one line: `PO1(PO1 PID N1(N1 N3))`, levels as `HL.S`."""
    tags = [str(segment[0]) for _, segment in loop.segments]
    name = f"{loop.name}.{loop.level}" if loop.level else loop.name
    return f"{name}({' '.join([*tags, *map(drawn, loop.loops)])})"

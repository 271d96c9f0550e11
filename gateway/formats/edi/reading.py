"""A file as events: every interchange in it, of either standard, in the order of the file; memory for one set at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from gateway.formats.edi.checks import Checks
from gateway.formats.edi.edifact import open_edifact
from gateway.formats.edi.envelope import Event, Interchange, Stray
from gateway.formats.edi.findings import Finding, Level, Spot, Tolerance, Treat
from gateway.formats.edi.foreign import foreign
from gateway.formats.edi.habits import NO_HABITS, Habits
from gateway.formats.edi.headers import HEADER, NEAR, skip_to_header
from gateway.formats.edi.rails import Rails
from gateway.formats.edi.segments import Standard
from gateway.formats.edi.tape import Tape
from gateway.formats.edi.walk import walk
from gateway.formats.edi.x12 import open_x12

_MARK = "\xef\xbb\xbf"
_SHOWN = 60


def read(source: BinaryIO, habits: Habits = NO_HABITS, rails: Rails | None = None) -> Iterator[Event]:
    """Everything a file holds, read as agreed with the partner; never an exception for what stands in it.

    Sets come as glimpses where rails are laid for them.
    """
    tape = Tape(source)
    seen: set[tuple[str, ...]] = set()
    number = 0
    has_stray = False
    last: Standard | None = None
    while True:
        filler = _skip(tape)
        head = tape.fill(NEAR)
        if not head:
            break
        if not HEADER.match(head):
            stray = _stray(tape, number, habits, last)
            has_stray = True
            if stray is not None:
                yield stray
            continue
        number += 1
        last = _standard(head)
        habit, open_ = habits.of(last), open_x12 if last is Standard.X12 else open_edifact
        opening = open_(tape, number, habit.tolerance, habit.encoding)
        if filler:
            _note_filler(opening.interchange, opening.checks)
        _note_repeated(opening.interchange, opening.checks, seen)
        yield from walk(tape, opening, rails)
    if not number and not has_stray:
        yield Stray(Finding(Level.FILE, "unreadable", "the file is empty", Spot(offset=0)))


def _skip(tape: Tape) -> int:
    """Go over byte order marks and filler; how many characters."""
    before = tape.offset
    tape.skip_filler()
    while tape.fill(len(_MARK)) == _MARK:
        tape.at += len(_MARK)
        tape.skip_filler()
    return tape.offset - before


def _standard(head: str) -> Standard:
    return Standard.X12 if head.startswith("ISA") else Standard.EDIFACT


def _stray(tape: Tape, number: int, habits: Habits, last: Standard | None) -> Stray | None:
    """What stands before the next interchange, or the end of the file; behind it the tape stands.

    It weighs as in the interchange before it, at the beginning of a file as in the one behind it.
    """
    offset, head = tape.offset, tape.fill(NEAR)
    if not number and not HEADER.search(head):
        name = foreign(head.encode("latin-1"))
        text = f"this is {name}, which is not taken" if name else "no interchange begins here: neither ISA nor UNA nor UNB was found"
        while tape.more():
            tape.at = len(tape.text)
        tape.at = len(tape.text)
        return Stray(Finding(Level.FILE, "unreadable", text, Spot(offset=offset), value=_shown(head)))
    tape.at += 1
    skip_to_header(tape)
    tolerance: Tolerance = habits.of(last or _standard(tape.fill(NEAR))).tolerance
    if tolerance.stray is Treat.ACCEPT:
        return None
    text = f"{tape.offset - offset} bytes outside of any interchange were left out: {_shown(head[: tape.offset - offset])!r}"
    return Stray(Finding(Level.FILE, "stray", text, Spot(offset=offset), value=_shown(head), severity=tolerance.stray.severity))


def _note_filler(interchange: Interchange, checks: Checks) -> None:
    text = "blanks, line ends or a byte order mark stand before the interchange"
    checks.note(interchange, "filler", text, interchange.spot(), treat=checks.tolerance.filler)


def _note_repeated(interchange: Interchange, checks: Checks, seen: set[tuple[str, ...]]) -> None:
    it = interchange
    key = (it.standard, it.sender_qualifier, it.sender, it.receiver_qualifier, it.receiver, it.control)
    if key in seen:
        text = f"interchange {it.control!r} from {it.sender!r} to {it.receiver!r} stands in this file before"
        checks.note(it, "repeated_number", text, it.spot(it.segment[0]), value=it.control)
    seen.add(key)


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text[:_SHOWN]).strip()

"""Where the segments and elements of a set stand in the file: worked out only when a finding asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gateway.formats.edi.segments import Delimiters

FILLER = re.compile(r"[ \t\r\n\x00\x1a]*")


class Places(Struct):
    """The text of a set as it was read, one character a byte, and the byte of the file at which it begins.

    `marks` are the delimiters in that text; `breaks` are further characters that end a segment.
    """

    text: str
    base: int
    marks: Delimiters
    breaks: str = ""
    starts: list[int] | None = None

    def offset(self, position: int, element: int = 0, component: int = 0, repetition: int = 0) -> int:
        """The byte at which segment `position` begins, or an element, repetition or component of it; -1 where it is not there."""
        if self.starts is None:
            self.starts = [start for start, end in spans(self.text, self.marks.terminator, self.breaks) if end > start]
        if not 0 < position <= len(self.starts):
            return -1
        at = self.starts[position - 1]
        end = segment_end(self.text, at, self.marks.terminator, self.breaks)
        at, end = _part(self.text, at, end, self.marks.element, element)
        at, end = _part(self.text, at, end, self.marks.repetition, repetition - 1)
        at, end = _part(self.text, at, end, self.marks.component, component - 1)
        return self.base + at


def spans(text: str, terminator: str, breaks: str = "", at: int = 0) -> Iterator[tuple[int, int]]:
    """Beginning and end of each segment behind `at`, empty ones too; filler between segments is skipped."""
    while True:
        at = skip_filler(text, at)
        if at >= len(text):
            return
        end = segment_end(text, at, terminator, breaks)
        yield at, end
        at = end + (len(terminator) if text.startswith(terminator, end) else 1)


def skip_filler(text: str, at: int) -> int:
    """The next place at or behind `at` that holds neither blank nor line end."""
    found = FILLER.match(text, at)
    return found.end() if found else at


def segment_end(text: str, at: int, terminator: str, breaks: str = "") -> int:
    """Where the segment that begins at `at` ends: at its terminator, or with the text."""
    ends = [end for mark in (terminator, *breaks) if (end := text.find(mark, at)) >= 0]
    return min(ends, default=len(text))


def _part(text: str, at: int, end: int, separator: str, number: int) -> tuple[int, int]:
    """The part behind the separator `number` within a span; the span itself for 0, an empty one at its end where there are fewer."""
    if number <= 0 or not separator:
        return at, end
    for _ in range(number):
        found = text.find(separator, at, end)
        if found < 0:
            return end, end
        at = found + len(separator)
    found = text.find(separator, at, end)
    return at, end if found < 0 else found

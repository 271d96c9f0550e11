"""Where interchanges begin: the first bytes of a file, and what stands at the beginning of a segment."""

from __future__ import annotations

import re
from typing import Protocol

_BREAK = "[\r\n]*"
_ISA = r"ISA(?=([^0-9A-Za-z \t\r\n])(?:(?!\1)[\s\S]){0,40}\1)"
_UNA = rf"UNA[^0-9A-Za-z][\s\S]{{5}}\s*U{_BREAK}N{_BREAK}B(?![0-9A-Za-z])"
_UNB = rf"U{_BREAK}N{_BREAK}B(?=[+\x1d])"
HEADER = re.compile(f"{_ISA}|{_UNA}|{_UNB}")
ON_A_LINE = re.compile(f"(?<=[\r\n])(?:{_ISA}|{_UNA}|{_UNB})")
"""An interchange that begins on a line of its own, as it does where the terminator before it is missing."""
_QUALIFIED = r"ISA(?=([^0-9A-Za-z \t\r\n])[0-9A-Z ]{2}\1(?:[^\r\n]{10})?\1[0-9A-Z ]{2}\1)"
BEHIND_TEXT = re.compile(f"(?<![0-9A-Za-z])(?:{_QUALIFIED}|{_UNA}|{_UNB})")
"""An interchange behind other text. More is asked of it than at the beginning: VISA, LISA and the item ISA-100-B stand in many files."""
_LONGEST = 64
NEAR = 1024
"""How far behind its beginning a file may hide its first interchange."""


class Readable(Protocol):
    """A text that can be made longer."""

    text: str
    at: int

    def fill(self, length: int) -> str:
        """The next characters."""
        ...

    def more(self) -> bool:
        """Read on."""
        ...


def opens(tape: Readable, ahead: int = 0) -> bool:
    """Whether an interchange begins `ahead` of where the tape stands."""
    if tape.text[tape.at + ahead : tape.at + ahead + 1] not in {"I", "U"}:
        return False
    tape.fill(ahead + _LONGEST)
    return HEADER.match(tape.text, tape.at + ahead) is not None


def skip_to_header(tape: Readable) -> None:
    """Leave the tape where the next interchange begins, or at the end of the file."""
    while True:
        found = HEADER.search(tape.text, tape.at)
        if found:
            tape.at = found.start()
            return
        tape.at = max(tape.at, len(tape.text) - _LONGEST)
        if not tape.more():
            tape.at = len(tape.text)
            return

"""ISA: where its elements end although it is not as wide as it must be, and the delimiters that it shows (edi 2.1)."""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

from gateway.formats.edi.charsets import UTF8, WINDOWS
from gateway.formats.edi.segments import Delimiters

WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
LENGTH = 106
HEAD = 2048
_WIDEST = 80
_REPETITION_FROM = "00402"
_IN_NUMBERS = frozenset("-.")
_BEHIND = re.compile(r"\s*(?:GS|TA1|IEA|ISB|ISE|IE|ST)(?=[^0-9A-Za-z])")


class Isa(Struct, frozen=True, kw_only=True):
    """What ISA tells. `marks` are the delimiters one character a byte, `length` its bytes with the terminator.

    `breaks`: line ends end segments too, as ISA16 is left out. `flaw` says why its delimiters cannot be used, with the TA1 note `code`.
    """

    elements: list[str]
    delimiters: Delimiters
    marks: Delimiters
    length: int
    encoding: str
    is_padded: bool = True
    is_wrapped: bool = False
    breaks: str = ""
    flaw: str = ""
    code: str = ""


def read_isa(head: str, encoding: str = "") -> Isa:
    """The ISA at the beginning of this text, which has one character a byte; short only where the file ends."""
    text, encoding = _decoded(head, encoding)
    element = text[3:4]
    found = _sane(_strict(text, element)) or _sane(_wrapped(text, element)) or _counted(text, element)
    if found is None:
        return _unusable(text, element, encoding)
    elements, terminator, length, is_padded, is_wrapped = found
    elements = [one.replace("\r", "").replace("\n", "") for one in elements]
    component, breaks = elements[15], ""
    if terminator in {"\n", "\r"} and _is_left_out(text, length, element, component):
        terminator, component, breaks = component, "", "\r\n"
        elements[15] = ""
    repetition = elements[10]
    is_repeating = elements[11] >= _REPETITION_FROM and len(repetition) == 1 and not _is_data(repetition) and repetition not in _IN_NUMBERS
    delimiters = Delimiters(element, component, terminator, repetition if is_repeating else "")
    if is_repeating and repetition in {element, component, terminator}:
        delimiters = Delimiters(element, component, terminator)
    flaw, code = _flaw(delimiters, breaks)
    return Isa(
        elements=["ISA", *elements],
        delimiters=delimiters,
        marks=_marks(delimiters, encoding),
        length=len(text[:length].encode(encoding)),
        encoding=encoding,
        is_padded=is_padded,
        is_wrapped=is_wrapped,
        breaks=breaks,
        flaw=flaw,
        code=code,
    )


_Found = tuple[list[str], str, int, bool, bool]


def _sane(found: _Found | None) -> _Found | None:
    """What was found, unless its delimiters cannot be: ISA is longer or shorter by one."""
    return None if found is None or _is_data(found[1]) or _is_data(found[0][15]) or found[0][15] == found[1] else found


def _strict(text: str, element: str) -> _Found | None:
    """ISA as wide as it must be: sixteen elements of their widths, then the terminator."""
    body = text[: LENGTH - 1]
    parts = body.split(element)
    if len(text) < LENGTH or tuple(len(part) for part in parts[1:]) != WIDTHS:
        return None
    return parts[1:], text[LENGTH - 1], LENGTH, True, False


def _wrapped(text: str, element: str) -> _Found | None:
    """The same with line ends in it, as lines of a fixed width leave them."""
    places = [place for place, one in enumerate(text[: 2 * LENGTH]) if one not in "\r\n"][:LENGTH]
    found = _strict("".join(text[place] for place in places), element) if len(places) == LENGTH else None
    return (found[0], found[1], places[-1] + 1, True, True) if found else None


def _counted(text: str, element: str) -> _Found | None:
    """Any widths: what stands behind the sixteenth separator, up to the next segment, is ISA16 and the terminator."""
    parts = text.split(element, 16)
    if len(parts) < 17 or any(len(part) > _WIDEST for part in parts[:16]):
        return None
    tail = parts[16]
    at = len(text) - len(tail)
    behind = _BEHIND.search(tail[:_WIDEST])
    between = tail[: behind.start()] if behind else tail[:2]
    lines = behind[0].partition("\r" if behind[0].startswith("\r") else "\n")[1] if behind else ""
    if len(between) < 2:
        between = between + lines if between or lines else between
        if len(between) == 1:
            return [*parts[1:16], ""], between, at + 1, False, False
    if len(between) < 2:
        return None
    return [*parts[1:16], between[0]], between[-1], at + len(between), False, False


def _is_left_out(text: str, length: int, element: str, component: str) -> bool:
    """Whether what looks like the component separator ends the segments, and the line end behind it is nothing: ISA16 is left out."""
    lines = [line.rstrip("\r") for line in text[length:].split("\n")[:-1]]
    lines = [line for line in lines if line and not line.startswith(f"ISA{element}")][:8]
    return bool(component) and len(lines) > 1 and sum(line.endswith(component) for line in lines) > len(lines) / 2


def _flaw(delimiters: Delimiters, breaks: str) -> tuple[str, str]:
    """Why these characters cannot be told apart, with the TA1 note."""
    if not breaks and (_is_data(delimiters.terminator) or delimiters.terminator == delimiters.element):
        return f"the segment terminator cannot be {delimiters.terminator!r}", "004"
    if _is_data(delimiters.element):
        return f"the element separator cannot be {delimiters.element!r}", "026"
    component = delimiters.component
    if component and (_is_data(component) or component in {delimiters.element, delimiters.terminator}):
        return f"the component separator cannot be {component!r}", "027"
    return "", ""


def _is_data(character: str) -> bool:
    return character.isalnum() or character in " \t\xa0"


def _unusable(text: str, element: str, encoding: str) -> Isa:
    """An ISA without an end: its elements as far as they can be told apart."""
    parts = [part for part in text.split(element)[:17] if len(part) <= _WIDEST]
    delimiters = Delimiters(element, "", "")
    flaw = "the file ends inside of ISA, it was cut off" if len(text) < HEAD // 4 else "ISA does not have sixteen elements"
    code = "023" if len(text) < HEAD // 4 else "022"
    elements = [*parts, *[""] * (17 - len(parts))]
    return Isa(
        elements=elements, delimiters=delimiters, marks=delimiters, length=3, encoding=encoding, is_padded=False, flaw=flaw, code=code
    )


def _marks(delimiters: Delimiters, encoding: str) -> Delimiters:
    """The delimiters one character a byte."""
    shown = [getattr(delimiters, name).encode(encoding).decode("latin-1") for name in ("element", "component", "terminator", "repetition")]
    return Delimiters(*shown)


def _decoded(head: str, encoding: str) -> tuple[str, str]:
    """The head as text, and the encoding that its first bytes fit."""
    sent = head.encode("latin-1")
    for name in (encoding, UTF8, WINDOWS):
        if name and _fits(sent[: LENGTH * 2], name):
            return sent.decode(name, "replace"), name
    return head, "latin-1"


def _fits(sent: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(sent)
    except UnicodeDecodeError:
        return False
    return True

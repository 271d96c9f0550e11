"""The short words of guide files: `PO1! *100 @005010` for a place of a segment, `AN 1/50` for a type, `P0304` for a relation."""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.formats.edi.guide import UNLIMITED, Kind, Relation, Usage

PLACE = re.compile(
    r"(?P<tag>[A-Z][A-Z0-9]{1,2})(?P<usage>[!?])?(?: \*(?P<most>\d*))?(?: @(?P<release>\w+))?(?: after (?P<after>[A-Z][A-Z0-9]{1,2}))?"
)
ELEMENT = re.compile(r"(?P<number>any|[CS]?\d{1,4})(?P<usage>!)?(?: \*(?P<most>\d+))?(?: @(?P<release>\w+))?(?: (?P<name>\D.*))?")
PAIRS = re.compile(r"pairs (\d+)")
X12_TYPE = re.compile(r"(AN|ID|DT|TM|R|N(\d?)) (\d+)/(\d+)")
EDIFACT_TYPE = re.compile(r"(an|a|n)(\.\.)?(\d+)")
RELATION = re.compile(r"([PRECL])((?:\d\d){2,})(\?)?")
USAGES = {"!": Usage.MANDATORY, "?": Usage.EXPECTED, None: Usage.OPTIONAL, "": Usage.OPTIONAL}


class Place(Struct, frozen=True):
    """A word for a segment in a list: its tag, usage, most repeats, the one release it belongs to, and behind which it goes."""

    tag: str
    usage: Usage
    most: int
    release: str = ""
    after: str = ""


class Slot(Struct, frozen=True):
    """A word for an element in a list: its number, usage, repeats, the one release it belongs to, a name of its own."""

    number: str
    usage: Usage
    most: int
    release: str = ""
    name: str = ""


class Size(Struct, frozen=True):
    """A type with its lengths."""

    kind: Kind
    shortest: int
    longest: int
    decimals: int = 0


def place(text: str) -> Place | None:
    """What a word says about a segment; nothing when it cannot be read."""
    found = PLACE.fullmatch(text)
    if found is None:
        return None
    most = found["most"]
    return Place(found["tag"], USAGES[found["usage"]], _most(most), found["release"] or "", found["after"] or "")


def slot(text: str) -> Slot | None:
    """What a word says about an element; nothing when it cannot be read."""
    found = ELEMENT.fullmatch(text)
    if found is None:
        return None
    return Slot(found["number"], USAGES[found["usage"]], int(found["most"] or 1), found["release"] or "", (found["name"] or "").strip())


def size(text: str) -> Size | None:
    """What a type says; nothing when it cannot be read."""
    found = X12_TYPE.fullmatch(text)
    if found is not None:
        kind = Kind.WHOLE if found[1][0] == "N" else Kind(found[1])
        return _sensible(Size(kind, int(found[3]), int(found[4]), int(found[2] or 0)))
    found = EDIFACT_TYPE.fullmatch(text)
    if found is None:
        return None
    longest = int(found[3])
    return _sensible(Size(Kind(found[1]), 1 if found[2] else longest, longest))


def relation(text: str) -> Relation | None:
    """What a relation says; nothing when it cannot be read."""
    found = RELATION.fullmatch(text)
    if found is None:
        return None
    return Relation(found[1], tuple(int(found[2][at : at + 2]) for at in range(0, len(found[2]), 2)), is_told=bool(found[3]))


def _most(text: str | None) -> int:
    return 1 if text is None else int(text) if text else UNLIMITED


def _sensible(found: Size) -> Size | None:
    return found if 0 < found.shortest <= found.longest else None

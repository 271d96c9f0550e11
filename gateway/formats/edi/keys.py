"""What people call a set by: its own number, and how many lines it has; for lists and inspections, which know no mapping."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.segments import component, element_of


class Key(Struct, frozen=True):
    """Where the number of a set stands, and the segment that begins a line; `level` is the HL03 of a line of an 856."""

    tag: str
    element: int
    line: str = ""
    level: str = ""


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "810": Key("BIG", 2, "IT1"),
        "820": Key("TRN", 2, "RMR"),
        "824": Key("BGN", 2),
        "832": Key("BCT", 2, "LIN"),
        "846": Key("BIA", 3, "LIN"),
        "850": Key("BEG", 3, "PO1"),
        "855": Key("BAK", 3, "PO1"),
        "856": Key("BSN", 2, "HL", "I"),
        "860": Key("BCH", 3, "POC"),
        "864": Key("BMG", 2),
        "865": Key("BCA", 3, "POC"),
        "870": Key("BSR", 3, "PO1"),
        "940": Key("W05", 2, "W01"),
        "945": Key("W06", 2, "W12"),
        "997": Key("AK1", 2, "AK2"),
        "999": Key("AK1", 2, "AK2"),
        "CONTRL": Key("UCI", 1, "UCM"),
    }
)
_MESSAGE = Key("BGM", 2, "LIN")


def document_number(found: Set) -> str:
    """The number that the sender gave to the document; empty where there is none, or the set is of a kind that we do not know."""
    key = KEYS.get(found.type, _MESSAGE)
    segment = next((one for one in found.segments if one[0] == key.tag), None)
    return (component(element_of(segment, key.element), 1, found.delimiters) or "").strip() if segment else ""


def line_count(found: Set) -> int:
    """How many lines the document has."""
    key = KEYS.get(found.type, _MESSAGE)
    lines = [one for one in found.segments if key.line and one[0] == key.line]
    return sum(element_of(one, 3) == key.level for one in lines) if key.level else len(lines)

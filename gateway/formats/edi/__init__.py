"""X12 and EDIFACT: bytes to interchanges, groups and sets; syntax only, neither mappings nor the store."""

from __future__ import annotations

from gateway.formats.edi.envelope import Closed, Event, Group, GroupClosed, GroupOpened, Interchange, Opened, Set, Stray
from gateway.formats.edi.findings import LENIENT, STRICT, Finding, Level, Spot, Tolerance, Treat
from gateway.formats.edi.foreign import foreign, sniff
from gateway.formats.edi.reading import read
from gateway.formats.edi.segments import Delimiters, Element, Segment, Standard, component, components, repetitions

__all__ = [
    "LENIENT",
    "STRICT",
    "Closed",
    "Delimiters",
    "Element",
    "Event",
    "Finding",
    "Group",
    "GroupClosed",
    "GroupOpened",
    "Interchange",
    "Level",
    "Opened",
    "Segment",
    "Set",
    "Spot",
    "Standard",
    "Stray",
    "Tolerance",
    "Treat",
    "component",
    "components",
    "foreign",
    "read",
    "repetitions",
    "sniff",
]

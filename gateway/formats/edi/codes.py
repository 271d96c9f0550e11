"""The standards' own codes of what can be wrong with an envelope (edi 2.3, 4.3): one table, asked when a finding is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.formats.edi.findings import Level
from gateway.formats.edi.segments import Standard

_LEVELS = (Level.INTERCHANGE, Level.GROUP, Level.SET, Level.SEGMENT)
_X12 = {  # kind: TA1 note, AK905, AK502, AK304
    "bad_control": ("018", "6", "7", ""),
    "bad_date": ("014", "", "", ""),
    "bad_request": ("019", "", "", ""),
    "bad_time": ("015", "", "", ""),
    "bad_usage": ("020", "", "", ""),
    "bad_version": ("017", "", "", ""),
    "charset": ("", "", "5", ""),
    "control_differs": ("001", "4", "3", ""),
    "count_differs": ("021", "5", "4", ""),
    "empty_segments": ("022", "5", "5", ""),
    "functional_id": ("", "1", "6", ""),
    "filler": ("022", "", "", ""),
    "fused": ("", "", "5", "8"),
    "group_unknown": ("024", "1", "", ""),
    "last_terminator": ("023", "", "", ""),
    "outside": ("024", "5", "", ""),
    "padding": ("022", "", "", ""),
    "repeated_number": ("025", "6", "23", ""),
    "repetition": ("022", "", "", ""),
    "too_long": ("024", "5", "5", ""),
    "trailer_missing": ("023", "3", "2", ""),
    "trailing_separators": ("", "", "5", "8"),
    "type_missing": ("", "", "6", ""),
    "unended": ("", "", "5", "8"),
    "version_unknown": ("017", "2", "", ""),
    "wrapping": ("022", "", "", ""),
}
_EDIFACT = {  # kind: 0085, the same at every level
    "bad_control": "12",
    "bad_date": "12",
    "bad_version": "2",
    "charset": "46",
    "control_differs": "28",
    "count_differs": "29",
    "empty": "32",
    "empty_segments": "18",
    "filler": "21",
    "fused": "18",
    "last_terminator": "22",
    "missing": "13",
    "mixed": "30",
    "outside": "33",
    "repeated_number": "26",
    "service_characters": "20",
    "too_long": "18",
    "trailer_missing": "13",
    "trailing_separators": "45",
    "type_differs": "31",
    "type_missing": "13",
    "wrapping": "21",
}
_TABLE: Mapping[tuple[Standard, Level, str], str] = MappingProxyType(
    {(Standard.X12, level, kind): code for kind, codes in _X12.items() for level, code in zip(_LEVELS, codes, strict=True)}
    | {(Standard.EDIFACT, level, kind): code for kind, code in _EDIFACT.items() for level in _LEVELS}
)
KINDS = frozenset(_X12) | frozenset(_EDIFACT) | {"delimiters", "stray", "unreadable"}


def code_of(standard: Standard, level: Level, kind: str, version: str = "") -> str:
    """The code to answer; `version` is that of the group. Empty where the standard has none."""
    if standard is Standard.X12 and level is Level.GROUP and kind == "repeated_number" and version[:6] >= "005010":
        return "19"
    return _TABLE.get((standard, level, kind), "")

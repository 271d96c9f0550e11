"""Codes of the standards for what is wrong with segments and elements: AK304 / IK304 and AK403 / IK403, or EDIFACT 0085.

Codes with an I are those of the 999 for rules of a guide; `plain` gives what a 997 says for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.formats.edi.segments import Standard

SEGMENT_CODES: Mapping[Standard, Mapping[str, str]] = MappingProxyType(
    {
        Standard.X12: MappingProxyType(
            {
                "unknown_segment": "1",
                "missing_segment": "3",
                "missing_loop": "I7",
                "too_many_loops": "4",
                "too_many_segments": "5",
                "not_in_set": "6",
                "out_of_sequence": "7",
                "not_used": "I4",
            }
        ),
        Standard.EDIFACT: MappingProxyType(
            {
                "unknown_segment": "15",
                "missing_segment": "13",
                "missing_loop": "13",
                "too_many_loops": "36",
                "too_many_segments": "35",
                "not_in_set": "15",
                "out_of_sequence": "15",
                "not_used": "15",
            }
        ),
    }
)
ELEMENT_CODES: Mapping[Standard, Mapping[str, str]] = MappingProxyType(
    {
        Standard.X12: MappingProxyType(
            {
                "missing": "1",
                "missing_with": "2",
                "too_many_elements": "3",
                "too_short": "4",
                "too_long": "5",
                "bad_character": "6",
                "not_number": "6",
                "not_in_table": "7",
                "not_date": "8",
                "not_time": "9",
                "excluded": "10",
                "too_many_repetitions": "12",
                "too_many_components": "13",
                "not_used": "I10",
            }
        ),
        Standard.EDIFACT: MappingProxyType(
            {
                "missing": "13",
                "missing_with": "48",
                "too_many_elements": "16",
                "too_short": "40",
                "too_long": "39",
                "bad_character": "21",
                "not_number": "37",
                "wrong_characters": "37",
                "no_digit": "38",
                "not_in_table": "12",
                "not_date": "12",
                "not_time": "12",
                "excluded": "48",
                "too_many_repetitions": "35",
                "too_many_components": "16",
                "not_used": "15",
            }
        ),
    }
)
OF_GUIDES: Mapping[str, str] = MappingProxyType({"missing": "I9", "not_in_table": "I6", "not_used": "I10"})
"""What a 999 says of an element where the rule is that of a partner's guide."""
PLAIN_SEGMENT: Mapping[str, str] = MappingProxyType({"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"})
PLAIN_ELEMENT: Mapping[str, str] = MappingProxyType({"I6": "7", "I9": "2", "I10": "10", "I11": "2", "I12": "7", "I13": "10"})
NEW_ELEMENT: Mapping[str, str] = MappingProxyType({"12": "3", "13": "3"})
"""Codes of AK403 that came with release 005010, and what is said before."""


def plain_segment(code: str) -> str:
    """The code of AK304 for one of IK304."""
    return PLAIN_SEGMENT.get(code, code)


def plain_element(code: str, *, is_new: bool) -> str:
    """The code of AK403 for one of IK403; `is_new` from release 005010 on."""
    plain = PLAIN_ELEMENT.get(code, code)
    return plain if is_new else NEW_ELEMENT.get(plain, plain)

"""Addresses as people are told them: the partner's own names, without our signs for where something is looked for."""

from __future__ import annotations

import re

BY_NAMES = frozenset({"x12", "edifact"})
"""Formats in which a value has a name of its own, wherever it stands: what is said of it needs no way to it."""
_ROW = re.compile(r"(?:^|(?<= ))(?:\*?/)+")
_SIGNS = re.compile(r"(?:^|(?<= ))(?:\*{0,2}/)+|(?:^|(?<=[ /]))@")
"""What addresses of XML say besides names: from where to look, and that it is an attribute."""


def in_names(address: str, format_: str) -> str:
    """What people are told in place of an address: without our signs for where it is looked for."""
    if format_ in BY_NAMES:
        return by_name(address)
    return _SIGNS.sub("", address) if format_ == "xml" else address


def by_name(address: str) -> str:
    """The same in a format whose values have names of their own."""
    return _ROW.sub("", address)

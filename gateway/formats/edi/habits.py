"""How the interchanges of one partner are read: how strictly and in which character set, X12 and EDIFACT each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from gateway.formats.edi.charsets import UTF8, WINDOWS
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import LENIENT, Tolerance
from gateway.formats.edi.segments import Standard

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "ascii": "ascii",
        "utf-8": UTF8,
        "latin-1": "iso-8859-1",
        "windows-1252": WINDOWS,
        "iso-8859-2": "iso-8859-2",
        "iso-8859-5": "iso-8859-5",
        "iso-8859-7": "iso-8859-7",
        "iso-8859-9": "iso-8859-9",
        "iso-8859-15": "iso-8859-15",
    }
)
"""The words for character sets that may be agreed, and how such text is decoded."""


NO_VERSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Habit(Struct, frozen=True, kw_only=True):
    """One standard: how strictly it is read; `charset`, by the names of ENCODINGS, is empty where nothing is agreed.

    `versions` are those that are agreed for single kinds of sets; of others any will do.
    """

    tolerance: Tolerance = LENIENT
    charset: str = ""
    versions: Mapping[str, tuple[str, ...]] = NO_VERSIONS

    @property
    def encoding(self) -> str:
        """How the text is decoded, as far as that is agreed."""
        return ENCODINGS.get(self.charset, self.charset)

    def unagreed(self, one: Set) -> str:
        """Why a set is not taken: it is in a version that the partner does not send by what is agreed. Nothing where it may come."""
        agreed = self.versions.get(one.type)
        if agreed is None or one.version in agreed:
            return ""
        told = f"the set is {one.type} in release {one.version or '(none)'}; agreed with the partner is {' or '.join(agreed)}"
        return f"{told} (partner > edi > {one.standard} > versions > receive)"


USUAL = Habit()


class Habits(Struct, frozen=True, kw_only=True):
    """Both standards."""

    x12: Habit = USUAL
    edifact: Habit = USUAL

    def of(self, standard: Standard) -> Habit:
        """Those of one of them."""
        return self.x12 if standard is Standard.X12 else self.edifact


NO_HABITS = Habits()
"""For partners with whom nothing is agreed."""

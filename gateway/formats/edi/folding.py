"""Texts in the characters a partner can read: what a character set or the delimiters do not allow is replaced, and told (edi 8.2).

The tables are fixed, so that the same text is always written the same. Not for: cutting texts that are too long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from gateway.formats.base import Fault
from gateway.formats.edi.segments import Delimiters
from gateway.kernel import Severity

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
_X12_BASIC = UPPER + DIGITS + " !\"&'()*+,-./:;?="
_LEVEL_A = UPPER + DIGITS + " .,-()/='+:?!\"%&*;<>"
ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "basic": _X12_BASIC,
        "ascii": _X12_BASIC + UPPER.lower() + "%~@[]_{}\\|<>#$^`",
        "UNOA": _LEVEL_A,
        "UNOB": _LEVEL_A + UPPER.lower(),
    }
)
"""Sets that hold single characters only; the others hold whatever their encoding can write."""
CODECS: Mapping[str, str] = MappingProxyType(
    {
        "basic": "ascii",
        "ascii": "ascii",
        "latin-1": "latin-1",
        "windows-1252": "cp1252",
        "utf-8": "utf-8",
        "UNOA": "ascii",
        "UNOB": "ascii",
        "UNOC": "latin-1",
        "UNOD": "iso8859-2",
        "UNOE": "iso8859-5",
        "UNOF": "iso8859-7",
        "UNOG": "iso8859-3",
        "UNOH": "iso8859-4",
        "UNOI": "iso8859-6",
        "UNOJ": "iso8859-8",
        "UNOK": "iso8859-9",
        "UNOW": "utf-8",
        "UNOY": "utf-8",
    }
)
"""Character sets we write, with their encodings."""
X12_CHARSETS = ("basic", "ascii", "latin-1", "windows-1252", "utf-8")
EDIFACT_CHARSETS = tuple(name for name in CODECS if name.startswith("UNO"))

_GERMAN = dict(zip("ÄÖÜäöü", ("AE", "OE", "UE", "ae", "oe", "ue"), strict=True))
_NEAR = (
    "ß=ss ẞ=SS Æ=AE æ=ae Ø=O ø=o Œ=OE œ=oe Å=A å=a Ł=L ł=l Đ=D đ=d Ð=D ð=d Þ=TH þ=th \u0131=i \u2122=TM ©=(C) ®=(R) €=EUR £=GBP ¥=JPY "
    '\u2018=\' \u2019=\' \u201a=\' `=\' \u201c=" \u201d=" \u201e=" «=" »=" \u2010=- \u2011=- \u2013=- \u2014=- \u2212=- _=- ~=- •=- '
    "\u2026=... \u00d7=x ·=. [=( ]=) {=( }=) <=( >=) \\=/ |=/ @=(at)"
)
_OTHERS = dict.fromkeys("\u00a0°#$^%", " ") | {pair[0]: pair[2:] for pair in _NEAR.split(" ")}
UNKNOWN = "?"
BLANKS = str.maketrans(dict.fromkeys("\t\n\r\v\f\u0085\u2028\u2029", " "))


class Fold(Struct, frozen=True):
    """A text as it is written, and what had to be changed."""

    text: str
    told: tuple[str, ...] = ()


class Folder:
    """Folds the texts of one interchange."""

    def __init__(self, charset: str, delimiters: Delimiters, *, umlauts: str = "ae") -> None:
        self.named = charset
        self.codec = CODECS[charset]
        self._allowed = frozenset(ALLOWED.get(charset, ""))
        self.has_small = not self._allowed or "a" in self._allowed
        self._release = delimiters.release
        marks = (delimiters.element, delimiters.component, delimiters.terminator, delimiters.repetition, delimiters.release)
        self._marks = frozenset(mark for mark in marks if mark)
        self._table = {**_OTHERS, **(_GERMAN if umlauts == "ae" else {})}
        clean = "".join(chr(one) for one in range(32, 127) if not self._allowed or chr(one) in self._allowed)
        self.clean = "".join(one for one in clean if one not in self._marks).encode()
        """Letters of ASCII that need no look."""
        self._odd = re.compile(self._oddity())
        self._capitals_told = False

    def is_odd(self, segment: Sequence[str | tuple[str, ...]]) -> bool:
        """Whether anything in a segment must be looked at."""
        return self.is_odd_text(_together(segment))

    def is_odd_anywhere(self, segments: Sequence[Sequence[str | tuple[str, ...]]]) -> bool:
        """Whether anything in a whole set must be looked at; nearly always nothing must."""
        return self.is_odd_text("".join([_together(segment) for segment in segments]))

    def is_odd_text(self, joined: str) -> bool:
        """Whether anything in texts must be looked at."""
        if joined.isascii():
            return bool(joined.encode().translate(None, self.clean))  # a tenth of what a pattern takes
        return self._odd.search(joined) is not None or not self._can(joined)

    def fold(self, text: str) -> Fold:
        """One text: in the right characters, without delimiters or with a release character before them."""
        told: list[str] = []
        folded = self._printable(unicodedata.normalize("NFC", text), told)
        if not self.has_small and folded != folded.upper():
            folded = folded.upper()
            if not self._capitals_told:
                told.append(f"{self.named} has capital letters only")
                self._capitals_told = True
        folded = self._lettered(folded, told)
        if self._marks.isdisjoint(folded):
            return Fold(folded, tuple(told))
        if self._release:
            return Fold("".join([self._release + one if one in self._marks else one for one in folded]), tuple(told))
        met = sorted(self._marks.intersection(folded))
        told.append(f"{' and '.join(repr(one) for one in met)} would end the element; a blank stands there")
        return Fold("".join([" " if one in self._marks else one for one in folded]), tuple(told))

    @staticmethod
    def fault(folded: Fold, text: str, where: str) -> Fault:
        """The warning about a changed text."""
        sentence = f"is written as '{folded.text[:80]}': {'; '.join(folded.told)}"
        return Fault("bad_character", f"'{text[:80]}' {sentence}", where, text[:80], Severity.WARNING)

    def _oddity(self) -> str:
        """What in plain letters must be looked at: control characters, delimiters, and what the set has not."""
        wrong = "".join(chr(one) for one in range(32, 127) if self._allowed and chr(one) not in self._allowed)
        marks = "".join(sorted(self._marks))
        return f"[\x00-\x1f\x7f-\x9f{re.escape(marks + wrong)}]"

    def _printable(self, text: str, told: list[str]) -> str:
        broken = text.translate(BLANKS)
        if broken != text:
            told.append("line breaks and tabs become blanks")
        clean = "".join([one for one in broken if unicodedata.category(one) not in {"Cc", "Cf", "Cs"}])
        if clean != broken:
            told.append("control characters are left out")
        return clean

    def _lettered(self, text: str, told: list[str]) -> str:
        if text.isascii() and (not self._allowed or self._allowed.issuperset(text)):
            return text
        found: list[str] = []
        lost = changed = False
        for one in text:
            if self._can(one):
                found.append(one)
                continue
            changed = True
            instead = self._instead(one)
            lost = lost or instead is None
            found.append(UNKNOWN if instead is None else instead)
        if changed:
            told.append(
                f"{self.named} has not all of its characters" + (f"; {UNKNOWN} stands for what nothing comes near to" if lost else "")
            )
        return "".join(found)

    def _instead(self, one: str) -> str | None:
        """The nearest that can be written; None where nothing comes near."""
        bare = "".join([part for part in unicodedata.normalize("NFKD", one) if not unicodedata.combining(part)])
        for near in (self._table.get(one), bare):
            if near is not None and near != one:
                made = near if self.has_small else near.upper()
                if all(self._can(part) for part in made):
                    return made
        return None

    def _can(self, text: str) -> bool:
        """Whether the set has these characters."""
        if self._allowed:
            return self._allowed.issuperset(text)
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True


def _together(segment: Sequence[str | tuple[str, ...]]) -> str:
    """All texts of a segment in one."""
    try:
        return "".join(segment)  # type: ignore[arg-type]  # where it holds composites this is refused
    except TypeError:
        return "".join([part if isinstance(part, str) else "".join(part) for part in segment])

"""Which font has which letter: ours, then fonts of this machine that are configured, then those that readers of PDF bring along.

A font of the reader is only named in the file: it has the Chinese, Japanese and Korean letters, where the reader has it. A letter
that no font has, or that joins its neighbours in a way that is not drawn here, is printed as the sign ¤ and told.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from msgspec import Struct
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from gateway.kernel.errors import ConfigError

REGULAR, BOLD = "GatewaySans", "GatewaySans-Bold"
UNKNOWN = "\u00a4"
OF_READERS: Mapping[str, str] = MappingProxyType({"STSong-Light": "gbk", "HeiseiMin-W3": "cp932", "HYSMyeongJo-Medium": "cp949"})
"""The fonts of readers, each with the code page that tells what it has: Chinese, Japanese, Korean."""
_FONTS = {REGULAR: "Manrope-Regular.ttf", BOLD: "Manrope-Bold.ttf"}
_KANA, _HANGUL = range(0x3040, 0x3100), range(0xAC00, 0xD7B0)
_JOINING = frozenset({"R", "AL", "AN"})
_MARKS = frozenset({"Mn", "Mc", "Me"})
_LOCK = Lock()


class Piece(Struct, frozen=True):
    """A part of a text in one font."""

    text: str
    font: str


class _Sign(Struct, frozen=True):
    """One letter, what is printed for it, and in which font."""

    letter: str
    shown: str
    font: str


class Letters:
    """The fonts of one document; notes what was lacking, and which fonts of readers are named."""

    def __init__(self, own: Sequence[Path] = ()) -> None:
        self._ours = _ours()
        self._own = {name: frozenset(pdfmetrics.getFont(name).face.charToGlyph) for name in map(_own, own)}
        self.unknown = 0
        self.lacking: dict[str, None] = {}
        self.of_readers: dict[str, None] = {}

    def pieces(self, text: str, font: str) -> tuple[Piece, ...]:
        """The text in the fonts that have its letters."""
        composed = unicodedata.normalize("NFC", text)
        if all(ord(letter) in self._ours for letter in composed):
            return (Piece(composed, font),)
        signs = self._signs(composed, font)
        return tuple(Piece("".join(it.shown for it in some), name) for name, some in groupby(signs, key=attrgetter("font")))

    def drawn(self, text: str, font: str) -> tuple[Piece, ...]:
        """The same for a text that is drawn: what it lacks is noted."""
        pieces = self.pieces(text, font)
        self.of_readers |= {it.font: None for it in pieces if it.font in OF_READERS}
        if any(UNKNOWN in it.text for it in pieces):
            lacking = [
                it.letter for it in self._signs(unicodedata.normalize("NFC", text), font) if it.shown != it.letter and it.shown == UNKNOWN
            ]
            self.unknown += len(lacking)
            self.lacking |= dict.fromkeys(lacking)
        return pieces

    def width(self, text: str, font: str, size: float) -> float:
        """How wide the text is."""
        return sum(float(pdfmetrics.stringWidth(it.text, it.font, size)) for it in self.pieces(text, font))

    def _signs(self, text: str, font: str) -> list[_Sign]:
        order = _order(text)
        return [self._sign(letter, font, order) for letter in text]

    def _sign(self, letter: str, font: str, order: Sequence[str]) -> _Sign:
        if ord(letter) in self._ours:
            return _Sign(letter, letter, font)
        if letter.isspace():
            return _Sign(letter, " ", font)
        found = None if _joins(letter) else self._found(letter, order)
        return _Sign(letter, UNKNOWN, font) if found is None else _Sign(letter, letter, found)

    def _found(self, letter: str, order: Sequence[str]) -> str | None:
        """The font, other than ours, that has this letter."""
        own = next((name for name, known in self._own.items() if ord(letter) in known), None)
        return own or next((name for name in order if _has(name, letter)), None)


def _joins(letter: str) -> bool:
    """Whether it is written from the right, or drawn onto its neighbour: as a letter by itself it would be wrong."""
    return unicodedata.bidirectional(letter) in _JOINING or unicodedata.category(letter) in _MARKS


def _order(text: str) -> tuple[str, ...]:
    """The fonts of readers: Japanese or Korean first where the text is that, since all share the Chinese letters."""
    chinese, japanese, korean = OF_READERS
    if any(ord(letter) in _KANA for letter in text):
        return japanese, chinese, korean
    if any(ord(letter) in _HANGUL for letter in text):
        return korean, chinese, japanese
    return chinese, japanese, korean


def _has(font: str, letter: str) -> bool:
    try:
        letter.encode(OF_READERS[font])
    except UnicodeEncodeError:
        return False
    return len(letter.encode("utf-16-be")) == 2


def _ours() -> frozenset[int]:
    """The letters of our type, which comes with a package; all fonts that need no file of the machine are loaded once a process."""
    with _LOCK:
        if REGULAR not in pdfmetrics.getRegisteredFontNames():
            folder = files("font_manrope") / "files"
            for name, file in _FONTS.items():
                pdfmetrics.registerFont(TTFont(name, io.BytesIO((folder / file).read_bytes())))
            for name in OF_READERS:
                pdfmetrics.registerFont(UnicodeCIDFont(name))
        return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def _own(path: Path) -> str:
    """A font of this machine, by the name that it is loaded under."""
    name = f"Own-{path}"
    with _LOCK:
        if name not in pdfmetrics.getRegisteredFontNames():
            try:
                pdfmetrics.registerFont(TTFont(name, str(path)))
            except (TTFError, OSError) as error:
                text = f"the font {path} of [printing] in gateway.toml cannot be used: {error}; it must be a TrueType file (.ttf or .ttc)"
                raise ConfigError(text) from error
    return name

"""Bytes to text: what is declared, unless the bytes speak against it; a choice of ours is noted, never silent.

Texts come with one character a byte (`latin-1`), as the tape reads them, and leave decoded, in Unicode's composed form.
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import is_normalized, normalize

from gateway.formats.edi.masks import unmask_double

WINDOWS = "windows-1252"
UTF8 = "utf-8"
DOUBLE = "iso2022_jp_2"
AGREED = "is agreed with the partner"
DECLARED = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso-8859-1",
    "UNOD": "iso-8859-2",
    "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7",
    "UNOG": "iso-8859-3",
    "UNOH": "iso-8859-4",
    "UNOI": "iso-8859-6",
    "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9",
    "UNOW": UTF8,
    "UNOX": DOUBLE,
    "UNOY": UTF8,
}
"""The syntax identifiers of UNB and how they are decoded."""


class Decoder:
    """How one interchange is decoded. `name` is what was used last, `changes` are choices against what was declared, which `by` tells.

    `told` of the changes are told already.
    """

    def __init__(self, declared: str, by: str = "is usual") -> None:
        self.name = self.declared = declared
        self.by, self.told = by, 0
        self.changes: list[str] = []

    def choose(self, sample: str) -> None:
        """Settle on the first character set that fits all of this text."""
        for name in self._choices(sample):
            try:
                _text(sample, name)
            except UnicodeError:
                continue
            break
        else:
            name = "latin-1"
        if name != self.name and name not in self.changes:
            self.changes.append(name)
        self.name = name

    def objection(self, name: str) -> str:
        """That the text is not what was declared."""
        return f"the text is not in {self.declared}, as {self.by}; it was read as {name}"

    def strays_at(self, sample: str) -> int:
        """Where text first is not what was declared; where it could be both, at its first byte outside of ASCII."""
        sent = bytes(ord(one) & 0xFF for one in sample)  # what is masked keeps its byte below
        try:
            sent.decode(self.declared)
        except UnicodeDecodeError as error:
            return error.start
        return next((place for place, one in enumerate(sent) if one > 0x7F), 0)

    def text(self, piece: str) -> str:
        """A text in the character set that was settled on."""
        return piece if piece.isascii() else _text(piece, self.name, errors="replace")

    def _choices(self, sample: str) -> Iterator[str]:
        """UTF-8 where that fits, as no other text has such bytes by chance; then what was declared, or used before."""
        if self.name == DOUBLE:
            yield DOUBLE
        yield UTF8
        has_controls = any("\x80" <= one <= "\x9f" for one in sample)
        if self.name not in {UTF8, "ascii"} and not (self.name == "iso-8859-1" and has_controls):
            yield self.name
        yield WINDOWS


def _text(piece: str, name: str, errors: str = "strict") -> str:
    sent = unmask_double(piece) if name == DOUBLE else piece.encode("latin-1")
    text = sent.decode(name, errors)
    return text if is_normalized("NFC", text) else normalize("NFC", text)

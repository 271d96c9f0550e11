"""A window that moves over a file, one character a byte, so that a place in it is a byte of the file whatever its character set."""

from __future__ import annotations

from typing import BinaryIO

from gateway.formats.edi.masks import GAP, dangling, mask, mask_double, open_double
from gateway.formats.edi.places import segment_end, skip_filler

CHUNK = 256 * 1024
SEGMENT_LIMIT = 1024 * 1024


class Tape:
    """What was read and not yet used: `text` from `at` on, with released characters masked. `base` is the byte at which `text` begins."""

    def __init__(self, source: BinaryIO, *, chunk: int = CHUNK) -> None:
        self._source = source
        self._chunk = chunk
        self._raw = ""
        self._release = ""
        self._delimiters = ""
        self._is_double = False
        self.text = ""
        self.at = 0
        self.base = 0
        self.ended = False

    @property
    def offset(self) -> int:
        """The byte of the file that stands next."""
        return self.base + self.at

    def more(self) -> bool:
        """Read on behind what is there; what lies before `at` is dropped. False at the end of the file."""
        if self.ended:
            return False
        fresh = self._source.read(max(self._chunk, len(self.text) - self.at))
        if not fresh:
            self.ended = True
            return False
        kept = self.text[self.at :] if self.text is not self._raw else ""
        self._raw = self._raw[self.at :] + fresh.decode("latin-1")
        self.base += self.at
        self.at = 0
        done = len(kept)
        if self._is_double:
            done -= open_double(kept)
        if self._release:
            done -= dangling(kept[:done], self._release)
        self.text = kept[:done] + self._masked(self._raw[done:]) if done > 0 else self._masked(self._raw)
        return True

    def fill(self, length: int) -> str:
        """The next characters as they were read, `length` of them unless the file ends before."""
        while len(self._raw) - self.at < length and self.more():
            pass
        return self._raw[self.at : self.at + length]

    def mask(self, release: str = "", delimiters: str = "", *, is_double: bool = False) -> None:
        """From here on, take the meaning from what stands behind the release character, and from characters of two bytes; none: as read."""
        is_same = (release, delimiters, is_double) == (self._release, self._delimiters, self._is_double)
        if is_same and self.text[self.at - 1 : self.at] != GAP:  # no pair ends where the header does
            return
        self._release, self._delimiters, self._is_double = release, delimiters, is_double
        self.text = self._raw[: self.at] + self._masked(self._raw[self.at :]) if release or is_double else self._raw

    def skip_filler(self) -> int:
        """Go over blanks, line ends and the like; how many there were."""
        at, before = skip_filler(self.text, self.at), self.at
        if at < len(self.text):
            self.at = at
            return at - before
        before += self.base
        while True:
            self.at = skip_filler(self.text, self.at)
            if self.at < len(self.text) or not self.more():
                return self.offset - before

    def segment(self, ahead: int, terminator: str, breaks: str = "") -> tuple[int, int, int] | None:
        """Beginning and end of the segment `ahead` of `at`, and where the next one begins, counted from `at`; None where the file ends.

        The next one begins at the end itself where no terminator was found: the file ends there, or the segment is too long.
        """
        while True:
            start = skip_filler(self.text, self.at + ahead)
            if start >= len(self.text):
                if self.more():
                    continue
                return None
            end = segment_end(self.text, start, terminator, breaks)
            if end == len(self.text) and end - start <= SEGMENT_LIMIT and self.more():
                continue
            behind = end + (len(terminator) if self.text.startswith(terminator, end) else min(1, len(self.text) - end))
            return start - self.at, end - self.at, behind - self.at

    def _masked(self, text: str) -> str:
        if self._is_double:
            text = mask_double(text)
        return mask(text, self._release, self._delimiters) if self._release else text

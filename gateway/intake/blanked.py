"""A file some spans of which are not to be read: blanks stand there, everything else keeps its place."""

from __future__ import annotations

from collections.abc import Sequence
from io import SEEK_CUR, SEEK_SET, BufferedReader, RawIOBase
from typing import Any, BinaryIO

BLANK = b"\n"
Spans = Sequence[tuple[int, int]]


class Blanked(RawIOBase):
    """The bytes of another file with line ends in place of the spans."""

    def __init__(self, source: BinaryIO, spans: Spans) -> None:
        self._source, self._spans = source, tuple(spans)

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def seekable(self) -> bool:
        """As the source is."""
        return True

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go to a place."""
        return self._source.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:  # whatever holds bytes
        """The next bytes, blanked where they are barred."""
        view = memoryview(buffer).cast("B")
        at = self._source.seek(0, SEEK_CUR)
        found = self._source.read(len(view))
        view[: len(found)] = found
        for begins, ends in self._spans:
            low, high = max(begins - at, 0), min(ends - at, len(found))
            if low < high:
                view[low:high] = BLANK * (high - low)
        return len(found)

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()


def blanked(source: BinaryIO, spans: Spans) -> Any:  # a buffered reader, which is as good as a BinaryIO
    """The source, blanked where there is anything to blank."""
    return BufferedReader(Blanked(source, spans)) if spans else source

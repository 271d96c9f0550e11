"""File names as partners write them: what to leave alone, what a channel wants, and the name a taken file gets.

A remote name is bytes and never a path (decision 19). Nothing here decides whether a file is new: that is the hash's work.
"""

from __future__ import annotations

import fnmatch
import re
import secrets
from collections.abc import Mapping, Sequence

TAKEN = b".taken"
DONE = b"done"
LONGEST = 255

_UNFINISHED = (b".tmp", b".part", b".filepart", b".writing", b".processing", b".camellock", b".lock", b".crdownload", b".swp")
_MARKS = (b".done", b".ok", b".complete", b".ready", b".sha256", b".md5")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def is_unfinished(name: bytes) -> bool:
    """Whether the sender says by the name that it is still writing: dot and tilde names, the usual suffixes.

    >>> [is_unfinished(name) for name in (b".x.csv", b"x.csv.PART", b"x.csv~", b"x.csv")]
    [True, True, True, False]
    """
    return name.startswith((b".", b"~")) or name.endswith(b"~") or name.lower().endswith(_UNFINISHED)


def is_mark(name: bytes) -> bool:
    """Whether the file only says that another one is complete."""
    return name.lower().endswith(_MARKS)


class Wanted:
    """The file patterns of one channel: `*` and `?` as in a shell, `{batch}` for a part of the name to keep.

    >>> Wanted(["ACK_{batch}.csv"]).parts(b"ACK_74.csv")
    {'batch': '74'}
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [re.compile(_regex(pattern), re.IGNORECASE | re.DOTALL) for pattern in patterns]

    def parts(self, name: bytes) -> Mapping[str, str] | None:
        """The kept parts when the name fits a pattern, else None."""
        text = name.decode("utf-8", "surrogateescape")
        for pattern in self._patterns:
            if found := pattern.fullmatch(text):
                return found.groupdict()
        return None


def taken_name(name: bytes) -> bytes:
    """A unique name for the private folder; the sender's name follows the mark, cut only where the server would refuse it."""
    return (secrets.token_hex(8).encode() + b"." + name)[:LONGEST]


def original_name(taken: bytes) -> bytes:
    """The sender's name out of a taken one.

    >>> original_name(b"0011223344556677.SHIP_1.csv")
    b'SHIP_1.csv'
    """
    mark, dot, name = taken.partition(b".")
    return name if dot and len(mark) == 16 else taken


def _regex(pattern: str) -> str:
    pieces = _PLACEHOLDER.split(pattern)
    out = []
    for index, piece in enumerate(pieces):
        if index % 2:
            out.append(f"(?P<{piece}>.+?)")
        else:
            out.append(fnmatch.translate(piece)[4:-3] if piece else "")
    return "".join(out)

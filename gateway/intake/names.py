"""File names in a partner's folder: what is still being written, and the name a taken file gets.

A remote name is bytes and never a path (decision 0009). Nothing here decides whether a file is new: that is the hash's work.
"""

from __future__ import annotations

import secrets

from gateway.transports import TRIAL

TAKEN = b".taken"
DONE = b"done"
LONGEST = 255

_UNFINISHED = (b".tmp", b".part", b".filepart", b".writing", b".processing", b".camellock", b".lock", b".crdownload", b".swp")
_MARK = 16


def is_unfinished(name: bytes) -> bool:
    """Whether the sender says by the name that it is still writing: dot and tilde names, the usual suffixes.

    >>> [is_unfinished(name) for name in (b".x.csv", b"x.csv.PART", b"x.csv~", b"x.csv")]
    [True, True, True, False]
    """
    return name.startswith((b".", b"~")) or name.endswith(b"~") or name.lower().endswith(_UNFINISHED)


def taken_name(name: bytes) -> bytes:
    """A unique name for the private folder; the sender's name follows the mark, cut only where the server would refuse it."""
    return (secrets.token_hex(_MARK // 2).encode() + b"." + name)[:LONGEST]


def is_trial(name: bytes) -> bool:
    """Whether a file in the private folder was never a partner's: what a trial of the server left behind when it was cut off.

    >>> [is_trial(name) for name in (b".gateway-probe-8d65fb75-1.part", b"0011223344556677.SHIP_1.csv")]
    [True, False]
    """
    return name.startswith(TRIAL)


def original_name(taken: bytes) -> bytes:
    """The sender's name out of a taken one.

    >>> original_name(b"0011223344556677.SHIP_1.csv")
    b'SHIP_1.csv'
    """
    mark, dot, name = taken.partition(b".")
    return name if dot and len(mark) == _MARK else taken

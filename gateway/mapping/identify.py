"""What a file is at first sight; which mapping it is for, each mapping says itself (`Mapping.fits`)."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.formats import Identity, formats
from gateway.formats.edi.foreign import foreign

ENCODED = frozenset({"UTF-16 text"})
"""Not formats but encodings, which each mapping judges for itself."""
NAMED = 3
"""Mappings that are named for one reason; nobody reads more."""


def identify(head: bytes, name: str) -> Identity:
    """The format of a file that begins like this; an empty format when nothing recognises it."""
    for one in formats():
        found = one.identify(head, name)
        if found is not None:
            return found
    return Identity("")


def stranger(head: bytes) -> str:
    """What a file is that no mapping fits, where this gateway reads no such files at all: a sentence; else nothing."""
    name = foreign(head)
    return "" if name is None or name in ENCODED else f"the file is {name}, which this gateway does not read"


def formless(identity: Identity) -> str:
    """What to say of a text that may be CSV but has one word in its first line; else nothing."""
    is_word = identity.format == "csv" and len(identity.headings) == 1 and len(identity.headings[0].split()) == 1
    return "the file is plain text without columns" if is_word else ""


def told_once(reasons: Mapping[str, str], *, most: int | None = None) -> str:
    """Why a file is for none of these mappings: each reason once, with the mappings that it speaks against.

    >>> told_once({"orders": "the file is not JSON", "stock": "the file is not JSON", "bills": "this mapping only writes"})
    'orders, stock: the file is not JSON; bills: this mapping only writes'
    """
    alike: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        alike.setdefault(reason, []).append(name)
    return "; ".join([f"{_some(names)}: {reason}" for reason, names in alike.items()][:most])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more

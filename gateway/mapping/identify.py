"""What a file is at first sight; which mapping it is for, each mapping says itself (`Mapping.fits`)."""

from __future__ import annotations

from gateway.formats import Identity, formats


def identify(head: bytes, name: str) -> Identity:
    """The format of a file that begins like this; an empty format when nothing recognises it."""
    for one in formats():
        found = one.identify(head, name)
        if found is not None:
            return found
    return Identity("")

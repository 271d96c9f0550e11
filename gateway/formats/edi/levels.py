"""Loops that stand in one another as data says (HL, CPS): what encloses a loop, and which stand below."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.formats.edi.loops import Loop


def enclosing(loop: Loop, name: str) -> Loop | None:
    """The nearest loop of this name: the loop itself or one around it."""
    at: Loop | None = loop
    while at is not None and at.name != name:
        at = at.parent
    return at


def loops_below(loop: Loop, name: str) -> list[Loop]:
    """All loops of this name below one, in the order of the file."""
    return sorted(_below(loop, name), key=lambda one: one.segments[0][0])


def _below(loop: Loop, name: str) -> Iterator[Loop]:
    for child in loop.loops:
        if child.name == name:
            yield child
        yield from _below(child, name)

"""What a set is as a tree: the set itself and each occurrence of a loop, with the segments of that level."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from gateway.formats.edi.guide import Use
from gateway.formats.edi.segments import Segment


class Loop(Struct, eq=False):
    """The set, or one occurrence of a loop: its own segments with their positions in the set, the first one begins it, and its loops.

    `level` is the code of a level (HL03); `parent` of such a loop is the one it names, so that `loops` of an order are its packs.
    """

    name: str
    rule: Use
    parent: Loop | None = None
    level: str = ""
    segments: list[tuple[int, Segment]] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    @property
    def position(self) -> int:
        """Where it begins in the set."""
        return self.segments[0][0] if self.segments else 0

    def first(self, tag: str) -> Segment | None:
        """Its first segment of a kind, not looking into its loops."""
        return next((segment for _, segment in self.segments if segment[0] == tag), None)

    def all(self) -> Iterator[Loop]:
        """Itself and everything below it, outer ones first."""
        yield self
        for loop in self.loops:
            yield from loop.all()

    def names(self) -> dict[int, str]:
        """The loop of each segment by its position in the set, as answers name it: a segment that begins a loop stands in it.

        What stands in no loop is left out.
        """
        return {at: loop.name for loop in self.all() if loop is not self for at, _ in loop.segments}

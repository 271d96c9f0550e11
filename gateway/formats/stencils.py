"""Stencils: what documents that differ in values only look like in a file, as texts with holes. For formats whose documents are sets.

A format cuts one from a placed document in which something stands for each value, and says what may not go through it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from gateway.formats.base import Node

HOLE = re.compile("\ue000([0-9]+)\ue001")


def hole(number: int) -> str:
    """The text that stands for a value when a stencil is cut."""
    return f"\ue000{number}\ue001"


class Cut(Struct, frozen=True):
    """A text with holes: pieces of text and the numbers of holes, and how many segments they are.

    By the number of the hole, `mosts` is how long a text may be that goes through; those of the `firm` may not begin with a blank.
    """

    pieces: tuple[str | int, ...]
    segments: int
    mosts: Mapping[int, int]
    firm: frozenset[int]


class Printed(Struct, frozen=True, gc=False):
    """A set as it will stand in the file, without its first and last segment, in place of a node."""

    text: str
    segments: int


class SetStencils(Protocol):
    """Cuts the stencils of one interchange; no Cut where sets like this cannot have one."""

    @property
    def alike(self) -> Hashable:
        """Interchanges of one layout for which this is the same have the same stencils; None for one that shares them with no other."""
        ...

    @property
    def end(self) -> str:
        """What stands behind each segment."""
        ...

    @property
    def letters(self) -> bytes:
        """The letters of ASCII that stand in the file as they are."""
        ...

    def marker(self, number: int) -> Node:
        """A node that stands for any number of groups in a list of them."""
        ...

    def of_set(self, node: Node, tail: Node | None, markers: Collection[int]) -> Cut | None:
        """A whole set; the groups of each list are one hole, the number of their marker."""
        ...

    def of_group(self, node: Node) -> Cut | None:
        """One group of a list, from the node that its values alone make."""
        ...

    def clean(self, texts: Sequence[str]) -> Sequence[str] | None:
        """Values as they stand in the file; nothing where one has to be changed, which is to be told."""
        ...

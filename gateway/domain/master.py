"""Master data that people and files set: what a table may be called, and a change of one code of it (sdf 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

Words = Mapping[str, object]
"""Words of organization.yaml with plain values, as JSON has them."""


class MasterKind(StrEnum):
    """A table of master data; the same words in commands, histories and the store."""

    ORGANIZATION = "organization"
    SYSTEM = "system"
    LOCATION = "location"
    BRAND = "brand"
    CARRIER = "carrier"
    VENDOR = "vendor"
    VENDOR_USER = "vendor user"


class MasterChanged(Struct, frozen=True, kw_only=True, gc=False):
    """These words of one code get these values, `dropped` ones go back to what they are without us.

    `base` is what the words are without the store, for the history; a code that nobody knew before is `new`.
    """

    kind: MasterKind
    code: str
    words: Words = {}
    dropped: tuple[str, ...] = ()
    base: Words = {}
    new: bool = False
    reason: str = ""


class WordChange(Struct, frozen=True, kw_only=True, gc=False):
    """What became of one word."""

    kind: MasterKind
    code: str
    word: str
    before: object = None
    after: object = None

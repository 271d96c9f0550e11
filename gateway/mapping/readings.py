"""What reading, checking and writing a file with a mapping gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from gateway.documents import Document, Envelope
from gateway.kernel import Issue
from gateway.mapping.codes import WHOLE_FILE

_NONE: Mapping[str, object] = MappingProxyType({})
_NUMBERED = re.compile(r"(?:row|record) (\d+)\b")
_NO_TEXT: Mapping[str, str] = MappingProxyType({})
UNKNOWN = "unknown"
"""The kind of a set that no layout is for."""


class Values(Struct, frozen=True):
    """What `$partner.x`, `$file.x`, `$message.x` and `$batch.x` stand for during one file.

    `habits` is how the partner's interchanges are read, `envelope` what stands around the one that is written.
    """

    partner: Mapping[str, str] = _NO_TEXT
    file: Mapping[str, str] = _NO_TEXT
    message: Mapping[str, object] = _NONE
    batch: Mapping[str, object] = _NONE
    habits: object = None
    envelope: object = None


class Reading(Struct, frozen=True, gc=False):
    """One document of a file, or what keeps it from being one.

    `place` counts the documents of the file from 1; `key` is the business key as far as it could be read;
    `where` the partner's place of the document (`row 7`, `record 3`, a path); `rows` how many rows or records it took;
    `told` what could be read of the header of a document that there is not, so that its sender can be answered;
    `draft` such a document without its wrong values, for what else is wrong with it, never to be booked; `holes` names these
    (`date`, `lines#2.quantity`), where something stands for the mandatory ones;
    `kind` what it is where the documents of a file are of several kinds.
    """

    place: int
    document: Document | None
    issues: tuple[Issue, ...] = ()
    key: str = ""
    where: str = ""
    rows: int = 1
    told: Envelope | None = None
    draft: Document | None = None
    holes: tuple[str, ...] = ()
    kind: str = ""

    @property
    def row(self) -> int:
        """The row or record of the file in which the document begins; its place where the file has none."""
        found = _NUMBERED.match(self.where)
        return int(found[1]) if found is not None else self.place

    @property
    def said(self) -> Document | None:
        """The document, or as much of it as could be read."""
        return self.draft if self.document is None else self.document

    @property
    def envelope(self) -> Envelope | None:
        """The header, of a refused document too as far as it could be read."""
        return self.told if self.document is None else self.document.envelope

    @property
    def is_good(self) -> bool:
        """Whether there is a document and nothing but warnings."""
        return self.document is not None


class Preflight(Struct, frozen=True):
    """What refuses the whole file, and how many documents it holds as far as that is known."""

    issues: tuple[Issue, ...] = ()
    documents: int | None = None

    @property
    def is_go(self) -> bool:
        """Whether the documents of the file may be read."""
        return not any(issue.is_error for issue in self.issues)

    @property
    def is_legible(self) -> bool:
        """Whether the documents can be read and judged, although a value of one of them may keep all from being taken."""
        return all(issue.code in WHOLE_FILE for issue in self.issues if issue.is_error)


class Problem(Struct, frozen=True, order=True):
    """Something that is wrong with a mapping file itself, with the remedy."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.text}" if self.key else f"{self.file}:{self.line}: {self.text}"

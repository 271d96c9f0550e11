"""From documents to fixed bytes: rendered once, archived, named; what is sent later is this and nothing else (decision 0014)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import structlog
from msgspec import Struct

from gateway.archive import Archive, Stored
from gateway.documents import Document
from gateway.kernel import Issue
from gateway.kernel.errors import InvalidDocument
from gateway.mapping import Mapping, Values
from gateway.mapping.fields import KEYS
from gateway.outgoing.numbered import Numbered
from gateway.store.outbox import Warned

log = structlog.get_logger()

_AS = re.compile(r"is written as '.*': ", re.DOTALL)
"""What a changed text became, in the words of `formats/edi/folding.py`; it may name a person."""
IN_MEMORY = 8_000_000
BUDGET = timedelta(hours=72)


class Rendered(Struct, frozen=True):
    """The bytes of a file, safe in the archive, and what a person should know about them."""

    stored: Stored
    warnings: tuple[Issue, ...] = ()

    @property
    def warned(self) -> tuple[Warned, ...]:
        """The same as it is kept with the item: without the values."""
        return tuple(dict.fromkeys(_warned(issue) for issue in self.warnings))


def render(
    mapping: Mapping, documents: Iterable[Document], *, values: Values, archive: Archive, numbered: Numbered | None = None
) -> Rendered:
    """Write the documents by the mapping into the archive; InvalidDocument when the layout cannot carry one of them."""
    issues: list[Issue] = []
    if numbered is not None and numbered.edi is not None:
        documents = numbered.edi.noting(documents, KEYS[mapping.document])

    def write(target: BinaryIO) -> None:
        issues.extend(mapping.write(documents, target, values))
        refuse(issues)

    rendered = Rendered(written(write, archive), tuple(issues))
    if issues:
        log.warning("file_written_otherwise", mapping=mapping.name, code=issues[0].code, warnings=len(issues))
    return rendered


def _warned(issue: Issue) -> Warned:
    texts = {issue.value, issue.value[:80]} - {""}
    text = issue.text
    for value in sorted(texts, key=len, reverse=True):
        text = text.replace(f"'{value}'", "a text")
    return Warned(issue.code, issue.where, _AS.sub("is changed: ", text), issue.field)


def written(write: Callable[[BinaryIO], None], archive: Archive) -> Stored:
    """What that writes, in the archive; nothing is there when it raises."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spooled:
        body = cast("BinaryIO", spooled)
        write(body)
        body.seek(0)
        return _kept(body, archive)


def _kept(body: BinaryIO, archive: Archive) -> Stored:
    """In the archive. Bytes that were erased once and are made again from what the store holds now hold nothing that was erased."""
    stored = archive.put(body)
    if not archive.is_erased(stored.key):
        return stored
    archive.revive(stored.key)
    body.seek(0)
    return archive.put(body)


def refuse(issues: Sequence[Issue]) -> None:
    """Stop when one of the issues is an error."""
    if any(issue.is_error for issue in issues):
        raise InvalidDocument(issues)


def numbered_again(name: bytes, round_: int) -> bytes:
    """The name of a later answer to the same file: `_r2` before the last ending; a name is never used twice.

    >>> numbered_again(b"SHIP_1.csv.result.csv", 2)
    b'SHIP_1.csv.result_r2.csv'
    """
    stem, dot, ending = name.rpartition(b".")
    mark = f"_r{round_}".encode()
    return stem + mark + dot + ending if dot and stem else name + mark


def give_up(made_at: datetime, budget: timedelta = BUDGET) -> datetime:
    """When a delivery that never succeeded is parked for a person."""
    return made_at + budget
